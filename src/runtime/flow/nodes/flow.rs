//! The `FlowNode`: runs a flow as one step, in the same conversation.

use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::execute;
use crate::runtime::{Halt, RunContext};
use crate::spec::language::FlowNode;

pub(super) async fn run(
    node: &FlowNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let executed = execute::run(node.subflow(), inputs, context).await?;
    Ok(NodeResult::of_flow(executed))
}
