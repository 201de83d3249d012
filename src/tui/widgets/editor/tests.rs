use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use pretty_assertions::assert_eq;

use super::*;

const SIZE: Size = Size::new(40, 10);

/// The event of a key as it is written: `ctrl-left`, `shift-down`, `enter`, `x`.
fn key(text: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut name = text;
    for (prefix, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(rest) = name.strip_prefix(prefix) {
            modifiers |= modifier;
            name = rest;
        }
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "tab" => KeyCode::Tab,
        "bs" => KeyCode::Backspace,
        "del" => KeyCode::Delete,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "space" => KeyCode::Char(' '),
        other => KeyCode::Char(other.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

/// An editor on a text whose cursor is `|`.
fn editor(text: &str, format: Format) -> Editor {
    let at = text.find('|').unwrap();
    let (before, _) = text.split_at(at);
    let mut editor = Editor::new(&text.replacen('|', "", 1), format);
    let column = before.rsplit('\n').next().unwrap().chars().count();
    editor.go_to(before.matches('\n').count(), column, SIZE);
    editor
}

/// The text with `|` at the cursor.
fn shown(editor: &Editor) -> String {
    let (line, column) = editor.cursor();
    let mut lines: Vec<String> = editor.lines().to_vec();
    let at = lines[line]
        .char_indices()
        .nth(column)
        .map_or(lines[line].len(), |(at, _)| at);
    lines[line].insert(at, '|');
    lines.join("\n")
}

#[track_caller]
fn check_in(format: Format, before: &str, keys: &str, after: &str) {
    let mut editor = editor(before, format);
    for name in keys.split_whitespace() {
        editor.input(key(name), SIZE);
    }
    assert_eq!(shown(&editor), after);
    assert_eq!(&*editor.text().clone(), after.replacen('|', "", 1));
}

#[track_caller]
fn check(before: &str, keys: &str, after: &str) {
    check_in(Format::Yaml, before, keys, after);
}

#[test]
fn typing_and_moving() {
    check("|", "a b enter c", "ab\nc|");
    check("日|", "本 left bs", "|本");
    check("one two|", "ctrl-left ctrl-bs", "|two");
    check("a\nb|", "up home del", "|\nb");
    check("one\ntwo|\nthree", "ctrl-home x", "x|one\ntwo\nthree");
    check("one\ntwo|\nthree", "ctrl-end x", "one\ntwo\nthreex|");
    check("|abc", "shift-right shift-right x", "x|c");
    check("a|\nb", "del", "a|b");
}

#[test]
fn a_new_line_is_indented_as_the_text_wants_it() {
    check("a: 1|", "enter b", "a: 1\nb|");
    check("  a: 1|", "enter b", "  a: 1\n  b|");
    check("a:|", "enter b", "a:\n  b|");
    check("- a: 1|", "enter b", "- a: 1\n  b|");
    check("- a|", "enter b", "- a\nb|");
    check("  - name: x|", "enter b", "  - name: x\n    b|");
    check_in(Format::Json, "{|", "enter \"", "{\n  \"|");
    check_in(
        Format::Json,
        "  \"a\": 1,|",
        "enter \"",
        "  \"a\": 1,\n  \"|",
    );
}

#[test]
fn a_block_scalar_opens_a_level() {
    let mut editor = Editor::new("prompt: >-", Format::Yaml);
    editor.go_to(0, 99, SIZE);
    editor.input(key("enter"), SIZE);
    assert_eq!(editor.lines(), ["prompt: >-", "  "]);
}

#[test]
fn tab_and_backspace_go_by_levels() {
    check("|a", "tab", "  |a");
    check(" |a", "tab", "  |a");
    check("    |a", "bs", "  |a");
    check("   |a", "bs", "  |a");
    check("  a|", "shift-tab", "a|");
    check(" a|", "shift-tab", "a|");
}

#[test]
fn tab_moves_all_selected_lines() {
    let mut editor = editor("|a\nb\nc", Format::Yaml);
    for name in ["shift-down", "shift-down", "tab"] {
        editor.input(key(name), SIZE);
    }
    assert_eq!(editor.lines(), ["  a", "  b", "c"]);
    editor.input(key("shift-tab"), SIZE);
    assert_eq!(editor.lines(), ["a", "b", "c"]);
}

#[test]
fn undo_goes_back_to_the_text_as_it_was_and_redo_forward() {
    let mut editor = editor("a|", Format::Yaml);
    editor.input(key("b"), SIZE);
    editor.input(key("enter"), SIZE);
    editor.paste("x\r\ny\u{202e}", SIZE);
    assert_eq!(&**editor.text(), "ab\nx\ny");
    while editor.undo(SIZE) {}
    assert_eq!(&**editor.text(), "a");
    while editor.redo(SIZE) {}
    assert_eq!(&**editor.text(), "ab\nx\ny");
}

#[test]
fn what_is_cut_can_be_put_in_again() {
    let mut editor = editor("ab|c\nd", Format::Yaml);
    editor.select((0, 1), (1, 0), SIZE);
    assert_eq!(editor.cut(SIZE).as_deref(), Some("bc\n"));
    assert_eq!(shown(&editor), "a|d");
    assert!(editor.paste_copied(SIZE));
    assert_eq!(shown(&editor), "abc\n|d");
}

#[test]
fn line_ends_and_byte_order_mark_are_kept() {
    let mut editor = Editor::new("\u{feff}a\r\nb\r\n", Format::Yaml);
    assert_eq!(editor.lines(), ["a", "b", ""]);
    editor.input(key("x"), SIZE);
    assert_eq!(&**editor.text(), "\u{feff}xa\r\nb\r\n");
    assert!(
        Editor::new("a\r\nb\n", Format::Yaml).is_read_only(),
        "mixed ends"
    );
}

#[test]
fn long_texts_are_shown_but_not_edited() {
    let text = "a: 1\n".repeat(MAX_EDITED_LINES + 1);
    let mut editor = Editor::new(&text, Format::Yaml);
    assert!(!editor.input(key("x"), SIZE));
    assert_eq!(**editor.text(), *text);
    editor.go_to(MAX_EDITED_LINES, 0, SIZE);
    assert_eq!(editor.cursor().0, MAX_EDITED_LINES);
}

#[test]
fn a_jump_reaches_every_line() {
    let editor_lines = 70_000;
    let mut editor = Editor::new(&"a\n".repeat(editor_lines), Format::Yaml);
    editor.go_to(69_999, 0, SIZE);
    assert_eq!(editor.cursor().0, 69_999);
}

#[test]
fn finding_and_replacing() {
    let mut editor = editor("|Name: name\nfirst_name: x", Format::Yaml);
    let found = editor.find_all("name");
    let at = |line, start| Match {
        line,
        start,
        end: start + 4,
    };
    assert_eq!(found, [at(0, 0), at(0, 6), at(1, 6)]);
    assert_eq!(editor.find_all("Name"), [at(0, 0)]);
    assert_eq!(editor.find_all(""), []);
    assert_eq!(editor.replace_all(&found, "id", SIZE), 3);
    assert_eq!(&**editor.text(), "id: id\nfirst_id: x");
}

#[test]
fn lines_are_cut_after_blanks_and_clusters_stay_whole() {
    let check = |line, width, cuts: &[usize]| {
        let rows = layout::wrapped(line, width, 0);
        let ends: Vec<usize> = rows.iter().map(|row| row.end).collect();
        assert_eq!(ends, cuts);
        assert!(rows.windows(2).all(|pair| pair[0].end == pair[1].start));
    };
    check("", 5, &[0]);
    check("one two three", 8, &[8, 13]);
    check("abcdefgh", 3, &[3, 6, 8]);
    check("日本語", 4, &[2, 3]);
    check("ae\u{301}o", 2, &[3, 4]);
}

#[test]
fn remarks_stay_with_their_lines_while_one_types_above() {
    let mut editor = editor("a|\nb\nc", Format::Yaml);
    let mark = |line| Mark {
        line,
        start: 0,
        end: 1,
        text: "wrong".to_owned(),
        role: Role::Error,
    };
    editor.set_marks(vec![mark(2), mark(1)]);
    editor.input(key("enter"), SIZE);
    assert_eq!(editor.marks, [mark(2), mark(3)]);
    editor.input(key("bs"), SIZE);
    assert_eq!(editor.marks, [mark(1), mark(2)]);
}

#[test]
fn the_view_follows_the_cursor_over_wrapped_lines_and_remarks() {
    let text = "word ".repeat(30);
    let mut editor = Editor::new(&format!("{text}\n").repeat(20), Format::Yaml);
    for line in 0..20 {
        editor.go_to(line, 149, SIZE);
        let rows = editor.visible(SIZE);
        let holds = |row: &layout::Row| matches!(row, layout::Row::Text(row) if row.line == line && row.characters.end >= 149);
        assert!(rows.iter().any(holds), "line {line} is in view");
        assert!(rows.len() <= 10);
    }
    editor.wheel(-1_000, SIZE);
    assert_eq!(editor.scroll, Scroll::default());
}

#[test]
fn a_click_finds_the_character_under_it() {
    let editor = Editor::new("日本: x\nab", Format::Yaml);
    let area = ratatui::layout::Rect::new(10, 5, 40, 10);
    let at = |x, y| position_at(&editor, area, ratatui::layout::Position::new(x, y));
    // The gutter is four cells wide.
    assert_eq!(at(14, 5), (0, 0));
    assert_eq!(at(15, 5), (0, 0));
    assert_eq!(at(16, 5), (0, 1));
    assert_eq!(at(49, 5), (0, 5));
    assert_eq!(at(15, 6), (1, 1));
    assert_eq!(at(15, 14), (1, 1));
    assert_eq!(at(11, 6), (1, 0));
}
