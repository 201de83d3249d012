//! The bounds of the batch that the cursor is in: asked for in numbers, lifted where they hold it back.

use super::{State, targets};
use crate::runs::{RunsCommand, Target};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::{Bound, Overlay, PromptPurpose};

/// Asks for another bound.
pub(super) fn change(state: &State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let (bound, now) = match action {
        Action::ChangeAtOnce => (Bound::AtOnce, batch.at_once.to_string()),
        Action::ChangeRate => {
            let rate = batch.requests_per_second;
            let now = rate.map_or_else(String::new, |rate| format!("{rate}/s"));
            (Bound::Rate, now)
        }
        _ => {
            let budget = batch.budget.map(|budget| budget.max_tokens.to_string());
            (Bound::Tokens, budget.unwrap_or_default())
        }
    };
    let purpose = PromptPurpose::Bound(batch.id.clone(), bound);
    vec![Command::open(Overlay::prompt(purpose, now))]
}

/// Lets the runs go on that are held back.
pub(super) fn release(state: &State, context: &Context<'_>) -> Vec<Command> {
    let batch = state.table.batch(context.runs);
    let released = batch.map(|batch| Command::runs(RunsCommand::Release(batch.id.clone())));
    released.into_iter().collect()
}

/// Holds the runs that keys are about at once, or the batch on whose head the cursor is.
pub(super) fn pause_at_once(state: &State, context: &Context<'_>) -> Vec<Command> {
    let target = if state.is_on_batch() {
        state
            .table
            .batch(context.runs)
            .map(|batch| Target::Batch(batch.id.clone()))
    } else {
        let going = targets(state, context).into_iter();
        let going = going.filter(|run| !run.is_over());
        Some(Target::Runs(going.map(|run| run.run.clone()).collect()))
    };
    let commands = target.map(|target| Command::runs(RunsCommand::PauseAtOnce(target)));
    commands.into_iter().collect()
}

/// Holds everything; where all that goes on is held already, lets it go on.
pub(super) fn pause_all(context: &Context<'_>) -> Vec<Command> {
    let mut going = context
        .runs
        .batches()
        .filter(|batch| batch.ended_at.is_none());
    let is_paused = going.any(|batch| !batch.is_paused);
    let target = Target::All;
    let words = if is_paused {
        "pauses all runs of all batches"
    } else {
        "lets all runs go on"
    };
    vec![
        Command::runs(RunsCommand::Pause { target, is_paused }),
        Command::notify(Notice::info(words)),
    ]
}
