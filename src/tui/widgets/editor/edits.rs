//! Edits by byte ranges of the text, made as one undo step.

use std::ops::Range;
use std::sync::Arc;

use ratatui::layout::Size;

use super::Editor;
use crate::spec::assist::{TextEdit, apply};

impl Editor {
    /// Returns the byte position of the cursor.
    pub(crate) fn cursor_byte(&self) -> usize {
        let (line, column) = self.cursor();
        self.byte_of(line, column)
    }

    /// Returns the byte position of a character of a line (both from 0, limited to the text).
    pub(crate) fn byte_of(&self, line: usize, column: usize) -> usize {
        let separator = self.separator_bytes();
        let before: usize = self
            .lines()
            .iter()
            .take(line)
            .map(|line| line.len() + separator)
            .sum();
        let text = self.lines().get(line).map_or("", String::as_str);
        let within = text
            .char_indices()
            .nth(column)
            .map_or(text.len(), |(at, _)| at);
        (self.mark_bytes() + before + within).min(self.text.len())
    }

    /// Returns line and character of a byte position, from 0.
    pub(crate) fn position_of(&self, byte: usize) -> (usize, usize) {
        position_in(&self.text, byte)
    }

    /// Returns the byte positions at which the lines begin.
    pub(super) fn line_starts(&self) -> Vec<usize> {
        let separator = self.separator_bytes();
        let mut at = self.mark_bytes();
        let lines = self.lines().iter();
        lines
            .map(|line| {
                let start = at;
                at += line.len() + separator;
                start
            })
            .collect()
    }

    /// Returns the length of a line's end, in bytes.
    const fn separator_bytes(&self) -> usize {
        if self.layout_of_file.is_crlf { 2 } else { 1 }
    }

    /// Returns the length of the byte-order mark, which is part of the text but not of its lines,
    /// in bytes.
    const fn mark_bytes(&self) -> usize {
        if self.layout_of_file.has_byte_order_mark {
            '\u{feff}'.len_utf8()
        } else {
            0
        }
    }

    /// Makes edits to the present text as one undo step, and moves the cursor to a byte position of
    /// the changed text. Returns whether the text has changed.
    pub(crate) fn apply_edits(&mut self, edits: &[TextEdit], cursor: usize, size: Size) -> bool {
        let text = self.text.clone();
        let changed = apply(&text, edits);
        let (Some(start), Some(end)) = (
            edits.iter().map(|edit| edit.range.start).min(),
            edits.iter().map(|edit| edit.range.end).max(),
        ) else {
            return false;
        };
        let kept_after = text.len().saturating_sub(end);
        let piece = changed.get(start..changed.len().saturating_sub(kept_after));
        let piece = piece.unwrap_or_default();
        if self.is_read_only || text.get(start..end).is_none_or(|old| old == piece) {
            return false;
        }
        let piece = piece.to_owned();
        self.end_step();
        self.recorded(|editor| {
            editor.replace(start..end, &piece, size);
            let (line, column) = position_in(&changed, cursor);
            editor.area.cancel_selection();
            editor.jump(line, column);
            editor.follow_cursor(size);
            true
        });
        self.end_step();
        true
    }

    /// Undoes the last step.
    pub(crate) fn undo(&mut self, size: Size) -> bool {
        if self.is_read_only {
            return false;
        }
        let Some(step) = self.history.undo() else {
            return false;
        };
        self.replace(
            step.start..step.start + step.inserted.len(),
            &step.removed,
            size,
        );
        true
    }

    /// Redoes the last undone step.
    pub(crate) fn redo(&mut self, size: Size) -> bool {
        if self.is_read_only {
            return false;
        }
        let Some(step) = self.history.redo() else {
            return false;
        };
        self.replace(
            step.start..step.start + step.removed.len(),
            &step.inserted,
            size,
        );
        true
    }

    /// Ends the last undo step, so that the next typing is a new one.
    pub(crate) const fn end_step(&mut self) {
        self.history.close();
    }

    /// Makes changes as one undo step.
    pub(crate) fn recorded(&mut self, change: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = Arc::clone(&self.text);
        let has_changed = change(self);
        if has_changed {
            let cursor = self.cursor_byte();
            self.history.record(&before, &self.text, cursor);
        }
        has_changed
    }

    /// Replaces a byte range of the text without an undo step; the cursor is moved behind it.
    fn replace(&mut self, bytes: Range<usize>, piece: &str, size: Size) {
        let (from, to) = (self.position_of(bytes.start), self.position_of(bytes.end));
        self.select(from, to, size);
        self.edit_unrecorded(size, |area| {
            area.insert_str(piece);
            true
        });
    }
}

/// Returns line and character of a byte position of a text, from 0; a byte-order mark is no
/// character.
fn position_in(text: &str, byte: usize) -> (usize, usize) {
    let before = text
        .get(..text.floor_char_boundary(byte))
        .unwrap_or_default();
    let line = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default();
    let last = last.strip_prefix('\u{feff}').unwrap_or(last);
    (line, last.chars().filter(|c| *c != '\r').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Format;

    const SIZE: Size = Size::new(40, 10);

    fn edited(text: &str, edits: &[TextEdit], cursor: usize) -> Editor {
        let mut editor = Editor::new(text, Format::Yaml);
        assert!(editor.apply_edits(edits, cursor, SIZE));
        editor
    }

    #[test]
    fn edits_are_one_step_of_undo_and_leave_the_cursor_where_it_belongs() {
        for (text, edits, cursor, expected, at) in [
            (
                "a: 1\nb: 2\n",
                vec![TextEdit::replace(0..1, "key"), TextEdit::replace(5..6, "c")],
                7,
                "key: 1\nc: 2\n",
                (1, 0),
            ),
            (
                "ab",
                vec![TextEdit::insert(1, "\n  é")],
                5,
                "a\n  éb",
                (1, 2),
            ),
            ("a\nb\nc", vec![TextEdit::remove(1..4)], 1, "ac", (0, 1)),
            (
                "\u{feff}a\r\nb\r\n",
                vec![TextEdit::replace(6..7, "x\ny")],
                7,
                "\u{feff}a\r\nx\r\ny\r\n",
                (1, 1),
            ),
        ] {
            let mut editor = edited(text, &edits, cursor);
            assert_eq!(&**editor.text(), expected);
            assert_eq!(editor.cursor(), at, "{text}");
            assert!(editor.undo(SIZE));
            assert_eq!(&**editor.text(), text);
            assert!(editor.redo(SIZE));
            assert_eq!(&**editor.text(), expected);
        }
    }

    #[test]
    fn bytes_and_positions_are_the_same_places() {
        let editor = Editor::new("\u{feff}é: 1\r\nb: 天x\r\n", Format::Yaml);
        for (line, column, byte) in [(0, 0, 3), (0, 1, 5), (1, 0, 10), (1, 4, 16), (9, 9, 19)] {
            assert_eq!(editor.byte_of(line, column), byte, "{line}:{column}");
        }
        assert_eq!(editor.position_of(16), (1, 4));
    }

    #[test]
    fn what_is_typed_around_edits_is_taken_back_by_itself() {
        let mut editor = edited("abc", &[TextEdit::replace(0..1, "xyz")], 3);
        assert!(editor.paste("1", SIZE));
        assert!(editor.undo(SIZE));
        assert_eq!(&**editor.text(), "xyzbc");
        assert!(editor.undo(SIZE));
        assert_eq!(&**editor.text(), "abc");
        assert!(!editor.undo(SIZE));
    }
}
