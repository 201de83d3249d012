//! The keys of multi-line texts, the same everywhere.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// Makes a text area with a text, wrapped between words.
pub(crate) fn text_area(text: &str) -> Box<TextArea<'static>> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.set_wrap_mode(tui_textarea::WrapMode::WordOrGlyph);
    Box::new(area)
}

/// Returns the movement of a cursor key.
pub(crate) fn movement(key: KeyEvent) -> Option<CursorMove> {
    Some(match (key.code, is_of_words(key)) {
        (KeyCode::Left, false) => CursorMove::Back,
        (KeyCode::Left, true) => CursorMove::WordBack,
        (KeyCode::Right, false) => CursorMove::Forward,
        (KeyCode::Right, true) => CursorMove::WordForward,
        (KeyCode::Up, false) => CursorMove::Up,
        (KeyCode::Up, true) => CursorMove::ParagraphBack,
        (KeyCode::Down, false) => CursorMove::Down,
        (KeyCode::Down, true) => CursorMove::ParagraphForward,
        (KeyCode::Home, false) => CursorMove::Head,
        (KeyCode::Home, true) => CursorMove::Top,
        (KeyCode::End, false) => CursorMove::End,
        (KeyCode::End, true) => CursorMove::Bottom,
        _ => return None,
    })
}

/// Moves the cursor; shift extends the selection.
pub(crate) fn move_cursor(area: &mut TextArea<'static>, movement: CursorMove, key: KeyEvent) {
    if !key.modifiers.contains(KeyModifiers::SHIFT) {
        area.cancel_selection();
    } else if !area.is_selecting() {
        area.start_selection();
    }
    // The first line is gone to in its column, and a text has its ends elsewhere.
    let within_line = match movement {
        CursorMove::Top => Some(CursorMove::Head),
        CursorMove::Bottom => Some(CursorMove::End),
        _ => None,
    };
    area.move_cursor(movement);
    if let Some(movement) = within_line {
        area.move_cursor(movement);
    }
}

/// Returns the deletion for a key: of a character, a word, or the rest of a line in either
/// direction.
pub(crate) fn deletion(key: KeyEvent) -> Option<fn(&mut TextArea<'static>) -> bool> {
    let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('k') if has_control => TextArea::delete_line_by_end,
        KeyCode::Char('u') if has_control => TextArea::delete_line_by_head,
        KeyCode::Char('w') if has_control => TextArea::delete_word,
        KeyCode::Backspace if is_of_words(key) => TextArea::delete_word,
        KeyCode::Backspace => TextArea::delete_char,
        KeyCode::Delete if has_control => TextArea::delete_next_word,
        KeyCode::Delete => TextArea::delete_next_char,
        _ => return None,
    })
}

/// Handles a key in a text without automatic indent.
pub(crate) fn input(area: &mut TextArea<'static>, key: KeyEvent) {
    if let Some(movement) = movement(key) {
        move_cursor(area, movement, key);
    } else if let Some(delete) = deletion(key) {
        delete(area);
    } else if matches!(key.code, KeyCode::PageUp | KeyCode::PageDown) {
        area.input(key);
    } else {
        // The widget has keys of its own, that nothing else here knows.
        area.input_without_shortcuts(key);
    }
}

/// Whether a key moves or deletes by words instead of characters.
pub(crate) const fn is_of_words(key: KeyEvent) -> bool {
    key.modifiers
        .intersects(KeyModifiers::CONTROL.union(KeyModifiers::ALT))
}
