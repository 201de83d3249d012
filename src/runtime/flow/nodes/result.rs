//! The results of nodes.

use crate::conversation::Values;
use crate::runtime::execute::Executed;
use crate::runtime::flow::wiring::NEXT;

/// The result of a visit of a node.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runtime::flow) struct NodeResult {
    /// Its outputs, by title.
    pub(in crate::runtime::flow) outputs: Values,
    /// The branch by which control leaves.
    pub(in crate::runtime::flow) branch: String,
}

impl NodeResult {
    /// Returns the result of a flow that was run as one step: the branch is `branch_name` of the end node that it reached.
    pub(super) fn of_flow(executed: Executed) -> Self {
        Self {
            outputs: executed.outputs,
            branch: executed.branch.unwrap_or_else(|| NEXT.to_owned()),
        }
    }

    /// Adds outputs.
    pub(super) fn with(mut self, outputs: Values) -> Self {
        self.outputs.extend(outputs);
        self
    }

    /// Outputs of a node that has one way out.
    pub(super) fn next(outputs: Values) -> Self {
        Self {
            outputs,
            branch: NEXT.to_owned(),
        }
    }
}
