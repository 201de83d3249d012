//! The row of a span: its text, and its position in the time of the run.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::duration;
use crate::base::text::sanitised;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::SpanKind;
use crate::tui::screens::inspect::span_tree::{Lanes, SpanRow};
use crate::tui::widgets::json_view;

/// The minimum waiting time that is shown; a shorter one would not be visible in a bar either.
const MIN_WAITED: Duration = Duration::from_millis(100);

/// The maximum width of an input's text, in cells, more than a row has.
const MAX_INPUT_CELLS: usize = 120;

/// The time range of a run, from the start of its first span to the end of the last one.
///
/// The spans of a run that has answered or waits are open, but nothing happens in them, so their
/// times are stopped like the run's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    begin: Timestamp,
    end: Timestamp,
    latest: Timestamp,
}

impl Scale {
    /// Returns the present time range of a run.
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

    /// Returns the time range of some spans; unchanged if there are none.
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

    /// Returns the start and the end of a span as fractions of the range from 0 to 1; `None` if it
    /// is outside.
    pub(super) fn place(self, span: &SpanRecord) -> Option<(f64, f64)> {
        let end = self.end_of(span);
        if end < self.begin || span.started_at > self.end {
            return None;
        }
        Some((self.fraction(span.started_at), self.fraction(end)))
    }

    /// Returns the periods in which the run waited for a person, was paused or had answered, as
    /// fractions of the range.
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

/// Returns the label of a row: the span's label, or, for one of several flow runs of a node, its
/// number and the values of its inputs: `#2 "Oslo"`.
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

/// Returns the numbers of parallel items and the waiting time of a span, as far as there is room:
/// `12 parts, 1 failed, 4 at once, waited 5.0s`. Empty if there is nothing to report.
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
