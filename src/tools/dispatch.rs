//! Carries out the calls of a spec's tools.
//!
//! [`builder`] makes [`Tools`], [`route`] finds the way that a tool's calls take, [`plan`] describes it before a call, and
//! [`call`] takes it.

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

/// How long [`Tools::shutdown`] waits for what can't be ended: a blocking tool on a thread, which only the end of the
/// process ends. A call that is nearly done may finish; a longer wait would hold up a person who leaves.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Carries out the tool calls of all runs of one profile, and owns what that takes: worker
/// processes, threads, connections.
///
/// A `ServerTool` is looked for in the registry first, then in the profile's bindings. End it with
/// [`Tools::shutdown`]; dropping it ends its processes too, without waiting.
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
    /// Begins to make the tools of a profile.
    pub fn builder(profile: Arc<Profile>) -> ToolsBuilder {
        ToolsBuilder::new(profile)
    }

    /// Ends every call and every worker process, and waits until they are gone; for a blocking
    /// tool that does not end, a second at most. Calls made afterwards are refused.
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
