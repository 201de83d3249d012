//! Tasks: the work of an agent on one or more messages, and its results.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::lenient::{moment, or_default, text};
use super::object::{Object, texts};
use super::{Message, Part, Version};
use crate::base::clock::Timestamp;

/// The state of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// No state, or one that neither version defines.
    #[default]
    Unknown,
    /// The agent has received the task.
    Submitted,
    /// The agent is working on the task.
    Working,
    /// The agent waits for a message of the client. Some agents end each turn of a conversation in
    /// this state.
    InputRequired,
    /// The agent waits for the client to be authorised, outside of the protocol.
    AuthRequired,
    /// The task has ended successfully.
    Completed,
    /// The task has failed.
    Failed,
    /// The task was cancelled by the client.
    Canceled,
    /// The agent has rejected the task.
    Rejected,
}

impl TaskState {
    /// Every state that has a name.
    const NAMES: [(Self, &str, &str); 9] = [
        (Self::Unknown, "TASK_STATE_UNSPECIFIED", "unknown"),
        (Self::Submitted, "TASK_STATE_SUBMITTED", "submitted"),
        (Self::Working, "TASK_STATE_WORKING", "working"),
        (
            Self::InputRequired,
            "TASK_STATE_INPUT_REQUIRED",
            "input-required",
        ),
        (
            Self::AuthRequired,
            "TASK_STATE_AUTH_REQUIRED",
            "auth-required",
        ),
        (Self::Completed, "TASK_STATE_COMPLETED", "completed"),
        (Self::Failed, "TASK_STATE_FAILED", "failed"),
        (Self::Canceled, "TASK_STATE_CANCELED", "canceled"),
        (Self::Rejected, "TASK_STATE_REJECTED", "rejected"),
    ];

    /// Returns the state's name in a version.
    pub fn name(self, version: Version) -> &'static str {
        let names = Self::NAMES.iter().find(|(state, ..)| *state == self);
        names.map_or("", |(_, new, old)| match version {
            Version::V1_0 => new,
            Version::V0_3 => old,
        })
    }

    /// Returns the state with this name in either version.
    pub fn named(text: &str) -> Self {
        Self::NAMES
            .iter()
            .find(|(_, new, old)| [*new, *old].contains(&text))
            .map_or(Self::Unknown, |(state, ..)| *state)
    }

    /// Whether the state is final.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Canceled | Self::Rejected
        )
    }

    /// Whether the task waits for its client.
    pub const fn is_interrupted(self) -> bool {
        matches!(self, Self::InputRequired | Self::AuthRequired)
    }
}

impl<'de> Deserialize<'de> for TaskState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::named(&String::deserialize(deserializer)?))
    }
}

/// The state of a task, and the agent's message about it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct TaskStatus {
    /// The state.
    #[serde(default, deserialize_with = "or_default")]
    pub state: TaskState,
    /// The agent's message: a question, an answer, the reason for a failure.
    pub message: Option<Message>,
    /// The time when the task entered the state.
    #[serde(default, deserialize_with = "moment")]
    pub timestamp: Option<Timestamp>,
}

impl TaskStatus {
    /// Makes a status without a message.
    pub const fn new(state: TaskState, at: Timestamp) -> Self {
        Self {
            state,
            message: None,
            timestamp: Some(at),
        }
    }

    /// Converts the status to JSON. The time is in UTC, with its zone.
    pub fn to_json(&self, version: Version) -> Value {
        let message = self.message.as_ref();
        Object::default()
            .with("state", self.state.name(version))
            .with_some("message", message.map(|message| message.to_json(version)))
            .with_some("timestamp", self.timestamp.map(Timestamp::to_rfc3339))
            .into()
    }
}

/// A result that an agent made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// The id, unique within the task.
    pub artifact_id: String,
    /// The display name.
    #[serde(default, deserialize_with = "text")]
    pub name: Option<String>,
    /// A description of the artifact, for people.
    #[serde(default, deserialize_with = "text")]
    pub description: Option<String>,
    /// The parts of the artifact, in order.
    #[serde(default, deserialize_with = "or_default")]
    pub parts: Vec<Part>,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
    /// The URIs of the extensions that contributed to the artifact.
    #[serde(default, deserialize_with = "or_default")]
    pub extensions: Vec<String>,
}

impl Artifact {
    /// Makes an artifact of parts.
    pub fn new(artifact_id: impl Into<String>, parts: Vec<Part>) -> Self {
        Self {
            artifact_id: artifact_id.into(),
            name: None,
            description: None,
            parts,
            metadata: Map::new(),
            extensions: Vec::new(),
        }
    }

    /// Converts the artifact to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| part.to_json(version))
            .collect();
        Object::default()
            .with("artifactId", self.artifact_id.as_str())
            .with_text("name", self.name.as_deref())
            .with_text("description", self.description.as_deref())
            .with("parts", parts)
            .with_map("metadata", &self.metadata)
            .with_list("extensions", texts(&self.extensions))
            .into()
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The id that the server gave the task.
    pub id: String,
    /// The conversation of the task.
    #[serde(default, deserialize_with = "text")]
    pub context_id: Option<String>,
    /// The state of the task.
    pub status: TaskStatus,
    /// The artifacts in order.
    #[serde(default, deserialize_with = "or_default")]
    pub artifacts: Vec<Artifact>,
    /// The messages in order. Servers differ in whether the message of the status is included.
    #[serde(default, deserialize_with = "or_default")]
    pub history: Vec<Message>,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

impl Task {
    /// Makes a task without artifacts and history.
    pub fn new(id: impl Into<String>, context_id: impl Into<String>, status: TaskStatus) -> Self {
        Self {
            id: id.into(),
            context_id: Some(context_id.into()),
            status,
            artifacts: Vec::new(),
            history: Vec::new(),
            metadata: Map::new(),
        }
    }

    /// Converts the task to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let kind = (version == Version::V0_3).then_some("task");
        let artifacts = self.artifacts.iter().map(|made| made.to_json(version));
        let history = self.history.iter().map(|said| said.to_json(version));
        Object::default()
            .with_some("kind", kind)
            .with("id", self.id.as_str())
            .with_text("contextId", self.context_id.as_deref())
            .with("status", self.status.to_json(version))
            .with_list("artifacts", artifacts.collect())
            .with_list("history", history.collect())
            .with_map("metadata", &self.metadata)
            .into()
    }
}
