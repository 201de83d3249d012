//! Conversion of JSON Schema to the subset of `OpenAPI` 3.0 that Gemini accepts; any other keyword
//! would make Gemini reject the schema.

use serde_json::{Map, Value, json};

/// The keywords that are passed on unchanged.
const TAKEN: [&str; 15] = [
    "title",
    "description",
    "default",
    "nullable",
    "required",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "propertyOrdering",
];

/// The formats that Gemini knows; it rejects others.
const FORMATS: [&str; 6] = ["enum", "date-time", "int32", "int64", "float", "double"];

/// Converts a schema. What Gemini can't express is left out, so that the schema accepts more
/// values, never fewer. References do not occur, because they are expanded before.
pub(super) fn sanitised(schema: &Value) -> Value {
    let Some(fields) = schema.as_object() else {
        // `true` is anything; a schema needs a type, and text can say anything.
        return json!({"type": "string"});
    };
    let mut clean = Map::new();
    for (name, value) in fields {
        add_keyword(name, value, &mut clean);
    }
    Value::Object(clean)
}

fn add_keyword(name: &str, value: &Value, clean: &mut Map<String, Value>) {
    match name {
        _ if TAKEN.contains(&name) => {
            clean.insert(name.to_owned(), value.clone());
        }
        "type" => types(value, clean),
        "format" if FORMATS.iter().any(|known| value == known) => {
            clean.insert(name.to_owned(), value.clone());
        }
        "enum" => one_of(value.as_array().map_or(&[], Vec::as_slice), clean),
        "const" => one_of(std::slice::from_ref(value), clean),
        "items" => {
            clean.insert(name.to_owned(), sanitised(value));
        }
        "properties" => {
            let properties = value.as_object().into_iter().flatten();
            let properties: Map<String, Value> = properties
                .map(|(name, schema)| (name.clone(), sanitised(schema)))
                .collect();
            clean.insert(name.to_owned(), Value::Object(properties));
        }
        "anyOf" | "oneOf" => any_of(value, clean),
        // One schema that adds to this one is this one's; several can't be said.
        "allOf" => {
            if let Some([only]) = value.as_array().map(Vec::as_slice)
                && let Value::Object(only) = sanitised(only)
            {
                clean.extend(only);
            }
        }
        _ => {}
    }
}

fn any_of(value: &Value, clean: &mut Map<String, Value>) {
    let is_null = |schema: &&Value| schema.get("type").is_some_and(|name| name == "null");
    let alternatives = value.as_array().map_or(&[] as &[Value], Vec::as_slice);
    if alternatives.iter().any(|schema| is_null(&schema)) {
        clean.insert("nullable".to_owned(), json!(true));
    }
    let rest = alternatives.iter().filter(|schema| !is_null(schema));
    let mut rest: Vec<Value> = rest.map(sanitised).collect();
    match (rest.len(), rest.pop()) {
        (1, Some(Value::Object(only))) => clean.extend(only),
        (_, Some(last)) => {
            rest.push(last);
            clean.insert("anyOf".to_owned(), Value::Array(rest));
        }
        (_, None) => {}
    }
}

/// Writes a type or a list of types; null becomes a separate keyword.
fn types(value: &Value, clean: &mut Map<String, Value>) {
    let names: Vec<&Value> = match value {
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    };
    let (nulls, types): (Vec<&Value>, Vec<&Value>) =
        names.into_iter().partition(|name| *name == "null");
    if !nulls.is_empty() {
        clean.insert("nullable".to_owned(), json!(true));
    }
    match types.as_slice() {
        [] => {}
        [only] => {
            clean.insert("type".to_owned(), (*only).clone());
        }
        several => {
            let any_of = several.iter().map(|name| json!({"type": name})).collect();
            clean.insert("anyOf".to_owned(), any_of);
        }
    }
}

/// Writes an enumeration, which can only have strings.
fn one_of(values: &[Value], clean: &mut Map<String, Value>) {
    if !values.is_empty() && values.iter().all(Value::is_string) {
        clean.insert("type".to_owned(), json!("string"));
        clean.insert("enum".to_owned(), json!(values));
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn each_keyword_is_said_in_geminis_words_or_not_at_all() {
        for (schema, expected) in [
            (
                json!({"type": "string", "title": "t", "format": "uuid", "examples": ["x"]}),
                json!({"type": "string", "title": "t"}),
            ),
            (
                json!({"type": "string", "format": "date-time"}),
                json!({"type": "string", "format": "date-time"}),
            ),
            (
                json!({"type": ["integer", "null"], "exclusiveMinimum": 0}),
                json!({"nullable": true, "type": "integer"}),
            ),
            (
                json!({"type": ["integer", "string"]}),
                json!({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
            ),
            (
                json!({"anyOf": [{"type": "number"}, {"type": "null"}], "default": null}),
                json!({"nullable": true, "type": "number", "default": null}),
            ),
            (
                json!({"oneOf": [{"type": "number"}, {"type": "string"}]}),
                json!({"anyOf": [{"type": "number"}, {"type": "string"}]}),
            ),
            (
                json!({"allOf": [{"type": "number"}], "description": "d"}),
                json!({"type": "number", "description": "d"}),
            ),
            (
                json!({"const": "a"}),
                json!({"type": "string", "enum": ["a"]}),
            ),
            (
                json!({"type": "integer", "enum": [1, 2]}),
                json!({"type": "integer"}),
            ),
            (json!(true), json!({"type": "string"})),
        ] {
            assert_eq!(sanitised(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn what_lies_in_one_another_is_said_in_geminis_words_too() {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["p"],
            "properties": {"p": {"type": "array", "items": {"type": "object", "title": "point", "$comment": "c"}}},
        });
        assert_eq!(
            sanitised(&schema),
            json!({
                "type": "object",
                "required": ["p"],
                "properties": {"p": {"type": "array", "items": {"type": "object", "title": "point"}}},
            })
        );
    }
}
