//! The past of a run: the outcomes of its effects in an earlier execution.
//!
//! A run with a past gets these outcomes instead of executing the effects again; after the end of
//! the past, it executes effects normally. Resuming and forking a run are based on this. The past
//! is read from the run's own events, which contain complete outcomes.

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

/// The outcomes of an earlier execution, by effect key; empty for a new run.
#[derive(Debug, Default)]
pub struct Past {
    models: HashMap<String, PastGeneration>,
    tools: HashMap<String, PastCall>,
    replies: HashMap<String, PastReply>,
    /// The keys of unanswered questions.
    open_questions: HashSet<String>,
    operations: HashMap<String, Result<Value, Failure>>,
    /// Where parts of the run were stopped, by the keys of the effects and of the parallel nodes.
    stops: HashMap<String, Stop>,
    /// The spans that the run has already opened, if this is a resumed run.
    opened: HashSet<SpanId>,
    /// How often the run has already emitted each event, by [`mark`], if this is a resumed run.
    emitted: Mutex<HashMap<u64, usize>>,
    /// The decision about calls of which it is unknown whether they took effect; `None` if there
    /// can be none.
    in_doubt: Option<InDoubt>,
    /// Whether an effect whose request has changed is executed again instead of ending the run.
    is_edited: bool,
}

/// The treatment of a tool call that was in progress when the program was terminated, and may have
/// taken effect. Tools that may be repeated are called again in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InDoubt {
    /// Ask a person; if none is available, the run ends in `needs_input`.
    #[default]
    Ask,
    /// Make the call again.
    Again,
    /// Let the call fail.
    Fail,
}

/// How a part of the run was stopped because a parallel one failed; see [`RunEventBody::stopped`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stop {
    /// The effect had not begun.
    Before,
    /// The effect was in progress.
    During,
    /// The parts of a parallel node, all of which have ended.
    Parts {
        /// The number of parts that had begun, counted from the first.
        begun: usize,
        /// The part that failed first; `None` if all were stopped from outside.
        failed: Option<usize>,
    },
}

/// A recorded model call.
#[derive(Clone, Debug)]
pub(super) struct PastGeneration {
    /// The `LlmGenerationRequest`; `None` if the call failed before it.
    pub(super) request: Option<Event>,
    /// The outcome; [`Halt::Cancelled`] if the model call was stopped.
    pub(super) outcome: Result<Generation, Halt>,
}

/// A recorded tool call or its rejection; the call may not have ended.
#[derive(Clone, Debug)]
pub(super) struct PastCall {
    /// The `ToolExecutionRequest`.
    pub(super) request: Event,
    /// The tool's result; `None` if the record ends before it, because a person has to enter it or
    /// it is unknown whether the tool took effect.
    pub(super) result: Option<ToolCallResult>,
    pub(super) timing: Timing,
}

/// A recorded answer of a person, or a prepared one.
#[derive(Clone, Debug)]
pub(super) struct PastReply {
    pub(super) request: RequestKind,
    pub(super) reply: Reply,
    /// The index of the prepared answer; `None` if a person answered.
    pub(super) prepared: Option<u64>,
}

/// The measured times of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    /// The wait in milliseconds, for a slot of the run and then for a free worker.
    pub(super) waited_ms: f64,
    /// The longest time in milliseconds for which the call blocked a shared event loop.
    pub(super) held_ms: Option<f64>,
}

impl PastCall {
    /// Returns whether the recorded call is of another tool or has other arguments.
    pub(super) fn differs_from(&self, now: &Component, with: &Values) -> bool {
        let Event::ToolExecutionRequest { tool, inputs, .. } = &self.request else {
            return true;
        };
        *tool != ComponentName::of(now) || inputs.as_object() != Some(with)
    }

    /// Returns the binding of the recorded call.
    pub(super) fn binding(&self) -> &str {
        match &self.request {
            Event::ToolExecutionRequest { binding, .. } => binding,
            _ => "",
        }
    }

    /// Returns the lane of the recorded call.
    pub(super) fn lane(&self) -> &str {
        match &self.request {
            Event::ToolExecutionRequest { lane, .. } => lane,
            _ => "",
        }
    }
}

/// The reason why events can't be used as a past.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PastError {
    /// Two effects have the same key, so that their outcomes can't be distinguished.
    #[error("two effects of the run have the key `{0}`")]
    Ambiguous(String),
}

impl Past {
    /// Reads the outcomes from a run's events. A request to a model or a person without an outcome
    /// is left out, and will be made again.
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

    /// Makes the past of a resumed run, which does not emit its earlier events again.
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

    /// Returns whether an emitted event is not emitted again by a resumed run. States and pieces of
    /// answers are never repeated; repeated calls of models and tools are emitted again.
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

    /// Returns whether the run emitted this event before it was resumed; true once for each time it
    /// did.
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

    /// Returns whether the run opened a span before it was resumed.
    pub(super) fn has_opened(&self, span: &SpanId) -> bool {
        self.opened.contains(span)
    }

    /// Returns the decision about calls of which it is unknown whether they took effect; `None` if
    /// there can be none.
    pub(super) fn in_doubt(&self) -> Option<InDoubt> {
        self.in_doubt
    }

    /// Returns whether an effect with a changed request is executed again.
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

    /// Returns how the effect or parallel node at a position was stopped, if it was.
    pub(super) fn stop(&self, place: &EffectKey) -> Option<Stop> {
        self.stops.get(place.as_str()).copied()
    }

    pub(super) fn reply(&self, key: &str) -> Option<&PastReply> {
        self.replies.get(key)
    }

    /// Returns the questions that were answered by prepared answers, with their positions, in
    /// order.
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

    /// Returns whether a person was asked at a position, with or without an answer.
    pub(super) fn was_asked(&self, key: &str) -> bool {
        self.replies.contains_key(key) || self.open_questions.contains(key)
    }

    /// Returns the ids of all tool calls that models requested.
    pub(super) fn call_ids(&self) -> impl Iterator<Item = &str> {
        let answers = self
            .models
            .values()
            .filter_map(|past| past.outcome.as_ref().ok());
        answers.flat_map(|answer| answer.tool_calls.iter().map(|call| call.id.as_str()))
    }
}

/// Makes the failure of an effect whose request differs from the recorded one.
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

/// Returns a hash by which an emitted event is recognized.
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
    /// The open spans of model calls.
    model_spans: Vec<SpanId>,
    /// Requests without an outcome so far, by id.
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

    /// Returns the open request of a model at a position.
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

/// Returns the complete answer in a response event.
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
