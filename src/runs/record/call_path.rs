//! The tool calls of a run as a sequence that can be compared cheaply with those of other runs.

use serde_json::Value;

use crate::runs::record::outcome::digest_of_value;

/// The maximum number of a run's calls that are compared, which limits the cost per run.
const MAX_STEPS: usize = 200;

/// A call on a run's path: a tool and its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallStep {
    /// The index of the tool in [`RunSummary::tools`](crate::runs::RunSummary::tools).
    pub(crate) tool: usize,
    /// A digest of the arguments; 0 while they are unknown.
    pub(crate) arguments: u64,
}

/// The calls of a run in the order of their requests, up to a maximum number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallPath {
    steps: Vec<CallStep>,
    /// The number of changes to existing calls and of added calls.
    version: u64,
}

impl CallPath {
    pub(crate) fn steps(&self) -> &[CallStep] {
        &self.steps
    }

    /// Returns a number that differs after each change.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Adds a call of a tool whose arguments are not known yet.
    pub(super) fn push(&mut self, tool: usize) {
        if self.steps.len() < MAX_STEPS {
            let arguments = 0;
            self.steps.push(CallStep { tool, arguments });
            self.version += 1;
        }
    }

    /// Sets the arguments of a call when they become known or change.
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
