//! Messages between a client and an agent.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::lenient::{or_default, text};
use super::object::{Object, texts};
use super::{Part, Version};

/// The speaker of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client, or the person who uses it.
    User,
    /// The agent.
    Agent,
}

impl Role {
    /// Returns the role's name in a version.
    pub const fn name(self, version: Version) -> &'static str {
        match (version, self) {
            (Version::V1_0, Self::User) => "ROLE_USER",
            (Version::V1_0, Self::Agent) => "ROLE_AGENT",
            (Version::V0_3, Self::User) => "user",
            (Version::V0_3, Self::Agent) => "agent",
        }
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "ROLE_USER" | "user" => Ok(Self::User),
            "ROLE_AGENT" | "agent" => Ok(Self::Agent),
            other => Err(serde::de::Error::custom(format!(
                "the role of a message is `{other}`, neither user nor agent"
            ))),
        }
    }
}

/// A message of A2A.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id, unique among those of the sender; empty if there is none.
    #[serde(default, deserialize_with = "or_default")]
    pub message_id: String,
    /// The conversation of the message.
    #[serde(default, deserialize_with = "text")]
    pub context_id: Option<String>,
    /// The task of the message.
    #[serde(default, deserialize_with = "text")]
    pub task_id: Option<String>,
    /// The speaker.
    pub role: Role,
    /// The parts of the message, in order.
    pub parts: Vec<Part>,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
    /// The URIs of the extensions that contributed to the message.
    #[serde(default, deserialize_with = "or_default")]
    pub extensions: Vec<String>,
    /// Other tasks to which the message refers.
    #[serde(default, deserialize_with = "or_default")]
    pub reference_task_ids: Vec<String>,
}

impl Message {
    /// Makes a message of parts that belongs to no task yet.
    pub fn new(message_id: impl Into<String>, role: Role, parts: Vec<Part>) -> Self {
        Self {
            message_id: message_id.into(),
            context_id: None,
            task_id: None,
            role,
            parts,
            metadata: Map::new(),
            extensions: Vec::new(),
            reference_task_ids: Vec::new(),
        }
    }

    /// Converts the message to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        let kind = (version == Version::V0_3).then_some("message");
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| part.to_json(version))
            .collect();
        Object::default()
            .with_some("kind", kind)
            .with("messageId", self.message_id.as_str())
            .with_text("contextId", self.context_id.as_deref())
            .with_text("taskId", self.task_id.as_deref())
            .with("role", self.role.name(version))
            .with("parts", parts)
            .with_map("metadata", &self.metadata)
            .with_list("extensions", texts(&self.extensions))
            .with_list("referenceTaskIds", texts(&self.reference_task_ids))
            .into()
    }
}
