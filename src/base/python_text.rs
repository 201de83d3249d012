//! Values in Python's notation, so that branch keys, placeholders and prompts are the same as in
//! runtimes written in Python.

use std::fmt::Write;
use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// Returns a value as written by `json.dumps`: `["a", "\u00e9", 1.0]`, in ASCII, with a blank after
/// each comma and colon.
pub(crate) fn json_dumps(value: &Value) -> String {
    written(value, Spaced { is_ascii: true })
}

/// Returns a value as written by `json.dumps`, but in UTF-8: `{"city": "Zürich", "days": [1, 2]}`.
/// Models have seen this form most often.
pub(crate) fn on_one_line(value: &Value) -> String {
    written(value, Spaced { is_ascii: false })
}

/// Returns a value with one entry per line and an indent of four.
pub(crate) fn indented(value: &Value) -> String {
    written(value, PrettyFormatter::with_indent(b"    "))
}

/// Returns JSON text whose strings can't be confused with the tags around it.
pub(crate) fn without_tags(json: &str) -> String {
    json.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}

/// Returns a value as written by `str`: a string unchanged, `1.0`, `True`, `None`, `['a', 'é']`,
/// `{'a': 1}`.
pub(crate) fn str_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut text = String::new();
            push_repr(other, &mut text);
            text
        }
    }
}

fn push_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => out.push_str(&float_text(float)),
            None => out.push_str(&number.to_string()),
        },
        Value::String(text) => push_quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_repr(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                push_quoted(key, out);
                out.push_str(": ");
                push_repr(value, out);
            }
            out.push('}');
        }
    }
}

/// Writes a string in quotes: in double quotes only if it contains single quotes and no double
/// quotes.
fn push_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                // Writing into memory has nothing to fail on.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Whether Python's `isprintable` accepts a character. Only separators, control, format and
/// private-use characters and noncharacters are recognized, not code points that are unassigned.
fn is_printable(character: char) -> bool {
    let is_formless = matches!(character,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}' | '\u{f0000}'..);
    character == ' ' || !(character.is_control() || character.is_whitespace() || is_formless)
}

/// Returns a float in Python's notation: `1.0`, `1e+20`, `1e-05`.
fn float_text(float: f64) -> String {
    let shortest = format!("{float:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn written(value: &Value, formatter: impl Formatter) -> String {
    let mut bytes = Vec::new();
    // Writing a value into memory has nothing to fail on.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A JSON formatter for the compact form with blanks.
struct Spaced {
    is_ascii: bool,
}

impl Formatter for Spaced {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float_text(value).as_bytes())
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !self.is_ascii {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if matches!(character, ' '..='~') {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        CompactFormatter.begin_object_value(writer)?;
        writer.write_all(b" ")
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_written_as_python_does() {
        let value = json!({"a": [1, "ü, <b>"], "o": {}, "n": null});
        let line = r#"{"a": [1, "ü, <b>"], "o": {}, "n": null}"#;
        assert_eq!(on_one_line(&value), line);
        assert_eq!(
            without_tags(&on_one_line(&json!("<b> & c"))),
            r#""\u003cb\u003e \u0026 c""#
        );
        assert_eq!(indented(&json!({"a": 1})), "{\n    \"a\": 1\n}");
        assert_eq!(
            json_dumps(&json!(["a", "é", "😀\u{7f}\n\"", 1, true, null])),
            r#"["a", "\u00e9", "\ud83d\ude00\u007f\n\"", 1, true, null]"#
        );
    }

    /// What Python 3 prints for each.
    #[test]
    fn floats_are_written_as_python_does() {
        for (float, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e20, "1e+20"),
            (1.234_567_890_123_456_8e22, "1.2345678901234568e+22"),
            (1e300, "1e+300"),
        ] {
            assert_eq!(json_dumps(&json!(float)), text);
            assert_eq!(str_of(&json!(float)), text);
        }
    }

    #[test]
    fn values_become_text_as_pythons_str_does() {
        for (value, text) in [
            (json!("it's"), "it's"),
            (json!(null), "None"),
            (json!(true), "True"),
            (json!(3), "3"),
            (
                json!([
                    "a",
                    "é",
                    1,
                    null,
                    true,
                    "it's",
                    "\"'",
                    "a\nb\u{7f}\u{200b}\\"
                ]),
                r#"['a', 'é', 1, None, True, "it's", '"\'', 'a\nb\x7f\u200b\\']"#,
            ),
            (json!({"a": {"b": 2.0}}), "{'a': {'b': 2.0}}"),
            (json!([]), "[]"),
        ] {
            assert_eq!(str_of(&value), text);
        }
    }
}
