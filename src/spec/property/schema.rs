//! Schemas for model providers: the parameters of a tool, and the required form of an answer.

use serde_json::{Map, Value, json};

use super::further::of_further;
use super::{Property, standalone};

/// Makes the parameters schema of a tool, as model providers expect it: `{"type": "object",
/// "properties": {"city": {"type": "string", "title": "city"}}, "required": ["city"]}`.
///
/// Each property keeps its title, description, default and enumeration; properties without a
/// default are required. A union with null whose only purpose is a default of null is replaced by
/// the other type. References are expanded as far as that is finite.
pub fn parameters_schema(properties: &[Property]) -> Value {
    let mut declared = Map::new();
    let mut required = Vec::new();
    let mut further = None;
    for property in properties {
        if property.is_further() {
            further = Some(property);
            continue;
        }
        declared.insert(property.title().to_owned(), without_null_default(property));
        if property.default().is_none() {
            required.push(Value::from(property.title()));
        }
    }
    let mut schema = json!({"type": "object", "properties": declared, "required": required});
    if let (Some(further), Some(keywords)) = (further, schema.as_object_mut()) {
        keywords.extend(of_further(further.schema()));
    }
    schema
}

fn without_null_default(property: &Property) -> Value {
    let mut schema = standalone(property.schema()).into_owned();
    let Some(keywords) = schema.as_object_mut() else {
        return schema;
    };
    if property.default() != Some(&Value::Null) {
        return schema;
    }
    let other = match keywords
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([other, null] | [null, other]) if *null == json!({"type": "null"}) => other.clone(),
        _ => return schema,
    };
    if let Value::Object(other) = other {
        keywords.shift_remove("anyOf");
        for (keyword, value) in other {
            keywords.entry(keyword).or_insert(value);
        }
    }
    schema
}

/// Makes one object schema with a property for each of `properties`, in the form that providers enforce while
/// they generate ("strict" structured output): no further properties, all of them required, no
/// defaults, and the same for the objects inside.
///
/// The caller adds a name and, where it has one, a description.
pub fn strict_schema(properties: &[Property]) -> Value {
    let declared: Map<String, Value> = properties
        .iter()
        .map(|property| {
            (
                property.title().to_owned(),
                strict(&standalone(property.schema()), property.title()),
            )
        })
        .collect();
    close(&json!({"type": "object"}), declared)
}

fn close(schema: &Value, declared: Map<String, Value>) -> Value {
    let mut closed = schema.as_object().cloned().unwrap_or_default();
    let required: Vec<Value> = declared
        .keys()
        .map(|name| Value::from(name.as_str()))
        .collect();
    closed.insert("properties".to_owned(), Value::Object(declared));
    closed.insert("required".to_owned(), Value::Array(required));
    closed.insert("additionalProperties".to_owned(), Value::Bool(false));
    Value::Object(closed)
}

/// Removes defaults from a schema and closes its objects. A title that only repeats `name` is
/// removed.
fn strict(schema: &Value, name: &str) -> Value {
    let Value::Object(keywords) = schema else {
        return schema.clone();
    };
    let mut made = Map::new();
    for (keyword, value) in keywords {
        let value = match (keyword.as_str(), value) {
            ("default", _) => continue,
            ("title", title) if title == name => continue,
            ("items", items) => strict(items, ""),
            ("additionalProperties", values @ Value::Object(_)) => strict(values, ""),
            ("anyOf" | "oneOf" | "allOf", Value::Array(members)) => {
                Value::Array(members.iter().map(|member| strict(member, "")).collect())
            }
            _ => value.clone(),
        };
        made.insert(keyword.clone(), value);
    }
    match keywords.get("properties") {
        Some(Value::Object(declared)) if !declared.is_empty() => {
            let declared = declared
                .iter()
                .map(|(name, member)| (name.clone(), strict(member, name)))
                .collect();
            close(&Value::Object(made), declared)
        }
        _ => Value::Object(made),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn properties(schemas: &[Value]) -> Vec<Property> {
        schemas.iter().cloned().map(Property::from_schema).collect()
    }

    #[test]
    fn a_tool_takes_its_properties() {
        let unit = json!({"type": "string", "title": "unit", "default": "C", "enum": ["C", "F"]});
        let city = json!({"type": "string", "title": "city", "description": "City name"});
        let inputs = properties(&[city.clone(), unit.clone()]);
        assert_eq!(
            parameters_schema(&inputs),
            json!({"type": "object", "properties": {"city": city, "unit": unit}, "required": ["city"]}),
        );
        assert_eq!(
            parameters_schema(&[]),
            json!({"type": "object", "properties": {}, "required": []}),
        );
    }

    #[test]
    fn a_property_that_refers_to_itself_is_shown_without_references() {
        let tree = json!({"title": "tree", "$ref": "#/$defs/Node", "$defs": {"Node": {
            "type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
        }}});
        let inputs = properties(&[tree]);
        let again = json!({"type": "object", "description": "as `Node` above"});
        let shown = json!({"type": "object", "properties": {"children": {"type": "array", "items": again}}, "title": "tree"});
        assert_eq!(parameters_schema(&inputs)["properties"]["tree"], shown);
        let strict = strict_schema(&inputs);
        assert_eq!(
            strict["properties"]["tree"]["required"],
            json!(["children"])
        );
        assert!(!strict.to_string().contains("$ref"));
    }

    #[test]
    fn a_null_that_is_there_for_the_default_is_not_offered() {
        let inputs = properties(&[
            json!({"title": "a", "anyOf": [{"type": "string"}, {"type": "null"}], "default": null}),
            json!({"title": "b", "anyOf": [{"type": "string"}, {"type": "null"}]}),
        ]);
        let made = parameters_schema(&inputs);
        assert_eq!(
            made["properties"]["a"],
            json!({"title": "a", "default": null, "type": "string"})
        );
        assert_eq!(made["properties"]["b"], *inputs[1].schema());
        assert_eq!(made["required"], json!(["b"]));
    }

    #[test]
    fn structured_output_is_closed_and_complete() {
        let outputs = properties(&[
            json!({"title": "brand", "type": "string", "description": "brand name", "default": "x"}),
            json!({"title": "note", "anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"title": "parts", "type": "array", "items": {"type": "object", "properties": {
                "n": {"type": "integer", "default": 1}, "title": {"type": "string", "title": "The title"}
            }}}),
        ]);
        assert_eq!(
            strict_schema(&outputs),
            json!({
                "type": "object",
                "properties": {
                    "brand": {"type": "string", "description": "brand name"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {
                        "type": "object",
                        "properties": {
                            "n": {"type": "integer"},
                            "title": {"type": "string", "title": "The title"},
                        },
                        "required": ["n", "title"],
                        "additionalProperties": false,
                    }},
                },
                "required": ["brand", "note", "parts"],
                "additionalProperties": false,
            }),
        );
    }
}
