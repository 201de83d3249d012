//! The messages between the program that has runs carried out and the workers: small objects of
//! JSON.

use serde::{Deserialize, Serialize};

use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::InDoubt;
use crate::trace::{Answer, ClientMessage, Reply};

/// The version that both sides must have: entries, specs and terms are read as they were written.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// "Carry this run out", in the queue.
///
/// ```json
/// {"version": "0.1.0", "batch": "b_…", "run": "r_…", "terms": "64 hexadecimal digits", "unbound": [], "in_doubt": "ask"}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunMessage {
    /// Of the flowdeck that wrote it.
    pub(super) version: String,
    pub(super) batch: BatchId,
    pub(super) run: RunId,
    /// The hash by which the terms of its batch are found among the objects.
    pub(super) terms: String,
    /// Tools that nothing is bound to where the batch was begun, either.
    #[serde(default)]
    pub(super) unbound: Vec<String>,
    #[serde(default)]
    pub(super) in_doubt: WhenInDoubt,
    /// The record of the run when it was put into the queue, where that is short: the first worker
    /// that takes it need not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<ShortRecord>,
}

/// The record of a run that has just begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShortRecord {
    /// Its lines.
    pub(super) lines: String,
    /// The number of its last message.
    pub(super) last: u64,
}

/// Says what a worker does about a call that may have been made by another one, which died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhenInDoubt {
    /// A person is asked.
    #[default]
    Ask,
    /// The call is made again.
    Again,
    /// The call counts as failed.
    Fail,
}

impl From<WhenInDoubt> for InDoubt {
    fn from(when: WhenInDoubt) -> Self {
        match when {
            WhenInDoubt::Ask => Self::Ask,
            WhenInDoubt::Again => Self::Again,
            WhenInDoubt::Fail => Self::Fail,
        }
    }
}

impl From<InDoubt> for WhenInDoubt {
    fn from(when: InDoubt) -> Self {
        match when {
            InDoubt::Ask => Self::Ask,
            InDoubt::Again => Self::Again,
            InDoubt::Fail => Self::Fail,
        }
    }
}

/// An order to the worker that has a run; it answers with nothing once it has the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WorkerOrder {
    /// Are you there?
    Ping,
    /// Answer a request.
    Answer {
        request: RequestId,
        reply: Reply,
        client_message: Option<Box<ClientMessage>>,
    },
    /// Pause before the next step, or resume.
    Pause(bool),
    /// Cut the model calls that are under way.
    Cut,
    /// The end of the run is in its record: nothing further is done.
    Ended,
    /// The text of the object of that name: an order that is too large for a message, such as an
    /// answer with pictures.
    Kept(String),
}

impl WorkerOrder {
    /// An answer as it is sent.
    pub(super) fn answer(request: &RequestId, answer: &Answer) -> Self {
        Self::Answer {
            request: request.clone(),
            reply: answer.reply.clone(),
            client_message: answer.client_message.clone(),
        }
    }
}

/// Why a worker gave a run back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) run: RunId,
    /// The worker, for people.
    pub(super) worker: String,
    pub(super) reason: String,
}

/// A worker's description of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkerCard {
    /// Unique among workers.
    pub(crate) id: String,
    /// For people: its machine and the number of its process.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pool: String,
    /// The profile that it is bound to; none where it takes runs of any that it has.
    pub(crate) profile: Option<String>,
    /// How many runs the worker carries out at the same time.
    pub(crate) at_once: usize,
    /// The runs that it has.
    pub(crate) runs: Vec<RunId>,
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_written_as_they_are_documented_and_read_again() {
        let message = RunMessage {
            version: "0.1.0".to_owned(),
            batch: BatchId::new("b_1"),
            run: RunId::new("r_1"),
            terms: "t".to_owned(),
            unbound: Vec::new(),
            in_doubt: WhenInDoubt::Ask,
            record: None,
        };
        let written = serde_json::to_value(&message).unwrap();
        let expected = json!({
            "version": "0.1.0", "batch": "b_1", "run": "r_1", "terms": "t", "unbound": [], "in_doubt": "ask",
        });
        assert_eq!(written, expected);
        assert_eq!(
            serde_json::from_value::<RunMessage>(written).unwrap(),
            message
        );
        let order = WorkerOrder::answer(&RequestId::new("q"), &Reply::message("yes").into());
        let written = serde_json::to_vec(&order).unwrap();
        assert_eq!(
            serde_json::from_slice::<WorkerOrder>(&written).unwrap(),
            order
        );
    }
}
