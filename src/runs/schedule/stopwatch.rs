//! Active time against a limit. Pure: the time is an argument.

use std::time::Duration;

use tokio::time::Instant;

/// Measures the time that a run is active.
#[derive(Clone, Copy, Debug)]
pub(in crate::runs) struct Stopwatch {
    limit: Option<Duration>,
    spent: Duration,
    running_since: Option<Instant>,
}

impl Stopwatch {
    /// A stopwatch that stands still.
    pub(in crate::runs) const fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            spent: Duration::ZERO,
            running_since: None,
        }
    }

    /// Lets it run or stand still from `now` on.
    pub(in crate::runs) fn set_running(&mut self, is_running: bool, now: Instant) {
        if let Some(since) = self.running_since.take() {
            self.spent += now.saturating_duration_since(since);
        }
        self.running_since = is_running.then_some(now);
    }

    /// Leaves out time that passed while it ran, in which the whole program was stopped.
    pub(in crate::runs) fn leave_out(&mut self, time: Duration) {
        self.running_since = self.running_since.map(|since| since + time);
    }

    /// When the limit will be reached; none if there is no limit or the stopwatch stands still.
    pub(in crate::runs) fn deadline(&self) -> Option<Instant> {
        let left = self.limit?.saturating_sub(self.spent);
        self.running_since?.checked_add(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_it_stands_still_is_not_spent() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watch = Stopwatch::new(Some(Duration::from_secs(10)));
        assert_eq!(watch.deadline(), None);
        watch.set_running(true, at(0));
        assert_eq!(watch.deadline(), Some(at(10)));
        watch.set_running(false, at(4));
        assert_eq!(watch.deadline(), None);
        watch.set_running(true, at(100));
        assert_eq!(watch.deadline(), Some(at(106)));
        watch.leave_out(Duration::from_secs(50));
        assert_eq!(watch.deadline(), Some(at(156)));
        assert_eq!(Stopwatch::new(None).deadline(), None);
    }
}
