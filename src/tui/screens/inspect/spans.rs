//! The row of a span: its words, and where it lies in the time of the run.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::text::sanitised;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::SpanKind;
use crate::tui::screens::inspect::span_tree::{Lanes, SpanRow};
use crate::tui::widgets::json_view;

/// Less time of waiting is not told: it would not be seen in a bar either.
const MIN_WAITED: Duration = Duration::from_millis(100);

/// More cells than a row gives to words.
const MAX_INPUT_CELLS: usize = 120;

/// The time of a run, from the start of its first span to the end of the last one.
///
/// The spans of a run that has answered or waits are open, but nothing happens in them: their times are stopped, as the
/// run's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    begin: Timestamp,
    end: Timestamp,
    latest: Timestamp,
}

impl Scale {
    /// The time of a run, as it is now.
    pub(super) fn of(record: &RunRecord, now: Timestamp) -> Self {
        let latest = record.latest(now);
        // All others lie in it.
        let root = record.spans.first();
        Self {
            begin: root.map_or(latest, |root| root.started_at),
            end: root.and_then(|root| root.ended_at).unwrap_or(latest),
            latest,
        }
    }

    /// The time of some spans of the run alone; the same as before if there are none.
    pub(super) fn over<'r>(self, spans: impl Iterator<Item = &'r SpanRecord> + Clone) -> Self {
        let begin = spans.clone().map(|span| span.started_at).min();
        let end = spans.map(|span| self.end_of(span)).max();
        Self {
            begin: begin.unwrap_or(self.begin),
            end: end.unwrap_or(self.end),
            ..self
        }
    }

    fn end_of(self, span: &SpanRecord) -> Timestamp {
        span.ended_at.unwrap_or(self.latest)
    }

    /// Where a span begins and ends, as fractions of that time from 0 to 1; none if it lies outside.
    pub(super) fn place(self, span: &SpanRecord) -> Option<(f64, f64)> {
        let end = self.end_of(span);
        if end < self.begin || span.started_at > self.end {
            return None;
        }
        Some((self.fraction(span.started_at), self.fraction(end)))
    }

    /// Where a run rested, because it waited for a person, was paused or had answered, in the same fractions.
    pub(super) fn rests(self, record: &RunRecord) -> Vec<(f64, f64)> {
        let rests = record.rests(self.end);
        rests
            .map(|(since, until)| (self.fraction(since), self.fraction(until)))
            .collect()
    }

    fn fraction(self, moment: Timestamp) -> f64 {
        let whole = self.end.since(self.begin).as_secs_f64();
        if whole > 0.0 {
            (moment.since(self.begin).as_secs_f64() / whole).min(1.0)
        } else {
            0.0
        }
    }
}

/// Returns the label of a span: `LlmGeneration llama`.
pub(super) fn label(span: &SpanRecord) -> String {
    let kind = match span.kind {
        SpanKind::RootSpan => "Run",
        SpanKind::LlmGenerationSpan => "LlmGeneration",
        SpanKind::ToolExecutionSpan => "ToolExecution",
        SpanKind::AgentExecutionSpan => "AgentExecution",
        SpanKind::SwarmExecutionSpan => "SwarmExecution",
        SpanKind::ManagerWorkersExecutionSpan => "ManagerWorkersExecution",
        SpanKind::FlowExecutionSpan => "FlowExecution",
        SpanKind::NodeExecutionSpan => &span.component.component_type,
    };
    sanitised(&format!("{kind} {}", span.component.name)).replace('\n', " ")
}

/// Returns the label of a row: a span by its label; one of several rounds of a flow by its number and what it was
/// given, for the flow and the names of its inputs are the same in all: `#2 "Oslo"`.
pub(super) fn row_label(row: &SpanRow, span: &SpanRecord) -> String {
    let Some(number) = row.number else {
        return label(span);
    };
    let inputs = span.inputs.as_object().into_iter().flatten();
    let mut words = Vec::new();
    let mut room = MAX_INPUT_CELLS;
    for (_, value) in inputs {
        let value = json_view::brief(value, room);
        room = room.saturating_sub(value.len());
        words.push(value);
        if room == 0 {
            break;
        }
    }
    if words.is_empty() {
        return format!("#{number} {}", label(span));
    }
    format!("#{number} {}", words.join(", ")).replace('\n', " ")
}

/// Returns how many things are side by side in a span and how long it rested, as far as there is room for it: `12
/// parts, 1 failed, 4 at once, waited 5.0s`. Nothing where nothing does.
pub(super) fn lanes_words(lanes: Lanes, waited: Duration, room: usize) -> String {
    let mut facts = Vec::new();
    if waited >= MIN_WAITED {
        facts.push(format!("waited {}", duration::short(waited)));
    }
    if lanes.parts > 1 {
        facts.push(format!("{} parts", lanes.parts));
        if lanes.failed > 0 {
            facts.push(format!("{} failed", lanes.failed));
        }
    }
    if lanes.most_at_once > 1 {
        facts.push(format!("{} at once", lanes.most_at_once));
    }
    let mut words = String::new();
    for fact in facts {
        let comma = if words.is_empty() { "" } else { ", " };
        if words.len() + comma.len() + fact.len() > room {
            break;
        }
        words.push_str(comma);
        words.push_str(&fact);
    }
    words
}
