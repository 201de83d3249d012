//! The errors of the protocol, in JSON-RPC and in HTTP+JSON.

use std::fmt;

use serde_json::{Value, json};

use super::object::Object;

/// The type of the detail object with which version 1.0 names an error.
const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
/// The owner of the error names.
const DOMAIN: &str = "a2a-protocol.org";

/// The kind of an A2A error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request is not JSON.
    Parse,
    /// The request is not one of JSON-RPC.
    InvalidRequest,
    /// The method is unknown.
    MethodNotFound,
    /// The parameters can't be parsed or are not valid.
    InvalidParams,
    /// The server failed.
    Internal,
    /// The task is unknown.
    TaskNotFound,
    /// The task has ended or can't be cancelled.
    TaskNotCancelable,
    /// The agent sends no push notifications.
    PushNotificationNotSupported,
    /// The agent doesn't support the operation, or not for this task in its present state.
    UnsupportedOperation,
    /// The agent doesn't accept or return content of this type.
    ContentTypeNotSupported,
    /// The agent's answer is not valid.
    InvalidAgentResponse,
    /// The agent has no extended card.
    ExtendedCardNotConfigured,
    /// The agent requires an extension that the client did not name.
    ExtensionSupportRequired,
    /// The agent doesn't support the protocol version.
    VersionNotSupported,
    /// Another JSON-RPC code, or an HTTP status without a name.
    Other(i64),
}

impl ErrorCode {
    /// Each kind with its JSON-RPC code, its HTTP status, and the names of status and kind in
    /// version 1.0.
    const ALL: [(Self, i64, u16, &str, &str); 14] = [
        (
            Self::Parse,
            -32700,
            400,
            "INVALID_ARGUMENT",
            "JSON_PARSE_ERROR",
        ),
        (
            Self::InvalidRequest,
            -32600,
            400,
            "INVALID_ARGUMENT",
            "INVALID_REQUEST",
        ),
        (
            Self::MethodNotFound,
            -32601,
            404,
            "NOT_FOUND",
            "METHOD_NOT_FOUND",
        ),
        (
            Self::InvalidParams,
            -32602,
            400,
            "INVALID_ARGUMENT",
            "INVALID_PARAMS",
        ),
        (Self::Internal, -32603, 500, "INTERNAL", "INTERNAL_ERROR"),
        (
            Self::TaskNotFound,
            -32001,
            404,
            "NOT_FOUND",
            "TASK_NOT_FOUND",
        ),
        (
            Self::TaskNotCancelable,
            -32002,
            400,
            "FAILED_PRECONDITION",
            "TASK_NOT_CANCELABLE",
        ),
        (
            Self::PushNotificationNotSupported,
            -32003,
            400,
            "FAILED_PRECONDITION",
            "PUSH_NOTIFICATION_NOT_SUPPORTED",
        ),
        (
            Self::UnsupportedOperation,
            -32004,
            400,
            "FAILED_PRECONDITION",
            "UNSUPPORTED_OPERATION",
        ),
        (
            Self::ContentTypeNotSupported,
            -32005,
            400,
            "INVALID_ARGUMENT",
            "CONTENT_TYPE_NOT_SUPPORTED",
        ),
        (
            Self::InvalidAgentResponse,
            -32006,
            500,
            "INTERNAL",
            "INVALID_AGENT_RESPONSE",
        ),
        (
            Self::ExtendedCardNotConfigured,
            -32007,
            400,
            "FAILED_PRECONDITION",
            "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
        ),
        (
            Self::ExtensionSupportRequired,
            -32008,
            400,
            "FAILED_PRECONDITION",
            "EXTENSION_SUPPORT_REQUIRED",
        ),
        (
            Self::VersionNotSupported,
            -32009,
            400,
            "FAILED_PRECONDITION",
            "VERSION_NOT_SUPPORTED",
        ),
    ];

    /// Returns the JSON-RPC code; for [`Self::Other`] the number that it holds.
    pub fn number(self) -> i64 {
        match self {
            Self::Other(number) => number,
            known => known.row().1,
        }
    }

    /// Returns the kind with this JSON-RPC code.
    pub fn numbered(number: i64) -> Self {
        let mut rows = Self::ALL.iter();
        rows.find(|row| row.1 == number)
            .map_or(Self::Other(number), |row| row.0)
    }

    /// Returns the HTTP status for HTTP+JSON.
    pub fn http_status(self) -> u16 {
        self.row().2
    }

    /// Returns the name of the kind for HTTP+JSON: `TASK_NOT_FOUND`.
    pub fn reason(self) -> &'static str {
        self.row().4
    }

    fn with_reason(reason: &str) -> Option<Self> {
        let mut rows = Self::ALL.iter();
        rows.find(|row| row.4 == reason).map(|row| row.0)
    }

    /// Returns the table row for this kind; other kinds have the row of a server error.
    fn row(self) -> &'static (Self, i64, u16, &'static str, &'static str) {
        const INTERNAL: &(ErrorCode, i64, u16, &str, &str) = &ErrorCode::ALL[4];
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .unwrap_or(INTERNAL)
    }
}

/// An error in a server's answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct ProtocolError {
    /// The kind of the error.
    pub code: ErrorCode,
    /// The message for people.
    pub message: String,
    /// The data that the server adds to the error.
    pub data: Option<Value>,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.number())
    }
}

impl ProtocolError {
    /// Makes an error with a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Converts the error to JSON-RPC.
    pub fn to_rpc(&self) -> Value {
        Object::default()
            .with("code", self.code.number())
            .with("message", self.message.as_str())
            .with_some("data", self.data.clone())
            .into()
    }

    /// Returns the body of an HTTP+JSON answer, whose status is [`ErrorCode::http_status`].
    pub fn to_http(&self) -> Value {
        let (_, _, status, status_name, reason) = self.code.row();
        json!({"error": {
            "code": status,
            "status": status_name,
            "message": self.message,
            "details": [{"@type": ERROR_INFO, "reason": reason, "domain": DOMAIN, "metadata": {}}],
        }})
    }

    /// Parses the error of a JSON-RPC answer. Missing fields get defaults, because the answer is an
    /// error in any case.
    pub fn from_rpc(error: &Value) -> Self {
        let code = error.get("code").and_then(Value::as_i64);
        Self {
            code: code.map_or(ErrorCode::Internal, ErrorCode::numbered),
            message: words(error),
            data: error.get("data").filter(|data| !data.is_null()).cloned(),
        }
    }

    /// Parses the error of an HTTP+JSON answer: a `google.rpc.Status`, as in version 1.0, or any
    /// other object with a message; `None` if the body has no message.
    pub fn from_http(body: &Value) -> Option<Self> {
        let error = body.get("error").filter(|error| error.is_object());
        let error = error.unwrap_or(body);
        let details = error.get("details").and_then(Value::as_array);
        let reason = details
            .into_iter()
            .flatten()
            .filter(|detail| detail.get("@type").and_then(Value::as_str) == Some(ERROR_INFO))
            .find_map(|detail| detail.get("reason")?.as_str());
        let status = error.get("code").and_then(Value::as_i64);
        let code = reason.and_then(ErrorCode::with_reason);
        error.get("message").or(error.get("error"))?;
        Some(Self {
            code: code
                .or(status.map(ErrorCode::Other))
                .unwrap_or(ErrorCode::Internal),
            message: words(error),
            data: error.get("details").cloned(),
        })
    }
}

/// Returns the message of an error.
fn words(error: &Value) -> String {
    let said = error.get("message").or(error.get("error")).unwrap_or(error);
    match said {
        Value::String(said) => said.clone(),
        other => other.to_string(),
    }
}
