//! A question for one line of text, such as a file's new name.

mod bound;

use std::path::{Path, PathBuf};

use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget;

pub(crate) use self::bound::Bound;
use crate::base::dropped::dropped_files;
use crate::base::ids::BatchId;
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::FileCommand;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::screens::specs::Answer;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, pane, text_field::TextField};

/// The purpose of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PromptPurpose {
    /// The name of a copy of a file.
    Duplicate(PathBuf),
    /// A file's new name.
    Rename(PathBuf),
    /// A new name for the name at a byte position of a text.
    RenameName {
        /// The file.
        path: PathBuf,
        /// The version of its text.
        version: u64,
        /// The byte.
        at: usize,
        /// The number of occurrences of the name.
        n_places: usize,
    },
    /// The path of a trace, relative to the workspace unless it is absolute.
    OpenTrace,
    /// A limit of a batch.
    Bound(BatchId, Bound),
}

/// The question.
#[derive(Debug)]
pub(crate) struct State {
    purpose: PromptPurpose,
    field: TextField,
    /// The problem of the typed text, after it was submitted.
    problem: Option<String>,
}

impl State {
    pub(super) fn new(purpose: PromptPurpose, text: String) -> Self {
        let field = match &purpose {
            PromptPurpose::Bound(..) => TextField::selected(text),
            PromptPurpose::Duplicate(_)
            | PromptPurpose::Rename(_)
            | PromptPurpose::RenameName { .. }
            | PromptPurpose::OpenTrace => TextField::new(text),
        };
        Self {
            purpose,
            field,
            problem: None,
        }
    }

    /// Returns the command for the typed text; `None` if the text is not valid.
    fn command(&mut self, root: &Path) -> Option<Command> {
        let name = self.field.text().trim();
        if let PromptPurpose::Bound(batch, bound) = &self.purpose {
            let command = bound.command(batch, name);
            return match command {
                Ok(command) => Some(Command::runs(command)),
                Err(problem) => {
                    self.problem = Some(format!("it {problem}"));
                    None
                }
            };
        }
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
                return Some(Command::Tell(Message::Specs(answer)));
            }
            PromptPurpose::OpenTrace => {
                // A file that was dropped here comes with the quotes of a shell.
                let files = dropped_files(name).unwrap_or_else(|| vec![root.join(name)]);
                return Some(Command::Tell(Message::OpenTraces(files)));
            }
            // Read above, where nothing may be written.
            PromptPurpose::Bound(..) => return None,
        };
        Some(Command::file(command))
    }
}

impl Layer for State {
    fn contexts(&self) -> Vec<KeyContext> {
        vec![KeyContext::Prompt]
    }

    fn update(&mut self, action: Action, context: &Context<'_>) -> Vec<Command> {
        match action {
            Action::Accept => self
                .command(&context.workspace.root)
                .map_or_else(Vec::new, |command| vec![Command::close(), command]),
            Action::Back => vec![Command::close()],
            _ => Vec::new(),
        }
    }

    fn text(&mut self, key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
        self.problem = None;
        self.field.input(key);
        Vec::new()
    }

    fn paste(&mut self, text: &str, _context: &Context<'_>) -> Vec<Command> {
        let notice = self.field.paste(text);
        notice.map(Command::notify).into_iter().collect()
    }

    fn mouse(&mut self, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
        let inner = dialog::inside(outer(context.area));
        let line = pane::line(inner, inner.y);
        let is_click = event.kind == MouseEventKind::Down(MouseButton::Left);
        if is_click && line.contains(Position::new(event.column, event.row)) {
            self.field.click(event.column, line);
        }
        Vec::new()
    }

    fn draw(&self, look: &ViewContext<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let title = match &self.purpose {
            PromptPurpose::Duplicate(_) => "duplicate as".to_owned(),
            PromptPurpose::Rename(_) => "rename to".to_owned(),
            PromptPurpose::RenameName { n_places: 1, .. } => "rename in 1 place to".to_owned(),
            PromptPurpose::RenameName { n_places, .. } => format!("rename in {n_places} places to"),
            PromptPurpose::OpenTrace => "open a trace (.jsonl)".to_owned(),
            PromptPurpose::Bound(_, bound) => bound.title().to_owned(),
        };
        let inner = dialog::draw(&title, outer(area), look, buffer);
        let line = pane::line(inner, inner.y);
        let cursor = self.field.draw(line, look.theme.style(Role::Text), buffer);
        let help = pane::line(inner, inner.y + 1);
        let (words, role) = match (&self.problem, &self.purpose) {
            (Some(problem), _) => (problem.as_str(), Role::Error),
            (None, PromptPurpose::Bound(_, bound)) => (bound.help(), Role::Muted),
            (None, _) => ("enter takes it, esc leaves it", Role::Muted),
        };
        Line::styled(words, look.theme.style(role)).render(help, buffer);
        Some(cursor)
    }
}

fn outer(area: Rect) -> Rect {
    dialog::centred(area, 60, 4)
}
