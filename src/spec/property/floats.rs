//! Conversion of numbers to floats, as in the reference runtimes: a value declared as a number is
//! always a float.

use serde_json::{Number, Value};

use super::parts::{Members, item_schema};

/// Converts every value that is declared as a number to a float, so that as text 1 becomes `1.0`,
/// as in the reference runtimes. The value must fit its schema. An integer that no float represents
/// exactly stays an integer.
pub fn with_floats(value: Value, schema: &Value) -> Value {
    match value {
        Value::Number(number) if schema.get("type").and_then(Value::as_str) == Some("number") => {
            Value::Number(as_float(number))
        }
        Value::Array(items) => {
            let item = |(index, item)| match item_schema(schema, index) {
                Some(schema) => with_floats(item, schema),
                None => item,
            };
            items.into_iter().enumerate().map(item).collect()
        }
        Value::Object(entries) => {
            let members = Members::of(schema);
            let entry = |(name, value): (String, Value)| {
                let value = match members.first(&name) {
                    Some(schema) => with_floats(value, schema),
                    None => value,
                };
                (name, value)
            };
            Value::Object(entries.into_iter().map(entry).collect())
        }
        other => other,
    }
}

fn as_float(number: Number) -> Number {
    /// The largest integer up to which floats represent every integer.
    const MAX_WHOLE: u64 = 1 << f64::MANTISSA_DIGITS;
    let is_exact = number
        .as_i64()
        .is_some_and(|whole| whole.unsigned_abs() <= MAX_WHOLE);
    match number.as_f64().and_then(Number::from_f64) {
        Some(float) if is_exact => float,
        _ => number,
    }
}
