//! Attributes with the contents of messages and values, for profiles that send them.

use serde_json::{Value, json};

use crate::runs::{ModelCallRecord, RunRecord};
use crate::trace::{PromptMessage, TracedToolCall};

/// The maximum size of one attribute, in bytes. Collectors refuse requests of more than a few
/// megabytes.
const MAX_BYTES: usize = 64 << 10;

/// A text for an attribute, and whether it was cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) is_cut: bool,
}

/// Cuts a text to the maximum size, between two characters.
pub(super) fn shown(mut text: String) -> Shown {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let is_cut = end < text.len();
    text.truncate(end);
    Shown { text, is_cut }
}

/// Returns the messages of a request, in the form of the conventions.
pub(super) fn input_messages(record: &RunRecord, call: &ModelCallRecord) -> Value {
    let prompt = record.prompt_of(call);
    prompt.messages.iter().map(|said| message(said)).collect()
}

/// Returns the tools of a request.
pub(super) fn tool_definitions(record: &RunRecord, call: &ModelCallRecord) -> Option<Value> {
    let tools = record.prompt_of(call).tools;
    let tool = |tool: &crate::conversation::ToolDeclaration| {
        json!({
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        })
    };
    (!tools.is_empty()).then(|| tools.iter().map(tool).collect())
}

/// Returns the messages in the answer of a model call.
pub(super) fn output_messages(call: &ModelCallRecord) -> Value {
    let mut parts = Vec::new();
    if !call.reasoning.is_empty() {
        parts.push(json!({"type": "reasoning", "content": call.reasoning}));
    }
    if !call.content.is_empty() {
        parts.push(json!({"type": "text", "content": call.content}));
    }
    parts.extend(call.tool_calls.iter().map(tool_call));
    json!([{
        "role": "assistant",
        "parts": parts,
        "finish_reason": call.finish_reason.as_deref().unwrap_or("unknown"),
    }])
}

fn message(message: &PromptMessage) -> Value {
    let mut parts = Vec::new();
    match &message.tool_call_id {
        Some(id) => parts.push(json!({
            "type": "tool_call_response",
            "id": id,
            "response": message.content,
        })),
        None if message.content.is_empty() => {}
        None => parts.push(json!({"type": "text", "content": message.content})),
    }
    let pictures = message.pictures.iter();
    parts.extend(pictures.map(|picture| json!({"type": "text", "content": picture})));
    parts.extend(message.tool_calls.iter().map(tool_call));
    json!({"role": message.role, "parts": parts})
}

fn tool_call(call: &TracedToolCall) -> Value {
    // What a model writes may be no JSON.
    let arguments: Value =
        serde_json::from_str(&call.arguments).unwrap_or_else(|_no_json| json!(call.arguments));
    json!({
        "type": "tool_call",
        "id": call.call_id,
        "name": call.tool_name,
        "arguments": arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        let whole = shown("caf\u{e9}".to_owned());
        assert_eq!((whole.text.as_str(), whole.is_cut), ("caf\u{e9}", false));
        let long = shown(format!("a{}", "\u{e9}".repeat(MAX_BYTES)));
        assert!(long.is_cut);
        assert_eq!(long.text.len(), MAX_BYTES - 1);
    }
}
