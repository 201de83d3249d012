//! A batch, as the hub knows it.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::schedule::gate::Admitted;
use crate::runs::schedule::pace::Pace;
use crate::runs::schedule::places::{Places, Wake};
use crate::runs::schedule::worlds::PacedWorld;
use crate::runs::{BatchPlan, BatchRecord};
use crate::runtime::World;
use crate::trace::{Failure, RunTerms};

/// A batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) plan: Arc<BatchPlan>,
    /// What its runs have in common.
    pub(super) terms: Arc<RunTerms>,
    /// Its models and tools, or why there are none.
    pub(super) world: Result<Arc<dyn World>, Failure>,
    pub(super) cancel: CancellationToken,
    pub(super) places: Places,
    /// How many runs it has, those that try again counted too.
    pub(super) n_runs: usize,
}

impl Batch {
    pub(super) fn new(
        plan: Arc<BatchPlan>,
        world: Result<Arc<dyn World>, Failure>,
        shutdown: &CancellationToken,
        wake: &Arc<Notify>,
    ) -> Self {
        let world = match plan.requests_per_second {
            None => world,
            Some(per_second) => world.map(|world| {
                let pace = Pace::new(per_second);
                Arc::new(PacedWorld { world, pace }) as Arc<dyn World>
            }),
        };
        Self {
            world,
            cancel: shutdown.child_token(),
            places: Places::new(plan.at_once, wake),
            n_runs: 0,
            terms: Arc::new(plan.terms()),
            plan,
        }
    }

    /// The next run that gets a place, if one is free.
    pub(super) fn admit(&self) -> Option<Admitted<Wake>> {
        self.places.gate().admit()
    }
}

/// What is known of a batch when it is launched.
pub(super) fn record(id: &BatchId, plan: &BatchPlan, now: Timestamp) -> BatchRecord {
    BatchRecord {
        id: id.clone(),
        spec_name: plan.spec_name.clone(),
        component: Arc::clone(&plan.component),
        profile: plan.profile.name.clone(),
        bound_to: plan.profile.words(),
        total: plan.runs.len(),
        at_once: plan.at_once.max(1),
        launched_at: now,
        ended_at: None,
        in_flight: 0,
        is_paused: false,
        max_at_once: 0,
        summary: None,
    }
}
