//! The requests of A2A clients.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::{moment, or_default, text};
use super::object::{Object, texts};
use super::{Message, Task, TaskState, Version};
use crate::base::clock::Timestamp;

/// A request to send a message to an agent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessageRequest {
    /// The tenant of the interface, if it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The message.
    pub message: Message,
    /// The settings for the answer.
    #[serde(default, deserialize_with = "or_default")]
    pub configuration: SendMessageConfiguration,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// The settings for the answer to a message.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "WireConfiguration")]
pub struct SendMessageConfiguration {
    /// The media types that the client accepts; empty for any.
    pub accepted_output_modes: Vec<String>,
    /// The maximum number of history messages in the answer, the newest ones; all if missing.
    pub history_length: Option<u32>,
    /// Whether the answer is sent as soon as there is a task, instead of when the task has ended or
    /// waits.
    pub return_immediately: bool,
    /// The client's request for push notifications, in the form of its version.
    pub push_notification: Option<Value>,
}

/// A request to read a task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetTaskRequest {
    /// The tenant of the interface, if it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The id of the task.
    pub id: String,
    /// The maximum number of history messages in the answer, the newest ones; all if missing.
    pub history_length: Option<u32>,
}

/// A request to cancel a task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CancelTaskRequest {
    /// The tenant of the interface, if it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The id of the task.
    pub id: String,
    /// Custom fields, which the protocol leaves to its users.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
}

/// A request to stream the events of a task from now on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SubscribeToTaskRequest {
    /// The tenant of the interface, if it has one.
    #[serde(default, deserialize_with = "text")]
    pub tenant: Option<String>,
    /// The id of the task.
    pub id: String,
}

/// A request to list tasks, the most recently changed first. Only in version 1.0.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListTasksRequest {
    /// The tenant of the interface, if it has one.
    #[serde(deserialize_with = "text")]
    pub tenant: Option<String>,
    /// Only tasks of this conversation are listed.
    #[serde(deserialize_with = "text")]
    pub context_id: Option<String>,
    /// Only tasks in this state are listed; [`TaskState::Unknown`] is any.
    #[serde(deserialize_with = "or_default")]
    pub status: TaskState,
    /// The maximum number of tasks.
    pub page_size: Option<u32>,
    /// The position after an earlier answer: its [`ListTasksResponse::next_page_token`].
    #[serde(deserialize_with = "text")]
    pub page_token: Option<String>,
    /// The maximum number of history messages of each task.
    pub history_length: Option<u32>,
    /// Only tasks that changed at this time or later are listed.
    #[serde(alias = "lastUpdatedAfter", deserialize_with = "moment")]
    pub status_timestamp_after: Option<Timestamp>,
    /// Whether the artifacts of the tasks are included.
    #[serde(deserialize_with = "or_default")]
    pub include_artifacts: bool,
}

/// A page of tasks. Only in version 1.0.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListTasksResponse {
    /// The tasks.
    #[serde(deserialize_with = "or_default")]
    pub tasks: Vec<Task>,
    /// The token for requesting the next page; `None` on the last page.
    #[serde(deserialize_with = "text")]
    pub next_page_token: Option<String>,
    /// The maximum number of tasks on a page.
    #[serde(deserialize_with = "or_default")]
    pub page_size: u32,
    /// The total number of tasks.
    #[serde(deserialize_with = "or_default")]
    pub total_size: u32,
}

impl SendMessageRequest {
    /// Makes a request with a message and the settings for its answer.
    pub fn new(message: Message, configuration: SendMessageConfiguration) -> Self {
        Self {
            tenant: None,
            message,
            configuration,
            metadata: Map::new(),
        }
    }

    /// Converts the request to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("message", self.message.to_json(version))
            .with("configuration", self.configuration.to_json(version))
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl SendMessageConfiguration {
    /// Converts the configuration to JSON. The accepted modes are included even if they are empty,
    /// because WayFlow 26.3.1 fails without them.
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
    /// Converts the request to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .with_some("historyLength", self.history_length)
            .into()
    }
}

impl CancelTaskRequest {
    /// Converts the request to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .with_map("metadata", &self.metadata)
            .into()
    }
}

impl SubscribeToTaskRequest {
    /// Converts the request to JSON.
    pub fn to_json(&self, version: Version) -> Value {
        tenant(self.tenant.as_deref(), version)
            .with("id", self.id.as_str())
            .into()
    }
}

impl ListTasksRequest {
    /// Converts the request to JSON, in version 1.0.
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
    /// Converts the page to JSON, in version 1.0.
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

/// Returns an object with the tenant of a request, which version 0.3 doesn't have.
fn tenant(tenant: Option<&str>, version: Version) -> Object {
    Object::default().with_text("tenant", tenant.filter(|_| version == Version::V1_0))
}

/// A configuration in the form of either version.
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
