//! Executes a run on a worker, from the message in the queue to the message's acknowledgement.

use std::sync::Arc;
use std::time::Duration;

use async_nats::client::Request;
use async_nats::jetstream::{self, AckKind};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Worker;
use super::held::Over;
use crate::base::ids::{BatchId, IdSource, RunId};
use crate::base::lock::lock;
use crate::fleet::connection::{FleetError, in_words};
use crate::fleet::layout::{orders_of, record_of, refusals_of};
use crate::fleet::message::{Refusal, RunMessage, WorkerOrder};
use crate::fleet::record::KeptRecord;
use crate::runs::{BatchPlan, CarriedOn, PastRun, RunsCommand, Target, write_entry};
use crate::runtime::Past;
use crate::trace::{
    ExecutionStatusName, Failure, FailureKind, Planned, RunEvent, RunEventBody, RunState,
};

/// The maximum number of times that a run is begun or taken over without reaching a wait for a
/// person or its end. A run that crashes its worker must not crash all of them.
const MAX_ATTEMPTS: usize = 5;

/// The time until a returned run is offered to a worker again.
const OFFERED_AGAIN: Duration = Duration::from_millis(500);

/// The time for which a slot asks for no run after returning one.
const RESTS_FOR: Duration = Duration::from_secs(1);

/// The time that the previous worker has to say that it still has the run.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// The maximum number of attempts that end before the run has begun.
const MAX_SILENT: usize = 6;

/// The outcome of a message from the queue.
enum Taken {
    /// The run has ended; there is nothing to do.
    Over,
    /// This worker can't execute the run.
    Refused(String),
    /// Another worker has the run.
    Elsewhere,
    /// The run's record has grown since it was read.
    Changed,
    /// The run continues on this worker.
    Here(Box<CarriedOn>, oneshot::Receiver<Over>),
}

/// Executes the run of a message.
pub(super) async fn carry_out(worker: &Worker, message: jetstream::Message) {
    let wanted: RunMessage = match serde_json::from_slice(&message.payload) {
        Ok(wanted) => wanted,
        Err(error) => {
            tracing::error!(%error, "a message of the queue is not a run, and is removed");
            acknowledge(&message, AckKind::Term).await;
            return;
        }
    };
    // Who gets it again, or finds that somebody else was here, reads the record.
    let is_first = message.info().is_ok_and(|info| info.delivered == 1);
    let mut taken = Taken::Changed;
    if let (true, Some(record)) = (is_first, &wanted.record) {
        let kept = worker.link.short_record(&wanted.run, record);
        taken = take(worker, &wanted, kept.map(Some)).await;
    }
    if matches!(taken, Taken::Changed) {
        let kept = worker.link.record(&wanted.batch, &wanted.run).await;
        taken = take(worker, &wanted, kept).await;
    }
    match taken {
        Taken::Over => acknowledge(&message, AckKind::Ack).await,
        Taken::Refused(reason) => {
            refuse(worker, &wanted, reason).await;
            acknowledge(&message, AckKind::Nak(Some(OFFERED_AGAIN))).await;
            // Requests are served in their order: without a rest this worker's would come before those of one that fits.
            tokio::select! {
                () = worker.drain.cancelled() => {}
                () = tokio::time::sleep(RESTS_FOR) => {}
            }
        }
        Taken::Elsewhere | Taken::Changed => {
            acknowledge(&message, AckKind::Nak(Some(worker.ack_wait))).await;
        }
        Taken::Here(carried_on, over_rx) => {
            go_on(worker, &wanted, (*carried_on, over_rx), &message).await;
        }
    }
}

async fn acknowledge(message: &jetstream::Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        // It is offered again, and the worker that gets it finds in the record what there is left
        // to do.
        tracing::warn!(%error, "a message of the queue is not acknowledged");
    }
}

/// Reports why this worker returns a run.
async fn refuse(worker: &Worker, wanted: &RunMessage, reason: String) {
    // It comes again every few seconds, and people get one note.
    let is_news = lock(&worker.refused).insert((wanted.batch.clone(), reason.clone()));
    if is_news {
        worker.note(format!(
            "runs of {} go back to the queue: {reason}",
            wanted.batch
        ));
    }
    let refusal = Refusal {
        run: wanted.run.clone(),
        worker: worker.name.clone(),
        reason,
    };
    if let Ok(refusal) = serde_json::to_vec(&refusal) {
        let subject = refusals_of(&wanted.batch);
        // It is said again the next time.
        let _unsent = worker.link.client.publish(subject, refusal.into()).await;
    }
}

/// Claims a run according to the state of its record.
async fn take(
    worker: &Worker,
    wanted: &RunMessage,
    kept: Result<Option<KeptRecord>, FleetError>,
) -> Taken {
    let (batch, run) = (&wanted.batch, &wanted.run);
    if wanted.version != worker.version {
        return Taken::Refused(format!(
            "it is flowdeck {}, and the run is of flowdeck {}",
            worker.version, wanted.version
        ));
    }
    let kept = match kept {
        Ok(Some(kept)) => kept,
        Ok(None) => {
            tracing::warn!(%run, "a run in the queue has no record, so it is removed");
            return Taken::Over;
        }
        Err(error) => return Taken::Refused(in_words(&error)),
    };
    if kept.is_over() {
        return Taken::Over;
    }
    let Some(RunEventBody::Planned(planned)) = kept.events.first().map(|first| &first.body) else {
        return fail(
            worker,
            wanted,
            &kept,
            "the record of the run has no beginning",
        )
        .await;
    };
    let planned = Planned::clone(planned);
    let plan = match worker.loader.plan(wanted, &planned).await {
        Ok(plan) => plan,
        Err(reason) => return Taken::Refused(reason),
    };
    let mut rates = vec![worker.rates.of_batch(batch).await];
    if let Some(per_second) = plan.profile.requests_per_second {
        rates.push(worker.rates.of_endpoints(per_second));
    }
    let attempts = Attempts::of(&kept);
    if attempts.since_rest > 0 && is_alive(worker, run).await {
        return Taken::Elsewhere;
    }
    if attempts.since_rest >= MAX_ATTEMPTS {
        let words =
            format!("{MAX_ATTEMPTS} workers have begun this run, and none of them has finished it");
        return fail(worker, wanted, &kept, &words).await;
    }
    let claim = entry(
        worker,
        &kept,
        run,
        RunEventBody::Operated {
            key: format!("{}.{}", RunEventBody::WORKER, attempts.all),
            operation: RunEventBody::WORKER.to_owned(),
            outcome: Box::new(Ok(json!({"worker": worker.name, "id": worker.id}))),
        },
    );
    let place = (&*record_of(batch, run), kept.last);
    // Each claim is one of its own: with the id of an earlier one, by this worker and from the same place, it would count as that
    // one, and so would all that was written after it.
    let id = format!("{run}.claim.{}", IdSource::Random.uuid());
    let Ok(claimed) = worker.link.append(place, &id, &lines(&claim)).await else {
        return Taken::Changed;
    };
    let past = match Past::carried_on(&kept.events, wanted.in_doubt.into()) {
        Ok(past) => past,
        Err(error) => {
            let kept = KeptRecord {
                last: claimed,
                ..kept
            };
            return fail(worker, wanted, &kept, &error.to_string()).await;
        }
    };
    worker.held.gone(run).await;
    let over_rx = worker.held.hold((batch, run), claimed);
    let carried_on = CarriedOn {
        rates,
        ..carried_on(run, (kept, past, attempts), (planned, plan), claim)
    };
    Taken::Here(Box::new(carried_on), over_rx)
}

/// Returns the command that continues a run. Here the run is a batch of its own with its own name,
/// so that nothing is left when it is removed.
fn carried_on(
    run: &RunId,
    (kept, past, attempts): (KeptRecord, Past, Attempts),
    (planned, plan): (Planned, BatchPlan),
    claim: RunEvent,
) -> CarriedOn {
    let batch = BatchId::new(run.as_str());
    let was_interrupted = attempts.since_rest > 0;
    let mut events = kept.events;
    if let Some(first) = events.first_mut() {
        let planned = Planned {
            batch: batch.clone(),
            index: 0,
            ..planned
        };
        *first = Arc::new(RunEvent {
            body: RunEventBody::Planned(Box::new(planned)),
            ..RunEvent::clone(first)
        });
    }
    let launched_at = claim.timestamp;
    events.push(Arc::new(claim));
    CarriedOn {
        batch,
        launched_at,
        plan: Box::new(plan),
        runs: vec![PastRun {
            run: run.clone(),
            events,
            past: Some(past),
            was_interrupted,
        }],
        n_runs: 1,
        // The budget is held to where the batch was launched.
        used_tokens: 0,
        rates: Vec::new(),
    }
}

/// The number of times that workers have claimed a run.
#[derive(Clone, Copy, Debug)]
struct Attempts {
    all: usize,
    /// The number since the run last waited for a person or was returned in an orderly way.
    since_rest: usize,
}

impl Attempts {
    fn of(kept: &KeptRecord) -> Self {
        let mut attempts = Self {
            all: 0,
            since_rest: 0,
        };
        for event in &kept.events {
            match &event.body {
                body if body.worker().is_some() => {
                    attempts.all += 1;
                    attempts.since_rest += 1;
                }
                RunEventBody::StateChanged {
                    state: RunState::NeedsInput | RunState::Answered | RunState::Paused,
                } => attempts.since_rest = 0,
                RunEventBody::StateChanged {
                    state: RunState::Running,
                } if attempts.since_rest == 0 => attempts.since_rest = 1,
                _ => {}
            }
        }
        attempts
    }
}

/// Whether another worker answers that it has the run.
async fn is_alive(worker: &Worker, run: &RunId) -> bool {
    let Ok(ping) = serde_json::to_vec(&WorkerOrder::Ping) else {
        return false;
    };
    let ping = Request::new()
        .payload(ping.into())
        .timeout(Some(ANSWERS_WITHIN));
    let answer = worker.link.client.send_request(orders_of(run), ping).await;
    answer.is_ok()
}

fn entry(worker: &Worker, kept: &KeptRecord, run: &RunId, body: RunEventBody) -> RunEvent {
    let now = worker.clock.now();
    let left_at = kept.events.last().map_or(now, |event| event.timestamp);
    RunEvent {
        run: run.clone(),
        seq: kept.next_seq(),
        joined: 0,
        timestamp: now.max(left_at),
        span: None,
        body,
    }
}

fn lines(event: &RunEvent) -> Vec<u8> {
    let mut lines = Vec::new();
    if let Err(error) = write_entry(event, &mut lines) {
        // What we make ourselves is JSON.
        tracing::error!(run = %event.run, %error, "an entry can't be written");
    }
    lines
}

/// Ends a run that no worker can execute.
async fn fail(worker: &Worker, wanted: &RunMessage, kept: &KeptRecord, words: &str) -> Taken {
    let end = RunEventBody::Ended {
        state: RunState::Failed,
        status: Some(ExecutionStatusName::InterruptedExecutionStatus),
        outputs: Box::default(),
        error: Some(Box::new(
            Failure::new(FailureKind::Internal, words)
                .with_hint("the logs of the workers may say why"),
        )),
    };
    let event = entry(worker, kept, &wanted.run, end);
    let place = (&*record_of(&wanted.batch, &wanted.run), kept.last);
    let id = format!("{}.end.{}", wanted.run, kept.last);
    match worker.link.append(place, &id, &lines(&event)).await {
        Ok(_) => Taken::Over,
        Err(_lost) => Taken::Elsewhere,
    }
}

/// Continues a run until it has left this worker.
async fn go_on(
    worker: &Worker,
    wanted: &RunMessage,
    (carried_on, mut over_rx): (CarriedOn, oneshot::Receiver<Over>),
    message: &jetstream::Message,
) {
    let run = &wanted.run;
    let mut orders = match worker.link.client.subscribe(orders_of(run)).await {
        Ok(orders) => Some(orders),
        Err(error) => {
            tracing::warn!(%run, %error, "no orders reach this run");
            None
        }
    };
    let every = worker.ack_wait / 3;
    let mut progress = interval_at(Instant::now() + every, every);
    progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // It may have been here before.
    let before = Target::Runs(vec![run.clone()]);
    let _over = worker.runs.send(RunsCommand::Forget(before)).await;
    let begin = RunsCommand::CarryOn(Box::new(carried_on));
    let _over = worker.runs.send(begin).await;
    let mut is_draining = false;
    let mut n_silent = 0;
    let over = loop {
        let order = async {
            match &mut orders {
                Some(orders) => orders.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            over = &mut over_rx => break over.unwrap_or(Over::Lost),
            () = worker.drain.cancelled(), if !is_draining => {
                is_draining = true;
                if worker.held.is_paused(run) {
                    leave(worker, run, Over::GivenBack).await;
                } else {
                    pause(worker, run, true).await;
                }
            }
            order = order => match order {
                Some(order) => handle_order(worker, run, &order).await,
                None => orders = None,
            },
            _ = progress.tick() => {
                acknowledge(message, AckKind::Progress).await;
                // A run says that it runs as soon as it does.
                n_silent += usize::from(worker.held.is_untouched(run));
                if n_silent > MAX_SILENT {
                    tracing::error!(%run, "the run did not begin, and goes back to the queue");
                    leave(worker, run, Over::GivenBack).await;
                }
            }
        }
    };
    drop(orders);
    match over {
        Over::Ended | Over::Rests => acknowledge(message, AckKind::Ack).await,
        Over::GivenBack => acknowledge(message, AckKind::Nak(None)).await,
        // The message belongs to the other worker by now; if there is none, the run has ended.
        Over::Lost => {
            if let Ok(Some(kept)) = worker.link.record(&wanted.batch, run).await
                && kept.is_over()
            {
                acknowledge(message, AckKind::Ack).await;
            }
        }
    }
}

/// Stops a run on this worker, so that nothing more of it happens here.
async fn leave(worker: &Worker, run: &RunId, over: Over) {
    if worker.held.leave(run, over) {
        let run = Target::Runs(vec![run.clone()]);
        // If the hub is gone, all runs have ended.
        let _over = worker.runs.send(RunsCommand::GiveUp(run)).await;
    }
}

async fn pause(worker: &Worker, run: &RunId, is_paused: bool) {
    let target = Target::Runs(vec![run.clone()]);
    let _over = worker
        .runs
        .send(RunsCommand::Pause { target, is_paused })
        .await;
}

/// Performs an order to a run, and confirms it.
async fn handle_order(worker: &Worker, run: &RunId, message: &async_nats::Message) {
    let order = match order(worker, &message.payload).await {
        Ok(order) => order,
        Err(error) => {
            tracing::warn!(%run, error, "an order is not understood");
            return;
        }
    };
    match order {
        WorkerOrder::Ping => {}
        WorkerOrder::Answer {
            request,
            reply,
            client_message,
        } => {
            let answer = RunsCommand::Answer {
                run: run.clone(),
                request,
                reply,
                client_message,
            };
            let _over = worker.runs.send(answer).await;
        }
        WorkerOrder::Pause(is_paused) => pause(worker, run, is_paused).await,
        WorkerOrder::Cut => {
            let run = Target::Runs(vec![run.clone()]);
            let _over = worker.runs.send(RunsCommand::PauseAtOnce(run)).await;
        }
        WorkerOrder::Ended => leave(worker, run, Over::Lost).await,
        // `order` has read what was kept, and no order is kept twice.
        WorkerOrder::Kept(name) => tracing::warn!(%run, name, "an order is not understood"),
    }
    if let Some(reply) = message.reply.clone() {
        // The program that waits for it asks again.
        let _unsent = worker.link.client.publish(reply, "heard".into()).await;
    }
}

/// Reads an order, from its object if it is too large for a message.
async fn order(worker: &Worker, text: &[u8]) -> Result<WorkerOrder, String> {
    let order = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let WorkerOrder::Kept(name) = order else {
        return Ok(order);
    };
    let kept = worker.link.object(&name).await;
    let kept = kept.map_err(|error| crate::fleet::connection::in_words(&error))?;
    serde_json::from_slice(&kept).map_err(|error| error.to_string())
}
