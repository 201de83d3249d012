//! A semantic comparison of two specs: finds different components, values, edges and texts.
//!
//! Differences without meaning are ignored: the format, the version of the document, where a
//! component is defined and referred to, explicit defaults, generated ids, and the order of nodes,
//! edges, inputs and outputs. [`diff()`] finds the differences, [`lines`](DiffLine) formats them
//! for people, and a [`Difference`] serializes to JSON.

mod compare;
mod matching;
mod text;
mod values;
mod words;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::base::ids::is_uuid;
use crate::spec::component::Component;

pub(crate) use self::words::changed_words;

pub use self::text::{DiffLine, Piece, Tone, lines};

/// A difference, in its JSON form; keys in this order, those that do not apply left out.
///
/// ```json
/// {"kind": "changed", "component": {"component_type": "Agent", "id": "a", "name": "weather"},
///  "field": "system_prompt", "before": "Be kind", "after": "Be brief"}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// The component, as it is in the newer spec.
    pub component: ComponentName,
    /// The path of the field, with dots: `default_generation_parameters.temperature`,
    /// `inputs.city`.
    pub field: String,
    /// The old value, or the old component by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
}

impl Difference {
    /// Returns whether only generated ids differ, as after loading a spec without ids twice and
    /// exporting both.
    pub(crate) fn is_of_made_up_ids(&self) -> bool {
        let is_made_up = |side: &Option<Side>| match side {
            Some(Side::Value(Value::String(id))) => is_uuid(id),
            _ => false,
        };
        self.field == "id" && is_made_up(&self.before) && is_made_up(&self.after)
    }
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// The value or component is only in the newer spec.
    Added,
    /// The value or component is only in the older spec.
    Removed,
    /// The value is different.
    Changed,
    /// The parts have another order, in a list whose order matters.
    Reordered,
}

/// The value in one of the two specs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Side {
    /// A component.
    Component(ComponentName),
    /// An edge of a flow.
    Edge(EdgeName),
    /// A value.
    Value(Value),
    /// The value of a sensitive field, which is never shown.
    Secret(Masked),
}

/// A component, identified by type, id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentName {
    /// The type, as in `component_type`.
    pub component_type: String,
    /// The id, written or generated.
    pub id: String,
    /// The name of the component.
    pub name: String,
}

/// An edge, identified by its ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EdgeName {
    /// The type, as in `component_type`.
    pub component_type: String,
    /// The name of the node at the start of the edge.
    pub from: String,
    /// The branch or the output at the start of the edge.
    pub out: String,
    /// The name of the node at the end of the edge.
    pub to: String,
    /// The input at the end of the edge; null for a control-flow edge.
    pub input: Option<String>,
}

/// The placeholder for a secret; serializes as `{"secret": true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Masked {
    /// Always true.
    pub secret: bool,
}

/// Returns all differences between two specs; empty if they mean the same. Components are matched
/// by id, then by type and name, then by position.
pub fn diff(before: &Arc<Component>, after: &Arc<Component>) -> Vec<Difference> {
    let matching = matching::Matching::of(before, after);
    compare::compare(&matching)
}

impl ComponentName {
    pub(crate) fn of(component: &Component) -> Self {
        Self {
            component_type: component.type_name().to_owned(),
            id: component.id().to_owned(),
            name: component.name().to_owned(),
        }
    }

    /// Returns the name of the component, or its id if the name is empty.
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            &self.id
        } else {
            &self.name
        }
    }
}

#[cfg(test)]
mod tests;
