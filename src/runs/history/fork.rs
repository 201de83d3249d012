//! Forks: a recorded run up to one of its events, one change, and new execution from there.

use std::sync::Arc;

use serde_json::Value;

use super::{KeptBatch, TakenBatch, TakenRun};
use crate::base::ids::{BatchId, RequestId};
use crate::conversation::Values;
use crate::profile::Profile;
use crate::runs::{BatchPlan, BatchRecord, Fork, RunRecord};
use crate::runtime::{Past, PastError};
use crate::spec::{Component, ExportError};
use crate::trace::{
    Event, ForkPoint, Reply, RequestKind, RunEvent, RunEventBody, RunPlan, SpecText,
};

/// The change in a fork.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// No change: the rest of the run is executed again.
    Nothing,
    /// Another message of the user at this point.
    Message(String),
    /// Another result of a tool at this point.
    Result(Value),
    /// Other arguments of a model's tool call at this point, JSON text of an object. If the tool
    /// requires confirmation, the person is asked again.
    Arguments(String),
    /// Another spec: effects with unchanged requests are taken from the record, and the others are
    /// executed again.
    Spec,
}

/// A fork that is ready to start.
#[derive(Debug)]
pub struct Forked {
    /// The plan of the fork, with one run.
    pub plan: Box<BatchPlan>,
    /// The point in the original run.
    pub from: ForkPoint,
    /// The past that the fork shares with the original run.
    pub past: Past,
}

impl Forked {
    /// Returns the content of the command that starts the fork as a batch with this id.
    pub fn begin(self, batch: BatchId) -> Fork {
        let Self { plan, from, past } = self;
        Fork {
            batch,
            plan,
            from,
            past,
        }
    }
}

/// The reason why a run can't be forked at a point.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// The run has no recorded events.
    #[error("the run was not recorded")]
    Empty,
    /// The run has no event with this number.
    #[error("the run has no entry {at}: its entries are 0 to {last}")]
    NoEntry {
        /// The requested number.
        at: u64,
        /// The number of the last event.
        last: u64,
    },
    /// The event does not fit the change.
    #[error("entry {at} of the run is {is}, and {wants}")]
    Misfit {
        /// The number of the event.
        at: u64,
        /// The kind of the event, in words.
        is: String,
        /// The event that the change needs, in words.
        wants: &'static str,
    },
    /// The arguments are not a JSON object.
    #[error("arguments are a JSON object, such as `{{\"city\": \"Rome\"}}`")]
    Arguments(#[source] serde_json::Error),
    /// The recorded events of the run can't be used as a past.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The text of the spec can't be written.
    #[error(transparent)]
    Spec(#[from] ExportError),
}

impl From<&BatchRecord> for KeptBatch {
    fn from(batch: &BatchRecord) -> Self {
        Self {
            id: batch.id.clone(),
            launched_at: batch.launched_at,
            terms: batch.terms.as_ref().clone(),
        }
    }
}

impl TakenBatch {
    /// Makes the source of a fork from the record of an active or ended run; `None` if the record
    /// lacks its first event.
    pub fn of_record(batch: KeptBatch, record: &RunRecord) -> Option<Self> {
        let run = TakenRun::of(record.run.clone(), record.log.clone(), false)?;
        Some(Self {
            batch,
            n_runs: run.planned.index + 1,
            runs: vec![run],
            used_tokens: 0,
        })
    }

    /// Forks the run at the event with this number, using the reloaded spec and profile. Everything
    /// before the event is taken from the record. A changed message can be given at the event of
    /// the question or of the answer; a changed result or changed arguments at the event of the
    /// call or of its result.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn forked(
        &self,
        at: u64,
        change: Change,
        component: Arc<Component>,
        profile: Arc<Profile>,
    ) -> Result<Forked, ForkError> {
        let parent = self.runs.first().ok_or(ForkError::Empty)?;
        let (run, past) = parent.fork(at, change)?;
        let spec = SpecText::of(&component)?;
        let mut plan = self.plan([parent], (component, Vec::new()), profile);
        plan.spec = Arc::new(spec);
        // A client continues with the forked run.
        plan.origin.served = None;
        plan.runs = vec![Arc::new(RunPlan {
            variant: None,
            // It is the message of the run that is forked.
            client_message: None,
            ..RunPlan::clone(&run)
        })];
        Ok(Forked {
            plan: Box::new(plan),
            from: ForkPoint {
                run: parent.run.clone(),
                seq: at,
            },
            past,
        })
    }
}

impl TakenRun {
    /// Returns the plan of the fork and its past.
    fn fork(&self, at: u64, change: Change) -> Result<(Arc<RunPlan>, Past), ForkError> {
        let entry = self.entry(at)?;
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
            Change::Arguments(arguments) => self.with_arguments(entry, &arguments)?,
        };
        Ok((run, past))
    }

    /// Returns the past up to a model's tool call, with other arguments for that call.
    fn with_arguments(&self, entry: &RunEvent, arguments: &str) -> Result<Past, ForkError> {
        serde_json::from_str::<Values>(arguments).map_err(ForkError::Arguments)?;
        let refused = || misfit(entry, "arguments can be changed where a model calls a tool");
        let asked = self.question(entry).and_then(|(_, kind)| call_in(kind));
        let call = asked.or_else(|| call(entry).cloned()).ok_or_else(refused)?;
        // What was asked and told about it has not happened in the fork.
        let is_of_call = |event: &&Arc<RunEvent>| {
            matches!(
                &event.body,
                RunEventBody::Traced(
                    Event::ToolConfirmationRequest { tool_execution_request_id: id, .. }
                    | Event::ToolExecutionRequest { request_id: id, .. }
                ) if *id == call
            )
        };
        let first = self.events.iter().find(is_of_call).ok_or_else(refused)?;
        let past = Past::forked(&self.events, first.seq, false)?;
        past.with_arguments(&call, arguments).ok_or_else(refused)
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

    /// Returns whether an event precedes all model calls, so that its message starts the
    /// conversation.
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

    /// Returns the question that an event asks or answers; for a message of the user, the question
    /// that it answers.
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
            }) if request_id == request => Some((request_id, content.as_ref())),
            _ => None,
        })
    }

    /// Returns the number of the event that answers a request.
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

    /// Returns the events that make a request.
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

    /// Returns the past up to the answer of a question, with another answer.
    fn replied(&self, request: &RequestId, reply: Reply) -> Result<Past, PastError> {
        let end = self.events.last().map_or(0, |last| last.seq + 1);
        let answered = self.answer_of(request).unwrap_or(end);
        let past = Past::forked(&self.events, answered, false)?;
        let prepared = self.events.iter().find_map(|event| match &event.body {
            RunEventBody::Traced(Event::HumanInTheLoopResponse {
                request_id,
                prepared,
                ..
            }) if request_id == request => *prepared,
            _ => None,
        });
        Ok(past.with_reply(&self.request(request), reply, prepared))
    }
}

/// Returns the call that an event makes or whose result it is.
fn call(entry: &RunEvent) -> Option<&RequestId> {
    match &entry.body {
        RunEventBody::Traced(
            Event::ToolExecutionRequest { request_id, .. }
            | Event::ToolExecutionResponse { request_id, .. },
        ) => Some(request_id),
        _ => None,
    }
}

/// Returns the call that a question is about.
fn call_in(kind: &RequestKind) -> Option<RequestId> {
    match kind {
        RequestKind::ToolConfirmation { call_id, .. }
        | RequestKind::ToolResult { call_id, .. }
        | RequestKind::CallInDoubt { call_id, .. } => Some(RequestId::new(call_id.as_str())),
        RequestKind::UserMessage { .. }
        | RequestKind::Authorization { .. }
        | RequestKind::Elicitation { .. } => None,
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
