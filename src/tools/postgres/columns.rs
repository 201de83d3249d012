//! The column types that can store the values of a schema.

use serde_json::Value;

/// The types of JSON values, except for null.
const KINDS: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// Returns the JSON types that a schema accepts, without null, which any column can store; all
/// types if the schema does not restrict them.
pub(super) fn kinds_of(schema: &Value) -> Vec<&str> {
    let mut kinds = Vec::new();
    gather(schema, &mut kinds);
    if kinds.is_empty() {
        return KINDS.to_vec();
    }
    kinds.retain(|kind| *kind != "null");
    kinds
}

fn gather<'s>(schema: &'s Value, kinds: &mut Vec<&'s str>) {
    match schema.get("type") {
        Some(Value::String(kind)) => kinds.push(kind),
        Some(Value::Array(all)) => kinds.extend(all.iter().filter_map(Value::as_str)),
        _ => {
            let members = ["anyOf", "oneOf"].map(|union| schema.get(union));
            for member in members.into_iter().flatten().filter_map(Value::as_array) {
                for schema in member {
                    gather(schema, kinds);
                }
            }
        }
    }
}

/// Whether a column of a type holds values of all these kinds, and gives them back as they were.
///
/// | type | kinds |
/// |---|---|
/// | `text`, `varchar`, `char`, `name`, `citext`, enumerations | string |
/// | `uuid`, `date`, `time`, `timestamp`, `timestamptz` | string, as ISO 8601 writes it |
/// | `int2`, `int4`, `int8` | integer, number |
/// | `float4`, `float8` | number |
/// | `numeric` | number, integer; string, with all its digits |
/// | `bool` | boolean |
/// | `json`, `jsonb` | all |
/// | arrays of these | array |
pub(super) fn is_held_by(kinds: &[&str], type_name: &str, is_enum: bool) -> bool {
    let held: &[&str] = match type_name {
        "json" | "jsonb" => &KINDS,
        "text" | "varchar" | "bpchar" | "name" | "citext" | "uuid" | "date" | "time"
        | "timestamp" | "timestamptz" => &["string"],
        "int2" | "int4" | "int8" => &["integer", "number"],
        "float4" | "float8" => &["number"],
        "numeric" => &["number", "integer", "string"],
        "bool" => &["boolean"],
        _ if is_enum => &["string"],
        _ => match type_name.strip_prefix('_') {
            // What its items hold is looked at where they are read and written.
            Some(item) if KINDS.iter().any(|kind| is_held_by(&[kind], item, false)) => &["array"],
            _ => &[],
        },
    };
    kinds.iter().all(|kind| held.contains(kind))
}
