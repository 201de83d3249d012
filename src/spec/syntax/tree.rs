//! A document as a tree of values, each with its place.

use std::ops::Range;

use compact_str::CompactString;
use serde_json::{Map, Number, Value};

use super::{LineIndex, Place, Span};
use crate::base::written::Written;

/// A value of a document usually takes so many bytes of its text, or more.
const USUAL_BYTES: usize = 40;

/// A node of one [`Tree`]; means nothing in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Its position among the nodes of its tree.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value with its place in the text.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    content: Content,
    /// For a string with its quotes, for an object from its first key or brace.
    span: Span,
}

/// The content of a node itself.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Scalar(Scalar),
    /// These items of the tree.
    Array(Range<u32>),
    /// These entries of the tree.
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
    /// A mapping. Keys are text as written and unique: of a key that is given twice the last one
    /// counts.
    Object(&'t [Entry]),
}

/// A key of an object with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: CompactString,
    /// Where the key is.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
}

/// The nodes of a tree that a walk has met.
#[derive(Debug)]
pub struct Seen(Vec<bool>);

impl Seen {
    /// A walk through `tree` that has met none of its nodes yet.
    pub fn of(tree: &Tree) -> Self {
        Self(vec![false; tree.len()])
    }

    /// Notes a node; whether it is met for the first time.
    pub fn insert(&mut self, node: NodeId) -> bool {
        match self.0.get_mut(node.index()) {
            Some(met) => !std::mem::replace(met, true),
            None => false,
        }
    }
}

/// A parsed document.
///
/// Nodes that a YAML alias repeats are in the tree once and have several parents; there are no cycles. The number of
/// values that one sees when walking through all aliases is bounded by the parser, and so is the depth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    /// The items of each array in a row.
    items: Vec<NodeId>,
    /// The entries of each object in a row.
    entries: Vec<Entry>,
    root: Option<NodeId>,
    lines: LineIndex,
    /// Whole numbers beyond 64 bits, of which the nodes have the nearest float.
    oversized: Vec<Span>,
}

impl Tree {
    /// The outermost value; `None` if the text is empty or so broken that nothing could be read.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The text that it was parsed from, with its lines.
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// Returns what a node is.
    ///
    /// # Panics
    /// If `id` is of another tree.
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
    /// If `id` is of another tree.
    pub fn span(&self, id: NodeId) -> Span {
        self.nodes[id.index()].span
    }

    /// Returns the place of a node, as [`Self::span`] for people.
    ///
    /// # Panics
    /// If `id` is of another tree.
    pub fn place(&self, id: NodeId) -> Place {
        self.place_of(self.span(id))
    }

    /// Returns the place of a key.
    pub fn key_place(&self, entry: &Entry) -> Place {
        self.place_of(entry.key_span)
    }

    /// A stretch of the text for people.
    pub fn place_of(&self, span: Span) -> Place {
        self.lines.place(span.start()..span.end())
    }

    /// Whether a node has no parts.
    pub fn is_scalar(&self, id: NodeId) -> bool {
        !matches!(self.value(id), NodeValue::Array(_) | NodeValue::Object(_))
    }

    /// The entries of a node, if it is an object.
    pub fn entries(&self, id: NodeId) -> Option<&[Entry]> {
        match self.value(id) {
            NodeValue::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a node, if it is an array.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id) {
            NodeValue::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a node, if it is a string.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entry of a key, if the node is an object that has it.
    pub fn entry(&self, id: NodeId, key: &str) -> Option<&Entry> {
        self.entries(id)?.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if the node is an object that has it.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// The objects at and below a node with their entries, each once, in the order of the text.
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

    /// A node and everything below it as JSON; aliases are copied out.
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

    /// A node and everything below it as it is written: a scalar that is no string has its text of the document.
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

    /// Returns the places of whole numbers beyond 64 bits. Only [`Self::to_written`] has all their
    /// digits.
    pub fn oversized(&self) -> impl Iterator<Item = Place> {
        self.oversized.iter().map(|span| self.place_of(*span))
    }

    pub(super) fn push_oversized(&mut self, span: Span) {
        self.oversized.push(span);
    }

    /// Returns how many objects have a key.
    pub fn count_key(&self, key: &str) -> usize {
        self.entries.iter().filter(|entry| entry.key == key).count()
    }

    /// An empty tree of a text.
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            lines: LineIndex::new(text),
            nodes: Vec::with_capacity(text.len() / USUAL_BYTES),
            entries: Vec::with_capacity(text.len() / USUAL_BYTES),
            ..Self::default()
        }
    }

    /// Returns how many nodes there are, aliased ones counted once.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds a value without parts, which no other refers to yet.
    pub(super) fn push_scalar(&mut self, scalar: Scalar, span: Span) -> NodeId {
        self.push(Content::Scalar(scalar), span)
    }

    /// Adds an array, which no other refers to yet.
    pub(super) fn push_array(
        &mut self,
        items: impl IntoIterator<Item = NodeId>,
        span: Span,
    ) -> NodeId {
        let first = index(self.items.len());
        self.items.extend(items);
        self.push(Content::Array(first..index(self.items.len())), span)
    }

    /// Adds an object, which no other refers to yet.
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

    /// Names the outermost value.
    pub(super) fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }
}

/// A document has far fewer values than this can count: each takes a byte of its text.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn part<'t, T>(all: &'t [T], range: &Range<u32>) -> &'t [T] {
    all.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

/// The text of a number or boolean, without the tag and the quotes of `!!int "5"`; none where it is written in another way
/// still, as a block or with escapes.
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
