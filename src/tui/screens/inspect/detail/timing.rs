//! The start, the duration and the waiting times of a span.

use super::Page;
use crate::base::duration;
use crate::runs::{ModelCallRecord, RunRecord, SpanRecord, ToolCallRecord};
use crate::trace::SpanKind;
use crate::tui::widgets::moment;

impl Page<'_> {
    pub(super) fn model_timing(
        &mut self,
        record: &RunRecord,
        call: &ModelCallRecord,
        span: &SpanRecord,
    ) {
        self.timing(record, span);
        if let Some(first) = call.time_to_first_token_ms {
            let first = duration::of_milliseconds(first);
            self.fact("first token", &duration::fine(first));
        }
        if let (Some(ended), true) = (call.ended_at, call.usage.output_tokens > 0) {
            let seconds = ended.since(call.started_at).as_secs_f64();
            if seconds > 0.0 {
                #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
                let rate = call.usage.output_tokens as f64 / seconds;
                self.fact("speed", &format!("{rate:.1} tokens/s"));
            }
        }
        for (attempt, (reason, wait)) in call.retries.iter().enumerate() {
            let wait = duration::of_milliseconds(wait * 1e3);
            self.fact(
                &format!("attempt {}", attempt + 1),
                &format!("{reason}; waited {}", duration::short(wait)),
            );
        }
    }

    pub(super) fn tool_timing(
        &mut self,
        record: &RunRecord,
        call: &ToolCallRecord,
        span: &SpanRecord,
    ) {
        self.timing(record, span);
        let waited = duration::of_milliseconds(call.waited_ms);
        self.fact(
            "waited",
            &format!("{} for a free worker", duration::fine(waited)),
        );
        if let Some(ended) = call.ended_at {
            let whole = ended.since(call.started_at);
            let ran = whole.saturating_sub(waited);
            self.fact("ran", &duration::fine(ran));
        }
        if let Some(held) = call.held_ms {
            let held = duration::fine(duration::of_milliseconds(held));
            let words = format!("what shares its loop, for {held} at a time");
            self.fact("held up", &words);
        }
        self.fact("runs on", &call.lane);
    }

    /// Adds the number of visits of a node that was visited more than once.
    fn visits(&mut self, record: &RunRecord, span: &SpanRecord) {
        if span.kind != SpanKind::NodeExecutionSpan {
            return;
        }
        let is_visit = |other: &&SpanRecord| {
            other.kind == span.kind && other.component.id == span.component.id
        };
        let visits = record.spans.iter().filter(is_visit);
        let count = visits.clone().count();
        if count < 2 {
            return;
        }
        let which = visits.clone().position(|other| other.id == span.id);
        let over = visits.filter_map(|visit| Some((visit.started_at, visit.ended_at?)));
        let active = over.map(|(begin, end)| record.active_between(begin, Some(end), end));
        let in_all = duration::fine(active.sum());
        let which = which.map_or(count, |which| which + 1);
        self.fact("visit", &format!("{which} of {count}, {in_all} in all"));
    }

    pub(super) fn timing(&mut self, record: &RunRecord, span: &SpanRecord) {
        self.fact("started", &moment::exact(span.started_at, self.utc_offset));
        if let Some(ended) = span.ended_at {
            self.fact("ended", &moment::exact(ended, self.utc_offset));
            let whole = ended.since(span.started_at);
            let active = record.active_between(span.started_at, Some(ended), ended);
            self.fact("took", &duration::fine(active));
            if active < whole {
                let rested = duration::fine(whole.saturating_sub(active));
                self.fact("and waited", &format!("{rested} for you, or paused"));
            }
        } else {
            self.fact("ended", "not yet");
        }
        self.visits(record, span);
        self.workers(record, span);
        self.fact("span", span.id.as_str());
    }
}
