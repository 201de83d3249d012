//! Formatting of inserted keys and values, with the quotes, commas, line breaks and indent that fit
//! the text around them.

use std::ops::Range;

use super::cursor::Cursor;
use super::edit::TextEdit;
use super::recover::Token;
use crate::spec::export::text_in_line;
use crate::spec::language::FieldDefinition;
use crate::spec::language::kind::FieldKind;
use crate::spec::syntax::{Format, NodeId, Tree};

/// The number of blanks per indentation level.
pub(super) const INDENT: usize = 2;

/// The way in which an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// YAML with an entry on each line, indented by this many blanks.
    Block(usize),
    /// YAML in brackets.
    Flow,
    /// JSON with an entry on each line, indented by this many blanks.
    Lines(usize),
    /// JSON on one line.
    Line,
}

/// A text to insert, with the position at which the user continues to type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    /// The position at which the user continues, as a byte of `text`; `None` for the end, if there
    /// is nothing to fill in.
    pub(super) cursor: Option<usize>,
}

impl Snippet {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            cursor: None,
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends another snippet. The first position to fill in is kept.
    fn push_snippet(&mut self, other: &Self) {
        if self.cursor.is_none() {
            self.cursor = other.cursor.map(|at| self.text.len() + at);
        }
        self.text.push_str(&other.text);
    }
}

impl Layout {
    /// Returns the layout in which an object of a tree is written.
    pub(super) fn of(tree: &Tree, text: &str, format: Format, object: NodeId) -> Self {
        let place = tree.place(object);
        let first = tree.entries(object).and_then(|entries| entries.first());
        let opening = text.get(place.start..).unwrap_or_default();
        let first_key = first.map_or(place, |entry| tree.key_place(entry));
        let is_on_own_line = line_before(text, first_key.start).trim().is_empty();
        match format {
            Format::Json if is_on_own_line => Self::Lines(first_key.column - 1),
            Format::Json => Self::Line,
            Format::Yaml if opening.starts_with('{') => Self::Flow,
            Format::Yaml => Self::Block(first_key.column - 1),
        }
    }

    /// Returns the layout of a value inside this one, if the value is on lines of its own.
    pub(super) fn inner(self) -> Self {
        match self {
            Self::Block(indent) => Self::Block(indent + INDENT),
            Self::Lines(indent) => Self::Lines(indent + INDENT),
            Self::Flow | Self::Line => self,
        }
    }

    /// Returns the text between two entries.
    pub(super) fn separator(self) -> String {
        match self {
            Self::Block(indent) => format!("\n{}", " ".repeat(indent)),
            Self::Lines(indent) => format!(",\n{}", " ".repeat(indent)),
            Self::Flow | Self::Line => ", ".to_owned(),
        }
    }

    /// Formats a string as a key or a value.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Flow if text.contains([',', '[', ']', '{', '}']) => quoted(text),
            Self::Block(_) | Self::Flow => text_in_line(text),
            Self::Lines(_) | Self::Line => quoted(text),
        }
    }

    /// Formats a key with its colon.
    pub(super) fn key(self, key: &str) -> String {
        format!("{}: ", self.text(key))
    }

    /// Formats a reference as an object.
    pub(super) fn reference(self, name: &str) -> String {
        let key = match self {
            Self::Block(_) | Self::Flow => "$component_ref: ".to_owned(),
            Self::Lines(_) | Self::Line => self.key("$component_ref"),
        };
        let name = match self {
            Self::Block(_) | Self::Flow => Self::Flow.text(name),
            Self::Lines(_) | Self::Line => self.text(name),
        };
        format!("{{{key}{name}}}")
    }

    /// Makes an empty value of a kind, to be filled in.
    pub(super) fn blank(self, kind: &FieldKind) -> Snippet {
        let (text, cursor) = match (kind.inner(), self) {
            (FieldKind::AnyOf([first, ..]), _) => return self.blank(first),
            (
                FieldKind::List(_)
                | FieldKind::Pair(_)
                | FieldKind::Properties
                | FieldKind::Branches,
                _,
            ) => ("[]", 1),
            (FieldKind::Map(_) | FieldKind::Object(_) | FieldKind::Schema, _) => ("{}", 1),
            (_, Self::Block(_)) => ("", 0),
            (FieldKind::Component(_), _) => ("{}", 1),
            (
                FieldKind::Text | FieldKind::OneOf(_) | FieldKind::OneOfOrFlag(_) | FieldKind::Any,
                _,
            ) => ("\"\"", 1),
            (FieldKind::Flag, _) => ("false", 0),
            (FieldKind::Integer | FieldKind::Number, _) => ("0", 0),
            _ => ("", 0),
        };
        Snippet {
            text: text.to_owned(),
            cursor: Some(cursor),
        }
    }

    /// Makes entries with empty values for fields, each with a separator before it.
    pub(super) fn blank_entries<'f>(
        self,
        fields: impl Iterator<Item = &'f FieldDefinition>,
    ) -> Snippet {
        let mut snippet = Snippet::default();
        for field in fields {
            snippet.push(&self.separator());
            snippet.push(&self.key(field.name));
            snippet.push_snippet(&self.blank(&field.kind));
        }
        snippet
    }

    /// Makes a component of a type with its required fields; `first` is the value of
    /// `component_type`. Written in brackets if the layout has them. The text begins at the
    /// position of the component's first line, without an indent.
    pub(super) fn component<'f>(
        self,
        type_name: &str,
        fields: impl Iterator<Item = &'f FieldDefinition>,
    ) -> Snippet {
        let inner = self.inner();
        let (open, entries, close) = match self {
            Self::Block(_) => (String::new(), self, String::new()),
            Self::Flow | Self::Line => ("{".to_owned(), self, "}".to_owned()),
            Self::Lines(indent) => (
                format!("{{\n{}", " ".repeat(indent + INDENT)),
                inner,
                format!("\n{}}}", " ".repeat(indent)),
            ),
        };
        let mut snippet = Snippet::plain(open);
        snippet.push(&entries.key("component_type"));
        snippet.push(&entries.text(type_name));
        snippet.push_snippet(&entries.blank_entries(fields));
        snippet.push(&close);
        snippet
    }
}

/// The formatting of text that is inserted at a cursor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// The layout of the object that contains the cursor's key, or that would replace the cursor's
    /// value.
    pub(super) layout: Layout,
    /// Whether a value may span several lines, because only an indent or a dash precedes the cursor
    /// on its line.
    pub(super) is_fresh: bool,
}

impl Site {
    pub(super) fn of(cursor: &Cursor<'_>) -> Self {
        let tree = cursor.tree();
        let text = &cursor.recovered.text;
        let place = match cursor.token {
            Token::Key(object, entry) => tree
                .entries(object)
                .and_then(|entries| entries.get(entry))
                .map_or_else(Default::default, |entry| tree.key_place(entry)),
            Token::Value(node) => tree.place(node),
        };
        let before = line_before(text, place.start);
        let is_in_brackets = cursor.levels.iter().any(|level| {
            let opening = text.get(tree.place(level.node).start..);
            opening.is_some_and(|opening| opening.starts_with(['{', '[']))
        });
        let line_indent = before.len() - before.trim_start().len();
        let is_fresh = before.chars().all(|c| matches!(c, ' ' | '-'));
        let layout = match cursor.format {
            Format::Json if is_fresh => Layout::Lines(before.len()),
            Format::Json if matches!(cursor.token, Token::Key(..)) => Layout::Line,
            Format::Json => Layout::Lines(line_indent),
            Format::Yaml if is_in_brackets => Layout::Flow,
            Format::Yaml if is_fresh => Layout::Block(place.column - 1),
            // After the key: a value on lines of its own is indented below the key.
            Format::Yaml => {
                let dashes = before
                    .chars()
                    .take_while(|c| matches!(c, ' ' | '-'))
                    .count();
                Layout::Block(dashes + INDENT)
            }
        };
        Self { layout, is_fresh }
    }
}

/// Returns the commas that an inserted JSON key or value needs: whether one must follow, and an
/// edit that inserts one before.
pub(super) fn commas(text: &str, format: Format, range: &Range<usize>) -> (bool, Option<TextEdit>) {
    if format == Format::Yaml {
        return (false, None);
    }
    let after = text.get(range.end..).unwrap_or_default().trim_start();
    let is_followed = after.starts_with(|c: char| c.is_alphanumeric() || "\"{[-".contains(c));
    let before = text.get(..range.start).unwrap_or_default().trim_end();
    let is_first = before.is_empty() || before.ends_with(['{', '[', ',', ':']);
    let comma = (!is_first).then(|| TextEdit::insert(before.len(), ","));
    (is_followed, comma)
}

/// Returns the line of a byte, up to the byte.
pub(super) fn line_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}

/// Returns whether only blanks and a comment follow on the line.
pub(super) fn is_last_on_line(text: &str, at: usize) -> bool {
    let line = text.get(at..).unwrap_or_default();
    let rest = line.split(['\r', '\n']).next().unwrap_or_default().trim();
    rest.is_empty() || rest.starts_with('#')
}

/// Formats a text as a YAML block below a key with this indent: the block header, and the lines
/// without the last line break. `None` if a block can't hold the text unchanged.
pub(super) fn block_text(text: &str, indent: usize) -> Option<(&'static str, String)> {
    let is_plain = |c: char| c == '\n' || !c.is_control();
    let body = text.strip_suffix('\n').unwrap_or(text);
    let begins_with_blank = body.starts_with([' ', '\n']);
    if !text.chars().all(is_plain) || begins_with_blank || body.is_empty() || body.ends_with('\n') {
        return None;
    }
    let mut lines = String::new();
    for line in body.split('\n') {
        lines.push('\n');
        if !line.is_empty() {
            lines.push_str(&" ".repeat(indent + INDENT));
            lines.push_str(line);
        }
    }
    let header = if body.len() < text.len() { "|" } else { "|-" };
    Some((header, lines))
}

/// Formats text in double quotes, such that both JSON and YAML can read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
