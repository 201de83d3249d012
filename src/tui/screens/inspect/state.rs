//! What the Inspect screen remembers.

use std::collections::HashSet;

use super::detail::{self, DetailLine, Tab};
use super::spans::{self, SpanRow};
use crate::base::clock::Timestamp;
use crate::base::ids::RunId;
use crate::runs::RunRecord;
use crate::tui::action::KeyContext;
use crate::tui::widgets::divider::Divider;
use crate::tui::widgets::graph::Scroll;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::text_field::TextField;

/// Which pane has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pane {
    /// The tree of spans.
    #[default]
    Spans,
    /// What is shown of the selected span.
    Detail,
}

/// Which run, span and side of it are on show.
#[derive(Debug, Default)]
pub struct State {
    /// The run.
    pub(super) run: Option<RunId>,
    /// The pane that has the focus.
    pub(super) pane: Pane,
    /// The selected span, a row of the tree.
    pub(super) spans: ListCursor,
    /// Whether the graph of what ran stands in place of the tree, where there is one.
    pub(super) has_graph: bool,
    /// Where the view lies on the graph.
    pub(super) graph: Scroll,
    /// The side of the span that is wanted; one that it does not have shows its first.
    pub(super) tab: Tab,
    /// The selected line of the detail.
    pub(super) lines: ListCursor,
    /// Closed folds, by the name of the fold.
    pub(super) folded: HashSet<String>,
    /// Whether long lines are cut instead of wrapped.
    pub(super) is_cut: bool,
    /// Between the spans and the detail.
    pub(super) divider: Divider,
    /// What is looked for in the detail, while the find bar is open.
    pub(super) find: Option<TextField>,
    /// What was last looked for; empty if nothing was.
    pub(super) needle: String,
}

/// What the state shows of a run.
pub(super) struct Shown<'a> {
    /// The tree.
    pub(super) rows: Vec<SpanRow>,
    /// The span that is selected; none while a run has none.
    pub(super) span: Option<&'a crate::runs::SpanRecord>,
    /// The tab that is on show.
    pub(super) tab: Tab,
    /// Its lines.
    pub(super) lines: Vec<DetailLine>,
}

impl State {
    /// Where keys mean something now, the innermost first.
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        if self.find.is_some() {
            vec![KeyContext::InspectFind]
        } else {
            vec![KeyContext::Inspect]
        }
    }

    /// Shows a run from its root.
    pub(crate) fn show(&mut self, run: RunId) {
        if self.run.as_ref() != Some(&run) {
            *self = Self {
                run: Some(run),
                is_cut: self.is_cut,
                divider: self.divider,
                has_graph: self.has_graph,
                ..Self::default()
            };
        }
    }

    /// What is on show of a run.
    pub(super) fn shown<'a>(&self, record: &'a RunRecord, now: Timestamp) -> Shown<'a> {
        let rows = spans::rows(record, now);
        let selected = self.spans.selected().min(rows.len().saturating_sub(1));
        let span = rows.get(selected).map(|row| &record.spans[row.index]);
        let tabs = span.map_or(&[] as &[Tab], |span| Tab::of(span.kind));
        let tab = if tabs.contains(&self.tab) {
            self.tab
        } else {
            Tab::default()
        };
        let lines = span
            .map(|span| detail::lines(record, span, tab, &self.folded))
            .unwrap_or_default();
        Shown {
            rows,
            span,
            tab,
            lines,
        }
    }
}
