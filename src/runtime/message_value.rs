//! Messages in the form in which WayFlow's templates and nodes read them.

use serde_json::{Value, json};

use crate::conversation::{Message, Role};

/// Returns WayFlow's name for the type of a message.
pub(super) fn kind_of(message: &Message) -> &'static str {
    match (message.role, &message.tool_result) {
        (_, Some(_)) => "TOOL_RESULT",
        (Role::User, None) => "USER",
        (Role::System, None) => "SYSTEM",
        (Role::Agent, None) if message.tool_calls.is_empty() => "AGENT",
        (Role::Agent, None) => "TOOL_REQUEST",
    }
}

/// Returns a message as an object with `message_type` and `content`.
pub(super) fn as_value(message: &Message) -> Value {
    let result = message.tool_result.as_ref();
    let content = result.map_or(message.content.as_str(), |result| result.content.as_str());
    json!({"message_type": kind_of(message), "content": content})
}
