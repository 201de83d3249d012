//! Inferred lists of nodes that read and write the variables of a flow.

use serde_json::{Value, json};

use super::{lists, titled};
use crate::spec::infer::ListRule::Fixed;
use crate::spec::infer::fields::Fields;
use crate::spec::infer::{Inferred, none};
use crate::spec::language::ComponentKind;
use crate::spec::property::Property;

/// Returns the inferred lists of a variable node.
pub(super) fn variables(kind: ComponentKind, fields: &Fields<'_>) -> Inferred {
    let operations = fields.value("write_operations").and_then(Value::as_object);
    let written = |variable: &Value, title: &str, operation: Option<&str>| {
        let schema = match (operation, variable.get("items")) {
            (Some("insert"), Some(items)) => element(variable, items),
            _ => variable.clone(),
        };
        titled(schema, title)
    };
    let list = |field| {
        let schemas = fields.value(field).and_then(Value::as_array);
        schemas.into_iter().flatten()
    };
    let title = |schema: &Value| {
        let title = schema.get("title").and_then(Value::as_str);
        title.unwrap_or_default().to_owned()
    };
    match (kind, fields.value("variable")) {
        (ComponentKind::PluginReadVariableNode, Some(variable)) => {
            lists(none(), Fixed(vec![titled(variable.clone(), "value")]))
        }
        (ComponentKind::PluginWriteVariableNode, Some(variable)) => {
            let operation = fields.value("operation").and_then(Value::as_str);
            lists(Fixed(vec![written(variable, "value", operation)]), none())
        }
        _ => {
            let inputs = list("write_variables").map(|variable| {
                let title = title(variable);
                let operation = operations.and_then(|all| all.get(&title)?.as_str());
                written(variable, &title, operation)
            });
            let outputs = list("read_variables").cloned().map(Property::from_schema);
            lists(Fixed(inputs.collect()), Fixed(outputs.collect()))
        }
    }
}

/// Returns the schema for the elements of a list variable.
fn element(variable: &Value, items: &Value) -> Value {
    let of = variable
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("None");
    let description = format!("{of} (single element)");
    let mut schema = items.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema
            .entry("description")
            .or_insert_with(|| json!(description));
    }
    schema
}
