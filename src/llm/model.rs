//! The interface of every model, independent of its protocol.

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
    /// The model decides; nothing is sent.
    #[default]
    Auto,
    /// The model must call the tool with this name.
    Tool(String),
}

/// The required form of the whole answer.
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
    /// The available tools.
    pub tools: Arc<[ToolDeclaration]>,
    /// Whether the model must call a tool.
    pub tool_choice: ToolChoice,
    /// The required form of the answer, for structured output.
    pub response_format: Option<ResponseFormat>,
    /// Parameters that override the model's own, with the names of `LlmGenerationConfig`.
    pub parameters: Map<String, Value>,
    /// The seed that makes the offline model and the retry jitter reproducible.
    pub seed: Option<u64>,
    /// Whether to stream the answer.
    pub is_streamed: bool,
}

impl GenerationRequest {
    /// Returns a request for a server without structured output: the prompt describes the required
    /// form instead of [`Self::response_format`].
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
    /// The time until the next attempt.
    pub wait: Duration,
}

/// A complete answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generation {
    /// The provider's id for the answer.
    pub completion_id: Option<String>,
    /// The text.
    pub content: String,
    /// The reasoning, if the provider returned it.
    pub reasoning: String,
    /// The tools to call, in the model's order, each with an id that is unique in the answer.
    pub tool_calls: Vec<ToolCall>,
    /// The value to send back with the answer in later requests ([`Message::extra`]).
    pub extra: Option<Value>,
    /// The provider's token counts; `llm_calls` is 1.
    pub usage: Usage,
    /// The finish reason: `stop`, `tool_calls`, `length`, `content_filter`.
    pub finish_reason: Option<String>,
    /// Whether the answer was cut, and the arguments of its last call may be incomplete although
    /// they parse.
    pub is_last_call_unsure: bool,
    /// The time until the first piece.
    pub time_to_first_token: Option<Duration>,
    /// The number of requests that were sent, from 1.
    pub attempts: u32,
}

/// The finish reason of an answer that reached the token limit.
pub(super) const LENGTH: &str = "length";

impl Generation {
    /// Returns the reason why the answer is incomplete, if it is.
    pub fn cut(&self) -> Option<CutBy> {
        CutBy::of(self.finish_reason.as_deref()?)
    }

    /// Returns why the answer is unusable if it has neither text nor calls: "it is reasoning only
    /// (finish reason `length`)".
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

/// Observes a model call. The methods may make the call wait (back-pressure) but never fail; each
/// has a default that does nothing.
pub trait GenerationObserver: Send + Sync {
    /// Called with each piece of the answer.
    fn delta(&self, _delta: GenerationDelta) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when a request failed and will be sent again.
    fn retry(&self, _notice: RetryNotice) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the call starts or stops waiting for a resource that others hold.
    fn waits(&self, _on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the endpoint turns out not to support a feature, once per endpoint. The notice
    /// is a sentence about the feature and the replacement in later requests.
    fn notice(&self, _notice: String) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A description of a model, for events and the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelDescription {
    /// The name at the provider; `offline` for the built-in model.
    pub model_id: String,
    /// The destination of requests, without query and credentials; `offline` for the built-in
    /// model.
    pub endpoint: String,
}

/// A model that answers requests.
///
/// Implementers must deliver every piece to the observer before adding it to the answer; stop and
/// close the connection as soon as `cancel` is cancelled or the future is dropped; and never retry
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

/// The kind of a model error, which says who can fix it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelErrorKind {
    /// The server could not be reached, broke the connection, or sent nothing for too long.
    Network,
    /// The server rejected the key or the account.
    Authentication,
    /// The server's request limits were exceeded.
    RateLimit,
    /// The server rejected the request, for example because of an unknown model or parameter, or a
    /// prompt that is too long.
    Refused,
    /// The server failed.
    Server,
    /// The answer is invalid.
    BadAnswer,
    /// The configuration is invalid.
    Configuration,
    /// The call was cancelled.
    Cancelled,
}

/// The reason why a model call failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    /// The kind of the error.
    pub kind: ModelErrorKind,
    /// The message, with the host, the status and the server's own text, but without keys and
    /// queries.
    pub message: String,
    /// A hint on how to fix the problem.
    pub hint: Option<String>,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The wait before the next request that the server asks for.
    pub retry_after: Option<Duration>,
    /// The underlying error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ModelError {
    /// Makes an error without hint, status and underlying error.
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

    /// Adds a hint on how to fix the problem.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
