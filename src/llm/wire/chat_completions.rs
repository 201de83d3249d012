//! The chat completions protocol of `OpenAI` and compatible servers, with tolerance for imprecise
//! servers.
//!
//! There are three differences from the reference runtime: texts are plain strings, which every
//! server accepts, instead of lists of parts; a tool's result is its text without quotes; and text
//! is UTF-8 without escapes.

mod body;
mod usual;

use serde_json::{Map, Value, json};

use body::{Body, Field};

use super::{Ask, SameWords, Unread, Wire, first_answer, is_error, text_of};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;
use crate::llm::model::{ResponseFormat, ToolChoice};
use crate::llm::usage;

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them.
const RESERVED: [&str; 7] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "response_format",
];

/// The chat completions protocol.
#[derive(Debug)]
pub(super) struct ChatCompletions;

impl Wire for ChatCompletions {
    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        let request = ask.request;
        let mut body = Body::default();
        body.set("model", Field::Text(ask.model_id));
        if let Some(is_streamed) = ask.stream_field() {
            body.set("stream", Field::Made(is_streamed));
        }
        body.set("messages", Field::Messages(ask));
        if ask.is_openai {
            body.set("store", Field::Made(json!(false)));
        }
        if !request.tools.is_empty() {
            body.set("tools", Field::Tools(&request.tools));
            if let ToolChoice::Tool(name) = &request.tool_choice
                && !ask.dialect.lacks(Feature::ToolChoice)
            {
                let choice = json!({"type": "function", "function": {"name": name}});
                body.set("tool_choice", Field::Made(choice));
            }
        }
        if let Some(format) = &request.response_format {
            body.set("response_format", Field::Made(response_format(format)));
        }
        for (name, value) in ask.free_parameters(&RESERVED) {
            let name = match name {
                "max_tokens" | "max_completion_tokens" => ask.dialect.max_tokens.name(),
                "top_logprobs" => {
                    body.set("logprobs", Field::Made(json!(true)));
                    name
                }
                name => name,
            };
            body.set(name, Field::Given(value));
        }
        if request.is_streamed && !ask.dialect.lacks(Feature::StreamOptions) {
            let options = json!({"include_usage": true});
            body.set("stream_options", Field::Made(options));
        }
        for (name, value) in more {
            body.set(name, Field::Given(value));
        }
        body.to_string()
    }

    fn read_usual(&self, data: &str, answer: &mut Answer, same: &mut SameWords) -> bool {
        usual::read(data, answer, same)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        read(event, "delta", answer)
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        read(body, "message", answer)?;
        if body.get("choices").and_then(first_answer).is_some() {
            Ok(())
        } else {
            Err(Unread::Lacks("choices"))
        }
    }
}

fn response_format(format: &ResponseFormat) -> Value {
    json!({
        "type": "json_schema",
        "json_schema": {"name": format.name, "strict": true, "schema": format.schema},
    })
}

fn read(value: &Value, field: &str, answer: &mut Answer) -> Result<(), Unread> {
    if is_error(value) {
        return Err(Unread::IsError);
    }
    answer.id(text_of(value, "id"));
    if let Some(usage) = value.get("usage").and_then(usage::read) {
        answer.usage(usage);
    }
    let Some(choice) = value.get("choices").and_then(first_answer) else {
        return if reports_failure(value) {
            Err(Unread::IsError)
        } else {
            Ok(())
        };
    };
    if let Some(usage) = choice.get("usage").and_then(usage::read) {
        answer.usage(usage);
    }
    answer.stopped(text_of(choice, "finish_reason"));
    // Some servers put a whole `message` into the chunks of a stream, or a `delta` into a body.
    let other = if field == "delta" { "message" } else { "delta" };
    if let Some(delta) = choice.get(field).or_else(|| choice.get(other)) {
        read_delta(delta, answer);
    }
    Ok(())
}

/// Returns whether an object that is not a piece of an answer reports a failure, in one of the
/// formats of gateways: `{"status": "failed", "error_message": …}`, `{"detail": …}`, `{"message":
/// …}`.
fn reports_failure(value: &Value) -> bool {
    if value.get("choices").is_none() && !text_of(value, "message").is_empty() {
        return true;
    }
    let mut fields = value.as_object().into_iter().flatten();
    fields.any(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let is_said = !matches!(value, Value::Null | Value::Bool(false)) && *value != json!("");
        let is_failed = || matches!(value.as_str(), Some("failed" | "error"));
        is_said && (name.contains("error") || name == "detail" || (name == "status" && is_failed()))
    })
}

fn read_delta(delta: &Value, answer: &mut Answer) {
    let reasoning = ["reasoning_content", "reasoning"]
        .into_iter()
        .find_map(|name| Some((name, delta.get(name)?.as_str()?)));
    if let Some((name, text)) = reasoning {
        answer.reasoning_field(name);
        answer.reasoning(text);
    }
    if let Some(Value::Array(details)) = delta.get("reasoning_details") {
        answer.reasoning_details(details);
    }
    for name in ["content", "refusal"] {
        answer.text(&joined_text(delta.get(name)));
    }
    match delta.get("tool_calls") {
        Some(Value::Array(fragments)) => answer.call_fragments(fragments),
        Some(fragment @ Value::Object(_)) => {
            answer.call_fragments(std::slice::from_ref(fragment));
        }
        _ => {}
    }
    // The one call of servers from before tools has no id.
    if let Some(function @ Value::Object(_)) = delta.get("function_call") {
        answer.call_fragments(&[json!({"index": 0, "function": function})]);
    }
}

/// Returns the text of a `content` that is a string or a list of parts.
fn joined_text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text").unwrap_or(part).as_str())
            .collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
