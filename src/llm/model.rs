//! The interface of every model, whatever its wire.

use std::sync::Arc;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::cut::CutBy;
use super::thoughts::is_only_thoughts;
use crate::conversation::{Awaited, Message, Role, ToolCall, ToolDeclaration, Usage};

/// Whether the model must call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model chooses; nothing is sent.
    #[default]
    Auto,
    /// The tool of that name.
    Tool(String),
}

/// The shape that the whole answer must have.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseFormat {
    /// A name for the schema: letters, digits, `_` and `-`.
    pub name: String,
    /// A strict JSON Schema of an object.
    pub schema: Value,
}

/// A request to a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationRequest {
    /// The conversation, system message first if there is one.
    pub messages: Vec<Arc<Message>>,
    /// The tools offered.
    pub tools: Arc<[ToolDeclaration]>,
    /// Whether one must be called.
    pub tool_choice: ToolChoice,
    /// The shape of the answer, for structured output.
    pub response_format: Option<ResponseFormat>,
    /// Parameters that override the model's own, by the names of `LlmGenerationConfig`.
    pub parameters: Map<String, Value>,
    /// The seed that makes the offline model and jitter repeat.
    pub seed: Option<u64>,
    /// Whether to stream.
    pub is_streamed: bool,
}

impl GenerationRequest {
    /// The request to a server that takes no [`Self::response_format`]: the prompt asks for
    /// the shape.
    pub(super) fn with_format_in_prompt(&self) -> Self {
        let mut request = self.clone();
        let Some(format) = request.response_format.take() else {
            return request;
        };
        let instruction = format!(
            "Answer with one JSON object and nothing else: no code fence, no sentence around it. \
             The object must satisfy this JSON Schema:\n{}",
            format.schema
        );
        match request.messages.first_mut() {
            Some(first) if first.role == Role::System => {
                let first = Arc::make_mut(first);
                first.content = format!("{}\n\n{instruction}", first.content);
            }
            _ => {
                let id = format!("{}_format", format.name);
                let message = Message::text(id, Role::System, instruction);
                request.messages.insert(0, Arc::new(message));
            }
        }
        request
    }
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum GenerationDelta {
    /// Text to append to the answer.
    Text(String),
    /// Text to append to the reasoning.
    Reasoning(String),
    /// A fragment of a tool call.
    ToolCall {
        /// The index of the call in the answer, from 0.
        index: usize,
        /// The provider's id; empty if not known yet.
        id: String,
        /// The tool's name; empty if not known yet.
        name: String,
        /// JSON text to append to the arguments.
        arguments: String,
    },
}

/// A request that failed and will be sent again.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryNotice {
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// The reason.
    pub reason: String,
    /// How long until the next one.
    pub wait: Duration,
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generation {
    /// The provider's id of the answer.
    pub completion_id: Option<String>,
    /// The text.
    pub content: String,
    /// Reasoning that the provider showed.
    pub reasoning: String,
    /// The tools to call, in the model's order, each with an id that is unique in the answer.
    pub tool_calls: Vec<ToolCall>,
    /// The value that goes back with the answer in later requests ([`Message::extra`]).
    pub extra: Option<Value>,
    /// The provider's count of tokens; `llm_calls` is 1.
    pub usage: Usage,
    /// Why it stopped: `stop`, `tool_calls`, `length`, `content_filter`.
    pub finish_reason: Option<String>,
    /// The answer was cut, and the arguments of its last call may be less than the model meant to write although they can
    /// be read.
    pub is_last_call_unsure: bool,
    /// How long until the first piece came.
    pub time_to_first_token: Option<Duration>,
    /// Requests that were sent, from 1.
    pub attempts: u32,
}

/// The reason to stop of an answer that the limit of tokens cut off.
pub(super) const LENGTH: &str = "length";

impl Generation {
    /// Returns the reason why the answer ended before it was whole, if it did.
    pub fn cut(&self) -> Option<CutBy> {
        CutBy::of(self.finish_reason.as_deref()?)
    }

    /// Returns the reason why this is no answer, where it has neither text nor calls: "it is
    /// reasoning only (finish reason `length`)".
    pub fn lack(&self) -> Option<String> {
        let is_thought = is_only_thoughts(&self.content);
        if !self.tool_calls.is_empty() || !is_thought && !self.content.trim().is_empty() {
            return None;
        }
        let what = if !is_thought && self.reasoning.trim().is_empty() {
            "it is empty"
        } else {
            "it is reasoning only"
        };
        Some(match &self.finish_reason {
            Some(reason) => format!("{what} (finish reason `{reason}`)"),
            None => what.to_owned(),
        })
    }
}

/// Watches a model call. The methods may make the call wait (back-pressure), and never fail; each has a
/// default that does nothing.
pub trait GenerationObserver: Send + Sync {
    /// Called when a piece came.
    fn delta(&self, _delta: GenerationDelta) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when a request failed and is sent again.
    fn retry(&self, _notice: RetryNotice) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the call starts or stops waiting for something that others hold.
    fn waits(&self, _on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the endpoint does not support something, so that requests change from now on, once
    /// for an endpoint, with a sentence: what it does not support, and what is done instead.
    fn notice(&self, _notice: String) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A description of a model, for events and panes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelDescription {
    /// Its name at its provider; `offline` for the built-in one.
    pub model_id: String,
    /// Where requests go, without query and credentials; `offline` for the built-in one.
    pub endpoint: String,
}

/// A model that answers requests.
///
/// Implementers must: deliver every piece to the observer before it counts in the answer; stop and
/// close the connection as soon as `cancel` is cancelled or the future is dropped; never retry
/// after a piece was delivered.
pub trait Model: fmt::Debug + Send + Sync {
    /// Returns the model's description.
    fn describe(&self) -> ModelDescription;

    /// Answers one request.
    ///
    /// # Errors
    /// [`ModelError`], after the retries that its kind allows.
    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>>;
}

/// The side that is at fault when a model call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// The server could not be reached, broke off or was silent too long.
    Network,
    /// The server refused the key or the account.
    Authentication,
    /// The server's limits on requests were exceeded.
    RateLimit,
    /// The server refused the request: an unknown model or parameter, too long a prompt.
    Refused,
    /// The server failed.
    Server,
    /// The answer could not be understood.
    BadAnswer,
    /// The configuration can't be used.
    Configuration,
    /// Stopped from outside.
    Cancelled,
}

/// The reason why a model call failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// The side that is at fault.
    pub kind: ModelErrorKind,
    /// The message: the host, the status and the server's own words; no key, no query.
    pub message: String,
    /// The advice to the person.
    pub hint: Option<String>,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The cause beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ModelError {
    /// An error without hint, status and cause.
    pub fn new(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            status: None,
            retry_after: None,
            source: None,
        }
    }

    /// Adds the advice to the person.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
