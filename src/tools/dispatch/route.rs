//! Selects the way to execute a tool's calls, by its stub, its type, the registry and the profile's
//! bindings.

use std::sync::Arc;

use super::Tools;
use crate::profile::{Binding, Stub, ToolBinding};
use crate::spec::language::{
    A2AAgent, AgenticExecution, ApiNode, BuiltinTool, Execution, MCPTool, NodeExecution, OciAgent,
    PluginNodeExecution, PostgresDatabaseDatastore, RemoteTool, Tool, ToolExecution,
};
use crate::spec::{Component, mcp_successor};
use crate::tools::executor::ToolObserver;
use crate::tools::http::RequestFields;
use crate::tools::registry::ToolFunction;

/// The way to execute a tool's calls.
pub(super) enum Route<'t> {
    Registered(&'t ToolFunction),
    Bound(&'t ToolBinding),
    /// A stub that replaces the tool in this launch, whatever its type.
    Stubbed(&'t Stub),
    Remote(RemoteTool),
    /// The HTTP request of a flow's `ApiNode`.
    Api(ApiNode),
    Mcp(MCPTool),
    /// The database operation of a flow's node.
    Database(DatabaseNode),
    /// A remote agent.
    Agent(A2AAgent),
    /// An agent in Oracle's cloud.
    OciAgent(OciAgent),
    Builtin(BuiltinTool),
    Person,
    Unbound,
    /// A type of tool that is not supported yet.
    NotYet,
}

/// A node with a database operation.
pub(super) struct DatabaseNode {
    pub(super) datastore: PostgresDatabaseDatastore,
    /// Whether the operation changes nothing.
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
    /// Returns the route of a tool's calls.
    pub(super) fn route(&self, tool: &Arc<Component>) -> Route<'_> {
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

    /// Returns whether a call may be repeated if it is unknown whether the previous attempt took
    /// effect.
    pub(super) async fn is_repeatable(
        &self,
        tool: &Arc<Component>,
        observer: &dyn ToolObserver,
    ) -> bool {
        match self.route(tool) {
            Route::Bound(bound) => bound.is_idempotent || matches!(bound.binding, Binding::Stub(_)),
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
    }
}
