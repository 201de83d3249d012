//! Makes a broken text one that parses, with little lost.
//!
//! Parsers stop at a fault of form, and while someone types there always is one: a key without its colon, a brace that is
//! not closed yet. Here such a text is mended: what is missing is put in (JSON), lines with faults are blanked (YAML). To
//! know what the cursor is in, a letter is put in there too: whatever key or value it becomes a part of is the answer.

mod json;
mod yaml;

use std::ops::Range;

use crate::spec::diagnostic::Code;
use crate::spec::syntax::{Format, NodeId, NodeValue, Tree, parse};

pub(super) use self::yaml::{closing, unclosed};

/// The letter that is put in at the cursor. Next to no other letter does it make a number, a keyword or punctuation.
pub(super) const MARK: &str = "x";

/// A text that parses as far as that was possible.
#[derive(Debug)]
pub(super) struct Recovered {
    /// The text.
    pub(super) text: String,
    /// The tree that the recovered text parses to.
    pub(super) tree: Tree,
    /// The bytes in the recovered text that were put in, in order.
    inserted: Vec<Range<usize>>,
}

/// A key or a value of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The key of an entry: the object and the number of the entry.
    Key(NodeId, usize),
    /// A value that is no list and no object.
    Value(NodeId),
}

/// A key or value with what is around it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The key or value.
    pub(super) token: Token,
    /// The lists and objects around it, outermost first, each with the number of the item or entry that leads on.
    pub(super) around: Vec<(NodeId, usize)>,
}

/// A text in the making: pieces of the original with something put in between.
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

    /// The recovered text, and whether nothing was wrong with its form.
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
    /// A byte of the recovered text in terms of the original. A byte that was put in counts as the
    /// place where it was put.
    pub(super) fn original(&self, offset: usize) -> usize {
        let before = self
            .inserted
            .iter()
            .take_while(|piece| piece.start < offset)
            .map(|piece| piece.end.min(offset) - piece.start);
        offset - before.sum::<usize>()
    }

    /// A range of the recovered text in terms of the original.
    pub(super) fn original_range(&self, range: Range<usize>) -> Range<usize> {
        self.original(range.start)..self.original(range.end)
    }

    /// A byte of the original in terms of the recovered text; where something was put in, after it.
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

/// Makes a text parse.
pub(super) fn recover(text: &str, format: Format) -> Recovered {
    match format {
        Format::Json => json::mended(text, None).0.parse(format).0,
        Format::Yaml => yaml::blanked(text, None),
    }
}

/// Makes a text parse with a letter put in at a byte, and finds what that is a part of; `None` where no key or value is
/// possible, as in a comment.
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

/// The innermost key or value whose text covers a byte, or ends at it.
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
