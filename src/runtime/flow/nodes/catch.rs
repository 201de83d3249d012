//! The `CatchExceptionNode` and WayFlow's `PluginCatchExceptionNode`: run a flow and take another
//! branch if it fails.

use std::sync::Arc;

use serde_json::Value;

use super::result::NodeResult;
use crate::conversation::Values;
use crate::runtime::execute::{self, Executed};
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::infer::{
    CAUGHT_BRANCH, CAUGHT_OUTPUT, EXCEPTION_MESSAGE, EXCEPTION_NAME, OTHER_EXCEPTION_BRANCH,
};
use crate::spec::language::{CatchExceptionNode, PluginCatchExceptionNode};
use crate::trace::{Failure, FailureKind};

/// Executes Agent Spec's node. Without a failure, `caught_exception_info` is null; otherwise it
/// describes the failure, and the outputs of the flow take their defaults.
///
/// Source: Agent Spec 26.1.2, *Exceptions*, and pyagentspec's adapter for `LangGraph`; WayFlow does
/// not support the node.
pub(super) async fn run(
    node: &CatchExceptionNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let caught = |text: Value| Values::from_iter([(CAUGHT_OUTPUT.to_owned(), text)]);
    Ok(match attempt(node.subflow(), inputs, context).await? {
        Ok(executed) => NodeResult::of_flow(executed).with(caught(Value::Null)),
        Err(failure) => NodeResult {
            outputs: caught(failure.message.into()),
            branch: CAUGHT_BRANCH.to_owned(),
        },
    })
}

/// Executes WayFlow's node. A failure takes the branch of its name, else the branch for all others,
/// if there is one. Outputs of the flow without a default are then null.
///
/// A failure has two names: the class of the exception, if a Python function raised it, and its
/// kind, such as `tool`.
pub(super) async fn run_named(
    node: &PluginCatchExceptionNode,
    inputs: Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let caught = |name: &str, text: &str| {
        let entries = [(EXCEPTION_NAME, name), (EXCEPTION_MESSAGE, text)];
        let entries = entries.map(|(title, value)| (title.to_owned(), value.into()));
        Values::from_iter(entries)
    };
    let failure = match attempt(node.flow(), inputs, context).await? {
        Ok(executed) => return Ok(NodeResult::of_flow(executed).with(caught("", ""))),
        Err(failure) => failure,
    };
    let names = failure.exception.as_deref().into_iter();
    let names: Vec<&str> = names.chain([failure.kind.name()]).collect();
    let branches = node.except_on();
    let branch = names.iter().find_map(|name| branches?.get(*name)?.as_str());
    let other = node
        .catch_all_exceptions()
        .then_some(OTHER_EXCEPTION_BRANCH);
    let Some(branch) = branch.or(other) else {
        return Err(failure.into());
    };
    let missing = node.flow().outputs().iter();
    let missing = missing.filter(|output| output.default().is_none());
    let outputs = missing.map(|output| (output.title().to_owned(), Value::Null));
    let result = NodeResult {
        outputs: outputs.collect(),
        branch: branch.to_owned(),
    };
    Ok(result.with(caught(names[0], &failure.message)))
}

/// Executes a flow and returns a failure that may be caught. Bugs in flowdeck and cancellation are
/// not caught.
async fn attempt(
    flow: &Arc<Component>,
    inputs: Values,
    context: &RunContext,
) -> Result<Result<Executed, Failure>, Halt> {
    match execute::run(flow, inputs, context).await {
        Ok(executed) => Ok(Ok(executed)),
        Err(Halt::Failed(failure))
            if !matches!(failure.kind, FailureKind::Internal | FailureKind::Cancelled) =>
        {
            Ok(Err(failure))
        }
        Err(halt) => Err(halt),
    }
}
