//! Compares two specs in meaning: finds different components, values, edges and texts, in the words
//! of Agent Spec.
//!
//! What only looks different is no difference: the format, the version of the document, where a component is defined
//! and where it is referred to, defaults that are written out, ids that were made up on load, the order of nodes,
//! edges, inputs and outputs. [`diff()`] finds the differences, [`lines`](DiffLine) show them to people, and a
//! [`Difference`] serializes for programs.

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
    /// The value on the earlier side, or a component by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// The value that is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
}

impl Difference {
    /// Whether it is only that ids differ which were made up, where a spec without ids was loaded twice and written down.
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
    /// There was nothing before.
    Added,
    /// There is nothing any more.
    Removed,
    /// The value is different.
    Changed,
    /// Its parts are in another order, where that means something.
    Reordered,
}

/// The value on one side of a difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Side {
    /// A component.
    Component(ComponentName),
    /// An edge of a flow.
    Edge(EdgeName),
    /// A value.
    Value(Value),
    /// The value of a sensitive field: never shown.
    Secret(Masked),
}

/// A component by its type, id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentName {
    /// The type, as in `component_type`.
    pub component_type: String,
    /// Its id, written or made up.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An edge by what it connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EdgeName {
    /// The type, as in `component_type`.
    pub component_type: String,
    /// Name of the node that it leaves.
    pub from: String,
    /// The branch or the output by which it leaves.
    pub out: String,
    /// Name of the node that it enters.
    pub to: String,
    /// The input that it fills; null for an edge of control.
    pub input: Option<String>,
}

/// Serializes as `{"secret": true}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Masked {
    /// Always true.
    pub secret: bool,
}

/// Returns every difference between two specs; none if they mean the same. Components are matched by id, then by
/// type and name, then by where they are.
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

    /// Returns what people know the component by: its name, else its id.
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
