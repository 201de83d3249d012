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

/// Where the keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    /// To the table.
    #[default]
    Table,
    /// To a pane, by its place.
    Pane(usize),
}

/// The selection, and how it is shown. The runs themselves are in the [`RunsModel`].
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(super) table: Table,
    pub(super) panes: Panes,
    pub(super) focus: Focus,
    /// Whether the run that keys are about fills the screen.
    pub(super) is_zoomed: bool,
    /// The box that answers a run, in its pane.
    pub(super) answer: Option<Answer>,
    /// The question of the run that keys are about, which is open in its pane while it asks for a yes.
    pub(super) question: Option<Answer>,
    /// Requests that were answered and are still open: the answer is on its way.
    pub(super) sent: Vec<(RunId, RequestId)>,
    /// Boxes that were left with something typed in them, to be gone on with.
    pub(super) drafts: Vec<Answer>,
    /// The filter while it is written.
    pub(super) filter_field: Option<TextField>,
    /// The words that are looked for in the run that fills the screen, while the find bar is open.
    pub(super) find_field: Option<TextField>,
    /// The words that were last looked for there; empty if there were none.
    pub(super) needle: String,
    /// Between the table and the panes.
    pub(super) divider: Divider,
    /// Whether the canary or the spent budget of the batch that the cursor is in holds runs back.
    pub(super) is_held_back: bool,
    /// The thing that the batch of the cursor is stuck at.
    pub(super) stalled: Stalled,
    /// A run to put the cursor on as soon as it is known.
    pub(super) wanted: Option<RunId>,
    /// Whether its runs are of the past, and ask nothing any more.
    pub(super) is_past: bool,
}

impl State {
    /// The screen over runs that are played again.
    pub(crate) fn of_past() -> Self {
        Self {
            is_past: true,
            ..Self::default()
        }
    }

    /// Lays it out as was kept.
    pub(crate) fn recall(&mut self, remembered: &Remembered) {
        self.divider = Divider::of_share(remembered.share("runs"));
        self.table.set_widths(Widths::of_kept(&remembered.columns));
    }

    /// Notes what is to be kept of the layout.
    pub(crate) fn remember(&self, remembered: &mut Remembered) {
        remembered.set_share("runs", self.divider.share());
        remembered.columns = self.table.widths().kept();
    }

    /// Puts the cursor on a run.
    pub(crate) fn show(&mut self, run: RunId) {
        self.find_field = None;
        self.wanted = Some(run);
        self.focus = Focus::Table;
        self.leave_answer();
    }

    /// Marks runs and no others, and shows them beside each other.
    pub(crate) fn show_marked(&mut self, runs: Vec<RunId>) {
        if let Some(first) = runs.first().cloned() {
            self.show(first);
        }
        self.is_zoomed = false;
        self.panes.follow_marked();
        self.table.mark_only(runs);
    }

    /// The marked runs, in the order in which they were marked.
    pub(crate) fn marked_runs(&self) -> Vec<RunId> {
        self.table.marked().iter().cloned().collect()
    }

    /// Whether a step back would change nothing: the table has the focus, nothing is written, found, filtered or marked.
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

    /// The runs are as they were before: what was made of them is made again, and the cursor finds
    /// its run again.
    pub(crate) fn rewound(&mut self) {
        self.wanted = self.target().cloned();
        self.table.rewound();
        self.panes.rewound();
    }

    /// Runs were forgotten.
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

    /// Whether a run is on show, selected or marked, so that it keeps its detail.
    pub(crate) fn uses(&self, run: &RunId) -> bool {
        self.target() == Some(run)
            || self.table.selected_run() == Some(run)
            || self.table.marked().contains(run)
            || self.panes.runs().contains(run)
    }

    /// Closes the box that answers a run; what is typed in it is kept for when it is opened again.
    pub(super) fn leave_answer(&mut self) {
        self.drafts
            .extend(self.answer.take().filter(Answer::is_filled_in));
    }

    /// Keeps answers that were written in the inbox and not sent.
    pub(crate) fn keep_answers(&mut self, answers: Vec<Answer>) {
        self.drafts.extend(answers);
    }

    /// Whether an answer is written and not sent, and its box is closed.
    pub(crate) fn keeps_answer(&self) -> bool {
        self.answer.is_none() && !self.drafts.is_empty()
    }

    /// How many answers are written and not sent.
    pub(crate) fn unsent(&self) -> usize {
        let open = self.answer.iter().filter(|answer| answer.is_filled_in());
        self.drafts.len() + open.count()
    }

    /// Whether an answer to this run is written and not sent, and its box is closed.
    pub(super) fn keeps_answer_to(&self, run: &RunId) -> bool {
        self.drafts.iter().any(|draft| draft.run == *run)
    }

    /// The run that keys are about: one that was just gone to, before it is drawn, too.
    pub(crate) fn target(&self) -> Option<&RunId> {
        match (&self.wanted, self.focus) {
            (Some(wanted), _) => Some(wanted),
            (None, Focus::Pane(place)) => self.panes.runs().get(place),
            (None, Focus::Table) => self.table.selected_run(),
        }
    }

    /// Whether the cursor is on the head of a batch, and keys go to it.
    pub(super) fn is_on_batch(&self) -> bool {
        self.focus == Focus::Table && matches!(self.table.selected(), Some(Selected::Batch(_)))
    }

    /// A batch was launched: it is shown, whatever was looked for before. Returns what is to be
    /// told of it.
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

    /// The batch that the header is about.
    pub(crate) fn batch<'a>(&self, runs: &'a RunsModel) -> Option<&'a BatchRecord> {
        self.table.batch(runs)
    }

    pub(super) fn areas(&self, context: &Context<'_>) -> Areas {
        self.areas_of(context.area)
    }

    /// Where the parts lie in the area of the screen.
    pub(super) fn areas_of(&self, area: Rect) -> Areas {
        let shape = if self.is_zoomed {
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

/// When something on the screen changes by time alone: rates fall, rows move.
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

/// Catches up with the runs before a frame is drawn.
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

/// Puts the cursor on the run that was gone to, once it is known here.
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

/// A request that is no longer open can't be answered: somebody did, or the run is over.
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
