//! Limits of a run.

use serde::{Deserialize, Serialize};

/// Limits of a run. A run that reaches one of them fails with a `limit` failure that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The maximum number of model calls in which an agent must answer a message. `None` uses the
    /// limit of the spec, or else [`Limits::USUAL_ITERATIONS`].
    pub max_iterations: Option<usize>,
    /// How often a model is asked again if its answer does not fit its schema.
    pub max_corrections: usize,
    /// The maximum number of tokens that all models of the run may write; `None` for no limit. A
    /// model call that has begun below the limit is completed.
    pub max_output_tokens: Option<u64>,
    /// The maximum number of node visits in the run, including nested flows. Each item of a map and
    /// each flow of a parallel node counts separately from there on.
    pub max_node_visits: u64,
    /// The maximum number of concurrent items of a parallel map, or flows of a parallel node, for
    /// each node; further ones wait. `None` uses [`Limits::USUAL_CONCURRENCY`].
    pub max_concurrency: Option<usize>,
    /// The maximum number of concurrent tool calls of the run; further ones wait.
    pub tool_calls_at_once: usize,
    /// The maximum nesting depth of agents and flows.
    pub max_depth: usize,
}

impl Limits {
    /// The default number of model calls for one message, as in WayFlow.
    pub const USUAL_ITERATIONS: usize = 10;
    /// The default number of concurrent items or flows of a node, as in WayFlow.
    pub const USUAL_CONCURRENCY: usize = 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_iterations: None,
            max_corrections: 2,
            max_output_tokens: None,
            max_node_visits: 10_000,
            max_concurrency: None,
            tool_calls_at_once: 8,
            max_depth: 32,
        }
    }
}
