//! `EndNode`: its inputs are what the flow gives. Its branch is not taken here but by the node that runs the flow.

use super::result::NodeResult;
use crate::conversation::Values;

pub(super) fn run(inputs: Values) -> NodeResult {
    NodeResult::next(inputs)
}
