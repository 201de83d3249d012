//! Messages to a remote agent and its answers, in the form in which they are recorded.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversation::Values;

/// A message to a remote agent, with its position in the conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteTurn {
    /// The parts of the message, in the format of version 1.0 of the protocol.
    pub parts: Vec<Value>,
    /// The state of the conversation before the message.
    #[serde(default)]
    pub thread: RemoteThread,
}

/// The state of a conversation with a remote agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteThread {
    /// The agent's id for the conversation; `None` before the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The task that waits for the next message; `None` if that message begins a new task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Whether the task waits for an authorization outside of the protocol, instead of a message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_authorization: bool,
    /// The parts that the task has already returned: ids of messages and artifacts, and the time of
    /// the status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<String>,
}

/// An answer of a remote agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteAnswer {
    /// The text, with a line for each file.
    pub text: String,
    /// The state of the task, named as in version 0.3 of the protocol; `message` if the agent
    /// answered without a task.
    pub state: String,
    /// The structured data in the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<Value>,
    /// The files in the answer, in the format of version 1.0 of the protocol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Value>,
    /// The state of the conversation after the answer.
    #[serde(default)]
    pub thread: RemoteThread,
}

impl RemoteTurn {
    /// Converts the turn to the arguments of a call.
    pub(crate) fn into_arguments(self) -> Values {
        match serde_json::to_value(self) {
            Ok(Value::Object(arguments)) => arguments,
            // A struct is written as an object.
            Ok(_) | Err(_) => Values::new(),
        }
    }

    /// Reads a turn from the arguments of a call.
    pub(in crate::tools) fn of(arguments: &Values) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Value::Object(arguments.clone()))
    }
}

impl RemoteAnswer {
    /// The state of an answer without a task.
    pub(crate) const MESSAGE: &str = "message";

    /// Reads an answer from the result of a call. If a person gave the result instead, it becomes
    /// the text.
    pub(crate) fn of(result: Value, thread: &RemoteThread) -> Self {
        match serde_json::from_value(result.clone()) {
            Ok(answer) => answer,
            Err(_a_persons) => Self {
                text: match result {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
                state: Self::MESSAGE.to_owned(),
                thread: RemoteThread {
                    context: thread.context.clone(),
                    ..RemoteThread::default()
                },
                ..Self::default()
            },
        }
    }
}
