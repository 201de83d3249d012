//! A batch, as the hub knows it.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::schedule::gate::Admitted;
use crate::runs::schedule::pace::Pace;
use crate::runs::schedule::places::{Places, Wake};
use crate::runs::schedule::worlds::{PacedWorld, Worlds};
use crate::runs::{BatchPlan, BatchRecord};
use crate::runtime::World;
use crate::trace::{Failure, RunTerms};

/// A batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) plan: Arc<BatchPlan>,
    /// What its runs have in common.
    pub(super) terms: Arc<RunTerms>,
    /// Its models and tools, or why there are none; held while a run of it goes on.
    world: Option<Result<Arc<dyn World>, Failure>>,
    pace: Option<Pace>,
    /// How many of its runs are not over.
    n_going: usize,
    pub(super) cancel: CancellationToken,
    pub(super) places: Places,
    /// How many runs it has, those that try again counted too.
    pub(super) n_runs: usize,
}

impl Batch {
    pub(super) fn new(
        plan: Arc<BatchPlan>,
        shutdown: &CancellationToken,
        wake: &Arc<Notify>,
    ) -> Self {
        Self {
            world: None,
            pace: plan.requests_per_second.map(Pace::new),
            n_going: 0,
            cancel: shutdown.child_token(),
            places: Places::new(plan.at_once, wake),
            n_runs: 0,
            terms: Arc::new(plan.terms()),
            plan,
        }
    }

    /// What its runs work in.
    ///
    /// # Errors
    /// The profile can't be used.
    pub(super) fn world(&mut self, worlds: &dyn Worlds) -> Result<Arc<dyn World>, Failure> {
        let (plan, pace) = (&self.plan, &self.pace);
        let open = || {
            let world = worlds.world(&plan.profile)?;
            Ok(match pace.clone() {
                None => world,
                Some(pace) => Arc::new(PacedWorld { world, pace }),
            })
        };
        self.world.get_or_insert_with(open).clone()
    }

    /// One more of its runs is to be carried out.
    pub(super) fn begin_run(&mut self) {
        self.n_going += 1;
    }

    /// One of its runs is over. Returns whether it was the last: then nothing of the world is held any more.
    pub(super) fn end_run(&mut self) -> bool {
        self.n_going = self.n_going.saturating_sub(1);
        self.n_going == 0 && self.world.take().is_some()
    }

    /// The next run that gets a place, if one is free.
    pub(super) fn admit(&self) -> Option<Admitted<Wake>> {
        self.places.gate().admit()
    }
}

/// What is known of a batch when it is launched.
pub(super) fn record(id: &BatchId, number: usize, plan: &BatchPlan, now: Timestamp) -> BatchRecord {
    BatchRecord {
        id: id.clone(),
        number,
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
