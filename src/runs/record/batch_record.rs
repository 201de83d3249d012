//! A batch: runs that were launched together.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::profile::Tracing;
use crate::runs::{BatchTerms, Summary};
use crate::spec::Component;

/// The state of a batch beside the records of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRecord {
    /// The batch.
    pub id: BatchId,
    /// As the how-manieth it was launched, from 0.
    pub number: usize,
    /// Name of the spec, for people.
    pub spec_name: String,
    /// The component that is run; none where a trace that was opened does not say it.
    pub component: Option<Arc<Component>>,
    /// The terms of the batch, such as its limits.
    pub terms: Arc<BatchTerms>,
    /// Name of the profile.
    pub profile: String,
    /// The words for what the profile binds: `offline model · real tools`, `profile local`.
    pub bound_to: String,
    /// Where traces of its runs are sent; none sends none.
    pub tracing: Option<Arc<Tracing>>,
    /// How many runs it has; retries add to it, and those that are forgotten are taken off.
    pub total: usize,
    /// How many may be in flight.
    pub at_once: usize,
    /// Model requests a second; none sets no bound.
    pub requests_per_second: Option<f64>,
    /// Endpoints of models that refused requests for being too many, and how many they get at once since; more as they answer.
    pub busy_endpoints: IndexMap<String, usize>,
    /// How many of its runs go first, while that holds the others back.
    pub canary: Option<usize>,
    /// The tokens that it may use; none sets no bound.
    pub budget: Option<BatchBudget>,
    /// Whether a person or a spent budget holds it: none of its runs starts, and each that is in flight stops before its next step.
    pub is_paused: bool,
    /// A notice for people while the batch runs elsewhere: `no worker can take this: …`.
    pub notice: Option<String>,
    /// The workers that carry its runs out; none where that is this process.
    pub workers: Option<Arc<[WorkerPlaces]>>,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// When its last run ended or was answered; none while a run is in progress.
    pub ended_at: Option<Timestamp>,
    /// How many runs are in flight.
    pub in_flight: usize,
    /// Most runs that were in flight at the same moment.
    pub max_at_once: usize,
    /// The results of the batch, of runs that were forgotten since, too; there while `ended_at` is.
    pub summary: Option<Summary>,
}

impl BatchRecord {
    /// Whether it is the conversation of a client of a spec that is served.
    pub fn is_served(&self) -> bool {
        self.terms.origin.served.is_some()
    }

    /// Whether its runs wait until a person lets them continue, because of its canary or its spent budget.
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
    /// How many runs the worker carries out at the same time.
    pub at_once: usize,
    /// How many runs it has, those of other batches too.
    pub n_runs: usize,
}

/// The tokens that a batch may use, those of prompts and of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchBudget {
    /// The most tokens.
    pub max_tokens: u64,
    /// How much of it is used.
    pub level: BudgetLevel,
}

/// How much of a budget is used, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetLevel {
    /// Less than 80 %.
    Free,
    /// 80 % or more: half as many runs are in flight.
    Slow,
    /// All: the batch is paused where a person can raise the budget, else it ends.
    Spent,
}
