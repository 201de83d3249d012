//! The numbers of one batch, updated with each event instead of computed for each frame.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::conversation::Usage;
use crate::runs::{RunSummary, percentile};
use crate::trace::RunState;

/// The period over which rates are averaged, in seconds.
const WINDOW_SECONDS: u64 = 10;

/// The maximum number of named models.
const MAX_MODELS: usize = 4;

const SECOND_NS: u64 = 1_000_000_000;

/// The contribution of one run to the numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    state: RunState,
    usage: Usage,
    /// Estimated tokens of unfinished answers.
    streamed_tokens: u64,
    /// The duration of the run, once it has ended or answered.
    took: Option<Duration>,
    /// Whether the run is paused and keeps its slot.
    is_paused_in_slot: bool,
}

impl Share {
    pub(super) fn of(record: &RunSummary) -> Self {
        let has_taken = record.ended_at.is_some()
            && record.started_at.is_some()
            && record.state != RunState::NeedsInput;
        Self {
            state: record.state,
            usage: record.usage,
            streamed_tokens: record.streamed_tokens(),
            took: has_taken.then_some(record.active),
            is_paused_in_slot: record.state == RunState::Paused && record.started_at.is_some(),
        }
    }

    pub(super) const fn state(&self) -> RunState {
        self.state
    }

    /// Returns the tokens that models wrote, including estimated ones.
    const fn written(&self) -> u64 {
        self.usage.output_tokens + self.streamed_tokens
    }
}

/// Counts, tokens, rates and percentiles of one batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    by_state: [usize; RunState::ALL.len()],
    usage: Usage,
    /// Estimated tokens of unfinished answers.
    streamed_tokens: u64,
    /// The number of paused runs that keep their slots.
    paused_in_slot: usize,
    /// The durations of the ended runs, in ascending order.
    took: Vec<Duration>,
    /// The time when a run last ended; `None` if it is not known.
    last_end: Option<Timestamp>,
    /// Second, model calls and tokens written, the oldest first, limited to the period. The number
    /// of tokens is negative in a second in which an estimate turned out too high.
    recent: VecDeque<(u64, u64, i64)>,
    /// The model ids at their providers, each once.
    models: Vec<String>,
}

impl Tally {
    /// Returns the number of runs in a state.
    pub(crate) fn count(&self, state: RunState) -> usize {
        self.by_state[state as usize]
    }

    /// Returns the number of paused runs that keep their slots.
    pub(crate) const fn paused_in_slot(&self) -> usize {
        self.paused_in_slot
    }

    /// Returns the tokens and model calls of all runs.
    pub(crate) const fn usage(&self) -> Usage {
        self.usage
    }

    /// Returns the estimated tokens of unfinished answers, including those of cancelled runs.
    pub(crate) const fn streamed_tokens(&self) -> u64 {
        self.streamed_tokens
    }

    /// Returns the given percentile of the durations of ended runs; `None` if none has ended. Time
    /// in the queue or waiting for a person doesn't count.
    pub(crate) fn percentile(&self, percent: usize) -> Option<Duration> {
        percentile(&self.took, percent)
    }

    /// Returns the time when a run last ended; `None` if none has or the time is not known.
    pub(crate) const fn last_end(&self) -> Option<Timestamp> {
        self.last_end
    }

    /// Returns model calls and written tokens per second, over the last ten seconds or since the
    /// launch. Unfinished answers are estimated from their characters.
    pub(crate) fn rates(&self, launched_at: Timestamp, now: Timestamp) -> (f64, f64) {
        let (calls, tokens) = self.recently(now);
        let window = Duration::from_secs(WINDOW_SECONDS);
        let seconds = now.since(launched_at).min(window).as_secs_f64().max(1.0);
        let per_second = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
        (per_second(calls), per_second(tokens))
    }

    /// Returns the tokens written in each of the last ten seconds, the current second last.
    pub(crate) fn by_second(&self, now: Timestamp) -> Vec<u64> {
        let last = second(now);
        let tokens = |second: u64| {
            let mut recent = self.recent.iter();
            let known = recent.find(|(known, ..)| *known == second);
            known.map_or(0, |(_, _, tokens)| u64::try_from(*tokens).unwrap_or(0))
        };
        let first = last.saturating_sub(WINDOW_SECONDS - 1);
        (first..=last).map(tokens).collect()
    }

    /// Returns the called models in the order of their first requests.
    pub(crate) fn models(&self) -> &[String] {
        &self.models
    }

    /// Records that a model was called.
    pub(super) fn note_model(&mut self, model_id: &str) {
        if !self.models.iter().any(|known| known == model_id) && self.models.len() < MAX_MODELS {
            self.models.push(model_id.to_owned());
        }
    }

    /// Returns the time when the rates change without further events; `None` if they are zero.
    pub(crate) fn rates_fall_at(&self, now: Timestamp) -> Option<Timestamp> {
        (self.recently(now) != (0, 0)).then(|| Timestamp::from_ns((second(now) + 1) * SECOND_NS))
    }

    /// Returns the model calls and tokens of the last ten seconds.
    fn recently(&self, now: Timestamp) -> (u64, u64) {
        let first = second(now).saturating_sub(WINDOW_SECONDS - 1);
        let recent = self.recent.iter().filter(|(second, ..)| *second >= first);
        let (calls, tokens) =
            recent.fold((0, 0), |(calls, tokens), (_, more_calls, more_tokens)| {
                (calls + more_calls, tokens + more_tokens)
            });
        (calls, u64::try_from(tokens).unwrap_or(0))
    }

    /// Takes over the rates of the tally that this recomputed one replaces.
    pub(super) fn continue_from(&mut self, replaced: Self) {
        self.recent = replaced.recent;
        self.last_end = replaced.last_end;
        self.models = replaced.models;
    }

    pub(super) fn add(&mut self, share: &Share) {
        self.by_state[share.state as usize] += 1;
        self.paused_in_slot += usize::from(share.is_paused_in_slot);
        self.usage += share.usage;
        self.streamed_tokens += share.streamed_tokens;
        if let Some(took) = share.took {
            let at = self.took.partition_point(|other| *other < took);
            self.took.insert(at, took);
        }
    }

    /// Replaces the contribution of a run. `since` is when the answer that has just been completed
    /// was requested: its estimate is corrected as far as it is within the period.
    pub(super) fn change(
        &mut self,
        before: &Share,
        after: &Share,
        at: Timestamp,
        since: Option<Timestamp>,
    ) {
        if before == after {
            return;
        }
        let count = &mut self.by_state[before.state as usize];
        *count = count.saturating_sub(1);
        self.paused_in_slot -= usize::from(before.is_paused_in_slot);
        if let Some(took) = before.took {
            let index = self.took.partition_point(|other| *other < took);
            if self.took.get(index) == Some(&took) {
                self.took.remove(index);
            }
        }
        if before.took.is_none() && after.took.is_some() {
            self.last_end = Some(at);
        }
        self.streamed_tokens = self.streamed_tokens.saturating_sub(before.streamed_tokens);
        let more = after.usage.since(before.usage);
        self.add(&Share {
            usage: more,
            ..*after
        });
        let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let mut written = count(after.written()).saturating_sub(count(before.written()));
        if before.streamed_tokens > after.streamed_tokens
            && let Some(since) = since
        {
            let took = i64::try_from(at.since(since).as_secs()).unwrap_or(i64::MAX);
            let window = WINDOW_SECONDS.cast_signed();
            written = written.saturating_mul(window) / took.max(window);
        }
        if more.llm_calls > 0 || written != 0 {
            self.note(second(at), more.llm_calls, written);
        }
    }

    fn note(&mut self, second: u64, calls: u64, tokens: i64) {
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
    at.as_ns() / SECOND_NS
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
            streamed_tokens: 0,
            took: took_ms.map(Duration::from_millis),
            is_paused_in_slot: false,
        }
    }

    #[test]
    fn numbers_follow_a_run_through_its_states() {
        let at = |second: u64| Timestamp::from_ns(second * 1_000_000_000);
        let mut tally = Tally::default();
        let queued = share(RunState::Queued, 0, None);
        tally.add(&queued);
        let running = share(RunState::Running, 20, None);
        tally.change(&queued, &running, at(100), None);
        let answered = share(RunState::Answered, 50, Some(900));
        assert_eq!(tally.last_end(), None);
        tally.change(&running, &answered, at(104), None);
        assert_eq!(tally.last_end(), Some(at(104)));
        assert_eq!(tally.count(RunState::Answered), 1);
        assert_eq!(
            tally.count(RunState::Queued) + tally.count(RunState::Running),
            0
        );
        assert_eq!(tally.usage().total_tokens, 100);
        assert_eq!(tally.percentile(50), Some(Duration::from_millis(900)));
        assert_eq!(tally.rates(at(100), at(105)), (1.0, 10.0));
        assert_eq!(tally.rates(at(100), at(200)), (0.0, 0.0), "long ago");
        // It continues: its time is not final any more.
        tally.change(&answered, &running, at(105), None);
        assert_eq!(tally.percentile(50), None);
    }

    fn streaming(tokens: u64, streamed_tokens: u64) -> Share {
        Share {
            streamed_tokens,
            ..share(RunState::Running, tokens, None)
        }
    }

    #[test]
    fn tokens_count_while_they_are_streamed_and_fall_to_nothing_by_themselves() {
        let at = |second: u64| Timestamp::from_ns(second * SECOND_NS);
        let mut tally = Tally::default();
        let mut before = streaming(0, 0);
        tally.add(&before);
        for second in 0..5 {
            let after = streaming(0, 40 * (second + 1));
            tally.change(&before, &after, at(100 + second), None);
            before = after;
        }
        let rate = |tally: &Tally, now| format!("{:.1}", tally.rates(at(100), at(now)).1);
        assert_eq!(rate(&tally, 105), "40.0");
        // The provider counted 250 where 200 were estimated.
        tally.change(&before, &streaming(250, 0), at(105), Some(at(100)));
        assert_eq!(rate(&tally, 110), "21.0");
        assert_eq!(tally.rates_fall_at(at(110)), Some(at(111)));
        assert_eq!(tally.rates(at(100), at(120)), (0.0, 0.0));
        assert_eq!(
            tally.rates_fall_at(at(120)),
            None,
            "nothing more to wake for"
        );
    }

    #[test]
    fn what_a_long_answer_is_put_right_by_does_not_all_come_in_one_second() {
        let at = |second: u64| Timestamp::from_ns(second * SECOND_NS);
        let mut tally = Tally::default();
        let before = streaming(0, 5_000);
        tally.add(&before);
        tally.change(&before, &streaming(6_000, 0), at(200), Some(at(100)));
        let rate = |tally: &Tally, now| format!("{:.1}", tally.rates(at(100), at(now)).1);
        assert_eq!(rate(&tally, 200), "10.0");
        let before = streaming(6_000, 900);
        tally.change(&before, &streaming(6_010, 0), at(201), Some(at(200)));
        assert_eq!(rate(&tally, 201), "0.0", "never less than nothing");
    }
}
