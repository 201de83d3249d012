//! Finds what carries out the calls of a tool of a spec.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::a2a::RemoteAgents;
use super::builtin;
use super::command;
use super::executor::{
    Lane, ToolError, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver, ToolPlan,
};
use super::http::{HttpTools, RequestFields};
use super::limit::{DEFAULT_HTTP_LIMIT, DEFAULT_LIMIT, within};
use super::mcp::{McpTools, SessionSettings};
use super::oci_agent::OciAgents;
use super::output::{Given, fit_outputs};
use super::postgres::{self, DatastoreOperation, PostgresTools};
use super::python::{PythonCall, PythonTools};
use super::registry::{DEFAULT_BLOCKING_THREADS, Threads, ToolFunction, ToolRegistry};
use crate::base::address::{shown_text, shown_with_query};
use crate::base::clock::{SharedClock, WallClock};
use crate::base::command_line::shown_command;
use crate::base::written::Written;
use crate::profile::{Binding, Profile, Stub, ToolBinding, lines_that_bind};
use crate::spec::builtin::builtin_of;
use crate::spec::language::{
    A2AAgent, AgenticExecution, ApiNode, BuiltinTool, Execution, MCPTool, NodeExecution, OciAgent,
    PluginNodeExecution, PostgresDatabaseDatastore, RemoteTool, Tool, ToolExecution,
};
use crate::spec::property::Coercion;
use crate::spec::{Component, mcp_successor};

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

/// The parts that [`Tools`] is made of.
#[derive(Debug)]
pub struct ToolsBuilder {
    profile: Arc<Profile>,
    registry: ToolRegistry,
    blocking_threads: usize,
    python_silence: Duration,
    token_folder: Option<PathBuf>,
    mcp_idle: Duration,
    clock: Option<SharedClock>,
}

impl ToolsBuilder {
    /// The tools written in Rust.
    #[must_use]
    pub fn registry(mut self, registry: ToolRegistry) -> Self {
        self.registry = registry;
        self
    }

    /// Sets how many blocking tools may run at once, at least 1; 40 unless said otherwise.
    #[must_use]
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = threads.max(1);
        self
    }

    /// Sets how long a Python worker may give no sign of life during a call before it is killed; 5 s
    /// unless said otherwise.
    #[must_use]
    pub fn python_silence(mut self, silence: Duration) -> Self {
        self.python_silence = silence;
        self
    }

    /// Sets where access tokens of servers are kept for the next time; in memory unless said otherwise.
    #[must_use]
    pub fn token_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.token_folder = folder;
        self
    }

    /// Sets how long the session with an MCP server is kept when no call uses it; half an hour unless said otherwise.
    #[must_use]
    pub fn mcp_idle(mut self, idle: Duration) -> Self {
        self.mcp_idle = idle;
        self
    }

    /// Sets the clock that `current_time` reads; the machine's unless said otherwise.
    #[must_use]
    pub fn clock(mut self, clock: SharedClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes it. Nothing is started before the first call.
    pub fn build(self) -> Tools {
        let clock = self.clock.unwrap_or_else(|| Arc::new(WallClock));
        let tasks = TaskTracker::new();
        let stopping = CancellationToken::new();
        Tools {
            python: PythonTools::new(
                &self.profile.python,
                &self.profile.folder,
                self.python_silence,
                (tasks.clone(), stopping.clone()),
            ),
            threads: Threads {
                places: Arc::new(Semaphore::new(self.blocking_threads)),
                tasks: tasks.clone(),
            },
            http: HttpTools::default(),
            postgres: PostgresTools::new(Arc::clone(&self.profile), tasks.clone()),
            mcp: McpTools::new(
                self.profile.folder.clone(),
                SessionSettings {
                    token_folder: self.token_folder,
                    idle: self.mcp_idle,
                    tasks: tasks.clone(),
                },
            ),
            agents: RemoteAgents::new(self.profile.folder.clone(), tasks.clone()),
            oci_agents: OciAgents::new(SharedClock::clone(&clock)),
            clock,
            profile: self.profile,
            registry: self.registry,
            tasks,
            stopping,
        }
    }
}

/// The way that a tool's calls take.
enum Route<'t> {
    Registered(&'t ToolFunction),
    Bound(&'t ToolBinding),
    /// Replaced in this launch, whatever kind of tool it is.
    Stubbed(&'t Stub),
    Remote(RemoteTool),
    /// A node of a flow that is a request.
    Api(ApiNode),
    Mcp(MCPTool),
    /// A node of a flow that works at a database.
    Database(DatabaseNode),
    /// An agent that another system runs.
    Agent(A2AAgent),
    /// An agent of Oracle's cloud.
    OciAgent(OciAgent),
    Builtin(BuiltinTool),
    Person,
    Unbound,
    /// A type of tool that is not carried out yet.
    NotYet,
}

/// A node that works at a database.
struct DatabaseNode {
    datastore: PostgresDatabaseDatastore,
    /// Whether it changes nothing.
    is_read: bool,
}

impl DatabaseNode {
    fn of(node: &Component, execution: PluginNodeExecution) -> Option<Self> {
        let is_read = match execution {
            PluginNodeExecution::PluginDatastoreListNode
            | PluginNodeExecution::PluginDatastoreQueryNode => true,
            PluginNodeExecution::PluginDatastoreCreateNode
            | PluginNodeExecution::PluginDatastoreUpdateNode
            | PluginNodeExecution::PluginDatastoreDeleteNode => false,
            _ => return None,
        };
        let datastore = node.field("datastore")?.as_component()?;
        Some(Self {
            datastore: PostgresDatabaseDatastore::of(datastore)?,
            is_read,
        })
    }
}

impl Tools {
    /// Begins to make the tools of a profile.
    pub fn builder(profile: Arc<Profile>) -> ToolsBuilder {
        ToolsBuilder {
            profile,
            registry: ToolRegistry::new(),
            blocking_threads: DEFAULT_BLOCKING_THREADS,
            python_silence: super::python::DEFAULT_SILENCE,
            token_folder: None,
            mcp_idle: super::mcp::DEFAULT_IDLE,
            clock: None,
        }
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

    fn route(&self, tool: &Arc<Component>) -> Route<'_> {
        if tool.is::<Tool>()
            && let Some(stub) = self.profile.stub(tool.name())
        {
            return Route::Stubbed(stub);
        }
        let successor = mcp_successor(tool);
        let tool = successor.as_ref().unwrap_or(tool);
        let execution = match tool.execution() {
            Execution::Tool(execution) => execution,
            Execution::Node(NodeExecution::ApiNode) => {
                return ApiNode::of(tool).map_or(Route::NotYet, Route::Api);
            }
            Execution::PluginNode(execution) => {
                return DatabaseNode::of(tool, execution).map_or(Route::NotYet, Route::Database);
            }
            Execution::Agentic(AgenticExecution::A2AAgent) => {
                return A2AAgent::of(tool).map_or(Route::NotYet, Route::Agent);
            }
            Execution::Agentic(AgenticExecution::OciAgent) => {
                return OciAgent::of(tool).map_or(Route::NotYet, Route::OciAgent);
            }
            _ => return Route::NotYet,
        };
        match execution {
            ToolExecution::ServerTool => self.route_of_server_tool(tool.name()),
            ToolExecution::ClientTool => Route::Person,
            ToolExecution::BuiltinTool => {
                BuiltinTool::of(tool).map_or(Route::NotYet, Route::Builtin)
            }
            ToolExecution::RemoteTool => RemoteTool::of(tool).map_or(Route::NotYet, Route::Remote),
            ToolExecution::MCPTool => MCPTool::of(tool).map_or(Route::NotYet, Route::Mcp),
        }
    }

    fn route_of_server_tool(&self, name: &str) -> Route<'_> {
        if let Some(function) = self.registry.get(name) {
            return Route::Registered(function);
        }
        match self.profile.binding(name) {
            Some(binding) if binding.binding == Binding::Ask => Route::Person,
            Some(binding) => Route::Bound(binding),
            None => Route::Unbound,
        }
    }

    async fn carry_out(
        &self,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
    ) -> Result<Value, ToolError> {
        let tool = &invocation.tool;
        let name = tool.name();
        let (result, coercion) = match self.route(tool) {
            Route::Registered(function) => {
                let arguments = invocation.arguments.clone();
                let call = function.call(name, arguments, &self.threads, observer);
                (Given::Value(call.await?), Coercion::Json)
            }
            Route::Bound(binding) => self.call_bound(invocation, binding, observer).await?,
            Route::Stubbed(stub) => stand_in(name, stub, DEFAULT_LIMIT).await?,
            // Boxed, as further ones: each call would have to hold room for the largest.
            Route::Remote(remote) => {
                let call = self.http.call_remote(&remote, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Api(node) => {
                let call = self.http.call_node(&node, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Mcp(mcp) => {
                let call = self.mcp.call(&mcp, invocation, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Database(node) => {
                let operation = DatastoreOperation::of_arguments(&invocation.arguments);
                let operation = operation.ok_or_else(|| {
                    let message = format!("the arguments of `{name}` say nothing of a datastore");
                    ToolError::new(ToolErrorKind::Configuration, message)
                })?;
                let call = self
                    .postgres
                    .call(name, &node.datastore, &operation, observer);
                return Box::pin(call).await;
            }
            // What it answers is not its outputs yet.
            Route::Agent(agent) => {
                return Box::pin(self.agents.call(&agent, invocation, observer)).await;
            }
            Route::OciAgent(agent) => {
                return Box::pin(self.oci_agents.call(&agent, invocation, observer)).await;
            }
            Route::Builtin(_) => {
                let means = builtin::BuiltinContext {
                    clock: &self.clock,
                    http: &self.http,
                    folder: &self.profile.folder,
                };
                let call = builtin::call(tool, &invocation.arguments, means, observer);
                (Box::pin(call).await?, Coercion::Text)
            }
            Route::Person => {
                return Err(ToolError::new(
                    ToolErrorKind::Configuration,
                    format!("the result of `{name}` comes from a person, not from a call"),
                ));
            }
            Route::Unbound => {
                return Err(
                    ToolError::new(ToolErrorKind::Configuration, unbound_message(name))
                        .with_hint(lines_that_bind(name)),
                );
            }
            Route::NotYet => {
                return Err(ToolError::new(
                    ToolErrorKind::Configuration,
                    not_yet_message(tool),
                ));
            }
        };
        fit_outputs(tool, result, coercion)
    }

    async fn call_bound(
        &self,
        invocation: &ToolInvocation,
        bound: &ToolBinding,
        observer: &dyn ToolObserver,
    ) -> Result<(Given, Coercion), ToolError> {
        let name = invocation.tool.name();
        let arguments = &invocation.arguments;
        let limit = bound.timeout.unwrap_or(DEFAULT_LIMIT);
        match &bound.binding {
            Binding::Command { argv } => {
                let call = command::run(invocation, argv, &self.profile.folder, observer);
                let printed = within(name, limit, Box::pin(call)).await?;
                Ok((Given::Text(printed), Coercion::Text))
            }
            Binding::Python { file, function } => {
                let call = PythonCall {
                    name,
                    file,
                    function,
                    arguments,
                    identity: &invocation.identity,
                    limit,
                };
                let result = Box::pin(self.python.call(&call, observer)).await?;
                let result = Written::from_marked(result);
                Ok((Given::Written(result), Coercion::Json))
            }
            Binding::Http(http) => {
                let limit = bound.timeout.unwrap_or(DEFAULT_HTTP_LIMIT);
                let call = self.http.call_binding(invocation, http, limit, observer);
                let result = Box::pin(call).await?;
                Ok((result, Coercion::Text))
            }
            Binding::Stub(stub) => stand_in(name, stub, limit).await,
            Binding::Ask => Err(ToolError::new(
                ToolErrorKind::Configuration,
                format!("the result of `{name}` comes from a person, not from a call"),
            )),
        }
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
        let name = tool.name();
        match self.route(tool) {
            Route::Registered(function) => ToolPlan::Run {
                lane: function.lane(),
                binding: "registered".to_owned(),
            },
            Route::Bound(bound) => ToolPlan::Run {
                lane: self.lane(&bound.binding),
                binding: shown(&bound.binding, &self.profile),
            },
            Route::Stubbed(_) => ToolPlan::Run {
                lane: Lane::Fixed,
                binding: "stubbed".to_owned(),
            },
            Route::Remote(remote) => request_plan(remote.http_method(), remote.url()),
            Route::Api(node) => request_plan(node.http_method(), node.url()),
            Route::Mcp(mcp) => ToolPlan::Run {
                lane: Lane::Mcp,
                binding: self.mcp.shown(&mcp),
            },
            Route::Database(node) => ToolPlan::Run {
                lane: Lane::Database,
                binding: postgres::shown(&node.datastore),
            },
            Route::Agent(agent) => ToolPlan::Run {
                lane: Lane::A2a,
                binding: RemoteAgents::shown(&agent),
            },
            Route::OciAgent(agent) => ToolPlan::Run {
                lane: Lane::Http,
                binding: OciAgents::shown(&agent),
            },
            Route::Builtin(tool) => match builtin_of(&tool) {
                Ok(_) => ToolPlan::Run {
                    lane: builtin::lane(&tool),
                    binding: format!("builtin {}", tool.tool_type()),
                },
                Err(error) => {
                    let refused = builtin::refused(name, &error);
                    ToolPlan::Unbound {
                        message: refused.message,
                        hint: refused.hint.unwrap_or_default(),
                    }
                }
            },
            Route::Person => ToolPlan::AskPerson,
            Route::Unbound => ToolPlan::Unbound {
                message: unbound_message(name),
                hint: lines_that_bind(name),
            },
            Route::NotYet => ToolPlan::Unbound {
                message: not_yet_message(tool),
                hint: "use a `ServerTool` or a `RemoteTool` in its place".to_owned(),
            },
        }
    }

    fn may_repeat<'a>(
        &'a self,
        tool: &'a Arc<Component>,
        observer: &'a dyn ToolObserver,
    ) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            match self.route(tool) {
                Route::Bound(bound) => {
                    bound.is_idempotent || matches!(bound.binding, Binding::Stub(_))
                }
                Route::Builtin(_) | Route::Stubbed(_) => true,
                Route::Remote(remote) => RequestFields::of_remote_tool(&remote).is_safe(),
                Route::Api(node) => RequestFields::of_api_node(&node).is_safe(),
                Route::Mcp(mcp) => self.mcp.may_repeat(&mcp, observer).await,
                Route::Database(node) => node.is_read,
                Route::Registered(_)
                | Route::Agent(_)
                | Route::OciAgent(_)
                | Route::Person
                | Route::Unbound
                | Route::NotYet => false,
            }
        })
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

impl Tools {
    fn lane(&self, binding: &Binding) -> Lane {
        match binding {
            Binding::Command { .. } => Lane::Process,
            Binding::Python { file, function } => self.python.lane(file, function),
            Binding::Http(_) => Lane::Http,
            Binding::Ask => Lane::Person,
            Binding::Stub(_) => Lane::Fixed,
        }
    }
}

/// Returns what a stand-in gives, after its delay.
async fn stand_in(
    name: &str,
    stub: &Stub,
    limit: Duration,
) -> Result<(Given, Coercion), ToolError> {
    let wait = async {
        tokio::time::sleep(stub.delay).await;
        Ok(())
    };
    within(name, limit, wait).await?;
    match &stub.outcome {
        Ok(value) => Ok((Given::Written(value.clone()), Coercion::Json)),
        Err(message) => Err(ToolError::new(ToolErrorKind::Failed, message.clone())),
    }
}

/// Returns what a binding is, in a few words: `tools/work.py:heavy_work`.
fn shown(binding: &Binding, profile: &Profile) -> String {
    match binding {
        Binding::Command { argv } => shown_command(argv),
        Binding::Python { file, function } => {
            let file = file.strip_prefix(&profile.folder).unwrap_or(file);
            format!("{}:{function}", file.display())
        }
        Binding::Http(http) => format!("{} {}", http.method, shown_text(&http.url)),
        Binding::Ask => "ask".to_owned(),
        Binding::Stub(stub) if stub.outcome.is_err() => "error".to_owned(),
        Binding::Stub(_) => "value".to_owned(),
    }
}

fn request_plan(method: &str, url: &str) -> ToolPlan {
    ToolPlan::Run {
        lane: Lane::Http,
        binding: format!("{method} {}", shown_with_query(url)),
    }
}

fn stopped(tool: &Component) -> ToolError {
    ToolError::new(
        ToolErrorKind::Cancelled,
        format!("`{}` was stopped", tool.name()),
    )
}

fn unbound_message(name: &str) -> String {
    format!("`{name}` is not available: nothing is bound to it here")
}

fn not_yet_message(tool: &Component) -> String {
    format!(
        "`{}` is a `{}`, which can't be run yet",
        tool.name(),
        tool.type_name()
    )
}
