//! A parsed document as a tree of values with positions.

use std::ops::Range;

use compact_str::CompactString;
use serde_json::{Map, Number, Value};

use super::{LineIndex, Place, Span};
use crate::base::written::Written;

/// The usual number of bytes of text per value, for estimating the size of a tree.
const USUAL_BYTES: usize = 40;

/// A node of a [`Tree`]; valid only for that tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Returns the index of the node in its tree.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value with its position in the text.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    content: Content,
    /// The bytes of the value: for a string with its quotes, for an object from its first key or
    /// brace.
    span: Span,
}

/// The content of a node.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Scalar(Scalar),
    /// An array, by the indices of its items in the tree.
    Array(Range<u32>),
    /// An object, by the indices of its entries in the tree.
    Object(Range<u32>),
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    String(CompactString),
}

/// The value of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NodeValue<'t> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(&'t Number),
    /// A string.
    String(&'t str),
    /// A list.
    Array(&'t [NodeId]),
    /// A mapping. Keys are strings as written, and unique: if a key occurs twice, the last
    /// occurrence counts.
    Object(&'t [Entry]),
}

/// A key of an object, with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: CompactString,
    /// The bytes of the key.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
}

/// The set of nodes that a walk has visited.
#[derive(Debug)]
pub struct Seen(Vec<bool>);

impl Seen {
    /// Makes an empty set for the nodes of a tree.
    pub fn of(tree: &Tree) -> Self {
        Self(vec![false; tree.len()])
    }

    /// Adds a node; returns whether it is new.
    pub fn insert(&mut self, node: NodeId) -> bool {
        match self.0.get_mut(node.index()) {
            Some(met) => !std::mem::replace(met, true),
            None => false,
        }
    }
}

/// A parsed document.
///
/// A node with YAML aliases is stored once and has several parents; there are no cycles. The parser
/// limits the depth and the number of values that a walk through all aliases visits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The items of all arrays, each array's items in a row.
    items: Vec<NodeId>,
    /// The entries of all objects, each object's entries in a row.
    entries: Vec<Entry>,
    root: Option<NodeId>,
    lines: LineIndex,
    /// The positions of whole numbers beyond 64 bits, for which the nodes have the nearest float.
    oversized: Vec<Span>,
}

impl Tree {
    /// Returns the outermost value; `None` if the text is empty or too broken.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// Returns the text of the document, with its line index.
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// Returns the value of a node.
    ///
    /// # Panics
    /// If `id` belongs to another tree.
    pub fn value(&self, id: NodeId) -> NodeValue<'_> {
        match &self.nodes[id.index()].content {
            Content::Scalar(Scalar::Null) => NodeValue::Null,
            Content::Scalar(Scalar::Bool(flag)) => NodeValue::Bool(*flag),
            Content::Scalar(Scalar::Number(number)) => NodeValue::Number(number),
            Content::Scalar(Scalar::String(text)) => NodeValue::String(text),
            Content::Array(range) => NodeValue::Array(part(&self.items, range)),
            Content::Object(range) => NodeValue::Object(part(&self.entries, range)),
        }
    }

    /// Returns the bytes of a node: for a string with its quotes, for an object from its first key
    /// or brace.
    ///
    /// # Panics
    /// If `id` belongs to another tree.
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes[id.index()].span
    }

    /// Returns the place of a node, with lines and columns; covers the same bytes as
    /// [`Self::span`].
    ///
    /// # Panics
    /// If `id` belongs to another tree.
    pub fn place(&self, id: NodeId) -> Place {
        self.place_of(self.span(id))
    }

    /// Returns the place of a key.
    pub fn key_place(&self, entry: &Entry) -> Place {
        self.place_of(entry.key_span)
    }

    /// Converts a span to a place, with lines and columns.
    pub fn place_of(&self, span: Span) -> Place {
        self.lines.place(span.start()..span.end())
    }

    /// Returns whether a node is neither an array nor an object.
    pub fn is_scalar(&self, id: NodeId) -> bool {
        !matches!(self.value(id), NodeValue::Array(_) | NodeValue::Object(_))
    }

    /// Returns the entries of a node, if it is an object.
    pub fn entries(&self, id: NodeId) -> Option<&[Entry]> {
        match self.value(id) {
            NodeValue::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of a node, if it is an array.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id) {
            NodeValue::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the content of a node, if it is a string.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the entry of a key, if the node is an object with that key.
    pub fn entry(&self, id: NodeId, key: &str) -> Option<&Entry> {
        self.entries(id)?.iter().find(|entry| entry.key == key)
    }

    /// Returns the value of a key, if the node is an object with that key.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// Returns the objects at and below a node with their entries, without duplicates, in the order
    /// of the text.
    pub fn objects(&self, root: NodeId) -> impl Iterator<Item = (NodeId, &[Entry])> {
        let mut seen = Seen::of(self);
        let mut pending = vec![root];
        std::iter::from_fn(move || {
            while let Some(node) = pending.pop() {
                if !seen.insert(node) {
                    continue;
                }
                match self.value(node) {
                    NodeValue::Array(items) => pending.extend(items.iter().rev()),
                    NodeValue::Object(entries) => {
                        pending.extend(entries.iter().rev().map(|entry| entry.value));
                        return Some((node, entries));
                    }
                    _ => {}
                }
            }
            None
        })
    }

    /// Converts a node and everything below it to JSON; aliases are expanded.
    pub fn to_json(&self, id: NodeId) -> Value {
        match self.value(id) {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(flag) => Value::Bool(flag),
            NodeValue::Number(number) => Value::Number(number.clone()),
            NodeValue::String(text) => Value::String(text.to_owned()),
            NodeValue::Array(items) => items.iter().map(|item| self.to_json(*item)).collect(),
            NodeValue::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|e| (e.key.to_string(), self.to_json(e.value)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// Converts a node and everything below it to a written value, in which scalars other than
    /// strings keep their spelling.
    pub fn to_written(&self, id: NodeId) -> Written {
        match self.value(id) {
            NodeValue::Array(items) => {
                Written::of_items(items.iter().map(|item| self.to_written(*item)).collect())
            }
            NodeValue::Object(entries) => {
                let entries = entries.iter();
                let written = entries.map(|it| (it.key.to_string(), self.to_written(it.value)));
                Written::of_entries(written.collect())
            }
            NodeValue::Null | NodeValue::String(_) => Written::Plain(self.to_json(id)),
            NodeValue::Bool(_) | NodeValue::Number(_) => {
                let value = self.to_json(id);
                let text = self.lines.text().get(self.place(id).bytes());
                let Some(text) = text.and_then(bare_scalar) else {
                    return Written::Plain(value);
                };
                // The tree has the nearest float of a larger integer.
                let is_held = text.contains(['.', 'e', 'E', ':']) || !value.is_f64();
                Written::scalar(text, is_held.then_some(value))
            }
        }
    }

    /// Returns the places of whole numbers beyond 64 bits. Only [`Self::to_written`] keeps all
    /// their digits.
    pub fn oversized(&self) -> impl Iterator<Item = Place> {
        self.oversized.iter().map(|span| self.place_of(*span))
    }

    pub(super) fn push_oversized(&mut self, span: Span) {
        self.oversized.push(span);
    }

    /// Returns the number of objects with a key.
    pub fn count_key(&self, key: &str) -> usize {
        self.entries.iter().filter(|entry| entry.key == key).count()
    }

    /// Makes an empty tree for a text.
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            lines: LineIndex::new(text),
            nodes: Vec::with_capacity(text.len() / USUAL_BYTES),
            entries: Vec::with_capacity(text.len() / USUAL_BYTES),
            ..Self::default()
        }
    }

    /// Returns the number of nodes; a node with aliases counts once.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns whether the tree has no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds a scalar node.
    pub(super) fn push_scalar(&mut self, scalar: Scalar, span: Span) -> NodeId {
        self.push(Content::Scalar(scalar), span)
    }

    /// Adds an array node.
    pub(super) fn push_array(
        &mut self,
        items: impl IntoIterator<Item = NodeId>,
        span: Span,
    ) -> NodeId {
        let first = index(self.items.len());
        self.items.extend(items);
        self.push(Content::Array(first..index(self.items.len())), span)
    }

    /// Adds an object node.
    pub(super) fn push_object(
        &mut self,
        entries: impl IntoIterator<Item = Entry>,
        span: Span,
    ) -> NodeId {
        let first = index(self.entries.len());
        self.entries.extend(entries);
        self.push(Content::Object(first..index(self.entries.len())), span)
    }

    fn push(&mut self, content: Content, span: Span) -> NodeId {
        let id = NodeId(index(self.nodes.len()));
        self.nodes.push(Node { content, span });
        id
    }

    /// Sets the outermost value.
    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }
}

/// Converts a length to an index. Never overflows, because each value takes at least a byte of the
/// text, whose size is limited.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn part<'t, T>(all: &'t [T], range: &Range<u32>) -> &'t [T] {
    all.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

/// Returns the text of a number or boolean without the tag and quotes of `!!int "5"`; `None` if it
/// is written as a block or with escapes.
fn bare_scalar(text: &str) -> Option<&str> {
    let text = match text.strip_prefix('!') {
        Some(tagged) => tagged.split_once(char::is_whitespace)?.1.trim_start(),
        None => text,
    };
    match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
            (!inner.contains('\\')).then_some(inner)
        }
        '|' | '>' => None,
        _ => Some(text),
    }
}
