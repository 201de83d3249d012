//! The events that a server sends about a task while the agent is working.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::{or_default, text};
use super::object::Object;
use super::{Artifact, Message, Task, TaskStatus, Version};

/// An event of a stream, or the answer to a message that is not streamed: a task or a message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub enum StreamEvent {
    /// The task in its present state.
    Task(Task),
    /// An answer without a task.
    Message(Message),
    /// A new status of a task.
    Status(TaskStatusUpdate),
    /// An artifact, or further parts of one.
    Artifact(TaskArtifactUpdate),
}

/// A new status of a task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskStatusUpdate {
    /// The id of the task.
    pub task_id: String,
    /// The conversation of the task.
    #[serde(default, deserialize_with = "text")]
    pub context_id: Option<String>,
    /// The new status.
    pub status: TaskStatus,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// An artifact, or further parts of one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskArtifactUpdate {
    /// The id of the task.
    pub task_id: String,
    /// The conversation of the task.
    #[serde(default, deserialize_with = "text")]
    pub context_id: Option<String>,
    /// The artifact, or its further parts.
    pub artifact: Artifact,
    /// Whether the parts are appended to the artifact's present ones.
    #[serde(default, deserialize_with = "or_default")]
    pub append: bool,
    /// Whether the artifact is now complete.
    #[serde(default, deserialize_with = "or_default")]
    pub last_chunk: bool,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

impl StreamEvent {
    /// Converts the event to JSON: in a field named after its type (1.0), or with its type as
    /// `kind` (0.3).
    pub fn to_json(&self, version: Version) -> Value {
        let (name, written) = match self {
            Self::Task(task) => ("task", task.to_json(version)),
            Self::Message(message) => ("message", message.to_json(version)),
            Self::Status(update) => ("statusUpdate", update.to_json(version)),
            Self::Artifact(update) => ("artifactUpdate", update.to_json(version)),
        };
        match version {
            Version::V1_0 => Object::default().with(name, written).into(),
            Version::V0_3 => written,
        }
    }

    /// Returns the task of the event, if there is one.
    pub fn task_id(&self) -> Option<&str> {
        match self {
            Self::Task(task) => Some(&task.id),
            Self::Message(message) => message.task_id.as_deref(),
            Self::Status(update) => Some(&update.task_id),
            Self::Artifact(update) => Some(&update.task_id),
        }
    }

    /// Returns the conversation of the event, if it is given.
    pub fn context_id(&self) -> Option<&str> {
        match self {
            Self::Task(task) => task.context_id.as_deref(),
            Self::Message(message) => message.context_id.as_deref(),
            Self::Status(update) => update.context_id.as_deref(),
            Self::Artifact(update) => update.context_id.as_deref(),
        }
    }
}

impl TaskStatusUpdate {
    /// Converts the update to JSON. For version 0.3 it is marked as final if the stream ends.
    pub fn to_json(&self, version: Version) -> Value {
        let state = self.status.state;
        let (kind, is_final) = match version {
            Version::V1_0 => (None, None),
            Version::V0_3 => (
                Some("status-update"),
                Some(state.is_terminal() || state.is_interrupted()),
            ),
        };
        Object::default()
            .with_some("kind", kind)
            .with("taskId", self.task_id.as_str())
            .with_text("contextId", self.context_id.as_deref())
            .with("status", self.status.to_json(version))
            .with_some("final", is_final)
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl TaskArtifactUpdate {
    /// Converts the update to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let kind = (version == Version::V0_3).then_some("artifact-update");
        Object::default()
            .with_some("kind", kind)
            .with("taskId", self.task_id.as_str())
            .with_text("contextId", self.context_id.as_deref())
            .with("artifact", self.artifact.to_json(version))
            .with_flag("append", self.append)
            .with_flag("lastChunk", self.last_chunk)
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl Task {
    /// Applies a status update to this task. The message of a status is moved to the history when
    /// the next status arrives, as the specification requires.
    pub fn apply_status(&mut self, update: TaskStatusUpdate) {
        let before = std::mem::replace(&mut self.status, update.status);
        if let Some(earlier) = before.message {
            let is_known = |known: &Message| {
                !earlier.message_id.is_empty() && known.message_id == earlier.message_id
            };
            let current = self.status.message.as_ref();
            if !current.into_iter().chain(&self.history).any(is_known) {
                self.history.push(earlier);
            }
        }
        self.context_id = self.context_id.take().or(update.context_id);
        self.metadata.extend(update.metadata);
    }

    /// Applies an artifact, or further parts of one, to this task.
    pub fn apply_artifact(&mut self, update: TaskArtifactUpdate) {
        let artifact = update.artifact;
        let known =
            (self.artifacts.iter_mut()).find(|known| known.artifact_id == artifact.artifact_id);
        match known {
            Some(known) if update.append => {
                known.parts.extend(artifact.parts);
                known.metadata.extend(artifact.metadata);
            }
            Some(known) => *known = artifact,
            None => self.artifacts.push(artifact),
        }
    }
}

/// Parses an event by its only field (1.0), by its kind (0.3), or, if a peer leaves both out, by a
/// field that only such an object has.
impl TryFrom<Map<String, Value>> for StreamEvent {
    type Error = String;

    fn try_from(mut wire: Map<String, Value>) -> Result<Self, String> {
        let kind = wire.get("kind").and_then(Value::as_str);
        let bare = match kind {
            Some("task") => Some("task"),
            Some("message") => Some("message"),
            Some("status-update") => Some("statusUpdate"),
            Some("artifact-update") => Some("artifactUpdate"),
            _ if wire.contains_key("artifact") => Some("artifactUpdate"),
            _ if wire.contains_key("status") && wire.contains_key("taskId") => Some("statusUpdate"),
            _ if wire.contains_key("status") => Some("task"),
            _ if wire.contains_key("parts") => Some("message"),
            _ => None,
        };
        let (name, body) = match bare {
            Some(name) => (name, Value::Object(wire)),
            None => ["task", "message", "statusUpdate", "artifactUpdate"]
                .into_iter()
                .find_map(|name| Some((name, wire.shift_remove(name)?)))
                .ok_or("it is neither a task nor a message nor an update of a task")?,
        };
        match name {
            "task" => serde_json::from_value(body).map(Self::Task),
            "message" => serde_json::from_value(body).map(Self::Message),
            "statusUpdate" => serde_json::from_value(body).map(Self::Status),
            _ => serde_json::from_value(body).map(Self::Artifact),
        }
        .map_err(|error| format!("it can't be read as {name}: {error}"))
    }
}
