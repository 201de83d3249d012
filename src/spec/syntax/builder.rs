//! Puts a tree together from the pieces that a parser finds, within bounds.

use std::ops::Range;

use compact_str::CompactString;
use serde_json::Number;

use super::{Entry, NodeId, NodeValue, Place, Scalar, Span, Tree};
use crate::base::hash::HashMap;
use crate::spec::diagnostic::{Code, Diagnostic};

/// Values may be nested so deep. Hand-written documents stay below 30; everything that later walks a tree may recurse
/// because of this.
pub const MAX_DEPTH: usize = 128;

/// The most bytes that walking a tree through all its aliases may cost (its texts, and
/// [`NODE_BYTES`] for each value).
const MAX_EXPANDED_BYTES: usize = 64 << 20;

/// The cost of one value, text apart.
const NODE_BYTES: usize = 32;

/// The number of keys from which on those of an object are found by a map.
const MANY_KEYS: usize = 16;

/// Why a parser must stop: the problem is already noted.
#[derive(Debug)]
pub(super) struct Stop;

/// A tree in the making. Without recursion: open arrays and objects are on a stack.
pub(super) struct Builder {
    tree: Tree,
    open: Vec<Frame>,
    /// The items of the open arrays so far, those of the innermost one last.
    items: Vec<NodeId>,
    /// The entries of the open objects so far, in the same way.
    entries: Vec<Entry>,
    /// The cost of each node with its aliases walked through.
    costs: Vec<usize>,
    expanded_bytes: usize,
    pub(super) problems: Vec<Diagnostic>,
}

/// An array or object that is not closed yet.
struct Frame {
    content: Content,
    span: Span,
    cost: usize,
}

/// An open value; the parts of an array or object begin at `first` of their stack.
enum Content {
    Array { first: usize },
    Object(OpenObject),
}

#[derive(Default)]
struct OpenObject {
    /// Where its entries begin.
    first: usize,
    /// Every key, roughly: a bit for all keys that are alike. Most keys are known to be new by this alone.
    known: u64,
    /// Where each key is among the entries, once there are many.
    by_key: Option<Box<HashMap<CompactString, usize>>>,
    /// The key whose value comes next.
    key: Option<PendingKey>,
    /// The nodes that `<<` keys refer to.
    merged: Vec<NodeId>,
}

enum PendingKey {
    Key(CompactString, Span),
    /// `<<`
    Merge,
    /// A key that could not be used; its value is dropped.
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

    /// Notes that the text is not well-formed.
    pub(super) fn malformed(&mut self, bytes: Range<usize>, message: impl Into<String>) {
        let place = self.place(bytes);
        self.problems
            .push(Diagnostic::error(Code("AS001"), place, message));
    }

    /// Notes a whole number that is written with more than 64 bits, of which the tree has only the nearest float.
    pub(super) fn check_whole(&mut self, written: &str, number: &Number, bytes: Range<usize>) {
        if number.is_f64() && !written.contains(['.', 'e', 'E']) {
            self.tree.push_oversized(Span::new(bytes));
        }
    }

    /// Whether the next piece is a key: the innermost open value is an object that has no key waiting.
    pub(super) fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Frame {
                content: Content::Object(OpenObject { key: None, .. }),
                ..
            })
        )
    }

    /// Whether the innermost array or object has nothing in it yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.open.last().is_some_and(|frame| match &frame.content {
            Content::Array { first } => self.items.len() == *first,
            Content::Object(object) => self.entries.len() == object.first,
        })
    }

    /// A value without parts.
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

    /// Adds a value that is in the tree already.
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

    /// Adds a key of the innermost object.
    pub(super) fn key(&mut self, key: CompactString, bytes: Range<usize>) {
        self.set_key(PendingKey::Key(key, Span::new(bytes)));
    }

    /// Adds a `<<` key of the innermost object.
    pub(super) fn merge_key(&mut self) {
        self.set_key(PendingKey::Merge);
    }

    /// Adds a key that cannot be used; the caller has noted why.
    pub(super) fn unusable_key(&mut self) {
        self.set_key(PendingKey::Unusable);
    }

    /// Ends the innermost array or object at byte `end`, or after its last part where that is `None`.
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

    /// Ends everything that is open, and gives what there is.
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

    /// Gives a finished value to the innermost open one.
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

    /// The entries of an object, those of its `<<` keys first: its own ones win, then the earlier of two merged ones.
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

/// From where an array or object begins to byte `end`, or to the last of its parts where that is `None`.
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
    /// Returns where a key is in `entries`, where its own begin at `first`.
    fn position(&self, entries: &[Entry], key: &str) -> Option<usize> {
        if self.known & trait_of(key) == 0 {
            return None;
        }
        match &self.by_key {
            Some(by_key) => by_key.get(key).copied(),
            None => (self.first..entries.len()).find(|at| entries[*at].key == key),
        }
    }

    /// Adds an entry, or gives a key that is there a new value and returns the key and where it was
    /// first.
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

/// Returns one of 64 bits for a key, by its length and its ends.
fn trait_of(key: &str) -> u64 {
    let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    let bytes = key.as_bytes();
    let mixed = bytes.len() ^ (end(bytes.first()) << 1) ^ (end(bytes.last()) << 3);
    1 << (mixed % 64)
}
