//! The box that answers a request of a run.

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::base::ids::RunId;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

/// What is filled in.
#[derive(Debug)]
pub struct State {
    run: RunId,
}

impl State {
    pub(super) const fn new(run: RunId) -> Self {
        Self { run }
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Answer]
}

pub(super) fn update(_state: &mut State, action: Action, _context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Back => vec![Command::close()],
        _ => Vec::new(),
    }
}

pub(super) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

pub(super) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}

pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let inner = dialog::draw("answer", dialog::centred(area, 76, 16), look, buffer);
    let words = look
        .context
        .runs
        .get(&state.run)
        .map(|run| run.label())
        .unwrap_or_default();
    Line::styled(words, look.theme.style(Role::Text)).render(inner, buffer);
    None
}
