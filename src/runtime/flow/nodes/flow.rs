//! `FlowNode`: runs a flow as one step, in the same conversation.

use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::execute;
use crate::runtime::flow::wiring::NEXT;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::FlowNode;

/// The branch is `branch_name` of the end node that the flow reached.
pub(super) async fn run(
    node: &FlowNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let executed = execute::run(node.subflow(), inputs, context).await?;
    Ok(NodeResult {
        outputs: executed.outputs,
        branch: executed.branch.unwrap_or_else(|| NEXT.to_owned()),
    })
}
