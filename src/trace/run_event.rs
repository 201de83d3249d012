//! The entries of a run's stream of events.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::base::ids::{RunId, SpanId};
use crate::conversation::Values;
use crate::trace::weight::Weight as _;
use crate::trace::{
    ComponentName, Event, ExecutionStatusName, Failure, Planned, RunState, SpanKind, SpanOutcome,
};

/// An event of a run, numbered and timed.
///
/// Invariant: `seq` counts from 0 without gaps; times never go back; every span that starts ends
/// before the run does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The run.
    pub run: RunId,
    /// Number within the run, from 0; given by the feed.
    pub seq: u64,
    /// How many pieces of text that followed are joined into this one, so that it also has their
    /// numbers. Only a reader that is slower than a model meets such events.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The span it belongs to; none for events of the run as a whole.
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
    /// Whether [`RunEvent::join`] takes the event that follows this one in its run.
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

    /// Appends the text of the event that follows this one in its run, where both are pieces of one
    /// answer. Returns whether they were; otherwise nothing is changed.
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

    /// Bytes of text that only this event holds: those of a piece of an answer. All other events
    /// are shared with the record of their run, which keeps them.
    pub fn text_bytes(&self) -> usize {
        self.body.piece_bytes().unwrap_or_default()
    }
}

/// The content of a run's event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunEventBody {
    /// The run was planned; always the first event.
    Planned(Box<Planned>),
    /// The run changed state. Ending states come as [`RunEventBody::Ended`].
    StateChanged {
        /// The state it is in from now on.
        state: RunState,
    },
    /// A span opened.
    SpanStarted {
        /// The span it lies in; none for the root.
        parent: Option<SpanId>,
        /// Its kind.
        kind: SpanKind,
        /// The component it is about.
        component: ComponentName,
    },
    /// A span closed.
    SpanEnded {
        /// How it ended.
        outcome: SpanOutcome,
    },
    /// An operation outside of the run, such as a read or a change: the run uses its outcome.
    Operated {
        /// The place of the operation in the run.
        key: String,
        /// The name of the operation: `discover`, `time`, `begun` (the other side of a call has
        /// taken it on).
        operation: String,
        /// The outcome of the operation.
        outcome: Box<Result<Value, Failure>>,
    },
    /// An event of Agent Spec Tracing, within [`RunEvent::span`].
    Traced(Event),
    /// The run is over; always the last event.
    Ended {
        /// Its last state.
        state: RunState,
        /// Agent Spec's word for how it stopped.
        status: Option<ExecutionStatusName>,
        /// The outputs, where it finished.
        outputs: Box<Values>,
        /// Why it failed, timed out or was cancelled.
        error: Option<Box<Failure>>,
    },
}

impl RunEventBody {
    /// The name of the operation that records that a part of the run was stopped, because one beside it failed. It has
    /// a place of its own within that of what was stopped.
    pub const STOP: &str = "stop";

    /// The operation by which a worker claims a run: from here on the run's effects are made there. Its outcome names the worker:
    /// `{"worker": "build-7:4711", "id": "…"}`.
    pub const WORKER: &str = "worker";

    /// Returns the name of the worker that claims the run, if this is such an event.
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

    /// Returns the place of the stopped part, and how it was stopped, if this is such an event.
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

    /// About how many bytes of text it holds.
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

    /// Whether it is a piece of a text that a model writes; the whole answer repeats it.
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
