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

/// A component: an agent, a node, a tool, a model configuration, ….
///
/// A loaded document is a graph of these without cycles. What is one component in the file is one `Arc`: two slots
/// that refer to it hold the same one, so identity is [`Arc::ptr_eq`]. Made by [`load`](crate::spec::load()); never
/// changed afterwards.
pub struct Component {
    pub(super) ty: &'static ComponentType,
    /// The name of a plugin's type that the language does not have.
    pub(super) foreign_name: Option<String>,
    /// The id, never empty; made up at load when the text has none.
    pub(super) id: String,
    /// Whether the text gives the id itself.
    pub(super) is_id_written: bool,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// An object or null.
    pub(super) metadata: Value,
    /// The inputs as declared in the text, else as inferred from the configuration.
    pub(super) inputs: Vec<Property>,
    pub(super) outputs: Vec<Property>,
    pub(super) branches: Vec<String>,
    /// Which of inputs, outputs and branches the text itself lists.
    pub(super) declared: Declared,
    /// The other fields, in the order in which they are exported. Of a declared type: every field that could be read,
    /// defaults filled in. Of a type of a foreign plugin: the keys as they were written.
    pub(super) fields: FieldMap,
    /// Every field of the type could be read, so that typed views may be had.
    pub(super) is_complete: bool,
    /// The version of the document that it was read from; the least version that an export of it may have.
    pub(super) document_version: AgentSpecVersion,
    /// Where it is in the text.
    pub(super) origin: Origin,
}

/// The lists that the text gives itself; the others are inferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// `inputs` is a list, perhaps an empty one.
    pub inputs: bool,
    /// `outputs` is a list, perhaps an empty one.
    pub outputs: bool,
    /// `branches` is a list that is not empty.
    pub branches: bool,
}

/// The text that a component comes from, and its place there.
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
    /// Plain data. Holds no components.
    Value(Value),
    /// Data of a sensitive field; never leaves the program.
    Secret(SecretValue),
    /// A child component.
    Component(Arc<Component>),
    /// A list with components in it, for example the tools of an agent.
    List(Vec<FieldValue>),
    /// A map with components in it.
    Map(IndexMap<String, FieldValue>),
    /// `{"$component_ref": …}` to something that nobody supplied, kept as it is: a secret that is needed only when
    /// it is used, or anything in a partial load.
    Reference(String),
}

impl Component {
    /// The name of its type as in `component_type`, for example `Agent`.
    pub fn type_name(&self) -> &str {
        self.foreign_name.as_deref().unwrap_or(self.ty.name())
    }

    /// Returns the row of the language table on the component's type.
    pub fn component_type(&self) -> &'static ComponentType {
        self.ty
    }

    /// The id by which other components and a profile may name it. Never empty.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the text gives the id; if not, it was made up on load.
    pub fn has_written_id(&self) -> bool {
        self.is_id_written
    }

    /// The name; may be empty.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The description, if there is one.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Free data: an object or null.
    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// Returns the inputs: those that are declared, else those that follow from the configuration.
    pub fn inputs(&self) -> &[Property] {
        &self.inputs
    }

    /// Returns the outputs: those that are declared, else those that follow from the configuration.
    pub fn outputs(&self) -> &[Property] {
        &self.outputs
    }

    /// The branches by which control can leave a node; empty for anything else.
    pub fn branches(&self) -> &[String] {
        &self.branches
    }

    /// Returns which of `inputs`, `outputs` and `branches` the text itself lists.
    pub fn declared(&self) -> Declared {
        self.declared
    }

    /// A field by the specification's name, other than those with an accessor of their own.
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.get(name)
    }

    /// All such fields, in the order of export.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.fields.iter()
    }

    /// Returns the kind of the component.
    pub fn kind(&self) -> ComponentKind {
        self.ty.kind()
    }

    /// Whether it is of the type or family `F`: an `OllamaConfig` is an `LlmConfig`.
    pub fn is<F: Family>(&self) -> bool {
        self.ty.is::<F>()
    }

    /// Returns how the component is executed.
    pub fn execution(&self) -> Execution {
        self.ty.execution()
    }

    /// Whether every field of its type could be read. An incomplete component has no typed view.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The version of the document that it was read from.
    pub fn document_version(&self) -> AgentSpecVersion {
        self.document_version
    }

    /// The components in its fields, one for each slot that they fill, in the order of declaration.
    pub fn children(&self) -> Vec<&Arc<Component>> {
        let mut children = Vec::new();
        for (_, value) in self.fields.iter() {
            value.collect_components(&mut children);
        }
        children
    }

    /// This component and everything below it, each once, parents before children, in the order of declaration.
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
    /// Returns the plain data, if it is that.
    pub fn as_value(&self) -> Option<&Value> {
        if let Self::Value(value) = self {
            Some(value)
        } else {
            None
        }
    }

    /// Returns the child component, if it is that.
    pub fn as_component(&self) -> Option<&Arc<Component>> {
        if let Self::Component(component) = self {
            Some(component)
        } else {
            None
        }
    }

    /// Returns the items, if it is a list with components in it.
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

/// Equal in meaning: same type, id and content, wherever they were read.
impl PartialEq for Component {
    fn eq(&self, other: &Self) -> bool {
        Comparison::default().components(self, other)
    }
}

/// Short, because a component may be large and shared: `Agent(a1 "weather")`.
impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} {:?})", self.type_name(), self.id, self.name)
    }
}
