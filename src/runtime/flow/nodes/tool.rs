//! The `ToolNode`: calls a tool without a model.

use serde_json::Value;

use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::values::{fit, in_words};
use crate::runtime::{Halt, RunContext, tool_result};
use crate::spec::Component;
use crate::spec::language::{ExtendedToolNode, ToolNode};
use crate::spec::property::Coercion;
use crate::trace::FailureKind;

/// Executes the node. A failing or rejected call makes the node fail, because no model could read
/// the reason. WayFlow's node can return the reason instead of the result.
pub(super) async fn run(
    node: &ToolNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let tool = node.tool();
    let arguments = fit(inputs, tool.inputs(), Coercion::Edge).map_err(|violations| {
        Halt::failed(
            FailureKind::Input,
            format!(
                "the arguments of `{}` do not fit: {}",
                tool.name(),
                in_words(&violations)
            ),
        )
    })?;
    let call_id = context.new_request_id("call");
    let result = match context.call_tool(tool, &call_id, arguments).await? {
        Ok(result) => result,
        Err(failure) if takes_failures(node) => failure.message.into(),
        Err(failure) => return Err(failure.into()),
    };
    outputs(tool, &result)
}

/// Makes the outputs of a node from the result of a call; `called` declares them.
pub(super) fn outputs(called: &Component, result: &Value) -> Result<NodeResult, Halt> {
    let outputs = tool_result::values(result, called.outputs(), Coercion::Json);
    let outputs = outputs.map_err(|violations| {
        Halt::failed(
            FailureKind::Tool,
            format!(
                "the result of `{}` does not fit its outputs: {}",
                called.name(),
                in_words(&violations)
            ),
        )
    })?;
    Ok(NodeResult::next(outputs))
}

fn takes_failures(node: &ToolNode) -> bool {
    let extended = ExtendedToolNode::of(node.component());
    extended.is_some_and(|node| !node.raise_exceptions())
}
