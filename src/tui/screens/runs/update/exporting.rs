//! Export of the run under the cursor or its batch, and of the command line that repeats a run.

use super::targets::{batch_in_view, target};
use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::history::ExportedRuns;
use crate::tui::message::Command;
use crate::tui::overlays::{Overlay, batch_stem};
use crate::tui::screens::inspect::copy_command;
use crate::tui::screens::runs::State;

/// Opens the export dialog for the batch; with a filter, for its matching runs.
pub(super) fn batch(state: &State, context: &Context<'_>) -> Vec<Command> {
    let runs: Vec<KeptRun> = batch_in_view(state, context).cloned().collect();
    let Some(batch) = state.table.batch(context.runs).filter(|_| !runs.is_empty()) else {
        return Vec::new();
    };
    let letter = context.runs.batch_letter(&batch.id);
    let name = sanitised(&batch.spec_name).replace('\n', " ");
    let how_many = if state.table.filter().is_empty() {
        counted(runs.len(), "run")
    } else {
        format!("{} of {} runs, those in view", runs.len(), batch.total)
    };
    let subject = format!("{letter} {name}, {how_many}");
    let runs = ExportedRuns::Known(runs.into());
    let stem = batch_stem(&batch.spec_name, &batch.id);
    vec![Command::open(Overlay::export_batch(subject, runs, stem))]
}

/// Opens the export dialog for the run to which keys apply.
pub(super) fn run(state: &State, context: &Context<'_>) -> Vec<Command> {
    let run = target(state, context).and_then(KeptRun::record);
    run.map_or_else(Vec::new, |run| {
        vec![Command::open(Overlay::export_run(run))]
    })
}

/// Copies the command line that repeats the run to which keys apply.
pub(super) fn command_line(state: &State, context: &Context<'_>) -> Vec<Command> {
    let run = state.target();
    run.map_or_else(Vec::new, |run| vec![copy_command(run, context)])
}
