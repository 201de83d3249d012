//! The messages between the launching program and the workers: small JSON objects.

use serde::{Deserialize, Serialize};

use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::InDoubt;
use crate::trace::{Answer, ClientMessage, Reply};

/// The version that both sides must have, because events, specs and terms are read in the form in
/// which they were written.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The message in the queue that asks a worker to execute a run.
///
/// ```json
/// {"version": "0.1.0", "batch": "b_…", "run": "r_…", "terms": "64 hexadecimal digits", "unbound": [], "in_doubt": "ask"}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunMessage {
    /// The version of the program that wrote the message.
    pub(super) version: String,
    pub(super) batch: BatchId,
    pub(super) run: RunId,
    /// The hash with which the terms of the batch are found among the objects.
    pub(super) terms: String,
    /// Tools that the launching program has no implementation for either.
    #[serde(default)]
    pub(super) unbound: Vec<String>,
    #[serde(default)]
    pub(super) in_doubt: WhenInDoubt,
    /// The record of the run when it was queued, if the record is short. The first worker that
    /// takes the run then need not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<ShortRecord>,
}

/// The record of a run that has just begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShortRecord {
    /// The lines of the record.
    pub(super) lines: String,
    /// The number of the record's last message.
    pub(super) last: u64,
}

/// The treatment of a call that another worker may have made before it died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhenInDoubt {
    /// A person is asked.
    #[default]
    Ask,
    /// The call is repeated.
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

/// An order to the worker of a run. The worker confirms it with an empty message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WorkerOrder {
    /// Ask whether the worker has the run.
    Ping,
    /// Answer a request.
    Answer {
        request: RequestId,
        reply: Reply,
        client_message: Option<Box<ClientMessage>>,
    },
    /// Pause before the next step, or resume.
    Pause(bool),
    /// Abort the active model calls.
    Cut,
    /// The run's record has its end: the worker must stop the run.
    Ended,
    /// The name of the object with the order's text, for an order that is too large for a message,
    /// such as an answer with pictures.
    Kept(String),
}

impl WorkerOrder {
    /// Makes the order for an answer.
    pub(super) fn answer(request: &RequestId, answer: &Answer) -> Self {
        Self::Answer {
            request: request.clone(),
            reply: answer.reply.clone(),
            client_message: answer.client_message.clone(),
        }
    }
}

/// The reason why a worker returned a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) run: RunId,
    /// The display name of the worker.
    pub(super) worker: String,
    pub(super) reason: String,
}

/// A worker's description of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkerCard {
    /// The id, unique among workers.
    pub(crate) id: String,
    /// The display name: the machine and the process id.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) pool: String,
    /// The only profile whose runs the worker takes; `None` for all profiles that the worker has.
    pub(crate) profile: Option<String>,
    /// The maximum number of concurrent runs.
    pub(crate) at_once: usize,
    /// The runs that the worker currently has.
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
