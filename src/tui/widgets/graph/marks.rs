//! What a run makes of the boxes of its spec's graph.

use std::collections::HashMap;

use crate::runs::{RunRecord, SpanRecord};
use crate::spec::graph::{BoxPlace, Drawing};
use crate::trace::SpanKind;
use crate::tui::app::Look;
use crate::tui::widgets::graph::BoxMark;
use crate::tui::widgets::{duration, span_sign};

/// What a run has done so far, by the components of its spec: of each the visit that goes on, else the last one.
#[derive(Debug)]
pub(crate) struct Visits<'r> {
    run: &'r RunRecord,
    by_id: HashMap<&'r str, &'r SpanRecord>,
}

impl<'r> Visits<'r> {
    /// The visits of a run.
    pub(crate) fn of(run: &'r RunRecord) -> Self {
        let mut by_id: HashMap<&str, &SpanRecord> = HashMap::new();
        for span in run.spans.iter().filter(|span| is_visit(span.kind)) {
            let shown = by_id.entry(&span.component.id).or_insert(span);
            if shown.outcome.is_some() || span.outcome.is_none() {
                *shown = span;
            }
        }
        Self { run, by_id }
    }

    /// The box that is visited now, the innermost one; else the one that was visited last.
    pub(crate) fn lit<'d>(&self, drawing: &'d Drawing) -> Option<&'d BoxPlace> {
        let visited = drawing.boxes.iter().filter_map(|place| {
            let span = self.by_id.get(place.component_id.as_str())?;
            Some((span.outcome.is_none(), span.started_at, place))
        });
        let latest = visited.max_by_key(|(is_going_on, since, _)| (*is_going_on, *since));
        latest.map(|(_, _, place)| place)
    }

    /// The marks of all boxes, in the order of the drawing; none for those that were not visited.
    pub(crate) fn marks(&self, drawing: &Drawing, look: &Look<'_>) -> Vec<Option<BoxMark>> {
        let mark = |place: &BoxPlace| {
            let span = self.by_id.get(place.component_id.as_str())?;
            let now = look.context.now;
            let (sign, role) = span_sign::of(self.run, span, look.glyphs, now);
            // Start and end nodes only pass values on: their time says nothing.
            let is_edge = matches!(
                span.component.component_type.as_str(),
                "StartNode" | "EndNode"
            );
            let note = if is_edge {
                String::new()
            } else {
                duration::short(self.run.active_between(span.started_at, span.ended_at, now))
            };
            Some(BoxMark { sign, role, note })
        };
        drawing.boxes.iter().map(mark).collect()
    }
}

const fn is_visit(kind: SpanKind) -> bool {
    match kind {
        SpanKind::NodeExecutionSpan
        | SpanKind::AgentExecutionSpan
        | SpanKind::FlowExecutionSpan
        | SpanKind::ToolExecutionSpan => true,
        SpanKind::RootSpan | SpanKind::LlmGenerationSpan => false,
    }
}
