//! A served conversation, as far as this process has it.

use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::runs::RunRecord;
use crate::serve::turn::{Turn, TurnState};
use crate::trace::{RunEvent, RunEventBody};

/// A conversation with one client.
#[derive(Debug)]
pub(in crate::serve) struct Conversation {
    id: BatchId,
    /// By what its client knows it.
    context: String,
    state: Mutex<State>,
    /// Told whenever something happens.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// What is known of its run; none before that has begun.
    record: Option<Arc<RunRecord>>,
    /// The turn that was begun last.
    latest: usize,
    /// The place that the turn holds.
    place: Option<OwnedSemaphorePermit>,
    /// It was stopped before its run had begun.
    is_cancelled: bool,
}

impl State {
    fn latest(&self) -> usize {
        let of_record = self.record.as_deref().map_or(0, Turn::latest);
        self.latest.max(of_record)
    }
}

impl Conversation {
    /// A conversation whose first turn waits for a place.
    pub(super) fn new(id: BatchId, context: String) -> Self {
        Self {
            id,
            context,
            state: Mutex::new(State {
                record: None,
                latest: 1,
                place: None,
                is_cancelled: false,
            }),
            changed: watch::Sender::new(()),
        }
    }

    /// A conversation of which the run is known.
    pub(super) fn of_record(record: RunRecord, context: String) -> Self {
        let conversation = Self::new(record.batch.clone(), context);
        {
            let mut state = lock(&conversation.state);
            state.latest = Turn::latest(&record);
            state.record = Some(Arc::new(record));
        }
        conversation
    }

    /// Its id, which is that of its batch.
    pub(in crate::serve) fn id(&self) -> &BatchId {
        &self.id
    }

    /// By what its client knows it: the context that it named, else the id.
    pub(in crate::serve) fn context(&self) -> String {
        self.context.clone()
    }

    /// The number of the turn that was begun last; by a person at the workbench, perhaps.
    pub(in crate::serve) fn latest(&self) -> usize {
        lock(&self.state).latest()
    }

    /// A turn; none if its run has not come to it.
    pub(in crate::serve) fn turn(&self, number: usize) -> Option<Turn> {
        let state = lock(&self.state);
        if state.is_cancelled {
            let mut turn = Turn::waiting(number, Timestamp::default());
            turn.state = TurnState::Cancelled;
            return Some(turn);
        }
        Turn::of(state.record.as_ref()?, number)
    }

    /// The first and the last turn of the task that a turn is of.
    pub(in crate::serve) fn task_of(&self, number: usize) -> (usize, usize) {
        let state = lock(&self.state);
        let record = state.record.as_ref();
        record.map_or((number, number), |record| Turn::of_task(record, number))
    }

    /// What its run was given to begin with.
    pub(in crate::serve) fn inputs(&self) -> Values {
        let state = lock(&self.state);
        let record = state.record.as_ref();
        record
            .map(|record| record.plan.inputs.clone())
            .unwrap_or_default()
    }

    /// Wakes whoever waits for it whenever something happens.
    pub(in crate::serve) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn run(&self) -> Option<RunId> {
        let state = lock(&self.state);
        state.record.as_ref().map(|record| record.run.clone())
    }

    /// Whether its run is over.
    pub(super) fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.is_cancelled || state.record.as_ref().is_some_and(|record| record.is_over())
    }

    /// Whether it waits for its client, or is over.
    pub(super) fn is_quiet(&self) -> bool {
        let turn = self.turn(self.latest());
        turn.is_some_and(|turn| turn.state.is_over())
    }

    /// Waits until it is.
    pub(super) async fn quiet(&self) {
        let mut changes = self.changes();
        while !self.is_quiet() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    pub(super) fn begun_at(&self) -> Timestamp {
        let turn = self.turn(1);
        turn.map(|turn| turn.begun_at).unwrap_or_default()
    }

    pub(super) fn changed_at(&self) -> Timestamp {
        let turn = self.turn(self.latest());
        turn.map(|turn| turn.changed_at).unwrap_or_default()
    }

    /// Begins a turn, if `before` is the one that was begun last.
    pub(super) fn begin_turn(&self, before: usize, number: usize) -> bool {
        let mut state = lock(&self.state);
        let is_next = state.latest() == before;
        if is_next {
            state.latest = number;
        }
        is_next
    }

    /// Takes a turn back that could not be begun.
    pub(super) fn take_back(&self, before: usize) {
        lock(&self.state).latest = before;
    }

    /// Gives it a place; false if it was stopped before there was one.
    pub(super) fn occupy(&self, place: OwnedSemaphorePermit) -> bool {
        let mut state = lock(&self.state);
        if !state.is_cancelled {
            state.place = Some(place);
        }
        !state.is_cancelled
    }

    /// Stops a first turn that waits for its place.
    pub(super) fn cancel(&self) {
        {
            let mut state = lock(&self.state);
            state.is_cancelled = state.record.is_none() && state.place.is_none();
        }
        self.changed.send_replace(());
    }

    /// Folds in what happened.
    pub(super) fn apply(&self, event: &Arc<RunEvent>) {
        {
            let mut state = lock(&self.state);
            match &mut state.record {
                Some(record) => {
                    Arc::make_mut(record).apply(event);
                }
                None => state.record = RunRecord::from_planned(event).map(Arc::new),
            }
        }
        if matches!(
            event.body,
            RunEventBody::StateChanged { .. } | RunEventBody::Ended { .. }
        ) {
            self.settle();
        }
        self.changed.send_replace(());
    }

    /// Takes a record in place of what is known.
    pub(super) fn replace(&self, record: Arc<RunRecord>) {
        lock(&self.state).record = Some(record);
        self.settle();
        self.changed.send_replace(());
    }

    /// Gives the place back when the turn is over.
    fn settle(&self) {
        if self.is_quiet() {
            let place = lock(&self.state).place.take();
            drop(place);
        }
    }
}
