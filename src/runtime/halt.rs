//! Why an execution stops before it has outputs.

use crate::trace::{Failure, FailureKind, RequestKind, SpanOutcome};

/// Why an execution stopped without outputs. It passes up through every agent, flow and node, and each closes its span
/// on the way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Halt {
    /// Something failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A person owes an answer, nobody is there, and no answer was prepared.
    #[error("a person is asked, and there is none")]
    Unanswered(Box<RequestKind>),
    /// It was cancelled from outside.
    #[error("cancelled")]
    Cancelled,
    /// It was stopped because a part of the run beside it failed; never that of a whole run.
    #[error("stopped, because a part of the run beside it failed")]
    Stopped,
}

impl Halt {
    /// A failure without component and hint.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(kind, message))
    }

    /// How a span ends that this cut short. An agent that has replied and may end there has done its work.
    pub fn outcome(&self) -> SpanOutcome {
        match self {
            Self::Failed(_) => SpanOutcome::Error,
            Self::Unanswered(request) if request.may_end() => SpanOutcome::Ok,
            Self::Unanswered(_) | Self::Cancelled | Self::Stopped => SpanOutcome::Cancelled,
        }
    }
}
