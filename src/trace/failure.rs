//! Failures: the reason why a run failed, in words for people and scripts.

use serde::{Deserialize, Serialize};

/// The side that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// The document says something that can't be done.
    Spec,
    /// An input value does not fit.
    Input,
    /// The profile binds something wrongly, or a secret is missing.
    Profile,
    /// The network or a server could not be reached, or broke off.
    Network,
    /// The model's server answered with an error, or the model did not keep to its task.
    Model,
    /// A tool failed.
    Tool,
    /// A time, round or size limit was reached.
    Limit,
    /// A person or a budget stopped it.
    Cancelled,
    /// Our own fault.
    Internal,
}

impl FailureKind {
    /// The kind's name in files: `network`.
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

/// A failure, as `error` in the JSON of a run: kind, message, component and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The side that is at fault.
    pub kind: FailureKind,
    /// The message: what happened, with its causes; one paragraph, no stack trace, no secret.
    pub message: String,
    /// Name of the component where it happened.
    pub component: Option<String>,
    /// The advice to the person.
    pub hint: Option<String>,
    /// The class of the exception that it was in Python, where it was one: `ValueError`.
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

    /// Makes a failure of an error and all its causes, joined by `: `.
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

    /// Returns the message, and on a line of its own the hint.
    pub fn in_words(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}\n{hint}", self.message),
            None => self.message.clone(),
        }
    }

    /// Names the component in which it happened. An inner component is kept.
    #[must_use]
    pub fn in_component(mut self, name: &str) -> Self {
        self.component.get_or_insert_with(|| name.to_owned());
        self
    }

    /// Adds the advice to the person.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
