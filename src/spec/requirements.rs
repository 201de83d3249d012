//! Which version of Agent Spec a component needs, and what an export at an older one would lose.
//!
//! The table says from which version a type and each field exist; a value other than the default needs its field. The
//! three rules that look further are here.

use serde_json::Value;

use crate::spec::component::{Component, FieldValue};
use crate::spec::language::{Availability, FieldDefinition, LlmNode, OciGenAiConfig};
use crate::spec::version::AgentSpecVersion;

/// A version that a component needs, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) version: AgentSpecVersion,
    pub(super) reason: Reason,
}

/// The part of a component that needs a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its type.
    Type,
    /// The value of this field.
    Field(&'static str),
    /// The body of a request that is no object.
    PlainBody,
    /// Outputs of a prompt other than one string.
    StructuredOutput,
}

/// Everything in one component that needs a version, without the components inside it.
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

/// The fields whose values an export at `version` would leave out without a word.
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

/// Whether a field of an export at `version` is written at all.
pub(super) fn is_written(field: &FieldDefinition, version: AgentSpecVersion) -> bool {
    match field.availability {
        Availability::Since(first) | Availability::DroppedBefore(first) => version >= first,
        Availability::Unwritten => false,
    }
}

/// Whether a field has a value other than its default. An empty map is as good as none.
pub(super) fn is_set(component: &Component, field: &FieldDefinition) -> bool {
    match component.field(field.name) {
        None => false,
        Some(FieldValue::Value(Value::Null)) if field.kind.is_nullable() => false,
        Some(FieldValue::Value(Value::Object(map))) if map.is_empty() => false,
        Some(value) => Some(value) != field.default.to_field(&field.kind).as_ref(),
    }
}
