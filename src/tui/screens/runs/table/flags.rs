//! A boolean for each run that is expensive to compute, updated for some runs at a time.

/// The maximum number of runs that are checked between two frames, so that no frame is delayed.
pub(super) const AT_ONCE: usize = 512;

/// A boolean for each run, by its position in the order of launches.
#[derive(Debug, Default)]
pub(super) struct Flags {
    of_runs: Vec<bool>,
    /// The position of the run that is checked next.
    next: usize,
    /// The number of runs still to be checked until all flags are up to date.
    behind: usize,
}

impl Flags {
    /// Removes all flags.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Checks new runs; if there are few enough, checks all of them now.
    pub(super) fn fit(&mut self, n_runs: usize, look: impl Fn(usize) -> bool) {
        if n_runs <= AT_ONCE {
            self.clear();
        }
        self.of_runs.truncate(n_runs);
        self.behind = self.behind.min(n_runs);
        let new = self.of_runs.len()..n_runs;
        self.of_runs.extend(new.map(look));
    }

    /// Records that some runs have changed.
    pub(super) fn note_change(&mut self) {
        self.behind = self.of_runs.len();
    }

    /// Checks some of the runs that may have changed. Returns whether any flag has changed.
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

    /// Whether runs are still to be checked.
    pub(super) const fn is_behind(&self) -> bool {
        self.behind > 0
    }

    /// Returns the flag of a run; false for a run that was not checked yet.
    pub(super) fn get(&self, run: usize) -> bool {
        self.of_runs.get(run).copied().unwrap_or(false)
    }

    /// Returns the runs whose flag is set.
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
