//! A component of a loaded document.

mod equality;
mod field_map;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use self::equality::Comparison;
pub(super) use self::field_map::FieldMap;
use crate::base::hash::{HashSet, IndexMap};
use crate::spec::language::{ComponentKind, ComponentType, Execution, Family};
use crate::spec::property::Property;
use crate::spec::sensitive::SecretValue;
use crate::spec::syntax::NodeId;
use crate::spec::version::AgentSpecVersion;

/// A component of a document: an agent, a node, a tool, a model configuration, ….
///
/// A loaded document is an acyclic graph of components. Each component of the file is one `Arc`:
/// two slots that refer to the same component hold the same `Arc`, so identity is [`Arc::ptr_eq`].
/// Components are made by [`load`](crate::spec::load()) and never change afterwards.
pub struct Component {
    pub(super) ty: &'static ComponentType,
    /// The type name of a foreign plugin's type, which the language table does not have.
    pub(super) foreign_name: Option<String>,
    /// The id; never empty, and generated on load if the text has none.
    pub(super) id: String,
    /// Whether the text contains the id, rather than a generated one.
    pub(super) is_id_written: bool,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// Free-form metadata: an object or null.
    pub(super) metadata: Value,
    /// The inputs as declared in the text, else as inferred from the configuration.
    pub(super) inputs: Vec<Property>,
    pub(super) outputs: Vec<Property>,
    pub(super) branches: Vec<String>,
    /// Which of `inputs`, `outputs` and `branches` the text lists explicitly.
    pub(super) declared: Declared,
    /// The other fields, in the order of export. For a declared type: every field that could be
    /// read, with defaults filled in. For a foreign plugin's type: the keys as written.
    pub(super) fields: FieldMap,
    /// Whether every field of the type could be read; only then are typed views available.
    pub(super) is_complete: bool,
    /// The version of the document that contained the component; an export needs at least this
    /// version.
    pub(super) document_version: AgentSpecVersion,
    /// The position in the text.
    pub(super) origin: Origin,
}

/// The lists that the text contains explicitly; the others are inferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Whether the text has a list of inputs, even an empty one.
    pub inputs: bool,
    /// Whether the text has a list of outputs, even an empty one.
    pub outputs: bool,
    /// Whether the text has a list of branches that is not empty.
    pub branches: bool,
}

/// The text that contains a component, and the position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The number of the text: 0 is the document itself, 1 and up are the supplied parts in their
    /// order.
    pub(super) source: usize,
    /// The object in the tree of that text.
    pub(super) node: NodeId,
}

/// The value of one field of a component.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Plain data without components.
    Value(Value),
    /// Data of a sensitive field; never logged or exported.
    Secret(SecretValue),
    /// A child component.
    Component(Arc<Component>),
    /// A list with components in it, for example the tools of an agent.
    List(Vec<FieldValue>),
    /// A map with components in it.
    Map(IndexMap<String, FieldValue>),
    /// An unresolved `{"$component_ref": …}`, kept as written. Allowed for a secret, which is
    /// needed only on use, and for anything in a partial load.
    Reference(String),
}

impl Component {
    /// Returns the type name, as in `component_type`, for example `Agent`.
    pub fn type_name(&self) -> &str {
        self.foreign_name.as_deref().unwrap_or(self.ty.name())
    }

    /// Returns the definition of the component's type in the language table.
    pub fn component_type(&self) -> &'static ComponentType {
        self.ty
    }

    /// Returns the id, by which other components and a profile can refer to the component. Never
    /// empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns whether the text contains the id; otherwise it was generated on load.
    pub fn has_written_id(&self) -> bool {
        self.is_id_written
    }

    /// Returns the name; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the description, if there is one.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the metadata: an object or null.
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// Returns the inputs: the declared ones, else those inferred from the configuration.
    pub fn inputs(&self) -> &[Property] {
        &self.inputs
    }

    /// Returns the outputs: the declared ones, else those inferred from the configuration.
    pub fn outputs(&self) -> &[Property] {
        &self.outputs
    }

    /// Returns the branches by which control can leave a node; empty for other components.
    pub fn branches(&self) -> &[String] {
        &self.branches
    }

    /// Returns which of `inputs`, `outputs` and `branches` the text lists explicitly.
    pub fn declared(&self) -> Declared {
        self.declared
    }

    /// Returns a field by its name in the specification. Fields with an accessor of their own, such
    /// as the id, are not included.
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.get(name)
    }

    /// Returns all fields without an accessor of their own, in the order of export.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.fields.iter()
    }

    /// Returns the kind of the component.
    pub fn kind(&self) -> ComponentKind {
        self.ty.kind()
    }

    /// Returns whether the component is of the type or family `F`; for example, an `OllamaConfig`
    /// is an `LlmConfig`.
    pub fn is<F: Family>(&self) -> bool {
        self.ty.is::<F>()
    }

    /// Returns how the component is executed.
    pub fn execution(&self) -> Execution {
        self.ty.execution()
    }

    /// Returns whether every field of the type could be read. An incomplete component has no typed
    /// view.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns the version of the document that contained the component.
    pub fn document_version(&self) -> AgentSpecVersion {
        self.document_version
    }

    /// Returns the components in the fields, one for each slot, in the order of declaration.
    pub fn children(&self) -> Vec<&Arc<Component>> {
        let mut children = Vec::new();
        for (_, value) in self.fields.iter() {
            value.collect_components(&mut children);
        }
        children
    }

    /// Returns this component and all components below it without duplicates, parents before
    /// children, in the order of declaration.
    pub fn walk(self: &Arc<Self>) -> Vec<&Arc<Component>> {
        let mut seen = HashSet::default();
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(component) = pending.pop() {
            if seen.insert(Arc::as_ptr(component)) {
                found.push(component);
                pending.extend(component.children().into_iter().rev());
            }
        }
        found
    }
}

impl FieldValue {
    /// Returns the value if it is plain data.
    pub fn as_value(&self) -> Option<&Value> {
        if let Self::Value(value) = self {
            Some(value)
        } else {
            None
        }
    }

    /// Returns the child component if the value is one.
    pub fn as_component(&self) -> Option<&Arc<Component>> {
        if let Self::Component(component) = self {
            Some(component)
        } else {
            None
        }
    }

    /// Returns the items if the value is a list with components in it.
    pub fn as_list(&self) -> Option<&[FieldValue]> {
        if let Self::List(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// Adds the components in this value, one for each slot, in order.
    fn collect_components<'v>(&'v self, found: &mut Vec<&'v Arc<Component>>) {
        match self {
            Self::Component(component) => found.push(component),
            Self::List(items) => items.iter().for_each(|item| item.collect_components(found)),
            Self::Map(entries) => entries
                .values()
                .for_each(|item| item.collect_components(found)),
            Self::Value(_) | Self::Secret(_) | Self::Reference(_) => {}
        }
    }
}

/// Compares by meaning: two components are equal if they have the same type, id and content,
/// wherever they were read.
impl PartialEq for Component {
    fn eq(&self, other: &Self) -> bool {
        Comparison::default().components(self, other)
    }
}

/// Formats only type, id and name, as in `Agent(a1 "weather")`, because a component may be large.
impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} {:?})", self.type_name(), self.id, self.name)
    }
}
