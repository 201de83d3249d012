//! Placeholders: `{{name}}` in prompts, messages and requests.
//!
//! A placeholder is two opening braces, a name of word characters (letters and digits of any script,
//! and `_`), and two closing braces, with white space allowed around the name: what the pattern
//! `{{\s*(\w+)\s*}}` finds. Everything else (`{{a b}}`, `{{a.b}}`, `{% if %}`) is plain text and stays
//! as it is. Source: Agent Spec, *Placeholders*.

pub mod jinja;

use std::ops::Range;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::base::hash::IndexSet;
use crate::base::python_text;

/// The error for placeholders without a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no value for {}", quoted(.names))]
pub struct MissingValues {
    /// The names, in order of first appearance, without duplicates. Never empty.
    pub names: Vec<String>,
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{{{{{name}}}}}`"))
        .collect();
    names.join(", ")
}

/// How [`render_value`] replaces a string of a JSON tree that consists of a single placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lone {
    /// By text, as in any other string.
    Text,
    /// By the value itself: `{"count": "{{n}}"}` with n = 3 becomes `{"count": 3}`.
    Value,
}

/// A placeholder in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// The name between the braces.
    pub name: &'a str,
    /// The bytes of the placeholder in the text, braces included.
    pub range: Range<usize>,
}

/// Returns the placeholders of a text in order, repetitions included.
pub fn find(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(offset) = text.get(from..).and_then(|rest| rest.find("{{")) {
            let start = from + offset;
            if let Some(placeholder) = at(text, start) {
                from = placeholder.range.end;
                return Some(placeholder);
            }
            // Not two: in `{{{x}}}` the placeholder starts at the second brace.
            from = start + 1;
        }
        None
    })
}

/// Returns the placeholder in the authority part of a URL (user, host and port), if there is one.
pub fn in_authority(url: &str) -> Option<Placeholder<'_>> {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(after_scheme..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |length| after_scheme + length);
    find(url).next().filter(|found| found.range.start < end)
}

/// Returns the placeholder that begins at byte `start`, where the text has `{{`.
fn at(text: &str, start: usize) -> Option<Placeholder<'_>> {
    let inner = text.get(start + 2..)?;
    let from_name = inner.trim_start_matches(is_space);
    let after_name = from_name.trim_start_matches(is_word);
    let name = from_name
        .get(..from_name.len() - after_name.len())
        .filter(|name| !name.is_empty())?;
    let rest = after_name.trim_start_matches(is_space).strip_prefix("}}")?;
    Some(Placeholder {
        name,
        range: start..text.len() - rest.len(),
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns whether the reference implementation's pattern treats a character as white space. This
/// includes four separators that Rust does not count as white space.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Returns the names of a text's placeholders, in order of first appearance, without duplicates.
pub fn names(text: &str) -> Vec<String> {
    let mut names = IndexSet::default();
    collect(text, &mut names);
    names.into_iter().collect()
}

/// Returns the names of the placeholders in a JSON tree, from strings and object keys at any depth,
/// in order of first appearance (a key before its value), without duplicates.
pub fn names_in_value(value: &Value) -> Vec<String> {
    let mut names = IndexSet::default();
    collect_in_value(value, &mut names);
    names.into_iter().collect()
}

fn collect(text: &str, names: &mut IndexSet<String>) {
    names.extend(find(text).map(|placeholder| placeholder.name.to_owned()));
}

fn collect_in_value(value: &Value, names: &mut IndexSet<String>) {
    match value {
        Value::String(text) => collect(text, names),
        Value::Array(items) => items.iter().for_each(|item| collect_in_value(item, names)),
        Value::Object(object) => {
            for (key, value) in object {
                collect(key, names);
                collect_in_value(value, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Converts a value to text for a request: a string is unchanged, null becomes empty, and
/// everything else becomes compact JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Replaces the placeholders of a prompt or message with their values, in one pass: braces inside a
/// value stay text. Values other than strings are formatted as Python prints them, as in the
/// reference runtimes: `True`, `['a', 1.0]`.
///
/// # Errors
/// [`MissingValues`], with every placeholder that has no value in `values`.
pub fn render(text: &str, values: &Map<String, Value>) -> Result<String, MissingValues> {
    render_with(text, values, python_text::str_of)
}

/// Replaces the placeholders of a URL, a header or a body with their values. Values other than
/// strings become compact JSON; null becomes empty.
///
/// # Errors
/// As [`render`].
pub fn render_request(text: &str, values: &Map<String, Value>) -> Result<String, MissingValues> {
    render_with(text, values, text_of)
}

fn render_with(
    text: &str,
    values: &Map<String, Value>,
    text_of: fn(&Value) -> String,
) -> Result<String, MissingValues> {
    let mut missing = Vec::new();
    let rendered = fill(text, values, text_of, &mut missing);
    whole(rendered, missing)
}

/// Replaces the placeholders of a JSON tree with their values, in keys and strings at any depth.
///
/// `lone` selects the treatment of a string that consists of a single placeholder. Keys are always
/// text; if two keys become equal, the later one wins.
///
/// # Errors
/// As [`render`], for the whole tree.
pub fn render_value(
    value: &Value,
    values: &Map<String, Value>,
    lone: Lone,
) -> Result<Value, MissingValues> {
    let mut missing = Vec::new();
    let rendered = fill_value(value, values, lone, &mut missing);
    whole(rendered, missing)
}

/// Returns the rendered result, or an error if a value was missing.
fn whole<T>(rendered: T, missing: Vec<String>) -> Result<T, MissingValues> {
    if missing.is_empty() {
        Ok(rendered)
    } else {
        Err(MissingValues { names: missing })
    }
}

fn fill(
    text: &str,
    values: &Map<String, Value>,
    text_of: fn(&Value) -> String,
    missing: &mut Vec<String>,
) -> String {
    let mut rendered = String::with_capacity(text.len());
    let mut copied = 0;
    for placeholder in find(text) {
        rendered.push_str(
            text.get(copied..placeholder.range.start)
                .unwrap_or_default(),
        );
        copied = placeholder.range.end;
        match values.get(placeholder.name) {
            Some(value) => rendered.push_str(&text_of(value)),
            None if missing.iter().any(|name| name == placeholder.name) => {}
            None => missing.push(placeholder.name.to_owned()),
        }
    }
    rendered.push_str(text.get(copied..).unwrap_or_default());
    rendered
}

fn fill_value(
    value: &Value,
    values: &Map<String, Value>,
    lone: Lone,
    missing: &mut Vec<String>,
) -> Value {
    match value {
        Value::String(text) => {
            if lone == Lone::Value
                && let Some(placeholder) = at(text, 0)
                && placeholder.range == (0..text.len())
                && let Some(value) = values.get(placeholder.name)
            {
                return value.clone();
            }
            Value::String(fill(text, values, text_of, missing))
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| fill_value(item, values, lone, missing))
                .collect(),
        ),
        Value::Object(object) => {
            let mut filled = Map::new();
            for (key, value) in object {
                let key = fill(key, values, text_of, missing);
                filled.insert(key, fill_value(value, values, lone, missing));
            }
            Value::Object(filled)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn values() -> Map<String, Value> {
        let values = json!({
            "city": "Zürich", "n": 3, "none": null, "list": [1, {"a": true}], "braces": "{{city}}"
        });
        values.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_a_placeholder_and_what_is_text() {
        for (text, expected) in [
            (
                "{{x}} {{ y }} {{z\n  }} {{{w}}} {{a b}} {{q.r}} {{n|up}} {{x}} {% if k %}",
                "x y z w",
            ),
            ("{{1a}} {{ünï}} {{_}} {{日本}}", "1a ünï _ 日本"),
            ("{{-a-}} {{}} {{ }} {{a} } { {b}} {{\"a\"}}", ""),
            ("{{{{a}}}} {{b}}c}} {{{{", "a b"),
            ("{{a{{b}}", "b"),
            ("{{X}}{{x}}", "X x"),
            ("", ""),
        ] {
            assert_eq!(names(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn keys_and_nested_values_are_searched_in_order() {
        let data = json!({"{{k}}": [1, {"deep": "{{v}}"}], "b": "{{k}}{{z}}"});
        assert_eq!(names_in_value(&data), ["k", "v", "z"]);
    }

    #[test]
    fn values_take_the_place_of_placeholders_once() {
        for (text, expected) in [
            ("in {{city}}, {{ n }} days", "in Zürich, 3 days"),
            ("[{{none}}] {{list}}", "[None] [1, {'a': True}]"),
            ("{{braces}} {{{n}}}", "{{city}} {3}"),
            ("{{a b}} {\"json\": {{}}}", "{{a b}} {\"json\": {{}}}"),
        ] {
            assert_eq!(render(text, &values()).as_deref(), Ok(expected));
        }
        assert_eq!(
            render_request("[{{none}}] {{list}}", &values()).as_deref(),
            Ok("[] [1,{\"a\":true}]")
        );
    }

    #[test]
    fn every_missing_value_is_named_once() {
        let error = render("{{b}} {{city}} {{a}} {{b}}", &values()).unwrap_err();
        assert_eq!(error.to_string(), "no value for `{{b}}`, `{{a}}`");
        let tree = json!({"{{a}}": ["{{b}}", "{{a}}"]});
        let error = render_value(&tree, &values(), Lone::Value).unwrap_err();
        assert_eq!(error.names, ["a", "b"]);
    }

    #[test]
    fn a_lone_placeholder_may_keep_its_type() {
        let tree = json!({"{{n}}": "{{n}}", "s": "n={{n}}", "l": ["{{list}}", 7, "{{ n }}"]});
        assert_eq!(
            render_value(&tree, &values(), Lone::Value),
            Ok(json!({"3": 3, "s": "n=3", "l": [[1, {"a": true}], 7, 3]})),
        );
        assert_eq!(
            render_value(&tree, &values(), Lone::Text),
            Ok(json!({"3": "3", "s": "n=3", "l": ["[1,{\"a\":true}]", 7, "3"]})),
        );
    }
}
