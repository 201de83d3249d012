//! Facts that panes derive from a record.

use std::time::Duration;

use super::{ModelCallRecord, RunRecord, SpanRecord, TranscriptItem};
use crate::base::clock::Timestamp;
use crate::base::ids::SpanId;
use crate::conversation::Role;
use crate::trace::{RunState, SpanOutcome};

impl RunRecord {
    /// Returns the model that was called and has not begun to answer, if that is the current
    /// activity.
    pub fn silent_model(&self) -> Option<&str> {
        let call = self.asked_model()?;
        let is_silent = call.ended_at.is_none() && call.streamed_characters == 0;
        is_silent.then_some(call.model_id.as_str())
    }

    /// Returns what the run waits for, where a model is given by its name; empty if the run is not
    /// active.
    pub(in crate::runs) fn waits_for(&self) -> &str {
        let asked = self.asked_model();
        asked.map_or(self.doing.as_str(), |call| call.model_id.as_str())
    }

    /// Returns the current model call of the run.
    fn asked_model(&self) -> Option<&ModelCallRecord> {
        let span = &self.activities.last()?.span;
        let mut calls = self.model_calls.iter().rev();
        calls.find(|call| call.span.as_ref() == Some(span))
    }

    /// Returns whether a span was cut off by the end of the run: its time limit, its cancellation
    /// or the end of the program.
    pub fn ended_with(&self, span: &SpanRecord) -> bool {
        let ends = [
            RunState::TimedOut,
            RunState::Cancelled,
            RunState::Interrupted,
        ];
        let cut_off = self.cut_off.as_ref();
        ends.contains(&self.state)
            && span.outcome == Some(SpanOutcome::Cancelled)
            && cut_off.is_some_and(|(at, _)| span.ended_at >= Some(*at))
    }

    /// Returns the workers that executed the run in a time interval, or up to now, in order; empty
    /// if the process that began the run executed it.
    pub fn workers_between(&self, begin: Timestamp, end: Option<Timestamp>) -> Vec<&str> {
        let upto = |moment: Timestamp| self.workers.partition_point(|(at, _)| *at <= moment);
        let last = end.map_or(self.workers.len(), upto);
        let first = upto(begin).saturating_sub(1).min(last);
        let claims = self.workers.get(first..last).unwrap_or_default();
        let mut workers: Vec<&str> = Vec::new();
        for (_, worker) in claims {
            if workers.last() != Some(&&**worker) {
                workers.push(worker);
            }
        }
        workers
    }

    /// Returns the time of the last activity: when the run ended, answered, was paused or began to
    /// wait for a person; `now` while it is active.
    pub fn latest(&self, now: Timestamp) -> Timestamp {
        let resting_since = self.rests.last().filter(|(_, end)| end.is_none());
        self.ended_at
            .or(resting_since.map(|(since, _)| *since))
            .unwrap_or(now)
    }

    /// Returns the time of the last event that did something, at which a recorded run is shown.
    pub(crate) fn last_moment(&self) -> Timestamp {
        let last = self.log.last();
        last.map_or(self.queued_at, |event| event.timestamp)
    }

    /// Returns how much of the time from `begin` to `end`, or up to `now`, the run was active. Over
    /// the whole run, this is [`RunSummary::duration`](crate::runs::RunSummary::duration).
    pub fn active_between(
        &self,
        begin: Timestamp,
        end: Option<Timestamp>,
        now: Timestamp,
    ) -> Duration {
        let end = end.unwrap_or_else(|| self.latest(now)).max(begin);
        let rested: Duration = self
            .rests
            .iter()
            .map(|(since, until)| until.unwrap_or(end).min(end).since((*since).max(begin)))
            .sum();
        end.since(begin).saturating_sub(rested)
    }

    /// Returns the intervals in which the run waited for a person, was paused or had answered, up
    /// to `now`.
    pub fn rests(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let rests = self.rests.iter();
        rests.map(move |(since, until)| (*since, until.unwrap_or(now)))
    }

    /// Returns the agent's last message, which may be incomplete; empty if there is none.
    pub fn last_words(&self) -> &str {
        self.transcript
            .iter()
            .rev()
            .find_map(|item| match item {
                TranscriptItem::Message(message) if message.role == Role::Agent => {
                    Some(message.content.as_str())
                }
                TranscriptItem::Streaming { content, .. } => Some(content),
                TranscriptItem::Message(_)
                | TranscriptItem::Reasoning(_)
                | TranscriptItem::ToolCall(_)
                | TranscriptItem::Node(_)
                | TranscriptItem::Error(_)
                | TranscriptItem::Note(_) => None,
            })
            .unwrap_or_default()
    }

    /// Returns a span by its id.
    pub fn span(&self, id: &SpanId) -> Option<&SpanRecord> {
        // Nearly always it is open, and few are, however long the run.
        let open = self.open_spans.iter().rev();
        let open = open.filter_map(|index| self.spans.get(*index));
        open.chain(self.spans.iter().rev())
            .find(|span| span.id == *id)
    }
}
