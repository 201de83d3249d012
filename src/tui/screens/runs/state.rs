//! The state of the Runs screen.

use ratatui::layout::Rect;

use super::header::Stalled;
use super::layout::{self, Areas, Shape};
use super::panes::{Panes, Wanted};
use super::question;
use super::table::{Selected, Table, Widths};
use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId};
use crate::runs::BatchRecord;
use crate::tui::answer::Answer;
use crate::tui::app::Context;
use crate::tui::notices::Notice;
use crate::tui::remembered::Remembered;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::divider::Divider;
use crate::tui::widgets::text_field::TextField;

/// The part of the screen that receives the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    /// The table.
    #[default]
    Table,
    /// A pane, by its index.
    Pane(usize),
}

/// The selection and the view. The runs themselves are in the [`RunsModel`].
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) table: Table,
    pub(super) panes: Panes,
    pub(super) focus: Focus,
    /// Whether the run to which keys apply fills the screen.
    pub(super) is_zoomed: bool,
    /// The answer box in a run's pane.
    pub(super) answer: Option<Answer>,
    /// The question of the run to which keys apply, open in its pane while it asks for a
    /// confirmation.
    pub(super) question: Option<Answer>,
    /// Requests that were answered but are still open, because the answer has not arrived yet.
    pub(super) sent: Vec<(RunId, RequestId)>,
    /// Closed answer boxes with typed text, to be continued.
    pub(super) drafts: Vec<Answer>,
    /// The filter while it is being typed.
    pub(super) filter_field: Option<TextField>,
    /// The search words for the zoomed run, while the find bar is open.
    pub(super) find_field: Option<TextField>,
    /// The last search words there; empty if there were none.
    pub(super) needle: String,
    /// The divider between the table and the panes.
    pub(super) divider: Divider,
    /// Whether runs of the current batch are held back by a canary or by a spent budget.
    pub(super) is_held_back: bool,
    /// The stalled runs of the current batch.
    pub(super) stalled: Stalled,
    /// A run to select as soon as it is known.
    pub(super) wanted: Option<RunId>,
    /// Whether the runs are past ones, which make no requests.
    pub(super) is_past: bool,
}

impl State {
    /// Makes the screen for a replay.
    pub(crate) fn of_past() -> Self {
        Self {
            is_past: true,
            ..Self::default()
        }
    }

    /// Restores the saved layout.
    pub(crate) fn recall(&mut self, remembered: &Remembered) {
        self.divider = Divider::of_share(remembered.share("runs"));
        self.table.set_widths(Widths::of_kept(&remembered.columns));
    }

    /// Stores the layout, to be saved.
    pub(crate) fn remember(&self, remembered: &mut Remembered) {
        remembered.set_share("runs", self.divider.share());
        remembered.columns = self.table.widths().kept();
    }

    /// Moves the cursor to a run.
    pub(crate) fn show(&mut self, run: RunId) {
        self.find_field = None;
        self.wanted = Some(run);
        self.focus = Focus::Table;
        self.leave_answer();
    }

    /// Marks exactly these runs, and shows them side by side.
    pub(crate) fn show_marked(&mut self, runs: Vec<RunId>) {
        if let Some(first) = runs.first().cloned() {
            self.show(first);
        }
        self.is_zoomed = false;
        self.panes.follow_marked();
        self.table.mark_only(runs);
    }

    /// Returns the marked runs in the order of marking.
    pub(crate) fn marked_runs(&self) -> Vec<RunId> {
        self.table.marked().iter().cloned().collect()
    }

    /// Whether going back would change nothing: the table has the focus, and there is no typed
    /// text, search, filter or mark.
    pub(crate) fn is_at_rest(&self) -> bool {
        !self.is_zoomed
            && self.focus == Focus::Table
            && self.answer.is_none()
            && self.filter_field.is_none()
            && self.find_field.is_none()
            && self.table.filter().is_empty()
            && self.table.marked().is_empty()
            && !self.table.is_by_outcome()
            && !self.panes.is_by_turn()
    }

    /// Recomputes everything derived from the runs after they were reset, and selects the same run
    /// again.
    pub(crate) fn rewound(&mut self) {
        self.wanted = self.target().cloned();
        self.table.rewound();
        self.panes.rewound();
    }

    /// Removes everything about runs that no longer exist.
    pub(crate) fn runs_forgotten(&mut self, runs: &RunsModel, now: Timestamp) {
        let is_gone = |run: &RunId| runs.get(run).is_none();
        if self.target().is_some_and(is_gone) {
            self.is_zoomed = false;
            self.find_field = None;
            self.needle.clear();
        }
        self.wanted = self.wanted.take().filter(|run| !is_gone(run));
        self.table.runs_forgotten(runs, now);
    }

    /// Whether a run is shown, selected or marked, so that its details must be kept.
    pub(crate) fn uses(&self, run: &RunId) -> bool {
        self.target() == Some(run)
            || self.table.selected_run() == Some(run)
            || self.table.marked().contains(run)
            || self.panes.runs().contains(run)
    }

    /// Closes the answer box; typed text is kept for the next time it is opened.
    pub(super) fn leave_answer(&mut self) {
        self.drafts
            .extend(self.answer.take().filter(Answer::is_filled_in));
    }

    /// Keeps answers that were typed in the inbox and not sent.
    pub(crate) fn keep_answers(&mut self, answers: Vec<Answer>) {
        self.drafts.extend(answers);
    }

    /// Whether a typed answer was not sent and its box is closed.
    pub(crate) fn keeps_answer(&self) -> bool {
        self.answer.is_none() && !self.drafts.is_empty()
    }

    /// Returns the number of typed answers that were not sent.
    pub(crate) fn unsent(&self) -> usize {
        let open = self.answer.iter().filter(|answer| answer.is_filled_in());
        self.drafts.len() + open.count()
    }

    /// Whether a typed answer to this run was not sent and its box is closed.
    pub(super) fn keeps_answer_to(&self, run: &RunId) -> bool {
        self.drafts.iter().any(|draft| draft.run == *run)
    }

    /// Returns the run to which keys apply, even before it is drawn.
    pub(crate) fn target(&self) -> Option<&RunId> {
        match (&self.wanted, self.focus) {
            (Some(wanted), _) => Some(wanted),
            (None, Focus::Pane(place)) => self.panes.runs().get(place),
            (None, Focus::Table) => self.table.selected_run(),
        }
    }

    /// Whether the cursor is on the head of a batch and the table has the focus.
    pub(super) fn is_on_batch(&self) -> bool {
        self.focus == Focus::Table && matches!(self.table.selected(), Some(Selected::Batch(_)))
    }

    /// Shows a batch that was just launched, whatever the filter was. Returns a notice about it.
    pub(crate) fn batch_started(&mut self) -> Option<Notice> {
        self.is_zoomed = false;
        self.find_field = None;
        self.focus = Focus::Table;
        self.filter_field = None;
        let filter = self.table.forget_filter();
        (!filter.is_empty()).then(|| {
            let words = format!(
                "the filter `{}` is cleared: new runs are here",
                filter.text()
            );
            Notice::info(words)
        })
    }

    /// Returns the batch that the header shows.
    pub(crate) fn batch<'a>(&self, runs: &'a RunsModel) -> Option<&'a BatchRecord> {
        self.table.batch(runs)
    }

    pub(super) fn areas(&self, context: &Context<'_>) -> Areas {
        self.areas_of(context.area)
    }

    /// Returns the areas of the screen's parts.
    pub(super) fn areas_of(&self, area: Rect) -> Areas {
        let answers_alone = area.height < layout::MIN_HEIGHT_BESIDE_ANSWER
            && self.answer.as_ref().is_some_and(|answer| answer.is_large);
        let shape = if self.is_zoomed || answers_alone {
            Shape::OneRun
        } else if self.panes.is_by_turn() {
            Shape::Columns
        } else if self.table.has_open_group() {
            Shape::Groups
        } else {
            Shape::Panes
        };
        layout::areas(area, shape, self.divider)
    }
}

/// Returns the next time at which something on the screen changes without an event: rates fall,
/// rows move.
pub(super) fn changes_at(state: &State, runs: &RunsModel, now: Timestamp) -> Option<Timestamp> {
    let batch = state
        .table
        .batch(runs)
        .filter(|batch| batch.ended_at.is_none());
    let falls = batch
        .and_then(|batch| runs.tally(&batch.id))
        .and_then(|tally| tally.rates_fall_at(now));
    falls.into_iter().chain(state.table.moves_at()).min()
}

/// Updates everything from the runs before a frame is drawn.
pub(super) fn prepare(state: &mut State, context: &Context<'_>) {
    let runs = context.runs;
    let is_changed = state.table.catch_up(runs, context.now);
    state
        .table
        .watch_leaving(state.panes.is_by_turn(), runs, is_changed);
    show_wanted(state, context);
    close_stale_answer(state, runs);
    let batch = state.table.batch(runs);
    state.is_held_back = batch.is_some_and(BatchRecord::is_held_back);
    state.stalled.update(batch, runs, context.now);
    let areas = state.areas(context);
    let answered = state.answer.as_ref().filter(|answer| answer.is_large);
    let only = match answered {
        Some(answer) => Some(answer.run.clone()),
        None if state.is_zoomed => state.target().cloned(),
        None => None,
    };
    let wanted = Wanted {
        area: areas.panes,
        only: only.as_ref(),
        is_airy: state.is_zoomed && context.area.height >= 30,
        table: &state.table,
    };
    let focused = match state.focus {
        Focus::Pane(place) => state.panes.runs().get(place).cloned(),
        Focus::Table => None,
    };
    state.panes.prepare(&wanted, context);
    // The focus stays on its run when places change.
    if let Some(run) = focused {
        let place = state.panes.runs().iter().position(|shown| *shown == run);
        state.focus = place.map_or(Focus::Table, Focus::Pane);
    }
    question::catch_up(state, context);
}

/// Moves the cursor to the wanted run as soon as it is known.
pub(super) fn show_wanted(state: &mut State, context: &Context<'_>) {
    let wanted = state
        .wanted
        .as_ref()
        .and_then(|wanted| context.runs.get(wanted));
    if let Some(run) = wanted {
        state.table.show(run, context.runs, context.now);
        state.wanted = None;
    }
}

/// Closes an answer box whose request is no longer open, because it was answered or the run has
/// ended.
fn close_stale_answer(state: &mut State, runs: &RunsModel) {
    let is_open = |answer: &Answer| {
        runs.get(&answer.run)
            .is_some_and(|run| answer.is_for(&run.requests))
    };
    if state.answer.as_ref().is_some_and(|answer| !is_open(answer)) {
        state.answer = None;
    }
    state.drafts.retain(is_open);
    state.sent.retain(|(run, request)| {
        let run = runs.get(run);
        run.is_some_and(|run| run.requests.iter().any(|open| open.id == *request))
    });
}
