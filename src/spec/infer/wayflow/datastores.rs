//! Inferred lists of nodes that read and write datastores.

use serde_json::{Map, Value, json};

use super::{lists, template_inputs, titled};
use crate::spec::infer::Inferred;
use crate::spec::infer::ListRule::{Fixed, Free};
use crate::spec::infer::fields::Fields;
use crate::spec::language::ComponentKind;
use crate::spec::property::Property;

/// Returns the inferred lists of a datastore node.
pub(super) fn rows(kind: ComponentKind, fields: &Fields<'_>) -> Inferred {
    let mut inputs = described_inputs(fields.text("collection_name"));
    let conditions = fields.value("where").and_then(Value::as_object);
    for (column, value) in conditions.into_iter().flatten() {
        inputs.extend(described_inputs(column));
        inputs.extend(described_inputs(value.as_str().unwrap_or_default()));
    }
    let row = |field| vec![titled(row_schema(), fields.text(field))];
    let all = |field| {
        let schema = json!({"type": "array", "items": row_schema()});
        vec![titled(schema, fields.text(field))]
    };
    let outputs = match kind {
        ComponentKind::PluginDatastoreCreateNode => {
            inputs.extend(row("ENTITY"));
            Fixed(row("CREATED_ENTITY"))
        }
        ComponentKind::PluginDatastoreListNode if fields.flag("unpack_single_entity_from_list") => {
            Fixed(row("ENTITIES"))
        }
        ComponentKind::PluginDatastoreListNode => Fixed(all("ENTITIES")),
        ComponentKind::PluginDatastoreUpdateNode => {
            inputs.extend(row("UPDATE"));
            Fixed(all("ENTITIES"))
        }
        ComponentKind::PluginDatastoreQueryNode => {
            inputs.push(titled(row_schema(), "bind_variables"));
            Fixed(all("RESULT"))
        }
        _ => Free(Vec::new()),
    };
    lists(Fixed(inputs), outputs)
}

/// Makes the inputs of a template, each with a description.
fn described_inputs(template: &str) -> Vec<Property> {
    let described = |input: Property| {
        let description = format!("\"{}\" input variable for the template", input.title());
        let mut schema = Map::from_iter([("description".to_owned(), json!(description))]);
        schema.extend(input.into_schema().as_object().cloned().unwrap_or_default());
        Property::from_schema(Value::Object(schema))
    };
    template_inputs(template)
        .into_iter()
        .map(described)
        .collect()
}

/// Returns the schema for a row of any collection.
fn row_schema() -> Value {
    json!({"type": "object", "additionalProperties": {}, "key_type": {"type": "string"}})
}
