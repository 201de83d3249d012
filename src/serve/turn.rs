//! A turn of a served conversation: a client's message and everything that follows from it.
//!
//! ```text
//! first message ─ turn 1 ─ reply ─ turn 2 ─ reply ─ turn 3 ─ … ─ end of the run
//! ```
//!
//! [`super::turns::Turns`] computes the turns from the record of their run, so they are the same for a live run and for a run
//! of the history.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::ids::RequestId;
use crate::conversation::{Message, Role, Usage, Values};
use crate::runs::RemoteWait;
use crate::trace::{ClientMessage, Failure, Reply, RequestKind};

/// The state of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnState {
    /// The turn waits for a free slot.
    Waiting,
    /// The run is working on the turn.
    Working,
    /// The agent has replied, and the conversation can continue.
    Answered,
    /// The run needs an answer before it continues.
    Asks,
    /// The run has ended, and its outputs are final.
    Finished,
    /// The run has ended without outputs.
    Failed,
    /// The run was stopped on request.
    Cancelled,
}

impl TurnState {
    /// Whether nothing further happens in the turn.
    pub(super) const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Working)
    }
}

/// A turn in its present state.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// The number of the turn in its conversation, from 1.
    pub(super) number: usize,
    /// The sequence number of the event in the run's record that began the turn.
    pub(super) seq: u64,
    /// The number of the first turn of its task. A task includes further turns as long as the run
    /// asks questions.
    pub(super) first: usize,
    /// The client's id and media types for the message that began the turn.
    pub(super) client_message: Option<ClientMessage>,
    /// The reply that began the turn and the requests that it answered; `None` for the first turn.
    pub(super) reply: Option<Reply>,
    /// Its state.
    pub(super) state: TurnState,
    /// The messages between client and run, in order.
    pub(super) messages: Vec<Arc<Message>>,
    /// The text that the run is producing now, as far as it is known to be meant for the client.
    pub(super) speaking: String,
    /// The requests that must be answered before the run continues.
    pub(super) requests: IndexMap<RequestId, RequestKind>,
    /// The last reported reason why a remote agent waits.
    pub(super) remote_wait: Option<RemoteWait>,
    /// The outputs of a finished run.
    pub(super) outputs: Values,
    /// The reason why the run failed.
    pub(super) error: Option<Failure>,
    /// The time when the turn began.
    pub(super) begun_at: Timestamp,
    /// The time when the turn last changed.
    pub(super) changed_at: Timestamp,
    /// The token usage of the models' answers in the turn.
    pub(super) usage: Usage,
}

impl Turn {
    /// Makes a turn that has not begun.
    pub(super) fn waiting(number: usize, at: Timestamp) -> Self {
        Self {
            number,
            seq: 0,
            first: number,
            client_message: None,
            reply: None,
            state: TurnState::Waiting,
            messages: Vec::new(),
            speaking: String::new(),
            requests: IndexMap::new(),
            remote_wait: None,
            outputs: Values::new(),
            error: None,
            begun_at: at,
            changed_at: at,
            usage: Usage::default(),
        }
    }

    /// Returns the media types that the client accepts in answers; an empty list accepts
    /// everything.
    pub(super) fn accepts(&self) -> &[String] {
        let message = self.client_message.as_ref();
        message.map_or(&[], |message| &message.accepts)
    }

    /// Returns the messages of the turn that came from the run.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages
            .iter()
            .filter(|message| message.role == Role::Agent)
    }
}
