//! Reading the records of a batch: one consumer for all its runs, made again whenever the connection is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use futures_util::StreamExt;
use futures_util::future::{FusedFuture, FutureExt};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::route::{News, Route};
use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::fleet::connection::{Link, in_words};
use crate::fleet::layout::{all_pieces_of, records_of, refusals_of};
use crate::fleet::message::{Refusal, WorkerCard};
use crate::fleet::record::Backoff;
use crate::runs::BatchNotice;
use crate::trace::RunEvent;

/// How long workers may take to say that they are there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

type Routes = Arc<Mutex<HashMap<RunId, Arc<Route>>>>;

/// Reads the records of a batch while one of its runs goes on.
#[derive(Debug)]
pub(super) struct Follower {
    routes: Routes,
    ready: watch::Receiver<bool>,
    _reading: JoinSet<()>,
}

impl Follower {
    pub(super) fn new(link: Link, batch: BatchId, notices_tx: mpsc::Sender<BatchNotice>) -> Self {
        let routes = Routes::default();
        let (ready_tx, ready) = watch::channel(false);
        let reader = Reader {
            board: Board {
                batch: batch.clone(),
                notices_tx,
                refusal: None,
                trouble: None,
                shown: None,
            },
            link,
            batch,
            routes: Arc::clone(&routes),
            next: 1,
        };
        let mut reading = JoinSet::new();
        reading.spawn(reader.read(ready_tx));
        Self {
            routes,
            ready,
            _reading: reading,
        }
    }

    /// Waits until nothing further of the batch is missed.
    pub(super) async fn ready(&self) {
        // An error means that the reader is gone, which this has.
        let mut ready = self.ready.clone();
        let _ready = ready.wait_for(|is_ready| *is_ready).await;
    }

    /// From now on the events of a run go there.
    pub(super) fn register(&self, run: &RunId, events_tx: mpsc::Sender<RunEvent>) -> Arc<Route> {
        let route = Arc::new(Route::new(events_tx));
        lock(&self.routes).insert(run.clone(), Arc::clone(&route));
        route
    }
}

/// A run whose events go somewhere, until this is dropped.
#[derive(Debug)]
pub(super) struct Registered(pub(super) Arc<Follower>, pub(super) RunId);

impl Drop for Registered {
    fn drop(&mut self) {
        lock(&self.0.routes).remove(&self.1);
    }
}

/// What a person should know of the batch.
struct Board {
    batch: BatchId,
    notices_tx: mpsc::Sender<BatchNotice>,
    /// Why nothing takes its runs.
    refusal: Option<String>,
    /// What is wrong with the server.
    trouble: Option<String>,
    shown: Option<String>,
}

impl Board {
    /// Tells what there is now, if it is other than before.
    fn show(&mut self) {
        let words = self.trouble.clone().or_else(|| self.refusal.clone());
        if words == self.shown {
            return;
        }
        let notice = BatchNotice {
            batch: self.batch.clone(),
            words: words.clone(),
        };
        if self.notices_tx.try_send(notice).is_ok() {
            self.shown = words;
        }
    }
}

struct Reader {
    link: Link,
    batch: BatchId,
    routes: Routes,
    board: Board,
    /// The number of the first message that was not read yet.
    next: u64,
}

impl Reader {
    async fn read(mut self, ready_tx: watch::Sender<bool>) {
        let mut backoff = Backoff::new();
        let (mut pieces, mut refusals) = loop {
            match self.subscribe().await {
                Ok(subscribed) => break subscribed,
                Err(words) => self.link.note(Some(words)),
            }
            backoff.wait().await;
        };
        let link = self.link.clone();
        let workers = async move { link.workers(ANSWERS_WITHIN).await }.fuse();
        tokio::pin!(workers);
        loop {
            let mut state = self.link.state();
            let n_connects = state.borrow_and_update().n_connects;
            let mut records = match self.consumer().await {
                Ok(records) => records,
                Err(words) => {
                    self.link.note(Some(words));
                    self.heed_link();
                    backoff.wait().await;
                    continue;
                }
            };
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
                    Some(piece) = pieces.next() => self.take_piece(&piece).await,
                    Some(refusal) = refusals.next() => self.heed_refusal(&refusal.payload),
                    record = records.next() => match record {
                        Some(Ok(message)) => self.take(&message).await,
                        Some(Err(error)) => {
                            tracing::warn!(batch = %self.batch, error = in_words(&error), "records are read anew");
                            break;
                        }
                        None => break,
                    },
                    found = &mut workers, if !workers.is_terminated() => {
                        self.heed_workers(found.as_deref().unwrap_or_default());
                    }
                }
            }
        }
    }

    /// Where the batch begins, and what is said of it beside its records.
    async fn subscribe(&mut self) -> Result<(Subscriber, Subscriber), String> {
        let info = self.link.records.get_info().await;
        let info = info.map_err(|error| in_words(&error))?;
        self.next = info.state.last_sequence + 1;
        let client = &self.link.client;
        let pieces = client.subscribe(all_pieces_of(&self.batch)).await;
        let refusals = client.subscribe(refusals_of(&self.batch)).await;
        match (pieces, refusals) {
            (Ok(pieces), Ok(refusals)) => Ok((pieces, refusals)),
            (Err(error), _) | (_, Err(error)) => Err(in_words(&error)),
        }
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
        for news in route.take(number, events).await {
            match news {
                News::Began => self.board.refusal = None,
                News::AnsweredByOther => {
                    self.board.refusal = Some(format!(
                        "somebody else answered {run} first: their answer counts"
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
            self.board.refusal = Some(format!("no worker can take this: {worker}: {reason}"));
            self.board.show();
        }
    }

    fn heed_workers(&mut self, workers: &[WorkerCard]) {
        let pool = &self.link.pool;
        if workers.iter().all(|worker| worker.pool != *pool) && self.board.refusal.is_none() {
            self.board.refusal = Some(format!(
                "no worker of pool `{pool}` is there: the runs wait for one (`flowdeck worker --nats …`)"
            ));
            self.board.show();
        }
    }

    fn heed_link(&mut self) {
        let state = self.link.state();
        let trouble = state.borrow().trouble.clone();
        self.board.trouble = trouble.map(|words| format!("{words}; nothing is lost"));
        self.board.show();
    }
}
