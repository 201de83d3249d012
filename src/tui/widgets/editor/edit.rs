//! The effects of keys on the text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;
use tui_textarea::TextArea;

use super::Editor;
use crate::base::text::is_hazardous;
use crate::spec::Format;
use crate::tui::widgets::text_keys::{deletion, is_of_words, move_cursor, movement};

/// The width of one level of indent, in blanks.
const INDENT: usize = 2;

impl Editor {
    /// Handles a key that is text: characters, cursor keys and editing keys. Returns whether the
    /// text has changed; in a read-only text, editing keys have no effect.
    pub(crate) fn input(&mut self, key: KeyEvent, size: Size) -> bool {
        if let Some(movement) = movement(key) {
            self.end_step();
            move_cursor(&mut self.area, movement, key);
            self.follow_cursor(size);
            return false;
        }
        if let Some(delete) = deletion(key) {
            if key.code == KeyCode::Backspace && !is_of_words(key) && self.is_in_indent() {
                return self.edit(size, |area| {
                    (0..INDENT).fold(false, |changed, _| area.delete_char() | changed)
                });
            }
            return self.edit(size, delete);
        }
        match key.code {
            KeyCode::PageUp => self.page(-1, size),
            KeyCode::PageDown => self.page(1, size),
            KeyCode::Char(_) if key.modifiers.contains(KeyModifiers::CONTROL) => false,
            KeyCode::Char(character) => self.edit(size, |area| {
                area.insert_char(character);
                true
            }),
            KeyCode::Enter => {
                let indent = self.indent_of_next_line();
                self.edit(size, |area| {
                    area.insert_str(format!("\n{}", " ".repeat(indent)))
                })
            }
            KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => self.dedent(size),
            KeyCode::BackTab => self.dedent(size),
            KeyCode::Tab => self.indent(size),
            _ => false,
        }
    }

    /// Inserts pasted text unchanged, without automatic indent.
    pub(crate) fn paste(&mut self, text: &str, size: Size) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| !is_hazardous(*c)).collect();
        self.end_step();
        let has_changed = !text.is_empty() && self.edit(size, |area| area.insert_str(text));
        self.end_step();
        has_changed
    }

    /// Selects all text.
    pub(crate) fn select_all(&mut self) {
        self.area.select_all();
    }

    /// Removes the selection; returns whether there was one.
    pub(crate) fn cancel_selection(&mut self) -> bool {
        let had_one = self.selection().is_some();
        self.area.cancel_selection();
        had_one
    }

    /// Copies the selected text for [`Editor::paste_copied`].
    pub(crate) fn copy(&mut self) -> Option<String> {
        let text = self.selected_text()?;
        self.area.set_yank_text(text.as_str());
        Some(text)
    }

    /// Removes the selected text and stores it for pasting.
    pub(crate) fn cut(&mut self, size: Size) -> Option<String> {
        let text = self.copy()?;
        self.edit(size, TextArea::cut).then_some(text)
    }

    /// Inserts the text that was last copied or cut in this editor.
    pub(crate) fn paste_copied(&mut self, size: Size) -> bool {
        let text = self.area.yank_text();
        !text.is_empty() && self.edit(size, |area| area.insert_str(text))
    }

    /// Replaces the selection by a text.
    pub(crate) fn replace_selection(&mut self, text: &str, size: Size) -> bool {
        self.selection().is_some()
            && self.edit(size, |area| {
                area.insert_str(text);
                true
            })
    }

    /// Makes a change as one undo step, unless the text is read-only.
    fn edit(&mut self, size: Size, change: impl FnOnce(&mut TextArea<'static>) -> bool) -> bool {
        self.recorded(|editor| editor.edit_unrecorded(size, change))
    }

    /// Makes a change, unless the text is read-only, and updates everything except the undo steps.
    pub(super) fn edit_unrecorded(
        &mut self,
        size: Size,
        change: impl FnOnce(&mut TextArea<'static>) -> bool,
    ) -> bool {
        if self.is_read_only {
            return false;
        }
        let before = self.lines().len();
        let at = self.selection().map_or(self.cursor().0, |(from, _)| from.0);
        let has_changed = change(&mut self.area);
        if has_changed {
            self.changed(before, at);
        }
        self.follow_cursor(size);
        has_changed
    }

    /// Moves the cursor by a page; up if `direction` is negative.
    fn page(&mut self, direction: isize, size: Size) -> bool {
        let (line, column) = self.cursor();
        let page = isize::try_from(size.height.max(2) - 1).unwrap_or(1);
        self.area.cancel_selection();
        self.jump(line.saturating_add_signed(direction * page), column);
        self.follow_cursor(size);
        false
    }

    fn before_cursor(&self) -> String {
        let (line, column) = self.cursor();
        let line = self.lines().get(line).map_or("", String::as_str);
        line.chars().take(column).collect()
    }

    /// Returns the indent for the line after the cursor: the same as this one; for an item of a
    /// list of objects, the indent of its text; one level more after a line that opens a block.
    fn indent_of_next_line(&self) -> usize {
        let before = self.before_cursor();
        let mut body = before.trim_start_matches(' ');
        let mut indent = before.len() - body.len();
        let opens = match self.format {
            Format::Json => body.trim_end().ends_with(['{', '[']),
            Format::Yaml => {
                while let Some(item) = body.strip_prefix("- ")
                    && (item.contains(": ") || item.trim_end().ends_with(':'))
                {
                    indent += INDENT;
                    body = item;
                }
                let value = body.split(" #").next().unwrap_or(body).trim_end();
                value.ends_with(':')
                    || [": |", ": >", ": |-", ": >-", ": |+", ": >+"]
                        .iter()
                        .any(|header| value.ends_with(header))
            }
        };
        if opens { indent + INDENT } else { indent }
    }

    /// Whether only whole levels of indent are before the cursor, so that backspace removes a
    /// level.
    fn is_in_indent(&self) -> bool {
        let before = self.before_cursor();
        !before.is_empty()
            && before.chars().all(|c| c == ' ')
            && self.selection().is_none()
            && before.len().is_multiple_of(INDENT)
    }

    /// Handles tab: indents all selected lines, or moves to the next level.
    fn indent(&mut self, size: Size) -> bool {
        match self.selection() {
            Some((from, to)) if from.0 < to.0 => {
                self.each_selected_line(size, |area| area.insert_str(" ".repeat(INDENT)))
            }
            _ => {
                let column = self.before_cursor().chars().count();
                let blanks = INDENT - column % INDENT;
                self.edit(size, |area| area.insert_str(" ".repeat(blanks)))
            }
        }
    }

    /// Handles shift-tab: removes one level of indent from the current line or all selected lines.
    fn dedent(&mut self, size: Size) -> bool {
        self.each_selected_line(size, |area| {
            let line = area.cursor().0;
            let blanks = area.lines()[line]
                .chars()
                .take(INDENT)
                .take_while(|c| *c == ' ')
                .count();
            blanks > 0 && area.delete_str(blanks)
        })
    }

    /// Makes a change at the beginning of each selected line, or of the cursor's line, and keeps
    /// the lines selected.
    fn each_selected_line(
        &mut self,
        size: Size,
        change: impl Fn(&mut TextArea<'static>) -> bool,
    ) -> bool {
        let cursor = self.cursor();
        let selection = self.selection();
        let (first, last) = match selection {
            // A line of which nothing is selected but its beginning is not meant.
            Some((from, to)) => (from.0, if to.1 == 0 { to.0 - 1 } else { to.0 }),
            None => (cursor.0, cursor.0),
        };
        self.recorded(|editor| editor.change_lines(first, last, selection.is_some(), size, change))
    }

    /// Makes a change at the beginning of each given line, and keeps cursor and selection.
    fn change_lines(
        &mut self,
        first: usize,
        last: usize,
        is_selected: bool,
        size: Size,
        change: impl Fn(&mut TextArea<'static>) -> bool,
    ) -> bool {
        let cursor = self.cursor();
        self.area.cancel_selection();
        let length = |editor: &Self| editor.lines()[cursor.0].chars().count();
        let before = length(self);
        let mut has_changed = false;
        for line in first..=last {
            self.jump(line, 0);
            has_changed |= self.edit_unrecorded(size, &change);
        }
        if is_selected {
            self.jump(first, 0);
            self.area.start_selection();
            let end = self.lines()[last].chars().count();
            self.jump(last, end);
        } else {
            let column = (cursor.1 + length(self)).saturating_sub(before);
            self.jump(cursor.0, column);
        }
        self.follow_cursor(size);
        has_changed
    }
}
