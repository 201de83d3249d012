//! `AgentNode`: runs an agent, or another agentic component, as one step.

use super::NodeResult;
use crate::conversation::Values;
use crate::runtime::execute;
use crate::runtime::flow::wiring::NEXT;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::AgentNode;

/// An agent joins the conversation of the flow; a flow has one of its own (Agent Spec, *`AgentNode`*).
pub(super) async fn run(
    node: &AgentNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let agentic = node.agent();
    let executed = if agentic.is_a("Flow") {
        execute::run(agentic, inputs, &context.with_own_conversation()).await?
    } else {
        execute::run(agentic, inputs, context).await?
    };
    let branches = node.component().branches();
    let is_branch = |branch: &String| branches.contains(branch);
    let branch = match (executed.branch.filter(is_branch), branches) {
        (Some(branch), _) => branch,
        // The branches of such a node are free; one that has a single way out takes it, whatever its name.
        (None, [only]) => only.clone(),
        (None, _) => NEXT.to_owned(),
    };
    Ok(NodeResult {
        outputs: executed.outputs,
        branch,
    })
}
