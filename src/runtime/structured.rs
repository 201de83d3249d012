//! Answers of a model that must have a shape: asking for one, and reading it.

use serde_json::Value;

use super::values::{fit, in_words, titles};
use crate::base::lenient_json;
use crate::conversation::Values;
use crate::llm::{ResponseFormat, wire_name};
use crate::spec::property::{Coercion, Property, fill_property_defaults, strict_schema, validate};

/// The shape of an answer that is to hold a value for each output. `name` may be any text.
pub(super) fn response_format(name: &str, outputs: &[Property]) -> ResponseFormat {
    ResponseFormat {
        name: wire_name(name),
        schema: strict_schema(outputs),
    }
}

/// Why an answer can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// There is no JSON in it.
    NotJson,
    /// Its values do not fit; in words.
    Values(String),
}

impl Misfit {
    /// What the model is told, so that it can do better.
    pub(super) fn correction(&self, outputs: &[Property]) -> String {
        let wanted = format!(
            "Answer with one JSON object with {} and nothing else.",
            titles(outputs)
        );
        match self {
            Self::NotJson => format!("Your answer is not JSON. {wanted}"),
            Self::Values(violations) => format!("Your answer does not fit: {violations}. {wanted}"),
        }
    }

    /// The same for a person.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::NotJson => "the answer is not JSON".to_owned(),
            Self::Values(violations) => violations.clone(),
        }
    }
}

/// Reads a value for each output from an answer. Models that do not keep to a format put fences or sentences around
/// the JSON, or give the bare value of a single output: both are taken.
///
/// # Errors
/// [`Misfit`].
pub(super) fn read(answer: &str, outputs: &[Property]) -> Result<Values, Misfit> {
    let Some(value) = find_json(answer) else {
        return Err(Misfit::NotJson);
    };
    let given = match (outputs, value) {
        ([output], value) if !has_key(&value, output.title()) => {
            Values::from_iter([(output.title().to_owned(), value)])
        }
        (_, Value::Object(values)) => values,
        _ => {
            return Err(Misfit::Values("it is not an object".to_owned()));
        }
    };
    fit(&given, outputs, Coercion::Text).map_err(|violations| Misfit::Values(in_words(&violations)))
}

/// Reads a value for each output from JSON text that says just that: nothing is converted, and nothing else is in it.
/// Declared defaults fill gaps.
///
/// # Errors
/// [`Misfit`], with everything that does not fit.
pub(super) fn read_strictly(answer: &str, outputs: &[Property]) -> Result<Values, Misfit> {
    let Some(Value::Object(mut given)) = find_json(answer) else {
        return Err(Misfit::NotJson);
    };
    fill_property_defaults(&mut given, outputs);
    let mut problems: Vec<String> = given
        .keys()
        .filter(|name| outputs.iter().all(|output| output.title() != name.as_str()))
        .map(|name| format!("`{name}` is not asked for"))
        .collect();
    for output in outputs {
        let title = output.title();
        match given.get(title) {
            None => problems.push(format!("`{title}`: is missing")),
            Some(value) => problems.extend(
                validate(value, output.schema())
                    .iter()
                    .map(|violation| format!("`{title}`: {violation}")),
            ),
        }
    }
    if problems.is_empty() {
        Ok(given)
    } else {
        Err(Misfit::Values(problems.join("; ")))
    }
}

fn has_key(value: &Value, key: &str) -> bool {
    value.get(key).is_some()
}

/// The JSON of an answer: all of it, or else the first object or array in it, or else one that is nearly right.
fn find_json(answer: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(answer.trim()) {
        return Some(value);
    }
    let inside = answer
        .char_indices()
        .filter(|(_, character)| matches!(character, '{' | '['))
        .find_map(|(start, _)| {
            let rest = answer.get(start..)?;
            serde_json::Deserializer::from_str(rest)
                .into_iter::<Value>()
                .next()?
                .ok()
        });
    inside.or_else(|| {
        lenient_json::read(answer).filter(|value| value.is_object() || value.is_array())
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn outputs(schemas: &Value) -> Vec<Property> {
        let schemas = schemas.as_array().cloned().unwrap_or_default();
        schemas.into_iter().map(Property::from_schema).collect()
    }

    #[test]
    fn json_is_found_in_what_models_write() {
        let wanted =
            outputs(&json!([{"title": "n", "type": "integer"}, {"title": "s", "type": "string"}]));
        for answer in [
            r#"{"n": 7, "s": "x"}"#,
            "```json\n{\"n\": 7, \"s\": \"x\"}\n```",
            r#"Here [it] is: {"n": "7", "s": "x", "more": 1} I hope it helps"#,
            "{'n': 7, 's': 'x',",
        ] {
            let read = read(answer, &wanted).map(Value::Object);
            assert_eq!(read, Ok(json!({"n": 7, "s": "x"})), "{answer}");
        }
    }

    #[test]
    fn a_single_output_may_come_bare() {
        let list =
            outputs(&json!([{"title": "items", "type": "array", "items": {"type": "integer"}}]));
        assert_eq!(
            read("[1, 2]", &list).map(Value::Object),
            Ok(json!({"items": [1, 2]}))
        );
        let point = outputs(
            &json!([{"title": "p", "type": "object", "properties": {"x": {"type": "integer"}}}]),
        );
        assert_eq!(
            read(r#"{"x": 1}"#, &point).map(Value::Object),
            Ok(json!({"p": {"x": 1}}))
        );
    }

    #[test]
    fn values_are_never_made_up() {
        let wanted =
            outputs(&json!([{"title": "n", "type": "integer"}, {"title": "d", "default": 3}]));
        assert_eq!(read("seven", &wanted), Err(Misfit::NotJson));
        assert_eq!(
            read(r#"{"d": 4}"#, &wanted),
            Err(Misfit::Values("`n`: is missing".to_owned()))
        );
        assert_eq!(
            read(r#"{"n": 1}"#, &wanted).map(Value::Object),
            Ok(json!({"n": 1, "d": 3}))
        );
    }

    #[test]
    fn names_of_formats_keep_to_what_providers_take() {
        assert_eq!(response_format("Größe 1", &[]).name, "Gr__e_1");
        assert_eq!(response_format("", &[]).name, "_");
    }
}
