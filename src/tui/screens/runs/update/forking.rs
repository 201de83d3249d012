//! Forking a run at its end.

use super::targets::target;
use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::fork::Place;
use crate::tui::history::{HistoryCommand, HistoryQuery, OpenGoal};
use crate::tui::message::Command;
use crate::tui::overlays::fork_dialog;
use crate::tui::screens::runs::State;

/// Opens the fork dialog for the run to which keys apply.
pub(super) fn open(state: &State, context: &Context<'_>) -> Vec<Command> {
    let run = target(state, context).into_iter();
    run.map(|run| dialog(run, context)).collect()
}

/// Opens the dialog that forks a run at its end; dropped details are read from the history.
pub(crate) fn dialog(run: &KeptRun, context: &Context<'_>) -> Command {
    match run.record() {
        Some(record) => fork_dialog(record, Place::of_run(), context),
        None => Command::history(HistoryCommand::Read(HistoryQuery::Open {
            run: run.run.clone(),
            goal: OpenGoal::Fork,
        })),
    }
}
