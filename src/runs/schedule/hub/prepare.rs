//! Prepares a run that starts here.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;

use super::batch::Batch;
use super::{HubParts, Live, Reach};
use crate::base::ids::RunId;
use crate::base::keeping::Keeping;
use crate::runs::schedule::places::{Idleness, Place};
use crate::runs::schedule::standstill::Standstill;
use crate::runs::schedule::supervisor::Assignment;
use crate::runtime::{ContextParts, Past, RunContext};

/// Makes everything that a run needs.
pub(super) fn prepare(
    parts: &HubParts,
    batch: &mut Batch,
    plan_idx: usize,
    (id, past, spent): (RunId, Past, Duration),
    standstill: watch::Receiver<Standstill>,
) -> (Live, Assignment) {
    let plan = batch.plan.runs.get(plan_idx).cloned().unwrap_or_default();
    let cancel = batch.cancel.child_token();
    let stop_reason = Arc::new(OnceLock::new());
    let (idleness, idleness_rx) = watch::channel(Idleness::default());
    let world = batch.world(parts.worlds.as_ref());
    let context = world.map(|world| {
        RunContext::new(ContextParts {
            past,
            keeper: Arc::clone(&parts.keeper),
            run: id.clone(),
            clock: Arc::clone(&parts.clock),
            world,
            events: parts.events_tx.clone(),
            cancel: cancel.clone(),
            seed: plan.seed,
            limits: batch.plan.limits,
            answerer: Box::new(plan.answers.clone()),
            is_attended: batch.plan.is_attended,
            presence: Arc::new(Place {
                run: id.clone(),
                places: batch.places.clone(),
                idleness,
            }),
        })
    });
    let live = Live {
        cancel: cancel.clone(),
        stop_reason: Arc::clone(&stop_reason),
        reach: context
            .as_ref()
            .ok()
            .map(|(_, handle)| Reach::Here(handle.clone())),
    };
    let assignment = Assignment {
        run: id,
        executor: Arc::clone(&parts.executor),
        component: Arc::clone(batch.plan.component_of(&plan)),
        inputs: plan.inputs.clone(),
        context,
        clock: Arc::clone(&parts.clock),
        events: parts.events_tx.clone(),
        cancel,
        shutdown: parts.shutdown.clone(),
        stop_reason,
        budget: batch.bounds.budget.clone(),
        timeout: batch.plan.timeout,
        spent,
        can_go_on: batch.plan.keeping == Keeping::All,
        idleness: idleness_rx,
        standstill,
    };
    (live, assignment)
}
