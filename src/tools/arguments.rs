//! Converts the text that a model wrote to arguments that fit the tool's inputs.

use std::fmt;

use serde_json::{Map, Value};

use crate::base::lenient_json;
use crate::base::suggest::closest;
use crate::conversation::Values;
use crate::spec::property::{
    Coercion, Property, Violation, coerce, fill_defaults, settle_titled, validate,
};

/// All problems in the arguments of a call. The message is sent to the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ArgumentsError {
    /// The name of the tool.
    pub tool: String,
    /// The violations, never empty; paths begin with the argument's name.
    pub violations: Vec<Violation>,
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the arguments of `{}` can't be used: ", self.tool)?;
        for (index, violation) in self.violations.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

/// Parses the arguments of a tool call as a model wrote them.
///
/// Nearly valid JSON (single quotes, a trailing comma, a code fence) is repaired if the repair is
/// unambiguous; an empty text stands for no arguments. Then the arguments are fitted as by
/// [`fit_arguments`], where text may be read as other values.
///
/// # Errors
/// [`ArgumentsError`] with all violations, so that the model can try again.
pub fn read_arguments(
    tool: &str,
    inputs: &[Property],
    text: &str,
) -> Result<Values, ArgumentsError> {
    let refused = |message: String| ArgumentsError {
        tool: tool.to_owned(),
        violations: vec![Violation {
            path: String::new(),
            message,
        }],
    };
    if text.trim().is_empty() {
        return fit_arguments(tool, inputs, &Map::new(), Coercion::Text);
    }
    let read = |text: &str| {
        lenient_json::read(text).map_err(|unread| refused(format!("their text {unread}")))
    };
    let mut written = read(text)?;
    // Some models encode the object twice.
    if let Some(inner) = written.as_str().filter(|inner| inner.contains('{')) {
        written = read(inner)?;
    }
    let settled = settle_titled(&written, inputs).map_err(|violations| ArgumentsError {
        tool: tool.to_owned(),
        violations,
    })?;
    match settled {
        Value::Object(arguments) => fit_arguments(tool, inputs, &arguments, Coercion::Text),
        Value::Null => fit_arguments(tool, inputs, &Map::new(), Coercion::Text),
        _ => Err(refused(
            "they must be a JSON object with a value for each argument".to_owned(),
        )),
    }
}

/// Fits arguments to the inputs of a tool: converts them to the declared types, fills in defaults,
/// and sorts them in declared order, followed by undeclared ones if the tool accepts such.
///
/// # Errors
/// [`ArgumentsError`] with every missing, unknown and invalid argument.
pub fn fit_arguments(
    tool: &str,
    inputs: &[Property],
    arguments: &Values,
    coercion: Coercion,
) -> Result<Values, ArgumentsError> {
    let mut fitted = Values::new();
    let mut violations = Vec::new();
    for input in inputs.iter().filter(|input| !input.is_further()) {
        let name = input.title();
        // Null for an argument that may be left out means that it is left out.
        let given = arguments.get(name).filter(|value| {
            !value.is_null()
                || input.default().is_none()
                || validate(value, input.schema()).is_empty()
        });
        let missing = |message| Violation {
            path: name.to_owned(),
            message,
        };
        let value = match (given, input.fitting_default()) {
            (Some(value), _) | (None, Some(Ok(value))) => value,
            (None, Some(Err(misfit))) => {
                violations.push(missing(format!("is missing, and {misfit}")));
                continue;
            }
            (None, None) => {
                violations.push(missing("is missing".to_owned()));
                continue;
            }
        };
        let mut value = value.clone();
        fill_defaults(&mut value, input.schema());
        match coerce(&value, input.schema(), coercion) {
            Ok(value) => {
                fitted.insert(name.to_owned(), value);
            }
            Err(inner) => violations.extend(inner.into_iter().map(|it| it.below(name))),
        }
    }
    let further = inputs.iter().find(|input| input.is_further());
    for (name, value) in arguments {
        let is = |input: &Property| input.title() == name && !input.is_further();
        if inputs.iter().any(is) {
            continue;
        }
        let schema = further.and_then(|further| further.further_schema(name));
        match schema.map(|schema| coerce(value, &schema, coercion)) {
            Some(Ok(value)) => {
                fitted.insert(name.clone(), value);
            }
            Some(Err(inner)) => violations.extend(inner.into_iter().map(|it| it.below(name))),
            None => violations.push(unknown(name, inputs)),
        }
    }
    if !violations.is_empty() {
        return Err(ArgumentsError {
            tool: tool.to_owned(),
            violations,
        });
    }
    Ok(fitted)
}

/// Returns the values of a form after a person has edited it: the initial values and the changes.
/// Null counts as no value.
///
/// # Errors
/// [`ArgumentsError`] with every missing, unknown and invalid value.
pub(crate) fn fit_form(
    server: &str,
    inputs: &[Property],
    standing: &Values,
    changed: Option<&Values>,
) -> Result<Values, ArgumentsError> {
    let mut values = standing.clone();
    values.extend(changed.cloned().unwrap_or_default());
    values.retain(|_, value| !value.is_null());
    fit_arguments(server, inputs, &values, Coercion::Text)
}

fn unknown(name: &str, inputs: &[Property]) -> Violation {
    let known = inputs.iter().filter(|input| !input.is_further());
    let known: Vec<&str> = known.map(Property::title).collect();
    let message = match closest(name, known.iter().copied()) {
        Some(meant) => format!("is not an argument (did you mean `{meant}`?)"),
        None if known.is_empty() => "is not an argument: there are none".to_owned(),
        None => format!("is not an argument: the arguments are {}", known.join(", ")),
    };
    Violation {
        path: name.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn inputs() -> Vec<Property> {
        [
            json!({"title": "city", "type": "string"}),
            json!({"title": "days", "type": "integer", "default": 1}),
            json!({"title": "where", "type": "object", "default": {},
                "properties": {"unit": {"type": "string", "default": "C"}}}),
        ]
        .map(Property::from_schema)
        .to_vec()
    }

    #[test]
    fn what_models_write_becomes_arguments() {
        for (text, city, days) in [
            (r#"{"city": "Bern", "days": 2}"#, "Bern", 2),
            (r#"{"city": "Bern", "days": "2"}"#, "Bern", 2),
            (r#"{"days": null, "city": "Bern"}"#, "Bern", 1),
            ("{'city': 'Bern',}", "Bern", 1),
            ("```json\n{\"city\": \"Bern\"}\n```", "Bern", 1),
            (r#""{\"city\": \"Bern\"}""#, "Bern", 1),
            (r#"{"city": 7}"#, "7", 1),
            (r#"{"city": 1.10}"#, "1.10", 1),
            (
                r#"{"city": 123456789012345678901234}"#,
                "123456789012345678901234",
                1,
            ),
            ("{city: 1e3, days: 2.0}", "1e3", 2),
        ] {
            let expected = json!({"city": city, "days": days, "where": {"unit": "C"}});
            let read = read_arguments("weather", &inputs(), text).unwrap();
            assert_eq!(Value::Object(read), expected, "{text}");
        }
    }

    #[test]
    fn a_default_is_taken_as_its_type_has_it_or_not_at_all() {
        let inputs = |default| {
            let schema = json!({"title": "days", "type": "integer", "default": default});
            [Property::from_schema(schema)]
        };
        let read = read_arguments("weather", &inputs(json!(2.0)), "").unwrap();
        assert_eq!(Value::Object(read), json!({"days": 2}));
        let error = read_arguments("weather", &inputs(json!(2.5)), "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the arguments of `weather` can't be used: `days`: is missing, and its default 2.5 does not fit: expected integer, found number 2.5"
        );
        let given = read_arguments("weather", &inputs(json!(2.5)), "{\"days\": 3}").unwrap();
        assert_eq!(Value::Object(given), json!({"days": 3}));
    }

    #[test]
    fn everything_wrong_is_told_to_the_model() {
        for (text, expected) in [
            ("", "`city`: is missing"),
            (
                "[1]",
                "they must be a JSON object with a value for each argument",
            ),
            ("no idea", "their text is not JSON"),
            (
                r#"{"city": "Bern", "days": 1"#,
                "their text is JSON that ends in the middle",
            ),
            (
                r#"{"city": "\d"}"#,
                r"their text is not JSON: `\d` is not an escape; a backslash in a string is written `\\`",
            ),
            (
                r#"{"city": "Bern", "days": 123456789012345678901234}"#,
                "`days`: the integer 123456789012345678901234 is beyond 64 bits; a string keeps all its digits",
            ),
            (
                r#"{"city": "Bern", "days": 1, "days": 2}"#,
                "`days`: is given twice",
            ),
            (
                "{'city': 'Bern', where: {unit: 'C', unit: 'C'}}",
                "`where.unit`: is given twice",
            ),
            (
                r#"{"citty": "x", "days": "two"}"#,
                "`city`: is missing; `days`: expected integer, found string \"two\"; `citty`: is not an argument (did you mean `city`?)",
            ),
        ] {
            let error = read_arguments("weather", &inputs(), text).unwrap_err();
            let expected = format!("the arguments of `weather` can't be used: {expected}");
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }
}
