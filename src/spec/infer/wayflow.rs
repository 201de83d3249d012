//! Inferred inputs, outputs and branches of WayFlow's plugin types.
//!
//! Source: WayFlow 26.3.1. Each list is computed with the node's own names, which are then replaced
//! through its mappings.

mod datastores;
mod subflows;
mod values;
mod variables;

use serde_json::{Map, Value, json};

pub use self::subflows::{
    EXCEPTION_MESSAGE, EXCEPTION_NAME, FAILURE_BRANCH, OTHER_EXCEPTION_BRANCH, RETRIES,
    RETRY_SUCCESS,
};
pub(super) use self::values::prompt_template;
use super::ListRule::{self, Fixed, Free};
use super::fields::Fields;
use super::nodes::next;
use super::{Inferred, NEXT_BRANCH, none};
use crate::spec::language::ComponentKind;
use crate::spec::placeholder::jinja;
use crate::spec::property::Property;

/// Returns the inferred lists of a WayFlow node.
pub(super) fn node(kind: ComponentKind, fields: &Fields<'_>) -> Option<Inferred> {
    let unmapped = match kind {
        ComponentKind::PluginConstantContextProvider
        | ComponentKind::PluginFlowContextProvider
        | ComponentKind::PluginToolContextProvider => lists(none(), Free(Vec::new())),
        ComponentKind::PluginDatastoreCreateNode
        | ComponentKind::PluginDatastoreDeleteNode
        | ComponentKind::PluginDatastoreListNode
        | ComponentKind::PluginDatastoreUpdateNode
        | ComponentKind::PluginDatastoreQueryNode => datastores::rows(kind, fields),
        ComponentKind::PluginReadVariableNode
        | ComponentKind::PluginWriteVariableNode
        | ComponentKind::PluginVariableNode => variables::variables(kind, fields),
        ComponentKind::PluginCatchExceptionNode
        | ComponentKind::PluginRetryNode
        | ComponentKind::ExtendedMapNode
        | ComponentKind::ExtendedParallelMapNode
        | ComponentKind::ExtendedParallelFlowNode => subflows::around_flows(kind, fields),
        ComponentKind::ExtendedLlmNode => values::prompt(fields),
        ComponentKind::ExtendedToolNode => {
            lists(fields.inputs_of("tool"), fields.outputs_of("tool"))
        }
        ComponentKind::ExtendedAgentNode => Inferred {
            branches: Free(vec![NEXT_BRANCH.to_owned()]),
            ..lists(
                fields.inputs_of("agent"),
                Free(fields.outputs_of("agent").into_list()),
            )
        },
        _ => values::value(kind, fields)?,
    };
    Some(Inferred {
        inputs: renamed(unmapped.inputs, fields, "input_mapping"),
        outputs: renamed(unmapped.outputs, fields, "output_mapping"),
        branches: unmapped.branches,
    })
}

/// Makes the lists of a node with the single branch `next`.
fn lists(inputs: ListRule<Property>, outputs: ListRule<Property>) -> Inferred {
    Inferred {
        inputs,
        outputs,
        branches: next(),
    }
}

/// Makes an input for each variable of a Jinja template; string variables come before those of
/// unknown type.
fn template_inputs(template: &str) -> Vec<Property> {
    let (texts, others): (Vec<_>, Vec<_>) = jinja::variables(template)
        .into_iter()
        .partition(|variable| variable.is_text);
    let input = |variable: &jinja::Variable| {
        let mut schema = Map::from_iter([("title".to_owned(), json!(variable.name))]);
        if variable.is_text {
            schema.insert("type".to_owned(), json!("string"));
        }
        if variable.is_optional {
            schema.insert("default".to_owned(), json!(""));
        }
        Property::from_schema(Value::Object(schema))
    };
    texts.iter().chain(&others).map(input).collect()
}

/// Makes a property from a schema with another title.
fn titled(schema: Value, title: &str) -> Property {
    let mut schema = schema;
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), json!(title));
    }
    Property::from_schema(schema)
}

/// Renames the properties of a list through a mapping field.
fn renamed(list: ListRule<Property>, fields: &Fields<'_>, mapping: &str) -> ListRule<Property> {
    let Some(names) = fields.value(mapping).and_then(Value::as_object) else {
        return list;
    };
    let rename = |property: Property| match names.get(property.title()).and_then(Value::as_str) {
        Some(name) => titled(property.schema().clone(), name),
        None => property,
    };
    let rename_all = |list: Vec<Property>| list.into_iter().map(rename).collect();
    match list {
        Fixed(list) => Fixed(rename_all(list)),
        Free(list) => Free(rename_all(list)),
    }
}
