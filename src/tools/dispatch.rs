//! Executes the calls of a spec's tools.
//!
//! [`builder`] makes [`Tools`]; [`route`] selects the way to execute a tool's calls; [`plan`]
//! describes it before a call; and [`call`] executes a call.

mod builder;
mod call;
mod plan;
mod route;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::builder::ToolsBuilder;
use super::a2a::RemoteAgents;
use super::executor::{
    ToolError, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver, ToolPlan,
};
use super::http::HttpTools;
use super::mcp::McpTools;
use super::oci_agent::OciAgents;
use super::postgres::PostgresTools;
use super::python::PythonTools;
use super::registry::{Threads, ToolRegistry};
use crate::base::clock::SharedClock;
use crate::profile::Profile;
use crate::spec::Component;

/// How long [`Tools::shutdown`] waits for blocking tools, whose threads only end with the process.
/// A call that is nearly finished can complete; a longer wait would delay the exit of the program.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Executes the tool calls of all runs with one profile, and owns the worker processes, threads and
/// connections for them.
///
/// A `ServerTool` is looked up in the registry first, then in the profile's bindings. Call
/// [`Tools::shutdown`] at the end; dropping ends the processes too, but without waiting.
#[derive(Debug)]
pub struct Tools {
    profile: Arc<Profile>,
    registry: ToolRegistry,
    threads: Threads,
    python: PythonTools,
    http: HttpTools,
    mcp: McpTools,
    postgres: PostgresTools,
    agents: RemoteAgents,
    oci_agents: OciAgents,
    clock: SharedClock,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Tools {
    /// Starts building the tools of a profile.
    pub fn builder(profile: Arc<Profile>) -> ToolsBuilder {
        ToolsBuilder::new(profile)
    }

    /// Ends all calls and worker processes and waits for them; for blocking tools, at most a
    /// second. Later calls are rejected.
    pub async fn shutdown(&self) {
        self.stopping.cancel();
        self.python.end();
        self.mcp.close().await;
        self.postgres.close();
        self.tasks.close();
        // What is left then are threads, which the end of the program takes.
        let _ = tokio::time::timeout(SHUTDOWN_GRACE, self.tasks.wait()).await;
    }
}

impl Drop for Tools {
    fn drop(&mut self) {
        self.stopping.cancel();
        self.python.end();
    }
}

impl ToolExecutor for Tools {
    fn plan(&self, tool: &Arc<Component>) -> ToolPlan {
        self.plan_of(tool)
    }

    fn may_repeat<'a>(
        &'a self,
        tool: &'a Arc<Component>,
        observer: &'a dyn ToolObserver,
    ) -> BoxFuture<'a, bool> {
        Box::pin(self.is_repeatable(tool, observer))
    }

    fn discover<'a>(
        &'a self,
        source: &'a Arc<Component>,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Vec<Arc<Component>>, ToolError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => Err(stopped(source)),
                () = self.stopping.cancelled() => Err(stopped(source)),
                found = self.mcp.discover(source, observer) => found,
            }
        })
    }

    fn call<'a>(
        &'a self,
        invocation: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Value, ToolError>> {
        Box::pin(async move {
            let started = Instant::now();
            let ended = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(stopped(&invocation.tool)),
                () = self.stopping.cancelled() => Err(stopped(&invocation.tool)),
                ended = self.carry_out(invocation, observer) => ended,
            };
            if let Err(error) = &ended {
                tracing::debug!(
                    tool = invocation.tool.name(),
                    elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                    kind = ?error.kind,
                    "a tool call failed"
                );
            }
            ended
        })
    }
}

fn stopped(tool: &Component) -> ToolError {
    ToolError::new(
        ToolErrorKind::Cancelled,
        format!("`{}` was stopped", tool.name()),
    )
}
