//! What the Inspect screen remembers.

use std::collections::HashSet;

use ratatui::layout::Rect;

use super::detail::{self, DetailLine, Tab};
use super::layout::Areas;
use super::spans::{self, SpanRow};
use crate::base::clock::Timestamp;
use crate::base::ids::{RunId, SpanId};
use crate::runs::RunRecord;
use crate::tui::widgets::divider::Divider;
use crate::tui::widgets::find::{Found, Hay, find_all};
use crate::tui::widgets::graph::Scroll;
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::rows::Row;
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
pub(crate) struct State {
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
    /// The selected row of the detail.
    pub(super) lines: ListCursor,
    /// What is shown of the selected span.
    pub(super) page: Page,
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
}

/// One row of what is shown of a span.
#[derive(Debug)]
pub(super) struct PageRow {
    /// Index of its line.
    pub(super) line: usize,
    pub(super) row: Row,
}

/// What is shown of a span, wrapped for a width. Kept, for it may be long, and made anew only when
/// what it is made from has changed.
#[derive(Debug, Default)]
pub(super) struct Page {
    made_from: Option<MadeFrom>,
    pub(super) lines: Vec<DetailLine>,
    pub(super) rows: Vec<PageRow>,
    /// Where that lies which was last looked for.
    pub(super) found: Found,
}

#[derive(Clone, Debug, PartialEq)]
struct MadeFrom {
    run: RunId,
    events: u64,
    span: SpanId,
    tab: Tab,
    folded: HashSet<String>,
    width: Option<usize>,
    needle: String,
}

impl State {
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

    /// Whether a run is on show, so that it keeps its detail.
    pub(crate) fn uses(&self, run: &RunId) -> bool {
        self.run.as_ref() == Some(run)
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
        Shown { rows, span, tab }
    }

    /// Brings the page up to what is selected of a run, in a screen of this area.
    pub(super) fn lay_out(&mut self, record: &RunRecord, area: Rect, now: Timestamp) {
        let shown = self.shown(record, now);
        let Some(span) = shown.span else {
            self.page = Page::default();
            return;
        };
        let cells = usize::from(Areas::of(area, self.divider).lines().width).max(1);
        let made_from = MadeFrom {
            run: record.run.clone(),
            events: record.events,
            span: span.id.clone(),
            tab: shown.tab,
            folded: self.folded.clone(),
            width: (!self.is_cut).then_some(cells),
            needle: self.needle.clone(),
        };
        if self.page.made_from.as_ref() == Some(&made_from) {
            return;
        }
        let lines = detail::lines(record, span, shown.tab, &self.folded);
        let rows: Vec<PageRow> = lines
            .iter()
            .enumerate()
            .flat_map(|(line, of)| {
                let rows = of.rows(made_from.width).into_iter();
                rows.map(move |row| PageRow { line, row })
            })
            .collect();
        let mut before = None;
        let hay: Vec<Hay> = rows
            .iter()
            .map(|row| Hay {
                text: row.row.text(),
                continues: before.replace(row.line) == Some(row.line),
            })
            .collect();
        let found = find_all(&hay, cells, &self.needle);
        self.page = Page {
            made_from: Some(made_from),
            lines,
            rows,
            found,
        };
    }
}
