//! What a run makes of the boxes of its spec's graph.

use std::collections::HashMap;
use std::time::Duration;

use crate::base::duration;
use crate::base::text::width_cells;
use crate::runs::{RunRecord, SpanRecord};
use crate::spec::graph::{BoxPlace, Drawing, MAX_NOTE_CELLS, ValuePlace};
use crate::spec::language::{EndNode, StartNode};
use crate::trace::SpanKind;
use crate::tui::app::Look;
use crate::tui::widgets::graph::BoxMark;
use crate::tui::widgets::{json_view, span_sign};

/// What a run has done so far, by the components of its spec.
#[derive(Debug)]
pub(crate) struct Visits<'r> {
    run: &'r RunRecord,
    by_id: HashMap<&'r str, OfOne<'r>>,
}

/// The visits of one component.
#[derive(Debug)]
struct OfOne<'r> {
    /// The one that goes on, else the last one.
    shown: &'r SpanRecord,
    all: Vec<&'r SpanRecord>,
    /// The last one that gave outputs.
    gave: Option<&'r SpanRecord>,
}

impl<'r> Visits<'r> {
    /// The visits of a run.
    pub(crate) fn of(run: &'r RunRecord) -> Self {
        let mut by_id: HashMap<&str, OfOne<'_>> = HashMap::new();
        for span in run.spans.iter().filter(|span| is_visit(span.kind)) {
            let of_one = by_id.entry(&span.component.id).or_insert_with(|| OfOne {
                shown: span,
                all: Vec::new(),
                gave: None,
            });
            of_one.all.push(span);
            if span.outputs.is_object() {
                of_one.gave = Some(span);
            }
            if of_one.shown.outcome.is_some() || span.outcome.is_none() {
                of_one.shown = span;
            }
        }
        Self { run, by_id }
    }

    /// The box that is visited now, the innermost one; else the one that was visited last.
    pub(crate) fn lit<'d>(&self, drawing: &'d Drawing) -> Option<&'d BoxPlace> {
        let visited = drawing.boxes.iter().filter_map(|place| {
            let span = self.by_id.get(place.component_id.as_str())?.shown;
            Some((span.outcome.is_none(), span.started_at, place))
        });
        let latest = visited.max_by_key(|(is_going_on, since, _)| (*is_going_on, *since));
        latest.map(|(_, _, place)| place)
    }

    /// The marks of all boxes, in the order of the drawing; none for those that were not visited.
    pub(crate) fn marks(&self, drawing: &Drawing, look: &Look<'_>) -> Vec<Option<BoxMark>> {
        let mark = |place: &BoxPlace| {
            let OfOne {
                shown: span,
                all,
                gave,
            } = self.by_id.get(place.component_id.as_str())?;
            let now = look.context.now;
            let (sign, role) = span_sign::of(self.run, span, look.glyphs, now);
            // Start and end nodes only pass values on: their time says nothing.
            let is_edge = span.component.is::<StartNode>() || span.component.is::<EndNode>();
            let note = if is_edge {
                String::new()
            } else {
                let active = |span: &&SpanRecord| {
                    self.run.active_between(span.started_at, span.ended_at, now)
                };
                note(all.len(), all.iter().map(active).sum())
            };
            let value = |value: &ValuePlace| {
                let given = gave.and_then(|span| span.outputs.get(&value.output));
                given.map_or_else(String::new, |given| json_view::brief(given, value.width))
            };
            let values = place.values.iter().map(value).collect();
            Some(BoxMark {
                sign,
                role,
                note,
                values,
            })
        };
        drawing.boxes.iter().map(mark).collect()
    }
}

/// How often a component was visited, and how long in all: `×3 12.3s`.
fn note(n_visits: usize, in_all: Duration) -> String {
    let time = duration::short(in_all);
    if n_visits == 1 {
        return time;
    }
    let visits = format!("\u{d7}{n_visits}");
    let whole = format!("{visits} {time}");
    if width_cells(&whole) <= MAX_NOTE_CELLS {
        whole
    } else {
        visits
    }
}

pub(super) const fn is_visit(kind: SpanKind) -> bool {
    match kind {
        SpanKind::NodeExecutionSpan
        | SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan
        | SpanKind::ToolExecutionSpan => true,
        SpanKind::RootSpan | SpanKind::LlmGenerationSpan => false,
    }
}
