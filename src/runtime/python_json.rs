//! JSON as Python writes it by default: a blank after each comma and each colon. Models have seen more of that form than
//! of any other.

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// A value on one line: `{"city": "Zürich", "days": [1, 2]}`.
pub(super) fn on_one_line(value: &Value) -> String {
    written(value, Spaced(CompactFormatter))
}

/// A value with an entry on each line, indented by four.
pub(super) fn indented(value: &Value) -> String {
    written(value, PrettyFormatter::with_indent(b"    "))
}

/// JSON text whose strings can't be taken for the tags around it.
pub(super) fn without_tags(json: &str) -> String {
    json.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}

fn written(value: &Value, formatter: impl Formatter) -> String {
    let mut bytes = Vec::new();
    // Writing a value into memory has nothing to fail on.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The compact form, with blanks.
struct Spaced(CompactFormatter);

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)?;
        if first {
            Ok(())
        } else {
            writer.write_all(b" ")
        }
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)?;
        if first {
            Ok(())
        } else {
            writer.write_all(b" ")
        }
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)?;
        writer.write_all(b" ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_python_does() {
        let value = json!({"a": [1, "ü, <b>"], "o": {}, "n": null});
        let line = r#"{"a": [1, "ü, <b>"], "o": {}, "n": null}"#;
        assert_eq!(on_one_line(&value), line);
        assert_eq!(
            without_tags(&on_one_line(&json!("<b> & c"))),
            r#""\u003cb\u003e \u0026 c""#
        );
        assert_eq!(indented(&json!({"a": 1})), "{\n    \"a\": 1\n}");
    }
}
