//! Statistics over many runs: counts by state, throughput, percentiles, tokens.

use std::borrow::Borrow;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

use crate::base::clock::Timestamp;
use crate::conversation::Usage;
use crate::runs::{RunRecord, RunSummary};
use crate::trace::RunState;

/// The results of a batch, as in the `summary` of `flowdeck run --format json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The number of runs.
    pub total: usize,
    /// The number of runs in each state; states without runs are left out.
    pub by_state: IndexMap<RunState, usize>,
    /// The time in seconds from launch to the end, or until now.
    pub wall_s: f64,
    /// The number of ended runs per second of `wall_s`.
    pub runs_per_s: f64,
    /// The median active time of the runs that started and ended; `None` if there are none. Time in
    /// the queue or waiting for a person does not count, and neither do runs that stopped at a
    /// question.
    pub p50_ms: Option<f64>,
    /// The 95th percentile of the active times.
    pub p95_ms: Option<f64>,
    /// The largest number of runs that had a slot at the same time.
    pub max_at_once: usize,
    /// The token counts and model calls of all runs.
    pub usage: Usage,
}

impl Summary {
    /// Summarizes the runs of a recorded batch.
    pub(crate) fn of_past<R: Borrow<RunRecord>>(records: &[R]) -> Self {
        let records = || records.iter().map(Borrow::borrow);
        let begun = records().map(|record| record.queued_at).min();
        let last = |record: &RunRecord| record.log.last().map(|event| event.timestamp);
        let now = records().filter_map(last).max().unwrap_or_default();
        // Before who begins at a moment, who ends then.
        let mut changes: Vec<(Timestamp, isize)> = Vec::new();
        for record in records() {
            if let Some(started_at) = record.started_at {
                changes.push((started_at, 1));
                changes.push((record.ended_at.unwrap_or(now), -1));
            }
        }
        changes.sort_unstable();
        let (mut in_flight, mut most) = (0_isize, 0);
        for (_, change) in changes {
            in_flight += change;
            most = in_flight.max(most);
        }
        let wall = begun.map(|begun| now.since(begun)).unwrap_or_default();
        let summaries = records().map(|record| &**record);
        Self::of(summaries, wall, most.unsigned_abs(), now)
    }

    /// Summarizes the runs of a batch, whether ended or not.
    pub fn of<'r>(
        records: impl IntoIterator<Item = &'r RunSummary>,
        wall: Duration,
        max_at_once: usize,
        now: Timestamp,
    ) -> Self {
        let mut total = 0;
        let mut ended = 0_u32;
        let mut counts = [0_usize; RunState::ALL.len()];
        let mut durations = Vec::new();
        let mut usage = Usage::default();
        for record in records {
            total += 1;
            usage += record.usage;
            if let Some(count) = counts.get_mut(record.state as usize) {
                *count += 1;
            }
            if record.ended_at.is_some() {
                ended += 1;
                // One that stopped at a question has not come to its end.
                if record.started_at.is_some() && record.state != RunState::NeedsInput {
                    durations.push(record.duration(now));
                }
            }
        }
        durations.sort_unstable();
        let wall_s = wall.as_secs_f64();
        Self {
            total,
            by_state: RunState::ALL
                .into_iter()
                .zip(counts)
                .filter(|(_, count)| *count > 0)
                .collect(),
            wall_s,
            runs_per_s: if wall_s > 0.0 {
                f64::from(ended) / wall_s
            } else {
                0.0
            },
            p50_ms: percentile(&durations, 50).map(milliseconds),
            p95_ms: percentile(&durations, 95).map(milliseconds),
            max_at_once,
            usage,
        }
    }
}

/// Returns the nearest-rank percentile: the smallest value that is not less than `percent` percent
/// of the values. `sorted` is in ascending order; `None` if it is empty.
pub(crate) fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Converts a duration to milliseconds, with a fraction.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    // Microseconds are enough, and keep the number short in JSON.
    let micros = u32::try_from(duration.as_micros())
        .map_or_else(|_| duration.as_secs_f64() * 1_000_000.0, f64::from);
    micros.round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50), Some(50));
        assert_eq!(percentile(&hundred, 95), Some(95));
        assert_eq!(percentile(&hundred, 100), Some(100));
        assert_eq!(percentile(&[7], 95), Some(7));
        assert_eq!(percentile(&[1, 2], 50), Some(1));
        assert_eq!(percentile::<u32>(&[], 50), None);
    }

    #[test]
    fn a_run_that_stopped_at_a_question_is_not_among_the_times() {
        for (state, has_time) in [(RunState::NeedsInput, false), (RunState::Finished, true)] {
            let mut script = crate::runs::script::Script::new("r_1", 0);
            script.state(RunState::Running);
            script.pass(Duration::from_secs(1));
            script.ended(state, None);
            let record = script.record();
            let second = Duration::from_secs(1);
            let summary = Summary::of([&*record], second, 1, Timestamp::default());
            assert_eq!(summary.p50_ms.is_some(), has_time, "{state:?}");
        }
    }

    #[test]
    fn milliseconds_keep_microseconds() {
        let text = |duration| milliseconds(duration).to_string();
        assert_eq!(text(Duration::from_micros(1_234_567)), "1234.567");
        assert_eq!(text(Duration::from_secs(10_000)), "10000000");
    }

    #[test]
    fn states_are_listed_in_the_order_of_their_enum() {
        for (index, state) in RunState::ALL.into_iter().enumerate() {
            assert_eq!(state as usize, index, "{state:?}");
        }
    }
}
