//! The positions of components and their fields in the text.

use crate::spec::component::{Component, Origin};
use crate::spec::syntax::{Entry, NodeId, NodeValue, Place, Tree};

/// A step from a value to a value inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSegment<'p> {
    /// To the value of a key.
    Key(&'p str),
    /// To an item of a list, counted from 0.
    Index(usize),
}

impl<'p> From<&'p str> for PathSegment<'p> {
    fn from(key: &'p str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for PathSegment<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Finds the positions of a document's components in its text.
///
/// Components from a supplied part are not in this text; their position is the start of the text.
#[derive(Clone, Copy, Debug)]
pub struct Places<'t> {
    tree: &'t Tree,
}

impl<'t> Places<'t> {
    /// Makes the positions for the text that `tree` was parsed from.
    pub fn new(tree: &'t Tree) -> Self {
        Self { tree }
    }

    /// Returns the positions of one component of this document.
    pub fn of(&self, component: &Component) -> ComponentPlaces<'t> {
        let Origin { source, node } = component.origin;
        ComponentPlaces {
            tree: self.tree,
            node: (source == 0).then_some(node),
        }
    }
}

/// Finds the positions of a component and its fields.
///
/// The position of a reference, `{"$component_ref": "x"}`, is that of the string `"x"`.
#[derive(Clone, Copy, Debug)]
pub struct ComponentPlaces<'t> {
    tree: &'t Tree,
    /// The object of the component; `None` if it is not in this text.
    node: Option<NodeId>,
}

impl ComponentPlaces<'_> {
    /// Returns the position of the whole component.
    pub fn whole(&self) -> Place {
        self.node.map_or(Place::START, |node| self.tree.place(node))
    }

    /// Returns the position of the value of `component_type`, for problems of the whole component,
    /// such as a missing field.
    pub fn type_value(&self) -> Place {
        self.field("component_type").unwrap_or_else(|| self.whole())
    }

    /// Returns the position of a field's value, if the text has it.
    pub fn field(&self, name: &str) -> Option<Place> {
        self.path(&[PathSegment::Key(name)])
    }

    /// Returns the position of a field's value, or the position to report if the field is missing.
    pub fn field_or_type(&self, name: &str) -> Place {
        self.field(name).unwrap_or_else(|| self.type_value())
    }

    /// Returns the position of a field's key, if the text has it.
    pub fn key(&self, name: &str) -> Option<Place> {
        self.key_at(&[PathSegment::Key(name)])
    }

    /// Returns the position of a value inside the component, for example `["inputs", 0, "title"]`,
    /// if the text has it.
    pub fn path(&self, path: &[PathSegment<'_>]) -> Option<Place> {
        let node = path
            .iter()
            .try_fold(self.node?, |node, segment| self.step(node, *segment))?;
        Some(value_place(self.tree, node))
    }

    /// Returns the position of a value inside the component, or of the innermost existing value
    /// around it.
    pub fn nearest(&self, path: &[PathSegment<'_>]) -> Place {
        (1..=path.len())
            .rev()
            .find_map(|length| self.path(path.get(..length)?))
            .unwrap_or_else(|| self.type_value())
    }

    /// Returns the position of the key at the end of a path, for example `["mapping", "yes"]`, if
    /// the text has it.
    pub fn key_at(&self, path: &[PathSegment<'_>]) -> Option<Place> {
        let (PathSegment::Key(last), before) = path.split_last()? else {
            return None;
        };
        let node = before
            .iter()
            .try_fold(self.node?, |node, segment| self.step(node, *segment))?;
        self.entry(node, last)
            .map(|entry| self.tree.key_place(entry))
    }

    /// Returns the value one step below a node.
    fn step(&self, node: NodeId, segment: PathSegment<'_>) -> Option<NodeId> {
        match (segment, self.tree.value(node)) {
            (PathSegment::Key(key), NodeValue::Object(_)) => {
                self.entry(node, key).map(|entry| entry.value)
            }
            (PathSegment::Index(index), NodeValue::Array(items)) => items.get(index).copied(),
            _ => None,
        }
    }

    /// Returns the entry of a key.
    fn entry(&self, node: NodeId, key: &str) -> Option<&Entry> {
        self.tree.entry(node, key)
    }
}

/// Returns the position of a value; for a reference, that of its string.
pub(super) fn value_place(tree: &Tree, node: NodeId) -> Place {
    tree.place(tree.get(node, "$component_ref").unwrap_or(node))
}
