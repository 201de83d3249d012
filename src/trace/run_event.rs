//! The events of a run, with number and time.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::base::ids::{RunId, SpanId};
use crate::conversation::Values;
use crate::trace::weight::Weight as _;
use crate::trace::{
    ComponentName, Event, ExecutionStatusName, Failure, Planned, RunState, SpanKind, SpanOutcome,
};

/// An event of a run, with number and time.
///
/// Invariant: `seq` counts from 0 without gaps; times never decrease; every span that starts ends
/// before the run does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The run.
    pub run: RunId,
    /// The number of the event in the run, from 0; set by the feed.
    pub seq: u64,
    /// The number of following text events that are joined into this one, which also has their
    /// numbers. Only a reader that is slower than the model gets such events.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u64,
    /// The time of the event.
    pub timestamp: Timestamp,
    /// The span of the event; `None` for events of the whole run.
    pub span: Option<SpanId>,
    /// The content of the event.
    pub body: RunEventBody,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl RunEvent {
    /// Returns whether [`RunEvent::join`] accepts the next event of the run.
    pub fn takes(&self, next: &Self) -> bool {
        self.run == next.run
            && self.span == next.span
            && matches!(
                (&self.body, &next.body),
                (
                    RunEventBody::Traced(Event::LlmGenerationChunkReceived { request_id, .. }),
                    RunEventBody::Traced(Event::LlmGenerationChunkReceived { request_id: next, .. }),
                ) if request_id == next
            )
    }

    /// Appends the text of the next event of the run, if both are pieces of the same answer.
    /// Returns whether they are; otherwise nothing changes.
    pub fn join(&mut self, next: &Self) -> bool {
        if !self.takes(next) {
            return false;
        }
        if let RunEventBody::Traced(Event::LlmGenerationChunkReceived {
            content,
            tool_calls,
            reasoning,
            ..
        }) = &mut self.body
            && let RunEventBody::Traced(Event::LlmGenerationChunkReceived {
                content: more_content,
                tool_calls: more_calls,
                reasoning: more_reasoning,
                ..
            }) = &next.body
        {
            content.push_str(more_content);
            tool_calls.extend_from_slice(more_calls);
            reasoning.push_str(more_reasoning);
        }
        true
    }

    /// Returns the size in bytes of the text that only this event holds, which is that of a piece
    /// of an answer. All other events are shared with the run's record.
    pub fn text_bytes(&self) -> usize {
        self.body.piece_bytes().unwrap_or_default()
    }
}

/// The content of a run's event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunEventBody {
    /// The plan of the run; always the first event.
    Planned(Box<Planned>),
    /// A change of the run's state. Final states come as [`RunEventBody::Ended`].
    StateChanged {
        /// The new state.
        state: RunState,
    },
    /// The start of a span.
    SpanStarted {
        /// The parent span; `None` for the root.
        parent: Option<SpanId>,
        /// The kind of the span.
        kind: SpanKind,
        /// The component of the span.
        component: ComponentName,
    },
    /// The end of a span.
    SpanEnded {
        /// The outcome of the span.
        outcome: SpanOutcome,
    },
    /// An operation outside of the run, such as a read or a change, whose outcome the run uses.
    Operated {
        /// The position of the operation in the run.
        key: String,
        /// The name of the operation: `discover`, `time`, or `begun` (the remote side has accepted
        /// a call).
        operation: String,
        /// The outcome of the operation.
        outcome: Box<Result<Value, Failure>>,
    },
    /// An event of Agent Spec Tracing, within [`RunEvent::span`].
    Traced(Event),
    /// The end of the run; always the last event.
    Ended {
        /// The final state.
        state: RunState,
        /// The status of the execution, as named in Agent Spec.
        status: Option<ExecutionStatusName>,
        /// The outputs, if the run finished.
        outputs: Box<Values>,
        /// The reason why the run failed, timed out or was cancelled.
        error: Option<Box<Failure>>,
    },
}

impl RunEventBody {
    /// The operation that records that a part of the run was stopped because a parallel part
    /// failed. Its position is inside that of the stopped part.
    pub const STOP: &str = "stop";

    /// The operation with which a worker claims a run, whose effects happen there from then on. The
    /// outcome names the worker: `{"worker": "build-7:4711", "id": "…"}`.
    pub const WORKER: &str = "worker";

    /// Returns the name of the worker, if this is the claim of one.
    pub fn worker(&self) -> Option<&str> {
        match self {
            Self::Operated {
                operation, outcome, ..
            } if operation == Self::WORKER => {
                outcome.as_ref().as_ref().ok()?.get("worker")?.as_str()
            }
            _ => None,
        }
    }

    /// Returns the position of the stopped part and how it was stopped, if this is such an event.
    pub fn stopped(&self) -> Option<(&str, &Value)> {
        match self {
            Self::Operated {
                key,
                operation,
                outcome,
            } if operation == Self::STOP => {
                Some((key.rsplit_once('/')?.0, outcome.as_ref().as_ref().ok()?))
            }
            _ => None,
        }
    }

    /// Returns the approximate size of the event's text in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Planned(planned) => planned.weight(),
            Self::StateChanged { .. } | Self::SpanStarted { .. } | Self::SpanEnded { .. } => 0,
            Self::Operated {
                key,
                operation,
                outcome,
            } => key.weight() + operation.weight() + outcome.weight(),
            Self::Traced(event) => event.bytes(),
            Self::Ended { outputs, error, .. } => outputs.weight() + error.weight(),
        }
    }

    /// Returns whether the event is a piece of a model's text, which the complete answer repeats.
    pub fn is_piece(&self) -> bool {
        matches!(self, Self::Traced(Event::LlmGenerationChunkReceived { .. }))
    }

    fn piece_bytes(&self) -> Option<usize> {
        let Self::Traced(Event::LlmGenerationChunkReceived {
            content,
            tool_calls,
            reasoning,
            ..
        }) = self
        else {
            return None;
        };
        let calls = tool_calls
            .iter()
            .map(|call| call.call_id.len() + call.tool_name.len() + call.arguments.len());
        Some(content.len() + reasoning.len() + calls.sum::<usize>())
    }
}
