//! The table itself: all declarations, and what their types inherit.

use std::sync::LazyLock;

use super::kind::FieldKind;
use super::{
    ComponentType, ObjectDefinition, Standing, TypeDefinition, agents, auth, datastores, families,
    flows, llms, mcp, nodes, remote, teams, tools, transforms, wayflow,
};
use crate::base::hash::IndexMap;
use crate::spec::version::AgentSpecVersion;

/// The declarations by the headings that they stand under for people.
const GROUPS: [(&str, &[&TypeDefinition]); 23] = [
    ("Families", families::DEFINITIONS),
    ("Agents", agents::DEFINITIONS),
    ("Teams", teams::DEFINITIONS),
    ("Remote agents", remote::DEFINITIONS),
    ("Flows", flows::DEFINITIONS),
    ("Nodes", nodes::DEFINITIONS),
    ("Tools", tools::DEFINITIONS),
    ("MCP servers", mcp::DEFINITIONS),
    ("Models", llms::DEFINITIONS),
    ("Authentication", auth::DEFINITIONS),
    ("Datastores", datastores::DEFINITIONS),
    ("Message transforms", transforms::DEFINITIONS),
    (
        "WayFlow: agents, teams and tools",
        wayflow::agents::DEFINITIONS,
    ),
    ("WayFlow: nodes", wayflow::nodes::DEFINITIONS),
    (
        "WayFlow: nodes for variables",
        wayflow::variable_nodes::DEFINITIONS,
    ),
    (
        "WayFlow: nodes for datastores",
        wayflow::datastore_nodes::DEFINITIONS,
    ),
    ("WayFlow: context providers", wayflow::context::DEFINITIONS),
    ("WayFlow: MCP servers", wayflow::mcp::DEFINITIONS),
    ("WayFlow: prompts", wayflow::prompts::DEFINITIONS),
    ("WayFlow: output parsers", wayflow::parsers::DEFINITIONS),
    (
        "WayFlow: message transforms",
        wayflow::transforms::DEFINITIONS,
    ),
    (
        "WayFlow: embedding models",
        wayflow::embeddings::DEFINITIONS,
    ),
    ("WayFlow: search", wayflow::search::DEFINITIONS),
];

/// The whole table, worked out on first use.
static TYPES: LazyLock<IndexMap<&'static str, ComponentType>> = LazyLock::new(|| {
    let declared = GROUPS.iter().flat_map(|(_, definitions)| *definitions);
    let definitions: IndexMap<&str, &'static TypeDefinition> =
        std::iter::once(&families::COMPONENT)
            .chain(declared.copied())
            .map(|definition| (definition.name, definition))
            .collect();
    definitions
        .iter()
        .map(|(name, definition)| (*name, resolve(definition, &definitions)))
        .collect()
});

/// Any type of a plugin that the table does not have.
const OF_FOREIGN_PLUGINS: TypeDefinition = TypeDefinition {
    name: "",
    parents: &["Component"],
    standing: Standing::Foreign,
    since: AgentSpecVersion::V25_4_1,
    plugin: None,
    doc: "",
    own_fields: &[],
};

/// Works out what a type inherits. The table has no cycles: a test walks it.
fn resolve(
    definition: &'static TypeDefinition,
    definitions: &IndexMap<&str, &'static TypeDefinition>,
) -> ComponentType {
    let parents = definition.parents.iter();
    let parents: Vec<_> = parents
        .filter_map(|name| definitions.get(name))
        .map(|parent| resolve(parent, definitions))
        .collect();
    let mut ancestry = vec![definition.name];
    for family in parents.iter().flat_map(|parent| &parent.ancestry) {
        if !ancestry.contains(family) {
            ancestry.push(family);
        }
    }
    // Of two parents, the fields of the second come first and those of the first count, as in Python.
    let inherited = parents.iter().rev().flat_map(|parent| &parent.fields);
    let mut fields: IndexMap<_, _> = inherited.map(|(name, field)| (*name, *field)).collect();
    fields.extend(
        definition
            .own_fields
            .iter()
            .map(|field| (field.name, field)),
    );
    ComponentType {
        definition,
        ancestry,
        fields,
    }
}

/// A type or family by name.
pub fn find(name: &str) -> Option<&'static ComponentType> {
    TYPES.get(name)
}

/// What stands for types of foreign plugins, which the language does not have: a component like any other, of no
/// family.
pub(in crate::spec) fn foreign() -> &'static ComponentType {
    static FOREIGN: LazyLock<ComponentType> = LazyLock::new(|| {
        let root = &families::COMPONENT;
        resolve(
            &OF_FOREIGN_PLUGINS,
            &IndexMap::from_iter([(root.name, root)]),
        )
    });
    &FOREIGN
}

/// Every type and family of the language.
pub fn all() -> impl Iterator<Item = &'static ComponentType> {
    TYPES.values()
}

/// The names of all fields that hold secrets, each once.
pub fn sensitive_names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let fields = all().flat_map(ComponentType::own_fields);
        let mut names: Vec<_> = fields
            .filter(|field| field.kind.is_sensitive())
            .map(|field| field.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    &NAMES
}

/// The types and families by the headings that they stand under for people.
pub fn groups() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static ComponentType>)>
{
    let mut root = find(families::COMPONENT.name);
    GROUPS.iter().map(move |(heading, definitions)| {
        let types = definitions
            .iter()
            .filter_map(|definition| find(definition.name));
        (*heading, root.take().into_iter().chain(types))
    })
}

/// Every plain object that a field takes, in alphabetical order.
pub fn plain_objects() -> Vec<&'static ObjectDefinition> {
    let mut objects: Vec<&'static ObjectDefinition> = Vec::new();
    for field in all().flat_map(ComponentType::own_fields) {
        field.kind.visit(&mut |kind| {
            if let FieldKind::Object(object) = kind
                && objects.iter().all(|known| known.name != object.name)
            {
                objects.push(object);
            }
        });
    }
    objects.sort_by_key(|object| object.name);
    objects
}

/// The types that may stand where `family` is asked for, in alphabetical order.
pub fn types_of(family: &str) -> Vec<&'static ComponentType> {
    let mut types: Vec<_> = all()
        .filter(|ty| ty.is_loadable() && ty.is_a(family))
        .collect();
    types.sort_by_key(|ty| ty.name());
    types
}
