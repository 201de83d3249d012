//! The `ParallelFlowNode` and WayFlow's `ExtendedParallelFlowNode`: run several flows concurrently.

use std::sync::Arc;

use super::result::NodeResult;
use super::rounds;
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext, execute};
use crate::spec::Component;
use crate::spec::property::Property;

/// Executes the node. Each flow takes the inputs with its titles; the outputs of all flows, which
/// are disjoint, are the node's outputs.
pub(super) async fn run(
    flows: &[&Arc<Component>],
    max_workers: Option<i64>,
    inputs: &Values,
    context: &RunContext,
) -> Result<NodeResult, Halt> {
    let bound = rounds::bound(context, max_workers);
    let outputs = context
        .in_parts("flow", flows, bound, |index, part| async move {
            let flow = flows[index];
            let executed = execute::run(flow, inputs_of(flow, inputs), &part).await?;
            Ok(executed.outputs)
        })
        .await?;
    Ok(NodeResult::next(outputs.into_iter().flatten().collect()))
}

fn inputs_of(flow: &Component, inputs: &Values) -> Values {
    let titles = flow.inputs().iter().map(Property::title);
    titles
        .filter_map(|title| Some((title.to_owned(), inputs.get(title)?.clone())))
        .collect()
}
