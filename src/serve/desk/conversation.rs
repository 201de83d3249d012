//! A served conversation, in the state that this process knows.

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
    /// The context name by which the client refers to the conversation.
    context: String,
    state: Mutex<State>,
    /// Notified at every change.
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// The known record of the conversation's run; `None` before the run has begun.
    record: Option<Arc<RunRecord>>,
    /// The turns in the record.
    turns: Turns,
    /// The number of the turn that began last.
    latest: usize,
    /// The client message with which the latest turn began, and the number of the turn. The turn
    /// may not be recorded yet.
    begun_with: Option<(ClientMessage, usize)>,
    /// The number of events in the record when the run was taken over from another process. `None`
    /// after the run has begun again; until then it accepts no answers.
    carried_on_at: Option<usize>,
    /// The slot that the active turn holds.
    place: Option<OwnedSemaphorePermit>,
    /// Whether the first turn was cancelled before its run had begun.
    is_cancelled: bool,
}

impl State {
    fn latest(&self) -> usize {
        self.latest.max(self.turns.latest())
    }

    /// Replaces the record and updates the turns.
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
    /// Makes a conversation whose first turn waits for a slot.
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

    /// Makes a conversation from the record of its run.
    pub(super) fn of_record(record: RunRecord, context: String) -> Self {
        let conversation = Self::new(record.batch.clone(), context, None);
        {
            let mut state = lock(&conversation.state);
            state.take(Arc::new(record));
            state.latest = state.turns.latest();
        }
        conversation
    }

    /// Makes a conversation whose run continues in this process where it stopped.
    pub(super) fn carried_on(record: RunRecord, context: String) -> Self {
        let n_events = record.log.len();
        let conversation = Self::of_record(record, context);
        lock(&conversation.state).carried_on_at = Some(n_events);
        conversation
    }

    /// Returns the conversation's id, which is the id of its batch.
    pub(in crate::serve) fn id(&self) -> &BatchId {
        &self.id
    }

    /// Returns the context by which the client knows the conversation: the one that the client
    /// named, or else the id.
    pub(in crate::serve) fn context(&self) -> String {
        self.context.clone()
    }

    /// Returns the number of the turn that began last. A person at the workbench may have begun it.
    pub(in crate::serve) fn latest(&self) -> usize {
        lock(&self.state).latest()
    }

    /// Returns a turn; `None` if the run has not reached it.
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

    /// Returns the first and the last turn of the task that a turn belongs to.
    pub(in crate::serve) fn task_of(&self, number: usize) -> (usize, usize) {
        lock(&self.state).turns.task_of(number)
    }

    /// Returns the message with this client id, and the turn that began with it.
    pub(in crate::serve) fn client_message(&self, id: &str) -> Option<(ClientMessage, usize)> {
        let state = lock(&self.state);
        let turn = state.turns.of_client_message(id);
        let known = turn.and_then(|turn| Some((turn.client_message.clone()?, turn.number)));
        known.or_else(|| {
            let begun = state.begun_with.as_ref();
            begun.filter(|(message, _)| message.id == id).cloned()
        })
    }

    /// Returns the inputs of the conversation's run.
    pub(in crate::serve) fn inputs(&self) -> Values {
        let state = lock(&self.state);
        let record = state.record.as_ref();
        record
            .map(|record| record.plan.inputs.clone())
            .unwrap_or_default()
    }

    /// Returns a receiver that is notified at every change.
    pub(in crate::serve) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Returns the known record of the run; `None` before the run has begun.
    pub(super) fn record(&self) -> Option<Arc<RunRecord>> {
        lock(&self.state).record.clone()
    }

    pub(super) fn run(&self) -> Option<RunId> {
        let state = lock(&self.state);
        state.record.as_ref().map(|record| record.run.clone())
    }

    /// Whether the conversation's run has ended.
    pub(super) fn is_over(&self) -> bool {
        let state = lock(&self.state);
        state.is_cancelled || state.record.as_ref().is_some_and(|record| record.is_over())
    }

    /// Whether the conversation waits for its client or has ended.
    pub(super) fn is_quiet(&self) -> bool {
        let turn = self.turn(self.latest());
        turn.is_some_and(|turn| turn.state.is_over())
    }

    /// Waits until the conversation waits for its client or has ended.
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

    /// Begins a turn if `before` is still the turn that began last.
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

    /// Removes a turn that could not be begun.
    pub(super) fn take_back(&self, before: usize) {
        let mut state = lock(&self.state);
        state.latest = before;
        state.begun_with = None;
    }

    /// Gives the conversation a slot; false if the turn was cancelled before a slot was free.
    pub(super) fn occupy(&self, place: OwnedSemaphorePermit) -> bool {
        let mut state = lock(&self.state);
        if !state.is_cancelled {
            state.place = Some(place);
        }
        !state.is_cancelled
    }

    /// Cancels a first turn that waits for its slot.
    pub(super) fn cancel(&self) {
        {
            let mut state = lock(&self.state);
            state.is_cancelled = state.record.is_none() && state.place.is_none();
        }
        self.changed.send_replace(());
    }

    /// Applies an event to the record.
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

    /// Replaces the known record.
    pub(super) fn replace(&self, record: Arc<RunRecord>) {
        lock(&self.state).take(record);
        self.settle();
        self.changed.send_replace(());
    }

    /// Releases the slot if the turn has ended.
    fn settle(&self) {
        if self.is_quiet() {
            let place = lock(&self.state).place.take();
            drop(place);
        }
    }
}
