//! The reasons why a remote agent gave no answer.

use std::time::Duration;

use super::target::Target;
use crate::a2a::{ErrorCode, ProtocolError, TaskState, Version};
use crate::base::bounded::truncated;
use crate::net::causes::{innermost, is_about_tls};
use crate::net::retry::Outcome;
use crate::tools::executor::{ToolError, ToolErrorKind};
use crate::tools::limit::seconds;

/// The maximum number of bytes of a server's text in an error message.
const EXCERPT_BYTES: usize = 300;

/// The reason why a remote agent gave no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No HTTP client can be made for the address.
    NoClient(String),
    /// The connection failed or broke.
    Unreachable {
        why: String,
        /// Whether a certificate caused the failure, so that a retry is useless.
        is_about_tls: bool,
    },
    /// A request exceeded its time limit.
    TimedOut(Duration),
    /// An HTTP error status without an error of the protocol.
    Status {
        status: u16,
        said: String,
        retry_after: Option<Duration>,
        /// The authentication that the card requires.
        wanted: Option<String>,
    },
    /// An error defined by the protocol.
    Refused(ProtocolError),
    /// The answer is not valid A2A.
    Strange(String),
    /// The card has no interface that is supported or allowed.
    NoInterface { why: String, hint: &'static str },
    /// The task ended without an answer.
    Ended { state: TaskState, said: String },
    /// The agent sent nothing new for too long.
    Silent {
        patience: Duration,
        task: Option<String>,
    },
}

impl Trouble {
    /// Makes the error for an attempt that failed in transit.
    pub(super) fn lost(error: reqwest::Error, limit: Duration) -> Self {
        let error = error.without_url();
        if error.is_timeout() && !error.is_connect() {
            return Self::TimedOut(limit);
        }
        Self::Unreachable {
            why: innermost(&error),
            is_about_tls: is_about_tls(&error),
        }
    }

    /// Returns the outcome for the retry policy.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Status {
                status,
                retry_after,
                ..
            } => Outcome::Status {
                status: *status,
                code: None,
                retry_after: *retry_after,
            },
            Self::Unreachable {
                is_about_tls: false,
                ..
            }
            | Self::TimedOut(_) => Outcome::Transport,
            Self::Unreachable { .. }
            | Self::NoClient(_)
            | Self::Refused(_)
            | Self::Strange(_)
            | Self::NoInterface { .. }
            | Self::Ended { .. }
            | Self::Silent { .. } => Outcome::Final,
        }
    }

    /// Returns whether another poll of the task may succeed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { is_about_tls, .. } => !is_about_tls,
            Self::TimedOut(_) => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 425 | 429),
            Self::Refused(error) => error.code == ErrorCode::Internal,
            _ => false,
        }
    }

    /// Returns whether the server rejected the request with one of these codes.
    pub(super) fn is_refusal(&self, codes: &[ErrorCode]) -> bool {
        matches!(self, Self::Refused(error) if codes.contains(&error.code))
    }

    /// Converts to the error of the call, with secrets masked.
    pub(super) fn of(self, target: &Target) -> ToolError {
        let hint = self.hint();
        let (kind, message) = self.in_words(target);
        let error = ToolError::new(kind, message);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// Returns a hint on how to fix the problem.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => Some("is its server up, and `agent_url` its address?"),
            Self::TimedOut(_) => {
                Some("`timeout` of its `connection_config` is how long a request may take")
            }
            Self::Status {
                status: 401 | 403, ..
            } => Some("add the credentials to `headers` of its `connection_config`"),
            Self::Status {
                status: 300..=399, ..
            } => Some("give the address itself in `agent_url`"),
            Self::NoInterface { hint, .. } => Some(hint),
            Self::Silent { .. } => {
                Some("`timeout` of its `session_parameters` is how long it may be silent")
            }
            Self::NoClient(_)
            | Self::Status { .. }
            | Self::Refused(_)
            | Self::Strange(_)
            | Self::Ended { .. } => None,
        }
    }

    fn in_words(self, target: &Target) -> (ToolErrorKind, String) {
        let name = &target.name;
        let from = target.shown();
        let said = |said: &str| truncated(target.redactor.clean(said.trim()).trim(), EXCERPT_BYTES);
        match self {
            Self::NoClient(why) => (
                ToolErrorKind::Configuration,
                format!(
                    "`{name}` can't be reached from this machine: {}",
                    said(&why)
                ),
            ),
            Self::Unreachable { why, .. } => (
                ToolErrorKind::Unreachable,
                format!("`{name}` can't be reached at {from}: {}", said(&why)),
            ),
            Self::TimedOut(limit) => (
                ToolErrorKind::TimedOut,
                format!(
                    "`{name}` at {from} gave no answer within {}",
                    seconds(limit)
                ),
            ),
            Self::Status {
                status,
                said: words,
                wanted,
                ..
            } => of_status(
                &format!("`{name}` at {from}"),
                status,
                &suffix(&said(&words)),
                wanted.map(|wanted| said(&wanted)),
            ),
            Self::Refused(error) => (
                ToolErrorKind::Failed,
                format!("`{name}` refused: {}", said(&error.to_string())),
            ),
            Self::Strange(why) => (
                ToolErrorKind::BadOutput,
                format!(
                    "the answer of `{name}` at {from} can't be used: {}",
                    said(&why)
                ),
            ),
            Self::NoInterface { why, .. } => (
                ToolErrorKind::Configuration,
                format!("`{name}` can't be used: {}", said(&why)),
            ),
            Self::Ended { state, said: words } => {
                let how = match state {
                    TaskState::Rejected => "rejected the task",
                    TaskState::Canceled => "ended its task",
                    _ => "failed",
                };
                let message = format!("`{name}` {how}{}", suffix(&said(&words)));
                (ToolErrorKind::Failed, message)
            }
            Self::Silent { patience, task } => {
                let task = task.map(|task| format!(", at the task `{}`", said(&task)));
                (
                    ToolErrorKind::TimedOut,
                    format!(
                        "`{name}` sent nothing for {}{}",
                        seconds(patience),
                        task.unwrap_or_default()
                    ),
                )
            }
        }
    }
}

/// Returns the message for an HTTP status; `suffix` is the server's text.
fn of_status(
    who: &str,
    status: u16,
    suffix: &str,
    wanted: Option<String>,
) -> (ToolErrorKind, String) {
    match status {
        401 | 403 => {
            let wanted = wanted.map(|wanted| format!("; its card wants {wanted}"));
            let wanted = wanted.unwrap_or_default();
            (
                ToolErrorKind::Unauthorized,
                format!("{who} wants credentials: {status}{suffix}{wanted}"),
            )
        }
        300..=399 => (
            ToolErrorKind::Failed,
            format!("{who} answered {status}, a redirect, which is not followed{suffix}"),
        ),
        _ => (
            ToolErrorKind::Failed,
            format!("{who} answered {status}{suffix}"),
        ),
    }
}

/// Returns the server's text after a colon; empty if there is none.
fn suffix(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": {said}"),
    }
}

/// Returns the name of a state for the record.
pub(super) fn state_name(state: TaskState) -> &'static str {
    state.name(Version::V0_3)
}
