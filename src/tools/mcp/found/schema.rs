//! From a server's schema of a tool's input to properties.

use serde_json::{Map, Value, json};

use crate::spec::property::{Property, validate};

/// How deep definitions may refer to one another; what lies deeper takes any value.
const MAX_DEPTH: usize = 12;

/// A property for each argument. One that may be left out and has no default gets null as its default, and may be null.
///
/// References to the schema's own definitions are replaced by what they refer to, because each property stands alone.
pub(super) fn properties(schema: &Map<String, Value>) -> Vec<Property> {
    let arguments = schema.get("properties").and_then(Value::as_object);
    arguments
        .into_iter()
        .flatten()
        .map(|(name, argument)| {
            let mut argument = match inlined(argument, schema, 0) {
                Value::Object(argument) => argument,
                // `true` takes anything, and so does what is no schema.
                _ => Map::new(),
            };
            if is_optional(schema, name) && !argument.contains_key("default") {
                argument = nullable(argument);
            }
            argument.insert("title".to_owned(), Value::from(name.as_str()));
            Property::from_schema(Value::Object(argument))
        })
        .collect()
}

/// Whether an argument may be left out, while null would be no value for it.
pub(super) fn is_optional(schema: &Map<String, Value>, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = required
        .into_iter()
        .flatten()
        .any(|required| required == name);
    let argument = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    !is_required
        && argument.is_none_or(|argument| {
            !validate(&Value::Null, &inlined(argument, schema, 0)).is_empty()
                || argument.get("default").is_none()
        })
}

/// The same schema, or null, which is the default.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    let description = schema.shift_remove("description");
    schema.shift_remove("title");
    let mut nullable = Map::new();
    if !schema.is_empty() {
        nullable.insert("anyOf".to_owned(), json!([schema, {"type": "null"}]));
    }
    nullable.extend(description.map(|description| ("description".to_owned(), description)));
    nullable.insert("default".to_owned(), Value::Null);
    nullable
}

/// A schema with the definitions in it that it refers to.
fn inlined(schema: &Value, root: &Map<String, Value>, depth: usize) -> Value {
    match schema {
        Value::Object(keywords) => {
            let Some(reference) = keywords.get("$ref").and_then(Value::as_str) else {
                let inner = keywords
                    .iter()
                    .map(|(key, value)| (key.clone(), inlined(value, root, depth)));
                return Value::Object(inner.collect());
            };
            let Some(definition) = definition(reference, root).filter(|_| depth < MAX_DEPTH) else {
                return json!({});
            };
            let mut resolved = inlined(definition, root, depth + 1);
            if let Value::Object(resolved) = &mut resolved {
                // What stands beside a reference counts more.
                let beside = keywords.iter().filter(|(key, _)| *key != "$ref");
                resolved
                    .extend(beside.map(|(key, value)| (key.clone(), inlined(value, root, depth))));
            }
            resolved
        }
        Value::Array(items) => items
            .iter()
            .map(|item| inlined(item, root, depth))
            .collect(),
        other => other.clone(),
    }
}

/// What `#/$defs/NAME` or `#/definitions/NAME` refers to.
fn definition<'s>(reference: &str, root: &'s Map<String, Value>) -> Option<&'s Value> {
    let path = reference.strip_prefix("#/")?;
    let (folder, name) = path.split_once('/')?;
    matches!(folder, "$defs" | "definitions").then(|| root.get(folder)?.get(name))?
}
