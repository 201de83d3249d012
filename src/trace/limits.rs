//! Bounds on what one run may do.

use serde::{Deserialize, Serialize};

/// Bounds on one run. A run that reaches one fails with a `limit` failure that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Model calls that an agent may make to answer one message; none leaves that to its spec, and to
    /// [`Limits::USUAL_ITERATIONS`] where that says nothing.
    pub max_iterations: Option<usize>,
    /// Times that a model is asked again for an answer that does not fit its schema.
    pub max_corrections: usize,
    /// Tokens that the models of the run may write together; none sets no bound. A model call that begins below it is
    /// let finish.
    pub max_output_tokens: Option<u64>,
    /// Node visits of the whole run, those of flows inside flows counted too. Each item of a map and each flow of a
    /// parallel node counts for itself from there on.
    pub max_node_visits: u64,
    /// Items of a parallel map, or flows of a parallel node, that are under way at the same time, of each node; further ones
    /// wait. None leaves it at [`Limits::USUAL_CONCURRENCY`].
    pub max_concurrency: Option<usize>,
    /// Tool calls of the run that are carried out at the same time; further ones wait.
    pub tool_calls_at_once: usize,
    /// Agents and flows inside one another.
    pub max_depth: usize,
}

impl Limits {
    /// Model calls for one message, as WayFlow bounds them.
    pub const USUAL_ITERATIONS: usize = 10;
    /// Items or flows of one node at the same time, as WayFlow bounds them.
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
