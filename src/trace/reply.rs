//! What a person answers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::conversation::Values;
use crate::trace::RequestKind;

/// A person's answer to a request of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// A message of the user.
    Message(String),
    /// The result of a tool that a person or client carries out.
    ToolResult(Value),
    /// Yes: the tool may be called, with these arguments in place of the model's where given.
    Confirm {
        /// Replaces the model's arguments of the same names; none keeps them all.
        arguments: Option<Values>,
    },
    /// No: the tool is not called.
    Reject {
        /// Why; the model is told.
        reason: Option<String>,
    },
}

impl Reply {
    /// Whether the reply is of the kind that the request asks for.
    pub const fn answers(&self, request: &RequestKind) -> bool {
        match request {
            RequestKind::UserMessage { .. } => matches!(self, Self::Message(_)),
            RequestKind::ToolResult { .. } => matches!(self, Self::ToolResult(_)),
            RequestKind::ToolConfirmation { .. } | RequestKind::Authorization { .. } => {
                matches!(self, Self::Confirm { .. } | Self::Reject { .. })
            }
        }
    }

    /// The reply as `content` of a `HumanInTheLoopResponse`: `{"message": …}`, `{"result": …}`,
    /// `{"confirmed": true, "arguments": …}` or `{"confirmed": false, "reason": …}`.
    pub fn to_content(&self) -> Value {
        match self {
            Self::Message(text) => json!({ "message": text }),
            Self::ToolResult(value) => json!({ "result": value }),
            Self::Confirm { arguments: None } => json!({ "confirmed": true }),
            Self::Confirm {
                arguments: Some(arguments),
            } => json!({ "confirmed": true, "arguments": arguments }),
            Self::Reject { reason } => json!({ "confirmed": false, "reason": reason }),
        }
    }
}
