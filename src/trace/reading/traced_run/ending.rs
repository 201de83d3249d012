//! The end of a trace, inferred from the ends of its components.

use crate::conversation::Values;
use crate::trace::{ComponentName, ExecutionStatusName, Failure, FailureKind, RunState, SpanKind};

/// The execution of a component.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) span: String,
    pub(super) component: ComponentName,
    pub(super) kind: SpanKind,
    pub(super) end: Option<Ended>,
}

/// The data at the end of an execution.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outputs: Values,
    /// The branch of a flow; empty if WayFlow's flow stopped before an end node.
    pub(super) branch: Option<String>,
}

/// The end of a run: its state, Agent Spec's status, its outputs, and its failure.
pub(super) type Ending = (
    RunState,
    Option<ExecutionStatusName>,
    Values,
    Option<Failure>,
);

/// Returns the end of a run, from the execution of its outermost component and the last failure.
pub(super) fn ending(execution: Option<Execution>, failure: Option<Failure>) -> Ending {
    match (execution, failure) {
        (None, None) => (RunState::Finished, None, Values::new(), None),
        (Some(Execution { end: None, .. }) | None, Some(failure)) => {
            (RunState::Failed, None, Values::new(), Some(failure))
        }
        (
            Some(Execution {
                component,
                end: None,
                ..
            }),
            None,
        ) => {
            let words = format!(
                "the trace has no end of `{}`: it was stopped, or it failed where its runtime traces no failures",
                component.name
            );
            let failure = Failure::new(FailureKind::Cancelled, words);
            (RunState::Interrupted, None, Values::new(), Some(failure))
        }
        (
            Some(Execution {
                kind,
                end: Some(end),
                ..
            }),
            _,
        ) => {
            let (state, status) = stopped_by(kind, &end);
            (state, Some(status), end.outputs, None)
        }
    }
}

/// Returns the state and the status of a run, from the end of its outermost component.
fn stopped_by(kind: SpanKind, end: &Ended) -> (RunState, ExecutionStatusName) {
    let is_flow = kind == SpanKind::FlowExecutionSpan;
    let has_branch = end.branch.as_ref().is_none_or(|branch| !branch.is_empty());
    match (end.outputs.is_empty(), is_flow) {
        (false, _) => (RunState::Finished, ExecutionStatusName::FinishedStatus),
        (true, true) if has_branch => (RunState::Finished, ExecutionStatusName::FinishedStatus),
        (true, true) => (
            RunState::NeedsInput,
            ExecutionStatusName::UserMessageRequestStatus,
        ),
        (true, false) => (
            RunState::Answered,
            ExecutionStatusName::UserMessageRequestStatus,
        ),
    }
}
