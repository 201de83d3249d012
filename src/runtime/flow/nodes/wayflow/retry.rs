//! The `PluginRetryNode`: repeats a flow until one of its outputs reports success.

use serde_json::Value;

use crate::conversation::Values;
use crate::runtime::execute;
use crate::runtime::flow::nodes::NodeResult;
use crate::runtime::{Halt, RunContext};
use crate::spec::infer::{FAILURE_BRANCH, RETRIES, RETRY_SUCCESS};
use crate::spec::language::PluginRetryNode;

/// Executes the node. A failing trial makes the node fail: only the output decides about
/// repetition. The number of trials includes the successful one.
pub(super) async fn run(
    node: &PluginRetryNode,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let most = usize::try_from(node.max_num_trials()).unwrap_or(0).max(1);
    let mut trial = 0;
    loop {
        let place = context.part_at("trial", trial);
        let mut executed = execute::run(node.flow(), inputs.clone(), &place).await?;
        trial += 1;
        let condition = executed.outputs.shift_remove(node.success_condition());
        let has_succeeded = condition.as_ref().is_some_and(is_true);
        if !has_succeeded && trial < most {
            continue;
        }
        let counted = [
            (RETRIES.to_owned(), trial.into()),
            (RETRY_SUCCESS.to_owned(), has_succeeded.into()),
        ];
        let mut result = NodeResult::of_flow(executed).with(counted.into_iter().collect());
        if !has_succeeded {
            FAILURE_BRANCH.clone_into(&mut result.branch);
        }
        return Ok(result);
    }
}

/// Returns whether Python considers a value true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}
