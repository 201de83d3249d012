//! The form of the export dialogs: a format, a file, and the keys that write or copy.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::base::text::{ellipsis, sanitised, width_cells};
use crate::tui::action::{Action, KeyContext};
use crate::tui::app::{Context, ViewContext};
use crate::tui::effect::ExportTarget;
use crate::tui::message::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::{dialog, pane, text_field::TextField};

/// A format of an export: its file extension and its description.
pub(super) type FormatChoice = (&'static str, &'static str);

/// The line of the first format.
const FIRST_FORMAT: u16 = 2;

/// The width of a format's extension with the mark before it and a blank after it, in cells.
const FORMAT_CELLS: usize = 9;

/// The minimum width of the dialog, in cells, so that the file's path fits.
const MIN_WIDTH: u16 = 72;

/// The state of the form.
#[derive(Debug)]
pub(super) struct Form {
    formats: &'static [FormatChoice],
    format: usize,
    /// The file's name without extension.
    stem: String,
    path: TextField,
    /// Whether the path is still the suggested one, so that it follows the format.
    is_path_ours: bool,
}

/// The outcome of an action in the form.
#[derive(Debug)]
pub(super) enum Asked {
    /// The text is exported to this destination.
    Deliver(ExportTarget),
    /// The dialog closes.
    Close,
    /// Nothing further happens.
    Nothing,
}

impl Form {
    /// Makes a form that suggests `stem` with the format's extension as the file. There must be at
    /// least one format.
    pub(super) fn new(formats: &'static [FormatChoice], stem: String) -> Self {
        let mut form = Self {
            formats,
            format: 0,
            stem,
            path: TextField::default(),
            is_path_ours: true,
        };
        form.choose(0);
        form
    }

    /// Returns the index of the chosen format.
    pub(super) const fn format(&self) -> usize {
        self.format
    }

    /// Returns the named file, relative to the workspace unless it is absolute; `None` if the field
    /// is empty.
    fn file(&self, context: &Context<'_>) -> Option<PathBuf> {
        let name = self.path.text().trim();
        (!name.is_empty()).then(|| context.workspace.root.join(name))
    }

    /// Performs an action that all export dialogs have in common.
    pub(super) fn update(&mut self, action: Action, context: &Context<'_>) -> Asked {
        match action {
            Action::Accept => match self.file(context) {
                Some(path) => Asked::Deliver(ExportTarget::File(path)),
                None => Asked::Nothing,
            },
            Action::ExportToClipboard => Asked::Deliver(ExportTarget::Clipboard),
            Action::NextFormat => {
                self.choose((self.format + 1) % self.formats.len().max(1));
                Asked::Nothing
            }
            Action::Back => Asked::Close,
            _ => Asked::Nothing,
        }
    }

    fn choose(&mut self, format: usize) {
        self.format = format.min(self.formats.len().saturating_sub(1));
        if let (true, Some((ending, _))) = (self.is_path_ours, self.formats.get(self.format)) {
            self.path = TextField::new(format!("{}.{ending}", self.stem));
        }
    }

    /// Handles a key that is text.
    pub(super) fn text(&mut self, key: KeyEvent) {
        match key.code {
            KeyCode::Up => self.choose(self.format.saturating_sub(1)),
            KeyCode::Down => self.choose(self.format + 1),
            _ => self.is_path_ours &= !self.path.input(key),
        }
    }

    /// Handles pasted text.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Command> {
        self.is_path_ours = false;
        let notice = self.path.paste(text);
        notice.map(Command::notify).into_iter().collect()
    }

    /// Handles a click, in a dialog with `notes` lines of remarks.
    pub(super) fn mouse(&mut self, event: MouseEvent, notes: usize, area: Rect) {
        let outer = self.outer(area, notes);
        let first = outer.y + 1 + FIRST_FORMAT;
        let file = self.file_area(dialog::inside(outer), notes);
        if event.kind != MouseEventKind::Down(MouseButton::Left) {
            return;
        }
        if file.contains(Position::new(event.column, event.row)) {
            self.path.click(event.column, file);
        } else if event.row >= first {
            let index = usize::from(event.row - first);
            if index < self.formats.len() {
                self.choose(index);
            }
        }
    }

    fn outer(&self, area: Rect, notes: usize) -> Rect {
        let words = self.formats.iter().map(|(_, words)| width_cells(words));
        let width = words.max().unwrap_or(0) + FORMAT_CELLS + 4;
        let height = 8 + self.formats.len() + notes;
        let cells = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        dialog::centred(area, cells(width).max(MIN_WIDTH), cells(height))
    }

    /// Returns the area of the file's name.
    fn file_area(&self, inner: Rect, notes: usize) -> Rect {
        let above = usize::from(FIRST_FORMAT) + self.formats.len() + notes + 1;
        let above = u16::try_from(above).unwrap_or(u16::MAX);
        let line = pane::line(inner, inner.y.saturating_add(above)).intersection(inner);
        Rect {
            x: line.x + 6.min(line.width),
            width: line.width.saturating_sub(6),
            ..line
        }
    }

    /// Draws the dialog and returns the cursor position. `subject` names the exported thing;
    /// `notes` are remarks about it.
    pub(super) fn draw(
        &self,
        (title, subject): (&str, &str),
        notes: &[String],
        look: &ViewContext<'_>,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Position {
        let theme = look.theme;
        let inner = dialog::draw(title, self.outer(area, notes.len()), look, buffer);
        let width = usize::from(inner.width);
        let line = |at: usize| {
            let y = inner
                .y
                .saturating_add(u16::try_from(at).unwrap_or(u16::MAX));
            pane::line(inner, y).intersection(inner)
        };
        let subject = ellipsis(&sanitised(subject), width);
        Line::styled(subject, theme.bold(Role::Text)).render(line(0), buffer);
        let mut at = usize::from(FIRST_FORMAT);
        for (index, (ending, words)) in self.formats.iter().enumerate() {
            let is_chosen = index == self.format;
            let sign = if is_chosen { look.glyphs.closed } else { " " };
            let role = if is_chosen { Role::Accent } else { Role::Text };
            let spans = vec![
                Span::styled(format!("{sign} {ending:<6} "), theme.style(role)),
                Span::styled(
                    ellipsis(words, width.saturating_sub(FORMAT_CELLS)),
                    theme.style(Role::Muted),
                ),
            ];
            Line::from(spans).render(line(at), buffer);
            at += 1;
        }
        for note in notes {
            let note = ellipsis(&sanitised(note), width);
            Line::styled(note, theme.style(Role::Warning)).render(line(at), buffer);
            at += 1;
        }
        Line::styled("file", theme.style(Role::Muted)).render(line(at + 1), buffer);
        let field = self.file_area(inner, notes.len());
        let cursor = self.path.draw(field, theme.style(Role::Text), buffer);
        keys(look).render(line(at + 3), buffer);
        cursor
    }
}

/// Returns the line of the dialog's keys.
fn keys(look: &ViewContext<'_>) -> Line<'static> {
    let contexts = [KeyContext::Export, KeyContext::Always];
    let mut spans = Vec::new();
    for (action, words) in [
        (Action::Accept, "write"),
        (Action::ExportToClipboard, "copy"),
        (Action::NextFormat, "format"),
        (Action::Back, "leave"),
    ] {
        if let Some(key) = look.context.keymap.key_in(&contexts, action) {
            spans.push(Span::styled(
                format!("[{key}]"),
                look.theme.bold(Role::Accent),
            ));
            spans.push(Span::styled(
                format!(" {words}  "),
                look.theme.style(Role::Muted),
            ));
        }
    }
    Line::from(spans)
}
