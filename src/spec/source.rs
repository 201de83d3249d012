//! The texts of one load: the document, and the supplied parts to which it may refer.

use crate::spec::component::Origin;
use crate::spec::diagnostic::{Code, Diagnostic, Elsewhere, Severity};
use crate::spec::language::FieldDefinition;
use crate::spec::places::value_place;
use crate::spec::syntax::{Entry, NodeId, NodeValue, Place, Tree};

/// The key that makes an object a reference.
pub(super) const REFERENCE_KEY: &str = "$component_ref";
/// The key under which an object has definitions for references.
pub(super) const DEFINITIONS_KEY: &str = "$referenced_components";

/// All texts of one load. Number 0 is the document.
#[derive(Debug)]
pub(super) struct Sources {
    trees: Vec<Tree>,
    /// The names of the supplied parts, for messages; the name of the document is not used.
    names: Vec<String>,
}

impl Sources {
    pub(super) fn new(document: Tree) -> Self {
        Self {
            trees: vec![document],
            names: vec![String::new()],
        }
    }

    /// Adds a supplied part.
    pub(super) fn add(&mut self, name: &str, tree: Tree) {
        self.trees.push(tree);
        self.names.push(name.to_owned());
    }

    /// Returns the tree of the document.
    pub(super) fn document(&self) -> &Tree {
        self.tree(0)
    }

    /// Converts into the tree of the document.
    pub(super) fn into_document(mut self) -> Tree {
        self.trees.swap_remove(0)
    }

    /// Returns the tree of a text.
    pub(super) fn tree(&self, source: usize) -> &Tree {
        &self.trees[source]
    }

    /// Returns the trees of all texts, the document first.
    pub(super) fn trees(&self) -> impl Iterator<Item = &Tree> {
        self.trees.iter()
    }

    /// Returns the trees of the supplied parts, each with its number.
    pub(super) fn supplied(&self) -> impl Iterator<Item = (usize, &Tree)> {
        self.trees.iter().enumerate().skip(1)
    }

    /// Returns a value.
    pub(super) fn value(&self, at: Origin) -> NodeValue<'_> {
        self.tree(at.source).value(at.node)
    }

    /// Returns the value of a key of an object.
    pub(super) fn get(&self, at: Origin, key: &str) -> Option<Origin> {
        let node = self.tree(at.source).get(at.node, key)?;
        Some(Origin {
            source: at.source,
            node,
        })
    }

    /// Returns the value of a field of an object, by the field's name or its alternative name.
    pub(super) fn given(&self, at: Origin, field: &FieldDefinition) -> Option<Origin> {
        self.get(at, field.name)
            .or_else(|| self.get(at, field.alias?))
    }

    /// Returns the content of a string.
    pub(super) fn text(&self, at: Origin) -> Option<&str> {
        self.tree(at.source).text(at.node)
    }

    /// Returns the name to which an object refers, if it is a reference.
    pub(super) fn reference(&self, at: Origin) -> Option<&str> {
        self.text(self.get(at, REFERENCE_KEY)?)
    }

    /// Returns the position of a value in its text.
    pub(super) fn place(&self, at: Origin) -> Place {
        value_place(self.tree(at.source), at.node)
    }

    /// Returns the position for problems of a whole component: that of its type, if it has one.
    pub(super) fn type_place(&self, at: Origin) -> Place {
        let tree = self.tree(at.source);
        value_place(tree, tree.get(at.node, "component_type").unwrap_or(at.node))
    }

    /// Returns the position of a key of an object.
    pub(super) fn key_place(&self, at: Origin, key: &str) -> Place {
        let tree = self.tree(at.source);
        tree.entry(at.node, key)
            .map_or_else(|| tree.place(at.node), |entry| tree.key_place(entry))
    }

    /// Returns the position of the key of an entry, like [`Self::key_place`] but without a search.
    pub(super) fn entry_place(&self, source: usize, entry: &Entry) -> Place {
        self.tree(source).key_place(entry)
    }

    /// Makes a problem at a position in one of the texts.
    pub(super) fn problem(
        &self,
        severity: Severity,
        code: &'static str,
        source: usize,
        place: Place,
        message: String,
    ) -> Diagnostic {
        let code = Code(code);
        if source != 0 {
            let file = self.names[source].clone();
            let elsewhere = Elsewhere {
                file,
                place,
                message,
            };
            return Diagnostic::elsewhere(code, severity, elsewhere);
        }
        match severity {
            Severity::Error => Diagnostic::error(code, place, message),
            Severity::Warning => Diagnostic::warning(code, place, message),
        }
    }

    /// Formats the position of a value: `7:36`, or ``7:36 of `part.yaml` `` in a supplied part.
    pub(super) fn position(&self, at: Origin) -> String {
        let position = position(self.place(at));
        match at.source {
            0 => position,
            source => format!("{position} of `{}`", self.names[source]),
        }
    }
}

/// Formats a position for people: `7:36`.
pub(super) fn position(place: Place) -> String {
    format!("{}:{}", place.line, place.column)
}

/// Returns the origin for a node of the document.
pub(super) fn in_document(node: NodeId) -> Origin {
    Origin { source: 0, node }
}
