//! The results of nodes.

use crate::conversation::Values;
use crate::runtime::execute::Executed;
use crate::runtime::flow::wiring::NEXT;

/// The result of visiting a node.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runtime::flow) struct NodeResult {
    /// The outputs, by title.
    pub(in crate::runtime::flow) outputs: Values,
    /// The branch that control takes.
    pub(in crate::runtime::flow) branch: String,
}

impl NodeResult {
    /// Makes the result of a flow that ran as one step: the branch is `branch_name` of the end node
    /// that was reached.
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

    /// Makes the result of a node with a single branch.
    pub(super) fn next(outputs: Values) -> Self {
        Self {
            outputs,
            branch: NEXT.to_owned(),
        }
    }
}
