//! The language as a table: every component type, declared once.
//!
//! A declaration says what a type is called, what it descends from, since which version of Agent Spec it exists, and
//! how it runs, and each field with kind, default, availability and a line for people. Loader, validator, exporter,
//! masking of secrets, editor, runtime and its typed views all read that one declaration, so adding a type is adding a
//! declaration to one of the files below, and its name to [`ComponentKind`].

mod component_kind;
mod declare;
mod execution;
pub mod kind;
pub mod objects;
pub mod page;
mod table;

pub mod agents;
pub mod auth;
pub mod datastores;
pub mod families;
pub mod flows;
pub mod llms;
pub mod mcp;
pub mod nodes;
pub mod remote;
pub mod teams;
pub mod tools;
pub mod transforms;
pub mod wayflow;

use std::sync::Arc;

pub use self::component_kind::*;
pub use self::execution::{
    AgenticExecution, Execution, NodeExecution, ParserExecution, PluginNodeExecution,
    ProviderExecution, ToolExecution, TransformExecution,
};
use self::kind::{DefaultValue, FieldKind, Kind};
pub use self::nodes::ReductionMethod;
pub use self::table::{all, find, groups, plain_objects, sensitive_names, types_of};
use crate::base::hash::IndexMap;
use crate::spec::component::Component;
use crate::spec::version::AgentSpecVersion;

/// A type or family as its declaration gives it.
#[derive(Debug)]
pub struct TypeDefinition {
    /// Which of the declarations it is.
    pub kind: ComponentKind,
    /// As in `component_type`.
    pub name: &'static str,
    /// The families it directly descends from; empty for the root.
    pub parents: &'static [ComponentKind],
    /// Whether documents can hold it, and how well it is known.
    pub standing: TypeStatus,
    /// The first version that has it.
    pub since: AgentSpecVersion,
    /// The plugin that has it, for a type that is not of the specification itself.
    pub plugin: Option<&'static str>,
    /// How it is executed.
    pub execution: Execution,
    /// A description of the type, for people.
    pub doc: &'static str,
    /// Its fields without those of its parents, except where it declares one again.
    pub own_fields: &'static [FieldDefinition],
}

/// Whether documents can hold a type, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeStatus {
    /// Declared with all its fields.
    Type,
    /// Of a plugin that the table does not have; its fields are kept as they are written.
    Foreign,
    /// Abstract: never a `component_type`, only what a slot takes.
    Family,
    /// Declared, but not to be loaded from a document.
    Draft,
}

/// A field as its declaration gives it.
#[derive(Clone, Copy, Debug)]
pub struct FieldDefinition {
    /// As the specification spells it.
    pub name: &'static str,
    /// Another name that it is read by.
    pub alias: Option<&'static str>,
    /// A description of the field, for people.
    pub doc: &'static str,
    /// The kind of value that the field accepts.
    pub kind: FieldKind,
    /// Its value when left out.
    pub default: DefaultValue,
    /// In which exports it appears.
    pub availability: Availability,
}

/// From which version on a field is exported, and what happens to a value at an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// A value other than the default needs this version.
    Since(AgentSpecVersion),
    /// An export at an older version silently leaves the field out.
    DroppedBefore(AgentSpecVersion),
    /// Read, but in no export.
    Unwritten,
}

/// A plain object with known fields.
#[derive(Debug)]
pub struct ObjectDefinition {
    /// The specification's name for it.
    pub name: &'static str,
    /// A description of the object, for people.
    pub doc: &'static str,
    /// Whether keys that are not fields are kept (and null fields left out), or dropped.
    pub keeps_extras: bool,
    /// Its fields, in the order of export.
    pub fields: &'static [FieldDefinition],
}

impl ObjectDefinition {
    /// An object in which every field has its default. A field that is required is left out.
    pub fn defaults(&self) -> serde_json::Value {
        let value = |field: &FieldDefinition| {
            let value = field.default.to_json(&field.kind)?;
            Some((field.name.to_owned(), value))
        };
        serde_json::Value::Object(self.fields.iter().filter_map(value).collect())
    }
}

/// A type or family with what it inherits worked out.
#[derive(Debug)]
pub struct ComponentType {
    definition: &'static TypeDefinition,
    /// Every family it belongs to, itself included.
    ancestry: Vec<ComponentKind>,
    /// All fields in the order of export: those of the root first; a field declared again keeps its
    /// parent's place.
    fields: IndexMap<&'static str, &'static FieldDefinition>,
}

impl ComponentType {
    /// Returns which of the declarations the type is.
    pub fn kind(&self) -> ComponentKind {
        self.definition.kind
    }

    /// Its name as in `component_type`.
    pub fn name(&self) -> &'static str {
        self.definition.name
    }

    /// Returns what the type is, for people; empty if it is of a foreign plugin.
    pub fn doc(&self) -> &'static str {
        self.definition.doc
    }

    /// The first version that has it.
    pub fn since(&self) -> AgentSpecVersion {
        self.definition.since
    }

    /// Whether documents can hold it, and how well it is known.
    pub fn standing(&self) -> TypeStatus {
        self.definition.standing
    }

    /// Whether its fields are declared in the table.
    pub fn is_declared(&self) -> bool {
        self.definition.standing != TypeStatus::Foreign
    }

    /// Whether a document can hold it.
    pub fn is_loadable(&self) -> bool {
        matches!(
            self.definition.standing,
            TypeStatus::Type | TypeStatus::Foreign
        )
    }

    /// The plugin that an export of it names, for a type that is not of the specification itself.
    pub fn plugin(&self) -> Option<&'static str> {
        self.definition.plugin
    }

    /// Returns how the type is executed.
    pub fn execution(&self) -> Execution {
        self.definition.execution
    }

    /// The families that it directly descends from.
    pub fn parents(&self) -> &'static [ComponentKind] {
        self.definition.parents
    }

    /// Every family that it descends from, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = ComponentKind> + '_ {
        self.ancestry.iter().copied().skip(1)
    }

    /// The fields of its own declaration: those that it adds, and those of its parents that it
    /// declares again.
    pub fn own_fields(&self) -> &'static [FieldDefinition] {
        self.definition.own_fields
    }

    /// Whether it is of the type or family `F`: an `OllamaConfig` is an `LlmConfig`.
    pub fn is<F: Family>(&self) -> bool {
        self.is_a(F::KIND)
    }

    /// Whether it is of a type or family.
    pub fn is_a(&self, kind: ComponentKind) -> bool {
        self.ancestry.contains(&kind)
    }

    /// Itself and the families that it descends from, the nearest first.
    pub(super) fn ancestry(&self) -> &[ComponentKind] {
        &self.ancestry
    }

    /// All its fields, inherited ones included, in the order of export.
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldDefinition> + '_ {
        self.fields.values().copied()
    }

    /// Whether a field holds secrets.
    pub fn is_sensitive(&self, field: &str) -> bool {
        self.field(field)
            .is_some_and(|field| field.kind.is_sensitive())
    }

    /// Whether a key of an object of this type is one of its fields.
    pub fn reads(&self, key: &str) -> bool {
        self.fields.contains_key(key) || self.fields().any(|field| field.alias == Some(key))
    }

    /// The field of this name, if the type has it.
    pub fn field(&self, name: &str) -> Option<&'static FieldDefinition> {
        self.fields.get(name).copied()
    }
}

/// A type or family that has a typed view.
pub trait Family {
    /// Its kind.
    const KIND: ComponentKind;
}

/// A typed view of a component: getters for the fields of one type or family.
pub trait View: Sized {
    /// Wraps a component that is known to be of the type and complete.
    fn wrap(component: Arc<Component>) -> Self;

    /// The component that is viewed.
    fn shared(&self) -> &Arc<Component>;

    /// The view of a component, if it is of the type or family and complete.
    fn view(component: &Arc<Component>) -> Option<Self>
    where
        Self: Family,
    {
        (component.is::<Self>() && component.is_complete())
            .then(|| Self::wrap(Arc::clone(component)))
    }
}

impl View for Arc<Component> {
    fn wrap(component: Arc<Component>) -> Self {
        component
    }

    fn shared(&self) -> &Arc<Component> {
        self
    }
}

/// Reads a field for a getter of a view.
#[expect(
    clippy::expect_used,
    reason = "a view is had of a complete component only, and in that every field is of its kind"
)]
fn get<'c, K: Kind>(component: &'c Component, name: &str) -> K::View<'c> {
    K::field(component, name).expect("a complete component has every field of its type")
}

#[cfg(test)]
mod tests;
