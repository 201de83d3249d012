//! Whether the inputs, outputs and branches of an incomplete component are still reliable.

use crate::spec::component::{Component, FieldValue};
use crate::spec::language::Node;
use crate::spec::property::Property;

/// Returns whether inputs, outputs and branches depend on a field.
fn is_decisive(field: &str) -> bool {
    matches!(
        field,
        "system_prompt"
            | "additional_instructions"
            | "prompt_template"
            | "message"
            | "url"
            | "data"
            | "mapping"
            | "tool"
            | "agent"
            | "agent_specialization_parameters"
            | "subflow"
            | "subflows"
            | "reducers"
            | "start_node"
            | "nodes"
            | "flow"
            | "flows"
            | "prompt_template_object"
            | "message_template"
            | "messages"
            | "template"
            | "collection_name"
            | "where"
            | "output_values"
            | "constant_values"
            | "next_branches"
            | "except_on"
            | "unpack_input"
            | "variable"
            | "write_variables"
            | "read_variables"
            | "write_operations"
            | "input_mapping"
            | "output_mapping"
    )
}

/// Returns whether the inputs, outputs and branches of a component are reliable.
///
/// They are not if a property, or a field from which they are inferred, could not be read, or if
/// the type belongs to a foreign plugin and the text leaves the lists out. A missing model has no
/// influence.
pub(super) fn knows_its_lists(component: &Component) -> bool {
    let mut listed = component.inputs().iter().chain(component.outputs());
    if !listed.all(Property::is_readable) {
        return false;
    }
    let declared = component.declared();
    if declared.inputs && declared.outputs && !component.is::<Node>() {
        return true;
    }
    let ty = component.component_type();
    let mut decisive = component.fields().filter(|(name, _)| is_decisive(name));
    let mut wanted = ty.fields().filter(|field| is_decisive(field.name));
    ty.is_declared()
        && (component.is_complete() || wanted.all(|field| component.field(field.name).is_some()))
        && decisive.all(|(_, value)| match value {
            FieldValue::Component(inner) => knows_its_lists(inner),
            FieldValue::List(items) => items.iter().all(|item| item.as_component().is_some()),
            FieldValue::Value(_) => true,
            FieldValue::Secret(_) | FieldValue::Map(_) | FieldValue::Reference(_) => false,
        })
}
