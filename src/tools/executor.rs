//! The interface of everything that executes tool calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::conversation::{AuthorizationStep, Awaited, Values};
use crate::spec::Component;
use crate::spec::property::Property;

/// The place where a tool call runs, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// On the async runtime of the program.
    Async,
    /// On a worker thread of the program.
    WorkerThread,
    /// In a separate process.
    Process,
    /// In a persistent Python worker process that executes one call at a time.
    PythonWorker,
    /// In the event loop of the Python process for async functions.
    PythonLoop,
    /// At an HTTP server.
    Http,
    /// At an MCP server.
    Mcp,
    /// At a database.
    Database,
    /// At a remote agent.
    A2a,
    /// With a person, who enters the result.
    Person,
    /// Nowhere, because the result is fixed.
    Fixed,
}

impl Lane {
    /// Returns the name of the lane: `worker thread`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Async => "async",
            Self::WorkerThread => "worker thread",
            Self::Process => "process",
            Self::PythonWorker => "python worker",
            Self::PythonLoop => "python loop",
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Database => "database",
            Self::A2a => "a2a",
            Self::Person => "person",
            Self::Fixed => "fixed",
        }
    }
}

/// How calls of a tool will be executed.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolPlan {
    /// By [`ToolExecutor::call`].
    Run {
        /// The place where the call runs.
        lane: Lane,
        /// A description of the binding: `tools/work.py:heavy_work`.
        binding: String,
    },
    /// By a person, who enters the result: a `ClientTool`, or a tool bound by `ask`.
    AskPerson,
    /// Not at all, because the tool has no binding. The hint contains lines for `flowdeck.toml`.
    Unbound {
        /// The message for the model.
        message: String,
        /// The lines to add.
        hint: String,
    },
}

/// A tool call with checked and converted arguments.
#[derive(Clone, Debug)]
pub struct ToolInvocation {
    /// The tool.
    pub tool: Arc<Component>,
    /// The arguments of the call.
    pub arguments: Values,
    /// The identity by which the tool can recognize a repeated call.
    pub identity: CallIdentity,
    /// The handle from [`ToolObserver::began`], if the same call was made before but not followed
    /// to its end. In that case the call is resumed, not repeated.
    pub begun: Option<Value>,
}

/// The identity by which a tool recognizes a call. It stays the same when the call is repeated
/// after a crash, and differs in a retry or a fork. It consists of ASCII characters that are valid
/// in a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallIdentity {
    /// The id of the run.
    pub run: String,
    /// The position of the call in the run.
    pub place: String,
}

impl CallIdentity {
    /// Returns run and position as one key.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}", self.run, self.place)
    }
}

/// Observes a tool call and asks people on behalf of the tool.
pub trait ToolObserver: Send + Sync {
    /// Called with each piece of output.
    fn chunk(&self, _content: Value) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the remote side has accepted the call and returned a handle; at most once per
    /// call. After a crash of the program, the call is resumed with the handle
    /// ([`ToolInvocation::begun`]).
    fn began(&self, _handle: Value) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called with a message for the user about the execution of the call.
    fn notice(&self, _notice: String) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the call starts or stops waiting for a resource that others hold.
    fn waits(&self, _on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called after the call has waited for a free worker; several durations add up.
    fn waited(&self, _waited: Duration) {}

    /// Called when an async function has blocked its shared event loop for this long without a
    /// pause.
    fn held(&self, _held: Duration) {}

    /// Asks a person whether to request access at a server. If `settled` completes first, the
    /// question was answered elsewhere (in the browser), which counts as consent. Without a person,
    /// the answer is [`Consent::Nobody`].
    fn consent<'a>(
        &'a self,
        _server: &'a str,
        _step: AuthorizationStep,
        _settled: BoxFuture<'a, ()>,
    ) -> BoxFuture<'a, Consent> {
        Box::pin(std::future::ready(Consent::Nobody))
    }

    /// Asks a person to fill in a server's form. Without a person, the answer is
    /// [`Elicited::Nobody`].
    fn elicit<'a>(&'a self, _form: Form<'a>) -> BoxFuture<'a, Elicited> {
        Box::pin(std::future::ready(Elicited::Nobody))
    }
}

/// A form that a server asks a person to fill in.
#[derive(Clone, Debug)]
pub struct Form<'f> {
    /// The server with the question: `https://mcp.example/mcp`.
    pub server: &'f str,
    /// The reason, in the server's text.
    pub message: &'f str,
    /// The initial values of the inputs; null for an input without one.
    pub values: Values,
    /// The inputs of the form.
    pub inputs: &'f [Property],
}

/// A person's answer to [`ToolObserver::elicit`].
#[derive(Clone, Debug, PartialEq)]
pub enum Elicited {
    /// Values that fit the form.
    Given(Values),
    /// The person refused.
    Refused,
    /// There is no person to ask, or no longer.
    Nobody,
}

/// A person's answer to [`ToolObserver::consent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The person agreed.
    Given,
    /// The person refused, perhaps with a reason.
    Refused(Option<String>),
    /// There is no person to ask, or no longer.
    Nobody,
}

/// Executes tool calls.
///
/// Implementers must end what they started (a process, a request) when `cancel` is cancelled or the
/// future is dropped; keep the call's time limit; and limit the amount of data they read.
pub trait ToolExecutor: fmt::Debug + Send + Sync {
    /// Returns the plan of a tool's calls.
    fn plan(&self, tool: &Arc<Component>) -> ToolPlan;

    /// Returns whether a call of the tool may be repeated if it is unknown whether it took effect:
    /// the tool declares this, or it changes nothing. May wait for the tool's server.
    fn may_repeat<'a>(
        &'a self,
        _tool: &'a Arc<Component>,
        _observer: &'a dyn ToolObserver,
    ) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(false))
    }

    /// Returns the tools that a source currently has: those of a toolbox, or an `MCPTool` completed
    /// by its server. Waits for the server.
    ///
    /// # Errors
    /// [`ToolError`], if the server can't be reached or does not have what the spec requires.
    fn discover<'a>(
        &'a self,
        source: &'a Arc<Component>,
        _observer: &'a dyn ToolObserver,
        _cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Vec<Arc<Component>>, ToolError>> {
        let message = format!("`{}` can't be asked for its tools here", source.name());
        let error = ToolError::new(ToolErrorKind::Configuration, message);
        Box::pin(std::future::ready(Err(error)))
    }

    /// Executes one call of a tool, or the request of an `ApiNode`, whose plan is
    /// [`ToolPlan::Run`]. The result is the bare value, or an object with a value for each output.
    /// This method also executes the operation of a database node, whose arguments are a
    /// [`DatastoreOperation`](super::DatastoreOperation), and a message to an `A2AAgent`, whose
    /// arguments are a [`RemoteTurn`](crate::tools::RemoteTurn) and whose result is a
    /// [`RemoteAnswer`](crate::tools::RemoteAnswer).
    ///
    /// # Errors
    /// [`ToolError`]; an agent passes the message to its model, and a flow fails with it.
    fn call<'a>(
        &'a self,
        invocation: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Value, ToolError>>;
}

/// The kind of a tool error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolErrorKind {
    /// The tool itself failed.
    Failed,
    /// The time limit was exceeded.
    TimedOut,
    /// The tool could not be started or reached.
    Unreachable,
    /// A credential is missing, or a person has to sign in.
    Unauthorized,
    /// The output is too large or invalid.
    BadOutput,
    /// The binding or the tool's configuration is invalid.
    Configuration,
    /// The call was cancelled.
    Cancelled,
}

/// The reason why a tool call failed. The message is a plain sentence, because it is sent to the
/// model.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// The kind of the error.
    pub kind: ToolErrorKind,
    /// The message: what happened.
    pub message: String,
    /// A hint on how to fix the problem.
    pub hint: Option<String>,
    /// The name of the Python exception's class, such as `ValueError`, if there was an exception.
    pub exception: Option<String>,
    /// The underlying error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ToolError {
    /// Makes an error without hint and underlying error.
    pub fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            exception: None,
            source: None,
        }
    }

    /// Adds a hint on how to fix the problem.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

/// Makes a failure of a tool written in Rust from its message.
impl From<String> for ToolError {
    fn from(message: String) -> Self {
        Self::new(ToolErrorKind::Failed, message)
    }
}

/// Makes a failure of a tool written in Rust from its message.
impl From<&str> for ToolError {
    fn from(message: &str) -> Self {
        Self::new(ToolErrorKind::Failed, message)
    }
}
