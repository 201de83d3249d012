//! Differences formatted for people.

use serde_json::Value;

use super::words::changed_lines;
use super::{ComponentName, Difference, DifferenceKind, EdgeName, Side};
use crate::base::text::sanitised;

/// The number of characters above which texts are compared word by word; texts of several lines
/// always are.
const LONG_CHARS: usize = 48;
/// The maximum number of characters of a shown value.
const VALUE_CHARS: usize = 80;

/// A formatted line of the differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// The indentation level: 0 for the name of a component, 1 for a difference, 2 for its details.
    pub depth: usize,
    /// The pieces of the line, from left to right; safe to print.
    pub pieces: Vec<Piece>,
}

/// A part of a line with one meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The meaning of the part.
    pub tone: Tone,
    /// The text.
    pub text: String,
}

/// The meaning of a part of a line, which determines its colour. The text is readable without
/// colours: it contains `+`, `-`, `[-…-]` and `{+…+}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// The name of a component.
    Heading,
    /// Less important text.
    Muted,
    /// Text that is new.
    Added,
    /// Text that is gone.
    Removed,
}

impl DiffLine {
    fn new(depth: usize, pieces: Vec<Piece>) -> Self {
        let safe = |piece: Piece| Piece {
            text: sanitised(&piece.text).replace('\t', " "),
            ..piece
        };
        let pieces = pieces.into_iter().map(safe).collect();
        Self { depth, pieces }
    }

    /// Returns the line as text, indented by two blanks per level.
    pub fn text(&self) -> String {
        let pieces: String = self
            .pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect();
        format!("{:width$}{pieces}", "", width = self.depth * 2)
    }
}

/// Formats differences for people; those of one component are listed below its type and name.
pub fn lines(differences: &[Difference]) -> Vec<DiffLine> {
    let mut lines = Vec::new();
    let mut owner: Option<&ComponentName> = None;
    for difference in differences {
        if owner != Some(&difference.component) {
            owner = Some(&difference.component);
            let heading = vec![
                piece(Tone::Heading, difference.component.label()),
                piece(
                    Tone::Muted,
                    &format!("  {}", difference.component.component_type),
                ),
            ];
            lines.push(DiffLine::new(0, heading));
        }
        add_lines(difference, &mut lines);
    }
    lines
}

fn piece(tone: Tone, text: &str) -> Piece {
    Piece {
        tone,
        text: text.to_owned(),
    }
}

fn add_lines(difference: &Difference, lines: &mut Vec<DiffLine>) {
    let what = subject(&difference.field);
    let pieces = match (difference.kind, &difference.before, &difference.after) {
        (DifferenceKind::Reordered, before, after) => vec![
            piece(
                Tone::Plain,
                &format!("  {} in another order: ", difference.field),
            ),
            piece(Tone::Removed, &side_text(before.as_ref())),
            piece(Tone::Plain, " → "),
            piece(Tone::Added, &side_text(after.as_ref())),
        ],
        (DifferenceKind::Added, _, Some(side)) => {
            vec![piece(
                Tone::Added,
                &format!("+ {what} {}", thing(side, difference)),
            )]
        }
        (DifferenceKind::Removed, Some(side), _) => {
            vec![piece(
                Tone::Removed,
                &format!("- {what} {}", thing(side, difference)),
            )]
        }
        (_, Some(Side::Value(Value::String(before))), Some(Side::Value(Value::String(after))))
            if is_long(before) || is_long(after) =>
        {
            text_changed(&what, before, after, lines);
            return;
        }
        (_, before, after) => vec![
            piece(Tone::Plain, &format!("~ {what} ")),
            piece(Tone::Removed, &side_text(before.as_ref())),
            piece(Tone::Plain, " → "),
            piece(Tone::Added, &side_text(after.as_ref())),
        ],
    };
    lines.push(DiffLine::new(1, pieces));
}

fn is_long(text: &str) -> bool {
    text.contains('\n') || text.chars().count() > LONG_CHARS
}

fn text_changed(what: &str, before: &str, after: &str, lines: &mut Vec<DiffLine>) {
    lines.push(DiffLine::new(
        1,
        vec![piece(Tone::Plain, &format!("~ {what} changed"))],
    ));
    if let Some(changed) = changed_lines(before, after) {
        lines.extend(changed.into_iter().map(|pieces| DiffLine::new(2, pieces)));
    } else {
        let sizes = format!("from {} to {} bytes", before.len(), after.len());
        lines.push(DiffLine::new(2, vec![piece(Tone::Muted, &sizes)]));
    }
}

/// Returns the noun for one entry of a field: `tool` for `tools`, `input city` for `inputs.city`.
fn subject(field: &str) -> String {
    match field.split_once('.') {
        Some(("inputs", title)) => format!("input {title}"),
        Some(("outputs", title)) => format!("output {title}"),
        _ => match field {
            "tools" => "tool",
            "toolboxes" => "toolbox",
            "nodes" => "node",
            "control_flow_connections" => "edge",
            "data_flow_connections" => "data edge",
            "branches" => "branch",
            "transforms" => "transform",
            "workers" => "worker",
            "relationships" => "relationship",
            "subflows" => "subflow",
            "agents" => "agent",
            "flows" => "flow",
            other => other,
        }
        .to_owned(),
    }
}

/// Returns the name of an added or removed thing: a component with its type, an edge with its ends,
/// or a value.
fn thing(side: &Side, difference: &Difference) -> String {
    match side {
        Side::Component(name) => format!("`{}` ({})", name.label(), name.component_type),
        // Of a whole input or output its type says the most.
        Side::Value(schema @ Value::Object(_)) if is_property(&difference.field) => {
            crate::spec::property::type_text(schema)
        }
        other => side_text(Some(other)),
    }
}

/// Returns whether a path is that of a whole input or output, such as `inputs.city` but not
/// `inputs.city.type`.
fn is_property(field: &str) -> bool {
    ["inputs.", "outputs."].iter().any(|list| {
        field
            .strip_prefix(list)
            .is_some_and(|title| !title.contains('.'))
    })
}

fn side_text(side: Option<&Side>) -> String {
    match side {
        None => "nothing".to_owned(),
        Some(Side::Component(name)) => format!("`{}`", name.label()),
        Some(Side::Edge(edge)) => edge_text(edge),
        Some(Side::Secret(_)) => "••••••".to_owned(),
        Some(Side::Value(value)) => {
            let text = value.to_string();
            if text.chars().count() > VALUE_CHARS {
                text.chars().take(VALUE_CHARS).chain(['…']).collect()
            } else {
                text
            }
        }
    }
}

fn edge_text(edge: &EdgeName) -> String {
    match &edge.input {
        Some(input) => format!("{}.{} → {}.{input}", edge.from, edge.out, edge.to),
        None if edge.out == "next" => format!("{} → {}", edge.from, edge.to),
        None => format!("{} ─{}→ {}", edge.from, edge.out, edge.to),
    }
}
