//! The tool calls of a run as a sequence that is cheap to compare with those of other runs.

use serde_json::Value;

use crate::runs::record::outcome::digest_of_value;

/// How many calls of a run are compared with those of others: bounds what one run costs.
const MAX_STEPS: usize = 200;

/// A call on a run's path: which tool, and which arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallStep {
    /// The tool, by its place in [`RunSummary::tools`](crate::runs::RunSummary::tools).
    pub(crate) tool: usize,
    /// A digest of the arguments; 0 while they are not known.
    pub(crate) arguments: u64,
}

/// The calls of a run in the order in which they were asked for, as far as they are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallPath {
    steps: Vec<CallStep>,
    /// Counts the changes: of one call, or by one.
    version: u64,
}

impl CallPath {
    pub(crate) fn steps(&self) -> &[CallStep] {
        &self.steps
    }

    /// Another one after each change.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Adds a call of a tool, with arguments that are not known yet.
    pub(super) fn push(&mut self, tool: usize) {
        if self.steps.len() < MAX_STEPS {
            let arguments = 0;
            self.steps.push(CallStep { tool, arguments });
            self.version += 1;
        }
    }

    /// Sets the arguments of a call, which are known now, or are others than they were.
    pub(super) fn set_arguments(&mut self, call: usize, arguments: &Value) {
        if let Some(step) = self.steps.get_mut(call) {
            let digest = digest_of_value(arguments);
            if step.arguments != digest {
                step.arguments = digest;
                self.version += 1;
            }
        }
    }
}
