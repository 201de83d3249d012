//! The complete table: all declarations, with inherited fields included.

use std::sync::LazyLock;

use super::component_kind::GROUPS;
use super::kind::FieldKind;
use super::{
    ComponentKind, ComponentType, Execution, ObjectDefinition, TypeDefinition, TypeStatus,
};
use crate::base::hash::{HashMap, IndexMap};
use crate::spec::version::AgentSpecVersion;

/// The fields and ancestors of each type, computed on first use and indexed by the number of the
/// kind.
static TYPES: LazyLock<Vec<ComponentType>> = LazyLock::new(|| {
    let kinds = ComponentKind::ALL.iter();
    kinds.map(|kind| resolve(*kind)).collect()
});

/// The declaration that stands for all types of unknown plugins.
pub(super) const OF_FOREIGN_PLUGINS: TypeDefinition = TypeDefinition {
    kind: ComponentKind::Foreign,
    name: "",
    parents: &[ComponentKind::Component],
    standing: TypeStatus::Foreign,
    since: AgentSpecVersion::V25_4_1,
    plugin: None,
    execution: Execution::None,
    doc: "",
    own_fields: &[],
};

/// Computes what a type inherits. The table has no cycles, which a test checks.
fn resolve(kind: ComponentKind) -> ComponentType {
    let definition = kind.definition();
    let parents = definition.parents.iter();
    let parents: Vec<_> = parents.map(|parent| resolve(*parent)).collect();
    let mut ancestry = vec![kind];
    for family in parents.iter().flat_map(ComponentType::ancestry) {
        if !ancestry.contains(family) {
            ancestry.push(*family);
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

/// Returns the entry of the table for a kind.
pub(super) fn component_type(kind: ComponentKind) -> &'static ComponentType {
    &TYPES[kind as usize]
}

/// Returns the type or family with a name.
pub fn find(name: &str) -> Option<&'static ComponentType> {
    static BY_NAME: LazyLock<HashMap<&str, &ComponentType>> =
        LazyLock::new(|| all().map(|ty| (ty.name(), ty)).collect());
    BY_NAME.get(name).copied()
}

/// Returns all types and families of the language.
pub fn all() -> impl Iterator<Item = &'static ComponentType> {
    TYPES.iter().filter(|ty| ty.is_declared())
}

/// Returns the names of all fields that contain secrets, without duplicates.
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

/// Returns the types and families, grouped under headings for people.
pub fn groups() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static ComponentType>)>
{
    let mut root = Some(component_type(ComponentKind::Component));
    GROUPS.iter().map(move |(heading, kinds)| {
        let types = kinds.iter().map(|kind| component_type(*kind));
        (*heading, root.take().into_iter().chain(types))
    })
}

/// Returns all plain objects that fields accept, in alphabetical order.
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

/// Returns the concrete types that are allowed where `family` is expected, in alphabetical order.
pub fn types_of(family: ComponentKind) -> Vec<&'static ComponentType> {
    let mut types: Vec<_> = all()
        .filter(|ty| ty.is_loadable() && ty.is_a(family))
        .collect();
    types.sort_by_key(|ty| ty.name());
    types
}
