//! A yes or no for each run that takes a look at the run, kept up to date some runs at a time.

/// How many runs are looked at between two frames at most: all of very many at once would hold a frame up.
pub(super) const AT_ONCE: usize = 512;

/// A yes or no for each run, by its place in the order of launch.
#[derive(Debug, Default)]
pub(super) struct Flags {
    of_runs: Vec<bool>,
    /// The run that is looked at next.
    next: usize,
    /// How many runs are to be looked at until all are as they are now.
    behind: usize,
}

impl Flags {
    /// Removes all flags.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Looks at runs that are new; at all of them where that takes no time.
    pub(super) fn fit(&mut self, n_runs: usize, look: impl Fn(usize) -> bool) {
        if n_runs <= AT_ONCE {
            self.clear();
        }
        self.of_runs.truncate(n_runs);
        self.behind = self.behind.min(n_runs);
        let new = self.of_runs.len()..n_runs;
        self.of_runs.extend(new.map(look));
    }

    /// Runs have changed: which of them is not said.
    pub(super) fn note_change(&mut self) {
        self.behind = self.of_runs.len();
    }

    /// Looks at some of the runs that may have changed. Returns whether a flag is another one now.
    pub(super) fn catch_up(&mut self, look: impl Fn(usize) -> bool) -> bool {
        let mut is_changed = false;
        let n_looks = self.behind.min(AT_ONCE);
        for _ in 0..n_looks {
            let at = self.next % self.of_runs.len().max(1);
            if let Some(flag) = self.of_runs.get_mut(at) {
                let now = look(at);
                is_changed |= std::mem::replace(flag, now) != now;
            }
            self.next = at + 1;
        }
        self.behind -= n_looks;
        is_changed
    }

    /// Whether runs are still to be looked at.
    pub(super) const fn is_behind(&self) -> bool {
        self.behind > 0
    }

    /// The flag of a run; no for one that is not known yet.
    pub(super) fn get(&self, run: usize) -> bool {
        self.of_runs.get(run).copied().unwrap_or(false)
    }

    /// The runs whose flag is set.
    pub(super) fn set(&self) -> impl Iterator<Item = usize> {
        let all = self.of_runs.iter().enumerate();
        all.filter(|(_, flag)| **flag).map(|(run, _)| run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_runs_are_looked_at_after_the_last_change_and_few_at_a_time() {
        let mut flags = Flags::default();
        flags.fit(3 * AT_ONCE, |_| false);
        flags.note_change();
        let mut rounds = 0;
        while flags.is_behind() {
            assert!(flags.catch_up(|_| true));
            rounds += 1;
        }
        assert_eq!((rounds, flags.set().count()), (3, 3 * AT_ONCE));
        assert!(!flags.catch_up(|_| false), "nothing has changed since");
        flags.fit(2, |run| run == 1);
        assert_eq!(flags.set().collect::<Vec<_>>(), [1]);
        assert!(!flags.get(7));
    }
}
