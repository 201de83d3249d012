//! Extracts the outputs of an `ApiNode` from an answer.

use serde_json::{Map, Value};

use crate::base::written::Written;
use crate::spec::property::{Property, Violation, settle, settle_untyped};
use crate::tools::output::{read_result, unfit};

/// The name of the output with the HTTP status, a number.
const STATUS: &str = "http_status_code";
/// The name of the output with the unparsed body, a string.
const BODY: &str = "http_response";

/// Returns a value for each output, not yet converted to its type, from the status and the text of
/// an answer. Two outputs have special names from WayFlow; any other is read from the key of the
/// same name in a JSON object. If only one other output is declared and the body is not an object
/// with its name, the output is the whole body.
///
/// # Errors
/// A value is missing, or contains a number that can't be represented.
pub(super) fn values(
    outputs: &[Property],
    status: u16,
    text: &str,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut values = Map::new();
    let mut others = Vec::new();
    for output in outputs {
        match output.title() {
            STATUS => drop(values.insert(STATUS.to_owned(), status.into())),
            BODY => drop(values.insert(BODY.to_owned(), text.into())),
            _ => others.push(output),
        }
    }
    let written = Written::read(text).ok();
    let is_one = others.len() == 1;
    for output in others {
        let title = output.title();
        let own = written.as_ref().and_then(|written| written.get(title));
        let value = match own {
            Some(own) if output.schema().get("type").is_none() => settle_untyped(&own),
            Some(own) => settle(&own, output.schema()),
            None if is_one => read_result(std::slice::from_ref(output), text),
            None => missing(output, written.as_ref()),
        };
        let value = value.map_err(|violations| {
            let below = violations
                .into_iter()
                .map(|violation| violation.below(title));
            below.collect::<Vec<_>>()
        })?;
        values.insert(title.to_owned(), value);
    }
    Ok(values)
}

/// Returns the value of an output that the answer lacks: its default, or null if that is allowed.
fn missing(output: &Property, written: Option<&Written>) -> Result<Value, Vec<Violation>> {
    let takes_null = crate::spec::property::validate(&Value::Null, output.schema()).is_empty();
    if let Some(default) = output.fitting_default() {
        return default.cloned().map_err(unfit);
    }
    if takes_null {
        return Ok(Value::Null);
    }
    let message = match written {
        Some(written) if written.n_keys().is_some() => "is not in the answer",
        Some(_) => "can't be taken out of an answer that is not a JSON object",
        None => "can't be taken out of an answer that is not JSON",
    };
    Err(vec![Violation {
        path: String::new(),
        message: message.to_owned(),
    }])
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn taken(outputs: &Value, text: &str) -> Result<Value, String> {
        let outputs: Vec<Property> = outputs
            .as_array()
            .into_iter()
            .flatten()
            .cloned()
            .map(Property::from_schema)
            .collect();
        let values = values(&outputs, 201, text).map(Value::Object);
        values.map_err(|violations| violations[0].to_string())
    }

    #[test]
    fn outputs_are_taken_by_their_names_or_are_the_whole_body() {
        let response = json!([{"title": "response"}]);
        let price = json!([{"title": "price", "type": "number"}, {"title": "http_status_code", "type": "integer"}]);
        let two = json!([{"title": "a", "type": "string"}, {"title": "b", "type": "integer", "default": 7}]);
        for (outputs, text, expected) in [
            (&response, r#"{"a": 1}"#, json!({"response": {"a": 1}})),
            (
                &response,
                r#"{"response": 1, "a": 2}"#,
                json!({"response": 1}),
            ),
            (&response, "plain words", json!({"response": "plain words"})),
            (
                &price,
                r#"{"price": 1.5}"#,
                json!({"price": 1.5, "http_status_code": 201}),
            ),
            (&two, r#"{"a": 1.10, "c": 3}"#, json!({"a": "1.10", "b": 7})),
            (
                &json!([{"title": "http_response", "type": "string"}]),
                "",
                json!({"http_response": ""}),
            ),
            (&json!([]), "not JSON", json!({})),
        ] {
            assert_eq!(taken(outputs, text), Ok(expected), "{outputs} {text}");
        }
        for (text, told) in [
            (r#"{"b": 1}"#, "`a`: is not in the answer"),
            (
                "[1]",
                "`a`: can't be taken out of an answer that is not a JSON object",
            ),
            (
                "words",
                "`a`: can't be taken out of an answer that is not JSON",
            ),
        ] {
            assert_eq!(taken(&two, text), Err(told.to_owned()));
        }
    }
}
