//! A text that a person types into a form: one line, or several that are shown in one.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::base::text::{sanitised, width_cells};
use crate::tui::notices::Notice;

/// A text with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextField {
    text: String,
    /// Where the next character goes, in bytes; always between two grapheme clusters.
    cursor: usize,
    /// Whether the text may have line breaks.
    takes_lines: bool,
    /// Whether all of it is selected: what is typed next replaces it.
    is_selected: bool,
}

impl TextField {
    /// A field that holds a text, the cursor at its end.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            cursor: text.len(),
            text,
            takes_lines: false,
            is_selected: false,
        }
    }

    /// A field whose text is selected: the next letter replaces it.
    pub(crate) fn selected(text: impl Into<String>) -> Self {
        let field = Self::new(text);
        Self {
            is_selected: !field.text.is_empty(),
            ..field
        }
    }

    /// Selects all of the text, so that the next letter replaces it.
    pub(crate) fn select_all(&mut self) {
        self.cursor = self.text.len();
        self.is_selected = !self.text.is_empty();
    }

    /// Selects nothing: the next letter comes in at the cursor.
    pub(crate) fn select_none(&mut self) {
        self.is_selected = false;
    }

    /// A field whose text may have line breaks, the cursor at its end.
    pub(crate) fn of_lines(text: impl Into<String>) -> Self {
        Self {
            takes_lines: true,
            ..Self::new(text)
        }
    }

    /// Whether the text may have line breaks.
    pub(crate) const fn takes_lines(&self) -> bool {
        self.takes_lines
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Takes a key, with those of a shell's line among them. Returns whether the text has changed.
    pub(crate) fn input(&mut self, key: KeyEvent) -> bool {
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_word = key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let was_selected = std::mem::take(&mut self.is_selected);
        match key.code {
            KeyCode::Backspace | KeyCode::Delete if was_selected => {
                return self.delete(0..self.text.len());
            }
            KeyCode::Char(character) if !is_word => {
                if was_selected {
                    self.delete(0..self.text.len());
                }
                let mut bytes = [0; 4];
                self.insert(character.encode_utf8(&mut bytes));
                return true;
            }
            KeyCode::Char('u') if has_control => return self.delete(0..self.cursor),
            KeyCode::Char('k') if has_control => return self.delete(self.cursor..self.text.len()),
            KeyCode::Char('w') if has_control => {
                return self.delete(self.word_before()..self.cursor);
            }
            KeyCode::Backspace if is_word => return self.delete(self.word_before()..self.cursor),
            KeyCode::Backspace => return self.delete(self.before()..self.cursor),
            KeyCode::Delete => return self.delete(self.cursor..self.after()),
            KeyCode::Left => {
                self.cursor = if is_word {
                    self.word_before()
                } else {
                    self.before()
                }
            }
            KeyCode::Right => {
                self.cursor = if is_word {
                    self.word_after()
                } else {
                    self.after()
                }
            }
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => {}
        }
        false
    }

    /// Takes a pasted text in at the cursor, without control characters. A field of one line takes the
    /// first line that is not empty; a notice says what is left out.
    pub(crate) fn paste(&mut self, text: &str) -> Option<Notice> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if std::mem::take(&mut self.is_selected) {
            self.delete(0..self.text.len());
        }
        if self.takes_lines {
            self.insert(&text);
            return None;
        }
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        self.insert(lines.next().unwrap_or_default());
        let words = match lines.count() {
            0 => return None,
            1 => "this field has one line: the second line was not pasted".to_owned(),
            more => format!("this field has one line: {more} more lines were not pasted"),
        };
        Some(Notice::warning(words))
    }

    /// Puts a text in at the cursor, without control characters.
    pub(crate) fn insert(&mut self, text: &str) {
        let text = sanitised(text).replace('\t', " ");
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    /// Writes another text over this one.
    pub(crate) fn set_text(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.cursor = self.text.len();
        self.is_selected = false;
    }

    /// Takes a part out that begins or ends at the cursor. Returns whether there was anything in it.
    fn delete(&mut self, part: Range<usize>) -> bool {
        self.cursor = part.start;
        self.text.replace_range(part.clone(), "");
        !part.is_empty()
    }

    fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    fn before(&self) -> usize {
        let cluster = self.parts().0.graphemes(true).next_back();
        self.cursor - cluster.map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let cluster = self.parts().1.graphemes(true).next();
        self.cursor + cluster.map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let mut words = self.parts().0.unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    fn word_after(&self) -> usize {
        let mut words = self.parts().1.unicode_word_indices();
        let end = words.next().map(|(at, word)| at + word.len());
        end.map_or(self.text.len(), |end| self.cursor + end)
    }

    /// Draws the text in one line, moved so far to the left that the cursor is in view. Returns
    /// where the cursor stands.
    pub(crate) fn draw(&self, area: Rect, style: Style, buffer: &mut Buffer) -> Position {
        self.draw_with(" ", area, style, buffer)
    }

    /// Draws the text in one line, with a sign of one cell for each line break.
    pub(crate) fn draw_with(
        &self,
        line_break: &str,
        area: Rect,
        style: Style,
        buffer: &mut Buffer,
    ) -> Position {
        let room = usize::from(area.width).saturating_sub(1);
        let before = self.parts().0.replace('\n', line_break);
        let whole = self.text.replace('\n', line_break);
        let mut start = 0;
        let mut column = width_cells(&before);
        for cluster in before.graphemes(true) {
            if column <= room {
                break;
            }
            column -= width_cells(cluster);
            start += cluster.len();
        }
        let (_, shown) = whole.split_at(start);
        let style = if self.is_selected {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        };
        buffer.set_stringn(area.x, area.y, shown, area.width.into(), style);
        Position::new(area.x + u16::try_from(column).unwrap_or(0), area.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types keys into a text whose cursor is `|`.
    #[track_caller]
    fn check(before: &str, keys: &[&str], after: &str) {
        let (left, right) = before.split_once('|').unwrap();
        let mut field = TextField {
            text: format!("{left}{right}"),
            cursor: left.len(),
            takes_lines: false,
            is_selected: false,
        };
        for key in keys {
            let (modifiers, name) = match key.split_once('-') {
                Some(("ctrl", name)) => (KeyModifiers::CONTROL, name),
                _ => (KeyModifiers::NONE, *key),
            };
            let code = match name {
                "left" => KeyCode::Left,
                "right" => KeyCode::Right,
                "home" => KeyCode::Home,
                "end" => KeyCode::End,
                "bs" => KeyCode::Backspace,
                "del" => KeyCode::Delete,
                other => KeyCode::Char(other.chars().next().unwrap()),
            };
            field.input(KeyEvent::new(code, modifiers));
        }
        let (left, right) = field.parts();
        assert_eq!(format!("{left}|{right}"), after);
    }

    #[test]
    fn typing_moving_and_deleting() {
        check("a|c", &["b"], "ab|c");
        check("日本|", &["bs"], "日|");
        check("e\u{301}|x", &["bs"], "|x");
        check("|ab", &["del"], "|b");
        check("one two|three", &["ctrl-u"], "|three");
        check("one two|three", &["ctrl-k"], "one two|");
        check("one two|three", &["ctrl-w"], "one |three");
        check("one two|", &["ctrl-left"], "one |two");
        check("one two|", &["ctrl-bs"], "one |");
        check("|one two", &["ctrl-right"], "one| two");
        check("ab|", &["home", "x", "end", "y"], "xaby|");
        check("|", &["left", "bs", "del", "right"], "|");
    }

    #[test]
    fn what_is_typed_replaces_what_is_selected() {
        let press = |field: &mut TextField, code| {
            field.input(KeyEvent::new(code, KeyModifiers::NONE));
        };
        let mut field = TextField::selected("rain");
        press(&mut field, KeyCode::Char('s'));
        press(&mut field, KeyCode::Char('u'));
        assert_eq!(field.text(), "su");
        field.select_all();
        press(&mut field, KeyCode::Backspace);
        assert_eq!(field.text(), "");
        let mut field = TextField::selected("rain");
        press(&mut field, KeyCode::End);
        press(&mut field, KeyCode::Char('y'));
        assert_eq!(field.text(), "rainy");
        field.select_all();
        field.paste("snow");
        assert_eq!(field.text(), "snow");
    }

    #[test]
    fn lines_stay_lines_where_a_field_takes_them_and_are_told_where_it_does_not() {
        let mut field = TextField::of_lines("a");
        assert_eq!(field.paste("b\r\nc\rd\n"), None);
        assert_eq!(field.text(), "ab\nc\nd\n");
        let mut buffer = Buffer::empty(Rect::new(0, 0, 9, 1));
        let cursor = field.draw_with("$", buffer.area, Style::new(), &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["ab$c$d$  "]));
        assert_eq!(cursor, Position::new(7, 0));

        let mut field = TextField::new("");
        assert_eq!(field.paste("\ncities.csv\n"), None);
        assert_eq!(field.text(), "cities.csv");
        let left_out = field.paste(" x\ny\nz\n").unwrap();
        assert_eq!(field.text(), "cities.csv x");
        assert_eq!(
            left_out.text,
            "this field has one line: 2 more lines were not pasted"
        );
    }

    #[test]
    fn a_long_text_is_moved_until_the_cursor_is_in_view() {
        let field = TextField::new("日本語abc");
        let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 1));
        let cursor = field.draw(buffer.area, Style::new(), &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["abc  "]));
        assert_eq!(cursor, Position::new(3, 0));
    }
}
