//! The `EndNode`: its inputs are the outputs of the flow. The node that runs the flow takes its
//! branch.

use super::result::NodeResult;
use crate::conversation::Values;

pub(super) fn run(inputs: Values) -> NodeResult {
    NodeResult::next(inputs)
}
