//! The time in which the whole program is stopped (`ctrl-z`), which does not count for any run.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::runs::{RunsCommand, RunsHandle};

/// The stops of the program so far.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::runs) struct Standstill {
    /// The beginning of the current stop.
    since: Option<Instant>,
    /// The total time of ended stops.
    pub(in crate::runs) total: Duration,
}

impl Standstill {
    /// Returns whether the program is stopped.
    pub(in crate::runs) const fn is_stopped(&self) -> bool {
        self.since.is_some()
    }

    /// Begins or ends a stop.
    pub(in crate::runs) fn set_stopped(&mut self, is_stopped: bool, now: Instant) {
        if let Some(since) = self.since.take() {
            self.total += now.saturating_duration_since(since);
        }
        self.since = is_stopped.then_some(now);
    }
}

impl RunsHandle {
    /// Stops the clocks of all runs before the program is stopped, or starts them again afterwards.
    /// Returns when the records reflect this, or when the runs have shut down.
    pub async fn stand_still(&self, is_stopped: bool) {
        let (done, is_done) = oneshot::channel();
        let command = RunsCommand::StandStill { is_stopped, done };
        if self.send(command).await.is_ok() {
            // It is dropped only where the runs shut down, and then there is nothing to wait for.
            let _gone = is_done.await;
        }
    }
}
