//! `ToolNode`: calls a tool, without a model.

use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::values::{fit, in_words};
use crate::runtime::{Halt, RunContext, tool_result};
use crate::spec::language::ToolNode;
use crate::spec::property::Coercion;
use crate::trace::FailureKind;

/// A failing or refused call fails the node: there is no model to read why.
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
    let result = context.call_tool(tool, &call_id, arguments).await??;
    let outputs =
        tool_result::values(&result, tool.outputs(), Coercion::Json).map_err(|violations| {
            Halt::failed(
                FailureKind::Tool,
                format!(
                    "the result of `{}` does not fit its outputs: {}",
                    tool.name(),
                    in_words(&violations)
                ),
            )
        })?;
    Ok(NodeResult::next(outputs))
}
