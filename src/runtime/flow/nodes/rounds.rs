//! Repeated execution of a flow: for each element of a list, or until it succeeds.

use std::sync::Arc;

use crate::conversation::Values;
use crate::runtime::{Halt, Limits, RunContext, execute};
use crate::spec::Component;
use crate::trace::Failure;

/// The order of rounds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// One after another, in the same conversation.
    InOrder,
    /// Concurrently, at most this many at a time.
    AtOnce(usize),
}

/// Returns the maximum number of concurrent rounds, from the run's limit and the node's. A node
/// without a valid limit uses the run's, as in WayFlow.
pub(super) fn bound(context: &RunContext, max_workers: Option<i64>) -> usize {
    let bound = context.limits().max_concurrency;
    let bound = bound.unwrap_or(Limits::USUAL_CONCURRENCY);
    let own = max_workers.and_then(|own| usize::try_from(own).ok());
    own.filter(|own| *own > 0)
        .map_or(bound, |own| own.min(bound))
}

/// Runs a flow `count` times, with the inputs for the number of each round, and returns the outputs
/// of all rounds in order.
///
/// # Errors
/// The error of the first failing round; those of `inputs`.
pub(super) async fn run(
    subflow: &Arc<Component>,
    count: usize,
    inputs: impl Fn(usize) -> Result<Values, Failure> + Send + Sync,
    pace: Pace,
    context: &RunContext,
) -> Result<Vec<Values>, Halt> {
    let inputs = &inputs;
    let round = |index: usize, part: RunContext| async move {
        let executed = execute::run(subflow, inputs(index)?, &part).await?;
        Ok(executed.outputs)
    };
    match pace {
        Pace::AtOnce(bound) => {
            let executed = vec![subflow; count];
            context.in_parts("item", &executed, bound, round).await
        }
        Pace::InOrder => {
            let mut results = Vec::new();
            for index in 0..count {
                results.push(round(index, context.part_at("item", index)).await?);
            }
            Ok(results)
        }
    }
}
