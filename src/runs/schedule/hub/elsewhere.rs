//! Prepares a run that is executed elsewhere.

use std::sync::{Arc, OnceLock};

use super::batch::Batch;
use super::{HubParts, Live, Reach};
use crate::base::ids::{BatchId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::schedule::runner::{Elsewhere, Errand, Watched, channels};
use crate::trace::RunEvent;

/// Makes everything that a run elsewhere needs, including its local watcher.
pub(super) fn prepare(
    (parts, elsewhere): (&HubParts, &Elsewhere),
    batch: &mut Batch,
    (run, batch_id): (RunId, BatchId),
    events: Vec<Arc<RunEvent>>,
) -> (Live, Watched) {
    let (orders, orders_rx, events_tx, events_rx) = channels();
    let cancel = batch.cancel.child_token();
    let stop_reason = Arc::new(OnceLock::new());
    let live = Live {
        cancel: cancel.clone(),
        stop_reason: Arc::clone(&stop_reason),
        reach: Some(Reach::Elsewhere(orders.clone())),
    };
    let (terms, unbound) = batch.shared_by_errands();
    let errand = Errand {
        run: run.clone(),
        batch: batch_id,
        terms,
        unbound,
        events,
        orders_rx,
        events_tx,
    };
    let watched = Watched {
        run,
        runner: Arc::clone(&elsewhere.runner),
        errand,
        orders,
        events_rx,
        clock: Arc::clone(&parts.clock),
        feed: parts.events_tx.clone(),
        cancel,
        shutdown: parts.shutdown.clone(),
        stop_reason,
        places: batch.places.clone(),
        budget: batch.bounds.budget.clone(),
        can_go_on: batch.plan.keeping == Keeping::All,
    };
    (live, watched)
}
