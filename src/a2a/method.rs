//! The operations of the protocol and their names in JSON-RPC.

use super::Version;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Sends a message.
    SendMessage,
    /// Sends a message and streams what comes of it.
    SendStreamingMessage,
    /// Reads a task.
    GetTask,
    /// Lists tasks; version 0.3 has it not.
    ListTasks,
    /// Ends a task.
    CancelTask,
    /// Streams what comes of a task from now on.
    SubscribeToTask,
    /// Has the agent call the client.
    CreateTaskPushNotificationConfig,
    /// Reads one of those wishes.
    GetTaskPushNotificationConfig,
    /// Lists those wishes.
    ListTaskPushNotificationConfigs,
    /// Takes one of those wishes back.
    DeleteTaskPushNotificationConfig,
    /// Reads the card for those who show who they are.
    GetExtendedAgentCard,
}

impl Method {
    /// Each operation with its name in 1.0 and in 0.3.
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

    /// The operation's name in JSON-RPC; none where the version does not have it.
    pub fn name(self, version: Version) -> Option<&'static str> {
        let (_, new, old) = Self::NAMES.iter().find(|(method, ..)| *method == self)?;
        match version {
            Version::V1_0 => Some(new),
            Version::V0_3 => *old,
        }
    }

    /// The operation that a JSON-RPC request names in that version.
    pub fn named(name: &str, version: Version) -> Option<Self> {
        let mut methods = Self::NAMES.iter().map(|(method, ..)| *method);
        methods.find(|method| method.name(version) == Some(name))
    }
}
