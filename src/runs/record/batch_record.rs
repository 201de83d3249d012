//! The record of a batch: runs that were launched together.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::profile::Tracing;
use crate::runs::{BatchTerms, Summary};
use crate::spec::Component;

/// The state of a batch, without the records of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRecord {
    /// The id of the batch.
    pub id: BatchId,
    /// The number of the batch in the order of launch, from 0.
    pub number: usize,
    /// The name of the spec, for people.
    pub spec_name: String,
    /// The component that is executed; `None` for an opened trace that does not contain it.
    pub component: Option<Arc<Component>>,
    /// The settings of the batch, such as its limits.
    pub terms: Arc<BatchTerms>,
    /// The name of the profile.
    pub profile: String,
    /// A description of the profile's bindings: `offline model · real tools`, `profile local`.
    pub bound_to: String,
    /// Where traces of the runs are sent; `None` sends no traces.
    pub tracing: Option<Arc<Tracing>>,
    /// The number of runs, including retries and without forgotten ones.
    pub total: usize,
    /// The maximum number of runs at once.
    pub at_once: usize,
    /// The maximum number of model requests per second; `None` for no limit.
    pub requests_per_second: Option<f64>,
    /// The model endpoints that rejected requests because there were too many, each with the
    /// current maximum of concurrent requests, which grows with successful answers.
    pub busy_endpoints: IndexMap<String, usize>,
    /// The number of runs that go first, while the others are held back.
    pub canary: Option<usize>,
    /// The token budget; `None` for no limit.
    pub budget: Option<BatchBudget>,
    /// Whether the batch is paused by a person or an exhausted budget: no run starts, and each
    /// active run stops before its next step.
    pub is_paused: bool,
    /// A notice for the user while the batch runs elsewhere: `no worker can take this: …`.
    pub notice: Option<String>,
    /// The workers that execute the runs; `None` if this process does.
    pub workers: Option<Arc<[WorkerPlaces]>>,
    /// The launch time.
    pub launched_at: Timestamp,
    /// The time at which the last run ended or answered; `None` while a run is active.
    pub ended_at: Option<Timestamp>,
    /// The number of runs that have a slot.
    pub in_flight: usize,
    /// The largest number of runs that had a slot at the same time.
    pub max_at_once: usize,
    /// The results of the batch, including runs that were forgotten since; present while `ended_at`
    /// is set.
    pub summary: Option<Summary>,
}

impl BatchRecord {
    /// Returns whether the batch is the conversation of a served spec's client.
    pub fn is_served(&self) -> bool {
        self.terms.origin.served.is_some()
    }

    /// Returns whether runs wait until a person lets them continue, because of the canary or an
    /// exhausted budget.
    pub fn is_held_back(&self) -> bool {
        let is_spent = |budget: BatchBudget| budget.level == BudgetLevel::Spent;
        self.ended_at.is_none()
            && (self.canary.is_some() || (self.is_paused && self.budget.is_some_and(is_spent)))
    }
}

/// A worker that takes runs from the queue of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerPlaces {
    /// The name of the worker, for people.
    pub name: Arc<str>,
    /// The number of runs that the worker executes at once.
    pub at_once: usize,
    /// The number of runs that the worker has, including those of other batches.
    pub n_runs: usize,
}

/// The token budget of a batch, for prompts and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchBudget {
    /// The maximum number of tokens.
    pub max_tokens: u64,
    /// The used part of the budget.
    pub level: BudgetLevel,
}

/// The used part of a budget, with its consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLevel {
    /// Less than 80 % is used.
    Free,
    /// At least 80 % is used: half as many runs may be active.
    Slow,
    /// Everything is used: the batch is paused if a person can increase the budget, else it ends.
    Spent,
}
