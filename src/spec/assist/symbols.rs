//! The definitions and references of a document.

use std::collections::HashSet;

use crate::spec::source::{DEFINITIONS_KEY, REFERENCE_KEY};
use crate::spec::syntax::{NodeId, NodeValue, Place, Tree};

/// All definitions and references of one document.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// The definitions in the order of the text, outer ones first.
    pub(super) definitions: Vec<Symbol>,
    /// The references in the order of the text.
    pub(super) uses: Vec<Use>,
}

/// A name that references can use.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub(super) name: String,
    /// The position of the key.
    pub(super) key_place: Place,
    /// The value that the name refers to.
    pub(super) value: NodeId,
    /// The object that contains the definitions.
    owner: NodeId,
}

/// A reference.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) name: String,
    /// The position of the name, quotes included.
    pub(super) place: Place,
    /// The objects around the reference, outermost first.
    enclosing: Vec<NodeId>,
}

impl Symbols {
    /// Finds all definitions and references.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut symbols = Self::default();
        if let Some(root) = tree.root() {
            let mut seen = HashSet::new();
            symbols.collect(tree, root, &mut Vec::new(), &mut seen);
        }
        symbols.uses.sort_by_key(|used| used.place);
        symbols
    }

    fn collect(
        &mut self,
        tree: &Tree,
        node: NodeId,
        enclosing: &mut Vec<NodeId>,
        seen: &mut HashSet<NodeId>,
    ) {
        if !seen.insert(node) {
            return;
        }
        match tree.value(node) {
            NodeValue::Array(items) => {
                for item in items {
                    self.collect(tree, *item, enclosing, seen);
                }
            }
            NodeValue::Object(entries) => {
                let defined = tree.get(node, DEFINITIONS_KEY);
                for entry in defined
                    .and_then(|node| tree.entries(node))
                    .unwrap_or_default()
                {
                    self.definitions.push(Symbol {
                        name: entry.key.to_string(),
                        key_place: tree.key_place(entry),
                        value: entry.value,
                        owner: node,
                    });
                }
                enclosing.push(node);
                for entry in entries {
                    if entry.key == REFERENCE_KEY
                        && let Some(name) = tree.text(entry.value)
                    {
                        self.uses.push(Use {
                            name: name.to_owned(),
                            place: tree.place(entry.value),
                            enclosing: enclosing.clone(),
                        });
                    }
                    self.collect(tree, entry.value, enclosing, seen);
                }
                enclosing.pop();
            }
            NodeValue::Null | NodeValue::Bool(_) | NodeValue::Number(_) | NodeValue::String(_) => {}
        }
    }

    /// Returns the index of the definition that a name refers to: the one in the innermost
    /// enclosing object, else any with this name.
    pub(super) fn resolve(&self, name: &str, enclosing: &[NodeId]) -> Option<usize> {
        let named = || {
            let definitions = self.definitions.iter().enumerate();
            definitions.filter(|(_, symbol)| symbol.name == name)
        };
        let depth = |symbol: &Symbol| enclosing.iter().rposition(|node| *node == symbol.owner);
        named()
            .filter_map(|(at, symbol)| Some((depth(symbol)?, at)))
            .max_by_key(|(depth, at)| (*depth, usize::MAX - at))
            .map(|(_, at)| at)
            .or_else(|| named().next().map(|(at, _)| at))
    }

    /// Returns the index of the definition that a reference refers to.
    pub(super) fn target(&self, used: &Use) -> Option<usize> {
        self.resolve(&used.name, &used.enclosing)
    }

    /// Returns the definitions visible at a place, innermost first; of a name that is defined
    /// twice, only the innermost.
    pub(super) fn in_scope(&self, enclosing: &[NodeId]) -> Vec<&Symbol> {
        let mut names = HashSet::new();
        enclosing
            .iter()
            .rev()
            .flat_map(|owner| {
                let definitions = self.definitions.iter();
                definitions.filter(move |symbol| symbol.owner == *owner)
            })
            .filter(|symbol| names.insert(symbol.name.as_str()))
            .collect()
    }
}
