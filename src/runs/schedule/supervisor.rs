//! The supervisor of a run, which writes the run's last event in every case.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SharedClock;
use crate::base::ids::RunId;
use crate::conversation::Values;
use crate::runs::schedule::budget::Budget;
use crate::runs::schedule::places::Idleness;
use crate::runs::schedule::standstill::Standstill;
use crate::runs::schedule::stopwatch::Stopwatch;
use crate::runtime::{EventSender, Halt, RunContext, RunHandle};
use crate::spec::Component;
use crate::trace::{
    ExecutionStatusName, Failure, FailureKind, RequestKind, RunEvent, RunEventBody, RunState,
};

/// How long a cancelled run may take to end before it is dropped.
///
/// Every wait of a run ends when it is cancelled, so that only its spans have to be closed, which
/// takes milliseconds. A second is ample, even on a busy machine, and not too long for a user after
/// `ctrl-c`.
const GRACE: Duration = Duration::from_secs(1);

/// Executes a run: by [`crate::runtime::execute`], or by a replacement in tests.
pub(in crate::runs) trait Execute: fmt::Debug + Send + Sync {
    /// Executes the run.
    fn execute<'a>(
        &'a self,
        component: &'a Arc<Component>,
        inputs: Values,
        context: &'a RunContext,
    ) -> BoxFuture<'a, Result<Values, Halt>>;
}

/// The execution by the runtime.
#[derive(Clone, Copy, Debug)]
pub(in crate::runs) struct ByRuntime;

impl Execute for ByRuntime {
    fn execute<'a>(
        &'a self,
        component: &'a Arc<Component>,
        inputs: Values,
        context: &'a RunContext,
    ) -> BoxFuture<'a, Result<Values, Halt>> {
        crate::runtime::execute(component, inputs, context)
    }
}

/// The reason why a run was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runs) enum StopReason {
    /// A person stopped it.
    Person,
    /// Another run of the batch failed, and the batch stops at the first failure.
    FailFast,
    /// The budget of the batch is exhausted.
    Budget,
    /// The canary succeeded, but nobody let the batch continue.
    CanaryHolds,
    /// A run of the canary did not finish or answer.
    CanaryFailed,
    /// The program ends.
    Shutdown,
    /// Another process has taken the run over.
    Taken,
}

impl StopReason {
    /// Returns the failure of a run that is stopped for this reason.
    pub(in crate::runs) fn failure(self) -> Failure {
        let (kind, message) = match self {
            Self::Person => (FailureKind::Cancelled, "stopped on request"),
            Self::FailFast => (
                FailureKind::Cancelled,
                "cancelled because another run of the batch failed",
            ),
            Self::Budget => (
                FailureKind::Limit,
                "cancelled because the batch has used all of its tokens",
            ),
            Self::CanaryHolds => (
                FailureKind::Limit,
                "not started: the batch stops after its canary runs",
            ),
            Self::CanaryFailed => (
                FailureKind::Limit,
                "not started: not all canary runs of the batch finished or answered",
            ),
            Self::Shutdown => (
                FailureKind::Cancelled,
                "cancelled because flowdeck is ending",
            ),
            Self::Taken => (
                FailureKind::Cancelled,
                "cancelled here, because another flowdeck has taken it over",
            ),
        };
        Failure::new(kind, message)
    }

    /// Returns the final state. A run that is stopped by the end of the program can continue later
    /// if its whole record is stored.
    pub(in crate::runs) const fn state(self, can_go_on: bool) -> RunState {
        match self {
            Self::Shutdown if can_go_on => RunState::Interrupted,
            Self::Person
            | Self::FailFast
            | Self::Budget
            | Self::CanaryHolds
            | Self::CanaryFailed
            | Self::Shutdown
            | Self::Taken => RunState::Cancelled,
        }
    }
}

/// The inputs of a supervisor: the run, and what its execution needs.
#[derive(Debug)]
pub(in crate::runs) struct Assignment {
    pub(in crate::runs) run: RunId,
    pub(in crate::runs) executor: Arc<dyn Execute>,
    pub(in crate::runs) component: Arc<Component>,
    pub(in crate::runs) inputs: Values,
    /// The context, or the reason why there is none.
    pub(in crate::runs) context: Result<(RunContext, RunHandle), Failure>,
    pub(in crate::runs) clock: SharedClock,
    pub(in crate::runs) events: EventSender,
    pub(in crate::runs) cancel: CancellationToken,
    /// Cancelled when the program ends. Then `cancel` is cancelled too, before the hub has set its
    /// reason.
    pub(in crate::runs) shutdown: CancellationToken,
    pub(in crate::runs) stop_reason: Arc<OnceLock<StopReason>>,
    /// The budget, which ends the run at its next model call when exhausted.
    pub(in crate::runs) budget: Budget,
    pub(in crate::runs) timeout: Option<Duration>,
    /// The active time in earlier processes.
    pub(in crate::runs) spent: Duration,
    /// Whether the run can continue later if the end of the program stops it.
    pub(in crate::runs) can_go_on: bool,
    pub(in crate::runs) idleness: watch::Receiver<Idleness>,
    pub(in crate::runs) standstill: watch::Receiver<Standstill>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runs) struct Ending {
    pub(in crate::runs) run: RunId,
    pub(in crate::runs) state: RunState,
}

/// Executes a run and emits its end in every case.
pub(in crate::runs) async fn supervise(mut assignment: Assignment) -> Ending {
    assignment
        .emit(RunEventBody::StateChanged {
            state: RunState::Running,
        })
        .await;
    let inputs = std::mem::take(&mut assignment.inputs);
    let end = match &assignment.context {
        Ok((context, handle)) => {
            let component = &assignment.component;
            let execution = assignment.executor.execute(component, inputs, context);
            watch(execution, handle, &assignment).await
        }
        Err(failure) => failed(failure.clone()),
    };
    let state = end.state;
    assignment.emit(end.into_body()).await;
    Ending {
        run: assignment.run,
        state,
    }
}

impl Assignment {
    /// Returns the reason why the run is cancelled.
    fn stop_reason(&self) -> StopReason {
        let cancel_reason = self.stop_reason.get().copied();
        cancel_reason.unwrap_or(if self.shutdown.is_cancelled() {
            StopReason::Shutdown
        } else if self.budget.is_closed() {
            StopReason::Budget
        } else {
            StopReason::Person
        })
    }

    /// Emits an event of the whole run. Ignored if the feed is gone.
    async fn emit(&self, body: RunEventBody) {
        let event = |body| RunEvent {
            run: self.run.clone(),
            seq: 0,
            joined: 0,
            timestamp: self.clock.now(),
            span: None,
            body,
        };
        let _unread = self.events.send_with(body, event).await;
    }
}

/// Polls an execution until it ends, is cancelled or exceeds its active time.
async fn watch(
    execution: BoxFuture<'_, Result<Values, Halt>>,
    handle: &RunHandle,
    assignment: &Assignment,
) -> End {
    let mut execution = AssertUnwindSafe(execution).catch_unwind();
    let mut idleness = assignment.idleness.clone();
    let mut standstill = assignment.standstill.clone();
    let mut stopwatch = Stopwatch::new(assignment.timeout, assignment.spent);
    let mut left_out = standstill.borrow().total;
    let cut_short = loop {
        let stopped = *standstill.borrow_and_update();
        stopwatch.leave_out(stopped.total.saturating_sub(left_out));
        left_out = stopped.total;
        let is_active = *idleness.borrow_and_update() == Idleness::default();
        stopwatch.set_running(is_active, Instant::now());
        let deadline = stopwatch.deadline().filter(|_| !stopped.is_stopped());
        // A stop first: a run that is ready in the same moment takes no further step.
        tokio::select! {
            biased;
            () = assignment.cancel.cancelled() => {
                break cancelled(assignment.stop_reason(), handle, assignment.can_go_on);
            }
            // Before the deadline: after a stop both are ready, and the time of the stop is not the run's. The hub, which
            // has the sender, outlives the run.
            _ = standstill.changed() => {}
            () = at(deadline) => break timed_out(assignment.timeout.unwrap_or_default()),
            outcome = &mut execution => return finished(outcome, assignment),
            // Its sender lives as long as the run's context.
            _ = idleness.changed() => {}
        }
    };
    assignment.cancel.cancel();
    match tokio::time::timeout(GRACE, execution).await {
        // It came to its end all the same.
        Ok(Ok(Ok(outputs))) => finished(Ok(Ok(outputs)), assignment),
        Ok(Ok(Err(_)) | Err(_)) | Err(_) => cut_short,
    }
}

/// Completes at a moment; never without one.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// How a run ended.
struct End {
    state: RunState,
    status: Option<ExecutionStatusName>,
    outputs: Values,
    error: Option<Failure>,
}

impl End {
    fn into_body(self) -> RunEventBody {
        RunEventBody::Ended {
            state: self.state,
            status: self.status,
            outputs: Box::new(self.outputs),
            error: self.error.map(Box::new),
        }
    }
}

/// Returns the end of an execution that ended itself; if it was cancelled from within, with the
/// given reason.
fn finished(
    outcome: Result<Result<Values, Halt>, Box<dyn Any + Send>>,
    assignment: &Assignment,
) -> End {
    match outcome {
        Ok(Ok(outputs)) => End {
            state: RunState::Finished,
            status: Some(ExecutionStatusName::FinishedStatus),
            outputs,
            error: None,
        },
        Ok(Err(Halt::Failed(failure))) => failed(failure),
        Ok(Err(Halt::Unanswered(request))) => End {
            state: match request.as_ref() {
                RequestKind::UserMessage { may_end: true, .. } => RunState::Answered,
                RequestKind::UserMessage { .. }
                | RequestKind::ToolResult { .. }
                | RequestKind::CallInDoubt { .. }
                | RequestKind::ToolConfirmation { .. }
                | RequestKind::Authorization { .. }
                | RequestKind::Elicitation { .. } => RunState::NeedsInput,
            },
            status: Some(request.status()),
            outputs: Values::new(),
            error: None,
        },
        Ok(Err(Halt::Cancelled | Halt::Stopped)) => {
            let reason = assignment.stop_reason();
            interrupted(reason.state(assignment.can_go_on), reason.failure())
        }
        Err(panic) => failed(
            Failure::new(
                FailureKind::Internal,
                format!("the run panicked: {}", panic_message(panic.as_ref())),
            )
            .with_hint("this is a bug in flowdeck, please report it; the other runs continue"),
        ),
    }
}

fn failed(failure: Failure) -> End {
    End {
        state: RunState::Failed,
        status: None,
        outputs: Values::new(),
        error: Some(failure),
    }
}

fn interrupted(state: RunState, failure: Failure) -> End {
    End {
        state,
        status: Some(ExecutionStatusName::InterruptedExecutionStatus),
        outputs: Values::new(),
        error: Some(failure),
    }
}

/// Returns the end of a cancelled run. A run that only waits for another message has answered and
/// keeps that state.
fn cancelled(reason: StopReason, handle: &RunHandle, can_go_on: bool) -> End {
    let open = handle.open_requests();
    let has_answered = !open.is_empty()
        && open
            .iter()
            .all(|(_, kind)| matches!(kind, RequestKind::UserMessage { may_end: true, .. }));
    if has_answered {
        return End {
            state: RunState::Answered,
            status: Some(ExecutionStatusName::UserMessageRequestStatus),
            outputs: Values::new(),
            error: None,
        };
    }
    interrupted(reason.state(can_go_on), reason.failure())
}

fn timed_out(limit: Duration) -> End {
    let failure = Failure::new(
        FailureKind::Limit,
        format!("the run's time of {} s ran out", limit.as_secs_f64()),
    );
    interrupted(
        RunState::TimedOut,
        failure.with_hint("give the run a longer time limit"),
    )
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
