//! A question for one line of text, such as a file's new name.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, Look};
use crate::tui::command::{Command, FileCommand, UiCommand};
use crate::tui::screens::specs::Answer;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, text_field::TextField};

/// What the line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptPurpose {
    /// The name of a copy of a file.
    Duplicate(PathBuf),
    /// A file's new name.
    Rename(PathBuf),
    /// A new name for what is named at a byte of a text.
    RenameName {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// The byte.
        at: usize,
        /// In how many places the name stands.
        n_places: usize,
    },
}

/// The question.
#[derive(Debug)]
pub struct State {
    purpose: PromptPurpose,
    field: TextField,
}

impl State {
    pub(super) fn new(purpose: PromptPurpose, text: String) -> Self {
        Self {
            purpose,
            field: TextField::new(text),
        }
    }

    /// The command for what was typed; none while nothing was.
    fn command(&self) -> Option<Command> {
        let name = self.field.text().trim();
        if name.is_empty() {
            return None;
        }
        let command = match &self.purpose {
            PromptPurpose::Duplicate(from) => FileCommand::Duplicate {
                to: from.with_file_name(name),
                from: from.clone(),
            },
            PromptPurpose::Rename(from) => FileCommand::Rename {
                to: from.with_file_name(name),
                from: from.clone(),
            },
            PromptPurpose::RenameName {
                path, version, at, ..
            } => {
                let answer = Answer::RenameName {
                    path: path.clone(),
                    version: *version,
                    at: *at,
                    name: name.to_owned(),
                };
                return Some(Command::Ui(UiCommand::Specs(answer)));
            }
        };
        Some(Command::File(command))
    }
}

pub(super) fn contexts(_state: &State) -> Vec<KeyContext> {
    vec![KeyContext::Prompt]
}

pub(super) fn update(state: &mut State, action: Action, _context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => state
            .command()
            .map_or_else(Vec::new, |command| vec![Command::close(), command]),
        Action::Back => vec![Command::close()],
        _ => Vec::new(),
    }
}

pub(super) fn text(state: &mut State, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    state.field.input(key);
    Vec::new()
}

pub(super) fn paste(state: &mut State, text: &str, _context: &Context<'_>) -> Vec<Command> {
    let notice = state.field.paste(text);
    notice.map(Command::notify).into_iter().collect()
}

pub(super) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}

#[expect(clippy::unnecessary_wraps, reason = "all overlays draw alike")]
pub(super) fn draw(
    state: &State,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    let title = match &state.purpose {
        PromptPurpose::Duplicate(_) => "duplicate as".to_owned(),
        PromptPurpose::Rename(_) => "rename to".to_owned(),
        PromptPurpose::RenameName { n_places: 1, .. } => "rename in 1 place to".to_owned(),
        PromptPurpose::RenameName { n_places, .. } => format!("rename in {n_places} places to"),
    };
    let inner = dialog::draw(&title, dialog::centred(area, 60, 4), look, buffer);
    let line = Rect { height: 1, ..inner };
    let cursor = state.field.draw(line, look.theme.style(Role::Text), buffer);
    let help = Rect {
        y: inner.y + 1,
        height: 1,
        ..inner
    };
    Line::styled(
        "enter takes it, esc leaves it",
        look.theme.style(Role::Muted),
    )
    .render(help, buffer);
    Some(cursor)
}
