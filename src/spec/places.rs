//! The places of components and their fields in the text.

use crate::spec::component::{Component, Origin};
use crate::spec::syntax::{Entry, NodeId, NodeValue, Place, Tree};

/// A step from a value to a value inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSegment<'p> {
    /// The value of a key.
    Key(&'p str),
    /// An item of a list, from 0.
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

/// Finds where the components of one loaded document are in its text.
///
/// Components that came from a supplied part have no place in this text; they are all at its start.
#[derive(Clone, Copy, Debug)]
pub struct Places<'t> {
    tree: &'t Tree,
}

impl<'t> Places<'t> {
    /// The places in the text that `tree` was parsed from.
    pub fn new(tree: &'t Tree) -> Self {
        Self { tree }
    }

    /// The places of a component of this document.
    pub fn of(&self, component: &Component) -> ComponentPlaces<'t> {
        let Origin { source, node } = component.origin;
        ComponentPlaces {
            tree: self.tree,
            node: (source == 0).then_some(node),
        }
    }
}

/// Finds where one component and its fields are.
///
/// The place of a value that is a reference, `{"$component_ref": "x"}`, is that of the string `"x"`.
#[derive(Clone, Copy, Debug)]
pub struct ComponentPlaces<'t> {
    tree: &'t Tree,
    /// The component's object; `None` if it is not in this text.
    node: Option<NodeId>,
}

impl ComponentPlaces<'_> {
    /// The component as a whole.
    pub fn whole(&self) -> Place {
        self.node.map_or(Place::START, |node| self.tree.place(node))
    }

    /// The place of the value of `component_type`, for problems with the whole component, such as a missing field.
    pub fn type_value(&self) -> Place {
        self.field("component_type").unwrap_or_else(|| self.whole())
    }

    /// The value of a field, if the text has it.
    pub fn field(&self, name: &str) -> Option<Place> {
        self.path(&[PathSegment::Key(name)])
    }

    /// The value of a field, or where to point at its absence.
    pub fn field_or_type(&self, name: &str) -> Place {
        self.field(name).unwrap_or_else(|| self.type_value())
    }

    /// The key of a field, if the text has it.
    pub fn key(&self, name: &str) -> Option<Place> {
        self.key_at(&[PathSegment::Key(name)])
    }

    /// A value inside the component, for example `["inputs", 0, "title"]`, if the text has it.
    pub fn path(&self, path: &[PathSegment<'_>]) -> Option<Place> {
        let node = path
            .iter()
            .try_fold(self.node?, |node, segment| self.step(node, *segment))?;
        Some(value_place(self.tree, node))
    }

    /// A value inside the component, or the innermost one around it that the text has.
    pub fn nearest(&self, path: &[PathSegment<'_>]) -> Place {
        (1..=path.len())
            .rev()
            .find_map(|length| self.path(path.get(..length)?))
            .unwrap_or_else(|| self.type_value())
    }

    /// The key at the end of a path, for example of `["mapping", "yes"]`, if the text has it.
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

    /// The value one step below a node.
    fn step(&self, node: NodeId, segment: PathSegment<'_>) -> Option<NodeId> {
        match (segment, self.tree.value(node)) {
            (PathSegment::Key(key), NodeValue::Object(_)) => {
                self.entry(node, key).map(|entry| entry.value)
            }
            (PathSegment::Index(index), NodeValue::Array(items)) => items.get(index).copied(),
            _ => None,
        }
    }

    /// The entry of a key.
    fn entry(&self, node: NodeId, key: &str) -> Option<&Entry> {
        self.tree.entry(node, key)
    }
}

/// Returns where a value is; for a reference, where its text is.
pub(super) fn value_place(tree: &Tree, node: NodeId) -> Place {
    tree.place(tree.get(node, "$component_ref").unwrap_or(node))
}
