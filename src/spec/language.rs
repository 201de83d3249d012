//! The language table: a declaration of every component type.
//!
//! A declaration has the name of a type, its parents, its first version of Agent Spec and the way
//! it is executed, and each field with kind, default, availability and description. Loader,
//! validator, exporter, masking of secrets, editor, runtime and typed views all read these
//! declarations. To add a type, add a declaration to one of the files below and its name to
//! [`ComponentKind`].

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

/// The declaration of a component type or family.
#[derive(Debug)]
pub struct TypeDefinition {
    /// The kind that identifies the type.
    pub kind: ComponentKind,
    /// The name, as in `component_type`.
    pub name: &'static str,
    /// The direct parents; empty for the root.
    pub parents: &'static [ComponentKind],
    /// Whether documents can contain the type, and whether its fields are known.
    pub standing: TypeStatus,
    /// The first version of Agent Spec that has the type.
    pub since: AgentSpecVersion,
    /// The plugin that defines the type, if it is not part of the specification.
    pub plugin: Option<&'static str>,
    /// How components of the type are executed.
    pub execution: Execution,
    /// A description of the type, for people.
    pub doc: &'static str,
    /// The type's own fields. Inherited fields are listed only if declared again.
    pub own_fields: &'static [FieldDefinition],
}

/// Whether documents can contain a type, and whether its fields are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeStatus {
    /// A concrete type with all its fields declared.
    Type,
    /// A type of an unknown plugin; its fields are kept as written.
    Foreign,
    /// An abstract family: the type of a slot, but never a `component_type`.
    Family,
    /// A declared type that documents can't contain.
    Draft,
}

/// The declaration of a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldDefinition {
    /// The name, as in the specification.
    pub name: &'static str,
    /// An alternative name that is also accepted.
    pub alias: Option<&'static str>,
    /// A description of the field, for people.
    pub doc: &'static str,
    /// The kind of value that the field accepts.
    pub kind: FieldKind,
    /// The value of the field if the text does not contain it.
    pub default: DefaultValue,
    /// The exports that contain the field.
    pub availability: Availability,
}

/// The version from which a field is exported, and the treatment of a value in an export at an
/// older version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// A value other than the default requires at least this version.
    Since(AgentSpecVersion),
    /// An export at an older version leaves the field out without an error.
    DroppedBefore(AgentSpecVersion),
    /// The field is read but never exported.
    Unwritten,
}

/// The declaration of a plain object with known fields.
#[derive(Debug)]
pub struct ObjectDefinition {
    /// The name of the object in the specification.
    pub name: &'static str,
    /// A description of the object, for people.
    pub doc: &'static str,
    /// Whether unknown keys are kept (and null fields left out) or dropped.
    pub keeps_extras: bool,
    /// The fields, in the order of export.
    pub fields: &'static [FieldDefinition],
}

impl ObjectDefinition {
    /// Returns an object in which every field has its default. Required fields are left out.
    pub fn defaults(&self) -> serde_json::Value {
        let value = |field: &FieldDefinition| {
            let value = field.default.to_json(&field.kind)?;
            Some((field.name.to_owned(), value))
        };
        serde_json::Value::Object(self.fields.iter().filter_map(value).collect())
    }
}

/// A component type or family, with inherited fields included.
#[derive(Debug)]
pub struct ComponentType {
    definition: &'static TypeDefinition,
    /// The type itself and all its ancestors.
    ancestry: Vec<ComponentKind>,
    /// All fields in the order of export, those of the root first. A field that is declared again
    /// keeps the position of the inherited one.
    fields: IndexMap<&'static str, &'static FieldDefinition>,
}

impl ComponentType {
    /// Returns the kind that identifies the type.
    pub fn kind(&self) -> ComponentKind {
        self.definition.kind
    }

    /// Returns the name, as in `component_type`.
    pub fn name(&self) -> &'static str {
        self.definition.name
    }

    /// Returns the description of the type, for people; empty for a foreign plugin's type.
    pub fn doc(&self) -> &'static str {
        self.definition.doc
    }

    /// Returns the first version of Agent Spec that has the type.
    pub fn since(&self) -> AgentSpecVersion {
        self.definition.since
    }

    /// Returns whether documents can contain the type, and whether its fields are known.
    pub fn standing(&self) -> TypeStatus {
        self.definition.standing
    }

    /// Returns whether the fields of the type are declared in the table.
    pub fn is_declared(&self) -> bool {
        self.definition.standing != TypeStatus::Foreign
    }

    /// Returns whether a document can contain the type.
    pub fn is_loadable(&self) -> bool {
        matches!(
            self.definition.standing,
            TypeStatus::Type | TypeStatus::Foreign
        )
    }

    /// Returns the plugin that exports name for the type; `None` if the type is part of the
    /// specification.
    pub fn plugin(&self) -> Option<&'static str> {
        self.definition.plugin
    }

    /// Returns how components of the type are executed.
    pub fn execution(&self) -> Execution {
        self.definition.execution
    }

    /// Returns the direct parents.
    pub fn parents(&self) -> &'static [ComponentKind] {
        self.definition.parents
    }

    /// Returns all ancestors, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = ComponentKind> + '_ {
        self.ancestry.iter().copied().skip(1)
    }

    /// Returns the type's own fields, including inherited ones that are declared again.
    pub fn own_fields(&self) -> &'static [FieldDefinition] {
        self.definition.own_fields
    }

    /// Returns whether the type is `F` or a descendant of it; for example, an `OllamaConfig` is an
    /// `LlmConfig`.
    pub fn is<F: Family>(&self) -> bool {
        self.is_a(F::KIND)
    }

    /// Returns whether the type is `kind` or a descendant of it.
    pub fn is_a(&self, kind: ComponentKind) -> bool {
        self.ancestry.contains(&kind)
    }

    /// Returns the type itself and all its ancestors, nearest first.
    pub(super) fn ancestry(&self) -> &[ComponentKind] {
        &self.ancestry
    }

    /// Returns all fields, including inherited ones, in the order of export.
    pub fn fields(&self) -> impl Iterator<Item = &'static FieldDefinition> + '_ {
        self.fields.values().copied()
    }

    /// Returns whether a field contains secrets.
    pub fn is_sensitive(&self, field: &str) -> bool {
        self.field(field)
            .is_some_and(|field| field.kind.is_sensitive())
    }

    /// Returns whether a key of an object of this type is read as one of its fields.
    pub fn reads(&self, key: &str) -> bool {
        self.fields.contains_key(key) || self.fields().any(|field| field.alias == Some(key))
    }

    /// Returns the field with a name, if the type has it.
    pub fn field(&self, name: &str) -> Option<&'static FieldDefinition> {
        self.fields.get(name).copied()
    }
}

/// A type or family that has a typed view.
pub trait Family {
    /// The kind that identifies the type.
    const KIND: ComponentKind;
}

/// A typed view of a component: getters for the fields of one type or family.
pub trait View: Sized {
    /// Wraps a component, which must be of the type and complete.
    fn wrap(component: Arc<Component>) -> Self;

    /// Returns the underlying component.
    fn shared(&self) -> &Arc<Component>;

    /// Returns the view of a component; `None` if the component is of another type or incomplete.
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
