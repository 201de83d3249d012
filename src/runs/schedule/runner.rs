//! Runs that are executed outside of this process: the runner that executes them, and the watcher
//! of each.
//!
//! The hub, the gate and the feed treat such a run like any other. Orders go to the process that
//! executes it, events come back, and its slot is returned while it waits for a person.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SharedClock;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::schedule::budget::Budget;
use crate::runs::schedule::places::Places;
use crate::runs::schedule::supervisor::{Ending, StopReason};
use crate::runs::{BatchTerms, QueueName, WorkerPlaces};
use crate::runtime::EventSender;
use crate::trace::{
    Answer, Event, ExecutionStatusName, Failure, FailureKind, RunEvent, RunEventBody, RunState,
};

/// The maximum number of orders that wait for the process that executes a run; further ones are
/// dropped and logged.
const MAX_ORDERS: usize = 16;

/// The maximum number of events of a run that wait to be passed on; beyond it, their sender waits.
const MAX_EVENTS: usize = 64;

/// How long a cancelled run may take to end elsewhere; after that, its end is written only here.
const CANCELLED_WITHIN: Duration = Duration::from_secs(10);

/// The message about a cancelled run whose order did not reach its worker.
pub(crate) const END_NOT_TAKEN: &str =
    "the queue could not be asked to end this run, so a worker may still continue it";

/// Executes runs elsewhere.
pub trait Runner: fmt::Debug + Send + Sync {
    /// Executes a run or follows an active one, and sends its events in order. Completes after the
    /// last event.
    ///
    /// # Errors
    /// The run can't be handed over, or the runner no longer has it; it can be resumed from the
    /// record later.
    ///
    /// # Cancel safety
    /// A run that was handed over continues when this is dropped.
    fn carry_out(&self, errand: Errand) -> BoxFuture<'static, Result<(), Failure>>;

    /// Changes the maximum number of model requests per second in a batch, for all workers
    /// together; `None` for no limit. Does not wait.
    fn set_rate(&self, batch: &BatchId, per_second: Option<f64>);
}

/// A run to execute elsewhere.
#[derive(Debug)]
pub struct Errand {
    /// The id of the run.
    pub run: RunId,
    /// The batch of the run.
    pub batch: BatchId,
    /// The events of the run so far, beginning with `Planned`.
    pub events: Vec<Arc<RunEvent>>,
    /// The settings of the batch, such as its limits.
    pub terms: Arc<BatchTerms>,
    /// The tools of the spec that have no binding here.
    pub unbound: Arc<[String]>,
    /// The orders to the run.
    pub orders_rx: mpsc::Receiver<Order>,
    /// The channel for events that are not in `events`.
    pub events_tx: mpsc::Sender<RunEvent>,
}

/// An order to a run that is executed elsewhere.
#[derive(Debug)]
pub enum Order {
    /// Answer a request.
    Answer(RequestId, Box<Answer>),
    /// Pause before the next step, or resume.
    Pause(bool),
    /// Abort the current model calls.
    Cut,
    /// End with this state and for this reason.
    End(RunState, Box<Failure>),
}

/// A notice for the user about a batch that runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchNotice {
    /// The id of the batch.
    pub batch: BatchId,
    /// The content of the notice.
    pub news: BatchNews,
}

/// News about a batch that runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchNews {
    /// The reason why its runs do not continue: `no worker can take this: …`; `None` when they do
    /// again.
    Trouble(Option<String>),
    /// The workers that take the batch's runs.
    Workers(Arc<[WorkerPlaces]>),
}

/// The settings for executing runs outside of this process.
#[derive(Debug)]
pub struct Elsewhere {
    /// Executes the runs.
    pub runner: Arc<dyn Runner>,
    /// The queue from which workers take the runs.
    pub queue: QueueName,
    /// The notices for the user.
    pub notices_rx: mpsc::Receiver<BatchNotice>,
}

/// The hub's connection to a run elsewhere.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Orders(mpsc::Sender<Order>);

impl Orders {
    /// Sends an order without waiting.
    pub(in crate::runs) fn give(&self, run: &RunId, order: Order) {
        if let Err(error) = self.0.try_send(order) {
            tracing::warn!(%run, %error, "an order to a run elsewhere was dropped");
        }
    }
}

/// A run elsewhere, as watched by this process.
#[derive(Debug)]
pub(in crate::runs) struct Watched {
    pub(in crate::runs) run: RunId,
    pub(in crate::runs) runner: Arc<dyn Runner>,
    pub(in crate::runs) errand: Errand,
    pub(in crate::runs) orders: Orders,
    pub(in crate::runs) events_rx: mpsc::Receiver<RunEvent>,
    pub(in crate::runs) clock: SharedClock,
    /// The feed's queue.
    pub(in crate::runs) feed: EventSender,
    pub(in crate::runs) cancel: CancellationToken,
    pub(in crate::runs) shutdown: CancellationToken,
    pub(in crate::runs) stop_reason: Arc<OnceLock<StopReason>>,
    pub(in crate::runs) places: Places,
    pub(in crate::runs) budget: Budget,
    /// Whether the run can be followed again after the end of the program.
    pub(in crate::runs) can_go_on: bool,
}

/// Makes the channels to a run elsewhere: for orders and for events.
pub(in crate::runs) fn channels() -> (
    Orders,
    mpsc::Receiver<Order>,
    mpsc::Sender<RunEvent>,
    mpsc::Receiver<RunEvent>,
) {
    let (orders_tx, orders_rx) = mpsc::channel(MAX_ORDERS);
    let (events_tx, events_rx) = mpsc::channel(MAX_EVENTS);
    (Orders(orders_tx), orders_rx, events_tx, events_rx)
}

/// Passes on the events of a run elsewhere until its end, and writes its end if nobody else does.
pub(in crate::runs) async fn watch_over(watched: Watched) -> Ending {
    let Watched {
        run,
        runner,
        errand,
        orders,
        mut events_rx,
        clock,
        feed,
        cancel,
        shutdown,
        stop_reason,
        places,
        budget,
        can_go_on,
    } = watched;
    let mut carrying = runner.carry_out(errand).fuse();
    let (mut has_events, mut is_carried, mut has_answered) = (true, false, false);
    let mut cut_short_at: Option<Instant> = None;
    let reason = || {
        let cancel_reason = stop_reason.get().copied();
        cancel_reason.unwrap_or(if shutdown.is_cancelled() {
            StopReason::Shutdown
        } else {
            StopReason::Person
        })
    };
    let (state, failure) = loop {
        tokio::select! {
            biased;
            event = events_rx.recv(), if has_events => match event {
                Some(event) => {
                    let ended = heed(&event, &places, &budget);
                    if let RunEventBody::StateChanged { state } = event.body {
                        has_answered = state == RunState::Answered;
                    }
                    let _unread = feed.send(event).await;
                    if let Some(state) = ended {
                        return Ending { run, state };
                    }
                }
                None if is_carried => break no_end(),
                None => has_events = false,
            },
            () = cancel.cancelled(), if cut_short_at.is_none() => {
                let reason = reason();
                // A run that another flowdeck follows, or that this one followed, continues at its worker.
                if matches!(reason, StopReason::Shutdown | StopReason::Taken) {
                    if has_answered {
                        return answered(&run, &clock, &feed).await;
                    }
                    break (reason.state(can_go_on), reason.failure());
                }
                orders.give(&run, Order::End(reason.state(can_go_on), Box::new(reason.failure())));
                cut_short_at = Some(Instant::now() + CANCELLED_WITHIN);
            }
            () = at(cut_short_at) => {
                let failure = reason().failure().with_hint(END_NOT_TAKEN);
                break (reason().state(can_go_on), failure);
            }
            carried = &mut carrying => match carried {
                Err(_) if has_answered => return answered(&run, &clock, &feed).await,
                Err(failure) if can_go_on => break (RunState::Interrupted, failure),
                Err(failure) => break (RunState::Failed, failure),
                // All of it is sent, and what is not read yet has the end.
                Ok(()) if has_events => is_carried = true,
                Ok(()) => break no_end(),
            },
        }
    };
    let body = RunEventBody::Ended {
        state,
        status: Some(ExecutionStatusName::InterruptedExecutionStatus),
        outputs: Box::default(),
        error: Some(Box::new(failure)),
    };
    let event = |body| RunEvent {
        run: run.clone(),
        seq: 0,
        joined: 0,
        timestamp: clock.now(),
        span: None,
        body,
    };
    let _unread = feed.send_with(body, event).await;
    Ending { run, state }
}

/// Ends a run that only waits for another message: it keeps its state `answered`.
async fn answered(run: &RunId, clock: &SharedClock, feed: &EventSender) -> Ending {
    let body = RunEventBody::Ended {
        state: RunState::Answered,
        status: Some(ExecutionStatusName::UserMessageRequestStatus),
        outputs: Box::default(),
        error: None,
    };
    let event = |body| RunEvent {
        run: run.clone(),
        seq: 0,
        joined: 0,
        timestamp: clock.now(),
        span: None,
        body,
    };
    let _unread = feed.send_with(body, event).await;
    Ending {
        run: run.clone(),
        state: RunState::Answered,
    }
}

/// Applies the effects of an event of a run elsewhere: returns or takes its slot, and counts its
/// tokens. Returns the final state if the run has ended.
fn heed(event: &RunEvent, places: &Places, budget: &Budget) -> Option<RunState> {
    match &event.body {
        RunEventBody::StateChanged {
            state: RunState::NeedsInput | RunState::Answered,
        } => places.release(&event.run),
        RunEventBody::StateChanged {
            state: RunState::Running,
        } => places.change(|gate| gate.retake(&event.run)),
        RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
            budget.spend(response.total_tokens.unwrap_or_default());
        }
        RunEventBody::Ended { state, .. } => return Some(*state),
        _ => {}
    }
    None
}

/// Makes the end of a run for which the runner sends no more events.
fn no_end() -> (RunState, Failure) {
    let failure = Failure::new(FailureKind::Internal, "the record of the run has no end");
    (RunState::Failed, failure)
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Returns the next notice; never completes if runs are executed in this process.
pub(in crate::runs) async fn next_notice(
    notices_rx: Option<&mut mpsc::Receiver<BatchNotice>>,
) -> BatchNotice {
    match notices_rx {
        Some(notices_rx) => match notices_rx.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}
