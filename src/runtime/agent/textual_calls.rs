//! Tool calls that a model writes into its text, because the tools were not passed through its API.
//! Source: WayFlow 26.3.1.

use std::sync::Arc;

use crate::base::lenient_json::{self, Unread};
use crate::base::written::Written as Json;
use crate::conversation::ToolCall;
use crate::llm::after_thoughts;
use crate::runtime::runnable::not_yet;
use crate::spec::Component;
use crate::spec::language::{Execution, ParserExecution};
use crate::trace::Failure;

/// The format of calls in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"name": "find", "parameters": {…}}`, or a list of these.
    Json,
    /// JSON of calls under `## Action:`, with a thought before it.
    React,
}

/// A call found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    name: String,
    /// The arguments, JSON text of an object.
    arguments: String,
}

impl Written {
    pub(super) fn with_id(self, id: &str) -> ToolCall {
        ToolCall {
            id: id.to_owned(),
            name: self.name,
            arguments: self.arguments,
            extra: None,
        }
    }
}

impl Form {
    /// Returns the format that a parser reads.
    ///
    /// # Errors
    /// A `spec` failure, if the parser reads another format.
    pub(super) fn of(parser: &Arc<Component>) -> Result<Self, Failure> {
        match parser.execution() {
            Execution::Parser(ParserExecution::PluginJsonToolOutputParser) => Ok(Self::Json),
            Execution::Parser(ParserExecution::PluginReactToolOutputParser) => Ok(Self::React),
            _ => Err(not_yet(parser)),
        }
    }

    /// Splits a text into the calls and the remaining text. A text without calls stays complete. A
    /// call inside the model's thoughts does not count.
    pub(super) fn read(self, text: &str) -> (String, Vec<Written>) {
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        let text = if is_json { text } else { after_thoughts(text) };
        match self {
            Self::Json => (String::new(), calls_in(text)),
            Self::React => {
                let (thought, action) = match text.split_once("## Action:") {
                    Some((before, after)) => {
                        let before = before.trim();
                        let thought = before.strip_prefix("## Thought:").unwrap_or(before);
                        (thought.trim(), after)
                    }
                    None => ("", text),
                };
                let action = action
                    .split_once("## Observation:")
                    .map_or(action, |(action, _)| action);
                (thought.to_owned(), calls_in(action))
            }
        }
    }
}

/// Returns the JSON calls in a text. For a call with invalid JSON, returns its name and the text
/// after it, so that the model can be informed of the error in its arguments.
fn calls_in(text: &str) -> Vec<Written> {
    let found = match lenient_json::read(text) {
        Ok(value) => value.into_items().unwrap_or_else(|value| vec![value]),
        Err(Unread::NoJson) => return Vec::new(),
        Err(_) => return broken_call(text).into_iter().collect(),
    };
    let call = |value: &Json| {
        let name = value.get("name")?.as_str()?.to_owned();
        let arguments = value.get("parameters").filter(|it| it.is_object())?;
        let arguments = arguments.to_string();
        Some(Written { name, arguments })
    };
    found.iter().filter_map(call).collect()
}

/// Returns a call of which only the beginning can be read: `{"name": "pay", "parameters":
/// {"amount": 12`.
fn broken_call(text: &str) -> Option<Written> {
    let after_key = |text: &'_ str, key: &str| -> Option<usize> {
        let key = format!("\"{key}\"");
        let rest_at = text.find(&key)? + key.len();
        let rest = text.get(rest_at..)?;
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        Some(text.len() - value.len())
    };
    let name = text.get(after_key(text, "name")?..)?.strip_prefix('"')?;
    let (name, _) = name.split_once('"')?;
    let arguments = text.get(after_key(text, "parameters")?..)?;
    Some(Written {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn check(form: Form, text: &str, said: &str, calls: &[(&str, &str)]) {
        let calls: Vec<Written> = calls
            .iter()
            .map(|(name, arguments)| Written {
                name: (*name).to_owned(),
                arguments: (*arguments).to_owned(),
            })
            .collect();
        let read = form.read(text);
        if !calls.is_empty() {
            assert_eq!(read.0, said, "{text}");
        }
        assert_eq!(read.1, calls, "{text}");
    }

    #[test]
    fn calls_are_found_in_text() {
        let call = r#"{"name": "find", "parameters": {"q": "a"}}"#;
        let found = [("find", r#"{"q":"a"}"#)];
        check(Form::Json, call, "", &found);
        check(Form::Json, &format!("```json\n{call}\n```"), "", &found);
        check(
            Form::Json,
            &format!("[{call}, {call}]"),
            "",
            &[found[0], found[0]],
        );
        check(Form::Json, "It is warm.", "", &[]);
        check(Form::Json, r#"{"name": "Ann", "age": 7}"#, "", &[]);
        check(
            Form::Json,
            r#"{"name": "find", "parameters": "q"}"#,
            "",
            &[],
        );
        check(
            Form::React,
            &format!(
                "## Thought: I look.\n## Action:\n```json\n{call}\n```\n## Observation: {{\"name\": \"x\"}}"
            ),
            "I look.",
            &found,
        );
        check(Form::React, "It is warm.", "", &[]);
    }

    #[test]
    fn a_call_that_the_model_only_thinks_of_is_not_made() {
        let thought = r#"{"name": "pay", "parameters": {"amount": 12}}"#;
        let call = r#"{"name": "find", "parameters": {"q": "a"}}"#;
        let found = [("find", r#"{"q":"a"}"#)];
        check(
            Form::Json,
            &format!("<think>{thought}?</think> I won't."),
            "",
            &[],
        );
        check(
            Form::Json,
            &format!("<think>{thought}?</think>{call}"),
            "",
            &found,
        );
        check(
            Form::React,
            &format!("<think>## Action: {thought}</think>## Thought: I look.\n## Action: {call}"),
            "I look.",
            &found,
        );
        let said = r#"{"name": "find", "parameters": {"q": "</think>"}}"#;
        check(Form::Json, said, "", &[("find", r#"{"q":"</think>"}"#)]);
    }

    #[test]
    fn a_call_that_is_cut_keeps_what_it_says_so_that_the_model_can_be_told() {
        for (text, arguments) in [
            (
                r#"{"name": "pay", "parameters": {"amount": 12"#,
                r#"{"amount": 12"#,
            ),
            (
                r#"{"name": "pay", "parameters": {"re": "\d"}}"#,
                r#"{"re": "\d"}}"#,
            ),
        ] {
            check(Form::Json, text, "", &[("pay", arguments)]);
            assert!(lenient_json::read(arguments).is_err());
        }
        check(Form::Json, r#"{"name": "pay", "para"#, "", &[]);
    }
}
