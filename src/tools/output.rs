//! Fits the result of a tool to its declared outputs.

use serde_json::{Map, Value};

use super::executor::{ToolError, ToolErrorKind};
use crate::base::bounded::truncated;
use crate::base::written::Written;
use crate::spec::Component;
use crate::spec::property::{
    Coercion, Property, Violation, coerce, settle, settle_titled, settle_untyped, validate,
};

/// The maximum number of bytes of a result in an error message.
const EXCERPT_BYTES: usize = 200;

/// The result of a tool, in its original form.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// A value from a source with JSON types.
    Value(Value),
    /// A JSON text with the spelling of its numbers.
    Written(Written),
    /// A text that may be JSON.
    Text(String),
}

/// Fits a tool's own result, like [`fit_result`].
///
/// # Errors
/// [`ToolErrorKind::BadOutput`] with all violations.
pub(super) fn fit_outputs(
    tool: &Component,
    given: Given,
    coercion: Coercion,
) -> Result<Value, ToolError> {
    let outputs = tool.outputs();
    let result = match given {
        Given::Value(value) => Ok(value),
        Given::Written(written) => settle_result(outputs, &written),
        Given::Text(text) => read_result(outputs, &text),
    };
    let fitted = result.and_then(|result| fit_result(outputs, &result, coercion));
    fitted.map_err(|violations| {
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        ToolError::new(
            ToolErrorKind::BadOutput,
            format!(
                "the result of `{}` does not fit its declared outputs: {}",
                tool.name(),
                told.join("; ")
            ),
        )
    })
}

/// Parses a text as the result of a tool with these outputs, not yet converted to their types: as
/// JSON if it parses, else as text. For a single string output, the text itself is the value,
/// unless it is a JSON string or an object that names the output; `null` stands for the default if
/// there is one.
///
/// # Errors
/// The text has a number that can't be represented, or a duplicate key.
pub(crate) fn read_result(outputs: &[Property], text: &str) -> Result<Value, Vec<Violation>> {
    let written = Written::read(text);
    if let [output] = outputs
        && output.json_type() == Some("string")
    {
        match &written {
            Ok(written) if is_wrapped(output, written) => {}
            Ok(Written::Plain(Value::String(text))) => return Ok(text.as_str().into()),
            Ok(Written::Plain(Value::Null)) if output.default().is_some() => {
                return Ok(Value::Null);
            }
            _ => return Ok(without_line_end(text).into()),
        }
    }
    match written {
        Ok(written) => settle_result(outputs, &written),
        Err(_text) => Ok(without_line_end(text).into()),
    }
}

fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}

/// Converts JSON to the result of a tool with these outputs, not yet converted to their types.
///
/// # Errors
/// The JSON has a number that can't be represented, or a duplicate key.
pub(crate) fn settle_result(
    outputs: &[Property],
    written: &Written,
) -> Result<Value, Vec<Violation>> {
    match outputs {
        [] => settle_untyped(written),
        [output] if !is_wrapped(output, written) => settle(written, output.schema()),
        outputs => settle_titled(written, outputs),
    }
}

/// Returns whether an object is `{"its name": value}` and not a value that the output itself
/// declares.
fn is_wrapped(output: &Property, written: &Written) -> bool {
    let properties = output.schema().get("properties");
    let declares_title = properties.is_some_and(|all| all.get(output.title()).is_some());
    written.n_keys() == Some(1) && written.get(output.title()).is_some() && !declares_title
}

/// Makes a result fit the declared outputs of a tool.
///
/// | outputs | taken | given back |
/// |---|---|---|
/// | none | anything | the same |
/// | one | the bare value, or `{"its name": value}` | the bare value |
/// | several | an object with a value for each, or its JSON text where text may be read; further keys are dropped | the object, in declared order |
///
/// Null or a missing key takes the output's default. `coercion` says whether text may be read as
/// another kind of value ([`Coercion::Text`] for programs, HTTP bodies and people).
///
/// # Errors
/// Everything that does not fit.
pub(crate) fn fit_result(
    outputs: &[Property],
    result: &Value,
    coercion: Coercion,
) -> Result<Value, Vec<Violation>> {
    match outputs {
        [] => Ok(result.clone()),
        [output] => fit_one(output, result, coercion),
        outputs => fit_several(outputs, result, coercion),
    }
}

fn fit_one(output: &Property, result: &Value, coercion: Coercion) -> Result<Value, Vec<Violation>> {
    let schema = output.schema();
    if let Some(inner) = wrapped(output, result)
        && let Ok(value) = coerce(inner, schema, coercion)
    {
        return Ok(value);
    }
    match (result, output.fitting_default()) {
        (Value::Null, Some(default)) => default.cloned().map_err(unfit),
        _ => coerce(result, schema, coercion),
    }
}

/// The violation of a result that is left to a default of another type.
pub(in crate::tools) fn unfit(misfit: String) -> Vec<Violation> {
    vec![Violation {
        path: String::new(),
        message: misfit,
    }]
}

/// Returns the value inside `{"its name": value}`, unless the object itself is a valid value of the
/// output.
fn wrapped<'v>(output: &Property, result: &'v Value) -> Option<&'v Value> {
    let object = result.as_object().filter(|object| object.len() == 1)?;
    let inner = object.get(output.title())?;
    let is_meant_whole =
        output.json_type() == Some("object") && validate(result, output.schema()).is_empty();
    (!is_meant_whole).then_some(inner)
}

fn fit_several(
    outputs: &[Property],
    result: &Value,
    coercion: Coercion,
) -> Result<Value, Vec<Violation>> {
    // A server may say that its JSON is text, and a model or a person may write it.
    let read = match result {
        Value::String(text) if coercion == Coercion::Text => Written::read(text).ok(),
        _ => None,
    };
    let read = read
        .map(|written| settle_titled(&written, outputs))
        .transpose()?;
    let result: &Value = read.as_ref().unwrap_or(result);
    let Some(object) = result.as_object() else {
        let names: Vec<String> = outputs
            .iter()
            .map(|output| format!("`{}`", output.title()))
            .collect();
        return Err(vec![Violation {
            path: String::new(),
            message: format!(
                "expected an object with {}, found {}",
                names.join(", "),
                truncated(&result.to_string(), EXCERPT_BYTES)
            ),
        }]);
    };
    let mut fitted = Map::new();
    let mut violations = Vec::new();
    for output in outputs {
        let title = output.title();
        let given = object.get(title).filter(|value| !value.is_null());
        let value = match (given, output.fitting_default()) {
            (None, Some(default)) => default.cloned().map_err(unfit),
            (Some(value), _) => coerce(value, output.schema(), coercion),
            (None, None) => match object.get(title) {
                Some(null) => coerce(null, output.schema(), coercion),
                None => Err(vec![Violation {
                    path: String::new(),
                    message: "is missing".to_owned(),
                }]),
            },
        };
        match value {
            Ok(value) => {
                fitted.insert(title.to_owned(), value);
            }
            Err(inner) => violations.extend(inner.into_iter().map(|it| it.below(title))),
        }
    }
    if violations.is_empty() {
        Ok(Value::Object(fitted))
    } else {
        Err(violations)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::spec::{LoadOptions, load};

    fn fitted(outputs: &Value, result: &Value) -> Result<Value, String> {
        fitted_by(outputs, result, Coercion::Json)
    }

    fn fitted_by(outputs: &Value, result: &Value, coercion: Coercion) -> Result<Value, String> {
        let tool = json!({
            "component_type": "ServerTool", "id": "t", "name": "t", "outputs": outputs,
            "agentspec_version": "26.1.2",
        });
        let loaded = load(&tool.to_string(), &LoadOptions::default());
        let tool = loaded.component.unwrap();
        fit_outputs(&tool, Given::Value(result.clone()), coercion).map_err(|error| error.message)
    }

    #[test]
    fn results_fit_what_is_declared() {
        let one = json!([{"title": "n", "type": "integer", "default": 5}]);
        let object =
            json!([{"title": "o", "type": "object", "properties": {"o": {"type": "integer"}}}]);
        let two = json!([
            {"title": "a", "type": "string"},
            {"title": "b", "type": "integer", "default": 1},
        ]);
        for (outputs, result, expected) in [
            (&json!([]), json!([1, "x"]), json!([1, "x"])),
            (&one, json!(3), json!(3)),
            (&one, json!({"n": 3}), json!(3)),
            (&one, json!(null), json!(5)),
            (&object, json!({"o": 1}), json!({"o": 1})),
            (&object, json!({"o": {"o": 1}}), json!({"o": 1})),
            (
                &two,
                json!({"b": 2, "c": 3, "a": "x"}),
                json!({"a": "x", "b": 2}),
            ),
            (&two, json!({"a": 7}), json!({"a": "7", "b": 1})),
        ] {
            assert_eq!(fitted(outputs, &result), Ok(expected), "{outputs} {result}");
        }
    }

    #[test]
    fn a_text_keeps_what_is_written_where_text_is_declared() {
        let outputs = |schemas: &Value| -> Vec<Property> {
            let schemas = schemas.as_array().cloned().unwrap_or_default();
            schemas.into_iter().map(Property::from_schema).collect()
        };
        let string = outputs(&json!([{"title": "v", "type": "string"}]));
        for text in [
            "1.10",
            "007",
            "1e3",
            "true",
            "null",
            "123456789012345678901234",
            "{\"a\":  1.0}",
            "[1.10]",
            "x",
            " 1 ",
        ] {
            let printed = format!("{text}\n");
            assert_eq!(read_result(&string, &printed), Ok(json!(text)), "{text}");
        }
        for (text, value) in [
            ("\"007\"", json!("007")),
            ("{\"v\": 1.10}", json!({"v": "1.10"})),
            ("{\"v\": \"x\"}", json!({"v": "x"})),
        ] {
            assert_eq!(read_result(&string, text), Ok(value), "{text}");
        }
        let two = outputs(&json!([
            {"title": "v", "type": "string"}, {"title": "n", "type": "integer"},
        ]));
        assert_eq!(
            read_result(&two, r#"{"v": 1.10, "n": 7}"#),
            Ok(json!({"v": "1.10", "n": 7}))
        );
        let id = "123456789012345678901234";
        assert!(read_result(&two, &format!(r#"{{"v": "x", "n": {id}}}"#)).is_err());
        let text = json!(format!(r#"{{"v": {id}, "n": {id}}}"#));
        assert!(fit_result(&two, &text, Coercion::Text).is_err());
        let twice = r#"{"n": 1, "n": 2}"#;
        for outputs in [&two[..], &[]] {
            let told = read_result(outputs, twice).unwrap_err();
            assert_eq!(told[0].to_string(), "`n`: is given twice");
        }
        let integer = outputs(&json!([{"title": "n", "type": "integer"}]));
        assert!(read_result(&integer, id).is_err());
        assert!(fit_result(&integer, &json!(id), Coercion::Text).is_err());
        assert_eq!(
            read_result(&[], &format!("[{id}, 1.5]")),
            Ok(json!([id, 1.5]))
        );
        let default = outputs(&json!([{"title": "v", "type": "string", "default": "d"}]));
        assert_eq!(read_result(&default, "null"), Ok(json!(null)));
    }

    #[test]
    fn everything_that_does_not_fit_is_told() {
        let two = json!([
            {"title": "a", "type": "integer"},
            {"title": "b", "type": "array", "items": {"type": "integer"}},
        ]);
        let told = |what: &str| {
            Err(format!(
                "the result of `t` does not fit its declared outputs: {what}"
            ))
        };
        for (result, what) in [
            (json!(3), "expected an object with `a`, `b`, found 3"),
            (
                json!("{\"a\": 1}"),
                r#"expected an object with `a`, `b`, found "{\"a\": 1}""#,
            ),
            (
                json!({"b": [1, "x"]}),
                "`a`: is missing; `b[1]`: expected integer, found string \"x\"",
            ),
        ] {
            assert_eq!(fitted(&two, &result), told(what));
        }
    }

    #[test]
    fn text_is_read_as_several_outputs_where_it_may_be() {
        let two = json!([{"title": "a", "type": "string"}, {"title": "b", "type": "integer"}]);
        let told = |what: &str| {
            Err(format!(
                "the result of `t` does not fit its declared outputs: {what}"
            ))
        };
        for (text, expected) in [
            (r#"{"b": "7", "a": "x"}"#, Ok(json!({"a": "x", "b": 7}))),
            ("[1]", told("expected an object with `a`, `b`, found [1]")),
            ("x", told(r#"expected an object with `a`, `b`, found "x""#)),
        ] {
            assert_eq!(
                fitted_by(&two, &json!(text), Coercion::Text),
                expected,
                "{text}"
            );
        }
    }
}
