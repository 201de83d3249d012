//! A worker: takes runs from the queue, executes them, and writes their records on the server.
//!
//! Each slot of the worker asks the queue for one run, reads the run's record, claims the run by an
//! event, and continues it like a run of the history: recorded results are returned, and only
//! missing ones are produced. A run that waits for a person leaves the worker; the person's answer
//! puts the run into the queue again.

mod carry;
mod held;
mod load;
mod write;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::{self, consumer, consumer::pull};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::held::HeldRuns;
use self::load::Loader;
use super::connection::{FleetError, Link};
use super::layout::{self, pool_consumer};
use super::message::{VERSION, WorkerCard};
use super::rate::Rates;
use super::record::Backoff;
use crate::base::clock::SharedClock;
use crate::base::hash::HashSet;
use crate::base::ids::{BatchId, IdSource};
use crate::base::plural::counted;
use crate::profile::ProfileFile;
use crate::runs::{KeptDetail, Recorder, Runs, RunsHandle, RunsSettings, WorldProvider};

/// The time for which a request for a run waits at the server before it is repeated.
const ASKED_FOR: Duration = Duration::from_secs(30);

/// The settings of a worker.
#[derive(Debug)]
pub(crate) struct WorkerSettings {
    /// The display name: the machine and the process id.
    pub(crate) name: String,
    /// The maximum number of concurrent runs.
    pub(crate) at_once: usize,
    /// The only profile whose runs are taken; `None` takes the runs of all profiles that the worker
    /// has.
    pub(crate) profile: Option<String>,
    /// The profile file that assigns models and tools here.
    pub(crate) file: ProfileFile,
    /// Whether specs may start programs of their own choice.
    pub(crate) may_start_programs: bool,
    /// The time without a sign of life after which another worker may take over a run.
    pub(crate) ack_wait: Duration,
    /// The source of models and tools.
    pub(crate) worlds: Arc<dyn WorldProvider>,
    /// The channel for notices to people.
    pub(crate) notes_tx: mpsc::Sender<String>,
}

/// The state shared by all slots of a worker.
#[derive(Debug)]
struct Worker {
    link: Link,
    id: String,
    name: String,
    version: &'static str,
    ack_wait: Duration,
    loader: Loader,
    rates: Rates,
    held: HeldRuns,
    runs: RunsHandle,
    clock: SharedClock,
    /// Cancelled when the worker must take no more runs and return its current ones at their next
    /// step.
    drain: CancellationToken,
    notes_tx: mpsc::Sender<String>,
    /// The batches and reasons for which runs were returned.
    refused: Mutex<HashSet<(BatchId, String)>>,
}

impl Worker {
    /// Sends a notice to people; dropped if too many wait.
    fn note(&self, words: String) {
        // The log has it, too.
        tracing::info!("{words}");
        let _full = self.notes_tx.try_send(words);
    }
}

/// Works until `drain` is cancelled and no run is left here.
///
/// # Errors
/// [`FleetError`]: the queue can't be used.
pub(crate) async fn work(
    link: Link,
    settings: WorkerSettings,
    clock: SharedClock,
    drain: CancellationToken,
) -> Result<(), FleetError> {
    let consumer = pool_consumer(&link, settings.ack_wait).await?;
    let (given, recorder) = Recorder::new();
    let runs_settings = RunsSettings {
        worlds: settings.worlds,
        journal: None,
        history: None,
        kept_detail: KeptDetail::Results,
        elsewhere: None,
    };
    let ids = IdSource::Random;
    let (runs, owner) = Runs::start_recorded(Arc::clone(&clock), ids.clone(), runs_settings, given);
    let held = HeldRuns::default();
    let card = WorkerCard {
        id: ids.uuid(),
        name: settings.name.clone(),
        version: VERSION.to_owned(),
        pool: link.pool.clone(),
        profile: settings.profile.clone(),
        at_once: settings.at_once,
        runs: Vec::new(),
    };
    let worker = Arc::new(Worker {
        id: card.id.clone(),
        name: settings.name,
        version: VERSION,
        ack_wait: settings.ack_wait,
        loader: Loader::new(
            link.clone(),
            (settings.file, settings.profile),
            settings.may_start_programs,
        ),
        rates: Rates::new(link.clone(), Arc::clone(&clock)),
        held: held.clone(),
        runs: runs.clone(),
        clock,
        drain: drain.clone(),
        notes_tx: settings.notes_tx,
        refused: Mutex::default(),
        link: link.clone(),
    });
    let mut beside = JoinSet::new();
    beside.spawn(write::write(
        link.clone(),
        (held.clone(), drain.clone()),
        recorder,
        runs,
    ));
    beside.spawn(introduce(link.clone(), card, held));
    beside.spawn(report_link(Arc::clone(&worker)));
    let mut slots = JoinSet::new();
    for _ in 0..settings.at_once {
        slots.spawn(slot(Arc::clone(&worker), consumer.clone()));
    }
    while slots.join_next().await.is_some() {}
    drop(worker);
    owner.shutdown().await;
    beside.shutdown().await;
    Ok(())
}

/// Takes one run after another.
async fn slot(worker: Arc<Worker>, mut consumer: consumer::Consumer<pull::Config>) {
    let mut backoff = Backoff::new();
    loop {
        match next(&worker, &consumer).await {
            Next::Run(message) => {
                backoff = Backoff::new();
                carry::carry_out(&worker, *message).await;
            }
            Next::Nothing => {}
            Next::Drain => return,
            Next::Trouble(words) => {
                worker.link.note(Some(words));
                tokio::select! {
                    () = worker.drain.cancelled() => return,
                    () = backoff.wait() => {}
                }
                // Somebody may have deleted it.
                if let Ok(made) = pool_consumer(&worker.link, worker.ack_wait).await {
                    worker.link.note(None);
                    consumer = made;
                }
            }
        }
    }
}

enum Next {
    Run(Box<jetstream::Message>),
    Nothing,
    Drain,
    Trouble(String),
}

/// Returns the next run of the queue. The request is repeated after a reconnection, because the
/// server that had the request may be gone.
async fn next(worker: &Worker, consumer: &consumer::Consumer<pull::Config>) -> Next {
    let mut state = worker.link.state();
    let n_connects = state.borrow_and_update().n_connects;
    let asked = consumer
        .batch()
        .max_messages(1)
        .expires(ASKED_FOR)
        .messages();
    let mut asked = tokio::select! {
        biased;
        () = worker.drain.cancelled() => return Next::Drain,
        asked = asked => match asked {
            Ok(asked) => asked,
            Err(error) => return Next::Trouble(error.to_string()),
        },
    };
    tokio::select! {
        biased;
        next = asked.next() => match next {
            Some(Ok(message)) => Next::Run(Box::new(message)),
            Some(Err(error)) => Next::Trouble(error.to_string()),
            None => Next::Nothing,
        },
        () = worker.drain.cancelled() => Next::Drain,
        // An error means that the link is gone, which `worker` holds.
        _ = state.wait_for(|state| state.n_connects != n_connects) => Next::Nothing,
    }
}

/// Answers each question who the worker is.
async fn introduce(link: Link, card: WorkerCard, held: HeldRuns) {
    let mut backoff = Backoff::new();
    let mut asked = loop {
        match link.client.subscribe(layout::WORKERS).await {
            Ok(asked) => break asked,
            Err(error) => link.note(Some(error.to_string())),
        }
        backoff.wait().await;
    };
    while let Some(question) = asked.next().await {
        let card = WorkerCard {
            runs: held.ids(),
            ..card.clone()
        };
        if let (Some(reply), Ok(card)) = (question.reply, serde_json::to_vec(&card)) {
            // Who asked hears of it from the others.
            let _unsent = link.client.publish(reply, card.into()).await;
        }
    }
}

/// Reports problems with the server, and their end.
async fn report_link(worker: Arc<Worker>) {
    let mut state = worker.link.state();
    // An outage is reported in changing words, which come again with each attempt.
    let mut reported = HashSet::default();
    while state.changed().await.is_ok() {
        let trouble = state.borrow_and_update().trouble.clone();
        match trouble {
            Some(words) => {
                if reported.insert(words.clone()) {
                    let runs = counted(worker.held.ids().len(), "run");
                    worker.note(format!("{words}; {runs} held here until it can be used"));
                }
            }
            None if reported.is_empty() => {}
            None => {
                reported.clear();
                worker.note("the queue can be used again".to_owned());
            }
        }
    }
}
