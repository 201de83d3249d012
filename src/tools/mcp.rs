//! Tools of MCP servers (Model Context Protocol), called through the official SDK (`rmcp`).
//!
//! There is one [`Session`] per server, shared by all runs of a profile with equal transports. It
//! is opened on first use, reopened by the next call after it broke, and closed after it was unused
//! for a long time. Programs and network servers are `Target`s; flowdeck has its own transports for
//! what rmcp can't do (a program with flowdeck's limits, the protocol's first HTTP transport).

mod call;
mod ending;
mod error;
mod found;
mod http_client;
mod listing;
mod oauth;
mod open_requests;
mod opening;
mod progress;
mod questions;
mod remote;
mod result;
mod session;
mod sessions;
mod sse;
mod stdio;
mod tap;
mod target;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use self::call::McpCall;
use self::error::SessionError;
use self::found::Served;
use self::listing::Listed;
use self::session::Session;
use self::sessions::Sessions;
pub(super) use self::sessions::{DEFAULT_IDLE, SessionSettings};
use self::target::Target;
use super::executor::{ToolError, ToolErrorKind, ToolInvocation, ToolObserver};
use super::output::Given;
use super::retry::is_next;
use crate::net::retry::{Attempts, RetryPolicy};
use crate::spec::language::{MCPTool, MCPToolBox};
use crate::spec::{Component, mcp_successor};

/// The maximum size of a message from a server, in bytes.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
/// The maximum duration of a call, whatever progress it reports.
const MAX_CALL: Duration = Duration::from_mins(30);

/// The sessions with all MCP servers that the runs of one profile use.
#[derive(Debug)]
pub(super) struct McpTools {
    /// The folder that contains relative paths of transports.
    folder: PathBuf,
    sessions: Sessions,
}

impl McpTools {
    pub(super) fn new(folder: PathBuf, settings: SessionSettings) -> Self {
        Self {
            folder,
            sessions: Sessions::new(settings),
        }
    }

    /// Describes a tool's server in a few words.
    pub(super) fn shown(&self, tool: &MCPTool) -> String {
        Target::of(tool.client_transport(), &self.folder).map_or_else(
            |_unusable| tool.client_transport().name().to_owned(),
            |target| target.to_string(),
        )
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// [`ToolError`]. A call that may have taken effect at the server is not repeated.
    pub(super) async fn call(
        &self,
        tool: &MCPTool,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Given, ToolError> {
        let name = tool.component().name();
        let target = &Target::of(tool.client_transport(), &self.folder)?;
        let policy = tool.retry_policy().map(RetryPolicy::from_json);
        let result = self
            .attempt(target, policy.as_ref(), observer, |session| {
                Box::pin(async move {
                    let tools = session.tools_with(name).await?;
                    let served = match found::named(&tools, name, target) {
                        Ok(served) => served,
                        Err(error) => return Ok(Err(error)),
                    };
                    let arguments = served.arguments(&invocation.arguments);
                    let call = McpCall {
                        tool: served,
                        arguments,
                        idempotency_key: invocation.identity.idempotency_key(),
                    };
                    session.call(call, observer).await.map(Ok)
                })
            })
            .await
            .map_err(|error| {
                error.into_tool_error(&format!("the call of `{name}` failed"), target)
            })??;
        result::value(tool.component(), result).map_err(|mut error| {
            error.message = target.redactor().clean(&error.message);
            error
        })
    }

    /// Returns whether the server declares that the tool may be called repeatedly; false if the
    /// server can't be reached.
    pub(super) async fn may_repeat(&self, tool: &MCPTool, observer: &dyn ToolObserver) -> bool {
        let name = tool.component().name();
        let Ok(target) = &Target::of(tool.client_transport(), &self.folder) else {
            return false;
        };
        let found = self.attempt(target, None, observer, |session| {
            Box::pin(async move {
                let tools = session.tools_with(name).await?;
                let served = found::named(&tools, name, target);
                Ok(served.is_ok_and(Served::may_repeat))
            })
        });
        found.await.unwrap_or_default()
    }

    /// Returns the tools of a toolbox, checked against its filter, or a tool completed by its
    /// server.
    ///
    /// # Errors
    /// The server can't be reached, or does not have what the spec requires.
    pub(super) async fn discover(
        &self,
        source: &Arc<Component>,
        observer: &dyn ToolObserver,
    ) -> Result<Vec<Arc<Component>>, ToolError> {
        let successor = mcp_successor(source);
        let source = successor.as_ref().unwrap_or(source);
        if let Some(toolbox) = MCPToolBox::of(source) {
            let (transport, policy) = (toolbox.client_transport(), toolbox.retry_policy());
            let (served, target) = self.list(source, transport, policy, observer).await?;
            if toolbox.tool_filter().is_none()
                && let Some(notice) = found::notice(&served, &target)
            {
                observer.notice(notice).await;
            }
            return found::of_box(&toolbox, &served, &target);
        }
        let Some(tool) = MCPTool::of(source) else {
            return Err(misfit(format!(
                "a `{}` can't be used yet",
                source.type_name()
            )));
        };
        let (transport, policy) = (tool.client_transport(), tool.retry_policy());
        let (served, target) = self.list(source, transport, policy, observer).await?;
        Ok(vec![found::of_tool(&tool, &served, &target)?])
    }

    async fn list(
        &self,
        source: &Component,
        transport: &Arc<Component>,
        policy: Option<&Value>,
        observer: &dyn ToolObserver,
    ) -> Result<(Listed, Target), ToolError> {
        let target = Target::of(transport, &self.folder)?;
        let policy = policy.map(RetryPolicy::from_json);
        let served = self
            .attempt(&target, policy.as_ref(), observer, |session| {
                Box::pin(async move { session.tools_now().await })
            })
            .await
            .map_err(|error| {
                let doing = format!("the tools of `{}` can't be listed", source.name());
                error.into_tool_error(&doing, &target)
            })?;
        Ok((served, target))
    }

    /// Executes an operation in a session, with a new session if the old one was already dead, and
    /// with retries by the policy.
    async fn attempt<'w, T>(
        &self,
        target: &Target,
        policy: Option<&RetryPolicy>,
        observer: &dyn ToolObserver,
        work: impl Fn(Arc<Session>) -> BoxFuture<'w, Result<T, SessionError>>,
    ) -> Result<T, SessionError> {
        let policy = policy.or(target.retry_policy.as_ref());
        let mut attempts = Attempts::new(policy);
        loop {
            let taken = self.sessions.take(target, observer).await;
            let is_new = taken.is_new;
            let error = match taken.session {
                Ok(session) => match work(session).await {
                    Ok(done) => return Ok(done),
                    // A token may have run out.
                    Err(
                        SessionError::Unauthorized
                        | SessionError::Lost {
                            was_sent: false, ..
                        },
                    ) if !is_new => continue,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let name = target.to_string();
            if !is_next(&mut attempts, &name, &error.outcome(), observer).await {
                return Err(error);
            }
        }
    }

    /// Closes all sessions: programs end, and network servers are informed.
    pub(super) async fn close(&self) {
        self.sessions.close().await;
    }
}

/// Returns the reason for closing a connection after a message that was too large.
fn too_large() -> String {
    format!(
        "it sent a message of more than {} MB",
        MAX_MESSAGE_BYTES / (1024 * 1024)
    )
}

/// Makes the error for a toolbox or tool that its server does not offer as the spec says.
fn misfit(message: String) -> ToolError {
    ToolError::new(ToolErrorKind::Configuration, message)
}
