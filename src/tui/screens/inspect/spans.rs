//! The spans of a run as a tree with bars of time.

use std::collections::HashMap;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::ids::SpanId;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::SpanKind;

/// One row of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SpanRow {
    /// Index into [`RunRecord::spans`].
    pub(super) index: usize,
    /// For each level above, whether that one has a further sibling below; the last is its own.
    pub(super) guides: Vec<bool>,
    /// Where its bar begins, as a fraction of the run's time from 0 to 1.
    pub(super) begin: f64,
    /// Where its bar ends, at least `begin`.
    pub(super) end: f64,
    /// How long the run was active in it, so far.
    pub(super) duration: Duration,
}

/// The rows in the order of the tree: each span before what lies in it, siblings by their start.
/// The spans of a run that has answered or waits are open, but nothing happens in them: their times
/// stand still, as the run's does.
pub(super) fn rows(record: &RunRecord, now: Timestamp) -> Vec<SpanRow> {
    let now = record.latest(now);
    let mut children: HashMap<Option<&SpanId>, Vec<usize>> = HashMap::new();
    for (index, span) in record.spans.iter().enumerate() {
        children
            .entry(span.parent.as_ref())
            .or_default()
            .push(index);
    }
    let begin = record.spans.first().map_or(now, |span| span.started_at);
    let end = record
        .spans
        .iter()
        .map(|span| span.ended_at.unwrap_or(now))
        .max()
        .unwrap_or(now);
    let whole = end.since(begin).as_secs_f64();
    let fraction = |moment: Timestamp| {
        if whole > 0.0 {
            (moment.since(begin).as_secs_f64() / whole).min(1.0)
        } else {
            0.0
        }
    };
    let mut rows = Vec::with_capacity(record.spans.len());
    // What is still to be shown, the next one last.
    let mut pending: Vec<(usize, Vec<bool>)> = Vec::new();
    let push = |pending: &mut Vec<(usize, Vec<bool>)>, parent: Option<&SpanId>, guides: &[bool]| {
        let siblings = children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        for (at, &index) in siblings.iter().enumerate().rev() {
            let mut guides = guides.to_vec();
            if parent.is_some() {
                guides.push(at + 1 < siblings.len());
            }
            pending.push((index, guides));
        }
    };
    push(&mut pending, None, &[]);
    while let Some((index, guides)) = pending.pop() {
        let span = &record.spans[index];
        push(&mut pending, Some(&span.id), &guides);
        let span_end = span.ended_at.unwrap_or(now);
        rows.push(SpanRow {
            index,
            guides,
            begin: fraction(span.started_at),
            end: fraction(span_end),
            duration: record.active_between(span.started_at, span.ended_at, now),
        });
    }
    rows
}

/// What a span is called: `LlmGeneration llama`.
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
    format!("{kind} {}", span.component.name)
}
