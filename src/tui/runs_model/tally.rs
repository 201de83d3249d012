//! The numbers of one batch, kept up with each event instead of counted on each frame.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::conversation::Usage;
use crate::runs::{RunRecord, percentile};
use crate::trace::RunState;

/// Over how many seconds rates are taken.
const WINDOW_SECONDS: u64 = 10;

/// What a run adds to the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    state: RunState,
    usage: Usage,
    /// How long it took, once it has ended or answered.
    took: Option<Duration>,
}

impl Share {
    pub(super) fn of(record: &RunRecord) -> Self {
        let has_taken = record.ended_at.is_some() && record.started_at.is_some();
        Self {
            state: record.state,
            usage: record.usage,
            took: has_taken.then_some(record.active),
        }
    }

    pub(super) const fn state(&self) -> RunState {
        self.state
    }
}

/// Counts, tokens, rates and percentiles of one batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    by_state: [usize; RunState::ALL.len()],
    usage: Usage,
    /// Times of the runs that have ended, in ascending order.
    took: Vec<Duration>,
    /// Second, model calls, tokens written; the oldest first, none older than the window.
    recent: VecDeque<(u64, u64, u64)>,
}

impl Tally {
    /// How many runs are in a state.
    pub(crate) fn count(&self, state: RunState) -> usize {
        self.by_state[state as usize]
    }

    /// Tokens and model calls of all its runs.
    pub(crate) const fn usage(&self) -> Usage {
        self.usage
    }

    /// The time that so many of a hundred ended runs did not exceed; none while none has ended.
    /// Time queued or waiting for a person does not count.
    pub(crate) fn percentile(&self, percent: usize) -> Option<Duration> {
        percentile(&self.took, percent)
    }

    /// Model calls and tokens that models wrote a second, over the last ten seconds or since the
    /// launch.
    pub(crate) fn rates(&self, launched_at: Timestamp, now: Timestamp) -> (f64, f64) {
        let first = second(now).saturating_sub(WINDOW_SECONDS - 1);
        let (calls, tokens) = self
            .recent
            .iter()
            .filter(|(second, ..)| *second >= first)
            .fold((0, 0), |(calls, tokens), (_, more_calls, more_tokens)| {
                (calls + more_calls, tokens + more_tokens)
            });
        let window = Duration::from_secs(WINDOW_SECONDS);
        let seconds = now.since(launched_at).min(window).as_secs_f64().max(1.0);
        let per_second = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
        (per_second(calls), per_second(tokens))
    }

    pub(super) fn add(&mut self, share: &Share) {
        self.by_state[share.state as usize] += 1;
        self.usage += share.usage;
        if let Some(took) = share.took {
            let at = self.took.partition_point(|other| *other < took);
            self.took.insert(at, took);
        }
    }

    /// Replaces what a run added by what it adds now.
    pub(super) fn change(&mut self, before: &Share, after: &Share, at: Timestamp) {
        if before == after {
            return;
        }
        let count = &mut self.by_state[before.state as usize];
        *count = count.saturating_sub(1);
        if let Some(took) = before.took {
            let index = self.took.partition_point(|other| *other < took);
            if self.took.get(index) == Some(&took) {
                self.took.remove(index);
            }
        }
        let more = after.usage.since(before.usage);
        self.add(&Share {
            usage: more,
            ..*after
        });
        if more.llm_calls > 0 || more.output_tokens > 0 {
            self.note(second(at), more.llm_calls, more.output_tokens);
        }
    }

    fn note(&mut self, second: u64, calls: u64, tokens: u64) {
        match self.recent.back_mut() {
            Some(last) if last.0 >= second => {
                last.1 += calls;
                last.2 += tokens;
            }
            _ => self.recent.push_back((second, calls, tokens)),
        }
        while self
            .recent
            .front()
            .is_some_and(|first| first.0 + WINDOW_SECONDS <= second)
        {
            self.recent.pop_front();
        }
    }
}

fn second(at: Timestamp) -> u64 {
    at.as_ns() / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(state: RunState, tokens: u64, took_ms: Option<u64>) -> Share {
        Share {
            state,
            usage: Usage {
                output_tokens: tokens,
                total_tokens: 2 * tokens,
                llm_calls: tokens / 10,
                ..Usage::default()
            },
            took: took_ms.map(Duration::from_millis),
        }
    }

    #[test]
    fn numbers_follow_a_run_through_its_states() {
        let at = |second: u64| Timestamp::from_ns(second * 1_000_000_000);
        let mut tally = Tally::default();
        let queued = share(RunState::Queued, 0, None);
        tally.add(&queued);
        let running = share(RunState::Running, 20, None);
        tally.change(&queued, &running, at(100));
        let answered = share(RunState::Answered, 50, Some(900));
        tally.change(&running, &answered, at(104));
        assert_eq!(tally.count(RunState::Answered), 1);
        assert_eq!(
            tally.count(RunState::Queued) + tally.count(RunState::Running),
            0
        );
        assert_eq!(tally.usage().total_tokens, 100);
        assert_eq!(tally.percentile(50), Some(Duration::from_millis(900)));
        assert_eq!(tally.rates(at(100), at(105)), (1.0, 10.0));
        assert_eq!(tally.rates(at(100), at(200)), (0.0, 0.0), "long ago");
        // It goes on: its time is not final any more.
        tally.change(&answered, &running, at(105));
        assert_eq!(tally.percentile(50), None);
    }
}
