//! The current runs of a worker, and the position in the record of each.

use std::sync::{Arc, Mutex};

use tokio::sync::{oneshot, watch};

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::fleet::layout::{pieces_of, record_of};
use crate::trace::RunState;

/// The reason why a run has left the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The last event of the run is recorded.
    Ended,
    /// The run waits for a person.
    Rests,
    /// Another worker or the launching program has appended to the record.
    Lost,
    /// This worker ends, so that another worker continues the run.
    GivenBack,
}

/// The position in the record of a run.
#[derive(Clone, Debug)]
pub(super) struct RecordPosition {
    pub(super) subject: String,
    /// The number of the record's last message.
    pub(super) last: u64,
    /// The id of the next message, with which the server drops a message that is sent twice.
    pub(super) next_id: String,
}

#[derive(Debug)]
struct Held {
    subject: String,
    /// The subject for pieces of the run's answers.
    pieces: String,
    last: u64,
    /// The number of the event with which this worker claimed the run.
    claim: u64,
    n_written: u64,
    state: RunState,
    over_tx: oneshot::Sender<Over>,
}

/// The current runs of a worker. Cheap to clone; all clones share the same state.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldRuns {
    held: Arc<Mutex<HashMap<RunId, Held>>>,
    /// The runs that have left before their ends, until the hub has ended them.
    leaving: watch::Sender<HashSet<RunId>>,
}

impl HeldRuns {
    /// Adds a run claimed by a message of its record. Returns a receiver of the reason for which
    /// the run leaves.
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

    /// Whether the worker has a run.
    pub(super) fn has(&self, run: &RunId) -> bool {
        lock(&self.held).contains_key(run)
    }

    /// Returns the ids of all current runs.
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

    /// Returns the subject for pieces of a run's answers.
    pub(super) fn pieces(&self, run: &RunId) -> Option<String> {
        let held = lock(&self.held);
        held.get(run).map(|held| held.pieces.clone())
    }

    /// Records that a message was appended to a run's record.
    pub(super) fn written(&self, run: &RunId, last: u64) {
        if let Some(held) = lock(&self.held).get_mut(run) {
            held.last = last;
            held.n_written += 1;
        }
    }

    /// Records the new state of a run.
    pub(super) fn set_state(&self, run: &RunId, state: RunState) {
        if let Some(held) = lock(&self.held).get_mut(run) {
            held.state = state;
        }
    }

    /// Records that the hub has ended a run.
    pub(super) fn ended(&self, run: &RunId) {
        self.leaving.send_if_modified(|leaving| leaving.remove(run));
    }

    /// Waits until nothing of an earlier execution of the run is left here.
    pub(super) async fn gone(&self, run: &RunId) {
        let mut leaving = self.leaving.subscribe();
        // An error means that the sender is gone, which this has.
        let _gone = leaving.wait_for(|leaving| !leaving.contains(run)).await;
    }

    /// Whether the run has recorded nothing here yet.
    pub(super) fn is_untouched(&self, run: &RunId) -> bool {
        let held = lock(&self.held);
        held.get(run).is_some_and(|held| held.n_written == 0)
    }

    /// Whether the run is paused by a person or by the end of the worker.
    pub(super) fn is_paused(&self, run: &RunId) -> bool {
        let held = lock(&self.held);
        held.get(run)
            .is_some_and(|held| held.state == RunState::Paused)
    }

    /// Removes a run, so that nothing more of it is written. False if the worker didn't have it.
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
