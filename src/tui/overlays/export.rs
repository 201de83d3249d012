//! The export dialog: a spec as canonical JSON or YAML.

use std::path::PathBuf;
use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::Command;
use crate::tui::event::Checked;
use crate::tui::theme::Role;
use crate::tui::widgets::dialog;

/// What is filled in.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    checked: Arc<Checked>,
}

impl State {
    pub(super) const fn new(path: PathBuf, checked: Arc<Checked>) -> Self {
        Self { path, checked }
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Export]
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
    let inner = dialog::draw("export", dialog::centred(area, 76, 16), look, buffer);
    let name = state
        .checked
        .loaded
        .component
        .as_ref()
        .map_or("", |component| component.name());
    let words = format!("{name} ({})", state.path.display());
    Line::styled(words, look.theme.style(Role::Text)).render(inner, buffer);
    None
}
