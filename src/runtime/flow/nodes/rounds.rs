//! A flow that is run several times: for each element of a list, or until it succeeds.

use std::sync::Arc;

use crate::conversation::Values;
use crate::runtime::{Halt, Limits, RunContext, execute};
use crate::spec::Component;
use crate::trace::Failure;

/// How rounds follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// Each round begins when the one before it is over, in one conversation.
    InOrder,
    /// At most so many at the same time.
    AtOnce(usize),
}

/// Returns how many rounds a run and a node allow at the same time. A node that allows none leaves it to the run, as in
/// WayFlow.
pub(super) fn bound(context: &RunContext, max_workers: Option<i64>) -> usize {
    let bound = context.limits().max_concurrency;
    let bound = bound.unwrap_or(Limits::USUAL_CONCURRENCY);
    let own = max_workers.and_then(|own| usize::try_from(own).ok());
    own.filter(|own| *own > 0)
        .map_or(bound, |own| own.min(bound))
}

/// Runs a flow `count` times, with inputs by the number of the round, and gives the outputs of all rounds in their order.
///
/// # Errors
/// The first failing round's; those of `inputs`.
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
