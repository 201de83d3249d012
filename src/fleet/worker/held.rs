//! The runs that a worker has, and how far the record of each is.

use std::sync::{Arc, Mutex};

use tokio::sync::{oneshot, watch};

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::fleet::layout::{pieces_of, record_of};
use crate::trace::RunState;

/// Why a run is here no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Its last entry is recorded.
    Ended,
    /// The run waits for a person.
    Rests,
    /// Another worker, or the one who has it carried out, has added to its record.
    Lost,
    /// This worker ends: another one goes on with it.
    GivenBack,
}

/// The position in the record of a run.
#[derive(Clone, Debug)]
pub(super) struct RecordPosition {
    pub(super) subject: String,
    /// The number of the last message.
    pub(super) last: u64,
    /// Names the next message, so that one which is sent twice is kept once.
    pub(super) next_id: String,
}

#[derive(Debug)]
struct Held {
    subject: String,
    /// Where the pieces of its answers go.
    pieces: String,
    last: u64,
    /// The number of the entry by which this worker claimed it.
    claim: u64,
    n_written: u64,
    state: RunState,
    over_tx: oneshot::Sender<Over>,
}

/// The runs of a worker. Cheap to clone; a clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldRuns {
    held: Arc<Mutex<HashMap<RunId, Held>>>,
    /// The runs that left before they were over, until the hub has ended them.
    leaving: watch::Sender<HashSet<RunId>>,
}

impl HeldRuns {
    /// A run is here, claimed by that message of its record. Gives what says why it is here no longer.
    pub(super) fn hold(
        &self,
        (batch, run): (&BatchId, &RunId),
        claim: u64,
    ) -> oneshot::Receiver<Over> {
        let (over_tx, over_rx) = oneshot::channel();
        let held = Held {
            subject: record_of(batch, run),
            pieces: pieces_of(batch, run),
            last: claim,
            claim,
            n_written: 0,
            state: RunState::Queued,
            over_tx,
        };
        lock(&self.held).insert(run.clone(), held);
        over_rx
    }

    /// Whether a run is here.
    pub(super) fn has(&self, run: &RunId) -> bool {
        lock(&self.held).contains_key(run)
    }

    /// All that are here.
    pub(super) fn ids(&self) -> Vec<RunId> {
        lock(&self.held).keys().cloned().collect()
    }

    /// Returns the position in the record of a run.
    pub(super) fn standing(&self, run: &RunId) -> Option<RecordPosition> {
        let held = lock(&self.held);
        let held = held.get(run)?;
        Some(RecordPosition {
            subject: held.subject.clone(),
            last: held.last,
            next_id: format!("{run}.{}.{}", held.claim, held.n_written),
        })
    }

    /// Returns where the pieces of a run's answers go.
    pub(super) fn pieces(&self, run: &RunId) -> Option<String> {
        let held = lock(&self.held);
        held.get(run).map(|held| held.pieces.clone())
    }

    /// Notes that a message was added to the record of a run.
    pub(super) fn written(&self, run: &RunId, last: u64) {
        if let Some(held) = lock(&self.held).get_mut(run) {
            held.last = last;
            held.n_written += 1;
        }
    }

    /// Notes that the run is in another state.
    pub(super) fn set_state(&self, run: &RunId, state: RunState) {
        if let Some(held) = lock(&self.held).get_mut(run) {
            held.state = state;
        }
    }

    /// Notes that the hub has ended a run.
    pub(super) fn ended(&self, run: &RunId) {
        self.leaving.send_if_modified(|leaving| leaving.remove(run));
    }

    /// Waits until nothing of an earlier time of the run is left here.
    pub(super) async fn gone(&self, run: &RunId) {
        let mut leaving = self.leaving.subscribe();
        // An error means that the sender is gone, which this has.
        let _gone = leaving.wait_for(|leaving| !leaving.contains(run)).await;
    }

    /// Whether nothing has come of it yet.
    pub(super) fn is_untouched(&self, run: &RunId) -> bool {
        let held = lock(&self.held);
        held.get(run).is_some_and(|held| held.n_written == 0)
    }

    /// Whether it is held by a person or by the end of the worker.
    pub(super) fn is_paused(&self, run: &RunId) -> bool {
        let held = lock(&self.held);
        held.get(run)
            .is_some_and(|held| held.state == RunState::Paused)
    }

    /// A run is here no longer: nothing further of it is written. False if it was not.
    pub(super) fn leave(&self, run: &RunId, over: Over) -> bool {
        let Some(held) = lock(&self.held).remove(run) else {
            return false;
        };
        if over != Over::Ended {
            self.leaving.send_modify(|leaving| {
                leaving.insert(run.clone());
            });
        }
        // Who carried it out is gone only together with the worker.
        let _gone = held.over_tx.send(over);
        true
    }
}
