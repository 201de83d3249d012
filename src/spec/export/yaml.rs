//! A value as YAML text that readers of YAML 1.1 (such as the reference SDK's) and of YAML 1.2 read as the same.
//!
//! Block style, list dashes not indented. Text is plain where nobody can take it for anything else, a block where it has
//! several lines that survive as they are, else in double quotes.

use serde_json::{Map, Number, Value};

use crate::spec::syntax::is_plain_text;

/// Keys of more bytes must be marked as such, because readers look no further than 1,024 characters for the colon.
const LONGEST_SIMPLE_KEY: usize = 500;

/// The text, ending in a line break.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(entries) if !entries.is_empty() => object(&mut out, entries, 0),
        Value::Array(items) if !items.is_empty() => array(&mut out, items, 0),
        plain => {
            scalar(&mut out, plain, 0);
            out.push('\n');
        }
    }
    out
}

/// Entries, the first of which begins where the text stands.
fn object(out: &mut String, entries: &Map<String, Value>, indent: usize) {
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        let start = out.len();
        push_in_line(out, key);
        if out.len() - start > LONGEST_SIMPLE_KEY {
            out.insert_str(start, "? ");
            out.push('\n');
            spaces(out, indent);
        }
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                spaces(out, indent + 2);
                object(out, inner, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                spaces(out, indent);
                array(out, items, indent);
            }
            plain => {
                out.push(' ');
                scalar(out, plain, indent + 2);
                out.push('\n');
            }
        }
    }
}

/// Items, the first of which begins where the text stands.
fn array(out: &mut String, items: &[Value], indent: usize) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            spaces(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(inner) if !inner.is_empty() => object(out, inner, indent + 2),
            Value::Array(inner) if !inner.is_empty() => array(out, inner, indent + 2),
            plain => {
                scalar(out, plain, indent + 2);
                out.push('\n');
            }
        }
    }
}

/// A value without parts; `indent` is where the lines of a block begin.
fn scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) if is_block_safe(text) => block(out, text, indent),
        Value::String(text) => push_in_line(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// A number that YAML 1.1 takes for one: floats have a point, exponents a sign.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) {
        ""
    } else {
        "+"
    };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Whether text of several lines comes back unchanged from a block: `|` keeps one line break at its end, `|-` none.
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

/// Text on one line: plain if nobody takes it for anything else, else quoted.
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

/// A character by its number.
fn escaped(character: char) -> String {
    match u32::from(character) {
        code @ 0..=0xFF => format!("\\x{code:02X}"),
        code @ 0x100..=0xFFFF => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}

/// Whether text means itself without quotes, in a block and in both versions of YAML.
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

/// Whether a character may stand in the text as itself: what YAML calls printable, without its line breaks and without
/// tabs and byte-order marks.
fn is_visible(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
