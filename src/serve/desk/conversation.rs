//! A served conversation, as far as this process has it.

use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::conversation::Values;
use crate::runs::RunRecord;
use crate::serve::turn::{Turn, TurnState};
use crate::serve::turns::Turns;
use crate::trace::{ClientMessage, RunEvent, RunEventBody, RunState};

/// A conversation with one client.
#[derive(Debug)]
pub(in crate::serve) struct Conversation {
    id: BatchId,
    /// By what its client knows it.
    context: String,
    state: Mutex<State>,
    /// Notified whenever something happens.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// The record of its run, as far as it is known; none before that has begun.
    record: Option<Arc<RunRecord>>,
    /// The turns that the record has.
    turns: Turns,
    /// The turn that was begun last.
    latest: usize,
    /// The message that the latest turn began with, and the turn; it may not be on record yet.
    begun_with: Option<(ClientMessage, usize)>,
    /// How many events the record had when the run was carried on that has not begun again: it takes no answer before.
    carried_on_at: Option<usize>,
    /// The place that the turn holds.
    place: Option<OwnedSemaphorePermit>,
    /// Whether the turn was stopped before its run had begun.
    is_cancelled: bool,
}

impl State {
    fn latest(&self) -> usize {
        self.latest.max(self.turns.latest())
    }

    /// Takes the new record.
    fn take(&mut self, record: Arc<RunRecord>) {
        self.turns.catch_up(&record);
        let begins = |event: &Arc<RunEvent>| {
            matches!(
                event.body,
                RunEventBody::StateChanged {
                    state: RunState::Running
                }
            )
        };
        let has_begun = |n_before: usize| record.log.iter().skip(n_before).any(begins);
        self.carried_on_at = self
            .carried_on_at
            .filter(|n_before| !record.is_over() && !has_begun(*n_before));
        self.record = Some(record);
    }
}

impl Conversation {
    /// A conversation whose first turn waits for a place.
    pub(super) fn new(id: BatchId, context: String, message: Option<ClientMessage>) -> Self {
        Self {
            id,
            context,
            state: Mutex::new(State {
                record: None,
                turns: Turns::default(),
                latest: 1,
                carried_on_at: None,
                begun_with: message.map(|message| (message, 1)),
                place: None,
                is_cancelled: false,
            }),
            changed: watch::Sender::new(()),
        }
    }

    /// A conversation of which the run is known.
    pub(super) fn of_record(record: RunRecord, context: String) -> Self {
        let conversation = Self::new(record.batch.clone(), context, None);
        {
            let mut state = lock(&conversation.state);
            state.take(Arc::new(record));
            state.latest = state.turns.latest();
        }
        conversation
    }

    /// A conversation whose run begins again here where it was.
    pub(super) fn carried_on(record: RunRecord, context: String) -> Self {
        let n_events = record.log.len();
        let conversation = Self::of_record(record, context);
        lock(&conversation.state).carried_on_at = Some(n_events);
        conversation
    }

    /// Its id, which is that of its batch.
    pub(in crate::serve) fn id(&self) -> &BatchId {
        &self.id
    }

    /// Returns by what the client knows the conversation: the context that it named, else the id.
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
        let mut turn = state.turns.turn(state.record.as_ref()?, number)?;
        if state.carried_on_at.is_some() && number == state.turns.latest() {
            turn.state = TurnState::Working;
        }
        Some(turn)
    }

    /// The first and the last turn of the task that a turn is of.
    pub(in crate::serve) fn task_of(&self, number: usize) -> (usize, usize) {
        lock(&self.state).turns.task_of(number)
    }

    /// The message that a client named so, and the turn that began with it.
    pub(in crate::serve) fn client_message(&self, id: &str) -> Option<(ClientMessage, usize)> {
        let state = lock(&self.state);
        let turn = state.turns.of_client_message(id);
        let known = turn.and_then(|turn| Some((turn.client_message.clone()?, turn.number)));
        known.or_else(|| {
            let begun = state.begun_with.as_ref();
            begun.filter(|(message, _)| message.id == id).cloned()
        })
    }

    /// Returns what the conversation's run was given to begin with.
    pub(in crate::serve) fn inputs(&self) -> Values {
        let state = lock(&self.state);
        let record = state.record.as_ref();
        record
            .map(|record| record.plan.inputs.clone())
            .unwrap_or_default()
    }

    /// Returns a receiver that is notified whenever something happens.
    pub(in crate::serve) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Returns what is known of the conversation's run; none before that has begun.
    pub(super) fn record(&self) -> Option<Arc<RunRecord>> {
        lock(&self.state).record.clone()
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
    pub(super) fn begin_turn(
        &self,
        before: usize,
        number: usize,
        message: Option<&ClientMessage>,
    ) -> bool {
        let mut state = lock(&self.state);
        let is_next = state.latest() == before;
        if is_next {
            state.latest = number;
            state.begun_with = message.map(|message| (message.clone(), number));
        }
        is_next
    }

    /// Takes a turn back that could not be begun.
    pub(super) fn take_back(&self, before: usize) {
        let mut state = lock(&self.state);
        state.latest = before;
        state.begun_with = None;
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
            match state.record.take() {
                Some(mut record) => {
                    Arc::make_mut(&mut record).apply(event);
                    state.take(record);
                }
                None => {
                    if let Some(record) = RunRecord::from_planned(event) {
                        state.take(Arc::new(record));
                    }
                }
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
        lock(&self.state).take(record);
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
