//! The order of values in jq: null, booleans, numbers, strings, lists, objects.

use std::cmp::Ordering;

use serde_json::Value;

use super::as_float;

/// Compares two values as jq does: objects first by their sorted keys, then by the values.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let whole = left.as_i64().zip(right.as_i64());
            whole.map_or_else(
                || as_float(left).total_cmp(&as_float(right)),
                |(left, right)| left.cmp(&right),
            )
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => each(left.iter(), right.iter()),
        (Value::Object(left), Value::Object(right)) => {
            let sorted = |object: &serde_json::Map<String, Value>| {
                let mut keys: Vec<String> = object.keys().cloned().collect();
                keys.sort_unstable();
                keys
            };
            let (own, others) = (sorted(left), sorted(right));
            let values = own.iter().map(|key| &left[key]);
            own.cmp(&others)
                .then_with(|| each(values, others.iter().map(|key| &right[key])))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn each<'v>(
    left: impl Iterator<Item = &'v Value>,
    mut right: impl Iterator<Item = &'v Value>,
) -> Ordering {
    for left in left {
        match right.next().map(|right| compare(left, right)) {
            None => return Ordering::Greater,
            Some(Ordering::Equal) => {}
            Some(decided) => return decided,
        }
    }
    right.next().map_or(Ordering::Equal, |_| Ordering::Less)
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}
