//! The gate of a batch, shared between the hub, which lets runs in, and the runs, which give
//! their places back while they wait for a person.

use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot, watch};

use crate::base::ids::RunId;
use crate::base::lock::lock;
use crate::runs::schedule::gate::Gate;
use crate::runtime::Presence;

/// Wakes a run that gets its place back.
pub(in crate::runs) type Wake = oneshot::Sender<()>;

/// The places of one batch. Cheap to clone; a clone is the same.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Places {
    gate: Arc<Mutex<Gate<Wake>>>,
    hub: Arc<Notify>,
}

impl Places {
    /// Makes so many places, whose changes wake the hub.
    pub(in crate::runs) fn new(at_once: usize, hub: &Arc<Notify>) -> Self {
        Self {
            gate: Arc::new(Mutex::new(Gate::new(at_once))),
            hub: Arc::clone(hub),
        }
    }

    /// The gate itself, for a moment.
    pub(in crate::runs) fn gate(&self) -> MutexGuard<'_, Gate<Wake>> {
        lock(&self.gate)
    }
}

impl Places {
    /// Gives the place of a run back.
    pub(in crate::runs) fn release(&self, run: &RunId) {
        self.gate().release(run);
        self.hub.notify_one();
    }
}

/// Why the time of a run is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::runs) struct Idleness {
    /// Whether all of the run waits for a person, or for its place after an answer.
    pub(in crate::runs) is_away: bool,
    /// A person holds it, and its last step is done.
    pub(in crate::runs) is_held: bool,
    /// Whether all of the run waits for what other runs hold.
    pub(in crate::runs) is_blocked: bool,
}

/// The place of one run.
#[derive(Debug)]
pub(in crate::runs) struct Place {
    pub(in crate::runs) run: RunId,
    pub(in crate::runs) places: Places,
    pub(in crate::runs) idleness: watch::Sender<Idleness>,
}

impl Presence for Place {
    fn parked(&self) {
        self.idleness.send_modify(|idle| idle.is_away = true);
        self.places.release(&self.run);
    }

    fn held(&self, is_held: bool) {
        self.idleness.send_modify(|idle| idle.is_held = is_held);
    }

    fn blocked(&self, is_blocked: bool) {
        self.idleness
            .send_modify(|idle| idle.is_blocked = is_blocked);
    }

    fn resume(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (wake_tx, woken) = oneshot::channel();
            self.places.gate().enqueue_back(self.run.clone(), wake_tx);
            self.places.hub.notify_one();
            // The hub drops it only when all runs are cancelled, and then it does not matter.
            let _ = woken.await;
            self.idleness.send_modify(|idle| idle.is_away = false);
        })
    }
}
