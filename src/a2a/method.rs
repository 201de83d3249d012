//! The operations of the protocol and their names in JSON-RPC.

use super::Version;

/// An operation of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Sends a message.
    SendMessage,
    /// Sends a message and streams the events that follow.
    SendStreamingMessage,
    /// Reads a task.
    GetTask,
    /// Lists tasks; not available in version 0.3.
    ListTasks,
    /// Cancels a task.
    CancelTask,
    /// Streams the events of a task from now on.
    SubscribeToTask,
    /// Requests push notifications from the agent.
    CreateTaskPushNotificationConfig,
    /// Reads a request for push notifications.
    GetTaskPushNotificationConfig,
    /// Lists the requests for push notifications.
    ListTaskPushNotificationConfigs,
    /// Deletes a request for push notifications.
    DeleteTaskPushNotificationConfig,
    /// Reads the card for authenticated clients.
    GetExtendedAgentCard,
}

impl Method {
    /// Each operation with its names in 1.0 and in 0.3.
    const NAMES: [(Self, &str, Option<&str>); 11] = [
        (Self::SendMessage, "SendMessage", Some("message/send")),
        (
            Self::SendStreamingMessage,
            "SendStreamingMessage",
            Some("message/stream"),
        ),
        (Self::GetTask, "GetTask", Some("tasks/get")),
        (Self::ListTasks, "ListTasks", None),
        (Self::CancelTask, "CancelTask", Some("tasks/cancel")),
        (
            Self::SubscribeToTask,
            "SubscribeToTask",
            Some("tasks/resubscribe"),
        ),
        (
            Self::CreateTaskPushNotificationConfig,
            "CreateTaskPushNotificationConfig",
            Some("tasks/pushNotificationConfig/set"),
        ),
        (
            Self::GetTaskPushNotificationConfig,
            "GetTaskPushNotificationConfig",
            Some("tasks/pushNotificationConfig/get"),
        ),
        (
            Self::ListTaskPushNotificationConfigs,
            "ListTaskPushNotificationConfigs",
            Some("tasks/pushNotificationConfig/list"),
        ),
        (
            Self::DeleteTaskPushNotificationConfig,
            "DeleteTaskPushNotificationConfig",
            Some("tasks/pushNotificationConfig/delete"),
        ),
        (
            Self::GetExtendedAgentCard,
            "GetExtendedAgentCard",
            Some("agent/getAuthenticatedExtendedCard"),
        ),
    ];

    /// Returns the operation's JSON-RPC name; `None` if the version doesn't have the operation.
    pub fn name(self, version: Version) -> Option<&'static str> {
        let (_, new, old) = Self::NAMES.iter().find(|(method, ..)| *method == self)?;
        match version {
            Version::V1_0 => Some(new),
            Version::V0_3 => *old,
        }
    }

    /// Returns the operation with this JSON-RPC name in a version.
    pub fn named(name: &str, version: Version) -> Option<Self> {
        let mut methods = Self::NAMES.iter().map(|(method, ..)| *method);
        methods.find(|method| method.name(version) == Some(name))
    }
}
