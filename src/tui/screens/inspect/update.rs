//! What actions do to the Inspect screen.

use crossterm::event::{KeyEvent, MouseEvent};

use super::State;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::command::Command;

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
