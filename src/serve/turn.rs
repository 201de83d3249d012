//! A turn of a served conversation: what a client said, and what came of it.
//!
//! ```text
//! first message ─ turn 1 ─ reply ─ turn 2 ─ reply ─ turn 3 ─ … ─ end of the run
//! ```
//!
//! [`super::turns::Turns`] finds it in the record of its run, so it is the same for a run that goes on and for one of the history.

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
    /// The turn waits for a free place.
    Waiting,
    /// The run works on it.
    Working,
    /// The agent has replied, and the conversation can go on.
    Answered,
    /// The run needs an answer before it goes on.
    Asks,
    /// The run is over, and its outputs are final.
    Finished,
    /// The run is over without outputs.
    Failed,
    /// Somebody stopped the run.
    Cancelled,
}

impl TurnState {
    /// Whether nothing further happens in the turn.
    pub(super) const fn is_over(self) -> bool {
        !matches!(self, Self::Waiting | Self::Working)
    }
}

/// A turn, as far as it has come.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// Which it is of its conversation, from 1.
    pub(super) number: usize,
    /// The number of the entry of the run's record that began it.
    pub(super) seq: u64,
    /// The number of the first turn of its task, which goes on for as long as the run needs to know something.
    pub(super) first: usize,
    /// How its client named the message that began it.
    pub(super) client_message: Option<ClientMessage>,
    /// The requests that the message answered; none of the first turn.
    pub(super) reply: Option<Reply>,
    /// Its state.
    pub(super) state: TurnState,
    /// The messages between client and run, in order.
    pub(super) messages: Vec<Arc<Message>>,
    /// The text that the run is saying now, as far as it is known to be meant for the client.
    pub(super) speaking: String,
    /// The requests that the run waits for before it goes on.
    pub(super) requests: IndexMap<RequestId, RequestKind>,
    /// The thing that a remote agent waits for, as reported last.
    pub(super) remote_wait: Option<RemoteWait>,
    /// The outputs of a run that has finished.
    pub(super) outputs: Values,
    /// Why the run failed.
    pub(super) error: Option<Failure>,
    /// When it began.
    pub(super) begun_at: Timestamp,
    /// When it last changed.
    pub(super) changed_at: Timestamp,
    /// Tokens of the models' answers in it.
    pub(super) usage: Usage,
}

impl Turn {
    /// A turn that has not begun.
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

    /// Media types of what its client takes for an answer; none takes everything.
    pub(super) fn accepts(&self) -> &[String] {
        let message = self.client_message.as_ref();
        message.map_or(&[], |message| &message.accepts)
    }

    /// The messages that the run said.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.messages
            .iter()
            .filter(|message| message.role == Role::Agent)
    }
}
