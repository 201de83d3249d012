//! Repair of JSON: inserts what is missing and blanks what can't be read. Valid JSON stays
//! unchanged.

use serde_json::Number;

use super::{Draft, MARK};

/// Repairs a JSON text. Also returns the byte of the marker letter in the repaired text; `None`
/// without a cursor, or if the cursor is in a comment.
pub(super) fn mended(text: &str, cursor: Option<usize>) -> (Draft, Option<usize>) {
    let mut mender = Mender {
        text,
        at: 0,
        draft: Draft::default(),
        open: Vec::new(),
        need: Need::Item,
        comma: None,
        cursor,
        mark: None,
    };
    while mender.at < text.len() {
        mender.piece();
    }
    mender.place_cursor();
    while let Some(outer) = mender.open.last() {
        let close = outer.close;
        mender.complete_entry();
        mender.draft.insert(close);
        mender.leave();
    }
    (mender.draft, mender.mark)
}

struct Mender<'t> {
    text: &'t str,
    /// The byte of the next piece.
    at: usize,
    draft: Draft,
    open: Vec<Open>,
    need: Need,
    /// The position of the last comma in the draft, if nothing follows it yet.
    comma: Option<usize>,
    cursor: Option<usize>,
    mark: Option<usize>,
}

/// An open list or object.
struct Open {
    close: &'static str,
    is_object: bool,
}

/// What must come next in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// A key, or the end of the object.
    Key,
    /// The colon after a key.
    Colon,
    /// The value of a key.
    Value,
    /// An item of a list, or the end of the list; also the document itself.
    Item,
    /// A comma, or the end of the list or object.
    Comma,
    /// Nothing, because the document is complete.
    End,
}

impl<'t> Mender<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Processes the next piece of the text.
    fn piece(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        let is_word = |c: char| !c.is_whitespace() && !"{}[],:\"#\\".contains(c);
        if first == '"' {
            self.place_cursor();
            self.string();
        } else if rest.starts_with("//") || first == '#' || rest.starts_with("/*") {
            self.comment();
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            self.word(length);
        } else {
            self.place_cursor();
            match first {
                '{' => self.enter("}", true),
                '[' => self.enter("]", false),
                '}' | ']' => self.close(if first == '}' { "}" } else { "]" }),
                ',' => self.comma(),
                ':' if self.need == Need::Colon => {
                    self.keep(1);
                    self.need = Need::Value;
                }
                _ if first.is_whitespace() => {
                    self.keep(first.len_utf8());
                }
                _ => self.blank(first.len_utf8()),
            }
        }
    }

    fn keep(&mut self, length: usize) {
        let piece = self.rest().get(..length).unwrap_or(self.rest());
        self.draft.keep(piece);
        self.at += piece.len();
    }

    /// Replaces a piece with blanks, keeping its line breaks.
    fn blank(&mut self, length: usize) {
        let piece = self.rest().get(..length).unwrap_or(self.rest());
        let blanks = piece
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' });
        self.draft.text.extend(blanks);
        self.at += piece.len();
    }

    /// Inserts a string that contains only the marker letter, if the cursor is here, between two
    /// pieces.
    fn place_cursor(&mut self) {
        if self.cursor == Some(self.at) && self.need != Need::End {
            self.cursor = None;
            let is_key = self.starts_key(self.at);
            self.before_text(is_key);
            self.mark = Some(self.draft.text.len() + 1);
            self.draft.insert(&format!("\"{MARK}\""));
            self.after_text();
        }
    }

    /// Returns whether a colon comes next after a byte, so that the text before it is a key.
    fn starts_key(&self, at: usize) -> bool {
        let after = self.text.get(at..).unwrap_or_default().trim_start();
        after.starts_with(':')
    }

    /// Inserts what must come before a string, so that the string becomes a key if that is
    /// possible.
    fn before_text(&mut self, is_key: bool) {
        match self.need {
            Need::Colon if is_key => self.draft.insert(": null,"),
            Need::Colon => {
                self.draft.insert(": ");
                self.need = Need::Value;
                return;
            }
            Need::Value if is_key => self.draft.insert("null,"),
            Need::Comma => self.draft.insert(","),
            Need::Key | Need::Value | Need::Item | Need::End => return,
        }
        self.need = self.first_need();
    }

    /// Returns what must come first in the innermost list or object.
    fn first_need(&self) -> Need {
        match self.open.last() {
            Some(Open {
                is_object: true, ..
            }) => Need::Key,
            Some(_) | None => Need::Item,
        }
    }

    /// Updates the state after a string, which was a key or a value.
    fn after_text(&mut self) {
        self.comma = None;
        if self.need == Need::Key {
            self.need = Need::Colon;
        } else {
            self.value_done();
        }
    }

    fn value_done(&mut self) {
        self.comma = None;
        self.need = if self.open.is_empty() {
            Need::End
        } else {
            Need::Comma
        };
    }

    /// Reads a quoted string; an unclosed string ends with its line.
    fn string(&mut self) {
        let body = self.rest().get(1..).unwrap_or_default();
        let line = body.split('\n').next().unwrap_or_default();
        let closing = closing_quote(line);
        let length = closing.unwrap_or(line.trim_end().len());
        if self.need == Need::End {
            return self.blank(1 + length + usize::from(closing.is_some()));
        }
        let end = self.at + 1 + length + usize::from(closing.is_some());
        self.before_text(self.starts_key(end));
        self.keep(1);
        let content_end = self.at + length;
        let mut is_escaped = false;
        while self.at < content_end {
            self.place_letter();
            let rest = self.rest();
            let Some(next) = rest.chars().next() else {
                break;
            };
            let is_valid = next >= ' ' && (next != '\\' || starts_escape(rest));
            if is_escaped || is_valid {
                is_escaped = !is_escaped && next == '\\';
                self.keep(next.len_utf8());
            } else {
                self.blank(next.len_utf8());
            }
        }
        self.place_letter();
        if closing.is_some() {
            self.keep(1);
        } else {
            self.draft.insert("\"");
        }
        self.after_text();
    }

    /// Inserts the marker letter inside a string, if the cursor is here.
    fn place_letter(&mut self) {
        if self.cursor == Some(self.at) {
            self.cursor = None;
            self.mark = Some(self.draft.text.len());
            self.draft.insert(MARK);
        }
    }

    /// Reads unquoted letters. If they are neither a literal nor a number, quotes are inserted
    /// around them.
    fn word(&mut self, length: usize) {
        let end = self.at + length;
        if self.need == Need::End {
            return self.blank(length);
        }
        let word = self.rest().get(..length).unwrap_or_default();
        let has_cursor = self
            .cursor
            .is_some_and(|cursor| (self.at..=end).contains(&cursor));
        self.before_text(self.starts_key(end));
        let is_literal = matches!(word, "true" | "false" | "null")
            || serde_json::from_str::<Number>(word).is_ok();
        if is_literal && !has_cursor && self.need != Need::Key {
            self.keep(length);
            return self.value_done();
        }
        self.draft.insert("\"");
        while self.at < end {
            self.place_letter();
            let next = self.rest().chars().next().map_or(1, char::len_utf8);
            self.keep(next);
        }
        self.place_letter();
        self.draft.insert("\"");
        self.after_text();
    }

    fn comment(&mut self) {
        let rest = self.rest();
        let length = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            rest.find('\n').unwrap_or(rest.len())
        };
        self.blank(length);
    }

    fn enter(&mut self, close: &'static str, is_object: bool) {
        match self.need {
            Need::End => return self.blank(1),
            Need::Colon => self.draft.insert(": "),
            Need::Comma => {
                self.draft.insert(",");
                if self.first_need() == Need::Key {
                    self.draft.insert("\"\": ");
                }
            }
            Need::Key => self.draft.insert("\"\": "),
            Need::Value | Need::Item => {}
        }
        self.comma = None;
        self.keep(1);
        self.open.push(Open { close, is_object });
        self.need = self.first_need();
    }

    /// Inserts what an entry still lacks before a comma or a closing bracket.
    fn complete_entry(&mut self) {
        match self.need {
            Need::Colon => self.draft.insert(": null"),
            Need::Value => self.draft.insert("null"),
            Need::Key | Need::Item | Need::Comma | Need::End => {}
        }
        if let Some(comma) = self.comma.take() {
            self.draft.text.replace_range(comma..=comma, " ");
        }
    }

    fn close(&mut self, close: &'static str) {
        let Some(matching) = self.open.iter().rposition(|open| open.close == close) else {
            return self.blank(1);
        };
        while self.open.len() > matching + 1 {
            self.complete_entry();
            if let Some(inner) = self.open.last() {
                self.draft.insert(inner.close);
            }
            self.leave();
        }
        self.complete_entry();
        self.keep(1);
        self.leave();
    }

    fn leave(&mut self) {
        self.open.pop();
        self.value_done();
    }

    fn comma(&mut self) {
        if self.comma.is_some()
            || self.open.is_empty()
            || matches!(self.need, Need::Key | Need::Item)
        {
            return self.blank(1);
        }
        self.complete_entry();
        self.comma = Some(self.draft.text.len());
        self.keep(1);
        self.need = self.first_need();
    }
}

/// Returns the position of the closing quote of a string.
fn closing_quote(line: &str) -> Option<usize> {
    let mut is_escaped = false;
    line.char_indices().find_map(|(at, character)| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

/// Returns whether a text begins with a valid JSON escape.
fn starts_escape(text: &str) -> bool {
    match text.chars().nth(1) {
        Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => true,
        Some('u') => text
            .get(2..6)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mended(text, None).0.text, expected);
    }

    #[test]
    fn sound_text_stays_as_it_is() {
        for text in [
            "",
            "{}",
            " { \"a\" : [1, -2.5e3, true, null, \"x\\n\\u00e9\\\\\"], \"b\": {} }\n",
            "\"alone\"",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_missing_is_put_in() {
        check("{\"a\": 1", "{\"a\": 1}");
        check("{\"a\": [1, {\"b\"", "{\"a\": [1, {\"b\": null}]}");
        check("{\"a\": \"b\n\"c\": 1}", "{\"a\": \"b\"\n,\"c\": 1}");
        check("{\"a\":, \"b\": 2}", "{\"a\":null, \"b\": 2}");
        check("{\"a\" \"b\": 2}", "{\"a\" : null,\"b\": 2}");
        check("{\"a\" 2}", "{\"a\" : 2}");
        check("[1 2]", "[1 ,2]");
        check("{\"a\": [1}", "{\"a\": [1]}");
        check("{a: yes}", "{\"a\": \"yes\"}");
    }

    #[test]
    fn what_makes_no_sense_is_blanked() {
        check("{\"a\": 1,}", "{\"a\": 1 }");
        check("[1,, 2]", "[1,  2]");
        check("{} é", "{}   ");
        check("[1] // é\n", "[1]      \n");
        check("[\"a\tb\\q\"]", "[\"a b q\"]");
        check("]{}", " {}");
    }

    #[test]
    fn the_letter_becomes_a_part_of_what_the_cursor_is_in() {
        for (text, expected) in [
            ("{|}", "{\"x\": null}"),
            ("{\"na|\n\"b\": 1}", "{\"nax\"\n: null,\"b\": 1}"),
            ("{\"a\": |, \"b\": 1}", "{\"a\": \"x\", \"b\": 1}"),
            ("{\"a\": tr|}", "{\"a\": \"trx\"}"),
            ("{\"a\": \"b|c\"}", "{\"a\": \"bxc\"}"),
            ("{\"a\": 1|}", "{\"a\": \"1x\"}"),
            ("{\"a\": 1, |}", "{\"a\": 1, \"x\": null}"),
            ("[|", "[\"x\"]"),
            ("|", "\"x\""),
        ] {
            let at = text.find('|').unwrap();
            let (draft, mark) = mended(&text.replace('|', ""), Some(at));
            assert_eq!(draft.text, expected, "{text}");
            let mark = mark.unwrap();
            assert_eq!(draft.text.get(mark..=mark), Some("x"), "{text}");
        }
        assert_eq!(mended("[1] // no", Some(8)).1, None);
    }
}
