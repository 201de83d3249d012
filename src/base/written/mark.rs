//! Marks that carry original notations through a parser that only knows machine values.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::{Written, is_number, machine_number};
use crate::base::python_text::json_dumps;

/// Marks all values below these keys, at any depth of a JSON text, that a machine value would
/// change or lose, so that a parser without [`Written`] carries them to [`Written::from_marked`].
/// The rest of the text stays unchanged.
pub(crate) fn mark_within<'t>(text: &'t str, keys: &[&str]) -> Cow<'t, str> {
    if !keys.iter().any(|key| text.contains(key)) {
        return Cow::Borrowed(text);
    }
    marked(text, Scope::Keys(keys))
}

/// Marks everything in a JSON text that a machine value would change or lose.
pub(crate) fn mark(text: &str) -> Cow<'_, str> {
    marked(text, Scope::Everything)
}

/// The mark, a noncharacter. A string that begins with one is a number; a string that begins with
/// two is the string from the second one on. A key that begins with one is the key after it.
const MARK: char = '\u{fdd0}';

/// The mark of a duplicate key, which its object already has before.
const TWICE: char = '\u{fdd1}';

/// The part of a text in which numbers are marked.
#[derive(Clone, Copy)]
enum Scope<'k> {
    Everything,
    Keys(&'k [&'k str]),
}

fn marked<'t>(text: &'t str, scope: Scope<'_>) -> Cow<'t, str> {
    let mut marker = Marker {
        text,
        scope,
        depth: 0,
        since: matches!(scope, Scope::Everything).then_some(0),
        copied: 0,
        out: String::new(),
        keys: Vec::new(),
    };
    marker.run();
    if marker.copied == 0 {
        return Cow::Borrowed(text);
    }
    let rest = text.get(marker.copied..).unwrap_or_default();
    marker.out.push_str(rest);
    Cow::Owned(marker.out)
}

/// A pass over a text. Anything that is not JSON stays unchanged.
struct Marker<'t, 'k> {
    text: &'t str,
    scope: Scope<'k>,
    depth: usize,
    /// The depth from which on values are marked, if any are.
    since: Option<usize>,
    /// The end of the text that was copied to `out`.
    copied: usize,
    out: String,
    /// The keys seen so far in each open object and list.
    keys: Vec<HashSet<Cow<'t, str>>>,
}

impl<'t> Marker<'t, '_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        // Whether a value may begin here.
        let mut is_start = true;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = string_end(bytes, at);
                    self.string(at, end);
                    at = end;
                    is_start = false;
                }
                b'-' | b'0'..=b'9' => {
                    let end = at
                        + bytes[at..]
                            .iter()
                            .take_while(|byte| is_of_number(**byte))
                            .count();
                    if is_start {
                        self.number(at, end);
                    }
                    at = end;
                    is_start = false;
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.keys.push(HashSet::new());
                    is_start = byte == b'[';
                    at += 1;
                }
                b'}' | b']' => {
                    self.leave(self.depth);
                    self.depth = self.depth.saturating_sub(1);
                    self.keys.pop();
                    is_start = false;
                    at += 1;
                }
                b',' => {
                    self.leave(self.depth);
                    is_start = true;
                    at += 1;
                }
                b':' => {
                    is_start = true;
                    at += 1;
                }
                _ => {
                    is_start = is_start && byte.is_ascii_whitespace();
                    at += 1;
                }
            }
        }
    }

    /// Ends the effect of a key at the next key of its object or at the object's end.
    fn leave(&mut self, depth: usize) {
        if matches!(self.scope, Scope::Keys(_)) && self.since.is_some_and(|since| depth <= since) {
            self.since = None;
        }
    }

    fn is_marking(&self) -> bool {
        self.since.is_some_and(|since| self.depth >= since)
    }

    fn string(&mut self, start: usize, end: usize) {
        let is_key = self.next_byte(end) == Some(b':');
        let content = self.text.get(start + 1..end).unwrap_or_default();
        if is_key {
            if self.is_marking() {
                self.key(start, end);
            } else if let Scope::Keys(keys) = self.scope
                && keys
                    .iter()
                    .any(|key| content.strip_suffix('"') == Some(key))
            {
                self.since = Some(self.depth);
            }
        } else if self.is_marking() && begins_with_mark(content) {
            self.copy_to(start + 1);
            self.out.push(MARK);
        }
    }

    /// Marks a duplicate key, and a key that could be mistaken for a mark.
    fn key(&mut self, start: usize, end: usize) {
        let text: &'t str = self.text;
        let Some(quoted) = text.get(start..end) else {
            return;
        };
        let name = if quoted.contains('\\') {
            serde_json::from_str(quoted).ok().map(Cow::Owned)
        } else {
            text.get(start + 1..end - 1).map(Cow::Borrowed)
        };
        let (Some(name), Some(keys)) = (name, self.keys.last_mut()) else {
            return;
        };
        let is_like_mark = name.starts_with([MARK, TWICE]);
        let is_there = !keys.insert(name);
        if is_there || is_like_mark {
            self.copy_to(start + 1);
            self.out.extend(is_there.then_some(TWICE));
            self.out.extend(is_like_mark.then_some(MARK));
        }
    }

    fn number(&mut self, start: usize, end: usize) {
        let Some(literal) = self.text.get(start..end) else {
            return;
        };
        let is_value = matches!(self.next_byte(end), None | Some(b',' | b']' | b'}'));
        if !self.is_marking() || !is_value || !is_number(literal) {
            return;
        }
        let number = machine_number(literal).map(Value::Number);
        if number.is_some_and(|number| json_dumps(&number) == literal) {
            return;
        }
        self.copy_to(start);
        self.out.extend(['"', MARK]);
        self.copy_to(end);
        self.out.push('"');
    }

    /// Returns the first byte from here on that is not blank.
    fn next_byte(&self, from: usize) -> Option<u8> {
        let rest = self.text.as_bytes().get(from..)?;
        rest.iter()
            .copied()
            .find(|byte| !byte.is_ascii_whitespace())
    }

    fn copy_to(&mut self, end: usize) {
        let piece = self.text.get(self.copied..end).unwrap_or_default();
        self.out.push_str(piece);
        self.copied = end;
    }
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Returns the end of a string, after its closing quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn begins_with_mark(content: &str) -> bool {
    content.starts_with(MARK)
        || content
            .get(..6)
            .is_some_and(|escape| escape.eq_ignore_ascii_case("\\ufdd0"))
}

pub(super) fn has_marks(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with(MARK),
        Value::Array(items) => items.iter().any(has_marks),
        Value::Object(entries) => entries
            .iter()
            .any(|(key, value)| key.starts_with([MARK, TWICE]) || has_marks(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

pub(super) fn unmarked(value: Value) -> Written {
    match value {
        Value::String(text) => match text.strip_prefix(MARK) {
            Some(rest) if rest.starts_with(MARK) => Written::Plain(rest.into()),
            Some(rest) => Written::number(rest).unwrap_or(Written::Plain(Value::String(text))),
            None => Written::Plain(Value::String(text)),
        },
        Value::Array(items) => Written::of_items(items.into_iter().map(unmarked).collect()),
        Value::Object(entries) => {
            let entries = entries.into_iter();
            let unmarked = entries.map(|(key, value)| (unmarked_key(&key), unmarked(value)));
            Written::of_entries(unmarked.collect())
        }
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Written::Plain(scalar),
    }
}

fn unmarked_key(key: &str) -> String {
    let key = key.strip_prefix(TWICE).unwrap_or(key);
    key.strip_prefix(MARK).unwrap_or(key).to_owned()
}
