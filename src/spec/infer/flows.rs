//! Lists that are inferred from nested flows.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fields::Fields;
use super::{CAUGHT_BRANCH, CAUGHT_OUTPUT};
use crate::spec::component::Component;
use crate::spec::language::EndNode;
use crate::spec::property::{Property, same_type};

/// Returns the inputs of several components, merging those with the same title and type.
pub(super) fn merged<'c>(components: impl Iterator<Item = &'c Arc<Component>>) -> Vec<Property> {
    let mut merged: Vec<Property> = Vec::new();
    for input in components.flat_map(|component| component.inputs()) {
        let is_known = merged.iter().any(|known| {
            known.title() == input.title()
                && same_type(known.schema(), input.schema()).unwrap_or(false)
        });
        if !is_known {
            merged.push(input.clone());
        }
    }
    merged
}

/// Returns the outputs of a flow whose failures are caught, and the output that describes the
/// failure.
pub(super) fn caught_outputs(fields: &Fields<'_>) -> Vec<Property> {
    let flow = fields.component("subflow");
    let outputs = flow.map_or(&[][..], |flow| flow.outputs());
    let told = Property::from_schema(json!({
        "title": CAUGHT_OUTPUT,
        "default": null,
        "anyOf": [{"type": "string"}, {"type": "null"}],
    }));
    outputs.iter().cloned().chain([told]).collect()
}

/// Returns the branches of a flow whose failures are caught, and the branch for a failure.
pub(super) fn caught_branches(fields: &Fields<'_>) -> Vec<String> {
    let mut branches = end_branches(fields.component("subflow").map(AsRef::as_ref));
    branches.push(CAUGHT_BRANCH.to_owned());
    sorted(branches)
}

/// Returns the outputs that all end nodes of a flow have in common, with the schema of the first.
pub(super) fn common_outputs(fields: &Fields<'_>) -> Vec<Property> {
    let mut ends = fields
        .components("nodes")
        .filter(|node| node.is::<EndNode>());
    let Some(first) = ends.next() else {
        return Vec::new();
    };
    let mut common = first.outputs().to_vec();
    for end in ends {
        common.retain(|output| {
            end.outputs()
                .iter()
                .any(|other| other.title() == output.title())
        });
    }
    common
}

/// Returns the branches by which a flow can end.
pub(super) fn end_branches(flow: Option<&Component>) -> Vec<String> {
    let Some(flow) = flow else {
        return Vec::new();
    };
    let ends = Fields(&flow.fields)
        .components("nodes")
        .filter(|node| node.is::<EndNode>());
    let names = ends.filter_map(|end| end.field("branch_name")?.as_value()?.as_str());
    sorted(names.map(str::to_owned).collect())
}

/// Sorts names and removes duplicates.
pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the inputs of a map: for each input of the inner flow either a single value for all
/// rounds or a list with one value for each.
pub(super) fn iterated_inputs(fields: &Fields<'_>) -> Vec<Property> {
    let inputs = fields
        .component("subflow")
        .map_or(&[][..], |flow| flow.inputs());
    let iterated = |input: &Property| {
        let schema = input.schema();
        Property::from_schema(json!({
            "title": format!("iterated_{}", input.title()),
            "anyOf": [schema, {"type": "array", "items": schema}],
        }))
    };
    inputs.iter().map(iterated).collect()
}

/// Returns the outputs of a map: for each reduced output of the inner flow the list of its values
/// or their reduction.
pub(super) fn collected_outputs(fields: &Fields<'_>) -> Vec<Property> {
    let outputs = fields
        .component("subflow")
        .map_or(&[][..], |flow| flow.outputs());
    let reducers = fields.value("reducers").and_then(Value::as_object);
    let collected = |output: &Property| {
        let title = format!("collected_{}", output.title());
        let reducer = match reducers {
            Some(reducers) => reducers.get(output.title())?.as_str()?,
            None => "append",
        };
        if reducer == "append" {
            let schema = json!({"title": title, "type": "array", "items": output.schema()});
            return Some(Property::from_schema(schema));
        }
        let mut schema = output.schema().clone();
        if let Some(title_slot) = schema.get_mut("title") {
            *title_slot = Value::String(title);
        }
        Some(Property::from_schema(schema))
    };
    outputs.iter().filter_map(collected).collect()
}
