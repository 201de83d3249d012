//! A text editor for specs. The edit model (lines, cursor, selection) is `TextArea`; undo,
//! wrapping, colours, problems between the lines, scrolling and the mouse are implemented here.

mod edit;
mod edits;
mod history;
mod layout;
mod search;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use ratatui::layout::Size;
use tui_textarea::{CursorMove, TextArea};

use crate::spec::Format;
use crate::spec::syntax::{LineState, line_states};
use crate::tui::theme::Role;

pub(crate) use search::Match;
pub(crate) use view::{EditorView, cursor_cell, position_at};

/// The maximum number of lines of an editable text. Each key in a longer one would rebuild a map of
/// all lines.
const MAX_EDITED_LINES: usize = 10_000;
/// The maximum size of an editable text, in bytes.
const MAX_EDITED_BYTES: usize = 4 * 1024 * 1024;
/// The maximum number of lines of a text that is wrapped.
const MAX_WRAPPED_LINES: usize = 2_000;
/// The maximum length in bytes of a line in a text that is wrapped. A longer line would be split
/// into rows at each drawing.
const MAX_WRAPPED_LINE_BYTES: usize = 128 * 1024;

/// An open text, with cursor, selection and scroll position.
#[derive(Debug)]
pub(crate) struct Editor {
    area: TextArea<'static>,
    format: Format,
    layout_of_file: FileLayout,
    /// The text as it would be saved, always equal to the lines.
    text: Arc<str>,
    /// The version of the text, which starts at 1 and increases with each change.
    version: u64,
    /// The syntax state at the beginning of each line; empty for formats whose lines are
    /// independent.
    states: Vec<LineState>,
    /// The remarks, sorted by line.
    marks: Vec<Mark>,
    is_read_only: bool,
    wraps: bool,
    scroll: Scroll,
    /// The steps that can be undone.
    history: history::History,
}

/// The properties of a file besides its lines, so that saving changes nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FileLayout {
    has_byte_order_mark: bool,
    is_crlf: bool,
}

/// A remark on a position, drawn below its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The line, from 0.
    pub(crate) line: usize,
    /// The first character of the marked range, from 0.
    pub(crate) start: usize,
    /// The character after the last one of the range on this line.
    pub(crate) end: usize,
    /// The remark.
    pub(crate) text: String,
    /// The colour.
    pub(crate) role: Role,
}

/// The scroll position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Scroll {
    line: usize,
    /// The row within the first line, if the line is wrapped or has remarks.
    row: usize,
    /// The first visible column, in cells; 0 if lines are wrapped.
    column: usize,
}

impl Editor {
    /// Opens a text. The time grows with the size, so large texts are opened outside of the
    /// screen's thread.
    pub(crate) fn new(text: &str, format: Format) -> Self {
        let (has_byte_order_mark, body) = match text.strip_prefix('\u{feff}') {
            Some(body) => (true, body),
            None => (false, text),
        };
        let is_crlf = body.contains("\r\n");
        let lines: Vec<String> = body
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned())
            .collect();
        // Joined as they are kept, mixed line ends would come out changed.
        let is_mixed = is_crlf && body.matches("\r\n").count() != body.matches('\n').count();
        let n_lines = lines.len();
        let mut area = TextArea::new(lines);
        // What can be undone is kept here, by words and whole edits rather than by letters.
        area.set_max_histories(0);
        area.set_tab_length(2);
        let mut editor = Self {
            area,
            format,
            layout_of_file: FileLayout {
                has_byte_order_mark,
                is_crlf,
            },
            text: Arc::from(text),
            version: 1,
            states: Vec::new(),
            marks: Vec::new(),
            is_read_only: n_lines > MAX_EDITED_LINES || text.len() > MAX_EDITED_BYTES || is_mixed,
            wraps: true,
            scroll: Scroll::default(),
            history: history::History::default(),
        };
        editor.states = states_of(editor.lines(), format);
        editor.wraps = editor.can_be_wrapped();
        editor
    }

    /// Returns the text as it would be saved.
    pub(crate) const fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Returns the version of the text, which increases with each change.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the format of the text.
    pub(crate) const fn format(&self) -> Format {
        self.format
    }

    /// Whether the text is read-only because it is too long or has mixed line ends.
    pub(crate) const fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Returns the lines without their ends.
    pub(crate) fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Returns line and character of the cursor, from 0.
    pub(crate) fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Returns the selection, from the first position up to the second, exclusive.
    pub(crate) fn selection(&self) -> Option<((usize, usize), (usize, usize))> {
        self.area.selection_range().filter(|(from, to)| from != to)
    }

    /// Returns the selected text.
    pub(crate) fn selected_text(&self) -> Option<String> {
        let (from, to) = self.selection()?;
        let mut text = String::new();
        for row in from.0..=to.0 {
            let line = self.lines().get(row)?;
            let start = if row == from.0 { from.1 } else { 0 };
            let end = if row == to.0 { to.1 } else { usize::MAX };
            text.extend(line.chars().take(end).skip(start));
            if row < to.0 {
                text.push('\n');
            }
        }
        Some(text)
    }

    /// Returns the first visible line, from 0.
    pub(crate) const fn first_line_in_view(&self) -> usize {
        self.scroll.line
    }

    /// Replaces the remarks and sorts them by line.
    pub(crate) fn set_marks(&mut self, mut marks: Vec<Mark>) {
        marks.sort_by_key(|mark| (mark.line, mark.start));
        self.marks = marks;
    }

    /// Moves the cursor to a character of a line (both from 0, limited to the text) and scrolls to
    /// it. If it was not visible, it is shown in the middle.
    pub(crate) fn go_to(&mut self, line: usize, column: usize, size: Size) {
        self.area.cancel_selection();
        self.jump(line, column);
        self.centre(size);
    }

    /// Selects a range, with the cursor at its end, and scrolls to the cursor.
    pub(crate) fn select(&mut self, from: (usize, usize), to: (usize, usize), size: Size) {
        self.area.cancel_selection();
        self.jump(from.0, from.1);
        self.area.start_selection();
        self.jump(to.0, to.1);
        self.centre(size);
    }

    /// Moves the end of the selection by the mouse; a new selection begins at the cursor.
    pub(crate) fn drag_to(&mut self, to: (usize, usize), size: Size) {
        if !self.area.is_selecting() {
            self.area.start_selection();
        }
        self.jump(to.0, to.1);
        self.follow_cursor(size);
    }

    fn jump(&mut self, line: usize, column: usize) {
        let line = line.min(self.lines().len().saturating_sub(1));
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area
            .move_cursor(CursorMove::Jump(short(line), short(column)));
        // A jump reaches 65,535 lines; the rest is walked.
        for _ in usize::from(u16::MAX)..line {
            self.area.move_cursor(CursorMove::Down);
        }
    }

    /// Replaces the text, for example by the one on disk; the cursor stays on its line.
    pub(crate) fn replace_text(&mut self, other: Self) {
        let (line, column) = self.cursor();
        let version = self.version + 1;
        let scroll = self.scroll;
        *self = Self {
            version,
            scroll,
            ..other
        };
        self.jump(line, column);
        self.scroll.line = self.scroll.line.min(self.lines().len().saturating_sub(1));
    }

    /// Whether the text is small enough to be wrapped at each drawing.
    fn can_be_wrapped(&self) -> bool {
        let lines = self.lines();
        lines.len() <= MAX_WRAPPED_LINES
            && lines
                .iter()
                .all(|line| line.len() <= MAX_WRAPPED_LINE_BYTES)
    }

    /// Updates all data derived from the lines after a change.
    fn changed(&mut self, before: usize, at: usize) {
        self.version += 1;
        let separator = if self.layout_of_file.is_crlf {
            "\r\n"
        } else {
            "\n"
        };
        let mut text = String::with_capacity(self.text.len() + 16);
        if self.layout_of_file.has_byte_order_mark {
            text.push('\u{feff}');
        }
        for (index, line) in self.area.lines().iter().enumerate() {
            if index > 0 {
                text.push_str(separator);
            }
            text.push_str(line);
        }
        self.text = Arc::from(text);
        self.states = states_of(self.lines(), self.format);
        let after = self.lines().len();
        self.wraps = self.can_be_wrapped();
        // Until the next check the remarks stay with the lines that they are about.
        self.marks.retain_mut(|mark| {
            if mark.line > at || (mark.line == at && after < before) {
                mark.line = (mark.line + after).saturating_sub(before);
            }
            mark.line < after
        });
    }
}

/// Returns the syntax state at the beginning of each line, on which its colours depend.
fn states_of(lines: &[String], format: Format) -> Vec<LineState> {
    line_states(lines.iter().map(String::as_str), format)
}
