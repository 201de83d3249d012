//! The effects of actions on the Runs screen.

mod answering;
mod by_turn;
mod cancelling;
pub(super) mod comparing;
mod exporting;
mod finding;
pub(super) mod forgetting;
mod forking;
mod pausing;
mod pointer;
pub(super) mod retrying;
mod steering;
pub(super) mod targets;

use self::targets::target;
use super::layout::inside;
use super::panes::text_area;
use super::refusal::refusal;
use super::state::{Focus, State, show_wanted};
use super::table::{Filter, Selected, rows_area};
use crate::base::ids::RunId;
use crate::runs::KeptRun;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::text_field::TextField;

pub(crate) use answering::{pictures_found, pictures_read};
pub(crate) use forking::dialog as fork_run;
pub(crate) use pausing::waiting as pause_waiting;
pub(crate) use pointer::mouse;

/// Performs an action.
pub(crate) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    // Keys may come faster than frames: what was gone to counts before it is drawn.
    show_wanted(state, context);
    if state.answer.is_some() {
        return answering::act(state, action, context);
    }
    if state.filter_field.is_some() {
        return act_on_filter(state, action, context);
    }
    if state.find_field.is_some() {
        return finding::act(state, action, context);
    }
    if let Some(reason) = refusal(state, action, context) {
        return vec![Command::notify(Notice::refused(action, reason))];
    }
    act(state, action, context)
}

/// Performs an action that is not refused.
fn act(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => accept(state),
        Action::Back => back(state, context),
        Action::ClearFilter => {
            let none = Filter::default();
            state.table.set_filter(none, context.runs, context.now);
            Vec::new()
        }
        Action::NextPane | Action::PaneRight | Action::PaneDown => focus_step(state, 1),
        Action::PreviousPane | Action::PaneLeft | Action::PaneUp => focus_step(state, -1),
        Action::Left | Action::Right => fold(state, action == Action::Right, context),
        Action::NextRun | Action::PreviousRun => {
            step(state, action == Action::NextRun, context);
            Vec::new()
        }
        Action::AnswerRun => answering::open(state, context),
        Action::ConfirmCall | Action::RefuseCall | Action::EditArguments => {
            answering::answer_question(state, action, context)
        }
        Action::MarkRun => {
            mark(state, context);
            Vec::new()
        }
        Action::TilePanes => {
            let following = state.panes.follow_next(!state.table.marked().is_empty());
            vec![Command::notify(Notice::info(following.words()))]
        }
        Action::ToggleGraph => {
            state.panes.toggle_graph();
            Vec::new()
        }
        Action::FilterRuns => {
            state.focus = Focus::Table;
            state.is_zoomed = false;
            state.filter_field = Some(TextField::new(state.table.filter().text()));
            Vec::new()
        }
        Action::FindInDetail => {
            finding::open(state);
            Vec::new()
        }
        Action::FindNext => finding::go(state, Step::Next, context),
        Action::FindPrevious => finding::go(state, Step::Previous, context),
        Action::ToggleOutcomes => {
            state.focus = Focus::Table;
            state.is_zoomed = false;
            state.table.toggle_outcomes(context.runs, context.now);
            Vec::new()
        }
        Action::ToggleByTurn => {
            state.is_zoomed = false;
            state.panes.toggle_by_turn();
            Vec::new()
        }
        Action::NextLeaving | Action::PreviousLeaving => by_turn::step(state, action, context),
        Action::OnlyLeaving => by_turn::only_leaving(state, context),
        Action::SortRuns => {
            state.table.sort_by_next(context.runs, context.now);
            Vec::new()
        }
        Action::ReverseSort => {
            state.table.reverse(context.runs, context.now);
            Vec::new()
        }
        Action::CancelRun => cancelling::runs(state, context),
        Action::CancelBatch => cancelling::batch(state, context),
        Action::RetryRuns => retrying::runs(state, context),
        Action::RetryFailed => retrying::failed(state, context),
        Action::ForgetRuns => forgetting::runs(state, context),
        Action::PauseRuns => pausing::runs(state, context),
        Action::PauseBatch => pausing::batch(state, context),
        Action::MoreAtOnce => steering::step_at_once(state, true, context),
        Action::FewerAtOnce => steering::step_at_once(state, false, context),
        Action::ChangeAtOnce | Action::ChangeRate | Action::ChangeBudget => {
            steering::change(state, action, context)
        }
        Action::PauseAtOnce => pausing::at_once(state, context),
        Action::PauseAll => pausing::all(context),
        Action::ReleaseBatch => steering::release(state, context),
        Action::CompareRuns => comparing::compare(state, context),
        Action::ForkRun => forking::open(state, context),
        Action::ExportRun => exporting::run(state, context),
        Action::ExportBatch => exporting::batch(state, context),
        Action::CopyCommand => exporting::command_line(state, context),
        other => {
            scroll(state, other, context);
            Vec::new()
        }
    }
}

/// Zooms the run; if it is already zoomed, shows its spans. On a line of a tool call, unfolds the
/// call.
fn accept(state: &mut State) -> Vec<Command> {
    let Some(run) = state.target().cloned() else {
        return match (state.table.selected(), state.table.is_group_open()) {
            (Some(Selected::Batch(_)), _) | (_, Some(false)) => {
                vec![Command::Tell(Message::Do(Action::Right))]
            }
            (_, Some(true)) => vec![Command::Tell(Message::Do(Action::Left))],
            _ => Vec::new(),
        };
    };
    let is_reading = state.is_zoomed || (state.focus != Focus::Table && !by_turn::has_focus(state));
    if is_reading
        && let Some(transcript) = state.panes.transcript_mut(&run)
        && !transcript.is_following()
        && transcript.set_fold(None)
    {
        return Vec::new();
    }
    if state.is_zoomed {
        return vec![Command::Tell(Message::Inspect(run))];
    }
    state.is_zoomed = true;
    Vec::new()
}

/// Goes back one level: the view follows the end, the pane is no longer zoomed, the table gets the
/// focus, rows are sorted again, marks are removed, the filter is removed, groups are removed.
fn back(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    if state.is_zoomed || state.focus != Focus::Table {
        let run = state.target().cloned();
        let record = run.as_ref().and_then(|run| context.runs.get(run));
        let graph = record.filter(|run| state.panes.graph(run, context).is_some());
        if let Some(columns) = state.panes.columns_mut() {
            if columns.is_following() {
                state.focus = Focus::Table;
            } else {
                columns.follow();
            }
        } else if let Some(run) = graph
            && !state.panes.scroll(&run.run).is_following()
        {
            state.panes.follow_graph(&run.run);
        } else if let Some(transcript) = run.and_then(|run| state.panes.transcript_mut(&run))
            && !transcript.is_following()
        {
            transcript.follow();
        } else if state.is_zoomed {
            state.is_zoomed = false;
            finding::forget(state);
        } else {
            state.focus = Focus::Table;
        }
        return Vec::new();
    }
    let has_moved = state.table.release() || state.table.clear_marks();
    if !has_moved && !state.table.filter().is_empty() {
        state
            .table
            .set_filter(Filter::default(), context.runs, context.now);
    } else if !has_moved && state.table.is_by_outcome() {
        state.table.toggle_outcomes(context.runs, context.now);
    } else if !has_moved && state.panes.is_by_turn() {
        state.panes.toggle_by_turn();
    }
    Vec::new()
}

/// Moves the focus through the table and the panes, wrapping around.
fn focus_step(state: &mut State, step: isize) -> Vec<Command> {
    if state.is_zoomed {
        return Vec::new();
    }
    let count = state.panes.runs().len() + 1;
    let now = match state.focus {
        Focus::Table => 0,
        Focus::Pane(place) => place + 1,
    };
    let next = (now + count).saturating_add_signed(step) % count;
    state.focus = next.checked_sub(1).map_or(Focus::Table, Focus::Pane);
    Vec::new()
}

fn fold(state: &mut State, is_open: bool, context: &Context<'_>) -> Vec<Command> {
    if state.focus == Focus::Table && !state.is_zoomed {
        state.table.fold(!is_open, context.runs, context.now);
        return Vec::new();
    }
    if by_turn::has_focus(state) {
        return focus_step(state, if is_open { 1 } else { -1 });
    }
    let side = if is_open { Action::Right } else { Action::Left };
    if !scroll_graph(state, side, context)
        && let Some(run) = state.target().cloned()
        && let Some(transcript) = state.panes.transcript_mut(&run)
    {
        transcript.set_fold(Some(is_open));
    }
    Vec::new()
}

/// Moves to the next or the previous run; in a zoomed pane, the new run replaces the shown one.
fn step(state: &mut State, is_forward: bool, context: &Context<'_>) {
    if let Focus::Pane(place) = state.focus {
        if state.is_zoomed {
            // From here on the table leads.
            let run = state
                .panes
                .runs()
                .get(place)
                .and_then(|run| context.runs.get(run));
            if let Some(run) = run {
                state.table.show(run, context.runs, context.now);
            }
            state.focus = Focus::Table;
        } else {
            focus_step(state, if is_forward { 1 } else { -1 });
            return;
        }
    }
    state.table.step(is_forward, context.runs);
}

/// Moves the cursor of the table, or scrolls a pane.
fn scroll(state: &mut State, action: Action, context: &Context<'_>) {
    let areas = state.areas(context);
    if state.focus == Focus::Table && !state.is_zoomed {
        let height = rows_area(inside(areas.table)).height;
        state.table.act(action, usize::from(height), context.runs);
        return;
    }
    if by_turn::has_focus(state) {
        by_turn::scroll(state, action, context);
        return;
    }
    let Some(run) = target(state, context) else {
        return;
    };
    let Some(tile) = state.panes.tile_of(&run.run) else {
        return;
    };
    let height = usize::from(text_area(tile, run).height);
    if !scroll_graph(state, action, context)
        && let Some(transcript) = state.panes.transcript_mut(&run.run)
    {
        transcript.act(action, height);
    }
}

/// Scrolls the graph in the pane of the run to which keys apply. Returns whether there is one.
fn scroll_graph(state: &mut State, action: Action, context: &Context<'_>) -> bool {
    let Some(run) = target(state, context) else {
        return false;
    };
    let (Some(drawings), Some(record)) = (state.panes.graph(run, context), run.record()) else {
        return false;
    };
    if let Some(tile) = state.panes.tile_of(&run.run) {
        let size = text_area(tile, run).as_size();
        state.panes.with_graph(record, |scroll, visits| {
            drawings.scroll_run(scroll, action, (record, visits), size);
        });
    }
    true
}

fn mark(state: &mut State, context: &Context<'_>) {
    state.table.toggle_mark(context.runs);
    let is_on_run = state.table.selected_run().is_some();
    if state.focus == Focus::Table && !state.is_zoomed && is_on_run {
        scroll(state, Action::Down, context);
    }
}

fn act_on_filter(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        // What is written stays until the next step back.
        Action::Accept | Action::Back => state.filter_field = None,
        Action::ClearFilter => {
            state.filter_field = None;
            state
                .table
                .set_filter(Filter::default(), context.runs, context.now);
        }
        _ => {}
    }
    Vec::new()
}

pub(super) fn filter_changed(state: &mut State, context: &Context<'_>) {
    if let Some(field) = &state.filter_field {
        let filter = Filter::parse(field.text());
        state.table.set_filter(filter, context.runs, context.now);
    }
}

/// Returns the next run that waits for a person, wrapping around.
pub(crate) fn next_needs_you(state: &State, runs: &RunsModel) -> Option<RunId> {
    let waits = |run: &&KeptRun| run.needs_person();
    let after = runs
        .active()
        .skip_while(|run| Some(&run.run) != state.target())
        .skip(1)
        .find(waits);
    after
        .or_else(|| runs.active().find(waits))
        .map(|run| run.run.clone())
}
