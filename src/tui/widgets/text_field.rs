//! An editable text in a form: one line, or several that are shown in one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;

use crate::base::text::{sanitised, width_cells};
use crate::tui::notices::Notice;
use crate::tui::widgets::text_keys::is_of_words;

/// A text with a cursor.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextField {
    input: Input,
    /// Whether the text may have line breaks.
    takes_lines: bool,
    /// Whether all of the text is selected, so that the next typing replaces it.
    is_selected: bool,
}

impl TextField {
    /// Makes a field with a text and the cursor at its end.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            input: Input::new(text.into()),
            takes_lines: false,
            is_selected: false,
        }
    }

    /// Makes a field whose text is selected, so that the next letter replaces it.
    pub(crate) fn selected(text: impl Into<String>) -> Self {
        let mut field = Self::new(text);
        field.select_all();
        field
    }

    /// Selects all of the text, so that the next letter replaces it.
    pub(crate) fn select_all(&mut self) {
        self.input.handle(InputRequest::GoToEnd);
        self.is_selected = !self.text().is_empty();
    }

    /// Removes the selection, so that the next letter is inserted at the cursor.
    pub(crate) fn select_none(&mut self) {
        self.is_selected = false;
    }

    /// Makes a field whose text may have line breaks, with the cursor at its end.
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
        self.input.value()
    }

    /// Handles a key, including the keys of a shell's line editor. Returns whether the text has
    /// changed.
    pub(crate) fn input(&mut self, key: KeyEvent) -> bool {
        let was_selected = std::mem::take(&mut self.is_selected);
        let Some(request) = request(key) else {
            return false;
        };
        let length = self.text().len();
        if was_selected && writes_over(request) {
            self.input.reset();
        }
        if let InputRequest::InsertChar(character) = request {
            self.insert(character.encode_utf8(&mut [0; 4]));
            return true;
        }
        self.input.handle(request);
        // What it answers says so, too, where there was nothing to delete.
        self.text().len() != length
    }

    /// Inserts pasted text at the cursor, without control characters. A field of one line takes
    /// only the first line that is not empty; the returned notice says what was left out.
    pub(crate) fn paste(&mut self, text: &str) -> Option<Notice> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if std::mem::take(&mut self.is_selected) {
            self.input.reset();
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

    /// Inserts a text at the cursor, without control characters.
    pub(crate) fn insert(&mut self, text: &str) {
        let text = sanitised(text).replace('\t', " ");
        // At once: letter by letter a long text would be copied as often as it has letters.
        let (before, after) = self.parts();
        let whole = [before, &text, after].concat();
        let cursor = self.input.cursor() + text.chars().count();
        self.input = std::mem::take(&mut self.input)
            .with_value(whole)
            .with_cursor(cursor);
    }

    /// Replaces the text.
    pub(crate) fn set_text(&mut self, text: impl Into<String>) {
        self.input = Input::new(text.into());
        self.is_selected = false;
    }

    /// Returns the text before and after the cursor.
    fn parts(&self) -> (&str, &str) {
        let text = self.text();
        let mut places = text.char_indices().map(|(at, _)| at);
        text.split_at(places.nth(self.input.cursor()).unwrap_or(text.len()))
    }

    /// Draws the text in one line, scrolled so that the cursor is visible. Returns the cursor
    /// position.
    pub(crate) fn draw(&self, area: Rect, style: Style, buffer: &mut Buffer) -> Position {
        self.draw_with(" ", area, style, buffer)
    }

    /// Draws the text in one line, with a symbol one cell wide for each line break.
    pub(crate) fn draw_with(
        &self,
        line_break: &str,
        area: Rect,
        style: Style,
        buffer: &mut Buffer,
    ) -> Position {
        let (start, column) = self.view(area);
        let (_, shown) = self.text().split_at(start);
        let shown = shown.replace('\n', line_break);
        let style = if self.is_selected {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        };
        buffer.set_stringn(area.x, area.y, shown, area.width.into(), style);
        Position::new(area.x + u16::try_from(column).unwrap_or(0), area.y)
    }

    /// Returns the first visible byte, and the cursor's column in the area.
    fn view(&self, area: Rect) -> (usize, usize) {
        let room = usize::from(area.width).saturating_sub(1);
        let before = self.parts().0.replace('\n', " ");
        let mut start = 0;
        let mut column = width_cells(&before);
        for cluster in before.graphemes(true) {
            if column <= room {
                break;
            }
            column -= width_cells(cluster);
            start += cluster.len();
        }
        (start, column)
    }

    /// Moves the cursor before the clicked letter in the area of the text; behind the text, to its
    /// end.
    pub(crate) fn click(&mut self, column: u16, area: Rect) {
        self.is_selected = false;
        let (start, _) = self.view(area);
        let clicked = usize::from(column.saturating_sub(area.x));
        let text = self.text().replace('\n', " ");
        let (hidden, shown) = text.split_at(start);
        let (mut cells, mut at) = (0, hidden.chars().count());
        for cluster in shown.graphemes(true) {
            cells += width_cells(cluster);
            if cells > clicked {
                break;
            }
            at += cluster.chars().count();
        }
        self.input = std::mem::take(&mut self.input).with_cursor(at);
    }
}

/// Returns the edit request for a key; `None` for a key without effect on the text.
fn request(key: KeyEvent) -> Option<InputRequest> {
    let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match (key.code, is_of_words(key)) {
        (KeyCode::Char(character), false) => InputRequest::InsertChar(character),
        (KeyCode::Char('u'), _) if has_control => InputRequest::DeleteFromStart,
        (KeyCode::Char('k'), _) if has_control => InputRequest::DeleteTillEnd,
        (KeyCode::Char('w'), _) if has_control => InputRequest::DeletePrevWord,
        (KeyCode::Backspace, true) => InputRequest::DeletePrevWord,
        (KeyCode::Backspace, false) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, true) => InputRequest::DeleteNextWord,
        (KeyCode::Delete, false) => InputRequest::DeleteNextChar,
        (KeyCode::Left, true) => InputRequest::GoToPrevWord,
        (KeyCode::Left, false) => InputRequest::GoToPrevChar,
        (KeyCode::Right, true) => InputRequest::GoToNextWord,
        (KeyCode::Right, false) => InputRequest::GoToNextChar,
        (KeyCode::Home, _) => InputRequest::GoToStart,
        (KeyCode::End, _) => InputRequest::GoToEnd,
        _ => return None,
    })
}

/// Whether a request replaces the whole text if all of it is selected.
const fn writes_over(request: InputRequest) -> bool {
    matches!(
        request,
        InputRequest::InsertChar(_)
            | InputRequest::DeletePrevChar
            | InputRequest::DeleteNextChar
            | InputRequest::DeletePrevWord
            | InputRequest::DeleteNextWord
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types keys into a text whose cursor is `|`.
    #[track_caller]
    fn check(before: &str, keys: &[&str], after: &str) {
        let (left, right) = before.split_once('|').unwrap();
        let mut field = TextField::new(format!("{left}{right}"));
        field.input = field.input.with_cursor(left.chars().count());
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
        check("flows/a-b.yaml|", &["ctrl-w"], "flows/a-|");
        check("one two|", &["ctrl-bs"], "one |");
        check("|one two", &["ctrl-right"], "one |two");
        check("|one two", &["ctrl-del"], "|two");
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
    fn a_click_puts_the_cursor_before_the_letter_that_is_there() {
        let area = Rect::new(10, 0, 9, 1);
        let clicked = |text: &str, column| {
            let mut field = TextField::of_lines(text);
            field.click(column, area);
            let (left, right) = field.parts();
            format!("{left}|{right}")
        };
        assert_eq!(clicked("one two", 14), "one |two");
        assert_eq!(clicked("one", 18), "one|");
        assert_eq!(clicked("日本e\u{301}x", 12), "日|本e\u{301}x");
        assert_eq!(clicked("日本e\u{301}x", 13), "日|本e\u{301}x");
        assert_eq!(clicked("日本e\u{301}x", 15), "日本e\u{301}|x");
        assert_eq!(clicked("a\nb", 12), "a\n|b");
        // Of a text that is too long its end is shown: `56789abc`.
        assert_eq!(clicked("0123456789abc", 11), "012345|6789abc");
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
