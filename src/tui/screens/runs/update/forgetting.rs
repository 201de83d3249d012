//! Forgetting runs that are over: asked about, as nothing of them is on disk unless it was exported.

use super::targets;
use crate::runs::{KeptRun, RunsCommand, Target};
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::runs::state::{Focus, State};
use crate::tui::screens::runs::table::Selected;

/// The runs that would be forgotten: those that are over of the marked ones, else of the batch or the run under the cursor.
pub(in crate::tui::screens::runs) fn chosen<'a>(
    state: &State,
    context: &Context<'a>,
) -> Vec<&'a KeptRun> {
    let mut chosen = match (state.focus, state.table.selected()) {
        (Focus::Table, Some(Selected::Batch(batch))) if state.table.marked().is_empty() => {
            let all = context.runs.runs();
            all.filter(|run| run.batch == *batch).collect()
        }
        _ => targets(state, context),
    };
    chosen.retain(|run| run.is_over());
    chosen
}

/// Asks whether to forget them.
pub(super) fn runs(state: &State, context: &Context<'_>) -> Vec<Command> {
    let chosen = chosen(state, context);
    let words = match chosen.as_slice() {
        [] => return Vec::new(),
        [run] => format!("{} and all that it said go.", context.runs.name(run)),
        many => format!("{} runs and all that they said go.", many.len()),
    };
    let words = format!("{words} What was exported of them stays.");
    let runs = chosen.iter().map(|run| run.run.clone()).collect();
    let forget = Command::runs(RunsCommand::Forget(Target::Runs(runs)));
    let choices = vec![
        Choice::new('s', "stay", Vec::new()),
        Choice::new('f', "forget", vec![forget]),
    ];
    vec![Command::open(Overlay::question("forget?", words, choices))]
}
