//! Runs that are executed outside this process: the runner that executes them, and the watcher of each.
//!
//! The hub, the gate and the feed treat such a run as any other. Orders go down to the process that carries it out, its
//! events come up, and its slot is given back while it waits for a person.

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

/// How many orders may wait for the process that carries a run out; further ones are dropped and
/// logged.
const MAX_ORDERS: usize = 16;

/// How many events of a run may wait to be passed on; then their sender waits.
const MAX_EVENTS: usize = 64;

/// How long a run that is cancelled may take to end elsewhere; then its end is written here alone.
const CANCELLED_WITHIN: Duration = Duration::from_secs(10);

/// The message about a run that was cancelled while the order did not reach the worker that has it.
pub(crate) const END_NOT_TAKEN: &str =
    "the queue could not be asked to end this run, so a worker may still continue it";

/// Carries runs out elsewhere.
pub trait Runner: fmt::Debug + Send + Sync {
    /// Executes a run, or follows one in progress, and sends its events in their order. Ready once the
    /// last one is sent.
    ///
    /// # Errors
    /// It can't be handed over, or the runner no longer has it: it continues from the record here, another time.
    ///
    /// # Cancel safety
    /// A run that was handed over continues when this is dropped.
    fn carry_out(&self, errand: Errand) -> BoxFuture<'static, Result<(), Failure>>;

    /// Changes how many requests a second the models of a batch are sent, over all who carry its runs out; none sets no bound.
    /// Does not wait.
    fn set_rate(&self, batch: &BatchId, per_second: Option<f64>);
}

/// A run to execute elsewhere.
#[derive(Debug)]
pub struct Errand {
    /// The run.
    pub run: RunId,
    /// The batch it belongs to.
    pub batch: BatchId,
    /// The events of the run, from its first one, `Planned`, on.
    pub events: Vec<Arc<RunEvent>>,
    /// The terms of the batch, such as its limits.
    pub terms: Arc<BatchTerms>,
    /// The tools of its spec that nothing is bound to here.
    pub unbound: Arc<[String]>,
    /// The orders to the run.
    pub orders_rx: mpsc::Receiver<Order>,
    /// Where its events go: those that are not in `events`.
    pub events_tx: mpsc::Sender<RunEvent>,
}

/// An order to a run that is executed elsewhere.
#[derive(Debug)]
pub enum Order {
    /// Answer a request.
    Answer(RequestId, Box<Answer>),
    /// Pause before the next step, or resume.
    Pause(bool),
    /// Cut the model calls that are under way.
    Cut,
    /// End, with this state and for this reason.
    End(RunState, Box<Failure>),
}

/// A notice for people about a batch that runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchNotice {
    /// The batch.
    pub batch: BatchId,
    /// The news of the batch.
    pub news: BatchNews,
}

/// News of a batch that runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchNews {
    /// The reason why its runs do not continue: `no worker can take this: …`; none revokes that.
    Trouble(Option<String>),
    /// The workers that take the batch's runs.
    Workers(Arc<[WorkerPlaces]>),
}

/// The runner that executes runs outside this process.
#[derive(Debug)]
pub struct Elsewhere {
    /// Carries them out.
    pub runner: Arc<dyn Runner>,
    /// The queue that they are handed out by.
    pub queue: QueueName,
    /// The notices for the person.
    pub notices_rx: mpsc::Receiver<BatchNotice>,
}

/// The hub's side of a run elsewhere.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Orders(mpsc::Sender<Order>);

impl Orders {
    /// Gives an order without waiting.
    pub(in crate::runs) fn give(&self, run: &RunId, order: Order) {
        if let Err(error) = self.0.try_send(order) {
            tracing::warn!(%run, %error, "an order to a run elsewhere was dropped");
        }
    }
}

/// A run elsewhere, as this process watches over it.
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
    /// Whether it can be followed again after the end of the program.
    pub(in crate::runs) can_go_on: bool,
}

/// The channels of a run elsewhere: orders down, events up.
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

/// Passes on what happens in a run elsewhere until it is over, and writes its end where nobody else does.
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
                // What another flowdeck follows, or this one did, goes on at its worker.
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

/// The end of a run that only waits for more to be said: it has answered, and stays so.
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

/// Does what an event of a run elsewhere asks for here: its slot is given back or taken again, and its tokens are counted.
/// Gives its state where it is over.
fn heed(event: &RunEvent, places: &Places, budget: &Budget) -> Option<RunState> {
    match &event.body {
        RunEventBody::StateChanged {
            state: RunState::NeedsInput | RunState::Answered,
        } => places.release(&event.run),
        RunEventBody::StateChanged {
            state: RunState::Running,
        } => places.gate().retake(&event.run),
        RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
            budget.spend(response.total_tokens.unwrap_or_default());
        }
        RunEventBody::Ended { state, .. } => return Some(*state),
        _ => {}
    }
    None
}

/// Makes the end of a run for which the runner elsewhere sends no further events.
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

/// The next notice; never ready if runs are executed in this process.
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
