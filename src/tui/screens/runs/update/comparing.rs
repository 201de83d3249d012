//! Comparing the marked runs, the variants of the current batch, or a fork with its original run.

use super::targets::{marked_in_view, target};
use crate::base::ids::{BatchId, RunId};
use crate::runs::{KeptRun, RunRecord};
use crate::tui::app::Context;
use crate::tui::message::{Command, Message};
use crate::tui::screens::compare::MAX_RUNS;
use crate::tui::screens::inspect::compare_with_parent;
use crate::tui::screens::runs::State;

/// The kind of comparison.
pub(in crate::tui::screens::runs) enum Compared<'a> {
    /// Runs that are marked.
    Runs(Vec<RunId>),
    /// A fork and its original run.
    Fork(&'a RunRecord),
    /// The variants of a batch.
    Variants(BatchId),
}

/// Returns the comparison that would be made now, or why there is none.
pub(in crate::tui::screens::runs) fn compared<'a>(
    state: &State,
    context: &Context<'a>,
) -> Result<Compared<'a>, &'static str> {
    let marked = marked_in_view(state, context);
    match marked.len() {
        0 => {}
        1 => return Err("one run is marked: mark another one"),
        2..=MAX_RUNS => {
            let runs = marked.iter().map(|run| run.run.clone());
            return Ok(Compared::Runs(runs.collect()));
        }
        _ => return Err("more than four runs are marked"),
    }
    let run = target(state, context).and_then(KeptRun::record);
    if let Some(fork) = run.filter(|run| run.forked_from.is_some()) {
        return Ok(Compared::Fork(fork));
    }
    let batch = state.table.batch(context.runs);
    let varied = batch.filter(|batch| context.runs.of_variants(&batch.id).len() > 1);
    match varied {
        Some(batch) => Ok(Compared::Variants(batch.id.clone())),
        None => Err("mark two to four runs with space first"),
    }
}

/// Starts the comparison.
pub(super) fn compare(state: &State, context: &Context<'_>) -> Vec<Command> {
    match compared(state, context) {
        Ok(Compared::Runs(runs)) => vec![Command::Tell(Message::Compare(runs))],
        Ok(Compared::Fork(fork)) => compare_with_parent(fork, context),
        Ok(Compared::Variants(batch)) => vec![Command::Tell(Message::CompareVariants(batch))],
        // A refusal is reported before.
        Err(_) => Vec::new(),
    }
}
