//! Compatibility of types: whether a value of one type may be given where another is expected.
//!
//! Both relations consider only `type`, `anyOf`, `items`, `properties` and `additionalProperties`.
//! They match the reference SDK exactly, oddities included, because a file must load in both or in
//! neither. Source: Agent Spec, *Type compatibility*; pyagentspec 26.3.1, `property.py`.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{declared, equal};

/// The maximum number of members of a union, as in the reference SDK.
const MAX_MEMBERS: usize = 100;

/// A reason why two types can't be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unsupported {
    /// A schema uses a keyword that type comparison has no rule for.
    #[error("types with `{0}` can't be compared")]
    Keyword(&'static str),
    /// A union has more members than the reference SDK allows.
    #[error("a union of more than {MAX_MEMBERS} types can't be compared")]
    Members,
}

impl Unsupported {
    /// Returns a suggestion for how to change the schema.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Keyword("oneOf") => "list the alternatives in `anyOf`",
            Self::Keyword(_) => "write it as one schema: one `type` with all its `properties`",
            Self::Members => "name fewer types, or none: a property without a type takes anything",
        }
    }
}

/// Returns whether an output of type `source` may feed an input of type `destination`.
///
/// Everything can be cast to string and to *any*; integers, numbers and booleans to each other;
/// arrays item by item; and objects if the source has every property of the destination. An object
/// can't be cast to a union that contains the same object type, because the source is treated as
/// closed.
///
/// # Errors
/// [`Unsupported`], if a schema that has to be compared uses `allOf` or `oneOf`, or is a union with
/// too many members.
pub fn castable(source: &Value, destination: &Value) -> Result<bool, Unsupported> {
    refuse_keywords(source, destination)?;
    if equal(source, destination) || is_any(destination) {
        return Ok(true);
    }
    if type_name(destination) == Some("string") {
        return Ok(true);
    }
    if is_union(source) || is_union(destination) {
        return each_has_some(&union(source)?, &union(destination)?, castable);
    }
    match (type_name(source), type_name(destination)) {
        (Some(source), Some(destination)) if is_numeric(source) && is_numeric(destination) => {
            Ok(true)
        }
        (Some("array"), Some("array")) => castable(&items(source), &items(destination)),
        (Some("object"), Some("object")) => {
            for (name, wanted) in declared(destination) {
                match source
                    .get("properties")
                    .and_then(|properties| properties.get(name))
                {
                    Some(given) if castable(given, wanted)? => {}
                    _ => return Ok(false),
                }
            }
            additional(source, destination, castable)
        }
        _ => Ok(false),
    }
}

/// Returns whether two schemas describe the same type. This is stricter than [`castable`] in both
/// directions: an integer is not a number, and objects must have the same property names.
///
/// Unions are compared as sets, without regard to order and repetition.
///
/// # Errors
/// As [`castable`].
pub fn same_type(left: &Value, right: &Value) -> Result<bool, Unsupported> {
    refuse_keywords(left, right)?;
    if is_union(left) || is_union(right) {
        let (left, right) = (union(left)?, union(right)?);
        return Ok(
            each_has_some(&left, &right, same_type)? && each_has_some(&right, &left, same_type)?
        );
    }
    if type_name(left) != type_name(right) {
        return Ok(false);
    }
    if has(left, right, "items") && !same_type(&items(left), &items(right))? {
        return Ok(false);
    }
    if has(left, right, "properties") {
        if declared(left).count() != declared(right).count() {
            return Ok(false);
        }
        for (name, left) in declared(left) {
            match right
                .get("properties")
                .and_then(|properties| properties.get(name))
            {
                Some(right) if same_type(left, right)? => {}
                _ => return Ok(false),
            }
        }
    }
    if has(left, right, "additionalProperties") {
        return additional(left, right, same_type);
    }
    Ok(true)
}

/// Returns whether a schema is a union: it has `anyOf`, or its `type` is a list.
pub(super) fn is_union(schema: &Value) -> bool {
    schema.get("anyOf").is_some() || schema.get("type").is_some_and(Value::is_array)
}

/// Returns the members of a union: those of `anyOf` as written, then one for each entry of `type`.
/// An object among the latter is closed unless the schema says otherwise.
pub(super) fn members(schema: &Value) -> Vec<Value> {
    let mut members: Vec<Value> = schema
        .get("anyOf")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let names = match schema.get("type") {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => &[],
    };
    members.extend(names.iter().map(|name| member(schema, name)));
    members
}

fn member(schema: &Value, name: &Value) -> Value {
    let mut member = Map::new();
    member.insert("type".to_owned(), name.clone());
    let mut carry = |keyword: &str, missing: Value| {
        member.insert(
            keyword.to_owned(),
            schema.get(keyword).cloned().unwrap_or(missing),
        );
    };
    match name.as_str() {
        Some("array") => {
            carry("items", json!({}));
            if let Some(places) = schema.get("prefixItems") {
                carry("prefixItems", places.clone());
            }
        }
        Some("object") => {
            carry("properties", json!({}));
            carry("additionalProperties", Value::Bool(false));
            for keyword in ["required", "patternProperties"] {
                if let Some(value) = schema.get(keyword) {
                    carry(keyword, value.clone());
                }
            }
        }
        _ => {}
    }
    Value::Object(member)
}

fn union(schema: &Value) -> Result<Vec<Value>, Unsupported> {
    let members = members(schema);
    if members.len() > MAX_MEMBERS {
        Err(Unsupported::Members)
    } else {
        Ok(members)
    }
}

fn each_has_some(
    left: &[Value],
    right: &[Value],
    relation: fn(&Value, &Value) -> Result<bool, Unsupported>,
) -> Result<bool, Unsupported> {
    for left in left {
        let mut found = false;
        for right in right {
            if relation(left, right)? {
                found = true;
                break;
            }
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Compares `additionalProperties`: booleans must be equal; schemas are compared by `relation`.
fn additional(
    left: &Value,
    right: &Value,
    relation: fn(&Value, &Value) -> Result<bool, Unsupported>,
) -> Result<bool, Unsupported> {
    let any = json!({});
    let left = left.get("additionalProperties").unwrap_or(&any);
    let right = right.get("additionalProperties").unwrap_or(&any);
    if left.is_boolean() || right.is_boolean() {
        Ok(left == right)
    } else {
        relation(left, right)
    }
}

fn refuse_keywords(left: &Value, right: &Value) -> Result<(), Unsupported> {
    match ["allOf", "oneOf"]
        .into_iter()
        .find(|keyword| has(left, right, keyword))
    {
        Some(keyword) => Err(Unsupported::Keyword(keyword)),
        None => Ok(()),
    }
}

fn has(left: &Value, right: &Value, keyword: &str) -> bool {
    left.get(keyword).is_some() || right.get(keyword).is_some()
}

fn is_any(schema: &Value) -> bool {
    schema.get("type").is_none() && schema.get("anyOf").is_none()
}

fn type_name(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

fn is_numeric(name: &str) -> bool {
    matches!(name, "integer" | "number" | "boolean")
}

fn items(schema: &Value) -> Value {
    schema.get("items").cloned().unwrap_or_else(|| json!({}))
}

#[cfg(test)]
mod tests;
