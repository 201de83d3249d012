//! Removing ended runs, after a question, because they are not on disk unless they were exported.

use super::targets::{batch_in_view, is_about_batch, targets};
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::runs::state::State;

/// Returns the runs that would be removed: the ended ones among the marked runs, or else in the
/// batch or the row under the cursor, limited to the filter.
pub(in crate::tui::screens::runs) fn chosen<'a>(
    state: &State,
    context: &Context<'a>,
) -> Vec<&'a KeptRun> {
    let mut chosen = if is_about_batch(state, context) {
        batch_in_view(state, context).collect()
    } else {
        targets(state, context)
    };
    chosen.retain(|run| run.is_over());
    chosen
}

/// Asks whether to remove the runs.
pub(super) fn runs(state: &State, context: &Context<'_>) -> Vec<Command> {
    let chosen = chosen(state, context);
    let words = match chosen.as_slice() {
        [] => return Vec::new(),
        [run] => format!(
            "{} and its conversation are removed. Exported files stay.",
            context.runs.name(run)
        ),
        many => format!(
            "{} runs and their conversations are removed. Exported files stay.",
            many.len()
        ),
    };
    let runs = chosen.iter().map(|run| run.run.clone()).collect();
    let forget = Command::runs(RunsCommand::Forget(Target::Runs(runs)));
    let choices = vec![
        Choice::new('s', "stay", Vec::new()),
        Choice::new('f', "forget", vec![forget]),
    ];
    vec![Command::open(Overlay::question("forget?", words, choices))]
}
