//! Converts the given values of a run to its inputs and messages.

use std::sync::Arc;

use serde_json::Value;

use super::PlanRequest;
use crate::base::written::Written;
use crate::conversation::Values;
use crate::runs::{Given, Row};
use crate::spec::Component;
use crate::spec::language::Flow;
use crate::spec::placeholder;
use crate::spec::property::{
    Coercion, Property, Violation, coerce, settle, settle_untyped, validate, with_floats,
};

/// Returns the value of an input: the given one converted to the input's type, else its default.
///
/// Text is parsed in the same way from any source: as JSON if it has the input's type, so that `
/// 3`, `3.0` and `1e3` are integers in every format of rows.
pub(super) fn value_of(
    property: &Property,
    given: Option<&Given>,
) -> Result<Option<Value>, String> {
    let schema = property.schema();
    let default = property.fitting_default();
    let value = match given {
        None => {
            return match default {
                Some(default) => default.cloned().map(Some),
                None => Err("no value, and no default".to_owned()),
            };
        }
        // An empty cell says nothing where something else may be meant. A person who writes `--input city=` means it.
        Some(Given::Cell(text)) if text.is_empty() && default.is_some() => {
            return default.map_or(Ok(None), |default| default.cloned().map(Some));
        }
        Some(Given::Cell(text)) if property.json_type() == Some("string") => {
            coerce(&Value::from(text.as_str()), schema, Coercion::Json)
        }
        Some(Given::Text(text) | Given::Cell(text)) => of_text(text, schema),
        Some(Given::Written(written)) => settle(written, schema).and_then(|value| match &value {
            Value::String(text) if !validate(&value, schema).is_empty() => of_text(text, schema),
            _ => coerce(&value, schema, Coercion::Json),
        }),
    };
    value.map(Some).map_err(|violations| {
        let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
        lines.join("; ")
    })
}

/// Parses a text: as JSON if it has the required type, else as the text itself.
fn of_text(text: &str, schema: &Value) -> Result<Value, Vec<Violation>> {
    let is_text = |written: &Written| {
        let wants_text = schema.get("type").and_then(Value::as_str) == Some("string");
        wants_text && written.as_str().is_none()
    };
    if let Some(written) = Written::read(text).ok().filter(|written| !is_text(written))
        && let Ok(value) = settle(&written, schema)
        && validate(&value, schema).is_empty()
    {
        return coerce(&value, schema, Coercion::Json);
    }
    if let Some(value) = yes_or_no(text).map(Value::Bool)
        && schema.get("type").and_then(Value::as_str) == Some("boolean")
    {
        return Ok(value);
    }
    coerce(&Value::from(text), schema, Coercion::Text)
}

/// Parses the words that people and spreadsheets write for a boolean.
fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Fills in the placeholders of messages: an input is formatted as in a prompt, another column or
/// shared value is inserted as written.
pub(super) fn fill_messages(
    request: &PlanRequest,
    component: &Arc<Component>,
    row: Option<(usize, &Row)>,
    inputs: &Values,
) -> Result<Vec<String>, String> {
    let mut values = Values::new();
    let rows = std::iter::once(&request.inputs).chain(row.map(|(_, row)| row));
    for (name, given) in rows.flatten() {
        let value = match given {
            Given::Text(text)
            | Given::Cell(text)
            | Given::Written(Written::Scalar { text, .. }) => Value::from(text.as_str()),
            Given::Written(written) => {
                settle_untyped(written).unwrap_or_else(|_twice| written.to_string().into())
            }
        };
        values.insert(name.clone(), value);
    }
    for property in component.inputs() {
        if let Some(value) = inputs.get(property.title()) {
            let value = with_floats(value.clone(), property.schema());
            values.insert(property.title().to_owned(), value);
        }
    }
    // A flow may ask for a text that is empty; who talks to an agent and says nothing has asked nothing.
    let may_be_empty = Flow::of(component).is_some();
    request
        .messages
        .iter()
        .map(|message| {
            let text = placeholder::render(message, &values).map_err(|missing| {
                let names: Vec<String> = missing.names.iter().map(|n| format!("`{n}`")).collect();
                format!("nothing fills {} of the message", names.join(", "))
            })?;
            if text.trim().is_empty() && !may_be_empty {
                return Err("a message is empty: write its text, or leave it out".to_owned());
            }
            Ok(text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn property(kind: &Value) -> Property {
        Property::from_schema(json!({"title": "x", "type": kind}))
    }

    /// A text in each of the ways in which it can be given: in a cell, on the command line, as bare JSON and as a JSON
    /// string.
    fn ways(text: &str) -> Vec<Given> {
        let quoted = Value::from(text).to_string();
        [text, quoted.as_str()]
            .into_iter()
            .filter_map(|json| Some(Given::Written(Written::read(json).ok()?)))
            .chain([Given::Cell(text.to_owned()), Given::Text(text.to_owned())])
            .collect()
    }

    #[test]
    fn booleans_are_read_as_people_write_them_where_one_is_declared() {
        for (written, expected) in [
            ("TRUE", true),
            ("True", true),
            ("yes ", true),
            ("1", true),
            ("FALSE", false),
            ("no", false),
            ("Off", false),
            ("0", false),
        ] {
            for given in ways(written) {
                let read = value_of(&property(&json!("boolean")), Some(&given));
                assert_eq!(read, Ok(Some(Value::Bool(expected))), "{given:?}");
                let read = value_of(&property(&json!("string")), Some(&given));
                assert_eq!(read, Ok(Some(Value::from(written))), "{given:?}");
            }
        }
        let maybe = Given::Cell("maybe".to_owned());
        let refused = value_of(&property(&json!("boolean")), Some(&maybe)).unwrap_err();
        assert!(refused.contains("maybe"), "{refused}");
    }

    #[test]
    fn an_integer_is_read_alike_from_each_format() {
        let integer = property(&json!("integer"));
        for (text, expected) in [
            ("3", Some(3)),
            (" 3", Some(3)),
            ("3.0", Some(3)),
            ("1e3", Some(1000)),
            ("-0", Some(0)),
            ("3.5", None),
            ("three", None),
            ("true", None),
            ("123456789012345678901234", None),
        ] {
            for given in ways(text) {
                let read = value_of(&integer, Some(&given));
                let expected = expected.map(|number| Some(json!(number)));
                assert_eq!(read.ok(), expected, "{given:?}");
            }
        }
        // What is a string already stays one where it may.
        let either = property(&json!(["integer", "string"]));
        let quoted = Given::Written(json!("3").into());
        assert_eq!(value_of(&either, Some(&quoted)), Ok(Some(json!("3"))));
    }

    #[test]
    fn a_cell_for_a_string_is_exactly_what_is_written() {
        let string = property(&json!("string"));
        for text in [" 1.10", "\"x\"", "null", "[1,2]", ""] {
            let cell = Given::Cell(text.to_owned());
            assert_eq!(value_of(&string, Some(&cell)), Ok(Some(json!(text))));
        }
        for (text, value) in [(" 1.10", " 1.10"), ("\"x\"", "x"), ("[1,2]", "[1,2]")] {
            let argument = Given::Text(text.to_owned());
            assert_eq!(value_of(&string, Some(&argument)), Ok(Some(json!(value))));
        }
    }

    #[test]
    fn an_empty_cell_takes_the_default_and_an_empty_argument_is_meant() {
        let given = |given, default: Value| {
            let json_type = if default.is_number() {
                "number"
            } else {
                "string"
            };
            let schema = json!({"title": "x", "type": json_type, "default": default});
            value_of(&Property::from_schema(schema), Some(&given))
        };
        let (cell, argument) = (Given::Cell(String::new()), Given::Text(String::new()));
        assert_eq!(given(cell.clone(), json!("D")), Ok(Some(json!("D"))));
        assert_eq!(given(argument.clone(), json!("D")), Ok(Some(json!(""))));
        assert_eq!(given(cell, json!(1)), Ok(Some(json!(1))));
        assert!(given(argument, json!(1)).is_err());
    }

    #[test]
    fn a_default_is_a_value_of_the_declared_type_or_is_refused() {
        let default = |kind: &str, default: Value| {
            let schema = json!({"title": "x", "type": kind, "default": default});
            let property = Property::from_schema(schema);
            let taken = value_of(&property, None);
            let cell = Given::Cell(String::new());
            assert_eq!(value_of(&property, Some(&cell)), taken);
            taken
        };
        assert_eq!(default("string", json!(5)), Ok(Some(json!("5"))));
        assert_eq!(default("integer", json!(5.0)), Ok(Some(json!(5))));
        let refused = default("integer", json!(5.5)).unwrap_err();
        assert_eq!(
            refused,
            "its default 5.5 does not fit: expected integer, found number 5.5"
        );
    }
}
