//! Cancelling runs, with a question if a typed answer would be lost.

use super::targets::{batch_in_view, targets};
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::trace::RunState;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::runs::state::State;

/// Cancels the run to which keys apply, or the marked runs.
pub(super) fn runs(state: &State, context: &Context<'_>) -> Vec<Command> {
    let all = targets(state, context).into_iter();
    let live: Vec<_> = all.filter(|run| !run.is_over()).collect();
    if live.is_empty() {
        return Vec::new();
    }
    let ids = live.iter().map(|run| run.run.clone()).collect();
    cancel(state, &live, Target::Runs(ids), context)
}

/// Cancels the current batch; with a filter, only its matching runs.
pub(super) fn batch(state: &State, context: &Context<'_>) -> Vec<Command> {
    let Some(batch) = state.table.batch(context.runs) else {
        return Vec::new();
    };
    let live: Vec<_> = batch_in_view(state, context)
        .filter(|run| !run.is_over())
        .collect();
    let target = if state.table.filter().is_empty() {
        Target::Batch(batch.id.clone())
    } else {
        Target::Runs(live.iter().map(|run| run.run.clone()).collect())
    };
    cancel(state, &live, target, context)
}

/// Cancels the active runs of the target, after a question if answers to them were typed and not
/// sent.
fn cancel(state: &State, live: &[&KeptRun], target: Target, context: &Context<'_>) -> Vec<Command> {
    let cancel = Command::runs(RunsCommand::Cancel(target));
    let commands: Vec<_> = std::iter::once(cancel)
        .chain(remarks(state, live, context))
        .collect();
    let mut unsent = live.iter().filter(|run| state.keeps_answer_to(&run.run));
    let Some(first) = unsent.next() else {
        return commands;
    };
    let (words, drops) = match unsent.count() {
        0 => {
            let name = context.runs.short_name(first);
            let words =
                format!("An answer to {name} is written but not sent: i on it continues it.");
            (words, "drop it and cancel")
        }
        more => {
            let words = format!(
                "{} answers are written but not sent: i on a run continues its answer.",
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

/// Reports which of the cancelled runs had already answered, because they keep this state and
/// accept no more messages; with a filter, also reports the number of other runs that are
/// cancelled.
fn remarks(state: &State, live: &[&KeptRun], context: &Context<'_>) -> Option<Command> {
    let answered = live.iter().filter(|run| run.state == RunState::Answered);
    let answered: Vec<_> = answered.collect();
    let others = live.len() - answered.len();
    let mut words = Vec::new();
    if others > 0 && !state.table.filter().is_empty() {
        let runs = if others == 1 { "run" } else { "runs" };
        words.push(format!("cancels {others} {runs} in view"));
    }
    match answered.as_slice() {
        [] => {}
        [run] => {
            let name = context.runs.short_name(run);
            words.push(format!("{name} is closed: it takes no more messages"));
        }
        many => words.push(format!(
            "{} answered runs are closed: they take no more messages",
            many.len()
        )),
    }
    (!words.is_empty()).then(|| Command::notify(Notice::info(words.join("; "))))
}
