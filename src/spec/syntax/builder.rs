//! Builds a tree from the events of a parser, within size limits.

use std::ops::Range;

use compact_str::CompactString;
use serde_json::Number;

use super::{Entry, NodeId, NodeValue, Place, Scalar, Span, Tree};
use crate::base::hash::HashMap;
use crate::spec::diagnostic::{Code, Diagnostic};

/// The maximum nesting depth of values. Hand-written documents stay below 30; code that walks a
/// tree may use recursion because of this limit.
pub const MAX_DEPTH: usize = 128;

/// The maximum cost in bytes of walking a tree through all its aliases: the texts, and
/// [`NODE_BYTES`] for each value.
const MAX_EXPANDED_BYTES: usize = 64 << 20;

/// The cost of one value in bytes, without its text.
const NODE_BYTES: usize = 32;

/// The number of keys from which an object uses a map to find its keys.
const MANY_KEYS: usize = 16;

/// Tells a parser to stop; the problem has already been recorded.
#[derive(Debug)]
pub(super) struct Stop;

/// A tree under construction. Open arrays and objects are kept on a stack instead of using
/// recursion.
pub(super) struct Builder {
    tree: Tree,
    open: Vec<Frame>,
    /// The items of the open arrays so far, those of the innermost one last.
    items: Vec<NodeId>,
    /// The entries of the open objects so far, those of the innermost one last.
    entries: Vec<Entry>,
    /// The cost of each node, including its aliases.
    costs: Vec<usize>,
    expanded_bytes: usize,
    pub(super) problems: Vec<Diagnostic>,
}

/// An open array or object.
struct Frame {
    content: Content,
    span: Span,
    cost: usize,
}

/// The content of an open value; its items or entries begin at index `first` of their stack.
enum Content {
    Array { first: usize },
    Object(OpenObject),
}

#[derive(Default)]
struct OpenObject {
    /// The index of the first entry.
    first: usize,
    /// A 64-bit Bloom filter of the keys, by which most new keys are recognized without a search.
    known: u64,
    /// The index of each key's entry, once there are many.
    by_key: Option<Box<HashMap<CompactString, usize>>>,
    /// The key that is waiting for its value.
    key: Option<PendingKey>,
    /// The nodes that `<<` keys refer to.
    merged: Vec<NodeId>,
}

enum PendingKey {
    Key(CompactString, Span),
    /// `<<`
    Merge,
    /// A key that can't be used; its value is dropped.
    Unusable,
}

impl Builder {
    pub(super) fn new(text: &str) -> Self {
        Self {
            tree: Tree::of_text(text),
            open: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            costs: Vec::new(),
            expanded_bytes: 0,
            problems: Vec::new(),
        }
    }

    pub(super) fn place(&self, bytes: Range<usize>) -> Place {
        self.tree.place_of(Span::new(bytes))
    }

    /// Records a syntax error.
    pub(super) fn malformed(&mut self, bytes: Range<usize>, message: impl Into<String>) {
        let place = self.place(bytes);
        self.problems
            .push(Diagnostic::error(Code("AS001"), place, message));
    }

    /// Records a whole number beyond 64 bits, for which the tree has only the nearest float.
    pub(super) fn check_whole(&mut self, written: &str, number: &Number, bytes: Range<usize>) {
        if number.is_f64() && !written.contains(['.', 'e', 'E']) {
            self.tree.push_oversized(Span::new(bytes));
        }
    }

    /// Returns whether a key is expected next: the innermost open value is an object without a
    /// waiting key.
    pub(super) fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Frame {
                content: Content::Object(OpenObject { key: None, .. }),
                ..
            })
        )
    }

    /// Returns whether the innermost array or object is still empty.
    pub(super) fn is_at_start(&self) -> bool {
        self.open.last().is_some_and(|frame| match &frame.content {
            Content::Array { first } => self.items.len() == *first,
            Content::Object(object) => self.entries.len() == object.first,
        })
    }

    /// Adds a value without parts.
    pub(super) fn scalar(&mut self, scalar: Scalar, bytes: Range<usize>) -> NodeId {
        let text_bytes = if let Scalar::String(text) = &scalar {
            text.len()
        } else {
            0
        };
        self.costs.push(NODE_BYTES + text_bytes);
        let node = self.tree.push_scalar(scalar, Span::new(bytes));
        self.expanded_bytes = self.expanded_bytes.saturating_add(NODE_BYTES + text_bytes);
        self.attach(node);
        node
    }

    /// Adds an alias of a value that is already in the tree.
    pub(super) fn alias(&mut self, target: NodeId, bytes: Range<usize>) {
        let cost = self.cost(target);
        if self.expanded_bytes.saturating_add(cost) > MAX_EXPANDED_BYTES {
            let limit = MAX_EXPANDED_BYTES >> 20;
            self.malformed(
                bytes.clone(),
                format!("aliases expand to more than {limit} MiB"),
            );
            self.scalar(Scalar::Null, bytes);
        } else {
            self.expanded_bytes += cost;
            self.attach(target);
        }
    }

    pub(super) fn open_array(&mut self, bytes: Range<usize>) -> Result<(), Stop> {
        let first = self.items.len();
        self.open(Content::Array { first }, bytes)
    }

    pub(super) fn open_object(&mut self, bytes: Range<usize>) -> Result<(), Stop> {
        let object = OpenObject {
            first: self.entries.len(),
            ..OpenObject::default()
        };
        self.open(Content::Object(object), bytes)
    }

    /// Adds a key to the innermost object.
    pub(super) fn key(&mut self, key: CompactString, bytes: Range<usize>) {
        self.set_key(PendingKey::Key(key, Span::new(bytes)));
    }

    /// Adds a `<<` key to the innermost object.
    pub(super) fn merge_key(&mut self) {
        self.set_key(PendingKey::Merge);
    }

    /// Adds a key that can't be used; the caller has recorded the reason.
    pub(super) fn unusable_key(&mut self) {
        self.set_key(PendingKey::Unusable);
    }

    /// Closes the innermost array or object at byte `end`; with `None`, after its last part.
    pub(super) fn close(&mut self, end: Option<usize>) -> Option<NodeId> {
        let Frame {
            content,
            span: begin,
            cost,
        } = self.open.pop()?;
        self.costs.push(cost);
        let node = match content {
            Content::Array { first } => {
                let last = self.items.get(first..).and_then(<[_]>::last);
                let last = last.map(|item| self.tree.span(*item));
                let span = whole(begin, end, last);
                self.tree.push_array(self.items.drain(first..), span)
            }
            Content::Object(object) => {
                let entries = self.entries.get(object.first..).unwrap_or_default();
                let last = entries
                    .iter()
                    .map(|entry| entry.key_span.to(self.tree.span(entry.value)))
                    .max_by_key(|span| span.end());
                let span = whole(begin, end, last);
                if object.merged.is_empty() {
                    self.tree
                        .push_object(self.entries.drain(object.first..), span)
                } else {
                    let own = self.entries.drain(object.first..).collect();
                    let entries = self.merge(object.merged, own);
                    self.tree.push_object(entries, span)
                }
            }
        };
        self.attach(node);
        Some(node)
    }

    /// Closes everything that is open and returns the tree and the problems.
    pub(super) fn finish(mut self) -> (Tree, Vec<Diagnostic>) {
        while self.close(None).is_some() {}
        self.problems.sort_by_key(|problem| problem.place);
        (self.tree, self.problems)
    }

    fn open(&mut self, content: Content, bytes: Range<usize>) -> Result<(), Stop> {
        if self.open.len() == MAX_DEPTH {
            self.malformed(
                bytes,
                format!("values are nested deeper than {MAX_DEPTH} levels"),
            );
            return Err(Stop);
        }
        self.expanded_bytes = self.expanded_bytes.saturating_add(NODE_BYTES);
        self.open.push(Frame {
            content,
            span: Span::new(bytes),
            cost: NODE_BYTES,
        });
        Ok(())
    }

    fn set_key(&mut self, key: PendingKey) {
        if let Some(Frame {
            content: Content::Object(object),
            ..
        }) = self.open.last_mut()
        {
            object.key = Some(key);
        }
    }

    fn cost(&self, node: NodeId) -> usize {
        self.costs.get(node.index()).copied().unwrap_or(NODE_BYTES)
    }

    /// Adds a finished value to the innermost open one.
    fn attach(&mut self, node: NodeId) {
        let cost = self.cost(node);
        let Some(frame) = self.open.last_mut() else {
            self.tree.set_root(node);
            return;
        };
        frame.cost = frame.cost.saturating_add(cost);
        match &mut frame.content {
            Content::Array { .. } => self.items.push(node),
            Content::Object(object) => match object.key.take() {
                Some(PendingKey::Key(key, span)) => {
                    frame.cost = frame.cost.saturating_add(key.len());
                    if let Some((key, first)) = object.add(&mut self.entries, key, span, node) {
                        let (first, place) = (self.tree.place_of(first), self.tree.place_of(span));
                        let message = format!(
                            "`{key}` is given twice (first at {}:{})",
                            first.line, first.column
                        );
                        let problem = Diagnostic::error(Code("AS011"), place, message)
                            .with_related(first, "first given here");
                        self.problems.push(problem);
                    }
                }
                Some(PendingKey::Merge) => object.merged.push(node),
                Some(PendingKey::Unusable) | None => {}
            },
        }
    }

    /// Returns the entries of an object, those of its `<<` keys first. Its own entries take
    /// precedence, then the earlier of two merged ones.
    fn merge(&mut self, sources: Vec<NodeId>, own: Vec<Entry>) -> Vec<Entry> {
        let mut merged = OpenObject::default();
        let mut all = Vec::new();
        for source in sources {
            let sources = match self.tree.value(source) {
                NodeValue::Array(items) => items.iter().rev().copied().collect(),
                _ => vec![source],
            };
            for source in sources {
                if let Some(entries) = self.tree.entries(source) {
                    for Entry {
                        key,
                        key_span,
                        value,
                    } in entries
                    {
                        merged.add(&mut all, key.clone(), *key_span, *value);
                    }
                } else {
                    let place = self.tree.place(source);
                    let message = "`<<` takes a mapping or a list of mappings";
                    self.problems
                        .push(Diagnostic::error(Code("AS001"), place, message));
                }
            }
        }
        for entry in own {
            merged.add(&mut all, entry.key, entry.key_span, entry.value);
        }
        all
    }
}

/// Returns the span of an array or object, from its beginning to byte `end`; with `None`, to the
/// end of its last part.
fn whole(begin: Span, end: Option<usize>, last: Option<Span>) -> Span {
    match end {
        Some(end) => Span::new(begin.start()..end),
        // An alias comes before what refers to it, so only what comes later can make it longer.
        None => last
            .filter(|last| last.start() >= begin.start())
            .map_or(begin, |last| begin.to(last)),
    }
}

impl OpenObject {
    /// Returns the index of a key in `entries`, of which the object's own begin at `first`.
    fn position(&self, entries: &[Entry], key: &str) -> Option<usize> {
        if self.known & trait_of(key) == 0 {
            return None;
        }
        match &self.by_key {
            Some(by_key) => by_key.get(key).copied(),
            None => (self.first..entries.len()).find(|at| entries[*at].key == key),
        }
    }

    /// Adds an entry. If the key exists, replaces its value and returns the key and the position of
    /// the first occurrence.
    fn add(
        &mut self,
        entries: &mut Vec<Entry>,
        key: CompactString,
        key_span: Span,
        value: NodeId,
    ) -> Option<(CompactString, Span)> {
        if let Some(at) = self.position(entries, &key)
            && let Some(entry) = entries.get_mut(at)
        {
            let first = entry.key_span;
            entry.key_span = key_span;
            entry.value = value;
            return Some((key, first));
        }
        self.known |= trait_of(&key);
        if entries.len() - self.first >= MANY_KEYS {
            let by_key = self.by_key.get_or_insert_with(|| {
                let known = entries.iter().enumerate().skip(self.first);
                Box::new(known.map(|(at, entry)| (entry.key.clone(), at)).collect())
            });
            by_key.insert(key.clone(), entries.len());
        }
        entries.push(Entry {
            key,
            key_span,
            value,
        });
        None
    }
}

/// Returns the Bloom filter bit of a key, computed from its length, first and last byte.
fn trait_of(key: &str) -> u64 {
    let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    let bytes = key.as_bytes();
    let mixed = bytes.len() ^ (end(bytes.first()) << 1) ^ (end(bytes.last()) << 3);
    1 << (mixed % 64)
}
