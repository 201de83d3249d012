//! The marks of a run on the boxes of its spec's graph.

use std::collections::HashMap;
use std::time::Duration;

use crate::base::duration;
use crate::base::ids::RunId;
use crate::base::text::width_cells;
use crate::runs::{RunRecord, SpanRecord};
use crate::spec::graph::{BoxPlace, Drawing, MAX_NOTE_CELLS, ValuePlace};
use crate::spec::language::{EndNode, StartNode};
use crate::trace::SpanKind;
use crate::tui::app::ViewContext;
use crate::tui::widgets::graph::BoxMark;
use crate::tui::widgets::{json_view, span_sign};

/// The visits of a run so far, by component. They are kept between frames: only new spans, and
/// spans that were open at the last update, are read again.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    run: Option<RunId>,
    /// The number of events of the run at the last update.
    events: u64,
    /// The number of spans that were read.
    n_seen: usize,
    /// The indexes of spans of open visits.
    open: Vec<usize>,
    by_id: HashMap<String, OfOne>,
}

/// The visits of one component. Spans are identified by their indexes in the record.
#[derive(Debug, Default)]
struct OfOne {
    count: usize,
    newest: usize,
    /// The open visits, in the order in which they began.
    open: Vec<usize>,
    /// The total active time of the ended visits.
    over: Duration,
    /// The last visit with outputs.
    gave: Option<usize>,
}

impl OfOne {
    /// Returns the open visit, or else the last one.
    fn shown(&self) -> usize {
        self.open.last().copied().unwrap_or(self.newest)
    }

    /// Records the end of a visit.
    fn end(&mut self, index: usize, span: &SpanRecord, run: &RunRecord) {
        let end = span.ended_at.unwrap_or(span.started_at);
        self.over += run.active_between(span.started_at, Some(end), end);
        if span.outputs.is_object() {
            self.gave = self.gave.max(Some(index));
        }
    }
}

impl Visits {
    /// Updates the visits from a run. If it is a different run or was reset, it is read from its
    /// beginning.
    pub(crate) fn update(&mut self, run: &RunRecord) {
        let is_same = self.run.as_ref() == Some(&run.run);
        if !is_same || run.events < self.events || run.spans.len() < self.n_seen {
            *self = Self {
                run: Some(run.run.clone()),
                ..Self::default()
            };
        }
        let mut open = std::mem::take(&mut self.open);
        open.retain(|index| {
            let Some(span) = run.spans.get(*index).filter(|span| span.outcome.is_some()) else {
                return true;
            };
            if let Some(of_one) = self.by_id.get_mut(span.component.id.as_str()) {
                of_one.open.retain(|known| known != index);
                of_one.end(*index, span, run);
            }
            false
        });
        let new = run.spans.iter().enumerate().skip(self.n_seen);
        for (index, span) in new.filter(|(_, span)| is_visit(span.kind)) {
            let of_one = self.by_id.entry(span.component.id.to_string());
            let of_one = of_one.or_default();
            of_one.count += 1;
            of_one.newest = index;
            if span.outcome.is_some() {
                of_one.end(index, span, run);
            } else {
                of_one.open.push(index);
                open.push(index);
            }
        }
        self.open = open;
        self.n_seen = run.spans.len();
        self.events = run.events;
    }

    /// Returns the span index of a component's open visit, or else of its last one; `None` before
    /// the first visit.
    pub(crate) fn newest(&self, component_id: &str) -> Option<usize> {
        self.by_id.get(component_id).map(OfOne::shown)
    }

    /// Returns the innermost box that is being visited, or else the one that was visited last.
    pub(crate) fn lit<'d>(&self, run: &RunRecord, drawing: &'d Drawing) -> Option<&'d BoxPlace> {
        let visited = drawing.boxes.iter().filter_map(|place| {
            let span = run.spans.get(self.newest(&place.component_id)?)?;
            Some((span.outcome.is_none(), span.started_at, place))
        });
        let latest = visited.max_by_key(|(is_going_on, since, _)| (*is_going_on, *since));
        latest.map(|(_, _, place)| place)
    }

    /// Returns the marks of all boxes in the order of the drawing; `None` for boxes without a
    /// visit.
    pub(crate) fn marks(
        &self,
        run: &RunRecord,
        drawing: &Drawing,
        look: &ViewContext<'_>,
    ) -> Vec<Option<BoxMark>> {
        let mark = |place: &BoxPlace| {
            let of_one = self.by_id.get(place.component_id.as_str())?;
            let span = run.spans.get(of_one.shown())?;
            let now = look.context.now;
            let (sign, role) = span_sign::of(run, span, look.glyphs, now);
            // Start and end nodes only pass values on: their time says nothing.
            let is_edge = span.component.is::<StartNode>() || span.component.is::<EndNode>();
            let note = if is_edge {
                String::new()
            } else {
                let open = of_one.open.iter().filter_map(|index| run.spans.get(*index));
                let active = open.map(|span| run.active_between(span.started_at, None, now));
                note(of_one.count, of_one.over + active.sum::<Duration>())
            };
            let gave = of_one.gave.and_then(|index| run.spans.get(index));
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

/// Returns the number of visits and their total duration: `×3 12.3s`.
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
