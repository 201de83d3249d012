//! The protocols of model servers: encoding of requests and decoding of answers.

mod chat_completions;
mod gemini;
mod messages;
#[cfg(test)]
mod mutations;
mod oci_cohere;
mod oci_generic;
mod responses;
mod same_words;
mod turns;

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::answer::Answer;
use super::dialect::{Dialect, Feature};
use super::model::GenerationRequest;
use crate::base::written::Written;
use crate::conversation::{ToolCall, Usage};
use crate::profile::Api;
use crate::spec::property::settle_untyped;

pub(super) use same_words::SameWords;

/// The keys under which protocols store fields to send back with a tool call.
const KEPT: [&str; 3] = [gemini::KEPT, messages::KEPT, responses::KEPT];

/// The inputs for encoding a request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// The messages, tools and settings.
    pub(super) request: &'a GenerationRequest,
    /// The name of the model at the provider.
    pub(super) model_id: &'a str,
    /// All generation parameters, merged, without nulls.
    pub(super) parameters: &'a Map<String, Value>,
    /// The dialect that the model accepts.
    pub(super) dialect: Dialect,
    /// Whether the server is `OpenAI` itself, which stores answers unless a request forbids it.
    pub(super) is_openai: bool,
}

/// The names of the parameter for the number of answers, in all protocols. It is never sent,
/// because only one answer is read.
pub(super) const ANSWER_COUNTS: [&str; 7] = [
    "n",
    "best_of",
    "candidateCount",
    "candidate_count",
    "numGenerations",
    "num_generations",
    "num_return_sequences",
];

impl Ask<'_> {
    /// Returns the value of the `stream` field; `None` if the server rejects the field itself.
    pub(super) fn stream_field(&self) -> Option<Value> {
        let is_known = !self.dialect.lacks(Feature::Stream);
        is_known.then(|| self.request.is_streamed.into())
    }

    /// Returns the parameters without those that the request itself sets, which a spec must not
    /// replace, and without the number of answers.
    pub(super) fn free_parameters(
        &self,
        reserved: &'static [&'static str],
    ) -> impl Iterator<Item = (&str, &Value)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .filter(|(name, _)| !reserved.contains(name) && !ANSWER_COUNTS.contains(name))
    }
}

/// The reason why a JSON value is not a piece of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The value is a server error.
    IsError,
    /// The value lacks this field, which all answers have.
    Lacks(&'static str),
}

/// A protocol of model servers. Stateless: the answer so far is in [`Answer`].
///
/// Implementers must ignore what they do not know; add text, reasoning and fragments of tool calls
/// in order of arrival; and call [`Answer::stopped`] only with a reason that the server sent.
pub(super) trait Wire: fmt::Debug + Send + Sync {
    /// Returns the URL of a request; `base` is the endpoint's address.
    fn address(&self, base: &Url, _model_id: &str, _is_streamed: bool) -> Url {
        base.clone()
    }

    /// Returns the name and value of the header for a key.
    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    /// Returns the other headers of each request.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Returns the body of a request, as JSON. `more` has the provider's additional fields, which
    /// replace fields of the same name.
    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String;

    /// Reads the data of a usual event, as most events of a stream are, without building a tree of
    /// values. The effect is the same as that of [`Wire::read_event`].
    /// For any other event, nothing is read and the result is false. `same` is what is known from
    /// the previous events.
    fn read_usual(&self, _data: &str, _answer: &mut Answer, _same: &mut SameWords) -> bool {
        false
    }

    /// Reads the data of one event of a stream.
    ///
    /// # Errors
    /// [`Unread`].
    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread>;

    /// Reads an answer without streaming.
    ///
    /// # Errors
    /// [`Unread`].
    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread>;
}

/// Returns the implementation of a protocol.
pub(super) fn wire_of(api: Api) -> &'static dyn Wire {
    match api {
        Api::ChatCompletions => &chat_completions::ChatCompletions,
        Api::Responses => &responses::Responses,
        Api::Gemini => &gemini::Gemini,
        Api::Messages => &messages::Messages,
        Api::OciGeneric => &oci_generic::OciGeneric,
        Api::OciCohere => &oci_cohere::OciCohere,
    }
}

/// Returns the answer to read if there are several: the one with index 0 or without an index.
fn first_answer(answers: &Value) -> Option<&Value> {
    let mut answers = answers.as_array()?.iter();
    answers.find(|answer| is_first(answer))
}

/// Returns whether an answer, or a piece of one, has index 0 or none.
fn is_first(answer: &Value) -> bool {
    answer.get("index").and_then(Value::as_u64).unwrap_or(0) == 0
}

/// Returns whether a value has an error instead of an answer.
fn is_error(value: &Value) -> bool {
    value.get("error").is_some_and(|error| !error.is_null())
        || value.get("object").and_then(Value::as_str) == Some("error")
}

/// Returns whether a value is an error in the format of Oracle's services.
fn is_oci_error(value: &Value) -> bool {
    is_error(value)
        || (value.get("code").is_some() && value.get("message").is_some_and(Value::is_string))
}

/// Returns the token counts of Oracle's services; `None` if there are none.
fn oci_usage(usage: &Value) -> Option<Usage> {
    let count = |usage: &Value, name: &str| usage.get(name).and_then(Value::as_u64);
    let input_tokens = count(usage, "promptTokens")?;
    let output_tokens = count(usage, "completionTokens").unwrap_or(0);
    let total = count(usage, "totalTokens");
    let cached = count(&usage["promptTokensDetails"], "cachedTokens");
    let reasoning = count(&usage["completionTokensDetails"], "reasoningTokens");
    Some(Usage {
        input_tokens,
        output_tokens,
        total_tokens: total.unwrap_or(input_tokens + output_tokens),
        cached_tokens: cached.unwrap_or(0),
        reasoning_tokens: reasoning.unwrap_or(0),
        llm_calls: 1,
    })
}

/// Returns a string field of an object; empty if it is missing.
fn text_of<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// Returns the items that a protocol has stored with the calls of an answer, under its key (see
/// [`Answer::keep`]).
fn kept<'c>(calls: &'c [ToolCall], key: &'static str) -> impl Iterator<Item = &'c Value> {
    let first = calls.first().and_then(|call| call.extra.as_ref());
    let items = first
        .and_then(|extra| extra.get(key))
        .and_then(Value::as_array);
    items.into_iter().flatten()
}

/// Returns the unknown fields of a tool call to send back, without those that other protocols have
/// stored.
fn foreign_fields(call: &ToolCall) -> Map<String, Value> {
    let fields = call.extra.as_ref().and_then(Value::as_object);
    let fields = fields.into_iter().flatten();
    fields
        .filter(|(name, _)| !KEPT.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Parses the arguments of a call as an object to send back. Invalid arguments become an object
/// with their text, because some servers reject the whole request for arguments that are not an
/// object, even if the model itself wrote them.
fn arguments_object(text: &str) -> Map<String, Value> {
    // An integer that no machine number holds goes back as its text.
    match Written::read(text).map(|written| settle_untyped(&written)) {
        Ok(Ok(Value::Object(arguments))) => arguments,
        Ok(_) | Err(_) => Map::from_iter([("malformed_arguments".to_owned(), text.into())]),
    }
}

/// Adds fields to a body and formats it as JSON.
fn with(mut body: Value, more: &Map<String, Value>) -> String {
    for (name, value) in more {
        body[name] = value.clone();
    }
    body.to_string()
}

/// Returns [`arguments_object`] as text; valid arguments stay as the model wrote them.
fn arguments_text(text: &str) -> Cow<'_, str> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => text.into(),
        Ok(_) | Err(_) => Value::Object(arguments_object(text)).to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::llm::json;

    #[test]
    fn numbers_of_arguments_that_come_as_a_value_stay_as_they_are_written() {
        let arguments = r#"{"id":123456789012345678901234,"v":1.10}"#;
        for (api, body) in [
            (
                Api::Gemini,
                r#"{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": ARGS}}]}}]}"#,
            ),
            (
                Api::OciCohere,
                r#"{"chatResponse": {"text": "", "toolCalls": [{"name": "f", "parameters": ARGS}]}}"#,
            ),
            (
                Api::Messages,
                r#"{"content": [{"type": "tool_use", "id": "a", "name": "f", "input": ARGS}]}"#,
            ),
            (
                Api::ChatCompletions,
                r#"{"choices": [{"message": {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": ARGS}}]}}]}"#,
            ),
        ] {
            let body = json::parse(&body.replace("ARGS", arguments)).unwrap();
            let mut answer = Answer::default();
            wire_of(api).read_body(&body.value, &mut answer).unwrap();
            let calls = answer.finish("call").0.tool_calls;
            assert_eq!(calls[0].arguments, arguments, "{api:?}");
        }
        let back = Value::Object(arguments_object(arguments)).to_string();
        assert_eq!(back, r#"{"id":"123456789012345678901234","v":1.1}"#);
    }

    #[test]
    fn arguments_that_are_no_object_go_back_inside_one() {
        assert_eq!(arguments_text(r#"{"a": 1}"#), r#"{"a": 1}"#);
        assert_eq!(
            arguments_text("{oops"),
            r#"{"malformed_arguments":"{oops"}"#
        );
    }
}
