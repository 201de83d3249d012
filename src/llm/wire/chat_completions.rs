//! The chat completions protocol of `OpenAI` and of every server that is compatible with it; lenient
//! where servers are sloppy.
//!
//! Where the reference and this differ: texts are plain strings, which every server takes, not lists
//! of parts; a tool's result is its text, without quotes around it; text is UTF-8, not escaped.

mod words;

use serde_json::{Map, Value, json};

use super::{
    Ask, SameWords, Unread, Wire, arguments_text, first_answer, foreign_fields, is_error, text_of,
};
use crate::conversation::{Message, Role, ToolCall};
use crate::llm::answer::Answer;
use crate::llm::dialect::{Dialect, Feature};
use crate::llm::model::{ResponseFormat, ToolChoice, ToolDeclaration};
use crate::llm::usage;

/// Fields that a spec's generation parameters may not replace, because the request is built on them.
const RESERVED: [&str; 7] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "response_format",
];

/// The protocol.
#[derive(Debug)]
pub(super) struct ChatCompletions;

impl Wire for ChatCompletions {
    fn encode(&self, ask: &Ask<'_>) -> Value {
        let request = ask.request;
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(ask.model_id));
        if let Some(is_streamed) = ask.stream_field() {
            body.insert("stream".to_owned(), is_streamed);
        }
        body.insert("messages".to_owned(), messages(ask));
        if ask.is_openai {
            body.insert("store".to_owned(), json!(false));
        }
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(tool).collect();
            body.insert("tools".to_owned(), Value::Array(tools));
            if let ToolChoice::Tool(name) = &request.tool_choice
                && !ask.dialect.lacks(Feature::ToolChoice)
            {
                let choice = json!({"type": "function", "function": {"name": name}});
                body.insert("tool_choice".to_owned(), choice);
            }
        }
        if let Some(format) = &request.response_format {
            body.insert("response_format".to_owned(), response_format(format));
        }
        add_parameters(&mut body, ask);
        if request.is_streamed && !ask.dialect.lacks(Feature::StreamOptions) {
            let options = json!({"include_usage": true});
            body.insert("stream_options".to_owned(), options);
        }
        Value::Object(body)
    }

    fn read_words(&self, data: &str, answer: &mut Answer, same: &mut SameWords) -> bool {
        words::read(data, answer, same)
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

fn add_parameters(body: &mut Map<String, Value>, ask: &Ask<'_>) {
    for (name, value) in ask.free_parameters(&RESERVED) {
        let name = match name {
            "max_tokens" | "max_completion_tokens" => ask.dialect.max_tokens.name(),
            "top_logprobs" => {
                body.insert("logprobs".to_owned(), json!(true));
                name
            }
            name => name,
        };
        body.insert(name.to_owned(), value.clone());
    }
}

fn messages(ask: &Ask<'_>) -> Value {
    let messages = &ask.request.messages;
    let mut written: Vec<Value> = messages
        .iter()
        .map(|message| written(message, ask.dialect))
        .collect();
    // Servers that insist on a user's turn refuse a conversation of nothing but instructions.
    if messages.iter().all(|message| message.role == Role::System) {
        written.push(json!({"role": "user", "content": "Begin."}));
    }
    Value::Array(written)
}

fn written(message: &Message, dialect: Dialect) -> Value {
    if let Some(result) = &message.tool_result {
        return json!({
            "role": "tool",
            "tool_call_id": result.call_id,
            "content": result.content,
        });
    }
    match message.role {
        Role::System => json!({"role": "system", "content": message.content}),
        Role::User => json!({"role": "user", "content": user_content(message)}),
        Role::Agent => {
            let mut written = json!({"role": "assistant", "content": message.content});
            if !message.tool_calls.is_empty() {
                written["tool_calls"] = message.tool_calls.iter().map(tool_call).collect();
            }
            add_reasoning(&mut written, message, dialect);
            written
        }
    }
}

/// Gives a message's reasoning back: its details where they came, its text only to a model that wants it.
fn add_reasoning(written: &mut Value, message: &Message, dialect: Dialect) {
    if dialect.lacks(Feature::Reasoning) {
        return;
    }
    let kept = |name: &str| message.extra.as_ref().and_then(|extra| extra.get(name));
    if let Some(details) = kept("reasoning_details") {
        written["reasoning_details"] = details.clone();
    }
    if dialect.wants_reasoning {
        let text = kept("reasoning_content").or(kept("reasoning"));
        // Such models refuse a message without it, and an empty one too.
        written["reasoning_content"] = text.cloned().unwrap_or_else(|| json!(" "));
    }
}

/// Plain text, or parts where there are pictures.
fn user_content(message: &Message) -> Value {
    if message.images.is_empty() {
        return json!(message.content);
    }
    let text = json!({"type": "text", "text": message.content});
    let images = message
        .images
        .iter()
        .map(|image| json!({"type": "image_url", "image_url": {"url": image.data_url()}}));
    std::iter::once(text).chain(images).collect()
}

fn tool_call(call: &ToolCall) -> Value {
    let mut written = foreign_fields(call);
    written.insert("id".to_owned(), json!(call.id));
    written.insert("type".to_owned(), json!("function"));
    let function = json!({"name": call.name, "arguments": arguments_text(&call.arguments)});
    written.insert("function".to_owned(), function);
    Value::Object(written)
}

fn tool(tool: &ToolDeclaration) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    })
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
        return if tells_of_failure(value) {
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

/// Whether an object that is no piece of an answer says that there will be none, as gateways do in words of their own:
/// `{"status": "failed", "error_message": …}`, `{"detail": …}`, `{"message": …}`.
fn tells_of_failure(value: &Value) -> bool {
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

/// The text of a `content` that is a string or a list of parts.
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
