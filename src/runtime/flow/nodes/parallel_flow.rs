//! `ParallelFlowNode`, and WayFlow's `ExtendedParallelFlowNode`: run several flows at the same time.

use std::sync::Arc;

use super::result::NodeResult;
use super::rounds;
use crate::conversation::Values;
use crate::runtime::{Halt, RunContext, execute};
use crate::spec::Component;
use crate::spec::property::Property;

/// Each flow takes the inputs that have the titles of its own; the outputs of all are the node's, since no two of the flows
/// share one.
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
