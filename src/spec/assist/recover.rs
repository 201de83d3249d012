//! Error recovery: changes a broken text as little as possible so that it parses.
//!
//! Parsers stop at a syntax error, and while someone types there almost always is one: a key
//! without its colon, a brace that is not closed yet. For JSON, missing characters are inserted;
//! for YAML, lines with errors are blanked. To find the key or value at the cursor, a marker letter
//! is inserted there: the key or value that contains the letter after parsing is the result.

mod json;
mod yaml;

use std::ops::Range;

use crate::spec::diagnostic::Code;
use crate::spec::syntax::{Format, NodeId, NodeValue, Tree, parse};

pub(super) use self::yaml::{closing, unclosed};

/// The marker letter that is inserted at the cursor. It was chosen because it forms no number,
/// keyword or punctuation with a neighbouring letter.
pub(super) const MARK: &str = "x";

/// A text that was repaired so that as much as possible of it parses.
#[derive(Debug)]
pub(super) struct Recovered {
    /// The repaired text.
    pub(super) text: String,
    /// The tree that the recovered text parses to.
    pub(super) tree: Tree,
    /// The bytes of the repaired text that were inserted, in order.
    inserted: Vec<Range<usize>>,
}

/// A key or a value of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The key of an entry: the object and the index of the entry.
    Key(NodeId, usize),
    /// A value that is neither a list nor an object.
    Value(NodeId),
}

/// A key or value, with the lists and objects around it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The key or value.
    pub(super) token: Token,
    /// The lists and objects around the token, outermost first, each with the index of the item or
    /// entry that contains the token.
    pub(super) around: Vec<(NodeId, usize)>,
}

/// A repaired text under construction: pieces of the original with insertions between them.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    inserted: Vec<Range<usize>>,
}

impl Draft {
    fn keep(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    fn insert(&mut self, piece: &str) {
        if !piece.is_empty() {
            let start = self.text.len();
            self.text.push_str(piece);
            self.inserted.push(start..self.text.len());
        }
    }

    /// Parses the draft. Also returns whether it had no syntax error.
    fn parse(self, format: Format) -> (Recovered, bool) {
        let (tree, problems) = parse(&self.text, format);
        let is_sound = !problems.iter().any(|problem| problem.code == Code("AS001"));
        let recovered = Recovered {
            text: self.text,
            tree,
            inserted: self.inserted,
        };
        (recovered, is_sound)
    }
}

impl Recovered {
    /// Converts a byte offset of the repaired text to one of the original. An inserted byte maps to
    /// the position of the insertion.
    pub(super) fn original(&self, offset: usize) -> usize {
        let before = self
            .inserted
            .iter()
            .take_while(|piece| piece.start < offset)
            .map(|piece| piece.end.min(offset) - piece.start);
        offset - before.sum::<usize>()
    }

    /// Converts a range of the repaired text to one of the original.
    pub(super) fn original_range(&self, range: Range<usize>) -> Range<usize> {
        self.original(range.start)..self.original(range.end)
    }

    /// Converts a byte offset of the original to one of the repaired text; after the insertion, if
    /// there is one at this offset.
    pub(super) fn recovered(&self, offset: usize) -> usize {
        let mut shifted = offset;
        for piece in &self.inserted {
            if piece.start > shifted {
                break;
            }
            shifted += piece.len();
        }
        shifted
    }
}

/// Repairs a text so that it parses.
pub(super) fn recover(text: &str, format: Format) -> Recovered {
    match format {
        Format::Json => json::mended(text, None).0.parse(format).0,
        Format::Yaml => yaml::blanked(text, None),
    }
}

/// Repairs a text with the marker letter inserted at a byte, and finds the key or value that
/// contains the letter. `None` where no key or value is possible, for example in a comment.
pub(super) fn recover_at(text: &str, format: Format, at: usize) -> Option<(Recovered, Found)> {
    match format {
        Format::Json => {
            let (draft, mark) = json::mended(text, Some(at));
            let recovered = draft.parse(format).0;
            let found = find(&recovered.tree, mark?)?;
            Some((recovered, found))
        }
        Format::Yaml => yaml::marked(text, at),
    }
}

/// Returns the innermost key or value whose text covers a byte or ends there.
pub(super) fn find(tree: &Tree, at: usize) -> Option<Found> {
    let covers = |start: usize, end: usize| start <= at && at <= end;
    let mut around = Vec::new();
    let mut node = tree.root()?;
    loop {
        let next = match tree.value(node) {
            NodeValue::Object(entries) => {
                let key = entries
                    .iter()
                    .position(|entry| covers(entry.key_span.start(), entry.key_span.end()));
                if let Some(entry) = key {
                    return Some(Found {
                        token: Token::Key(node, entry),
                        around,
                    });
                }
                entries
                    .iter()
                    .map(|entry| entry.value)
                    .enumerate()
                    .find(|(_, value)| {
                        let place = tree.place(*value);
                        covers(place.start, place.end)
                    })
            }
            NodeValue::Array(items) => items.iter().copied().enumerate().find(|(_, item)| {
                let place = tree.place(*item);
                covers(place.start, place.end)
            }),
            NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => {
                let place = tree.place(node);
                return covers(place.start, place.end).then_some(Found {
                    token: Token::Value(node),
                    around,
                });
            }
        };
        let (step, value) = next?;
        around.push((node, step));
        node = value;
    }
}
