//! Structured answers of a model: requesting a form, and reading the answer.

use serde_json::Value;

use super::values::{fit, in_words, titles};
use crate::base::lenient_json::{self, Unread};
use crate::base::written::Written;
use crate::conversation::Values;
use crate::llm::{CutBy, ResponseFormat, after_thoughts, wire_name};
use crate::spec::property::{
    Coercion, Property, fill_property_defaults, settle_titled, settle_untyped, strict_schema,
    validate,
};

/// Returns the format of an answer with a value for each output. `name` may be any text.
pub(super) fn response_format(name: &str, outputs: &[Property]) -> ResponseFormat {
    ResponseFormat {
        name: wire_name(name),
        schema: strict_schema(outputs),
    }
}

/// The reason why an answer can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The answer contains no JSON.
    NotJson,
    /// The last JSON in the answer can't be read unambiguously.
    Unread(Unread),
    /// The answer was cut, and the readable part may be incomplete: `12` on the way to 12500.
    Unsure,
    /// The values do not fit; contains the reason in words.
    Values(String),
}

impl Misfit {
    /// Returns a message that explains the error to the model; `cut` is the cause of an incomplete
    /// answer.
    pub(super) fn correction(&self, outputs: &[Property], cut: Option<&CutBy>) -> String {
        let limit = cut.map_or_else(String::new, |cut| {
            let advice = if cut.is_too_long() {
                ": write less"
            } else {
                ""
            };
            format!(" It {}{advice}.", cut.for_model())
        });
        let wanted = format!(
            "Answer with one JSON object with {} and nothing else.",
            titles(outputs)
        );
        match self {
            Self::NotJson => format!("Your answer is not JSON.{limit} {wanted}"),
            Self::Unread(unread) => format!("Your answer {unread}.{limit} {wanted}"),
            Self::Unsure => format!("Your answer may be incomplete.{limit} {wanted}"),
            Self::Values(violations) => {
                format!("Your answer does not fit: {violations}.{limit} {wanted}")
            }
        }
    }

    /// Describes the error for a person; `cut` is the cause of an incomplete answer.
    pub(super) fn in_words(&self, cut: Option<&CutBy>) -> String {
        let limit = cut.map_or_else(String::new, |cut| format!("; it {}", cut.for_person()));
        match self {
            Self::NotJson => format!("the answer is not JSON{limit}"),
            Self::Unread(unread) => format!("the answer {unread}{limit}"),
            Self::Unsure => format!("the answer may be incomplete{limit}"),
            Self::Values(violations) => format!("{violations}{limit}"),
        }
    }
}

/// Reads a value for each output from an answer. Models that ignore the format put thoughts, fences
/// or sentences around the JSON, or return the bare value of a single output; all of these are
/// accepted. Of several values, the last plausible one counts, because earlier ones are drafts.
///
/// # Errors
/// [`Misfit`].
pub(super) fn read(
    answer: &str,
    cut: Option<&CutBy>,
    outputs: &[Property],
) -> Result<Values, Misfit> {
    let found = found(answer);
    check_end(answer, cut, &found)?;
    if let Some(named) = last_meant(&found, |written| names_one_of(written, outputs)) {
        return values_of(named?, outputs);
    }
    match outputs {
        // Only where nothing names the output, for a `[1]` may be in any sentence.
        [output] => {
            let bare = last_meant(&found, |written| may_be(written, output));
            let bare = bare.or_else(|| last_meant(&found, |_| true));
            values_of(&named_as(bare.ok_or(Misfit::NotJson)??, output), outputs)
        }
        outputs => values_of(last(&found)?, outputs),
    }
}

/// Reads a value for each output from JSON text, without conversion and without any other text.
/// Missing values take their declared defaults.
///
/// # Errors
/// [`Misfit`], with all violations.
pub(super) fn read_strictly(
    answer: &str,
    cut: Option<&CutBy>,
    outputs: &[Property],
) -> Result<Values, Misfit> {
    let found = found(answer);
    check_end(answer, cut, &found)?;
    let named = last_meant(&found, |written| names_one_of(written, outputs));
    strict_values(named.unwrap_or_else(|| last(&found))?, outputs)
}

/// Reads the arguments of a call from JSON text, without conversion.
///
/// # Errors
/// [`Misfit`], with all violations.
pub(super) fn read_arguments_strictly(
    arguments: &str,
    outputs: &[Property],
) -> Result<Values, Misfit> {
    strict_values(
        &lenient_json::read(arguments).map_err(Misfit::Unread)?,
        outputs,
    )
}

/// Returns the JSON values in an answer, in order.
fn found(answer: &str) -> Vec<Result<Written, Unread>> {
    match Written::read(answer) {
        Ok(written) => vec![Ok(written)],
        Err(_other_words) => lenient_json::read_all(after_thoughts(answer)),
    }
}

/// Checks the end of an incomplete answer: only an object or a list is certain, and only if nothing
/// but the end of its fence follows. More digits may have followed a number, and the value may have
/// been a draft.
fn check_end(
    answer: &str,
    cut: Option<&CutBy>,
    found: &[Result<Written, Unread>],
) -> Result<(), Misfit> {
    let end = answer.trim_end().trim_end_matches('`').trim_end();
    let is_closed = end.ends_with(['}', ']']);
    match found.last() {
        Some(Ok(last))
            if cut.is_some() && !(is_closed && (last.is_object() || last.is_array())) =>
        {
            Err(Misfit::Unsure)
        }
        _ => Ok(()),
    }
}

/// Returns the last plausible answer; `None` if there is none.
///
/// # Errors
/// [`Misfit::Unread`], if a value that can't be read comes after it, which would have been the
/// answer.
fn last_meant(
    found: &[Result<Written, Unread>],
    is_meant: impl Fn(&Written) -> bool,
) -> Option<Result<&Written, Misfit>> {
    found.iter().rev().find_map(|value| match value {
        Ok(written) => is_meant(written).then_some(Ok(written)),
        Err(unread) => Some(Err(Misfit::Unread(*unread))),
    })
}

fn last(found: &[Result<Written, Unread>]) -> Result<&Written, Misfit> {
    last_meant(found, |_| true).unwrap_or(Err(Misfit::NotJson))
}

fn names_one_of(written: &Written, outputs: &[Property]) -> bool {
    outputs
        .iter()
        .any(|output| written.get(output.title()).is_some())
}

/// Returns whether an unnamed value has a type that the output accepts.
fn may_be(written: &Written, output: &Property) -> bool {
    match output.json_type() {
        Some("array") => written.is_array(),
        Some("object") => {
            let properties = output.schema().get("properties").and_then(Value::as_object);
            let mut names = properties.into_iter().flat_map(|all| all.keys());
            let is_free = properties.is_none_or(serde_json::Map::is_empty);
            written.is_object() && (is_free || names.any(|name| written.get(name).is_some()))
        }
        _ => true,
    }
}

fn values_of(written: &Written, outputs: &[Property]) -> Result<Values, Misfit> {
    if let [output] = outputs
        && written.get(output.title()).is_none()
    {
        return Err(Misfit::Values(format!("`{}`: is missing", output.title())));
    }
    let settled = settle_titled(written, outputs);
    match settled.map_err(|violations| Misfit::Values(in_words(&violations)))? {
        Value::Object(given) => fit(&given, outputs, Coercion::Text)
            .map_err(|violations| Misfit::Values(in_words(&violations))),
        _ => Err(Misfit::Values("it is not an object".to_owned())),
    }
}

/// Returns the bare value of an output under its name. For a string output, an object or a list is
/// not an answer and is left as it is.
fn named_as(written: &Written, output: &Property) -> Written {
    let is_wanted_text = output.json_type() == Some("string");
    let is_named = written.get(output.title()).is_some();
    if is_named || is_wanted_text && (written.is_object() || written.is_array()) {
        return written.clone();
    }
    Written::of_entries(vec![(output.title().to_owned(), written.clone())])
}

fn strict_values(written: &Written, outputs: &[Property]) -> Result<Values, Misfit> {
    let settled = settle_untyped(written);
    let settled = settled.map_err(|violations| Misfit::Values(in_words(&violations)))?;
    let Value::Object(mut given) = settled else {
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    /// Answers that are whole.
    fn read(answer: &str, outputs: &[Property]) -> Result<Values, Misfit> {
        super::read(answer, None, outputs)
    }

    fn read_strictly(answer: &str, outputs: &[Property]) -> Result<Values, Misfit> {
        super::read_strictly(answer, None, outputs)
    }

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
            "{'n': 7, 's': 'x',}",
        ] {
            let read = read(answer, &wanted).map(Value::Object);
            assert_eq!(read, Ok(json!({"n": 7, "s": "x"})), "{answer}");
        }
    }

    #[test]
    fn the_last_answer_counts_and_no_draft() {
        let city = outputs(&json!([{"title": "city", "type": "string"}]));
        let bern = Ok(json!({"city": "Bern"}));
        for answer in [
            r#"<think>Perhaps {"city":"Paris"}?</think>{"city":"Bern"}"#,
            r#"Perhaps {"city":"Paris"}?</think>{"city":"Bern"}"#,
            "```json\n{\"city\": \"Paris\"}\n```\nNo:\n```json\n{\"city\": \"Bern\"}\n```",
            r#"First {"city": "Paris"}, then {"city": "Bern"}. It holds [two] of them."#,
            r#"{"city": "Paris"} {"city": "Bern"} {"country": "CH"}"#,
            r#"{"city": Paris {"city": "Rome"}} {"city": "Bern"}"#,
        ] {
            assert_eq!(read(answer, &city).map(Value::Object), bern, "{answer}");
            assert_eq!(
                read_strictly(answer, &city).map(Value::Object),
                bern,
                "{answer}"
            );
        }
        for (answer, misfit) in [
            (r#"<think>{"city":"Paris"}"#, Misfit::NotJson),
            (
                r#"{"city": "Paris"} or {"city": "Be"#,
                Misfit::Unread(Unread::Cut),
            ),
            (
                r#"{"at": {"city": "Paris"}, "x"#,
                Misfit::Unread(Unread::Cut),
            ),
            (r#"{"city": "a\d"}"#, Misfit::Unread(Unread::Escape('d'))),
            (
                r#"{"town": "Bern"}"#,
                Misfit::Values("`city`: is missing".to_owned()),
            ),
            (
                r#"{"city": "Paris"} no {"city": "a\d"}, see {"country": "CH"}"#,
                Misfit::Unread(Unread::Escape('d')),
            ),
        ] {
            assert_eq!(read(answer, &city), Err(misfit), "{answer}");
        }
        let html = r#"{"city": "<b></think></b>"}"#;
        assert_eq!(read(html, &city).unwrap()["city"], "<b></think></b>");
    }

    #[test]
    fn no_draft_is_taken_where_the_last_answer_does_not_fit() {
        let place = outputs(&json!([
            {"title": "city", "type": "string"}, {"title": "n", "type": "integer", "default": 0},
        ]));
        let list =
            outputs(&json!([{"title": "items", "type": "array", "items": {"type": "integer"}}]));
        let point = outputs(
            &json!([{"title": "p", "type": "object", "properties": {"x": {"type": "integer"}}}]),
        );
        for (outputs, answer, words) in [
            (
                &place,
                r#"{"city":"Paris","n":1} Better: {"city":"Bern","n":123456789012345678901234}"#,
                "beyond 64 bits",
            ),
            (
                &place,
                r#"{"city":"Paris","n":1} no {"city":"Bern","n":"two"}"#,
                "expected integer",
            ),
            (
                &place,
                r#"{"city":"Paris"} no {"n":2}"#,
                "`city`: is missing",
            ),
            (
                &place,
                r#"{"city":"Paris","n":1} no {"city":"Bern","n":2.7}"#,
                "found number 2.7",
            ),
            (&list, r#"[1, 2] no ["two"]"#, "expected integer"),
            (&list, r#"[1, 2] no {"items": ["two"]}"#, "expected integer"),
            (
                &point,
                r#"{"x": 1} no {"x": "two"} {"seen": 1}"#,
                "expected integer",
            ),
            (&point, r#"{"x": 1, "x": 2}"#, "x`: is given twice"),
            (&point, r#"{"p": {'x': 1, 'x': 1}}"#, "x`: is given twice"),
        ] {
            let Err(Misfit::Values(told)) = read(answer, outputs) else {
                panic!("{answer}: {:?}", read(answer, outputs));
            };
            assert!(told.contains(words), "{answer}: {told}");
            assert!(read_strictly(answer, outputs).is_err(), "{answer}");
        }
    }

    #[test]
    fn declared_types_are_kept() {
        let wanted = outputs(&json!([
            {"title": "v", "type": "string"}, {"title": "n", "type": "integer"},
        ]));
        let read_values = read(r#"{"v": 1.10, "n": "7"}"#, &wanted).map(Value::Object);
        assert_eq!(read_values, Ok(json!({"v": "1.10", "n": 7})));
        for n in ["123456789012345678901234", "\"123456789012345678901234\""] {
            let answer = format!(r#"{{"v": 123456789012345678901234, "n": {n}}}"#);
            let Err(Misfit::Values(words)) = read(&answer, &wanted) else {
                panic!("{answer}");
            };
            assert!(
                words.contains("`n`: the integer 123456789012345678901234 is beyond 64 bits"),
                "{words}"
            );
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
        assert_eq!(
            read("{\"items\": [1, 2]}, says [3].", &list).map(Value::Object),
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
