//! The effects of actions on the History screen.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::State;
use super::state::Row;
use super::view::rows_area;
use crate::base::text::sanitised;
use crate::runs::{KeptRun, ListedRun, Named};
use crate::trace::{Failure, FailureKind, RunState};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::fork::Place;
use crate::tui::history::{ExportedRuns, HistoryCommand, HistoryQuery, OpenGoal};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay, batch_stem, fork_dialog};
use crate::tui::screens::compare::MAX_RUNS;
use crate::tui::widgets::text_field::TextField;

/// Returns why an action would have no effect, as the end of a sentence; `None` if it has one.
pub(super) fn refusal(
    state: &State,
    action: Action,
    context: &Context<'_>,
) -> Option<&'static str> {
    let is_of_run = matches!(
        action,
        Action::Accept
            | Action::ExportRun
            | Action::ExportBatch
            | Action::ExportPastSpec
            | Action::ForkRun
            | Action::CopyCommand
            | Action::CompareRuns
            | Action::MarkRun
            | Action::Replay
            | Action::CompareWithNow
            | Action::ResumePast
            | Action::DeletePast
    );
    if !is_of_run || state.has_field {
        return None;
    }
    let Some(run) = state.selected_run() else {
        return Some("no run is listed");
    };
    match action {
        Action::MarkRun if !is_run(state) => Some("marks are on runs, and this is a batch"),
        Action::CompareRuns => compared(state).err(),
        Action::ResumePast | Action::DeletePast if context.history.off.is_some() => {
            Some("the history is off")
        }
        Action::ResumePast if matches!(state.selected(), Some(Row::Run(_))) => {
            let known = context.runs.get(&run.run);
            if known.is_some_and(|known| !context.runs.is_past(&known.run)) {
                Some("that run is on the Runs screen")
            } else if may_go_on(run) {
                None
            } else {
                Some("that run was not interrupted")
            }
        }
        _ => None,
    }
}

/// Whether the cursor is on a run, and not on the head of a batch.
fn is_run(state: &State) -> bool {
    matches!(state.selected(), Some(Row::Run(_)))
}

/// The kind of comparison.
enum Compared {
    /// The marked runs.
    Marked,
    /// A fork and its original run.
    Fork,
    /// The variants of a batch, if it has any.
    Batch,
}

/// Returns the comparison that would be made now, or why there is none.
fn compared(state: &State) -> Result<Compared, &'static str> {
    let fork = state.selected_run().filter(|_| is_run(state));
    let is_fork = fork.is_some_and(|run| run.forked_from.is_some());
    match state.marked.len() {
        0 if is_fork => Ok(Compared::Fork),
        0 if !is_run(state) => Ok(Compared::Batch),
        0 => Err("mark two to four runs with space first"),
        1 => Err("one run is marked: mark another one"),
        2..=MAX_RUNS => Ok(Compared::Marked),
        _ => Err("more than four runs are marked"),
    }
}

/// Starts the comparison.
fn compare(state: &State, context: &Context<'_>) -> Vec<Command> {
    let Some(run) = state.selected_run() else {
        return Vec::new();
    };
    match (compared(state), &run.forked_from) {
        (Ok(Compared::Marked), _) => vec![Command::Tell(Message::Compare(state.marked.clone()))],
        (Ok(Compared::Batch), _) => {
            let batch = run.batch.clone();
            let query = HistoryQuery::Variants { batch };
            vec![Command::history(HistoryCommand::Read(query))]
        }
        (Ok(Compared::Fork), Some(from)) => {
            let compare = HistoryCommand::side_by_side(&run.run, &from.run, context.runs);
            vec![Command::history(compare)]
        }
        // A refusal is reported before.
        (Ok(Compared::Fork), None) | (Err(_), _) => Vec::new(),
    }
}

/// Whether a run can be resumed because it was interrupted: by the end of its program, for lack of
/// a person, or by a limit of its batch.
fn may_go_on(run: &ListedRun) -> bool {
    let of_limit = |failure: &Failure| failure.kind == FailureKind::Limit;
    match run.state {
        RunState::Interrupted | RunState::NeedsInput => true,
        RunState::Cancelled => run.error.as_ref().is_some_and(of_limit),
        _ => false,
    }
}

/// Performs an action.
pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if let Some(reason) = refusal(state, action, context) {
        return vec![Command::notify(Notice::refused(action, reason))];
    }
    match action {
        Action::Accept | Action::Back if state.has_field => {
            state.has_field = false;
            return Vec::new();
        }
        Action::Back if !state.field.text().is_empty() => return clear(state),
        Action::Back if !state.marked.is_empty() => {
            state.marked.clear();
            return Vec::new();
        }
        Action::ClearFilter => return clear(state),
        Action::FilterHistory => {
            state.has_field = true;
            return Vec::new();
        }
        Action::ToggleFolders => {
            state.is_everywhere = !state.is_everywhere;
            return state.refresh();
        }
        Action::Accept => return accept(state, context),
        Action::ExportRun => return open(state, OpenGoal::Export),
        Action::ExportBatch => return export_batch(state),
        Action::ForkRun => return fork(state, context),
        Action::Replay => return replay(state),
        Action::CompareRuns => return compare(state, context),
        Action::MarkRun => {
            state.mark();
            return state.reach();
        }
        Action::ExportPastSpec => {
            return read(state, |run| HistoryQuery::Spec { run });
        }
        Action::CompareWithNow => return read(state, |run| HistoryQuery::Compare { run }),
        Action::CopyCommand => return read(state, |run| HistoryQuery::CommandLine { run }),
        Action::ResumePast => {
            let batches = state.selected_batch().cloned().into_iter().collect();
            let only = match state.selected() {
                Some(Row::Run(index)) => state.runs.get(index).map(|run| run.run.clone()),
                Some(Row::Batch(_)) | None => None,
            };
            return vec![Command::history(HistoryCommand::CarryOn { batches, only })];
        }
        Action::DeletePast => return delete(state),
        _ => {}
    }
    let height = usize::from(rows_area(context.area, context).height);
    state.cursor.act(action, state.rows.len(), height);
    state.reach()
}

fn clear(state: &mut State) -> Vec<Command> {
    state.field = TextField::default();
    state.filtered()
}

/// Opens the selected run; for the head of a batch, its first run.
fn accept(state: &State, context: &Context<'_>) -> Vec<Command> {
    let Some(run) = state.selected_run() else {
        return Vec::new();
    };
    // What is here with all its detail need not be read.
    let known = context.runs.get(&run.run);
    if known.is_some_and(|known| known.record().is_some()) {
        return vec![Command::Tell(Message::Inspect(run.run.clone()))];
    }
    open(state, OpenGoal::Inspect)
}

/// Forks the selected run at its end; for the head of a batch, its first run.
fn fork(state: &State, context: &Context<'_>) -> Vec<Command> {
    let known = state.selected_run();
    let known = known.and_then(|run| context.runs.get(&run.run));
    match known.and_then(KeptRun::record) {
        Some(record) => vec![fork_dialog(record, Place::of_run(), context)],
        None => open(state, OpenGoal::Fork),
    }
}

/// Replays the selected run; for the head of a batch, the whole batch.
fn replay(state: &State) -> Vec<Command> {
    let (Some(row), Some(run)) = (state.selected(), state.selected_run()) else {
        return Vec::new();
    };
    let named = match row {
        Row::Batch(_) => Named::Batch(run.batch.clone()),
        Row::Run(_) => Named::Run(run.run.clone()),
    };
    let known = None;
    let query = HistoryQuery::Replay { named, known };
    vec![Command::history(HistoryCommand::Read(query))]
}

/// Opens the export dialog for all runs of the current batch.
fn export_batch(state: &State) -> Vec<Command> {
    let Some(run) = state.selected_run() else {
        return Vec::new();
    };
    let subject = format!("{}, all runs of batch {}", sanitised(&run.spec), run.batch);
    let runs = ExportedRuns::Past(run.batch.clone());
    let stem = batch_stem(&run.spec, &run.batch);
    vec![Command::open(Overlay::export_batch(subject, runs, stem))]
}

fn open(state: &State, goal: OpenGoal) -> Vec<Command> {
    read(state, |run| HistoryQuery::Open { run, goal })
}

fn read(
    state: &State,
    query: impl FnOnce(crate::base::ids::RunId) -> HistoryQuery,
) -> Vec<Command> {
    let run = state.selected_run().map(|listed| listed.run.clone());
    run.map_or_else(Vec::new, |run| {
        vec![Command::history(HistoryCommand::Read(query(run)))]
    })
}

/// Asks before deleting a run or a batch.
fn delete(state: &State) -> Vec<Command> {
    let (Some(row), Some(run)) = (state.selected(), state.selected_run()) else {
        return Vec::new();
    };
    let (words, runs, batches) = match row {
        Row::Batch(_) => (
            format!("Delete all of batch {} from the history?", run.batch),
            Vec::new(),
            vec![run.batch.clone()],
        ),
        Row::Run(_) => (
            format!("Delete run {} from the history?", run.run),
            vec![run.run.clone()],
            Vec::new(),
        ),
    };
    let words = format!("{words}\nThis can't be undone. Runs that a process is running stay.");
    let delete = Command::history(HistoryCommand::Delete { runs, batches });
    let choices = vec![
        Choice::new('c', "cancel", Vec::new()),
        Choice::new('d', "delete", vec![delete]),
    ];
    vec![Command::open(Overlay::question("delete?", words, choices))]
}

/// Handles a click or the mouse wheel.
pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let area: Rect = rows_area(context.area, context);
    let height = usize::from(area.height);
    match event.kind {
        MouseEventKind::ScrollDown | MouseEventKind::ScrollUp => {
            state.cursor.turn(event.kind, state.rows.len(), height);
            state.reach()
        }
        MouseEventKind::Down(MouseButton::Left) => {
            let at = Position::new(event.column, event.row);
            state.has_field = at.y + 1 == area.y;
            if area.contains(at) {
                let view = state.cursor.in_view(state.rows.len(), height);
                let row = view.start + usize::from(at.y - area.y);
                if view.contains(&row) {
                    if row == state.cursor.selected() {
                        return update(state, Action::Accept, context);
                    }
                    state.cursor.select(row);
                }
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}
