//! Properties: the named, typed inputs and outputs of components, with functions on their types and
//! values.
//!
//! A property is a JSON Schema object (draft 2020-12) whose `title` is the property's name:
//! `{"title": "city", "type": "string", "default": "Bern"}`. Loading makes properties, and
//! validation compares their types ([`castable`], [`same_type`]). Every value for a typed place of
//! a run (a flow slot, a tool's argument, an output of an agent) goes through [`coerce()`]; a value
//! that comes as text goes through [`settle()`] first, so that no number is changed.
//!
//! Source: Agent Spec, *Properties*, *Type compatibility*. Other keywords are kept unchanged and
//! have no effect here, except in [`validate`] and [`coerce()`], which also handle enumerations,
//! bounds, `prefixItems` and `patternProperties`.

mod coerce;
mod compatible;
mod conform;
mod defaults;
mod floats;
mod further;
mod meta;
mod parts;
mod resolve;
mod schema;
mod settle;

use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

pub use self::coerce::{Coercion, coerce};
pub use self::compatible::{Unsupported, castable, same_type};
pub use self::conform::validate;
use self::defaults::converted_default;
pub use self::defaults::{fill_defaults, fill_property_defaults, fits_default};
pub use self::floats::with_floats;
pub use self::meta::{SchemaProblem, SchemaRule, check_schema};
pub use self::resolve::{MAX_SCHEMA_BYTES, SchemaTooLarge, standalone, standalone_of_server};
pub use self::schema::{parameters_schema, strict_schema};
pub use self::settle::{settle, settle_titled, settle_untyped};

/// The name of a property whose schema has no `title`, as in the reference SDK.
const UNTITLED: &str = "property";

/// An input or output of a component: a JSON Schema object, named by its `title`.
///
/// Two properties are equal when their schemas are equal as JSON values (key order does not matter,
/// `1` equals `1.0`), titles, descriptions and defaults included. For equal *types* see [`same_type`].
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Property {
    /// The schema as written, with the order of keys kept. Usually an object; [`check_schema`]
    /// reports anything else, which acts here as a property without type, title and default.
    schema: Value,
    /// The `title` of the schema, cached because rules often need it.
    #[serde(skip)]
    title: Option<CompactString>,
    /// The default converted to the property's type, if it is written as another type.
    #[serde(skip)]
    converted_default: Option<Box<Value>>,
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from_schema)
    }
}

impl Property {
    /// Makes a property of type string: `{"title": …, "type": "string"}`.
    pub fn string(title: &str) -> Self {
        Self::from_schema(json!({"title": title, "type": "string"}))
    }

    /// Makes a property that accepts any value: `{"title": …}`.
    pub fn untyped(title: &str) -> Self {
        Self::from_schema(json!({ "title": title }))
    }

    /// Makes a property from a schema without checking it.
    pub fn from_schema(schema: Value) -> Self {
        let title = schema.get("title").and_then(Value::as_str);
        Self {
            title: title.map(CompactString::from),
            converted_default: converted_default(&schema).map(Box::new),
            schema,
        }
    }

    /// Returns the name: the schema's `title`, or `property` if there is none.
    pub fn title(&self) -> &str {
        self.declared_title().unwrap_or(UNTITLED)
    }

    /// Returns the `title` as written; `None` if it is missing or not a string.
    pub fn declared_title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Returns the `type` if it is a single name (`"integer"`); `None` for a list of types, a union
    /// or *any*.
    pub fn json_type(&self) -> Option<&str> {
        self.schema.get("type").and_then(Value::as_str)
    }

    /// Returns the `default` as a value of the property's type, for example `"5"` for a string with
    /// the default 5. A default that can't be converted is returned as written (see
    /// [`Self::fitting_default`]); a default of `null` is `Some(Null)`.
    pub fn default(&self) -> Option<&Value> {
        let converted = self.converted_default.as_deref();
        converted.or_else(|| self.schema.get("default"))
    }

    /// Returns the [`default`](Self::default), if there is one.
    ///
    /// # Errors
    /// A message, if the default can't be converted to the type, such as 5.5 for an integer.
    pub fn fitting_default(&self) -> Option<Result<&Value, String>> {
        let default = self.default()?;
        let violations = validate(default, &self.schema);
        Some(match violations.as_slice() {
            [] => Ok(default),
            [violation, ..] => Err(format!("its default {default} does not fit: {violation}")),
        })
    }

    /// Returns whether the schema is an object whose title, if any, is a string; otherwise the
    /// property has no usable name.
    pub fn is_readable(&self) -> bool {
        let title = self.schema.get("title");
        self.schema.is_object() && title.is_none_or(Value::is_string)
    }

    /// Returns the `description`, for people and models.
    pub fn description(&self) -> Option<&str> {
        self.schema.get("description").and_then(Value::as_str)
    }

    /// Returns the whole schema.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Converts the property into its schema.
    pub fn into_schema(self) -> Value {
        self.schema
    }

    /// Returns the type in words, like the function [`type_text`].
    pub fn type_text(&self) -> String {
        type_text(&self.schema)
    }
}

impl PartialEq for Property {
    fn eq(&self, other: &Self) -> bool {
        equal(&self.schema, &other.schema)
    }
}

/// A part of a value that does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The path inside the value: `""` for the value itself, else like `items[0].name`.
    pub path: String,
    /// The message, without the path: ``expected integer, found string "x"``.
    pub message: String,
}

impl Violation {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            message: message.into(),
        }
    }

    /// Moves the violation below a path of an enclosing value: `[0].n` below `rows` becomes
    /// `rows[0].n`.
    #[must_use]
    pub fn below(self, path: &str) -> Self {
        let separator = match self.path.chars().next() {
            None | Some('[') => "",
            Some(_) if path.is_empty() => "",
            Some(_) => ".",
        };
        Self {
            path: format!("{path}{separator}{}", self.path),
            ..self
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.path, self.message)
        }
    }
}

/// Describes a schema's type in a few words, for messages and the outline: `string`, `integer or
/// null`, `array of integer`, `object {x, y}`, `map of number`, `any`.
pub fn type_text(schema: &Value) -> String {
    let members = compatible::members(schema);
    if compatible::is_union(schema) {
        let mut names: Vec<String> = Vec::new();
        for member in members {
            let name = type_text(&member);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        return names.join(" or ");
    }
    match schema.get("type").and_then(Value::as_str) {
        None => "any".to_owned(),
        Some("array") => match schema.get("items") {
            Some(items) if type_text(items) != "any" => format!("array of {}", type_text(items)),
            _ => "array".to_owned(),
        },
        Some("object") => object_text(schema),
        Some(name) => name.to_owned(),
    }
}

fn object_text(schema: &Value) -> String {
    match (
        schema.get("properties").and_then(Value::as_object),
        schema.get("additionalProperties"),
    ) {
        (Some(properties), _) if !properties.is_empty() => {
            let names: Vec<&str> = properties.keys().map(String::as_str).collect();
            format!("object {{{}}}", names.join(", "))
        }
        (_, Some(values @ Value::Object(_))) => format!("map of {}", type_text(values)),
        _ => "object".to_owned(),
    }
}

/// Returns whether two JSON values are equal. Numbers are compared by value (`1` equals `1.0`),
/// objects regardless of the order of their keys.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64() && (left.is_f64() || right.is_f64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

/// Returns the `properties` of an object schema; empty if there are none.
fn declared(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// Describes a value in a few words for a message: `string "x"`, `number 3`, `an array`; long text
/// is cut.
pub(super) fn value_text(value: &Value) -> String {
    const SHOWN_CHARS: usize = 40;
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("boolean {value}"),
        Value::Number(value) => format!("number {value}"),
        Value::String(text) if text.chars().count() > SHOWN_CHARS => {
            let start: String = text.chars().take(SHOWN_CHARS).collect();
            format!("string {}", Value::String(start + "…"))
        }
        Value::String(_) => format!("string {value}"),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_tells_its_parts() {
        let property = Property::from_schema(json!({
            "title": "n", "type": "integer", "default": null, "description": "how many"
        }));
        assert_eq!(property.title(), "n");
        assert_eq!(property.json_type(), Some("integer"));
        assert_eq!(property.default(), Some(&Value::Null));
        assert_eq!(property.description(), Some("how many"));
        assert_eq!(
            Property::from_schema(json!({"type": "string"})).title(),
            "property"
        );
        assert_eq!(Property::untyped("x").default(), None);
    }

    #[test]
    fn equality_is_that_of_json_values() {
        let left = Property::from_schema(json!({"title": "a", "type": "number", "default": 1}));
        let right = Property::from_schema(json!({"default": 1.0, "type": "number", "title": "a"}));
        assert_eq!(left, right);
        assert_ne!(
            left,
            Property::from_schema(json!({"title": "a", "type": "number"}))
        );
        assert!(!equal(&json!(i64::MAX), &json!(i64::MAX - 1)));
    }

    #[test]
    fn types_in_words() {
        for (schema, text) in [
            (json!({}), "any"),
            (json!({"type": "string"}), "string"),
            (json!({"type": ["integer", "null"]}), "integer or null"),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
                "string or null",
            ),
            (
                json!({"type": "array", "items": {"type": "integer"}}),
                "array of integer",
            ),
            (json!({"type": "array"}), "array"),
            (
                json!({"type": "object", "properties": {"x": {}, "y": {}}}),
                "object {x, y}",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "number"}}),
                "map of number",
            ),
        ] {
            assert_eq!(type_text(&schema), text, "{schema}");
        }
    }
}
