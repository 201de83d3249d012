//! A document as YAML text that readers of YAML 1.1 (such as the reference SDK) and of YAML 1.2
//! understand alike.
//!
//! Written in block style, with list dashes that are not indented. A string is plain where it can't
//! be mistaken for another type, a block if it has several lines that a block preserves, and
//! double-quoted otherwise.

use super::sink::{Leaf, Sink};
use crate::base::text::is_hazardous;
use crate::spec::syntax::is_plain_text;

/// The number of bytes above which a key is marked with `?`, because readers search for the colon
/// only within 1,024 characters.
const LONGEST_SIMPLE_KEY: usize = 500;

/// YAML text under construction.
#[derive(Debug, Default)]
pub(super) struct YamlText {
    out: String,
    /// The indentation of each open object and array, innermost last.
    open: Vec<usize>,
    /// The position of the next value or, between values, of the last one.
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// At the start of the text.
    #[default]
    Start,
    /// After the colon of a key.
    Key,
    /// After the dash of an item.
    Item,
}

impl YamlText {
    fn indent(&self) -> usize {
        self.open.last().copied().unwrap_or_default()
    }

    /// Begins an object or array, indented by `deeper` more than its key. After a dash it begins on
    /// the same line.
    fn begin(&mut self, deeper: usize) {
        let indent = match self.place {
            Place::Start => 0,
            Place::Key => {
                let indent = self.indent() + deeper;
                self.out.push('\n');
                spaces(&mut self.out, indent);
                indent
            }
            Place::Item => self.indent() + 2,
        };
        self.open.push(indent);
        self.place = Place::Start;
    }

    /// Moves to the position of the next entry or item; the first one is at the start of the text.
    fn next(&mut self) {
        if self.place != Place::Start {
            let indent = self.indent();
            spaces(&mut self.out, indent);
        }
    }

    fn end(&mut self) {
        self.open.pop();
        // Whatever comes next comes on a line of its own.
        self.place = Place::Item;
    }
}

impl Sink for YamlText {
    fn begin_object(&mut self) {
        self.begin(2);
    }

    fn key(&mut self, key: &str) {
        self.next();
        let start = self.out.len();
        push_in_line(&mut self.out, key);
        if self.out.len() - start > LONGEST_SIMPLE_KEY {
            self.out.insert_str(start, "? ");
            self.out.push('\n');
            let indent = self.indent();
            spaces(&mut self.out, indent);
        }
        self.out.push(':');
        self.place = Place::Key;
    }

    fn end_object(&mut self) {
        self.end();
    }

    fn begin_array(&mut self) {
        self.begin(0);
    }

    fn item(&mut self) {
        self.next();
        self.out.push_str("- ");
        self.place = Place::Item;
    }

    fn end_array(&mut self) {
        self.end();
    }

    fn leaf(&mut self, leaf: Leaf<'_>) {
        if self.place == Place::Key {
            self.out.push(' ');
        }
        let out = &mut self.out;
        match leaf {
            Leaf::Null => out.push_str("null"),
            Leaf::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
            Leaf::Number(number) => push_number(out, &number.to_string()),
            Leaf::Text(text) if is_block_safe(text) => {
                let indent = self.open.last().map_or(0, |indent| indent + 2);
                block(out, text, indent);
            }
            Leaf::Text(text) => push_in_line(out, text),
            Leaf::EmptyArray => out.push_str("[]"),
            Leaf::EmptyObject => out.push_str("{}"),
        }
        out.push('\n');
    }

    fn finish(self) -> String {
        self.out
    }
}

/// Writes a number in a form that YAML 1.1 reads as a number: floats with a decimal point,
/// exponents with a sign.
fn push_number(out: &mut String, text: &str) {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        out.push_str(text);
        return;
    };
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with(['+', '-']) {
        out.push('+');
    }
    out.push_str(exponent);
}

/// Returns whether a block scalar preserves a text of several lines: `|` keeps one line break at
/// the end, `|-` keeps none.
fn is_block_safe(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines = || body.split('\n');
    body.contains('\n')
        && body.chars().all(|c| c == '\n' || is_visible(c))
        && !lines().any(|line| line.ends_with(' '))
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
}

fn block(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            spaces(out, indent);
            out.push_str(line);
        }
    }
}

/// Formats a string on one line: plain if it can't be mistaken for another type, else quoted.
pub(in crate::spec) fn text_in_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_in_line(&mut out, text);
    out
}

fn push_in_line(out: &mut String, text: &str) {
    if is_plain_safe(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            visible if is_visible(visible) => out.push(visible),
            hidden => out.push_str(&escaped(hidden)),
        }
    }
    out.push('"');
}

/// Returns the escape sequence of a character.
fn escaped(character: char) -> String {
    match u32::from(character) {
        code @ 0..=0xFF => format!("\\x{code:02X}"),
        code @ 0x100..=0xFFFF => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}

/// Returns whether an unquoted text is read as this string, in block context and in both versions
/// of YAML.
fn is_plain_safe(text: &str) -> bool {
    let starts_well =
        text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '$'));
    starts_well
        && text.chars().all(is_visible)
        && !text.ends_with([' ', ':'])
        && !text
            .as_bytes()
            .windows(2)
            .any(|pair| matches!(pair, b": " | b" #"))
        && is_plain_text(text)
}

/// Returns whether a character may be written as itself. True for what YAML calls printable, except
/// for line breaks, tabs, byte-order marks, and characters that control a terminal or hide text.
fn is_visible(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
        && !is_hazardous(character)
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
