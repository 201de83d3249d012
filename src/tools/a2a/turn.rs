//! Messages to a remote agent and its answers, as they are recorded.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conversation::Values;

/// A message to a remote agent, and where in its conversation it is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteTurn {
    /// The parts of the message, in the words of version 1.0 of the protocol.
    pub parts: Vec<Value>,
    /// Where the conversation was left.
    #[serde(default)]
    pub thread: RemoteThread,
}

/// Where a conversation with a remote agent was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteThread {
    /// The agent's name for the conversation; none before it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The task that waits for the next message; none if that begins a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The task waits for an authorization outside of the protocol, and not for words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_authorization: bool,
    /// The parts that the task brought before: its messages and artifacts by their ids, and the
    /// time of its status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<String>,
}

/// An answer of a remote agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RemoteAnswer {
    /// Its words, and a line for each file.
    pub text: String,
    /// The state of its task in the words of version 0.3 of the protocol; `message` if it answered without a task.
    pub state: String,
    /// Values that it gave beside its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<Value>,
    /// Files that it gave, in the words of version 1.0 of the protocol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Value>,
    /// Where the conversation is left.
    #[serde(default)]
    pub thread: RemoteThread,
}

impl RemoteTurn {
    /// The turn as the arguments of a call.
    pub(crate) fn into_arguments(self) -> Values {
        match serde_json::to_value(self) {
            Ok(Value::Object(arguments)) => arguments,
            // A struct is written as an object.
            Ok(_) | Err(_) => Values::new(),
        }
    }

    /// The turn that such arguments are.
    pub(in crate::tools) fn of(arguments: &Values) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Value::Object(arguments.clone()))
    }
}

impl RemoteAnswer {
    /// The state of an answer without a task.
    pub(crate) const MESSAGE: &str = "message";

    /// The answer that the result of a call is. What a person gave in its place is its words.
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
