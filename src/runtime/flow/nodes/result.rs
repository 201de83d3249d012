//! What nodes give.

use crate::conversation::Values;
use crate::runtime::flow::wiring::NEXT;

/// What a visit of a node gave.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runtime::flow) struct NodeResult {
    /// Its outputs, by title.
    pub(in crate::runtime::flow) outputs: Values,
    /// The branch by which control leaves.
    pub(in crate::runtime::flow) branch: String,
}

impl NodeResult {
    /// Outputs of a node that has one way out.
    pub(super) fn next(outputs: Values) -> Self {
        Self {
            outputs,
            branch: NEXT.to_owned(),
        }
    }
}
