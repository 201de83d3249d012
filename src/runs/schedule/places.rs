//! The gate of a batch, shared between the hub, which admits runs, and the runs, which return their
//! slots while they wait for a person.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use crate::base::ids::RunId;
use crate::base::lock::lock;
use crate::runs::schedule::bell::BatchBell;
use crate::runs::schedule::gate::{Admitted, Gate};
use crate::runtime::Presence;

/// Wakes a run that gets its slot back.
pub(in crate::runs) type Wake = oneshot::Sender<()>;

/// The slots of one batch. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Places {
    gate: Arc<Mutex<Gate<Wake>>>,
    bell: BatchBell,
}

impl Places {
    /// Makes a number of slots, whose changes wake the hub.
    pub(in crate::runs) fn new(at_once: usize, bell: BatchBell) -> Self {
        Self {
            gate: Arc::new(Mutex::new(Gate::new(at_once))),
            bell,
        }
    }

    /// Changes the gate, after which the hub admits the runs that it now lets through.
    pub(in crate::runs) fn change<T>(&self, change: impl FnOnce(&mut Gate<Wake>) -> T) -> T {
        let changed = change(&mut lock(&self.gate));
        self.bell.ring();
        changed
    }

    /// Returns the next run that gets a slot, if one is free.
    pub(in crate::runs) fn admit(&self) -> Option<Admitted<Wake>> {
        lock(&self.gate).admit()
    }

    /// Returns the number of slots.
    pub(in crate::runs) fn at_once(&self) -> usize {
        lock(&self.gate).at_once()
    }

    /// Returns whether no run may start.
    pub(in crate::runs) fn is_paused(&self) -> bool {
        lock(&self.gate).is_paused()
    }

    /// Returns the slot of a run.
    pub(in crate::runs) fn release(&self, run: &RunId) {
        self.change(|gate| gate.release(run));
    }
}

/// The reasons why the active time of a run is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::runs) struct Idleness {
    /// Whether the whole run waits for a person, or for its slot after an answer.
    pub(in crate::runs) is_away: bool,
    /// Whether a person has paused the run, and its last step has ended.
    pub(in crate::runs) is_held: bool,
    /// Whether the whole run waits for resources of other runs.
    pub(in crate::runs) is_blocked: bool,
}

/// The slot of one run.
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
            self.places
                .change(|gate| gate.enqueue_back(self.run.clone(), wake_tx));
            // The hub drops it only when all runs are cancelled, and then it does not matter.
            let _ = woken.await;
            self.idleness.send_modify(|idle| idle.is_away = false);
        })
    }
}
