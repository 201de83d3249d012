//! Google's protocol for Gemini (`generateContent`), used by both AI Studio and Vertex AI.

use std::sync::Arc;

mod schema;

use serde_json::{Map, Value, json};
use url::Url;

use self::schema::sanitised;
use super::turns::{BEGIN, instructions, turns};
use super::{Ask, Unread, Wire, arguments_object, first_answer, is_error, text_of, with};
use crate::conversation::{Message, ToolDeclaration, Usage};
use crate::llm::answer::Answer;
use crate::llm::dialect::Feature;
use crate::llm::model::ToolChoice;

/// The key under which the signature of a thought is stored with the call that followed.
pub(super) const KEPT: &str = "gemini_thought_signature";

/// Fields that a spec's generation parameters must not replace, because the request itself sets
/// them.
const RESERVED: [&str; 8] = [
    "model",
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "stream",
    "stream_options",
    "messages",
];

/// The protocol of Gemini.
#[derive(Debug)]
pub(super) struct Gemini;

impl Wire for Gemini {
    fn address(&self, base: &Url, model_id: &str, is_streamed: bool) -> Url {
        let mut url = base.clone();
        let model = model_id.strip_prefix("models/").unwrap_or(model_id);
        let method = if is_streamed {
            "streamGenerateContent"
        } else {
            "generateContent"
        };
        // Only addresses that have no path at all refuse one.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .push("models")
                .push(&format!("{model}:{method}"));
        }
        if is_streamed {
            url.query_pairs_mut().append_pair("alt", "sse");
        }
        url
    }

    fn key_header(&self, key: &str) -> (&'static str, String) {
        ("x-goog-api-key", key.to_owned())
    }

    fn body(&self, ask: &Ask<'_>, more: &Map<String, Value>) -> String {
        with(encode(ask), more)
    }

    fn read_event(&self, event: &Value, answer: &mut Answer) -> Result<(), Unread> {
        read(event, answer)
    }

    fn read_body(&self, body: &Value, answer: &mut Answer) -> Result<(), Unread> {
        read(body, answer)?;
        if first_answer(&body["candidates"]).is_some() || answer.is_finished() {
            Ok(())
        } else {
            Err(Unread::Lacks("candidates"))
        }
    }
}

/// Returns the body of a request.
fn encode(ask: &Ask<'_>) -> Value {
    let request = ask.request;
    let mut body = json!({});
    let system = instructions(&request.messages);
    if !system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": system}]});
    }
    let parts = |message: &Message| parts(message, &request.messages);
    body["contents"] = turns(&request.messages, parts, || json!({"text": BEGIN}))
        .into_iter()
        .map(|turn| {
            let role = if turn.is_users { "user" } else { "model" };
            json!({"role": role, "parts": turn.parts})
        })
        .collect();
    if !request.tools.is_empty() {
        let declarations: Vec<Value> = request.tools.iter().map(declaration).collect();
        body["tools"] = json!([{"functionDeclarations": declarations}]);
        if let ToolChoice::Tool(name) = &request.tool_choice
            && !ask.dialect.lacks(Feature::ToolChoice)
        {
            body["toolConfig"] = json!({"functionCallingConfig": {
                "mode": "ANY", "allowedFunctionNames": [name],
            }});
        }
    }
    let mut config = generation_config(ask, &mut body);
    if let Some(format) = &request.response_format {
        config.insert("responseMimeType".to_owned(), json!("application/json"));
        config.insert("responseSchema".to_owned(), sanitised(&format.schema));
    }
    if !config.is_empty() {
        body["generationConfig"] = Value::Object(config);
    }
    body
}

/// Returns the parameters under this protocol's names; those that belong outside of
/// `generationConfig` are added to the body.
fn generation_config(ask: &Ask<'_>, body: &mut Value) -> Map<String, Value> {
    let mut config = Map::new();
    for (name, value) in ask.free_parameters(&RESERVED) {
        let name = match name {
            "max_tokens" | "max_completion_tokens" => "maxOutputTokens",
            "top_p" => "topP",
            "top_k" => "topK",
            "stop" => "stopSequences",
            "frequency_penalty" => "frequencyPenalty",
            "presence_penalty" => "presencePenalty",
            "top_logprobs" => {
                config.insert("responseLogprobs".to_owned(), json!(true));
                "logprobs"
            }
            "reasoning_effort" => {
                config.insert("thinkingConfig".to_owned(), json!({"thinkingLevel": value}));
                continue;
            }
            "safety_settings" | "safetySettings" => {
                body["safetySettings"] = value.clone();
                continue;
            }
            name => name,
        };
        let is_lone_stop = name == "stopSequences" && value.is_string();
        let value = if is_lone_stop {
            json!([value])
        } else {
            value.clone()
        };
        config.insert(name.to_owned(), value);
    }
    config
}

/// Converts a message to parts. A tool result needs the name of its call, which is found in `all`.
fn parts(message: &Message, all: &[Arc<Message>]) -> Vec<Value> {
    if let Some(result) = &message.tool_result {
        let calls = all.iter().flat_map(|message| &message.tool_calls);
        let name = calls
            .into_iter()
            .rfind(|call| call.id == result.call_id)
            .map_or(result.call_id.as_str(), |call| call.name.as_str());
        let field = if result.is_error { "error" } else { "output" };
        let response = json!({field: result.content});
        return vec![json!({"functionResponse": {"name": name, "response": response}})];
    }
    let mut parts = Vec::new();
    if !message.content.is_empty() {
        parts.push(json!({"text": message.content}));
    }
    parts.extend(
        message.images.iter().map(
            |image| json!({"inlineData": {"mimeType": image.media_type, "data": image.base64}}),
        ),
    );
    parts.extend(message.tool_calls.iter().map(|call| {
        let arguments = arguments_object(&call.arguments);
        let mut part = json!({"functionCall": {"name": call.name, "args": arguments}});
        let signature = call.extra.as_ref().and_then(|extra| extra.get(KEPT));
        if let Some(signature) = signature {
            part["thoughtSignature"] = signature.clone();
        }
        part
    }));
    parts
}

/// Converts a tool. A tool without parameters gets no schema, because an object without properties
/// is rejected.
fn declaration(tool: &ToolDeclaration) -> Value {
    let mut declaration = json!({"name": tool.name, "description": tool.description});
    let properties = tool.parameters.get("properties").and_then(Value::as_object);
    if properties.is_some_and(|properties| !properties.is_empty()) {
        declaration["parameters"] = sanitised(&tool.parameters);
    }
    declaration
}

fn read(value: &Value, answer: &mut Answer) -> Result<(), Unread> {
    // Google wraps errors in a list.
    if is_error(value) || value.get(0).is_some_and(is_error) {
        return Err(Unread::IsError);
    }
    answer.id(text_of(value, "responseId"));
    if let Some(usage) = usage(&value["usageMetadata"]) {
        answer.usage(usage);
    }
    if !text_of(&value["promptFeedback"], "blockReason").is_empty() {
        answer.stopped("content_filter");
    }
    let Some(candidate) = first_answer(&value["candidates"]) else {
        return Ok(());
    };
    for part in candidate["content"]["parts"]
        .as_array()
        .into_iter()
        .flatten()
    {
        read_part(part, answer);
    }
    answer.stopped(finish_reason(text_of(candidate, "finishReason")));
    Ok(())
}

fn read_part(part: &Value, answer: &mut Answer) {
    if let Some(call) = part.get("functionCall") {
        let mut fragment = json!({
            "index": answer.call_count(),
            "function": {"name": call["name"], "arguments": call["args"]},
        });
        if let Some(signature) = part.get("thoughtSignature") {
            fragment[KEPT] = signature.clone();
        }
        answer.call_fragments(&[fragment]);
        return;
    }
    let text = text_of(part, "text");
    if part.get("thought").and_then(Value::as_bool) == Some(true) {
        answer.reasoning(text);
    } else {
        answer.text(text);
    }
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage.get(name).and_then(Value::as_u64);
    let input_tokens = count("promptTokenCount")?;
    let reasoning_tokens = count("thoughtsTokenCount").unwrap_or(0);
    // Thoughts are counted apart from what is answered.
    let output_tokens = count("candidatesTokenCount").unwrap_or(0) + reasoning_tokens;
    Some(Usage {
        input_tokens,
        output_tokens,
        total_tokens: count("totalTokenCount").unwrap_or(input_tokens + output_tokens),
        cached_tokens: count("cachedContentTokenCount").unwrap_or(0),
        reasoning_tokens,
        llm_calls: 1,
    })
}

/// Converts a finish reason to one of chat completions.
fn finish_reason(reason: &str) -> &str {
    match reason {
        "STOP" => "stop",
        "MAX_TOKENS" => "length",
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            "content_filter"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
