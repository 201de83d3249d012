//! Responses and their output items as JSON.

use std::fmt;

use serde_json::{Value, json};

use crate::conversation::Usage;
use crate::serve::asking::in_words;
use crate::serve::desk::TurnOf;
use crate::serve::turn::{Turn, TurnState};
use crate::trace::RequestKind;

/// The id of a response: the conversation without its first letter, and the turn,
/// `resp_0123456789abcdef_2`.
#[derive(Clone, Debug)]
pub(super) struct ResponseId {
    pub(super) conversation: String,
    pub(super) turn: usize,
}

impl ResponseId {
    pub(super) fn read(id: &str) -> Option<Self> {
        let (conversation, turn) = id.strip_prefix("resp_")?.rsplit_once('_')?;
        Some(Self {
            conversation: format!("b_{conversation}"),
            turn: turn.parse().ok()?,
        })
    }

    pub(super) fn of(turn: &TurnOf) -> Self {
        Self {
            conversation: turn.conversation.id().to_string(),
            turn: turn.number,
        }
    }
}

impl fmt::Display for ResponseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.conversation.strip_prefix("b_");
        let bare = bare.unwrap_or(&self.conversation);
        write!(f, "resp_{bare}_{}", self.turn)
    }
}

/// The fields of a response that come from its request.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) model: String,
    pub(super) previous: Option<String>,
    pub(super) metadata: Value,
}

/// Converts a turn to a response.
pub(super) fn response(head: &Head, turn: &Turn) -> Value {
    let status = match turn.state {
        TurnState::Waiting => "queued",
        TurnState::Working => "in_progress",
        TurnState::Answered | TurnState::Asks | TurnState::Finished => "completed",
        TurnState::Failed => "failed",
        TurnState::Cancelled => "cancelled",
    };
    let error = turn
        .error
        .as_ref()
        .filter(|_| turn.state == TurnState::Failed);
    let error = error.map(|error| json!({"code": "server_error", "message": error.in_words()}));
    let usage = turn.state.is_over().then(|| usage(turn.usage));
    let output = if turn.state.is_over() {
        items(head, turn)
    } else {
        Vec::new()
    };
    let created_at = turn.begun_at.as_ns() / 1_000_000_000;
    json!({
        "id": head.id,
        "object": "response",
        "created_at": created_at,
        "status": status,
        "background": false,
        "error": error,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "metadata": head.metadata,
        "model": head.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": head.previous,
        "reasoning": {"effort": null, "summary": null},
        "store": true,
        "temperature": null,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": null,
        "truncation": "disabled",
        "usage": usage,
    })
}

/// Returns the output items of a turn: its messages, then the requests that must be answered before
/// the conversation continues, or the outputs.
pub(super) fn items(head: &Head, turn: &Turn) -> Vec<Value> {
    let said = turn.answers().enumerate();
    let mut items: Vec<Value> = said
        .map(|(index, message)| message_item(head, index, &message.content))
        .collect();
    for item in last_items(turn) {
        let index = items.len();
        items.push(match item {
            LastItem::Words(text) => message_item(head, index, &text),
            LastItem::Call {
                call_id,
                name,
                arguments,
            } => call_item(head, index, (&call_id, &name, &arguments), "completed"),
        });
    }
    items
}

/// The last output item of a response, after the messages.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LastItem {
    /// A question or the outputs, as text.
    Words(String),
    /// A call of a tool that the client runs.
    Call {
        call_id: String,
        name: String,
        /// The arguments as a JSON object.
        arguments: String,
    },
}

/// Returns the output items that are only known at the end of the turn.
pub(super) fn last_items(turn: &Turn) -> Vec<LastItem> {
    let mut items = Vec::new();
    if turn.state == TurnState::Asks {
        let last = turn
            .answers()
            .last()
            .map(|message| message.content.as_str());
        for kind in turn.requests.values() {
            match kind {
                RequestKind::ToolResult {
                    tool,
                    call_id,
                    arguments,
                    ..
                } => items.push(LastItem::Call {
                    call_id: call_id.clone(),
                    name: tool.clone(),
                    arguments: arguments.to_string(),
                }),
                RequestKind::UserMessage { message, .. }
                    if message.is_empty() || last == Some(message) => {}
                kind => items.push(LastItem::Words(in_words(kind))),
            }
        }
    }
    if turn.state == TurnState::Finished && !turn.outputs.is_empty() {
        let mut outputs = turn.outputs.values();
        items.push(LastItem::Words(match (outputs.next(), outputs.next()) {
            (Some(Value::String(only)), None) => only.clone(),
            _ => Value::Object(turn.outputs.clone()).to_string(),
        }));
    }
    items
}

/// Returns the id of an output item.
pub(super) fn item_id(head: &Head, kind: &str, index: usize) -> String {
    let bare = head.id.strip_prefix("resp_").unwrap_or(&head.id);
    format!("{kind}_{bare}_{index}")
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

pub(super) fn message_item(head: &Head, index: usize, text: &str) -> Value {
    json!({
        "id": item_id(head, "msg", index), "type": "message", "status": "completed", "role": "assistant",
        "content": [text_part(text)],
    })
}

pub(super) fn call_item(
    head: &Head,
    index: usize,
    (call_id, name, arguments): (&str, &str, &str),
    status: &str,
) -> Value {
    json!({
        "id": item_id(head, "fc", index), "type": "function_call", "status": status, "call_id": call_id, "name": name,
        "arguments": arguments,
    })
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    })
}
