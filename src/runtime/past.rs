//! The past of a run: the outcomes of its effects when it was executed before.
//!
//! A run that has a past is given it back, effect by effect, in place of doing them again; where the past ends it goes
//! on outside. Resuming and forking a run are built on this. The past is read from the run's own events: they hold the
//! outcomes whole.

mod forking;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{RequestId, SpanId};
use crate::base::lock::lock;
use crate::conversation::{ToolCall, Usage, Values};
use crate::llm::Generation;
use crate::runtime::{EffectKey, Halt, ToolCallResult};
use crate::spec::Component;
use crate::tools::Lane;
use crate::trace::{
    ComponentName, Event, Failure, FailureKind, LlmGenerationResponse, Reply, RequestKind,
    RunEvent, RunEventBody, SpanKind, TracedToolCall,
};

/// The outcomes of an earlier execution, by the keys of their effects; empty for a run that begins.
#[derive(Debug, Default)]
pub struct Past {
    models: HashMap<String, PastGeneration>,
    tools: HashMap<String, PastCall>,
    replies: HashMap<String, PastReply>,
    /// The keys of questions that nobody has answered.
    open_questions: HashSet<String>,
    operations: HashMap<String, Result<Value, Failure>>,
    /// Where parts of the run were stopped, by the keys of the effects and of the parallel nodes.
    stops: HashMap<String, Stop>,
    /// The spans that the run has opened already, if it is the same run that goes on.
    opened: HashSet<SpanId>,
    /// How often the run has emitted each event already, by [`mark`], if it is the same run that
    /// goes on.
    emitted: Mutex<HashMap<u64, usize>>,
    /// The decision on calls of which it is not known whether they were made; none where that
    /// cannot be.
    in_doubt: Option<InDoubt>,
    /// Whether an effect that asks for something else than before is done again, rather than ending the run.
    is_edited: bool,
}

/// The treatment of a tool call that was made when the program died, and may have done its work. Tools that may be
/// called again are called again in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InDoubt {
    /// A person is asked; without one the run ends in `needs_input`.
    #[default]
    Ask,
    /// The call is made again.
    Again,
    /// The call counts as failed.
    Fail,
}

/// How a part of the run was stopped because another one beside it failed: see
/// [`RunEventBody::stopped`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stop {
    /// The effect had not begun.
    Before,
    /// The effect was under way.
    During,
    /// The parts of a parallel node, all of which are over.
    Parts {
        /// So many had begun, the first ones.
        begun: usize,
        /// Which failed first; none where they were stopped from outside.
        failed: Option<usize>,
    },
}

/// A model that was asked.
#[derive(Clone, Debug)]
pub(super) struct PastGeneration {
    /// The `LlmGenerationRequest`; none where it failed before that.
    pub(super) request: Option<Event>,
    /// The outcome; [`Halt::Cancelled`] where the model was stopped.
    pub(super) outcome: Result<Generation, Halt>,
}

/// A tool call or its refusal; perhaps the call is not over.
#[derive(Clone, Debug)]
pub(super) struct PastCall {
    /// The `ToolExecutionRequest`.
    pub(super) request: Event,
    /// The tool's result; none where the run went no further: a person must give it, or it is not known whether the tool did
    /// its work.
    pub(super) result: Option<ToolCallResult>,
    pub(super) timing: Timing,
}

/// A person's answer, or the prepared one in its place.
#[derive(Clone, Debug)]
pub(super) struct PastReply {
    pub(super) request: RequestKind,
    pub(super) reply: Reply,
    /// Which of the prepared answers it is; none if a person gave it.
    pub(super) prepared: Option<u64>,
}

/// How a call was carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// Milliseconds for a free place of the run, then for a free worker.
    pub(super) waited_ms: f64,
    /// The most milliseconds that it kept a loop to itself which it shares with others.
    pub(super) held_ms: Option<f64>,
}

impl PastCall {
    /// Whether another tool was called, or with other arguments.
    pub(super) fn differs_from(&self, now: &Component, with: &Values) -> bool {
        let Event::ToolExecutionRequest { tool, inputs, .. } = &self.request else {
            return true;
        };
        *tool != ComponentName::of(now) || inputs.as_object() != Some(with)
    }

    /// Returns what the tool was bound to.
    pub(super) fn binding(&self) -> &str {
        match &self.request {
            Event::ToolExecutionRequest { binding, .. } => binding,
            _ => "",
        }
    }

    /// Returns where the tool ran.
    pub(super) fn lane(&self) -> &str {
        match &self.request {
            Event::ToolExecutionRequest { lane, .. } => lane,
            _ => "",
        }
    }
}

/// The reason why events are no past.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// Two effects have one key, so their outcomes can't be told apart.
    #[error("two effects of the run have the key `{0}`")]
    Ambiguous(String),
}

impl Past {
    /// Reads the outcomes out of a run's events. A request to a model or a person without an outcome is left out: it is
    /// asked again.
    ///
    /// # Errors
    /// [`PastError`].
    pub fn of<'e>(events: impl IntoIterator<Item = &'e RunEvent>) -> Result<Self, PastError> {
        let mut reader = Reader::default();
        for event in events {
            reader.read(event)?;
        }
        for request in reader.asked.into_values() {
            match &request {
                Event::ToolExecutionRequest { key: Some(key), .. } => {
                    let past = PastCall {
                        result: None,
                        timing: Timing::default(),
                        request: request.clone(),
                    };
                    only_one(key, reader.past.tools.insert(key.clone(), past).is_some())?;
                }
                Event::HumanInTheLoopRequest { key: Some(key), .. } => {
                    reader.past.open_questions.insert(key.clone());
                }
                Event::LlmGenerationRequest { key: Some(key), .. }
                    if reader.past.stops.contains_key(key) =>
                {
                    let past = PastGeneration {
                        outcome: Err(Halt::Cancelled),
                        request: Some(request.clone()),
                    };
                    only_one(key, reader.past.models.insert(key.clone(), past).is_some())?;
                }
                _ => {}
            }
        }
        Ok(reader.past)
    }

    /// The past of a run that goes on: what it emitted already is not emitted again.
    ///
    /// # Errors
    /// [`PastError`].
    pub fn carried_on(events: &[Arc<RunEvent>], in_doubt: InDoubt) -> Result<Self, PastError> {
        let mut past = Self::of(events.iter().map(Arc::as_ref))?;
        let mut emitted: HashMap<u64, usize> = HashMap::default();
        for event in events.iter().filter(|event| past.stands(&event.body)) {
            let mark = mark(event.span.as_ref(), &event.body);
            *emitted.entry(mark).or_default() += 1;
        }
        let opened = events.iter();
        let opened = opened.filter(|it| matches!(it.body, RunEventBody::SpanStarted { .. }));
        past.opened = opened.filter_map(|event| event.span.clone()).collect();
        past.emitted = Mutex::new(emitted);
        past.in_doubt = Some(in_doubt);
        Ok(past)
    }

    /// Whether an emitted event is not emitted again when the run goes on. States and pieces of answers never come
    /// twice; what a model or tool is asked once more is emitted once more.
    fn stands(&self, body: &RunEventBody) -> bool {
        match body {
            RunEventBody::Planned(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::Ended { .. }
            | RunEventBody::Traced(
                Event::LlmGenerationChunkReceived { .. }
                | Event::ToolExecutionStreamingChunkReceived { .. },
            ) => false,
            RunEventBody::Traced(Event::LlmGenerationRequest { key: Some(key), .. }) => {
                self.models.contains_key(key)
            }
            RunEventBody::Traced(Event::ToolExecutionRequest { key: Some(key), .. }) => {
                let is_over =
                    |call: &PastCall| call.result.is_some() || call.lane() == Lane::Person.name();
                self.stops.contains_key(key) || self.tools.get(key).is_some_and(is_over)
            }
            RunEventBody::Traced(_)
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. }
            | RunEventBody::Operated { .. } => true,
        }
    }

    /// Whether the run emitted this before it was carried on; true once for each time that it did.
    pub(super) fn has_emitted(&self, span: Option<&SpanId>, body: &RunEventBody) -> bool {
        let mut emitted = lock(&self.emitted);
        if emitted.is_empty() || !self.stands(body) {
            return false;
        }
        let mark = mark(span, body);
        let Some(times) = emitted.get_mut(&mark) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            emitted.remove(&mark);
        }
        true
    }

    /// Whether the run opened a span before it was carried on.
    pub(super) fn has_opened(&self, span: &SpanId) -> bool {
        self.opened.contains(span)
    }

    /// Returns what is to be done about calls of which it is not known whether they were made; none where that cannot be.
    pub(super) fn in_doubt(&self) -> Option<InDoubt> {
        self.in_doubt
    }

    /// Whether what differs from before is done again.
    pub(super) fn is_edited(&self) -> bool {
        self.is_edited
    }

    pub(super) fn generation(&self, key: &str) -> Option<&PastGeneration> {
        self.models.get(key)
    }

    pub(super) fn call(&self, key: &str) -> Option<&PastCall> {
        self.tools.get(key)
    }

    pub(super) fn operation(&self, key: &str) -> Option<&Result<Value, Failure>> {
        self.operations.get(key)
    }

    /// Returns how what is in this place was stopped, if it was.
    pub(super) fn stop(&self, place: &EffectKey) -> Option<Stop> {
        self.stops.get(place.as_str()).copied()
    }

    pub(super) fn reply(&self, key: &str) -> Option<&PastReply> {
        self.replies.get(key)
    }

    /// The questions that prepared answers were taken for, with their places, in the order in which they were taken.
    pub(super) fn prepared(&self) -> Vec<(EffectKey, RequestKind)> {
        let taken = self.replies.iter();
        let mut taken: Vec<_> = taken
            .filter_map(|(place, past)| Some((past.prepared?, (place, &past.request))))
            .collect();
        taken.sort_unstable_by_key(|(number, _)| *number);
        let taken = taken.into_iter();
        taken
            .map(|(_, (place, request))| (EffectKey::written(place), request.clone()))
            .collect()
    }

    /// Whether a person was asked there, with an answer or without.
    pub(super) fn was_asked(&self, key: &str) -> bool {
        self.replies.contains_key(key) || self.open_questions.contains(key)
    }

    /// The ids of all tool calls that models made.
    pub(super) fn call_ids(&self) -> impl Iterator<Item = &str> {
        let answers = self
            .models
            .values()
            .filter_map(|past| past.outcome.as_ref().ok());
        answers.flat_map(|answer| answer.tool_calls.iter().map(|call| call.id.as_str()))
    }
}

/// The failure of an effect that asks for something else than the same one did before.
pub(super) fn differs(key: &str, before: &impl Serialize, now: &impl Serialize) -> Halt {
    let failure = Failure::new(
        FailureKind::Internal,
        format!(
            "the run can't be continued as it was recorded: at `{key}` it asked {}, but now it asks {}",
            in_words(before),
            in_words(now)
        ),
    );
    failure
        .with_hint("start it again; if neither the spec nor the profile has changed, report this")
        .into()
}

/// A mark by which an emitted event is known again.
fn mark(span: Option<&SpanId>, body: &RunEventBody) -> u64 {
    let mut hasher = DefaultHasher::new();
    span.hash(&mut hasher);
    // What can't be written was never kept, so it is like nothing that was told.
    serde_json::to_vec(body)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}

fn in_words(request: &impl Serialize) -> String {
    serde_json::to_string(request).unwrap_or_default()
}

#[derive(Default)]
struct Reader {
    past: Past,
    /// The spans of model calls that are open.
    model_spans: Vec<SpanId>,
    /// Requests that wait for their outcome, by their ids.
    asked: HashMap<RequestId, Event>,
}

impl Reader {
    fn read(&mut self, event: &RunEvent) -> Result<(), PastError> {
        match &event.body {
            RunEventBody::SpanStarted {
                kind: SpanKind::LlmGenerationSpan,
                ..
            } => self.model_spans.extend(event.span.clone()),
            RunEventBody::SpanEnded { .. } => {
                self.model_spans
                    .retain(|open| Some(open) != event.span.as_ref());
            }
            RunEventBody::Operated { key, outcome, .. } => {
                let Some((place, how)) = event.body.stopped() else {
                    let before = self
                        .past
                        .operations
                        .insert(key.clone(), Result::clone(outcome));
                    return only_one(key, before.is_some());
                };
                // One that can't be read is of another version, and nothing is known of it.
                if let Ok(stop) = serde_json::from_value(how.clone()) {
                    let before = self.past.stops.insert(place.to_owned(), stop);
                    only_one(key, before.is_some())?;
                }
            }
            RunEventBody::Traced(traced) => self.read_traced(event.span.as_ref(), traced)?,
            RunEventBody::Planned(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::Ended { .. } => {}
        }
        Ok(())
    }

    fn read_traced(&mut self, span: Option<&SpanId>, traced: &Event) -> Result<(), PastError> {
        match traced {
            Event::LlmGenerationRequest { request_id, .. }
            | Event::ToolExecutionRequest { request_id, .. }
            | Event::HumanInTheLoopRequest { request_id, .. } => {
                self.asked.insert(request_id.clone(), traced.clone());
            }
            Event::LlmGenerationResponse(response) => {
                if let Some(key) = &response.key {
                    let past = PastGeneration {
                        request: self.asked.remove(&response.request_id),
                        outcome: Ok(generation_of(response)),
                    };
                    only_one(key, self.past.models.insert(key.clone(), past).is_some())?;
                }
            }
            Event::ExceptionRaised {
                key: Some(key),
                failure,
                ..
            } if span.is_some_and(|span| self.model_spans.contains(span)) => {
                // Told with the component whose span it is; the effect itself names none.
                let mut failure = Failure::clone(failure);
                failure.component = None;
                let request = self.request_of(key);
                let past = PastGeneration {
                    request,
                    outcome: Err(failure.into()),
                };
                only_one(key, self.past.models.insert(key.clone(), past).is_some())?;
            }
            Event::ToolExecutionResponse {
                request_id,
                key: Some(key),
                outputs,
                error,
                waited_ms,
                held_ms,
                ..
            } => {
                if let Some(request) = self.asked.remove(request_id) {
                    let past = PastCall {
                        request,
                        result: Some(match error {
                            None => Ok(Value::clone(outputs)),
                            Some(failure) => Err(Failure::clone(failure)),
                        }),
                        timing: Timing {
                            waited_ms: *waited_ms,
                            held_ms: *held_ms,
                        },
                    };
                    only_one(key, self.past.tools.insert(key.clone(), past).is_some())?;
                }
            }
            Event::HumanInTheLoopResponse {
                request_id,
                key: Some(key),
                prepared,
                content: reply,
                ..
            } => {
                if let Some(Event::HumanInTheLoopRequest { content, .. }) =
                    self.asked.remove(request_id)
                {
                    let past = PastReply {
                        request: *content,
                        reply: Reply::clone(reply),
                        prepared: *prepared,
                    };
                    only_one(key, self.past.replies.insert(key.clone(), past).is_some())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The request of a model that waits at a place.
    fn request_of(&mut self, place: &str) -> Option<Event> {
        let is_it = |event: &Event| matches!(event, Event::LlmGenerationRequest { key: Some(key), .. } if key == place);
        let id = self.asked.iter().find(|(_, event)| is_it(event))?.0.clone();
        self.asked.remove(&id)
    }
}

fn only_one(key: &str, is_known: bool) -> Result<(), PastError> {
    if is_known {
        return Err(PastError::Ambiguous(key.to_owned()));
    }
    Ok(())
}

/// The whole answer of a response event.
fn generation_of(response: &LlmGenerationResponse) -> Generation {
    let LlmGenerationResponse {
        llm_config: _,
        request_id: _,
        key: _,
        completion_id,
        content,
        tool_calls,
        reasoning,
        extra,
        input_tokens,
        output_tokens,
        total_tokens,
        cached_tokens,
        reasoning_tokens,
        finish_reason,
        is_last_call_unsure,
        time_to_first_token_ms,
        attempts,
    } = response;
    Generation {
        completion_id: completion_id.clone(),
        content: content.clone(),
        reasoning: reasoning.clone(),
        tool_calls: tool_calls.iter().map(call_of).collect(),
        extra: extra.as_deref().cloned(),
        usage: Usage {
            input_tokens: input_tokens.unwrap_or_default(),
            output_tokens: output_tokens.unwrap_or_default(),
            total_tokens: total_tokens.unwrap_or_default(),
            cached_tokens: cached_tokens.unwrap_or_default(),
            reasoning_tokens: reasoning_tokens.unwrap_or_default(),
            llm_calls: 1,
        },
        finish_reason: finish_reason.clone(),
        is_last_call_unsure: *is_last_call_unsure,
        time_to_first_token: time_to_first_token_ms
            .and_then(|ms| Duration::try_from_secs_f64(ms / 1e3).ok()),
        attempts: *attempts,
    }
}

fn call_of(call: &TracedToolCall) -> ToolCall {
    ToolCall {
        id: call.call_id.clone(),
        name: call.tool_name.clone(),
        arguments: call.arguments.clone(),
        extra: call.extra.clone(),
    }
}
