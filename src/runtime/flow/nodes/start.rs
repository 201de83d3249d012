//! The `StartNode`: passes the flow's inputs on.

use super::result::NodeResult;
use crate::conversation::Values;

pub(super) fn run(inputs: Values) -> NodeResult {
    NodeResult::next(inputs)
}
