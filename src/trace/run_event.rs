//! One entry of a run's stream.

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId, SpanId};
use crate::conversation::Values;
use crate::trace::{
    ComponentName, Event, ExecutionStatusName, Failure, RunState, SpanKind, SpanOutcome,
};

/// Something that happened in a run, numbered and timed.
///
/// Invariant: `seq` counts from 0 without gaps; times never go back; every span that starts ends
/// before the run does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The run.
    pub run: RunId,
    /// Number within the run, from 0; given by the feed.
    pub seq: u64,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The span it belongs to; none for events of the run as a whole.
    pub span: Option<SpanId>,
    /// What happened.
    pub body: RunEventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunEventBody {
    /// The run was planned; always the first event.
    Queued {
        /// The batch it belongs to.
        batch: BatchId,
        /// Its place in the batch, from 0, in input order.
        index: usize,
        /// The root component.
        component: ComponentName,
        /// Its inputs.
        inputs: Values,
        /// Seed of its offline model and of jitter.
        seed: Option<u64>,
        /// The run that this one tries again.
        retry_of: Option<RunId>,
    },
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
        /// How.
        outcome: SpanOutcome,
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
        outputs: Values,
        /// Why it failed, timed out or was cancelled.
        error: Option<Failure>,
    },
}
