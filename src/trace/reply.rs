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
    /// The result of a tool that a person or client executes.
    ToolResult(Value),
    /// Permission to call the tool, with other arguments if given.
    Confirm {
        /// The arguments to change, by name; `None` keeps all.
        arguments: Option<Values>,
    },
    /// Refusal to call the tool.
    Reject {
        /// The reason, which is sent to the model.
        reason: Option<String>,
    },
}

/// A reply, with the message that contained it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The message, if it came with an id from a client of a served spec.
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
    /// Makes a reply that is a message of plain text.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message {
            text: text.into(),
            images: Vec::new(),
        }
    }

    /// Returns whether the reply is of the kind that the request needs.
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

    /// Returns the reply as the `content` of a `HumanInTheLoopResponse`: `{"message": …}` (with
    /// descriptions of the images as `pictures`, if there are any), `{"result": …}`, `{"confirmed":
    /// true, "arguments": …}` or `{"confirmed": false, "reason": …}`.
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
