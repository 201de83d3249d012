//! Forking the run that keys are about.

use super::targets::target;
use crate::tui::app::Context;
use crate::tui::fork::Place;
use crate::tui::history::{HistoryCommand, HistoryQuery, OpenGoal};
use crate::tui::message::Command;
use crate::tui::overlays::fork_dialog;
use crate::tui::screens::runs::State;

/// Opens the dialog that forks the run at its end; what was let go is read in the history.
pub(super) fn open(state: &State, context: &Context<'_>) -> Vec<Command> {
    target(state, context).map_or_else(Vec::new, |run| {
        let command = match run.record() {
            Some(record) => fork_dialog(record, Place::of_run(), context),
            None => Command::history(HistoryCommand::Read(HistoryQuery::Open {
                run: run.run.clone(),
                goal: OpenGoal::Fork,
            })),
        };
        vec![command]
    })
}
