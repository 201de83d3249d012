//! The reasons why an execution stops before it has outputs.

use crate::trace::{Failure, FailureKind, RequestKind, SpanOutcome};

/// The reason why an execution stopped without outputs. It is passed up through every agent, flow
/// and node, each of which closes its span.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Halt {
    /// The execution failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A request has no prepared answer and no person is available.
    #[error("a person must answer, and there is no one to ask")]
    Unanswered(Box<RequestKind>),
    /// The execution was cancelled from outside.
    #[error("cancelled")]
    Cancelled,
    /// The execution was stopped because a parallel part of the run failed; never for a whole run.
    #[error("stopped because another part of the run failed")]
    Stopped,
}

impl Halt {
    /// Makes a failure without component and hint.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failed(Failure::new(kind, message))
    }

    /// Returns the outcome of a span that was ended by this halt. An agent that has replied and may
    /// end there has completed its work.
    pub fn outcome(&self) -> SpanOutcome {
        match self {
            Self::Failed(_) => SpanOutcome::Error,
            Self::Unanswered(request) if request.may_end() => SpanOutcome::Ok,
            Self::Unanswered(_) | Self::Cancelled | Self::Stopped => SpanOutcome::Cancelled,
        }
    }
}
