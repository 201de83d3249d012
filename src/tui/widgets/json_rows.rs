//! A JSON value as indented lines in the colours of JSON.

use serde_json::Value;

use crate::base::text::sanitised;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};

const PUNCTUATION: Tone = Tone::of(Role::Muted);

/// The value over as many lines as it needs, each at most `width` cells wide.
pub(crate) fn rows_of(value: &Value, width: usize) -> Vec<Row> {
    let mut lines = Lines {
        rows: Vec::new(),
        width,
    };
    lines.value(value, 0, Vec::new(), "");
    lines.rows
}

/// The value on one line: texts in quotation marks, nothing that acts on a terminal.
pub(crate) fn one_line(value: &Value) -> String {
    sanitised(&value.to_string()).replace('\n', " ")
}

struct Lines {
    rows: Vec<Row>,
    width: usize,
}

impl Lines {
    /// `before` stands in front of the value (its key), `after` behind it (a comma).
    fn value(&mut self, value: &Value, depth: usize, mut before: Vec<Piece>, after: &str) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                before.push(Piece::new("[", PUNCTUATION));
                self.line(&before, depth);
                for (index, item) in items.iter().enumerate() {
                    let comma = if index + 1 < items.len() { "," } else { "" };
                    self.value(item, depth + 1, Vec::new(), comma);
                }
                self.line(&[Piece::new(format!("]{after}"), PUNCTUATION)], depth);
            }
            Value::Object(entries) if !entries.is_empty() => {
                before.push(Piece::new("{", PUNCTUATION));
                self.line(&before, depth);
                for (index, (key, item)) in entries.iter().enumerate() {
                    let comma = if index + 1 < entries.len() { "," } else { "" };
                    let key = quoted(key);
                    let key = vec![
                        Piece::new(key, Tone::of(Role::Key)),
                        Piece::new(": ", PUNCTUATION),
                    ];
                    self.value(item, depth + 1, key, comma);
                }
                self.line(&[Piece::new(format!("}}{after}"), PUNCTUATION)], depth);
            }
            scalar => {
                let role = match scalar {
                    Value::String(_) => Role::String,
                    Value::Number(_) => Role::Number,
                    Value::Null | Value::Bool(_) => Role::Keyword,
                    Value::Array(_) | Value::Object(_) => Role::Muted,
                };
                before.push(Piece::new(one_line(scalar), Tone::of(role)));
                before.push(Piece::new(after, PUNCTUATION));
                self.line(&before, depth);
            }
        }
    }

    fn line(&mut self, pieces: &[Piece], depth: usize) {
        // Deep values keep half of the room for themselves.
        let cells = (depth * 2).min(self.width / 2);
        let indent = Indent {
            first: vec![Piece::new(" ".repeat(cells), PUNCTUATION)],
            hanging_cells: cells + 2,
        };
        self.rows.extend(wrap(pieces, self.width, &indent));
    }
}

fn quoted(text: &str) -> String {
    one_line(&Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn long_values_wrap_and_deep_ones_stay_inside() {
        let mut value = json!("a long text that does not fit");
        for _ in 0..60 {
            value = json!([value]);
        }
        assert!(rows_of(&value, 20).iter().all(|row| row.width() <= 20));
    }
}
