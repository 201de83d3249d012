//! The requests of A2A clients.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::{moment, or_default, text};
use super::object::{Object, texts};
use super::{Message, Task, TaskState, Version};
use crate::base::clock::Timestamp;

/// Sends a message to an agent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessageRequest {
    /// The interface's tenant, where it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The message.
    pub message: Message,
    /// How it is to be answered.
    #[serde(default, deserialize_with = "or_default")]
    pub configuration: SendMessageConfiguration,
    /// Members that the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// How a message is to be answered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "WireConfiguration")]
pub struct SendMessageConfiguration {
    /// Media types that the client takes; any if there are none.
    pub accepted_output_modes: Vec<String>,
    /// How many messages of the history the answer may have, the newest ones; all if it is not said.
    pub history_length: Option<u32>,
    /// The answer comes as soon as there is a task, not when it is over or waits.
    pub return_immediately: bool,
    /// The client wants to be called, in the words of its version.
    pub push_notification: Option<Value>,
}

/// Reads a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetTaskRequest {
    /// The interface's tenant, where it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The task.
    pub id: String,
    /// How many messages of the history the answer may have, the newest ones; all if it is not said.
    pub history_length: Option<u32>,
}

/// Ends a task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CancelTaskRequest {
    /// The interface's tenant, where it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The task.
    pub id: String,
    /// Members that the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// Streams what comes of a task from now on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SubscribeToTaskRequest {
    /// The interface's tenant, where it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The task.
    pub id: String,
}

/// Lists tasks, those that changed last first. Version 1.0 alone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListTasksRequest {
    /// The interface's tenant, where it has one.
    #[serde(deserialize_with = "text")]
    pub tenant: Option<String>,
    /// Lists tasks of this conversation alone.
    #[serde(deserialize_with = "text")]
    pub context_id: Option<String>,
    /// Lists tasks in this state alone; [`TaskState::Unknown`] is any.
    #[serde(deserialize_with = "or_default")]
    pub status: TaskState,
    /// At most so many.
    pub page_size: Option<u32>,
    /// Lists the tasks after an earlier answer, by its [`ListTasksResponse::next_page_token`].
    #[serde(deserialize_with = "text")]
    pub page_token: Option<String>,
    /// How many messages of the history each task may have.
    pub history_length: Option<u32>,
    /// Lists tasks that changed at this moment or after it.
    #[serde(alias = "lastUpdatedAfter", deserialize_with = "moment")]
    pub status_timestamp_after: Option<Timestamp>,
    /// Whether the tasks have their artifacts.
    #[serde(deserialize_with = "or_default")]
    pub include_artifacts: bool,
}

/// A page of tasks. Version 1.0 alone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListTasksResponse {
    /// The tasks.
    #[serde(deserialize_with = "or_default")]
    pub tasks: Vec<Task>,
    /// The token with which the next page is asked for; none after the last.
    #[serde(deserialize_with = "text")]
    pub next_page_token: Option<String>,
    /// How many tasks a page has at most.
    #[serde(deserialize_with = "or_default")]
    pub page_size: u32,
    /// How many tasks there are in all.
    #[serde(deserialize_with = "or_default")]
    pub total_size: u32,
}

impl SendMessageRequest {
    /// A request with a message and how it is to be answered.
    pub fn new(message: Message, configuration: SendMessageConfiguration) -> Self {
        Self {
            tenant: None,
            message,
            configuration,
            metadata: Map::new(),
        }
    }

    /// The request as JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("message", self.message.to_json(version))
            .with("configuration", self.configuration.to_json(version))
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl SendMessageConfiguration {
    /// The configuration as JSON. The accepted modes are there even if there are none: WayFlow 26.3.1 fails without them.
    pub fn to_json(&self, version: Version) -> Value {
        let object =
            Object::default().with("acceptedOutputModes", texts(&self.accepted_output_modes));
        let (push, object) = match version {
            Version::V1_0 => (
                "taskPushNotificationConfig",
                object.with("returnImmediately", self.return_immediately),
            ),
            Version::V0_3 => (
                "pushNotificationConfig",
                object.with("blocking", !self.return_immediately),
            ),
        };
        object
            .with_some("historyLength", self.history_length)
            .with_some(push, self.push_notification.clone())
            .into()
    }
}

impl GetTaskRequest {
    /// The request as JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .with_some("historyLength", self.history_length)
            .into()
    }
}

impl CancelTaskRequest {
    /// The request as JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl SubscribeToTaskRequest {
    /// The request as JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .into()
    }
}

impl ListTasksRequest {
    /// The request as JSON, in version 1.0.
    pub fn to_json(&self) -> Value {
        let status = (self.status != TaskState::Unknown).then(|| self.status.name(Version::V1_0));
        let after = self.status_timestamp_after.map(Timestamp::to_rfc3339);
        tenant(self.tenant.as_deref(), Version::V1_0)
            .with_text("contextId", self.context_id.as_deref())
            .with_some("status", status)
            .with_some("pageSize", self.page_size)
            .with_text("pageToken", self.page_token.as_deref())
            .with_some("historyLength", self.history_length)
            .with_some("statusTimestampAfter", after)
            .with_flag("includeArtifacts", self.include_artifacts)
            .into()
    }
}

impl ListTasksResponse {
    /// The page as JSON, in version 1.0.
    pub fn to_json(&self) -> Value {
        let tasks: Vec<_> = (self.tasks.iter())
            .map(|task| task.to_json(Version::V1_0))
            .collect();
        Object::default()
            .with("tasks", tasks)
            .with(
                "nextPageToken",
                self.next_page_token.as_deref().unwrap_or_default(),
            )
            .with("pageSize", self.page_size)
            .with("totalSize", self.total_size)
            .into()
    }
}

/// The beginning of a request: its tenant, which version 0.3 does not have.
fn tenant(tenant: Option<&str>, version: Version) -> Object {
    Object::default().with_text("tenant", tenant.filter(|_| version == Version::V1_0))
}

/// A configuration as either version writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConfiguration {
    #[serde(default, deserialize_with = "or_default")]
    accepted_output_modes: Vec<String>,
    history_length: Option<u32>,
    return_immediately: Option<bool>,
    blocking: Option<bool>,
    #[serde(alias = "taskPushNotificationConfig")]
    push_notification_config: Option<Value>,
}

impl From<WireConfiguration> for SendMessageConfiguration {
    fn from(wire: WireConfiguration) -> Self {
        Self {
            accepted_output_modes: wire.accepted_output_modes,
            history_length: wire.history_length,
            // Both versions wait unless the request says otherwise.
            return_immediately: wire
                .return_immediately
                .unwrap_or(!wire.blocking.unwrap_or(true)),
            push_notification: wire.push_notification_config,
        }
    }
}
