//! A JSON value as coloured lines: lines that can be folded, or wrapped rows.

use std::collections::HashSet;

use serde_json::Value;

use crate::base::text::{ellipsis, sanitised};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

/// A line of a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonLine {
    /// The pieces of the line, each in one colour. The first piece is the indentation.
    pub(crate) pieces: Vec<(Role, String)>,
    /// The JSON pointer of the object or array that begins here, and whether it is folded.
    pub(crate) fold: Option<(String, bool)>,
    /// The path of the line's value in the notation of `jq`: `.days[0]."high, low"`; `.` is the
    /// whole value.
    pub(crate) path: String,
}

/// Returns the lines of a value, with two cells of indent per level. Values named in `folded` (by
/// JSON pointers below `root`, the pointer of the value itself) take one line.
pub(crate) fn lines(value: &Value, root: &str, folded: &HashSet<String>) -> Vec<JsonLine> {
    let mut writer = Writer {
        folded,
        lines: Vec::new(),
    };
    writer.value(
        value,
        &Slot {
            pointer: root.to_owned(),
            path: ".".to_owned(),
            depth: 0,
            key: None,
            is_last: true,
        },
    );
    writer.lines
}

/// Returns the value in as many rows as needed, each at most `width` cells wide.
pub(crate) fn rows_of(value: &Value, width: usize) -> Vec<Row> {
    let lines = lines(value, "", &HashSet::new()).into_iter();
    let rows = lines.flat_map(|line| {
        let mut pieces = line.pieces.into_iter();
        // Deep values keep half of the room for themselves.
        let indent = pieces.next().map_or(0, |(_, blanks)| blanks.len());
        let cells = indent.min(width / 2);
        let indent = Indent {
            first: vec![Piece::new(" ".repeat(cells), Tone::of(Role::Muted))],
            hanging_cells: cells + 2,
        };
        let pieces: Vec<Piece> = pieces
            .map(|(role, text)| Piece::new(text, Tone::of(role)))
            .collect();
        wrap(&pieces, width, &indent)
    });
    rows.collect()
}

/// Returns the value on one line, with texts in quotation marks and without control characters.
pub(crate) fn one_line(value: &Value) -> String {
    sanitised(&value.to_string()).replace('\n', " ")
}

/// Returns the beginning of [`one_line`], at most `max_cells` wide. No more of a large value is
/// written than needed.
pub(crate) fn brief(value: &Value, max_cells: usize) -> String {
    let mut begun = Beginning {
        bytes: Vec::new(),
        room: max_cells.saturating_add(1).saturating_mul(BYTES_OF_A_CELL),
    };
    // It fails where the room ends.
    let _written = serde_json::to_writer(&mut begun, value);
    let text = String::from_utf8_lossy(&begun.bytes);
    ellipsis(&sanitised(&text), max_cells)
}

/// The maximum number of bytes per cell that is assumed, for letters with accents and emoji
/// sequences.
const BYTES_OF_A_CELL: usize = 16;

/// A writer that keeps only the first bytes.
struct Beginning {
    bytes: Vec<u8>,
    room: usize,
}

impl std::io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(self.room);
        self.bytes.extend(bytes.iter().take(taken));
        self.room -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The position of a value in its parent.
struct Slot {
    pointer: String,
    path: String,
    depth: usize,
    key: Option<String>,
    is_last: bool,
}

struct Writer<'a> {
    folded: &'a HashSet<String>,
    lines: Vec<JsonLine>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, slot: &Slot) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let count = members.len();
                let members = members
                    .iter()
                    .map(|(key, value)| (Some(key.as_str()), value));
                self.container(slot, ('{', '}'), count, members);
            }
            Value::Array(items) if !items.is_empty() => {
                let count = items.len();
                self.container(
                    slot,
                    ('[', ']'),
                    count,
                    items.iter().map(|value| (None, value)),
                );
            }
            plain => {
                let mut pieces = opening(slot);
                pieces.push((role_of(plain), sanitised(&plain.to_string())));
                pieces.extend(comma(slot));
                let path = slot.path.clone();
                self.lines.push(JsonLine {
                    pieces,
                    fold: None,
                    path,
                });
            }
        }
    }

    fn container<'v>(
        &mut self,
        slot: &Slot,
        (open, close): (char, char),
        count: usize,
        children: impl Iterator<Item = (Option<&'v str>, &'v Value)>,
    ) {
        let is_folded = self.folded.contains(&slot.pointer);
        let mut pieces = opening(slot);
        if is_folded {
            pieces.push((Role::Muted, format!("{open} … {count} {close}")));
            pieces.extend(comma(slot));
        } else {
            pieces.push((Role::Muted, open.to_string()));
        }
        self.lines.push(JsonLine {
            pieces,
            fold: Some((slot.pointer.clone(), is_folded)),
            path: slot.path.clone(),
        });
        if is_folded {
            return;
        }
        for (at, (key, value)) in children.enumerate() {
            let segment = key.map_or_else(
                || at.to_string(),
                |key| key.replace('~', "~0").replace('/', "~1"),
            );
            self.value(
                value,
                &Slot {
                    pointer: format!("{}/{segment}", slot.pointer),
                    path: below(&slot.path, key, at),
                    depth: slot.depth + 1,
                    key: key.map(str::to_owned),
                    is_last: at + 1 == count,
                },
            );
        }
        let mut pieces = vec![
            (Role::Muted, "  ".repeat(slot.depth)),
            (Role::Muted, close.to_string()),
        ];
        pieces.extend(comma(slot));
        self.lines.push(JsonLine {
            pieces,
            fold: None,
            path: slot.path.clone(),
        });
    }
}

/// Returns the path of a member or an item of a value. A name that is no identifier is put in
/// quotation marks.
fn below(path: &str, key: Option<&str>, at: usize) -> String {
    let Some(key) = key else {
        return format!("{path}[{at}]");
    };
    let path = path.strip_suffix('.').unwrap_or(path);
    let mut letters = key.chars();
    let is_begin = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_word = letters.next().is_some_and(is_begin)
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_word {
        format!("{path}.{key}")
    } else {
        format!("{path}.{}", sanitised(&Value::from(key).to_string()))
    }
}

fn opening(slot: &Slot) -> Vec<(Role, String)> {
    let mut pieces = vec![(Role::Muted, "  ".repeat(slot.depth))];
    if let Some(key) = &slot.key {
        pieces.push((Role::Key, sanitised(&Value::from(key.as_str()).to_string())));
        pieces.push((Role::Muted, ": ".to_owned()));
    }
    pieces
}

fn comma(slot: &Slot) -> Option<(Role, String)> {
    (!slot.is_last).then(|| (Role::Muted, ",".to_owned()))
}

const fn role_of(value: &Value) -> Role {
    match value {
        Value::String(_) => Role::String,
        Value::Number(_) => Role::Number,
        Value::Null | Value::Bool(_) => Role::Keyword,
        Value::Array(_) | Value::Object(_) => Role::Muted,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(value: &Value, folded: &[&str]) -> String {
        let folded = folded.iter().map(|&pointer| pointer.to_owned()).collect();
        let lines = lines(value, "", &folded);
        let joined = |line: &JsonLine| {
            line.pieces
                .iter()
                .map(|(_, text)| text.as_str())
                .collect::<String>()
        };
        lines.iter().map(joined).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn objects_and_arrays_fold_by_pointer() {
        let value = json!({"a": [1, {"b/c": null}], "d": {}});
        assert_eq!(
            text(&value, &[]),
            "{\n  \"a\": [\n    1,\n    {\n      \"b/c\": null\n    }\n  ],\n  \"d\": {}\n}"
        );
        assert_eq!(
            text(&value, &["/a/1"]),
            "{\n  \"a\": [\n    1,\n    { … 1 }\n  ],\n  \"d\": {}\n}"
        );
        assert_eq!(text(&value, &[""]), "{ … 2 }");
    }

    #[test]
    fn every_line_says_where_its_value_stands() {
        let value = json!({"days": [{"high, low": 3}, 1], "a b": {"_c": null}});
        let paths: Vec<String> = lines(&value, "root", &HashSet::new())
            .into_iter()
            .map(|line| line.path)
            .collect();
        assert_eq!(
            paths,
            [
                ".",
                ".days",
                ".days[0]",
                ".days[0].\"high, low\"",
                ".days[0]",
                ".days[1]",
                ".days",
                ".\"a b\"",
                ".\"a b\"._c",
                ".\"a b\"",
                "."
            ]
        );
        assert_eq!(lines(&json!([1]), "", &HashSet::new())[1].path, ".[0]");
    }

    #[test]
    fn values_are_indented_and_empty_ones_stay_on_their_line() {
        let value = json!({"city": "Paris", "days": [1, true], "none": {}});
        let lines: Vec<String> = rows_of(&value, 40).iter().map(Row::text).collect();
        assert_eq!(
            lines,
            [
                "{",
                "  \"city\": \"Paris\",",
                "  \"days\": [",
                "    1,",
                "    true",
                "  ],",
                "  \"none\": {}",
                "}"
            ]
        );
    }

    #[test]
    fn the_beginning_of_a_value_is_cut_to_its_room() {
        let long = "word ".repeat(1_000_000);
        assert_eq!(brief(&json!({"a": long}), 12), "{\"a\":\"word …");
        assert_eq!(brief(&json!([1, "é"]), 12), "[1,\"é\"]");
        assert_eq!(brief(&json!("日本語"), 6), "\"日本…");
        assert_eq!(brief(&json!(true), 0), "");
    }

    #[test]
    fn long_values_wrap_and_deep_ones_stay_inside() {
        let mut value = json!("a long text that does not fit");
        for _ in 0..60 {
            value = json!([value]);
        }
        assert!(rows_of(&value, 20).iter().all(|row| row.width() <= 20));
    }

    proptest! {
        #[test]
        fn unfolded_lines_are_the_value(text in "\\PC*", number: i64, flag: bool) {
            let value = json!({"text": text, "list": [number, flag, {}], "": [[]]});
            let shown = super::tests::text(&value, &[]);
            prop_assert_eq!(shown, sanitised(&serde_json::to_string_pretty(&value).unwrap()));
        }
    }
}
