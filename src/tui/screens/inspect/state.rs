//! The state of the Inspect screen.

use std::collections::HashSet;

use ratatui::layout::Rect;

use super::detail::{self, DetailContext, DetailLine, Tab};
use super::layout::Areas;
use super::span_tree::SpanTree;
use super::team::TeamView;
use crate::base::ids::{RequestId, RunId, SpanId};
use crate::base::text::sanitised;
use crate::runs::RunRecord;
use crate::tui::app::Context;
use crate::tui::overlays::CallOf;
use crate::tui::remembered::Remembered;
use crate::tui::screens::Screen;
use crate::tui::widgets::divider::Divider;
use crate::tui::widgets::find::{Found, Hay, find_all};
use crate::tui::widgets::graph::{Scroll, Visits};
use crate::tui::widgets::list::ListCursor;
use crate::tui::widgets::rows::Row;
use crate::tui::widgets::text_field::TextField;

/// The pane with the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pane {
    /// The tree of spans.
    #[default]
    Spans,
    /// The detail of the selected span.
    Detail,
}

/// The view in the pane on the left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shows {
    /// The waterfall of the spans.
    #[default]
    Spans,
    /// The graph of the component.
    Graph,
    /// The team's messages: which agent speaks to which.
    Team,
}

impl Shows {
    /// Returns `wanted`, or the spans if `wanted` is already shown.
    pub(super) fn or_spans(self, wanted: Self) -> Self {
        if self == wanted { Self::Spans } else { wanted }
    }
}

/// The shown run, the selected span and the view.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The run.
    pub(super) run: Option<RunId>,
    /// The pane that has the focus.
    pub(super) pane: Pane,
    /// The spans of the run.
    pub(super) tree: SpanTree,
    /// The row of the selected span.
    pub(super) spans: ListCursor,
    /// The selected span. It keeps its line on the screen when rows are added above.
    pub(super) span: Option<usize>,
    /// Whether bars are scaled to the visible rows instead of the run.
    pub(super) is_near: bool,
    /// The view in the left pane, if the run has it.
    pub(super) shows: Shows,
    /// The tree of the team.
    pub(super) team: TeamView,
    /// The component of the selected box in the graph.
    pub(super) chosen_box: Option<String>,
    /// The scroll position of the graph.
    pub(super) graph: Scroll,
    /// The run's visits of each box, while the graph is shown.
    pub(super) visits: Visits,
    /// The wanted tab; a span without this tab shows its first one.
    pub(super) tab: Tab,
    /// The selected row of the detail.
    pub(super) lines: ListCursor,
    /// The lines of the selected span.
    pub(super) page: Page,
    /// The names of the closed folds.
    pub(super) folded: HashSet<String>,
    /// Whether long lines are cut instead of wrapped.
    pub(super) is_cut: bool,
    /// The divider between the spans and the detail.
    pub(super) divider: Divider,
    /// The search words in the detail, while the find bar is open.
    pub(super) find: Option<TextField>,
    /// The last search words; empty if there were none.
    pub(super) needle: String,
    /// The Compare or History screen, if the run was opened from there, to return to.
    pub(super) way_back: Option<Screen>,
    /// The typed arguments for repetitions of tool calls, the newest last.
    call_drafts: Vec<(CallOf, String)>,
}

/// The maximum number of stored arguments.
const MAX_CALL_DRAFTS: usize = 16;

/// The shown parts of a run.
pub(super) struct Shown<'a> {
    /// The selected span; `None` while the run has none.
    pub(super) span: Option<&'a crate::runs::SpanRecord>,
    /// The shown tab.
    pub(super) tab: Tab,
}

/// A row of the detail.
#[derive(Debug)]
pub(super) struct PageRow {
    /// The index of the row's line.
    pub(super) line: usize,
    pub(super) row: Row,
}

/// The detail of a span, wrapped to a width. It may be long, so it is cached and made again only
/// when its sources have changed.
#[derive(Debug, Default)]
pub(super) struct Page {
    made_from: Option<MadeFrom>,
    pub(super) lines: Vec<DetailLine>,
    pub(super) rows: Vec<PageRow>,
    /// The matches of the last search.
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
    /// Restores the saved layout.
    pub(crate) fn recall(&mut self, remembered: &Remembered) {
        self.divider = Divider::of_share(remembered.share("inspect"));
        self.is_cut = remembered.cuts_lines;
    }

    /// Stores the layout, to be saved.
    pub(crate) fn remember(&self, remembered: &mut Remembered) {
        remembered.set_share("inspect", self.divider.share());
        remembered.cuts_lines = self.is_cut;
    }

    /// Shows a run from its root span; `from` is the screen it was opened from.
    pub(crate) fn show(&mut self, run: RunId, from: Screen) {
        if self.run.as_ref() != Some(&run) {
            *self = Self {
                run: Some(run),
                is_cut: self.is_cut,
                divider: self.divider,
                shows: self.shows,
                call_drafts: std::mem::take(&mut self.call_drafts),
                ..Self::default()
            };
        }
        self.way_back = matches!(from, Screen::Compare | Screen::History).then_some(from);
    }

    /// Stores the typed arguments for repeating a tool call; `None` removes them.
    pub(crate) fn keep_call(&mut self, of: CallOf, draft: Option<String>) {
        self.call_drafts.retain(|(known, _)| *known != of);
        self.call_drafts.extend(draft.map(|draft| (of, draft)));
        let too_many = self.call_drafts.len().saturating_sub(MAX_CALL_DRAFTS);
        self.call_drafts.drain(..too_many);
    }

    /// Returns the stored arguments for a call.
    pub(super) fn kept_call(&self, run: &RunId, call: &RequestId) -> Option<&str> {
        let mut drafts = self.call_drafts.iter();
        let kept = drafts.find(|((of_run, of_call), _)| of_run == run && of_call == call);
        kept.map(|(_, draft)| draft.as_str())
    }

    /// Whether a run is shown, so that its details must be kept.
    pub(crate) fn uses(&self, run: &RunId) -> bool {
        self.run.as_ref() == Some(run)
    }

    /// Returns the name of the selected box in the graph if the run has not visited it yet.
    pub(super) fn unvisited(&self) -> Option<String> {
        let chosen = self
            .chosen_box
            .as_ref()
            .filter(|_| self.shows == Shows::Graph)?;
        let is_visited = self.visits.newest(chosen).is_some();
        (!is_visited).then(|| sanitised(chosen).replace('\n', " "))
    }

    /// Whether the team view is shown.
    pub(super) const fn has_team(&self) -> bool {
        matches!(self.shows, Shows::Team) && !self.team.is_empty()
    }

    /// Returns the path of the value under the cursor in its JSON; `None` outside of JSON.
    pub(super) fn path(&self) -> Option<&str> {
        if self.has_team() {
            return None;
        }
        let row = self.page.rows.get(self.lines.selected())?;
        self.page.lines.get(row.line)?.path.as_deref()
    }

    /// Returns the shown parts of a run.
    pub(super) fn shown<'a>(&self, record: &'a RunRecord) -> Shown<'a> {
        let span = self.span.and_then(|span| record.spans.get(span));
        let tabs = span.map_or(&[] as &[Tab], |span| Tab::of(span.kind));
        let tab = if tabs.contains(&self.tab) {
            self.tab
        } else {
            Tab::default()
        };
        Shown { span, tab }
    }

    /// Selects the span of the selected row.
    pub(super) fn choose_row(&mut self) {
        let before = self.span;
        self.span = self.tree.span_at(self.spans.selected());
        if self.span != before {
            self.lines.select(0);
        }
    }

    /// Folds or unfolds the selected span. Returns whether the span has descendants.
    pub(super) fn toggle_fold(&mut self) -> bool {
        self.span.is_some_and(|span| self.tree.toggle(span))
    }

    /// Opens the folds that hide matches of the search.
    pub(super) fn open_folds_of_needle(&mut self, record: &RunRecord, context: &Context<'_>) {
        let shown = self.shown(record);
        let Some(span) = shown.span.filter(|_| !self.has_team()) else {
            return;
        };
        let utc_offset = context.utc_offset;
        let count = |folded: &HashSet<String>| {
            let look = DetailContext { folded, utc_offset };
            let lines = detail::lines(record, span, shown.tab, &look);
            let hay = lines.iter().map(|line| Hay {
                text: line.text(),
                continues: false,
            });
            let hay: Vec<Hay> = hay.collect();
            find_all(&hay, usize::MAX, &self.needle).numbered(0).1
        };
        let all = count(&HashSet::new());
        let hides = |name: &String| count(&HashSet::from([name.clone()])) < all;
        let hiding: Vec<String> = self
            .folded
            .iter()
            .filter(|name| hides(name))
            .cloned()
            .collect();
        self.folded.retain(|name| !hiding.contains(name));
    }

    /// Returns the areas of the panes.
    pub(super) fn areas(&self, area: Rect) -> Areas {
        let has_graph = self.shows == Shows::Graph && !self.has_team();
        Areas::of(area, has_graph, self.divider)
    }

    /// Updates the tree, the team and the detail for the selected part of a run.
    pub(super) fn lay_out(&mut self, record: &RunRecord, context: &Context<'_>) {
        let areas = self.areas(context.area);
        self.tree.update(record, self.span);
        if self.shows == Shows::Graph {
            self.visits.update(record);
            let chosen = self.chosen_box.as_deref();
            self.span = chosen
                .and_then(|chosen| self.visits.newest(chosen))
                .or(self.span);
        }
        self.team.update(record, context);
        if self.has_team() {
            self.team.lay_out(record, areas.thread().width, context);
        }
        if let Some(span) = self.span {
            self.spans.follow(self.tree.row_of(span));
        }
        self.choose_row();
        let shown = self.shown(record);
        let Some(span) = shown.span else {
            self.page = Page::default();
            return;
        };
        let cells = usize::from(areas.lines().width).max(1);
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
        let lines = detail::lines(
            record,
            span,
            shown.tab,
            &DetailContext {
                folded: &self.folded,
                utc_offset: context.utc_offset,
            },
        );
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
