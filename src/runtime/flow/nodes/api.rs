//! The `ApiNode`: makes an HTTP request, which is executed, recorded and shown like a tool call.

use std::sync::Arc;

use super::result::NodeResult;
use super::tool;
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;

/// Executes the node. It fails if the status is not a success, or if an output without a default is
/// missing.
pub(super) async fn run(
    node: &Arc<Component>,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let call_id = context.new_request_id("call");
    let result = context.call_tool(node, &call_id, inputs).await??;
    tool::outputs(node, &result)
}
