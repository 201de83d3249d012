//! Cancelling runs: asked about where a written answer would be lost.

use super::targets;
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::trace::RunState;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::runs::state::State;

/// Cancels the run that keys are about, or the marked ones.
pub(super) fn runs(state: &State, context: &Context<'_>) -> Vec<Command> {
    let all = targets(state, context).into_iter();
    let live: Vec<_> = all.filter(|run| !run.is_over()).collect();
    if live.is_empty() {
        return Vec::new();
    }
    let ids = live.iter().map(|run| run.run.clone()).collect();
    cancel(state, &live, Target::Runs(ids), context)
}

/// Cancels the batch that the cursor is in.
pub(super) fn batch(state: &State, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let all = context.runs.runs();
    let live: Vec<_> = all
        .filter(|run| run.batch == batch.id && !run.is_over())
        .collect();
    cancel(state, &live, Target::Batch(batch.id.clone()), context)
}

/// Cancels what is live of the target, after a question where answers to it are written and not sent.
fn cancel(state: &State, live: &[&KeptRun], target: Target, context: &Context<'_>) -> Vec<Command> {
    let cancel = Command::runs(RunsCommand::Cancel(target));
    let commands: Vec<_> = std::iter::once(cancel)
        .chain(closed(live, context))
        .collect();
    let mut unsent = live.iter().filter(|run| state.keeps_answer_to(&run.run));
    let Some(first) = unsent.next() else {
        return commands;
    };
    let (words, drops) = match unsent.count() {
        0 => {
            let name = context.runs.short_name(first);
            let words =
                format!("An answer to {name} is written and not sent: i on it goes on with it.");
            (words, "drop it and cancel")
        }
        more => {
            let words = format!(
                "{} answers are written and not sent: i on a run goes on with its answer.",
                more + 1
            );
            (words, "drop them and cancel")
        }
    };
    let choices = vec![
        Choice::new('s', "stay", Vec::new()),
        Choice::new('d', drops, commands),
    ];
    vec![Command::open(Overlay::question("cancel?", words, choices))]
}

/// Says which of the cancelled runs had answered: they stay so, and take no more messages.
fn closed(cancelled: &[&KeptRun], context: &Context<'_>) -> Option<Command> {
    let mut answered = cancelled
        .iter()
        .filter(|run| run.state == RunState::Answered);
    let first = answered.next()?;
    let words = match answered.count() {
        0 => {
            let name = context.runs.short_name(first);
            format!("{name} is closed: it takes no more messages")
        }
        more => format!(
            "{} answered runs are closed: they take no more messages",
            more + 1
        ),
    };
    Some(Command::notify(Notice::info(words)))
}
