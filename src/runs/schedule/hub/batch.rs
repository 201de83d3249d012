//! A batch, as the hub knows it.

use std::sync::Arc;

use indexmap::IndexMap;
use tokio_util::sync::CancellationToken;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::schedule::bell::BatchBell;
use crate::runs::schedule::budget::Budget;
use crate::runs::schedule::endpoints::Endpoints;
use crate::runs::schedule::pace::Pace;
use crate::runs::schedule::places::Places;
use crate::runs::schedule::steered_model::{ModelBounds, SteeredWorld};
use crate::runs::schedule::worlds::WorldProvider;
use crate::runs::{
    BatchBudget, BatchPlan, BatchRecord, BatchTerms, BudgetLevel, Canary, QueueName, RunPlan,
};
use crate::runtime::World;
use crate::trace::{Failure, RunState, RunTerms};

/// A batch, as the hub knows it.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) plan: Arc<BatchPlan>,
    /// The settings that runs share, for each variant.
    terms: Vec<Arc<RunTerms>>,
    /// The models and tools, or the reason why there are none; held while a run of the batch is
    /// active.
    world: Option<Result<Arc<dyn World>, Failure>>,
    /// The limits on the batch's model requests.
    pub(super) bounds: ModelBounds,
    /// The used part of the budget when it was last checked.
    pub(super) heeded_level: BudgetLevel,
    /// The watch over the canary, until the canary has ended.
    pub(super) canary: Option<CanaryWatch>,
    /// The maximum number of runs at once before the budget slowed the batch down.
    pub(super) unslowed: Option<usize>,
    /// The number of runs that have not ended.
    n_going: usize,
    pub(super) cancel: CancellationToken,
    pub(super) places: Places,
    /// The number of runs, including retries.
    pub(super) n_runs: usize,
    /// The settings that runs elsewhere share, once there is one.
    errands: Option<ErrandTerms>,
}

/// The settings for all runs of a batch elsewhere, and the tools without a binding here.
type ErrandTerms = (Arc<BatchTerms>, Arc<[String]>);

impl Batch {
    pub(super) fn new(
        plan: Arc<BatchPlan>,
        shutdown: &CancellationToken,
        bell: BatchBell,
        endpoints: &Endpoints,
    ) -> Self {
        Self {
            world: None,
            bounds: ModelBounds {
                pace: Pace::new(plan.requests_per_second),
                rates: Arc::default(),
                budget: Budget::new(plan.max_tokens_total, plan.is_steered, bell.clone()),
                endpoints: endpoints.clone(),
            },
            heeded_level: BudgetLevel::Free,
            unslowed: None,
            canary: plan.canary.map(CanaryWatch::new),
            n_going: 0,
            cancel: shutdown.child_token(),
            places: {
                let places = Places::new(plan.at_once, bell);
                let starts_left = plan.canary.map(|canary| canary.n_runs);
                places.change(|gate| gate.set_starts_left(starts_left));
                places
            },
            n_runs: 0,
            errands: None,
            terms: plan.terms().into_iter().map(Arc::new).collect(),
            plan,
        }
    }

    /// Returns the models and tools for the batch's runs; makes them if necessary.
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

    /// Halves the maximum number of runs at once, or restores it. Returns the new number if it
    /// changed.
    pub(super) fn slow(&mut self, is_slow: bool) -> Option<usize> {
        let at_once = match (is_slow, self.unslowed) {
            (true, None) => {
                let before = self.places.at_once();
                self.unslowed = Some(before);
                before.div_ceil(2)
            }
            (false, Some(before)) => {
                self.unslowed = None;
                before
            }
            (true, Some(_)) | (false, None) => return None,
        };
        self.places.change(|gate| gate.set_at_once(at_once));
        Some(at_once)
    }

    /// Returns the settings that a run shares with others.
    pub(super) fn terms_of(&self, run: &RunPlan) -> Option<&Arc<RunTerms>> {
        self.terms.get(run.variant.unwrap_or(0))
    }

    /// Returns the settings for all runs of the batch that are executed elsewhere.
    pub(super) fn shared_by_errands(&mut self) -> ErrandTerms {
        let plan = &self.plan;
        let made = || {
            let unbound = plan.profile.unbound_tools(&plan.component).into_iter();
            let unbound = unbound.map(|unbound| unbound.tool.name().to_owned());
            (Arc::new(plan.errand_terms()), unbound.collect())
        };
        self.errands.get_or_insert_with(made).clone()
    }

    /// Counts a new run of the batch.
    pub(super) fn begin_run(&mut self) {
        self.n_going += 1;
    }

    /// Returns whether some runs have not ended.
    pub(super) fn is_going(&self) -> bool {
        self.n_going > 0
    }

    /// Counts the end of a run. Returns whether it was the last one, after which the models and
    /// tools are released.
    pub(super) fn end_run(&mut self) -> bool {
        self.n_going = self.n_going.saturating_sub(1);
        self.n_going == 0 && self.world.take().is_some()
    }
}

/// A watch over the runs of a canary.
#[derive(Debug)]
pub(super) struct CanaryWatch {
    /// The number of them that have not ended.
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

    /// Counts the end of a canary's run. When all have ended, returns whether all succeeded.
    pub(super) fn end_run(&mut self, state: RunState) -> Option<bool> {
        self.n_left = self.n_left.saturating_sub(1);
        self.has_failed |= !matches!(state, RunState::Finished | RunState::Answered);
        (self.n_left == 0).then_some(!self.has_failed)
    }
}

/// Makes the record of a batch at its launch, for execution here or through a queue.
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
