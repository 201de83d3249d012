//! The version of Agent Spec that a component needs, and what an export at an older version would
//! lose.
//!
//! The table has the first version of each type and field; a value other than the default needs its
//! field. Three further rules are implemented here.

use serde_json::Value;

use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{Availability, FieldDefinition, LlmNode, OciGenAiConfig};
use crate::spec::version::AgentSpecVersion;

/// A version that a component needs, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) version: AgentSpecVersion,
    pub(super) reason: Reason,
}

/// The reason why a component needs a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The type of the component.
    Type,
    /// The value of this field.
    Field(&'static str),
    /// The body of a request, because it is not an object.
    PlainBody,
    /// The outputs of a prompt, because they are not a single string.
    StructuredOutput,
}

/// Returns all requirements of a component, without the components inside it.
pub(super) fn requirements(component: &Component) -> Vec<Requirement> {
    let ty = component.component_type();
    let mut found = vec![Requirement {
        version: ty.since(),
        reason: Reason::Type,
    }];
    for field in ty.fields() {
        if let Availability::Since(version) = field.availability
            && version > ty.since()
            && is_set(component, field)
        {
            found.push(Requirement {
                version,
                reason: Reason::Field(field.name),
            });
        }
    }
    let version = AgentSpecVersion::V25_4_2;
    let value = |field| component.field(field).and_then(FieldValue::as_value);
    if value("data").is_some_and(|body| !body.is_object()) {
        found.push(Requirement {
            version,
            reason: Reason::PlainBody,
        });
    }
    if ty.is::<OciGenAiConfig>() && value("provider").and_then(Value::as_str) == Some("XAI") {
        found.push(Requirement {
            version: AgentSpecVersion::V26_1_2,
            reason: Reason::Field("provider"),
        });
    }
    if ty.is::<LlmNode>() {
        let is_one_string =
            matches!(component.outputs(), [output] if output.json_type() == Some("string"));
        if !is_one_string {
            found.push(Requirement {
                version,
                reason: Reason::StructuredOutput,
            });
        }
    }
    found
}

/// Returns the fields whose values an export at `version` would leave out without an error.
pub(super) fn lost_fields(
    component: &Component,
    version: AgentSpecVersion,
) -> Vec<&'static FieldDefinition> {
    let ty = component.component_type();
    let is_lost = |field: &&FieldDefinition| match field.availability {
        Availability::Since(_) => false,
        Availability::DroppedBefore(first) => version < first,
        Availability::Unwritten => true,
    };
    ty.fields()
        .filter(is_lost)
        .filter(|field| is_set(component, field))
        .collect()
}

/// Returns whether an export at `version` contains a field.
pub(super) fn is_written(field: &FieldDefinition, version: AgentSpecVersion) -> bool {
    match field.availability {
        Availability::Since(first) | Availability::DroppedBefore(first) => version >= first,
        Availability::Unwritten => false,
    }
}

/// Returns whether a field has a value other than its default. An empty map counts as unset.
pub(super) fn is_set(component: &Component, field: &FieldDefinition) -> bool {
    match component.field(field.name) {
        None => false,
        Some(FieldValue::Value(Value::Null)) if field.kind.is_nullable() => false,
        Some(FieldValue::Value(Value::Object(map))) if map.is_empty() => false,
        Some(value) => Some(value) != field.default.to_field(&field.kind).as_ref(),
    }
}
