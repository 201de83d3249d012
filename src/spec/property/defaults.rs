//! Defaults: which ones are valid, and filling them in where a value is missing.

use serde_json::{Map, Value};

use super::compatible::{is_union, members};
use super::parts::{Members, item_schema};
use super::{Coercion, Property, coerce, declared};

/// Returns whether a declared default fits its schema, by the rules of the reference SDK.
///
/// These are more lenient than [`super::validate`]: numbers and booleans count as one type, every
/// value fits `type: string`, and `enum`, `const` and bounds are ignored. Source: Agent Spec,
/// *Properties*.
pub fn fits_default(value: &Value, schema: &Value) -> bool {
    if is_union(schema) {
        return members(schema)
            .iter()
            .any(|member| fits_default(value, member));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("null") => value.is_null(),
        Some("number" | "integer" | "boolean") => value.is_number() || value.is_boolean(),
        Some("array") => value.as_array().is_some_and(|items| {
            schema
                .get("items")
                .is_none_or(|schema| items.iter().all(|item| fits_default(item, schema)))
        }),
        Some("object") => value
            .as_object()
            .is_some_and(|object| fits_object(object, schema)),
        _ => true,
    }
}

fn fits_object(object: &Map<String, Value>, schema: &Value) -> bool {
    let declared_fit = declared(schema).all(|(name, member)| match object.get(name) {
        Some(value) => fits_default(value, member),
        None => member.get("default").is_some(),
    });
    let is_declared = |name: &str| {
        schema
            .get("properties")
            .is_some_and(|declared| declared.get(name).is_some())
    };
    let mut further = object.iter().filter(|(name, _)| !is_declared(name));
    declared_fit
        && further.all(|(_, value)| match schema.get("additionalProperties") {
            Some(Value::Bool(allowed)) => *allowed,
            Some(member) => fits_default(value, member),
            None => true,
        })
}

/// Returns the default of a schema converted to its type; `None` if there is no default, if it
/// already has the type, or if it can't be converted.
pub(super) fn converted_default(schema: &Value) -> Option<Value> {
    let default = schema.get("default")?;
    let converted = coerce(default, schema, Coercion::Json).ok()?;
    (converted != *default).then_some(converted)
}

/// Fills in the declared defaults of missing properties in the objects of a value, at any depth.
pub fn fill_defaults(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(object) => {
            for (name, member) in declared(schema) {
                fill_member(object, name, member);
            }
            let by_pattern = schema.get("patternProperties").map(|_| Members::of(schema));
            for (name, value) in object {
                if let Some(member) = by_pattern.as_ref().and_then(|members| members.first(name)) {
                    fill_defaults(value, member);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if let Some(schema) = item_schema(schema, index) {
                    fill_defaults(item, schema);
                }
            }
        }
        _ => {}
    }
}

/// Fills in the defaults of properties that `values` (by title) lacks, and the defaults inside the
/// values that it has.
pub fn fill_property_defaults(values: &mut Map<String, Value>, properties: &[Property]) {
    for property in properties {
        match (values.get_mut(property.title()), property.default()) {
            (Some(value), _) => fill_defaults(value, property.schema()),
            (None, Some(default)) => {
                values.insert(property.title().to_owned(), default.clone());
            }
            (None, None) => {}
        }
    }
}

fn fill_member(object: &mut Map<String, Value>, name: &str, schema: &Value) {
    match (object.get_mut(name), schema.get("default")) {
        (Some(value), _) => fill_defaults(value, schema),
        (None, Some(default)) => {
            let converted = converted_default(schema);
            object.insert(
                name.to_owned(),
                converted.unwrap_or_else(|| default.clone()),
            );
        }
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_fit_as_in_the_reference() {
        for (value, schema, fits) in [
            (json!(5.5), json!({"type": "integer"}), true),
            (json!(true), json!({"type": "integer"}), true),
            (json!(3), json!({"type": "boolean"}), true),
            (json!("5"), json!({"type": "integer"}), false),
            (json!(null), json!({"type": "integer"}), false),
            (json!(null), json!({"type": "null"}), true),
            (json!(0), json!({"type": "null"}), false),
            (json!({"a": 1}), json!({"type": "string"}), true),
            (json!("z"), json!({"type": "string", "enum": ["a"]}), true),
            (json!(null), json!({}), true),
            (json!(null), json!({"type": ["integer", "null"]}), true),
            (
                json!("x"),
                json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
                false,
            ),
            (json!([1, "x"]), json!({"type": "array"}), true),
            (
                json!([1, "x"]),
                json!({"type": "array", "items": {"type": "integer"}}),
                false,
            ),
            (
                json!({}),
                json!({"type": "object", "properties": {"x": {}}}),
                false,
            ),
            (
                json!({}),
                json!({"type": "object", "properties": {"x": {"default": 1}}}),
                true,
            ),
            (json!({"y": 1}), json!({"type": "object"}), true),
            (
                json!({"y": 1}),
                json!({"type": "object", "additionalProperties": false}),
                false,
            ),
            (json!({"y": 1}), json!({"type": ["object", "null"]}), false),
            (
                json!({"y": "1"}),
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
                false,
            ),
        ] {
            assert_eq!(fits_default(&value, &schema), fits, "{value} {schema}");
        }
    }

    #[test]
    fn missing_values_take_their_defaults_at_any_depth() {
        let schema = json!({"type": "object", "properties": {
            "unit": {"default": "C"},
            "rows": {"type": "array", "items": {"properties": {"n": {"default": 1}, "m": {}}}},
        }});
        let mut value = json!({"rows": [{}, {"n": 2}]});
        fill_defaults(&mut value, &schema);
        assert_eq!(value, json!({"rows": [{"n": 1}, {"n": 2}], "unit": "C"}));
    }

    #[test]
    fn a_default_is_taken_as_a_value_of_its_type() {
        for (schema, expected) in [
            (json!({"type": "string", "default": 5}), json!("5")),
            (json!({"type": "string", "default": null}), json!("")),
            (
                json!({"type": "string", "default": {"a": 1.5}}),
                json!("{\"a\": 1.5}"),
            ),
            (json!({"type": "integer", "default": 5.0}), json!(5)),
            (json!({"type": "boolean", "default": 0}), json!(false)),
            (
                json!({"type": ["integer", "null"], "default": null}),
                json!(null),
            ),
            (
                json!({"type": "object", "properties": {"x": {"type": "string", "default": 1}}, "default": {}}),
                json!({"x": "1"}),
            ),
        ] {
            let property = Property::from_schema(schema.clone());
            assert_eq!(property.default(), Some(&expected), "{schema}");
            assert_eq!(property.fitting_default(), Some(Ok(&expected)), "{schema}");
            assert_eq!(property.schema(), &schema);
            let outer = json!({"type": "object", "properties": {"p": schema}});
            let mut value = json!({});
            fill_defaults(&mut value, &outer);
            assert_eq!(value, json!({"p": expected}));
            assert_eq!(coerce(&json!({}), &outer, Coercion::Edge), Ok(value));
        }
        // What would lose something stays as it is written, and does not fit.
        for schema in [
            json!({"type": "integer", "default": 5.5}),
            json!({"type": "integer", "default": true}),
            json!({"type": "boolean", "default": 2}),
            json!({"type": "string", "enum": ["a"], "default": "b"}),
        ] {
            let property = Property::from_schema(schema.clone());
            assert_eq!(property.default(), schema.get("default"));
            assert!(property.fitting_default().unwrap().is_err(), "{schema}");
            let outer = json!({"type": "object", "properties": {"p": schema}});
            assert!(coerce(&json!({}), &outer, Coercion::Edge).is_err());
        }
    }

    #[test]
    fn inputs_take_the_defaults_of_their_properties() {
        let properties = [
            Property::from_schema(json!({"title": "a", "default": null})),
            Property::string("b"),
        ];
        let mut values = Map::new();
        fill_property_defaults(&mut values, &properties);
        assert_eq!(Value::Object(values), json!({"a": null}));
    }
}
