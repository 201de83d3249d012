//! The active time of a run, measured against a limit. Pure: the time is an argument.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::trace::{RunEvent, RunEventBody, RunState};

/// Measures the time that a run is active.
#[derive(Clone, Copy, Debug)]
pub(in crate::runs) struct Stopwatch {
    limit: Option<Duration>,
    spent: Duration,
    running_since: Option<Instant>,
}

impl Stopwatch {
    /// Makes a stopped stopwatch for a run that was already active for a time.
    pub(in crate::runs) const fn new(limit: Option<Duration>, spent: Duration) -> Self {
        Self {
            limit,
            spent,
            running_since: None,
        }
    }

    /// Starts or stops the stopwatch at `now`.
    pub(in crate::runs) fn set_running(&mut self, is_running: bool, now: Instant) {
        if let Some(since) = self.running_since.take() {
            self.spent += now.saturating_duration_since(since);
        }
        self.running_since = is_running.then_some(now);
    }

    /// Subtracts time in which the whole program was stopped while the stopwatch was running.
    pub(in crate::runs) fn leave_out(&mut self, time: Duration) {
        self.running_since = self.running_since.map(|since| since + time);
    }

    /// Returns when the limit will be reached; `None` if there is no limit or the stopwatch is
    /// stopped.
    pub(in crate::runs) fn deadline(&self) -> Option<Instant> {
        let left = self.limit?.saturating_sub(self.spent);
        self.running_since?.checked_add(left)
    }
}

/// Returns the active time of a run that continues after these events. The time between the last
/// event of a process that died and the first event of its successor does not count.
pub(in crate::runs) fn active_time(events: &[Arc<RunEvent>]) -> Duration {
    let (mut active, mut since) = (Duration::ZERO, None);
    let mut last = None;
    for event in events {
        let at = event.timestamp;
        let stops_at = match &event.body {
            RunEventBody::StateChanged {
                state: RunState::Running,
            } => {
                since.get_or_insert(at);
                None
            }
            RunEventBody::StateChanged { .. } | RunEventBody::Ended { .. } => Some(at),
            body if body.worker().is_some() => last,
            _ => None,
        };
        if let Some(stops_at) = stops_at
            && let Some(since) = since.take()
        {
            active += stops_at.since(since);
        }
        last = Some(at);
    }
    match (since, last) {
        (Some(since), Some(last)) => active + last.since(since),
        _ => active,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::clock::Timestamp;
    use crate::base::ids::RunId;

    #[test]
    fn time_before_a_takeover_counts_and_the_gap_does_not() {
        let claim = |number: u32| RunEventBody::Operated {
            key: format!("worker.{number}"),
            operation: RunEventBody::WORKER.to_owned(),
            outcome: Box::new(Ok(json!({"worker": "w"}))),
        };
        let state = |state| RunEventBody::StateChanged { state };
        let bodies = [
            (0, claim(0)),
            (10, state(RunState::Running)),
            (14, state(RunState::NeedsInput)),
            (50, state(RunState::Running)),
            (53, state(RunState::Running)),
            // It died.
            (100, claim(1)),
            (100, state(RunState::Interrupted)),
            (101, state(RunState::Running)),
            (103, claim(2)),
        ];
        let events = bodies.map(|(seconds, body)| {
            Arc::new(RunEvent {
                run: RunId::new("r_1"),
                seq: 0,
                joined: 0,
                timestamp: Timestamp::from_ns(seconds * 1_000_000_000),
                span: None,
                body,
            })
        });
        let seconds = |upto: usize| active_time(&events[..upto]).as_secs();
        assert_eq!([seconds(1), seconds(3), seconds(5)], [0, 4, 7]);
        assert_eq!([seconds(7), seconds(9)], [7, 7]);
    }

    #[test]
    fn time_that_it_stands_still_is_not_spent() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watch = Stopwatch::new(Some(Duration::from_secs(10)), Duration::ZERO);
        assert_eq!(watch.deadline(), None);
        watch.set_running(true, at(0));
        assert_eq!(watch.deadline(), Some(at(10)));
        watch.set_running(false, at(4));
        assert_eq!(watch.deadline(), None);
        watch.set_running(true, at(100));
        assert_eq!(watch.deadline(), Some(at(106)));
        watch.leave_out(Duration::from_secs(50));
        assert_eq!(watch.deadline(), Some(at(156)));
        let mut late = Stopwatch::new(Some(Duration::from_secs(10)), Duration::from_secs(7));
        late.set_running(true, at(0));
        assert_eq!(late.deadline(), Some(at(3)));
        assert_eq!(Stopwatch::new(None, Duration::ZERO).deadline(), None);
    }
}
