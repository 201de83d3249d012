//! Retrying ended runs.

use super::targets::{batch_in_view, is_about_batch, targets};
use crate::runs::{KeptRun, RunsCommand};
use crate::trace::RunState;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::runs::state::State;

/// The states of runs that have failed or were stopped.
pub(in crate::tui::screens::runs) const FAILED: [RunState; 4] = [
    RunState::Failed,
    RunState::TimedOut,
    RunState::Cancelled,
    RunState::Interrupted,
];

/// Returns the runs of the batch that have failed or were cancelled, limited to the filter.
pub(in crate::tui::screens::runs) fn failed_in_view<'a>(
    state: &State,
    context: &Context<'a>,
) -> impl Iterator<Item = &'a KeptRun> {
    batch_in_view(state, context).filter(|run| FAILED.contains(&run.state))
}

/// Retries the marked runs or the run under the cursor; if none of these has ended, or on the head
/// of a batch, retries the shown failed runs.
pub(super) fn runs(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    if is_about_batch(state, context) {
        return failed(state, context);
    }
    let mut chosen = targets(state, context);
    chosen.retain(|run| run.is_over());
    if chosen.is_empty() {
        return failed(state, context);
    }
    retry(state, &chosen, context)
}

/// Retries the failed runs of the batch.
pub(super) fn failed(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    let chosen: Vec<_> = failed_in_view(state, context).collect();
    retry(state, &chosen, context)
}

fn retry(state: &mut State, chosen: &[&KeptRun], context: &Context<'_>) -> Vec<Command> {
    let mut words = match chosen {
        [run] => format!("runs {} again", context.runs.name(run)),
        many => format!("runs {} runs again", many.len()),
    };
    let filter = state.table.filter();
    if !chosen.iter().all(|run| filter.keeps_again(run)) {
        let filter = state.table.forget_filter();
        words = format!("{words}; the filter `{}` is cleared", filter.text());
    }
    let runs = chosen.iter().map(|run| run.run.clone()).collect();
    vec![
        Command::runs(RunsCommand::Retry(runs)),
        Command::notify(Notice::info(words)),
    ]
}
