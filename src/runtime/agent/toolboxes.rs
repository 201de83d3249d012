//! The tools of an agent in one turn: those that the spec has, and those that servers are found to have.

use std::sync::Arc;

use super::Setup;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::{Execution, MCPToolBox, ToolBox, ToolExecution};
use crate::spec::{Component, mcp_successor};
use crate::trace::{Failure, FailureKind};

/// The agent's tools, then those of its tool boxes, in their order. All servers are asked at the same time.
///
/// An `MCPTool` without inputs takes those of its server.
///
/// # Errors
/// A server can't be reached or does not have what the spec says, or no list of tools can be read;
/// a tool of a box is called like another one, whose place it could take unseen.
pub(super) async fn tools(setup: &Setup, turn: &RunContext) -> Result<Vec<Arc<Component>>, Halt> {
    let sources: Vec<&Arc<Component>> = setup.tools.iter().chain(&setup.toolboxes).collect();
    if !sources.iter().any(|source| is_asked_for(source)) {
        return Ok(setup.tools.clone());
    }
    let asked = sources
        .iter()
        .enumerate()
        .map(|(index, source)| async move {
            if turn.is_left_out(source) {
                Ok(Vec::new())
            } else if is_asked_for(source) {
                turn.at("discover", index).discover(source).await
            } else {
                Ok(vec![Arc::clone(source)])
            }
        });
    let found = turn.all(asked.collect()).await;
    let has_some = found
        .iter()
        .any(|found| found.as_ref().is_ok_and(|tools| !tools.is_empty()));
    let mut tools: Vec<(&Component, Arc<Component>)> = Vec::new();
    for (source, found) in sources.into_iter().zip(found) {
        let found = match found {
            // The others work.
            Err(Halt::Failed(failure)) if has_some && is_at_fault(source, &failure) => {
                let notice = format!("{}; its tools are left out", failure.message);
                turn.leave_out(source, notice).await;
                continue;
            }
            found => found?,
        };
        for tool in found {
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

/// Whether a server is at fault: it can't be reached, breaks off or gives no list of tools that can be read.
///
/// One whose tools are wanted by name is needed. What a person must mend or decided (the configuration, a sign-in) and what
/// stops the run are no faults of the server, and going on would hide them.
fn is_at_fault(source: &Arc<Component>, failure: &Failure) -> bool {
    let successor = mcp_successor(source);
    let toolbox = MCPToolBox::of(successor.as_ref().unwrap_or(source));
    let takes_all = toolbox.is_some_and(|toolbox| toolbox.tool_filter().is_none());
    takes_all
        && match failure.kind {
            FailureKind::Network | FailureKind::Tool => true,
            FailureKind::Spec
            | FailureKind::Input
            | FailureKind::Profile
            | FailureKind::Model
            | FailureKind::Limit
            | FailureKind::Cancelled
            | FailureKind::Internal => false,
        }
}

fn is_asked_for(source: &Arc<Component>) -> bool {
    let is_mcp_tool = source.execution() == Execution::Tool(ToolExecution::MCPTool);
    is_box(source) || (is_mcp_tool && source.inputs().is_empty())
}

fn is_box(source: &Component) -> bool {
    source.is::<ToolBox>()
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
