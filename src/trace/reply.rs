//! The answers of a person.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::conversation::{Image, Values};
use crate::trace::{ClientMessage, RequestKind};

/// A person's answer to a request of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A message of the user.
    Message {
        /// The text of the message.
        text: String,
        /// The pictures with the message.
        images: Vec<Image>,
    },
    /// The result of a tool that a person or client carries out.
    ToolResult(Value),
    /// Permission: the tool may be called, with these arguments in place of the model's where
    /// given.
    Confirm {
        /// Replaces the model's arguments of the same names; none keeps them all.
        arguments: Option<Values>,
    },
    /// Refusal: the tool is not called.
    Reject {
        /// The reason, which the model gets.
        reason: Option<String>,
    },
}

/// A reply, and the message that brought it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The message, where a client of a served spec sent one with a name.
    pub client_message: Option<Box<ClientMessage>>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            client_message: None,
        }
    }
}

impl Reply {
    /// A message of plain text.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message {
            text: text.into(),
            images: Vec::new(),
        }
    }

    /// Whether the reply is of the kind that the request asks for.
    pub const fn answers(&self, request: &RequestKind) -> bool {
        match request {
            RequestKind::UserMessage { .. } => matches!(self, Self::Message { .. }),
            RequestKind::ToolResult { .. } => matches!(self, Self::ToolResult(_)),
            RequestKind::CallInDoubt { .. } => match self {
                Self::ToolResult(_) | Self::Reject { .. } => true,
                // It is made again as it was.
                Self::Confirm { arguments } => arguments.is_none(),
                Self::Message { .. } => false,
            },
            RequestKind::ToolConfirmation { .. }
            | RequestKind::Authorization { .. }
            | RequestKind::Elicitation { .. } => {
                matches!(self, Self::Confirm { .. } | Self::Reject { .. })
            }
        }
    }

    /// The reply as `content` of a `HumanInTheLoopResponse`: `{"message": …}` (with `pictures` in words, if there are any), `{"result": …}`,
    /// `{"confirmed": true, "arguments": …}` or `{"confirmed": false, "reason": …}`.
    pub fn to_content(&self) -> Value {
        match self {
            Self::Message { text, images } if images.is_empty() => json!({ "message": text }),
            Self::Message { text, images } => {
                let pictures: Vec<String> = images.iter().map(Image::in_words).collect();
                json!({ "message": text, "pictures": pictures })
            }
            Self::ToolResult(value) => json!({ "result": value }),
            Self::Confirm { arguments: None } => json!({ "confirmed": true }),
            Self::Confirm {
                arguments: Some(arguments),
            } => json!({ "confirmed": true, "arguments": arguments }),
            Self::Reject { reason } => json!({ "confirmed": false, "reason": reason }),
        }
    }
}
