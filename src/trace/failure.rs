//! Failures: the reason why a run failed, for people and for scripts.

use serde::{Deserialize, Serialize};

/// The kind of a failure, which says what has to be fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// The document requires something impossible.
    Spec,
    /// An input value is invalid.
    Input,
    /// A binding of the profile is wrong, or a secret is missing.
    Profile,
    /// A server could not be reached, or the connection broke.
    Network,
    /// The model's server returned an error, or the model did not follow its instructions.
    Model,
    /// A tool failed.
    Tool,
    /// A limit of time, rounds or size was reached.
    Limit,
    /// A person stopped the run, or its budget was used up.
    Cancelled,
    /// A bug in flowdeck.
    Internal,
}

impl FailureKind {
    /// Returns the name of the kind in files: `network`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Input => "input",
            Self::Profile => "profile",
            Self::Network => "network",
            Self::Model => "model",
            Self::Tool => "tool",
            Self::Limit => "limit",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

/// A failure, as in the `error` field of a run's JSON: kind, message, component and hint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind of the failure.
    pub kind: FailureKind,
    /// The message with its causes; one paragraph without stack traces and secrets.
    pub message: String,
    /// The name of the component that failed.
    pub component: Option<String>,
    /// A hint on how to fix the problem.
    pub hint: Option<String>,
    /// The name of the Python exception's class, such as `ValueError`, if there was an exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

impl Failure {
    /// Makes a failure without component and hint.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            component: None,
            hint: None,
            exception: None,
        }
    }

    /// Makes a failure from an error and its causes, joined by `: `.
    pub fn from_error(kind: FailureKind, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            let text = next.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = next.source();
        }
        Self::new(kind, message)
    }

    /// Returns the message, followed by the hint on a separate line.
    pub fn in_words(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\n{hint}", self.message),
            None => self.message.clone(),
        }
    }

    /// Sets the component that failed. A component that is already set, which is an inner one, is
    /// kept.
    #[must_use]
    pub fn in_component(mut self, name: &str) -> Self {
        self.component.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Adds a hint on how to fix the problem.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
