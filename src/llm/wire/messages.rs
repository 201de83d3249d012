//! Anthropic's messages protocol.

use serde_json::{Map, Value, json};

use super::turns::{BEGIN, instructions, turns};
use super::{Ask, Unread, Wire, arguments_object, kept, text_of, with};
use crate::conversation::{Message, ToolDeclaration, Usage};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;
use crate::llm::model::ToolChoice;

/// The key under which thinking blocks are stored with the calls that followed.
pub(super) const KEPT: &str = "anthropic_thinking";

/// The default token limit, because the protocol requires one; every model accepts this value.
const DEFAULT_MAX_TOKENS: u64 = 4096;

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them.
const RESERVED: [&str; 6] = [
    "model",
    "messages",
    "system",
    "stream",
    "tools",
    "stream_options",
];

/// Parameters of chat completions that this protocol does not have.
const UNKNOWN: [&str; 4] = [
    "frequency_penalty",
    "presence_penalty",
    "top_logprobs",
    "seed",
];

/// Anthropic's messages protocol.
#[derive(Debug)]
pub(super) struct Messages;

impl Wire for Messages {
    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("x-api-key", key.to_owned())
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        with(encode(ask), more)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        let index = event.get("index").and_then(Value::as_u64);
        let (block, delta) = (&event["content_block"], &event["delta"]);
        match text_of(event, "type") {
            "message_start" => {
                answer.id(text_of(&event["message"], "id"));
                read_usage(&event["message"]["usage"], answer);
            }
            "content_block_start" => read_block(index, block, answer),
            "content_block_delta" => match text_of(delta, "type") {
                "text_delta" => answer.text(text_of(delta, "text")),
                "input_json_delta" => answer.arguments(index, text_of(delta, "partial_json")),
                "thinking_delta" => {
                    let text = text_of(delta, "thinking");
                    answer.reasoning(text);
                    answer.amend(KEPT, "thinking", text);
                }
                "signature_delta" => answer.amend(KEPT, "signature", text_of(delta, "signature")),
                _ => {}
            },
            "message_delta" => {
                answer.stopped(stop_reason(text_of(delta, "stop_reason")));
                read_usage(&event["usage"], answer);
            }
            "message_stop" => answer.over(),
            "error" => return Err(Unread::IsError),
            _ => {}
        }
        Ok(())
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        if text_of(body, "type") == "error" {
            return Err(Unread::IsError);
        }
        let Some(blocks) = body["content"].as_array() else {
            return Err(Unread::Lacks("content"));
        };
        answer.id(text_of(body, "id"));
        for (index, block) in blocks.iter().enumerate() {
            read_block(Some(index as u64), block, answer);
        }
        read_usage(&body["usage"], answer);
        answer.stopped(stop_reason(text_of(body, "stop_reason")));
        Ok(())
    }
}

/// Returns the body of a request.
fn encode(ask: &Ask<'_>) -> Value {
    let request = ask.request;
    let mut body = json!({
        "model": ask.model_id,
        "max_tokens": DEFAULT_MAX_TOKENS,
    });
    if let Some(is_streamed) = ask.stream_field() {
        body["stream"] = is_streamed;
    }
    let system = instructions(&request.messages);
    if !system.is_empty() {
        body["system"] = json!(system);
    }
    let begin = || json!({"type": "text", "text": BEGIN});
    body["messages"] = turns(&request.messages, blocks, begin)
        .into_iter()
        .map(|turn| {
            let role = if turn.is_users { "user" } else { "assistant" };
            json!({"role": role, "content": turn.parts})
        })
        .collect();
    for (name, value) in ask.free_parameters(&RESERVED) {
        match name {
            _ if UNKNOWN.contains(&name) => {}
            "max_completion_tokens" => body["max_tokens"] = value.clone(),
            "stop" if value.is_string() => body["stop_sequences"] = json!([value]),
            "stop" => body["stop_sequences"] = value.clone(),
            _ => body[name] = value.clone(),
        }
    }
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        // A model that thinks can't be made to call a tool.
        let is_thinking = matches!(text_of(&body["thinking"], "type"), "enabled" | "adaptive");
        if let ToolChoice::Tool(name) = &request.tool_choice
            && !ask.dialect.lacks(Feature::ToolChoice)
            && !is_thinking
        {
            body["tool_choice"] = json!({"type": "tool", "name": name});
        }
    }
    if let Some(format) = &request.response_format {
        let format = json!({"type": "json_schema", "schema": format.schema});
        body["output_config"]["format"] = format;
    }
    body
}

/// Converts a message to blocks: thinking first, then results and calls with the accompanying text.
/// Empty texts are left out, because the server rejects them.
fn blocks(message: &Message) -> Vec<Value> {
    if let Some(result) = &message.tool_result {
        let mut block = json!({
            "type": "tool_result",
            "tool_use_id": result.call_id,
            "content": result.content,
        });
        if result.is_error {
            block["is_error"] = json!(true);
        }
        return vec![block];
    }
    let mut blocks: Vec<Value> = kept(&message.tool_calls, KEPT).cloned().collect();
    if !message.content.trim().is_empty() {
        blocks.push(json!({"type": "text", "text": message.content}));
    }
    blocks.extend(message.images.iter().map(|image| {
        json!({"type": "image", "source": {
            "type": "base64", "media_type": image.media_type, "data": image.base64,
        }})
    }));
    blocks.extend(message.tool_calls.iter().map(|call| {
        json!({
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": arguments_object(&call.arguments),
        })
    }));
    blocks
}

fn tool(tool: &ToolDeclaration) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.parameters,
    })
}

/// Reads a block, complete or at its beginning in a stream.
fn read_block(index: Option<u64>, block: &Value, answer: &mut Answer) {
    match text_of(block, "type") {
        "text" => answer.text(text_of(block, "text")),
        "tool_use" => {
            // In a stream the input begins empty and comes as text.
            let input = block["input"].as_object().filter(|input| !input.is_empty());
            let input = input.map_or(Value::Null, |input| Value::Object(input.clone()));
            answer.call(index, text_of(block, "id"), text_of(block, "name"), &input);
        }
        "thinking" => {
            answer.reasoning_paragraph();
            answer.reasoning(text_of(block, "thinking"));
            answer.keep(KEPT, block.clone());
        }
        "redacted_thinking" => answer.keep(KEPT, block.clone()),
        _ => {}
    }
}

/// Updates the token counts from a start or end event; missing counts stay unchanged.
fn read_usage(usage: &Value, answer: &mut Answer) {
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    if !usage.is_object() {
        return;
    }
    let so_far = answer.usage_so_far();
    let cached = count("cache_read_input_tokens").unwrap_or(so_far.cached_tokens);
    // What comes from the cache or goes there is not in `input_tokens`.
    let input = count("input_tokens").map_or(so_far.input_tokens, |fresh| {
        fresh + cached + count("cache_creation_input_tokens").unwrap_or(0)
    });
    let output = count("output_tokens").unwrap_or(so_far.output_tokens);
    answer.usage(Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        cached_tokens: cached,
        reasoning_tokens: 0,
        llm_calls: 1,
    });
}

/// Converts a stop reason to one of chat completions.
fn stop_reason(reason: &str) -> &str {
    match reason {
        "end_turn" | "stop_sequence" => "stop",
        "tool_use" => "tool_calls",
        "max_tokens" => "length",
        "refusal" => "content_filter",
        other => other,
    }
}

#[cfg(test)]
mod tests;
