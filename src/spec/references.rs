//! References, `{"$component_ref": "x"}`, and their definitions in `$referenced_components`.
//!
//! All definitions of a document form one table, wherever they are. A reference is resolved to a
//! supplied part first, then to a definition, and never to the `id` of an inline component.

mod check;

use crate::base::hash::{HashMap, HashSet};
use crate::spec::component::Origin;
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::source::{DEFINITIONS_KEY, Sources, in_document, position};
use crate::spec::syntax::{Entry, NodeId, NodeValue, Seen, Span};

/// The names to which references can refer.
#[derive(Debug, Default)]
pub(super) struct Definitions<'s> {
    by_name: HashMap<&'s str, Definition>,
    /// The definitions of the document, in order.
    in_order: Vec<&'s str>,
    /// Names with several definitions, which are reported because the intended one is unknown.
    repeated: HashSet<&'s str>,
    /// The targets of references inside supplied parts to definitions within the same entry of the
    /// part.
    nested: HashMap<Origin, Definition>,
}

/// The definition of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    /// The component or plain value.
    pub(super) at: Origin,
    /// The bytes of the key; the start of the text for supplied definitions.
    pub(super) key_span: Span,
    /// The object that contains the `$referenced_components`.
    owner: NodeId,
}

/// A walk over a document that collects its definitions.
struct Search {
    seen: Seen,
    /// The number of objects with definitions that are still to be visited; the walk ends after the
    /// last one.
    left: usize,
}

/// The result of resolving a reference.
#[derive(Clone, Copy, Debug)]
pub(super) enum Resolution {
    /// The definition, which is not a reference itself.
    Found(Definition),
    /// No definition exists.
    Missing,
    /// The references form a cycle.
    Cycle,
}

impl<'s> Definitions<'s> {
    /// Collects all definitions of the document and the supplied parts, and reports duplicates.
    pub(super) fn collect(sources: &'s Sources, problems: &mut Vec<Diagnostic>) -> Self {
        let mut definitions = Self::default();
        if let Some(root) = sources.document().root() {
            let mut search = Search {
                seen: Seen::of(sources.document()),
                left: sources.document().count_key(DEFINITIONS_KEY),
            };
            definitions.collect_below(sources, root, &mut search, problems);
        }
        for (source, tree) in sources.supplied() {
            let Some(root) = tree.root() else { continue };
            let defined = tree
                .get(root, DEFINITIONS_KEY)
                .and_then(|node| tree.entries(node));
            for entry in defined.unwrap_or_default() {
                definitions.supply(
                    &entry.key,
                    Origin {
                        source,
                        node: entry.value,
                    },
                    root,
                );
            }
            // A whole component may be supplied too; it goes by its id.
            if let Some(id) = tree.get(root, "id").and_then(|id| tree.text(id))
                && tree.get(root, "component_type").is_some()
            {
                definitions.supply(id, Origin { source, node: root }, root);
            }
        }
        let supplied = definitions.by_name.values().filter(|it| it.at.source > 0);
        for entry in supplied.map(|it| it.at).collect::<Vec<_>>() {
            definitions.nest(sources, entry);
        }
        definitions
    }

    /// Returns the definition that a reference at a position names.
    pub(super) fn find(&self, name: &str, at: Origin) -> Option<Definition> {
        let nested = self.nested.get(&at);
        nested.or_else(|| self.by_name.get(name)).copied()
    }

    /// Returns whether a name is defined more than once.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.repeated.contains(name)
    }

    /// Returns the final target of a reference, through definitions that are references themselves.
    pub(super) fn resolve(&self, sources: &Sources, name: &str, at: Origin) -> Resolution {
        let mut found = self.find(name, at);
        for _ in 0..=self.by_name.len() + self.nested.len() {
            match found {
                None => return Resolution::Missing,
                Some(definition) => match sources.reference(definition.at) {
                    None => return Resolution::Found(definition),
                    Some(next) => found = self.find(next, definition.at),
                },
            }
        }
        Resolution::Cycle
    }

    /// Returns the names that the document itself defines, in order.
    pub(super) fn of_document(&self) -> impl Iterator<Item = (&'s str, Definition)> {
        self.in_order.iter().filter_map(|name| {
            let definition = self.by_name.get(name).copied();
            Some((*name, definition.filter(|found| found.at.source == 0)?))
        })
    }

    fn supply(&mut self, name: &'s str, at: Origin, owner: NodeId) {
        let definition = Definition {
            at,
            key_span: Span::default(),
            owner,
        };
        self.by_name.insert(name, definition);
    }

    /// Resolves the references in one entry of a supplied part to definitions inside that entry.
    /// Two entries may use the same key for different definitions. A supplied part with the name
    /// takes precedence.
    fn nest(&mut self, sources: &Sources, entry: Origin) {
        let tree = sources.tree(entry.source);
        let within = |node| Origin { node, ..entry };
        let mut defined = HashMap::default();
        let mut references = Vec::new();
        let mut seen = HashSet::default();
        let mut pending = vec![entry.node];
        while let Some(node) = pending.pop() {
            if !seen.insert(node) {
                continue;
            }
            match tree.value(node) {
                NodeValue::Array(items) => pending.extend(items),
                NodeValue::Object(entries) => {
                    references.extend(sources.reference(within(node)).map(|name| (node, name)));
                    pending.extend(entries.iter().map(|entry| entry.value));
                    let definitions = tree.get(node, DEFINITIONS_KEY);
                    for Entry { key, value, .. } in definitions
                        .and_then(|node| tree.entries(node))
                        .unwrap_or_default()
                    {
                        let definition = Definition {
                            at: within(*value),
                            key_span: Span::default(),
                            owner: node,
                        };
                        defined.entry(key.as_str()).or_insert(definition);
                    }
                }
                _ => {}
            }
        }
        for (node, name) in references {
            let is_supplied = self.by_name.get(name).is_some_and(|it| it.at.source > 0);
            if let Some(definition) = defined.get(name).filter(|_| !is_supplied) {
                self.nested.insert(within(node), *definition);
            }
        }
    }

    /// Visits a value of the document: first its own definitions, then its contents.
    fn collect_below(
        &mut self,
        sources: &'s Sources,
        node: NodeId,
        search: &mut Search,
        problems: &mut Vec<Diagnostic>,
    ) {
        let tree = sources.document();
        if search.left == 0 || tree.is_scalar(node) || !search.seen.insert(node) {
            return;
        }
        match tree.value(node) {
            NodeValue::Array(items) => {
                for item in items {
                    self.collect_below(sources, *item, search, problems);
                }
            }
            NodeValue::Object(entries) => {
                if let Some(defined) = tree.get(node, DEFINITIONS_KEY) {
                    search.left -= 1;
                    self.define(sources, node, defined, problems);
                }
                for entry in entries {
                    self.collect_below(sources, entry.value, search, problems);
                }
            }
            _ => {}
        }
    }

    /// Adds the entries of one `$referenced_components`.
    fn define(
        &mut self,
        sources: &'s Sources,
        owner: NodeId,
        defined: NodeId,
        problems: &mut Vec<Diagnostic>,
    ) {
        let tree = sources.document();
        match tree.value(defined) {
            NodeValue::Object(entries) => {
                for Entry {
                    key,
                    key_span,
                    value,
                } in entries
                {
                    if let Some(first) = self.by_name.get(key.as_str()) {
                        let (first, place) =
                            (tree.place_of(first.key_span), tree.place_of(*key_span));
                        let message = format!(
                            "`{key}` is already defined at {}; keys are unique in the whole document",
                            position(first)
                        );
                        let problem = sources.problem(Severity::Error, "AS104", 0, place, message);
                        problems.push(problem.with_related(first, "first defined here"));
                        self.repeated.insert(key.as_str());
                        continue;
                    }
                    let at = in_document(*value);
                    let definition = Definition {
                        at,
                        key_span: *key_span,
                        owner,
                    };
                    self.by_name.insert(key.as_str(), definition);
                    self.in_order.push(key.as_str());
                }
            }
            NodeValue::Array([]) => {}
            _ => {
                let message = format!("`{DEFINITIONS_KEY}` must be an object");
                let place = tree.place(defined);
                problems.push(sources.problem(Severity::Error, "AS008", 0, place, message));
            }
        }
    }
}
