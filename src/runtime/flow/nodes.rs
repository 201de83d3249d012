//! The execution of each type of node.

mod agent;
mod api;
mod branching;
mod catch;
mod end;
mod flow;
mod input_message;
mod llm;
mod map;
mod names;
mod output_message;
mod parallel_flow;
mod result;
mod rounds;
mod start;
mod tool;
mod wayflow;

use std::future::ready;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use map::Mapped;
use names::Names;
pub(super) use result::NodeResult;
use rounds::Pace;

use super::scope::cast;
use super::variables::Variables;
use crate::conversation::Values;
use crate::runtime::runnable::{not_yet, viewed};
use crate::runtime::values::given_or_default;
use crate::runtime::{Halt, RunContext};
use crate::spec::Component;
use crate::spec::language::{
    EndNode, Execution, MapNode, NodeExecution, ParallelFlowNode, ParallelMapNode,
};
use crate::spec::property::Coercion;
use crate::trace::{ComponentName, Event, Failure, FailureKind, SpanKind};

/// Visits a node in a span.
///
/// # Errors
/// The failure of collecting its inputs, which is emitted in the node's span; those of its
/// execution.
pub(super) async fn visit(
    node: &Arc<Component>,
    inputs: Result<Values, Halt>,
    variables: &Variables,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    context
        .in_span(SpanKind::NodeExecutionSpan, node, |span| async move {
            let inputs = inputs?;
            let name = ComponentName::of(node);
            span.trace(Event::NodeExecutionStart {
                node: name.clone(),
                inputs: Arc::new(inputs.clone().into()),
            })
            .await?;
            let mut result = run(node, inputs, variables, &span).await?;
            result.outputs = cast_outputs(node, &result.outputs)?;
            span.trace(Event::NodeExecutionEnd {
                node: name,
                outputs: Arc::new(result.outputs.clone().into()),
                branch_selected: (!node.is::<EndNode>()).then(|| result.branch.clone()),
            })
            .await?;
            Ok(result)
        })
        .await
}

async fn run(
    node: &Arc<Component>,
    inputs: Values,
    variables: &Variables,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let names = Names::of(node);
    let inputs = names.own_inputs(inputs);
    let mut result = work(node, inputs, variables, context).await?;
    result.outputs = names.given_outputs(result.outputs);
    Ok(result)
}

/// Executes a node with its own names for inputs and outputs. Boxed, so that nested flows take
/// little of the stack.
fn work<'a>(
    node: &'a Arc<Component>,
    inputs: Values,
    variables: &'a Variables,
    context: &'a RunContext,
) -> BoxFuture<'a, Result<NodeResult, Halt>> {
    let execution = match node.execution() {
        Execution::Node(execution) => execution,
        Execution::PluginNode(execution) => {
            return wayflow::work(execution, node, inputs, variables, context);
        }
        _ => return Box::pin(ready(Err(not_yet(node).into()))),
    };
    match execution {
        NodeExecution::StartNode => Box::pin(ready(Ok(start::run(inputs)))),
        NodeExecution::EndNode => Box::pin(ready(Ok(end::run(inputs)))),
        NodeExecution::BranchingNode => {
            Box::pin(async move { Ok(branching::run(&viewed(node)?, &inputs)) })
        }
        NodeExecution::LlmNode => {
            Box::pin(async move { llm::run(&viewed(node)?, &inputs, context).await })
        }
        NodeExecution::ToolNode => {
            Box::pin(async move { tool::run(&viewed(node)?, &inputs, context).await })
        }
        NodeExecution::AgentNode => {
            Box::pin(async move { agent::run(&viewed(node)?, inputs, context).await })
        }
        NodeExecution::FlowNode => {
            Box::pin(async move { flow::run(&viewed(node)?, inputs, context).await })
        }
        NodeExecution::MapNode => Box::pin(async move {
            let node: MapNode = viewed(node)?;
            let mapped = Mapped {
                subflow: node.subflow(),
                reducers: node.reducers(),
            };
            map::run(&mapped, Pace::InOrder, &inputs, context).await
        }),
        NodeExecution::ParallelMapNode => Box::pin(async move {
            let node: ParallelMapNode = viewed(node)?;
            let mapped = Mapped {
                subflow: node.subflow(),
                reducers: node.reducers(),
            };
            let pace = Pace::AtOnce(rounds::bound(context, None));
            map::run(&mapped, pace, &inputs, context).await
        }),
        NodeExecution::ParallelFlowNode => Box::pin(async move {
            let node: ParallelFlowNode = viewed(node)?;
            parallel_flow::run(&node.subflows(), None, &inputs, context).await
        }),
        NodeExecution::CatchExceptionNode => {
            Box::pin(async move { catch::run(&viewed(node)?, inputs, context).await })
        }
        NodeExecution::ApiNode => Box::pin(async move { api::run(node, inputs, context).await }),
        NodeExecution::InputMessageNode => {
            Box::pin(async move { input_message::run(&viewed(node)?, &inputs, context).await })
        }
        NodeExecution::OutputMessageNode => {
            Box::pin(async move { output_message::run(&viewed(node)?, &inputs, context).await })
        }
    }
}

/// Converts a node's outputs to their declarations: missing ones take their defaults, and
/// undeclared ones are dropped.
fn cast_outputs(node: &Component, given: &Values) -> Result<Values, Failure> {
    let mut outputs = Values::new();
    for output in node.outputs() {
        let title = output.title();
        let value = given_or_default(given, output, || format!("output `{title}` was not given"))?;
        let value = cast(value, output, Coercion::Edge).map_err(|violations| {
            Failure::new(FailureKind::Spec, format!("output `{title}`: {violations}"))
        })?;
        outputs.insert(title.to_owned(), value);
    }
    Ok(outputs)
}
