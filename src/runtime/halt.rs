//! Why an execution stops before it has outputs.

use crate::trace::{Failure, FailureKind, RequestKind, SpanOutcome};

/// Why an execution stopped without outputs. It passes up through every agent, flow and node, and each closes its span
/// on the way.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Halt {
    /// The execution failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A person must answer, nobody is there, and no answer was prepared.
    #[error("a person must answer, and there is no one to ask")]
    Unanswered(Box<RequestKind>),
    /// The execution was cancelled from outside.
    #[error("cancelled")]
    Cancelled,
    /// The execution was stopped because a part of the run beside it failed; never that of a whole run.
    #[error("stopped because another part of the run failed")]
    Stopped,
}

impl Halt {
    /// A failure without component and hint.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(kind, message))
    }

    /// Returns how a span ends that this cut short. An agent that has replied and may end there has done its work.
    pub fn outcome(&self) -> SpanOutcome {
        match self {
            Self::Failed(_) => SpanOutcome::Error,
            Self::Unanswered(request) if request.may_end() => SpanOutcome::Ok,
            Self::Unanswered(_) | Self::Cancelled | Self::Stopped => SpanOutcome::Cancelled,
        }
    }
}
