//! The interface of everything that carries out tool calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::conversation::{AuthorizationStep, Awaited, Values};
use crate::spec::Component;
use crate::spec::property::Property;

/// The place where a tool call runs, in words for panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// On the async runtime of the program.
    Async,
    /// On a worker thread of the program.
    WorkerThread,
    /// In a process of its own.
    Process,
    /// On a kept Python worker process that takes one call at a time.
    PythonWorker,
    /// On the one loop of the Python process for async functions.
    PythonLoop,
    /// At an HTTP server.
    Http,
    /// At an MCP server.
    Mcp,
    /// At a database.
    Database,
    /// At an agent elsewhere.
    A2a,
    /// A person.
    Person,
    /// Nowhere: the result is fixed.
    Fixed,
}

impl Lane {
    /// The lane in words: `worker thread`.
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

/// The way in which calls of a tool will be carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolPlan {
    /// [`ToolExecutor::call`] carries it out.
    Run {
        /// The place where it runs.
        lane: Lane,
        /// The binding: `tools/work.py:heavy_work`.
        binding: String,
    },
    /// A person gives the result: a `ClientTool`, or a tool bound by `ask`.
    AskPerson,
    /// Nothing is bound to it; the hint has the lines of `flowdeck.toml` that would.
    Unbound {
        /// The message for the model.
        message: String,
        /// The lines to add.
        hint: String,
    },
}

/// A tool call to carry out. Arguments are checked and coerced already.
#[derive(Clone, Debug)]
pub struct ToolInvocation {
    /// The tool.
    pub tool: Arc<Component>,
    /// Its arguments.
    pub arguments: Values,
    /// The identity by which the tool may recognise the call.
    pub identity: CallIdentity,
    /// The value that [`ToolObserver::began`] got when the same call was made before and not followed to its end: it is
    /// taken up where it was left, and not made again.
    pub begun: Option<Value>,
}

/// The identity by which a tool recognises a call: the same when it is made again after a crash, another in a retry or
/// a fork. All of it is ASCII that is allowed in a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallIdentity {
    /// The run.
    pub run: String,
    /// The place of the call in the run.
    pub place: String,
}

impl CallIdentity {
    /// Run and place in one.
    pub fn idempotency_key(&self) -> String {
        format!("{}/{}", self.run, self.place)
    }
}

/// Watches a tool call, whether it ends well or not, and asks people for the tool.
pub trait ToolObserver: Send + Sync {
    /// Called when a piece of output came.
    fn chunk(&self, _content: Value) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the other side has taken the call on, and knows it by this from now on; at most once in a call. A
    /// program that dies afterwards takes the call up by it ([`ToolInvocation::begun`]).
    fn began(&self, _handle: Value) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called with what the person should know of how the call is carried out.
    fn notice(&self, _notice: String) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the work waits for something that others hold, or goes on.
    fn waits(&self, _on: Option<Awaited>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Called when the call waited that long for a free worker, and has one now. Several times add up.
    fn waited(&self, _waited: Duration) {}

    /// Called when an async function kept the loop that it shares with others to itself for that long at a time.
    fn held(&self, _held: Duration) {}

    /// Asks a person whether a server may be asked to let the program act for them. When `settled` becomes ready, the
    /// question is answered elsewhere (in the browser), and that is a yes. Where there is no person, the answer is
    /// [`Consent::Nobody`].
    fn consent<'a>(
        &'a self,
        _server: &'a str,
        _step: AuthorizationStep,
        _settled: BoxFuture<'a, ()>,
    ) -> BoxFuture<'a, Consent> {
        Box::pin(std::future::ready(Consent::Nobody))
    }

    /// Asks a person what a server wants to know. Where there is no person, the answer is [`Elicited::Nobody`].
    fn elicit<'a>(&'a self, _form: Form<'a>) -> BoxFuture<'a, Elicited> {
        Box::pin(std::future::ready(Elicited::Nobody))
    }
}

/// A form that a server wants a person to fill in.
#[derive(Clone, Debug)]
pub struct Form<'f> {
    /// The server that asks: `https://mcp.example/mcp`.
    pub server: &'f str,
    /// The reason, in the server's words.
    pub message: &'f str,
    /// A value for each input before anybody filled it in; null where there is none.
    pub values: Values,
    /// The inputs that the server wants.
    pub inputs: &'f [Property],
}

/// A person's answer to [`ToolObserver::elicit`].
#[derive(Clone, Debug, PartialEq)]
pub enum Elicited {
    /// Values that fit the form.
    Given(Values),
    /// The person refused.
    Refused,
    /// There is nobody to ask, or nobody any more.
    Nobody,
}

/// A person's answer to [`ToolObserver::consent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The person agreed.
    Given,
    /// The person refused, perhaps with a reason.
    Refused(Option<String>),
    /// There is nobody to ask, or nobody any more.
    Nobody,
}

/// Carries out tool calls.
///
/// Implementers must: end what was started (process, request) when `cancel` is cancelled or the
/// future is dropped; keep to the call's time limit; bound what they read.
pub trait ToolExecutor: fmt::Debug + Send + Sync {
    /// Returns the plan of a tool's calls.
    fn plan(&self, tool: &Arc<Component>) -> ToolPlan;

    /// Whether a call of the tool may be made again when it is not known whether it was: it says so itself, or it changes
    /// nothing. May wait for its server.
    fn may_repeat<'a>(
        &'a self,
        _tool: &'a Arc<Component>,
        _observer: &'a dyn ToolObserver,
    ) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(false))
    }

    /// Returns the tools that a source of tools has now: those of a tool box, or an `MCPTool` with what it leaves to
    /// its server. Waits for the server.
    ///
    /// # Errors
    /// [`ToolError`]: the server can't be reached, or does not have what the spec says.
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

    /// Carries out one call of a tool, or the request of an `ApiNode`, whose plan is [`ToolPlan::Run`]. Its result is the
    /// bare value, or an object with a value for each output. The work of a node at a database is called so, too: its
    /// arguments are a
    /// [`DatastoreOperation`](super::DatastoreOperation), and its result is what that gives. An `A2AAgent` is called with a
    /// [`RemoteTurn`](crate::tools::RemoteTurn), and gives a
    /// [`RemoteAnswer`](crate::tools::RemoteAnswer).
    ///
    /// # Errors
    /// [`ToolError`]; an agent passes its message to the model, a flow fails with it.
    fn call<'a>(
        &'a self,
        invocation: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Value, ToolError>>;
}

/// The side that is at fault when a tool call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolErrorKind {
    /// The tool itself failed.
    Failed,
    /// Its time ran out.
    TimedOut,
    /// The tool could not be started or reached.
    Unreachable,
    /// The tool wants a credential that was not given, or a person to sign in.
    Unauthorized,
    /// Its output is too large or can't be read.
    BadOutput,
    /// The binding or the tool's configuration can't be used.
    Configuration,
    /// Stopped from outside.
    Cancelled,
}

/// The reason why a tool call failed. The message goes to the model, so it is a plain sentence.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// The side that is at fault.
    pub kind: ToolErrorKind,
    /// The message: what happened.
    pub message: String,
    /// The advice to the person.
    pub hint: Option<String>,
    /// The class of the exception that it was in Python, where it was one: `ValueError`.
    pub exception: Option<String>,
    /// The cause beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ToolError {
    /// An error without hint and cause.
    pub fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            exception: None,
            source: None,
        }
    }

    /// Adds the advice to the person.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause beneath it.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

/// The failure of a tool that was written in Rust, in its own words.
impl From<String> for ToolError {
    fn from(message: String) -> Self {
        Self::new(ToolErrorKind::Failed, message)
    }
}

/// The failure of a tool that was written in Rust, in its own words.
impl From<&str> for ToolError {
    fn from(message: &str) -> Self {
        Self::new(ToolErrorKind::Failed, message)
    }
}
