//! `ApiNode`: makes an HTTP request. It is made, recorded and shown as the call of a tool is.

use std::sync::Arc;

use super::result::NodeResult;
use super::tool;
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;

/// An answer that is no success fails the node, and so does one that lacks an output without a default.
pub(super) async fn run(
    node: &Arc<Component>,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let call_id = context.new_request_id("call");
    let result = context.call_tool(node, &call_id, inputs).await??;
    tool::outputs(node, &result)
}
