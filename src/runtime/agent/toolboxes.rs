//! The tools of an agent in one turn: those that the spec has, and those that servers are found to have.

use std::sync::Arc;

use super::Setup;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::trace::{Failure, FailureKind};

/// The agent's tools, then those of its tool boxes, in their order. All servers are asked at the same time.
///
/// An `MCPTool` without inputs takes those of its server.
///
/// # Errors
/// A server can't be reached or does not have what the spec says; a tool of a box is called like another one, which it
/// could stand in for unseen.
pub(super) async fn tools(setup: &Setup, turn: &RunContext) -> Result<Vec<Arc<Component>>, Halt> {
    let sources: Vec<&Arc<Component>> = setup.tools.iter().chain(&setup.toolboxes).collect();
    if !sources.iter().any(|source| is_asked_for(source)) {
        return Ok(setup.tools.clone());
    }
    let asked = sources.iter().map(|source| async move {
        if is_asked_for(source) {
            turn.discover(source).await
        } else {
            Ok(vec![Arc::clone(source)])
        }
    });
    let found = turn.all(asked.collect()).await;
    let mut tools: Vec<(&Component, Arc<Component>)> = Vec::new();
    for (source, found) in sources.into_iter().zip(found) {
        for tool in found? {
            if let Some((other, _)) = tools.iter().find(|(_, known)| known.name() == tool.name())
                && is_box(source)
            {
                return Err(collision(&tool, source, other).into());
            }
            tools.push((source, tool));
        }
    }
    Ok(tools.into_iter().map(|(_, tool)| tool).collect())
}

fn is_asked_for(source: &Arc<Component>) -> bool {
    is_box(source) || (is_mcp_tool(source) && source.inputs().is_empty())
}

fn is_mcp_tool(source: &Component) -> bool {
    source.is_a("MCPTool") || source.is_a("PluginMCPTool")
}

fn is_box(source: &Component) -> bool {
    source.is_a("ToolBox")
}

fn collision(tool: &Component, toolbox: &Component, other: &Component) -> Failure {
    let by = if is_box(other) {
        format!("the tool box `{}` has one, too", other.name())
    } else {
        "the agent has one of its own".to_owned()
    };
    Failure::new(
        FailureKind::Spec,
        format!(
            "the tool box `{}` has a tool `{}`, and {by}",
            toolbox.name(),
            tool.name()
        ),
    )
    .with_hint("choose the tools that are wanted with `tool_filter`")
}
