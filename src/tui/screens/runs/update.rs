//! What actions do to the Runs screen.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use super::State;
use crate::base::ids::RunId;
use crate::runs::RunRecord;
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::command::Command;
use crate::tui::runs_model::RunsModel;

/// Does an action.
pub(crate) fn update(_state: &mut State, _action: Action, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

/// Takes a key that is text.
pub(crate) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

/// Takes text that was pasted.
pub(crate) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

/// Takes a click, a drag or the wheel.
pub(crate) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}

/// The run after the one on show that waits for a person, round and round.
pub(crate) fn next_needs_you(state: &State, runs: &RunsModel) -> Option<RunId> {
    let waits = |run: &&Arc<RunRecord>| run.state == RunState::NeedsInput;
    let after = runs
        .runs()
        .skip_while(|run| Some(&run.run) != state.selected.as_ref())
        .skip(1)
        .find(waits);
    after
        .or_else(|| runs.runs().find(waits))
        .map(|run| run.run.clone())
}
