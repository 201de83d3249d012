//! The reader of a batch's records: one consumer for all runs, made again for each new connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::LiveText;
use super::route::{News, Route};
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::fleet::connection::{Link, in_words};
use crate::fleet::layout::{all_pieces_of, records_of, refusals_of};
use crate::fleet::message::{Refusal, WorkerCard};
use crate::fleet::record::Backoff;
use crate::runs::{BatchNews, BatchNotice, WorkerPlaces};
use crate::trace::RunEvent;

/// The time that workers have to answer the question who is available.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// The time between two such questions; a worker that dies sends no message.
const ASKED_EVERY: Duration = Duration::from_secs(2);

/// The workers of all pools; `None` before they were asked.
type Roster = Option<Arc<[WorkerCard]>>;

type Routes = Arc<Mutex<HashMap<RunId, Arc<Route>>>>;

/// Reads the records of a batch while one of its runs is active.
#[derive(Debug)]
pub(super) struct Follower {
    routes: Routes,
    ready: watch::Receiver<bool>,
    /// Cancelled when the server no longer has anything of the batch.
    lost: CancellationToken,
    _reading: JoinSet<()>,
}

impl Follower {
    pub(super) fn new(
        link: Link,
        batch: BatchId,
        live_text: LiveText,
        notices_tx: mpsc::Sender<BatchNotice>,
    ) -> Self {
        let routes = Routes::default();
        let lost = CancellationToken::new();
        let (ready_tx, ready) = watch::channel(false);
        let reader = Reader {
            board: Board {
                batch: batch.clone(),
                notices_tx,
                refusal: None,
                trouble: None,
                shown: None,
                workers: Arc::default(),
                fitting: HashSet::default(),
            },
            link,
            batch,
            live_text,
            routes: Arc::clone(&routes),
            lost: lost.clone(),
            next: 1,
        };
        let (workers_tx, workers_rx) = watch::channel(None);
        let mut reading = JoinSet::new();
        reading.spawn(ask_workers(reader.link.clone(), workers_tx));
        reading.spawn(reader.read(ready_tx, workers_rx));
        Self {
            routes,
            ready,
            lost,
            _reading: reading,
        }
    }

    /// Returns a token that is cancelled when the server no longer has anything of the batch,
    /// although runs of the batch have begun there.
    pub(super) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    /// Waits until all further events of the batch will be received.
    pub(super) async fn ready(&self) {
        // An error means that the reader is gone, which this has.
        let mut ready = self.ready.clone();
        let _ready = ready.wait_for(|is_ready| *is_ready).await;
    }

    /// Sends the events of a run to a channel from now on.
    pub(super) fn register(&self, run: &RunId, events_tx: mpsc::Sender<RunEvent>) -> Arc<Route> {
        let route = Arc::new(Route::new(events_tx));
        lock(&self.routes).insert(run.clone(), Arc::clone(&route));
        route
    }
}

/// Asks repeatedly which workers are available.
async fn ask_workers(link: Link, workers_tx: watch::Sender<Roster>) {
    loop {
        // While the server is gone, the connection says so.
        if let Ok(workers) = link.workers(ANSWERS_WITHIN).await {
            workers_tx.send_replace(Some(workers.into()));
        }
        tokio::time::sleep(ASKED_EVERY).await;
    }
}

/// Returns the next message of a subscription; waits forever without one.
async fn next_of(subscriber: Option<&mut Subscriber>) -> Option<async_nats::Message> {
    match subscriber {
        Some(subscriber) => subscriber.next().await,
        None => std::future::pending().await,
    }
}

/// Registers a run whose events are passed on, until this value is dropped.
#[derive(Debug)]
pub(super) struct Registered(pub(super) Arc<Follower>, pub(super) RunId);

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.0.routes).remove(&self.1);
    }
}

/// The state of a batch that is reported to the person.
struct Board {
    batch: BatchId,
    notices_tx: mpsc::Sender<BatchNotice>,
    /// The reason why no worker takes the batch's runs.
    refusal: Option<String>,
    /// The problem with the server.
    trouble: Option<String>,
    shown: Option<String>,
    /// The workers that take the runs, as last reported.
    workers: Arc<[WorkerPlaces]>,
    /// The names of the available workers that have taken runs of the batch.
    fitting: HashSet<String>,
}

impl Board {
    /// Reports the present state if it has changed.
    fn show(&mut self) {
        let words = self.trouble.clone().or_else(|| self.refusal.clone());
        if words == self.shown {
            return;
        }
        if self.notify(BatchNews::Trouble(words.clone())) {
            self.shown = words;
        }
    }

    /// Reports the workers of the batch if they have changed.
    fn show_workers(&mut self, workers: Vec<WorkerPlaces>) {
        if *workers != *self.workers {
            let workers: Arc<[WorkerPlaces]> = workers.into();
            if self.notify(BatchNews::Workers(Arc::clone(&workers))) {
                self.workers = workers;
            }
        }
    }

    /// Sends a notice; false if there is no room, and the next notice must report it.
    fn notify(&self, news: BatchNews) -> bool {
        let batch = self.batch.clone();
        let notice = BatchNotice { batch, news };
        self.notices_tx.try_send(notice).is_ok()
    }
}

struct Reader {
    link: Link,
    batch: BatchId,
    live_text: LiveText,
    routes: Routes,
    board: Board,
    lost: CancellationToken,
    /// The number of the first message that was not read yet.
    next: u64,
}

impl Reader {
    async fn read(
        mut self,
        ready_tx: watch::Sender<bool>,
        mut workers_rx: watch::Receiver<Roster>,
    ) {
        let mut backoff = Backoff::new();
        let (mut pieces, mut refusals) = loop {
            match self.subscribe().await {
                Ok(subscribed) => break subscribed,
                Err(words) => self.link.note(Some(words)),
            }
            backoff.wait().await;
            // Nothing of the batch is there yet, and somebody may have deleted the streams.
            if let Err(error) = self.link.make_again().await {
                self.link.note(Some(in_words(&error)));
            }
        };
        loop {
            let mut state = self.link.state();
            let n_connects = state.borrow_and_update().n_connects;
            let mut records = match self.consumer().await {
                Ok(records) => records,
                Err(words) => {
                    if self.has_lost_all().await {
                        return;
                    }
                    self.link.note(Some(words));
                    self.heed_link();
                    backoff.wait().await;
                    continue;
                }
            };
            if self.has_lost_all().await {
                return;
            }
            backoff = Backoff::new();
            ready_tx.send_replace(true);
            loop {
                tokio::select! {
                    biased;
                    changed = state.changed() => {
                        self.heed_link();
                        let is_new = state.borrow_and_update().n_connects != n_connects;
                        if changed.is_err() || is_new {
                            break;
                        }
                    }
                    Some(piece) = next_of(pieces.as_mut()) => self.take_piece(&piece).await,
                    Some(refusal) = refusals.next() => self.heed_refusal(&refusal.payload),
                    record = records.next() => match record {
                        Some(Ok(message)) => self.take(&message).await,
                        Some(Err(error)) => {
                            tracing::warn!(batch = %self.batch, error = in_words(&error), "records are read again");
                            break;
                        }
                        None => break,
                    },
                    // Its sender lives as long as this task.
                    Ok(()) = workers_rx.changed() => {
                        let found = workers_rx.borrow_and_update().clone();
                        self.heed_workers(found.as_deref().unwrap_or_default());
                    }
                }
            }
        }
    }

    /// Whether the server no longer has anything of the batch. This is reported, and ends the
    /// following of the batch.
    async fn has_lost_all(&mut self) -> bool {
        let has_begun = |route: &Arc<Route>| route.place().0 > 0;
        let has_begun = lock(&self.routes).values().any(has_begun);
        if !has_begun || !self.link.has_lost(&self.batch).await {
            return false;
        }
        let (servers, batch) = (self.link.servers(), &self.batch);
        self.board.trouble = Some(format!(
            "{servers} has lost the records of batch {batch}: its runs can't be followed any more"
        ));
        self.board.show();
        self.lost.cancel();
        true
    }

    /// Records the position in the batch's records, and subscribes to the messages besides them.
    async fn subscribe(&mut self) -> Result<(Option<Subscriber>, Subscriber), String> {
        let info = self.link.records.get_info().await;
        let info = info.map_err(|error| in_words(&error))?;
        self.next = info.state.last_sequence + 1;
        let client = &self.link.client;
        let subscribed = async |subject| {
            let subscribed = client.subscribe(subject).await;
            subscribed.map_err(|error| in_words(&error))
        };
        let pieces = match self.live_text {
            LiveText::Followed => Some(subscribed(all_pieces_of(&self.batch)).await?),
            LiveText::Ignored => None,
        };
        Ok((pieces, subscribed(refusals_of(&self.batch)).await?))
    }

    async fn consumer(&self) -> Result<Ordered, String> {
        let config = OrderedConfig {
            filter_subject: records_of(&self.batch),
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.next,
            },
            ..OrderedConfig::default()
        };
        let made = self.link.records.create_consumer(config).await;
        let consumer = made.map_err(|error| in_words(&error))?;
        consumer.messages().await.map_err(|error| in_words(&error))
    }

    fn route(&self, subject: &str) -> Option<(RunId, Arc<Route>)> {
        let run = RunId::new(subject.rsplit('.').next().unwrap_or_default());
        let route = lock(&self.routes).get(&run).cloned();
        Some((run, route?))
    }

    async fn take(&mut self, message: &jetstream::Message) {
        let number = match message.info() {
            Ok(info) => info.stream_sequence,
            Err(error) => {
                tracing::warn!(%error, "a message of a record has no number");
                return;
            }
        };
        self.next = number + 1;
        let Some((run, route)) = self.route(&message.subject) else {
            return;
        };
        let mut backoff = Backoff::new();
        let lines = loop {
            match self
                .link
                .lines(&message.payload, message.headers.as_ref())
                .await
            {
                Ok(lines) => break lines,
                Err(error) => self.link.note(Some(in_words(&error))),
            }
            backoff.wait().await;
        };
        let mut events = Vec::new();
        if let Err(error) = self.link.read(&run, &lines, &mut events) {
            tracing::error!(%run, error = in_words(&error), "an entry can't be read");
        }
        let claims = events.iter().filter_map(|event| event.body.worker());
        self.board.fitting.extend(claims.map(str::to_owned));
        for news in route.take(number, events).await {
            match news {
                News::Began => self.board.refusal = None,
                News::AnsweredByOther => {
                    self.board.refusal = Some(format!(
                        "someone else answered {run} first: that answer counts"
                    ));
                }
            }
        }
        self.board.show();
    }

    async fn take_piece(&self, message: &async_nats::Message) {
        let Some((run, route)) = self.route(&message.subject) else {
            return;
        };
        let mut events = Vec::new();
        if self.link.read(&run, &message.payload, &mut events).is_ok() {
            for event in events {
                route.take_piece(Arc::unwrap_or_clone(event)).await;
            }
        }
    }

    fn heed_refusal(&mut self, payload: &[u8]) {
        if let Ok(refusal) = serde_json::from_slice::<Refusal>(payload) {
            let Refusal { worker, reason, .. } = refusal;
            // It waits for the worker that takes the others.
            let fitting = &self.board.fitting;
            if !fitting.is_empty() && !fitting.contains(&worker) {
                return;
            }
            self.board.refusal = Some(format!("no worker can take this: {worker}: {reason}"));
            self.board.show();
        }
    }

    fn heed_workers(&mut self, workers: &[WorkerCard]) {
        let pool = &self.link.pool;
        let ours = workers.iter().filter(|worker| worker.pool == *pool);
        let ours: Vec<&WorkerCard> = ours.collect();
        // One that has come since they were asked is not missed.
        let is_gone = |name: &str| ours.iter().all(|worker| worker.name != name);
        for before in self.board.workers.iter() {
            if is_gone(&before.name) {
                self.board.fitting.remove(&*before.name);
            }
        }
        {
            let routes = lock(&self.routes);
            let has_ours =
                |worker: &WorkerCard| worker.runs.iter().any(|run| routes.contains_key(run));
            let at_work = ours.iter().filter(|worker| has_ours(worker));
            self.board
                .fitting
                .extend(at_work.map(|worker| worker.name.clone()));
        }
        let places = ours.iter().map(|worker| WorkerPlaces {
            name: Arc::from(worker.name.as_str()),
            at_once: worker.at_once,
            n_runs: worker.runs.len(),
        });
        let places: Vec<WorkerPlaces> = places.collect();
        let is_nobody_there = places.is_empty();
        self.board.show_workers(places);
        let missing = format!(
            "pool `{pool}` has no worker: the runs wait for one (`flowdeck worker --nats …`)"
        );
        match &self.board.refusal {
            None if is_nobody_there => self.board.refusal = Some(missing),
            Some(words) if *words == missing && !is_nobody_there => self.board.refusal = None,
            _ => return,
        }
        self.board.show();
    }

    fn heed_link(&mut self) {
        let state = self.link.state();
        let trouble = state.borrow().trouble.clone();
        self.board.trouble = trouble.map(|words| format!("{words}; nothing is lost"));
        self.board.show();
    }
}
