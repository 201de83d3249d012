//! The reasons why a request to an MCP server failed.

use std::time::Duration;

use rmcp::ServiceError;
use rmcp::model::ProtocolVersion;
use rmcp::service::ClientInitializeError;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use super::ending::Ending;
use super::sse::SseError;
use super::stdio::SendError;
use super::target::{Address, Target};
use crate::base::address::shown_address;
use crate::net::causes::{chain, innermost};
use crate::net::retry::Outcome;
use crate::tools::executor::{ToolError, ToolErrorKind};
use crate::tools::limit::seconds;

/// The reason why a request to a server failed, as text that continues a sentence after the
/// server's name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum SessionError {
    /// There is no connection, or no longer.
    #[error("can't be used: {why}")]
    Lost {
        /// The reason.
        why: String,
        /// Whether the server may have received the request.
        was_sent: bool,
    },
    /// A local resource is unusable, such as a certificate file.
    #[error("can't be used: {0}")]
    Unusable(String),
    /// The server requires authentication.
    #[error("wants a valid authorization")]
    Unauthorized,
    /// The server requires a person to sign in, which failed.
    #[error("can't be used without signing in: {why}")]
    NotSignedIn {
        /// The reason.
        why: String,
        /// Whether a person refused, or the authorization server rejected a registered client.
        was_refused: bool,
    },
    /// An error from the server.
    #[error("answered with an error: {0}")]
    Refused(String),
    /// The server sent nothing for this long.
    #[error("did not answer within {}", seconds(*.0))]
    TimedOut(Duration),
    /// The server asks a person, and there is none.
    #[error("asks a person something, and there is no one to answer")]
    NobodyToAsk,
    /// The server asks for something that flowdeck does not offer.
    #[error("asks for `{0}`, which flowdeck does not offer")]
    AsksFor(String),
    /// The server asked for more information too many times.
    #[error("asked for more again and again, so flowdeck gave up")]
    AsksForEver,
    /// The response is not valid in the protocol.
    #[error("gave an answer that the protocol does not allow")]
    Strange,
}

impl SessionError {
    /// Returns the error with the secrets that were sent to the server masked.
    pub(super) fn cleaned(self, target: &Target) -> Self {
        let cleaned = |server_text: &str| target.redactor().clean(server_text);
        match self {
            Self::Refused(server_text) => Self::Refused(cleaned(&server_text)),
            Self::Lost { why, was_sent } => Self::Lost {
                why: cleaned(&why),
                was_sent,
            },
            other => other,
        }
    }

    /// Returns the outcome for the retry policy: a request that may have taken effect is not
    /// repeated.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Lost {
                was_sent: false, ..
            } => Outcome::Transport,
            Self::Lost { was_sent: true, .. }
            | Self::TimedOut(_)
            | Self::Unusable(_)
            | Self::Unauthorized
            | Self::NotSignedIn { .. }
            | Self::Refused(_)
            | Self::NobodyToAsk
            | Self::AsksFor(_)
            | Self::AsksForEver
            | Self::Strange => Outcome::Final,
        }
    }

    /// Converts to the error for the caller; `doing` says what failed: ``"`add` failed"``.
    pub(super) fn into_tool_error(self, doing: &str, target: &Target) -> ToolError {
        let kind = match &self {
            Self::Lost { .. } => ToolErrorKind::Unreachable,
            Self::Unusable(_) => ToolErrorKind::Configuration,
            Self::Unauthorized | Self::NotSignedIn { .. } => ToolErrorKind::Unauthorized,
            Self::Refused(_) | Self::NobodyToAsk | Self::AsksFor(_) | Self::AsksForEver => {
                ToolErrorKind::Failed
            }
            Self::TimedOut(_) => ToolErrorKind::TimedOut,
            Self::Strange => ToolErrorKind::BadOutput,
        };
        let hint = match &self {
            Self::Unauthorized => Some(
                "give its transport an `auth`, or an access token as an `Authorization` header in `sensitive_headers`"
                    .to_owned(),
            ),
            Self::TimedOut(_) => Some(
                "`session_parameters` of its transport set how long flowdeck waits for an answer"
                    .to_owned(),
            ),
            Self::Lost { .. } => Some(match &target.address {
                Address::Program(program) => {
                    format!("the program is started in `{}`", program.folder.display())
                }
                Address::Sse(_) | Address::StreamableHttp(_) => {
                    "look whether the server runs and the address is right".to_owned()
                }
            }),
            Self::NotSignedIn {
                was_refused: false, ..
            } => Some(
                "run it in the workbench or alone at a terminal, where a person can sign in; or give an access token as an \
                 `Authorization` header in `sensitive_headers`"
                    .to_owned(),
            ),
            Self::NotSignedIn {
                was_refused: true, ..
            }
            | Self::Unusable(_)
            | Self::Refused(_)
            | Self::NobodyToAsk
            | Self::AsksFor(_)
            | Self::AsksForEver
            | Self::Strange => None,
        };
        let error = ToolError::new(kind, format!("{doing}: the MCP server `{target}` {self}"));
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

/// Converts the SDK's error for a request.
pub(super) fn of_service(error: &ServiceError, target: &Target, ending: &Ending) -> SessionError {
    meaning(error, target, ending).cleaned(target)
}

fn meaning(error: &ServiceError, target: &Target, ending: &Ending) -> SessionError {
    if error.is_authorization_required() {
        return SessionError::Unauthorized;
    }
    match error {
        ServiceError::TransportSend(failure) if wants_authorization(failure.error.as_ref()) => {
            SessionError::Unauthorized
        }
        ServiceError::McpError(refusal) => SessionError::Refused(refusal.message.to_string()),
        ServiceError::TransportSend(failure) => SessionError::Lost {
            why: in_words(failure.error.as_ref(), target),
            was_sent: !is_unsent(failure.error.as_ref()),
        },
        ServiceError::TransportClosed => SessionError::Lost {
            why: ending
                .why()
                .unwrap_or("it closed the connection")
                .to_owned(),
            was_sent: true,
        },
        ServiceError::Timeout { timeout } => SessionError::TimedOut(*timeout),
        _ => SessionError::Strange,
    }
}

/// Converts the SDK's error for opening a session.
pub(super) fn of_start(
    error: &ClientInitializeError,
    target: &Target,
    ending: &Ending,
) -> SessionError {
    meaning_of_start(error, target, ending).cleaned(target)
}

fn meaning_of_start(
    error: &ClientInitializeError,
    target: &Target,
    ending: &Ending,
) -> SessionError {
    if error.is_authorization_required() {
        return SessionError::Unauthorized;
    }
    match error {
        ClientInitializeError::TransportError { error, .. }
            if wants_authorization(error.error.as_ref()) =>
        {
            SessionError::Unauthorized
        }
        ClientInitializeError::JsonRpcError(refusal) => {
            SessionError::Refused(refusal.message.to_string())
        }
        ClientInitializeError::NoCompatibleProtocolVersion {
            server_supported, ..
        } => {
            let versions: Vec<&str> = server_supported
                .iter()
                .map(ProtocolVersion::as_str)
                .collect();
            SessionError::Refused(format!(
                "it speaks the protocol of {}, which flowdeck does not",
                versions.join(", ")
            ))
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => {
            meaning_of_start(fallback, target, ending)
        }
        ClientInitializeError::TransportError { error, .. } => SessionError::Lost {
            why: ending
                .why()
                .map_or_else(|| in_words(error.error.as_ref(), target), str::to_owned),
            was_sent: false,
        },
        ClientInitializeError::ConnectionClosed(_) => SessionError::Lost {
            why: ending
                .why()
                .unwrap_or("it closed the connection")
                .to_owned(),
            was_sent: false,
        },
        _ => SessionError::Strange,
    }
}

/// Returns whether flowdeck's own transport detected missing authentication; rmcp only knows this
/// of its own transports.
fn wants_authorization(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(SseError::Unauthorized))
}

/// Returns whether the server certainly did not get the request: there was no connection, or the
/// program has ended.
fn is_unsent(error: &(dyn std::error::Error + 'static)) -> bool {
    http_cause(error).is_some_and(reqwest::Error::is_connect)
        || chain(error).any(|cause| matches!(cause.downcast_ref(), Some(SendError::Ended)))
}

/// Returns the root cause, without the secret parts of the address.
fn in_words(error: &(dyn std::error::Error + 'static), target: &Target) -> String {
    let why = match (server_text(error), http_cause(error)) {
        (Some(server_text), _) => server_text.to_owned(),
        (None, Some(cause)) => innermost(cause),
        (None, None) => innermost(error),
    };
    match &target.address {
        Address::Program(_) => why,
        Address::Sse(remote) | Address::StreamableHttp(remote) => {
            why.replace(remote.url.as_str(), &shown_address(&remote.url))
        }
    }
}

/// Returns the message of flowdeck's own client, without the SDK's text before it.
fn server_text<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e str> {
    chain(error).find_map(|cause| match cause.downcast_ref()? {
        StreamableHttpError::<reqwest::Error>::UnexpectedServerResponse(server_text) => {
            Some(&**server_text)
        }
        _ => None,
    })
}

/// Returns the HTTP client's error, which rmcp does not expose as a source.
fn http_cause<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e reqwest::Error> {
    chain(error).find_map(|cause| match cause.downcast_ref()? {
        StreamableHttpError::Client(error) => Some(error),
        _ => None,
    })
}
