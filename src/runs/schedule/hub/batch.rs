//! A batch, as the hub knows it.

use std::sync::Arc;

use indexmap::IndexMap;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::schedule::budget::Budget;
use crate::runs::schedule::endpoints::Endpoints;
use crate::runs::schedule::gate::Admitted;
use crate::runs::schedule::pace::Pace;
use crate::runs::schedule::places::{Places, Wake};
use crate::runs::schedule::steered_model::{ModelBounds, SteeredWorld};
use crate::runs::schedule::worlds::WorldProvider;
use crate::runs::{
    BatchBudget, BatchPlan, BatchRecord, BatchTerms, BudgetLevel, Canary, QueueName, RunPlan,
};
use crate::runtime::World;
use crate::trace::{Failure, RunState, RunTerms};

/// A batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) plan: Arc<BatchPlan>,
    /// The terms that its runs share, those of each variant.
    terms: Vec<Arc<RunTerms>>,
    /// Its models and tools, or why there are none; held while a run of it goes on.
    world: Option<Result<Arc<dyn World>, Failure>>,
    /// The bounds on the batch's model requests.
    pub(super) bounds: ModelBounds,
    /// How much of its budget was used when that was last looked at.
    pub(super) heeded_level: BudgetLevel,
    /// The watch over the canary, until it is over.
    pub(super) canary: Option<CanaryWatch>,
    /// How many were in flight before its budget slowed it.
    pub(super) unslowed: Option<usize>,
    /// How many of its runs are not over.
    n_going: usize,
    pub(super) cancel: CancellationToken,
    pub(super) places: Places,
    /// How many runs it has, those that try again counted too.
    pub(super) n_runs: usize,
    /// The terms that its errands share, once there is one.
    errands: Option<ErrandTerms>,
}

/// The terms that all runs of a batch elsewhere are given, and the tools that nothing is bound to here.
type ErrandTerms = (Arc<BatchTerms>, Arc<[String]>);

impl Batch {
    pub(super) fn new(
        plan: Arc<BatchPlan>,
        shutdown: &CancellationToken,
        wake: &Arc<Notify>,
        endpoints: &Endpoints,
    ) -> Self {
        Self {
            world: None,
            bounds: ModelBounds {
                pace: Pace::new(plan.requests_per_second),
                rates: Arc::default(),
                budget: Budget::new(plan.max_tokens_total, plan.is_steered, wake),
                endpoints: endpoints.clone(),
            },
            heeded_level: BudgetLevel::Free,
            unslowed: None,
            canary: plan.canary.map(CanaryWatch::new),
            n_going: 0,
            cancel: shutdown.child_token(),
            places: {
                let places = Places::new(plan.at_once, wake);
                let starts_left = plan.canary.map(|canary| canary.n_runs);
                places.gate().set_starts_left(starts_left);
                places
            },
            n_runs: 0,
            errands: None,
            terms: plan.terms().into_iter().map(Arc::new).collect(),
            plan,
        }
    }

    /// Returns the world that the batch's runs work in; makes it where there is none.
    ///
    /// # Errors
    /// The profile can't be used.
    pub(super) fn world(&mut self, worlds: &dyn WorldProvider) -> Result<Arc<dyn World>, Failure> {
        let (plan, bounds) = (&self.plan, &self.bounds);
        let open = || {
            let world: Arc<dyn World> = Arc::new(SteeredWorld {
                world: worlds.world(&plan.profile)?,
                bounds: bounds.clone(),
            });
            Ok(world)
        };
        self.world.get_or_insert_with(open).clone()
    }

    /// Lets half as many runs be in flight, or as many as before again. Returns how many, if that changes.
    pub(super) fn slow(&mut self, is_slow: bool) -> Option<usize> {
        let mut gate = self.places.gate();
        let at_once = match (is_slow, self.unslowed) {
            (true, None) => {
                self.unslowed = Some(gate.at_once());
                gate.at_once().div_ceil(2)
            }
            (false, Some(before)) => {
                self.unslowed = None;
                before
            }
            (true, Some(_)) | (false, None) => return None,
        };
        gate.set_at_once(at_once);
        Some(at_once)
    }

    /// Returns what a run has in common with others.
    pub(super) fn terms_of(&self, run: &RunPlan) -> Option<&Arc<RunTerms>> {
        self.terms.get(run.variant.unwrap_or(0))
    }

    /// Returns what all runs of the batch that are carried out elsewhere are given.
    pub(super) fn shared_by_errands(&mut self) -> ErrandTerms {
        let plan = &self.plan;
        let made = || {
            let unbound = plan.profile.unbound_tools(&plan.component).into_iter();
            let unbound = unbound.map(|unbound| unbound.tool.name().to_owned());
            (Arc::new(plan.errand_terms()), unbound.collect())
        };
        self.errands.get_or_insert_with(made).clone()
    }

    /// Counts one more run of the batch that is to be carried out.
    pub(super) fn begin_run(&mut self) {
        self.n_going += 1;
    }

    /// Whether some of its runs are not over.
    pub(super) fn is_going(&self) -> bool {
        self.n_going > 0
    }

    /// Counts a run of the batch as over. Returns whether it was the last: then nothing of the world is held any more.
    pub(super) fn end_run(&mut self) -> bool {
        self.n_going = self.n_going.saturating_sub(1);
        self.n_going == 0 && self.world.take().is_some()
    }

    /// The next run that gets a place, if one is free.
    pub(super) fn admit(&self) -> Option<Admitted<Wake>> {
        self.places.gate().admit()
    }
}

/// A watch over the runs that go first.
#[derive(Debug)]
pub(super) struct CanaryWatch {
    /// How many of them are not over.
    n_left: usize,
    /// Whether one of them did not finish or answer.
    has_failed: bool,
}

impl CanaryWatch {
    fn new(canary: Canary) -> Self {
        Self {
            n_left: canary.n_runs,
            has_failed: false,
        }
    }

    /// Counts one of the first runs as over. Returns whether all were good, once all are over.
    pub(super) fn end_run(&mut self, state: RunState) -> Option<bool> {
        self.n_left = self.n_left.saturating_sub(1);
        self.has_failed |= !matches!(state, RunState::Finished | RunState::Answered);
        (self.n_left == 0).then_some(!self.has_failed)
    }
}

/// Returns what is known of a batch when it is launched, here or by that queue.
pub(super) fn record(
    id: &BatchId,
    number: usize,
    (plan, queue): (&BatchPlan, Option<&QueueName>),
    now: Timestamp,
) -> BatchRecord {
    let terms = BatchTerms {
        queue: queue.cloned(),
        ..plan.batch_terms()
    };
    BatchRecord {
        id: id.clone(),
        number,
        spec_name: plan.spec_name.clone(),
        component: Some(Arc::clone(&plan.component)),
        terms: Arc::new(terms),
        profile: plan.profile.name.clone(),
        bound_to: plan.profile.words(),
        tracing: plan.profile.tracing.clone(),
        total: plan.runs.len(),
        at_once: plan.at_once.max(1),
        requests_per_second: plan.requests_per_second,
        busy_endpoints: IndexMap::new(),
        canary: plan.canary.map(|canary| canary.n_runs),
        budget: plan.max_tokens_total.map(|max_tokens| BatchBudget {
            max_tokens,
            level: BudgetLevel::Free,
        }),
        launched_at: now,
        ended_at: None,
        in_flight: 0,
        is_paused: false,
        notice: None,
        workers: queue.map(|_| Arc::default()),
        max_at_once: 0,
        summary: None,
    }
}
