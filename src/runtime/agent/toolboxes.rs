//! The tools of an agent in one turn: those in the spec, and those found on servers.

use std::sync::Arc;

use super::Setup;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::{Execution, MCPToolBox, ToolBox, ToolExecution};
use crate::spec::{Component, mcp_successor};
use crate::trace::{Failure, FailureKind};

/// Returns the agent's tools, then those of its toolboxes, in order. All servers are asked
/// concurrently.
///
/// An `MCPTool` without inputs gets those of its server.
///
/// # Errors
/// A server can't be reached or does not have what the spec requires, no list of tools can be read,
/// or a tool of a toolbox has the name of another tool, which it could replace unnoticed.
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

/// Returns whether a failure of a source of tools lies with its server: it can't be reached, breaks
/// the connection or sends an invalid list.
///
/// False if the spec names the tools, because they are needed. Also false for what a person must
/// fix or decided (the configuration, a sign-in) and for what stops the run, because continuing
/// would hide it.
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
