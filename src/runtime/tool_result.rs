//! Converts the result of a tool to its declared outputs.

use serde_json::Value;

use super::values::{fit, titles};
use crate::conversation::Values;
use crate::spec::property::{Coercion, Property, Violation, validate};

/// Returns a tool's result as values by output. For a tool with one output, the result is its
/// value; for several outputs, it is an object with their names, where missing values take their
/// defaults and unknown keys are ignored.
///
/// # Errors
/// A description of the missing or mismatched value.
pub(super) fn values(
    result: &Value,
    outputs: &[Property],
    coercion: Coercion,
) -> Result<Values, Vec<Violation>> {
    let given = match (outputs, result) {
        ([], _) => Values::new(),
        ([output], Value::Null) if !takes_null(output) => Values::new(),
        ([output], value) => Values::from_iter([(output.title().to_owned(), value.clone())]),
        (_, Value::Object(values)) => values.clone(),
        (_, other) => {
            return Err(vec![Violation {
                path: String::new(),
                message: format!("expected an object with {}, found {other}", titles(outputs)),
            }]);
        }
    };
    fit(&given, outputs, coercion)
}

/// Returns whether an output accepts null. If not, a tool that returns nothing leaves the output to
/// its default, if there is one.
fn takes_null(output: &Property) -> bool {
    output.default().is_none() && validate(&Value::Null, output.schema()).is_empty()
}

/// Returns a tool's result as text for a model: a string is unchanged, anything else is JSON.
pub(super) fn as_text(result: &Value) -> String {
    match result {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::super::values::in_words;
    use super::*;

    fn properties(schemas: &Value) -> Vec<Property> {
        let schemas = schemas.as_array().cloned().unwrap_or_default();
        schemas.into_iter().map(Property::from_schema).collect()
    }

    #[test]
    fn one_output_is_the_result_itself() {
        for (output, result, expected) in [
            (
                json!({"title": "a", "type": "string"}),
                json!({"x": 1}),
                json!(r#"{"x": 1}"#),
            ),
            (
                json!({"title": "a", "type": "integer"}),
                json!(7.0),
                json!(7),
            ),
            (
                json!({"title": "a", "type": "string", "default": "d"}),
                json!(null),
                json!("d"),
            ),
            (json!({"title": "a"}), json!([1]), json!([1])),
            (json!({"title": "a"}), json!(null), json!(null)),
            (
                json!({"title": "a", "anyOf": [{"type": "string"}, {"type": "null"}]}),
                json!(null),
                json!(null),
            ),
        ] {
            let values = values(&result, &properties(&json!([output])), Coercion::Json);
            assert_eq!(
                values,
                Ok(Values::from_iter([("a".to_owned(), expected)])),
                "{output}"
            );
        }
    }

    #[test]
    fn several_outputs_come_by_name() {
        let outputs = properties(&json!([
            {"title": "a", "type": "integer"},
            {"title": "b", "type": "string", "default": "d"},
        ]));
        let good = values(&json!({"a": 1, "c": true}), &outputs, Coercion::Json);
        assert_eq!(good.map(Value::Object), Ok(json!({"a": 1, "b": "d"})));
        let told =
            |result: &Value| in_words(&values(result, &outputs, Coercion::Json).unwrap_err());
        assert_eq!(
            told(&json!({"a": "1"})),
            r#"`a`: expected integer, found string "1""#
        );
        assert_eq!(told(&json!({"b": "x"})), "`a`: is missing");
        assert_eq!(
            told(&json!([1, 2])),
            "expected an object with `a`, `b`, found [1,2]"
        );
    }
}
