//! Fields that name a part of another component: a branch, an input or an output.

use std::ops::Range;

use super::cursor::{Cursor, Level};
use super::expected::type_of;
use super::symbols::Symbols;
use crate::spec::component::{Component, Origin};
use crate::spec::load::LoadOptions;
use crate::spec::property::{Property, type_text};
use crate::spec::source::REFERENCE_KEY;
use crate::spec::syntax::{NodeId, Tree};

/// The lists of a component whose members have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Inputs,
    Outputs,
    Branches,
}

/// A field that names parts of the component in a neighbouring field, by its value or, for an
/// object, by its keys.
struct NamingField {
    field: &'static str,
    /// The neighbouring field that contains the component.
    of: &'static str,
    part: Part,
}

/// The fields that name parts. The language table can't express this: there they are plain text.
const NAMING_FIELDS: [NamingField; 4] = [
    NamingField {
        field: "from_branch",
        of: "from_node",
        part: Part::Branches,
    },
    NamingField {
        field: "source_output",
        of: "source_node",
        part: Part::Outputs,
    },
    NamingField {
        field: "destination_input",
        of: "destination_node",
        part: Part::Inputs,
    },
    NamingField {
        field: "reducers",
        of: "subflow",
        part: Part::Outputs,
    },
];

/// A part, with its name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    /// The type of an input or output.
    pub(super) detail: String,
    /// A description in words.
    pub(super) doc: String,
}

/// The parts that the key or value under the cursor may name.
pub(super) struct Choice {
    pub(super) part: Part,
    pub(super) names: Vec<Named>,
    /// The object of the component that has the parts, if it is in this text.
    node: Option<NodeId>,
}

/// Returns the parts that the key or value under the cursor may name; `None` if its field names no
/// parts.
pub(super) fn choice(cursor: &Cursor<'_>, options: &LoadOptions) -> Option<Choice> {
    let owner = cursor.owner()?;
    let naming = NAMING_FIELDS
        .iter()
        .find(|naming| cursor.key_of(owner) == Some(naming.field))?;
    type_of(cursor.tree(), owner.node)?.field(naming.field)?;
    let target = target(cursor, owner, naming.of);
    let loaded = cursor.load(options);
    let components = loaded
        .component
        .as_ref()
        .map(Component::walk)
        .unwrap_or_default();
    let component = components.into_iter().find(|component| match &target {
        Target::Node(node) => {
            component.origin
                == Origin {
                    source: 0,
                    node: *node,
                }
        }
        Target::Name(name) => component.id() == name,
        Target::None => false,
    });
    let node = match target {
        Target::Node(node) => Some(node),
        Target::Name(_) | Target::None => None,
    };
    let names = match (component, node) {
        (Some(component), _) => of_component(component, naming.part),
        (None, Some(node)) => written(cursor.tree(), node, naming.part),
        (None, None) => Vec::new(),
    };
    Some(Choice {
        part: naming.part,
        names,
        node,
    })
}

/// The value that fills a slot.
enum Target {
    /// An object of this text.
    Node(NodeId),
    /// The name of a supplied value.
    Name(String),
    None,
}

fn target(cursor: &Cursor<'_>, owner: &Level, slot: &str) -> Target {
    let tree = cursor.tree();
    let Some(value) = tree.get(owner.node, slot) else {
        return Target::None;
    };
    let Some(name) = tree
        .get(value, REFERENCE_KEY)
        .and_then(|node| tree.text(node))
    else {
        return Target::Node(value);
    };
    let symbols = Symbols::of(tree);
    let enclosing: Vec<NodeId> = cursor.levels.iter().map(|level| level.node).collect();
    match symbols.resolve(name, &enclosing) {
        Some(at) => symbols
            .definitions
            .get(at)
            .map_or(Target::None, |symbol| Target::Node(symbol.value)),
        None => Target::Name(name.to_owned()),
    }
}

fn of_component(component: &Component, part: Part) -> Vec<Named> {
    let named = |property: &Property| Named {
        name: property.title().to_owned(),
        detail: property.type_text(),
        doc: property.description().unwrap_or_default().to_owned(),
    };
    match part {
        Part::Inputs => component.inputs().iter().map(named).collect(),
        Part::Outputs => component.outputs().iter().map(named).collect(),
        Part::Branches => component
            .branches()
            .iter()
            .map(|name| branch(name))
            .collect(),
    }
}

fn branch(name: &str) -> Named {
    Named {
        name: name.to_owned(),
        detail: "branch".to_owned(),
        doc: String::new(),
    }
}

/// Returns the parts that an object lists explicitly, if nothing more is known about the object.
fn written(tree: &Tree, node: NodeId, part: Part) -> Vec<Named> {
    let items = tree
        .get(node, part.field())
        .and_then(|list| tree.items(list));
    let items = items.unwrap_or_default().iter();
    match part {
        Part::Branches => items
            .filter_map(|item| tree.text(*item).map(branch))
            .collect(),
        Part::Inputs | Part::Outputs => properties(tree, node, part.field())
            .map(|(named, _)| named)
            .collect(),
    }
}

impl Part {
    /// Returns the name of the field that has this list.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Branches => "branches",
        }
    }
}

/// Returns the properties that an object lists in a field, each with the node of its title.
pub(super) fn properties<'t>(
    tree: &'t Tree,
    object: NodeId,
    field: &str,
) -> impl Iterator<Item = (Named, NodeId)> + 't {
    let list = tree.get(object, field).and_then(|list| tree.items(list));
    list.unwrap_or_default().iter().filter_map(|item| {
        let title = tree.get(*item, "title")?;
        let text = |key| tree.get(*item, key).and_then(|node| tree.text(node));
        let named = Named {
            name: tree.text(title)?.to_owned(),
            detail: type_text(&tree.to_json(*item)),
            doc: text("description").unwrap_or_default().to_owned(),
        };
        Some((named, title))
    })
}

impl Choice {
    /// Returns the range of a part in the recovered text: the title or branch in the component's
    /// list, else the component's first line.
    pub(super) fn place(&self, tree: &Tree, name: &str) -> Option<Range<usize>> {
        let node = self.node?;
        // A start node's inputs are its outputs, whichever it lists.
        let lists = match self.part {
            Part::Inputs => ["inputs", "outputs"],
            Part::Outputs => ["outputs", "inputs"],
            Part::Branches => ["branches", "mapping"],
        };
        let listed = lists.iter().find_map(|field| {
            let value = tree.get(node, field)?;
            let is_named = |item: &NodeId| tree.text(*item) == Some(name);
            let in_list = tree
                .items(value)
                .and_then(|items| items.iter().copied().find(is_named));
            let in_map = tree
                .entries(value)
                .and_then(|entries| entries.iter().map(|entry| entry.value).find(is_named));
            let title = properties(tree, node, field)
                .find(|(named, _)| named.name == name)
                .map(|(_, title)| title);
            in_list.or(in_map).or(title)
        });
        let whole = tree.get(node, "component_type");
        let node = listed.or(whole)?;
        Some(tree.place(node).bytes())
    }
}
