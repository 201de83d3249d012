//! The body of a request, serialized directly from the conversation without an intermediate tree,
//! because a conversation is long and sent with each turn.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use crate::base::hash::IndexMap;
use crate::conversation::{Message, Role, ToolCall, ToolDeclaration};
use crate::llm::dialect::{Dialect, Feature};
use crate::llm::wire::{Ask, arguments_text, foreign_fields};

/// The fields of a request, in order.
#[derive(Default)]
pub(super) struct Body<'a>(IndexMap<&'a str, Field<'a>>);

/// The value of a field of a request.
pub(super) enum Field<'a> {
    Text(&'a str),
    Given(&'a Value),
    Made(Value),
    /// The messages of a request.
    Messages(&'a Ask<'a>),
    Tools(&'a [ToolDeclaration]),
}

impl<'a> Body<'a> {
    /// Sets a field; an existing field keeps its position.
    pub(super) fn set(&mut self, name: &'a str, field: Field<'a>) {
        self.0.insert(name, field);
    }
}

impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Texts and values can always be written.
        f.write_str(&serde_json::to_string(&self.0).map_err(|_unwritable| fmt::Error)?)
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Given(value) => value.serialize(serializer),
            Self::Made(value) => value.serialize(serializer),
            Self::Tools(tools) => serializer.collect_seq(tools.iter().map(Tool)),
            Self::Messages(ask) => {
                let messages = &ask.request.messages;
                let own = messages
                    .iter()
                    .map(|message| Turn::Said(message, ask.dialect));
                // Servers that insist on a user's turn refuse a conversation of nothing but instructions.
                let has_turn = messages.iter().any(|message| message.role != Role::System);
                let begin = (!has_turn).then_some(Turn::Begin);
                serializer.collect_seq(own.chain(begin))
            }
        }
    }
}

/// A message.
enum Turn<'a> {
    Said(&'a Message, Dialect),
    /// The user message that begins a conversation without one.
    Begin,
}

impl Serialize for Turn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_map(None)?;
        match self {
            Self::Begin => {
                written.serialize_entry("role", "user")?;
                written.serialize_entry("content", "Begin.")?;
            }
            Self::Said(message, dialect) => write(message, *dialect, &mut written)?,
        }
        written.end()
    }
}

fn write<M: SerializeMap>(
    message: &Message,
    dialect: Dialect,
    written: &mut M,
) -> Result<(), M::Error> {
    if let Some(result) = &message.tool_result {
        written.serialize_entry("role", "tool")?;
        written.serialize_entry("tool_call_id", &result.call_id)?;
        return written.serialize_entry("content", &result.content);
    }
    match message.role {
        Role::System => {
            written.serialize_entry("role", "system")?;
            written.serialize_entry("content", &message.content)
        }
        Role::User => {
            written.serialize_entry("role", "user")?;
            if message.images.is_empty() {
                written.serialize_entry("content", &message.content)
            } else {
                written.serialize_entry("content", &parts(message))
            }
        }
        Role::Agent => {
            written.serialize_entry("role", "assistant")?;
            written.serialize_entry("content", &message.content)?;
            if !message.tool_calls.is_empty() {
                let calls: Vec<Call<'_>> = message.tool_calls.iter().map(Call).collect();
                written.serialize_entry("tool_calls", &calls)?;
            }
            write_reasoning(message, dialect, written)
        }
    }
}

/// Returns the parts of a message with images.
fn parts(message: &Message) -> Value {
    let text = json!({"type": "text", "text": message.content});
    let images = message
        .images
        .iter()
        .map(|image| json!({"type": "image_url", "image_url": {"url": image.data_url()}}));
    std::iter::once(text).chain(images).collect()
}

/// Writes the reasoning of an earlier message: its details if there are any, its text only for a
/// model that requires it.
fn write_reasoning<M: SerializeMap>(
    message: &Message,
    dialect: Dialect,
    written: &mut M,
) -> Result<(), M::Error> {
    if dialect.lacks(Feature::Reasoning) {
        return Ok(());
    }
    let kept = |name: &str| message.extra.as_ref().and_then(|extra| extra.get(name));
    if let Some(details) = kept("reasoning_details") {
        written.serialize_entry("reasoning_details", details)?;
    }
    if dialect.wants_reasoning {
        let text = kept("reasoning_content").or(kept("reasoning"));
        // Such models refuse a message without it, and an empty one too.
        match text {
            Some(text) => written.serialize_entry("reasoning_content", text)?,
            None => written.serialize_entry("reasoning_content", " ")?,
        }
    }
    Ok(())
}

/// A tool call of the model.
struct Call<'a>(&'a ToolCall);

impl Serialize for Call<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(call) = self;
        let mut written = serializer.serialize_map(None)?;
        for (name, value) in foreign_fields(call) {
            if !["id", "type", "function"].contains(&name.as_str()) {
                written.serialize_entry(&name, &value)?;
            }
        }
        written.serialize_entry("id", &call.id)?;
        written.serialize_entry("type", "function")?;
        let arguments = arguments_text(&call.arguments);
        let function = [("name", call.name.as_str()), ("arguments", &arguments)];
        written.serialize_entry("function", &Fields(&function))?;
        written.end()
    }
}

/// An object with string values.
struct Fields<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// An available tool.
struct Tool<'a>(&'a ToolDeclaration);

impl Serialize for Tool<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = serializer.serialize_map(Some(2))?;
        written.serialize_entry("type", "function")?;
        // It has the fields that the protocol wants, in its order.
        written.serialize_entry("function", self.0)?;
        written.end()
    }
}
