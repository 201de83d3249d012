//! Differences inside plain values.

use serde_json::Value;

use crate::spec::property;

/// A difference between two values at one path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ValueChange {
    /// The path from the outer value; empty, or like `.headers.accept`.
    pub(super) path: String,
    /// The old value; `None` if there was none.
    pub(super) before: Option<Value>,
    /// The new value; `None` if there is none.
    pub(super) after: Option<Value>,
}

/// Returns the paths at which two values differ. Objects are compared key by key, in any order;
/// lists as a whole. Null counts as missing wherever the two mean the same.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<ValueChange> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), Some(before), Some(after))];
    while let Some((path, before, after)) = waiting.pop() {
        if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            let keys: Vec<_> = old.keys().chain(added).collect();
            for key in keys.into_iter().rev() {
                waiting.push((format!("{path}.{key}"), old.get(key), new.get(key)));
            }
            continue;
        }
        let is_equal = match (before, after) {
            (Some(before), Some(after)) => property::equal(before, after),
            (before, after) => before == after,
        };
        if !is_equal {
            let something = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
            let (before, after) = (something(before), something(after));
            // A key that is there with nothing in it is still no key: told as it is.
            if before.is_some() || after.is_some() {
                found.push(ValueChange {
                    path,
                    before,
                    after,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn check(before: &Value, after: &Value, expected: &[(&str, Value, Value)]) {
        let found: Vec<_> = changes(before, after)
            .into_iter()
            .map(|change| {
                let side = |value: Option<Value>| value.unwrap_or(json!("nothing"));
                (change.path, side(change.before), side(change.after))
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, before, after)| ((*path).to_owned(), before.clone(), after.clone()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn objects_are_compared_key_by_key_in_any_order() {
        check(&json!({"a": 1, "b": 2}), &json!({"b": 2.0, "a": 1}), &[]);
        check(
            &json!({"a": {"x": 1, "y": 2}, "b": 3}),
            &json!({"a": {"x": 5, "z": 7}, "b": 3}),
            &[
                (".a.x", json!(1), json!(5)),
                (".a.y", json!(2), json!("nothing")),
                (".a.z", json!("nothing"), json!(7)),
            ],
        );
    }

    #[test]
    fn lists_and_plain_values_are_compared_whole_and_null_is_nothing() {
        check(
            &json!([1, 2]),
            &json!([2, 1]),
            &[("", json!([1, 2]), json!([2, 1]))],
        );
        check(&json!(null), &json!(3), &[("", json!("nothing"), json!(3))]);
        check(&json!({"a": null}), &json!({}), &[]);
    }
}
