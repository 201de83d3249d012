//! Conversion of a value to a declared type.
//!
//! The rules are those of the reference runtime's value conversion; a value that is converted to
//! text becomes JSON as Python writes it. There are two differences: a boolean is not an integer,
//! and a string is read as a number only if it comes from a source of text. Source: Agent Spec,
//! *Type compatibility*; WayFlow 26.3.1.

use serde_json::{Map, Value};

use super::compatible::{is_union, members};
use super::conform::{conforms, is_of, item_path, member_path, type_fits, violations_of};
use super::parts::{Member, Members, item_schema};
use super::settle::{kinds, settle};
use super::{Violation, declared, standalone, value_text};
use crate::base::python_text;
use crate::base::written::Written;

/// The origin of a value, which decides whether text may be read as another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coercion {
    /// A source with JSON types (a tool, a file): a string stays a string and does not fit an
    /// integer.
    Json,
    /// A source of text (a model, a form, an HTTP body, a CSV cell): a string that is exactly the
    /// JSON text of a number, boolean, array, object or null is converted if the schema requires
    /// that type. `"7"` fits an integer, `"seven"` and `"7 "` do not.
    Text,
    /// A typed slot of a spec, through an edge: numbers, integers and booleans are converted into
    /// each other, as Agent Spec allows, even if decimals are lost. Values from other sources are
    /// rejected in this case.
    Edge,
    /// A slot with text written by a model or a person, through an edge.
    TextEdge,
}

impl Coercion {
    fn reads_text(self) -> bool {
        matches!(self, Self::Text | Self::TextEdge)
    }

    fn may_lose(self) -> bool {
        matches!(self, Self::Edge | Self::TextEdge)
    }
}

/// Makes `value` fit `schema`, or says why it can't.
///
/// | from | to | result |
/// |---|---|---|
/// | null | string | `""` |
/// | anything else | string | JSON as Python writes it: `["a", "\u00e9"]`, `1.0` |
/// | whole number, `3.0` | integer | 3 |
/// | number with a fraction | integer | only by an edge: truncated toward zero, within 64 bits |
/// | 0 or 1 | boolean | false or true |
/// | another number | boolean | only by an edge: true |
/// | boolean | number, integer | only by an edge: 1 or 0 |
/// | array | array | item by item |
/// | object | object | property by property: a missing one takes its default, undeclared ones, by name or pattern, are
/// dropped where the schema names properties and does not say `additionalProperties` |
/// | any | union | unchanged if it fits one member (but `3.0` as 3 where integers are no numbers), else the first member
/// that it can be made to fit |
/// | string | another kind | only with [`Coercion::Text`] and [`Coercion::TextEdge`] |
///
/// A property that is missing and has no default is a violation, unless the schema has a `required` list
/// without it. The result fits the schema by [`validate`](super::validate).
///
/// # Errors
/// Every violation, with its path in the value. Nothing of the value is given back then.
pub fn coerce(value: &Value, schema: &Value, coercion: Coercion) -> Result<Value, Vec<Violation>> {
    coerced(value, &standalone(schema), coercion)
}

/// Converts `value` to a schema without references, or returns the violations.
fn coerced(value: &Value, schema: &Value, coercion: Coercion) -> Result<Value, Vec<Violation>> {
    let mut violations = Vec::new();
    let converted = convert(value, schema, coercion, "", &mut violations);
    if violations.is_empty() {
        violations = violations_of(&converted, schema);
    }
    if violations.is_empty() {
        Ok(converted)
    } else {
        Err(violations)
    }
}

fn convert(
    value: &Value,
    schema: &Value,
    coercion: Coercion,
    path: &str,
    violations: &mut Vec<Violation>,
) -> Value {
    if is_union(schema) {
        return convert_to_member(value, schema, coercion);
    }
    let Some(name) = schema.get("type").and_then(Value::as_str) else {
        return value.clone();
    };
    match (value, name) {
        (Value::Array(items), "array") => {
            let item = |(index, item): (usize, &Value)| match item_schema(schema, index) {
                Some(schema) => {
                    convert(item, schema, coercion, &item_path(path, index), violations)
                }
                None => item.clone(),
            };
            Value::Array(items.iter().enumerate().map(item).collect())
        }
        (Value::Object(object), "object") => {
            Value::Object(convert_object(object, schema, coercion, path, violations))
        }
        _ if is_of(value, name) => whole_number(value, name).unwrap_or_else(|| value.clone()),
        _ => {
            if let Some(converted) = convert_kind(value, name, coercion) {
                return converted;
            }
            if coercion.reads_text()
                && let Some(read) = read_text(value, name)
            {
                return match settle(&read, schema) {
                    Ok(read) => convert(&read, schema, coercion, path, violations),
                    Err(inner) => {
                        violations.extend(inner.into_iter().map(|violation| violation.below(path)));
                        value.clone()
                    }
                };
            }
            violations.push(Violation::new(
                path,
                format!("expected {name}, found {}", value_text(value)),
            ));
            value.clone()
        }
    }
}

/// Converts a value to the first possible member of a union. If there is none, returns the value
/// unchanged, and [`validate`](super::validate) reports it.
fn convert_to_member(value: &Value, schema: &Value, coercion: Coercion) -> Value {
    let members = members(schema);
    // Kinds first: text is not to become the boolean that is first in the union.
    if let Some(keywords) = schema.as_object()
        && !keywords.contains_key("anyOf")
        && type_fits(value, keywords)
        && conforms(value, schema)
    {
        return in_whole_numbers(value, schema);
    }
    if members.iter().any(|member| conforms(value, member)) {
        return in_whole_numbers(value, schema);
    }
    members
        .iter()
        .find_map(|member| coerced(value, member, coercion).ok())
        .unwrap_or_else(|| value.clone())
}

/// Replaces each integer that is written with a zero fraction, such as `3.0`, by `3`, in a value
/// that fits its schema.
fn in_whole_numbers(value: &Value, schema: &Value) -> Value {
    match value {
        Value::Number(_) => {
            let kinds = kinds(Some(schema));
            let is_integer = kinds.iter().any(|kind| kind == "integer");
            let is_number = kinds.is_empty() || kinds.iter().any(|kind| kind == "number");
            let whole = (is_integer && !is_number).then(|| whole_number(value, "integer"));
            whole.flatten().unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => {
            let schema = member_that_fits(value, schema);
            let item = |(index, item): (usize, &Value)| {
                let schema = schema.as_ref().and_then(|it| item_schema(it, index));
                schema.map_or_else(|| item.clone(), |schema| in_whole_numbers(item, schema))
            };
            items.iter().enumerate().map(item).collect()
        }
        Value::Object(object) => {
            let schema = member_that_fits(value, schema);
            let members = schema.as_ref().map(Members::of);
            let entry = |(name, value): (&String, &Value)| {
                let schema = members.as_ref().and_then(|members| members.first(name));
                let value =
                    schema.map_or_else(|| value.clone(), |schema| in_whole_numbers(value, schema));
                (name.clone(), value)
            };
            Value::Object(object.iter().map(entry).collect())
        }
        _ => value.clone(),
    }
}

/// Returns the first member of a union that a value fits, or the schema itself if it is not a
/// union.
fn member_that_fits(value: &Value, schema: &Value) -> Option<Value> {
    if !is_union(schema) {
        return Some(schema.clone());
    }
    members(schema)
        .into_iter()
        .find(|member| conforms(value, member))
}

fn convert_object(
    object: &Map<String, Value>,
    schema: &Value,
    coercion: Coercion,
    path: &str,
    violations: &mut Vec<Violation>,
) -> Map<String, Value> {
    let mut converted = Map::new();
    for (name, member) in declared(schema) {
        let path = member_path(path, name);
        if let Some(value) = object.get(name) {
            converted.insert(
                name.clone(),
                convert(value, member, coercion, &path, violations),
            );
        } else if let Some(default) = member.get("default") {
            // Nothing of a default may be lost on the way.
            let value = convert(default, member, Coercion::Json, &path, violations);
            converted.insert(name.clone(), value);
        } else if is_required(schema, name) {
            violations.push(Violation::new(&path, "is missing"));
        }
    }
    let names_some = declared(schema).next().is_some();
    let members = Members::of(schema);
    for (name, value) in object {
        if converted.contains_key(name) {
            continue;
        }
        let schemas = match members.find(name) {
            Member::Further(Some(Value::Bool(false))) => continue,
            Member::Further(None) if names_some => continue,
            Member::Further(schema) => schema.into_iter().collect(),
            Member::Declared(schemas) => schemas,
        };
        let path = member_path(path, name);
        let fitted = schemas.into_iter().fold(value.clone(), |value, member| {
            convert(&value, member, coercion, &path, violations)
        });
        converted.insert(name.clone(), fitted);
    }
    converted
}

/// Returns whether an object must have a property: without a `required` list, all properties
/// without a default are required.
fn is_required(schema: &Value, name: &str) -> bool {
    match schema.get("required").and_then(Value::as_array) {
        Some(required) => required.iter().any(|entry| entry.as_str() == Some(name)),
        None => true,
    }
}

/// Converts between types without reading text.
fn convert_kind(value: &Value, name: &str, coercion: Coercion) -> Option<Value> {
    match (value, name) {
        (Value::Null, "string") => Some(Value::String(String::new())),
        (_, "string") => Some(Value::String(python_text::json_dumps(value))),
        (Value::Number(number), "boolean")
            if coercion.may_lose() || [Some(0.0), Some(1.0)].contains(&number.as_f64()) =>
        {
            Some(Value::Bool(number.as_f64() != Some(0.0)))
        }
        (Value::Bool(value), "integer" | "number") if coercion.may_lose() => {
            Some(Value::from(u8::from(*value)))
        }
        (Value::Number(number), "integer") if coercion.may_lose() => {
            number.as_f64().and_then(truncated)
        }
        _ => None,
    }
}

/// Converts an integer that is written with a zero fraction, such as `3.0`, to `3`.
fn whole_number(value: &Value, name: &str) -> Option<Value> {
    if name == "integer" && value.is_f64() {
        value.as_f64().and_then(truncated)
    } else {
        None
    }
}

/// Removes the fraction of a number; `None` beyond 64 bits.
fn truncated(number: f64) -> Option<Value> {
    // The text of a whole float is its exact decimal value, so nothing is rounded on the way.
    let text = format!("{:.0}", number.trunc());
    let signed = text.parse::<i64>().map(Value::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Value::from))
        .ok()
}

/// Reads a string as the JSON text of a value of the named type.
fn read_text(value: &Value, name: &str) -> Option<Written> {
    let text = value.as_str()?;
    if text.trim() != text {
        return None;
    }
    let read = Written::read(text).ok()?;
    let is_wanted = match &read {
        Written::Plain(Value::Number(_)) | Written::Scalar { .. } => {
            matches!(name, "integer" | "number")
        }
        Written::Plain(value) => is_of(value, name),
        Written::Array(_) => name == "array",
        Written::Object(_) => name == "object",
    };
    is_wanted.then_some(read)
}

#[cfg(test)]
mod tests;
