//! Pausing and continuing runs.

use super::targets::targets;
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::trace::RunState;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::runs::state::State;

/// Pauses a run at its next step or continues it; on the head of a batch, the whole batch.
pub(super) fn runs(state: &State, context: &Context<'_>) -> Vec<Command> {
    if state.is_on_batch() {
        return batch(state, context);
    }
    let Some((changed, is_paused)) = to_change(targets(state, context), context) else {
        return Vec::new();
    };
    let mut commands = vec![pause(&changed, is_paused)];
    if changed.len() > 1 && !state.table.filter().is_empty() {
        let n = changed.len();
        let words = if is_paused {
            format!("pauses {n} runs in view")
        } else {
            format!("continues {n} runs in view")
        };
        commands.push(Command::notify(Notice::info(words)));
    } else {
        commands.extend(once_answered(&changed, is_paused));
    }
    commands
}

/// Pauses runs that wait for a person, or lets them continue: both shows once they are answered, and a notice says so.
pub(crate) fn waiting(runs: Vec<&KeptRun>, context: &Context<'_>) -> Vec<Command> {
    let Some((changed, is_paused)) = to_change(runs, context) else {
        return Vec::new();
    };
    let mut commands = vec![pause(&changed, is_paused)];
    commands.extend(once_answered(&changed, is_paused));
    commands
}

/// Returns which of some runs are to be paused, or else to continue: all are paused as long as one is not. None if all have ended.
fn to_change<'r>(
    runs: Vec<&'r KeptRun>,
    context: &Context<'_>,
) -> Option<(Vec<&'r KeptRun>, bool)> {
    let (held, going): (Vec<_>, Vec<_>) = runs
        .into_iter()
        .filter(|run| !run.is_over())
        .partition(|run| context.runs.is_held(run));
    let is_paused = !going.is_empty();
    let changed = if is_paused { going } else { held };
    (!changed.is_empty()).then_some((changed, is_paused))
}

fn pause(runs: &[&KeptRun], is_paused: bool) -> Command {
    let target = Target::Runs(runs.iter().map(|run| run.run.clone()).collect());
    Command::runs(RunsCommand::Pause { target, is_paused })
}

/// Reports when the pausing or continuing of runs that all wait for a person becomes visible,
/// because their state doesn't change before.
fn once_answered(runs: &[&KeptRun], is_paused: bool) -> Option<Command> {
    let waits = |run: &&KeptRun| run.state == RunState::NeedsInput;
    let words = match (runs.len(), is_paused) {
        (1, true) => "waits for you, and pauses once it is answered".to_owned(),
        (1, false) => "continues once it is answered".to_owned(),
        (n, true) => format!("{n} runs wait for you, and pause once they are answered"),
        (n, false) => format!("{n} runs continue once they are answered"),
    };
    let is_told = !runs.is_empty() && runs.iter().all(waits);
    is_told.then(|| Command::notify(Notice::info(words)))
}

/// Pauses or continues the whole current batch with its queue, including runs that the filter
/// hides.
pub(super) fn batch(state: &State, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let target = Target::Batch(batch.id.clone());
    let is_paused = !batch.is_paused;
    let mut commands = vec![Command::runs(RunsCommand::Pause { target, is_paused })];
    if !state.table.filter().is_empty() {
        let verb = if is_paused { "pauses" } else { "lets go on" };
        let letter = context.runs.batch_letter(&batch.id);
        let words = format!("{verb} all of batch {letter}, also what the filter hides");
        commands.push(Command::notify(Notice::info(words)));
    }
    commands
}

/// Immediately pauses the runs to which keys apply, or the batch on whose head the cursor is.
pub(super) fn at_once(state: &State, context: &Context<'_>) -> Vec<Command> {
    if state.is_on_batch() {
        let batch = state.table.batch(context.runs);
        let target = batch.map(|batch| Target::Batch(batch.id.clone()));
        let command = target.map(|target| Command::runs(RunsCommand::PauseAtOnce(target)));
        return command.into_iter().collect();
    }
    let going = targets(state, context).into_iter();
    let going: Vec<_> = going.filter(|run| !run.is_over()).collect();
    let target = Target::Runs(going.iter().map(|run| run.run.clone()).collect());
    let mut commands = vec![Command::runs(RunsCommand::PauseAtOnce(target))];
    commands.extend(once_answered(&going, true));
    commands
}

/// Pauses everything, or continues everything if all active runs are already paused.
pub(super) fn all(context: &Context<'_>) -> Vec<Command> {
    let mut going = context
        .runs
        .batches()
        .filter(|batch| batch.ended_at.is_none());
    let is_paused = going.any(|batch| !batch.is_paused);
    let target = Target::All;
    let words = if is_paused {
        "pauses all runs of all batches"
    } else {
        "continues all runs"
    };
    vec![
        Command::runs(RunsCommand::Pause { target, is_paused }),
        Command::notify(Notice::info(words)),
    ]
}
