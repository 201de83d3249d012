//! A fork: a run of the past up to one of its entries, one change, and on from there.

use std::sync::Arc;

use serde_json::Value;

use super::TakenRun;
use crate::base::ids::RequestId;
use crate::runtime::{Past, PastError};
use crate::trace::{Event, ForkPoint, Reply, RequestKind, RunEvent, RunEventBody, RunPlan};

/// The one thing that a fork has otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Nothing: what follows is done once more.
    Nothing,
    /// What the user says at that place.
    Message(String),
    /// What a tool gives at that place.
    Result(Value),
    /// The spec: what still asks for the same is taken over, the rest is done anew.
    Spec,
}

/// A fork that can be begun.
#[derive(Debug)]
pub struct Forked {
    /// How its one run is planned.
    pub run: Arc<RunPlan>,
    /// From where.
    pub from: ForkPoint,
    /// What it takes over.
    pub past: Past,
}

/// Why a run can't be forked there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// It has no such entry.
    #[error("the run has entries 0 to {last}, and no {at}")]
    NoEntry {
        /// The number that was asked for.
        at: u64,
        /// The number of the last entry.
        last: u64,
    },
    /// The entry is none that the change fits.
    #[error("entry {at} of the run is {is}, and {wants}")]
    Misfit {
        /// The number of the entry.
        at: u64,
        /// What it is.
        is: String,
        /// What the change needs.
        wants: &'static str,
    },
    /// What is kept of the run is no past.
    #[error(transparent)]
    Past(#[from] PastError),
}

impl TakenRun {
    /// Forks the run at the entry of this number: what was before it is taken over. A changed message may stand at the question or
    /// at the answer, a changed result at the call or at its result.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn fork(&self, at: u64, change: Change) -> Result<Forked, ForkError> {
        let entry = self.entry(at)?;
        let from = ForkPoint {
            run: self.run.clone(),
            seq: at,
        };
        let before = |seq, is_edited| Past::forked(&self.events, seq, is_edited);
        let mut run = Arc::clone(&self.planned.run);
        let past = match change {
            Change::Nothing => before(at, false)?,
            Change::Spec => before(at, true)?,
            Change::Message(text) if self.opens_conversation(entry) => {
                let mut changed = RunPlan::clone(&run);
                match changed.answers.messages.front_mut() {
                    Some(first) => *first = text,
                    None => changed.answers.messages.push_front(text),
                }
                run = Arc::new(changed);
                before(0, false)?
            }
            Change::Message(text) => {
                let (request, _) = self
                    .question(entry)
                    .filter(|(_, kind)| matches!(kind, RequestKind::UserMessage { .. }))
                    .ok_or_else(|| {
                        misfit(
                            entry,
                            "a message can be changed where the user is asked for one, or says one",
                        )
                    })?;
                self.replied(request, Reply::message(text))?
            }
            Change::Result(value) => {
                if let Some((request, RequestKind::ToolResult { .. })) = self.question(entry) {
                    self.replied(request, Reply::ToolResult(value))?
                } else {
                    let request = call(entry).ok_or_else(|| {
                        misfit(
                            entry,
                            "a result can be changed where a tool is called, or gives one",
                        )
                    })?;
                    let answer = self.answer_of(request).unwrap_or(at);
                    before(answer, false)?.with_result(&self.request(request), value)
                }
            }
        };
        Ok(Forked { run, from, past })
    }

    fn entry(&self, at: u64) -> Result<&Arc<RunEvent>, ForkError> {
        let is_it = |event: &&Arc<RunEvent>| event.seq <= at && at <= event.seq + event.joined;
        self.events
            .iter()
            .find(is_it)
            .ok_or_else(|| ForkError::NoEntry {
                at,
                last: self.events.last().map_or(0, |last| last.seq + last.joined),
            })
    }

    /// Whether an entry stands before all that a model was asked: the message is the one that starts the conversation.
    fn opens_conversation(&self, entry: &RunEvent) -> bool {
        let is_asked = |event: &&Arc<RunEvent>| {
            matches!(
                event.body,
                RunEventBody::Traced(
                    Event::LlmGenerationRequest { .. }
                        | Event::HumanInTheLoopRequest { .. }
                        | Event::ToolExecutionRequest { .. }
                )
            )
        };
        let first = self.events.iter().find(is_asked);
        first.is_none_or(|first| entry.seq < first.seq)
    }

    /// The question that an entry asks or answers; at a message of the user, the one that it answers.
    fn question(&self, entry: &RunEvent) -> Option<(&RequestId, &RequestKind)> {
        let request = match &entry.body {
            RunEventBody::Traced(
                Event::HumanInTheLoopRequest { request_id, .. }
                | Event::HumanInTheLoopResponse { request_id, .. },
            ) => request_id,
            RunEventBody::Traced(Event::ConversationMessageAdded { .. }) => {
                let before = self
                    .events
                    .iter()
                    .rev()
                    .filter(|event| event.seq < entry.seq);
                before.into_iter().find_map(|event| match &event.body {
                    RunEventBody::Traced(Event::HumanInTheLoopResponse { request_id, .. }) => {
                        Some(request_id)
                    }
                    _ => None,
                })?
            }
            _ => return None,
        };
        self.events.iter().find_map(|event| match &event.body {
            RunEventBody::Traced(Event::HumanInTheLoopRequest {
                request_id,
                content,
                ..
            }) if request_id == request => Some((request_id, content)),
            _ => None,
        })
    }

    /// The number of the entry that answers a request.
    fn answer_of(&self, request: &RequestId) -> Option<u64> {
        let answer = self.events.iter().find(|event| {
            matches!(
                &event.body,
                RunEventBody::Traced(
                    Event::HumanInTheLoopResponse { request_id, .. }
                        | Event::ToolExecutionResponse { request_id, .. }
                ) if request_id == request
            )
        });
        answer.map(|event| event.seq)
    }

    /// The events that make a request.
    fn request(&self, request: &RequestId) -> Vec<&Event> {
        let asks = self.events.iter().filter_map(|event| match &event.body {
            RunEventBody::Traced(
                asks @ (Event::HumanInTheLoopRequest { request_id, .. }
                | Event::ToolExecutionRequest { request_id, .. }),
            ) if request_id == request => Some(asks),
            _ => None,
        });
        asks.collect()
    }

    /// What was before a question was answered, and another answer.
    fn replied(&self, request: &RequestId, reply: Reply) -> Result<Past, PastError> {
        let end = self.events.last().map_or(0, |last| last.seq + 1);
        let answered = self.answer_of(request).unwrap_or(end);
        let past = Past::forked(&self.events, answered, false)?;
        Ok(past.with_reply(&self.request(request), reply))
    }
}

/// The call that an entry makes, or whose result it is.
fn call(entry: &RunEvent) -> Option<&RequestId> {
    match &entry.body {
        RunEventBody::Traced(
            Event::ToolExecutionRequest { request_id, .. }
            | Event::ToolExecutionResponse { request_id, .. },
        ) => Some(request_id),
        _ => None,
    }
}

fn misfit(entry: &RunEvent, wants: &'static str) -> ForkError {
    let is = match &entry.body {
        RunEventBody::Planned(_) => "its plan".to_owned(),
        RunEventBody::StateChanged { state } => format!("the state `{}`", state.name()),
        RunEventBody::SpanStarted { kind, .. } => format!("the start of a `{kind:?}`"),
        RunEventBody::SpanEnded { .. } => "the end of a span".to_owned(),
        RunEventBody::Operated { operation, .. } => format!("the operation `{operation}`"),
        RunEventBody::Traced(event) => format!("a `{}`", event.name()),
        RunEventBody::Ended { .. } => "its end".to_owned(),
    };
    ForkError::Misfit {
        at: entry.seq,
        is,
        wants,
    }
}
