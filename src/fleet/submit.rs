//! The runner of a hub whose runs are executed by workers.
//!
//! A run's first event begins its record, a message in the queue asks for its execution, and one
//! reader per batch passes on the events that workers append to the records of its runs.

mod follow;
mod orders;
mod route;

use std::sync::{Arc, Mutex, Weak};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;

use self::follow::{Follower, Registered};
use self::route::Route;
use super::connection::{Link, in_words};
use super::layout::{record_of, runs_of};
use super::message::{RunMessage, ShortRecord, VERSION, WhenInDoubt, WorkerOrder};
use super::record::{Backoff, KeptRecord};
use crate::base::clock::SharedClock;
use crate::base::digest::hex_digest;
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, IdSource, RunId};
use crate::base::lock::lock;
use crate::runs::{BatchNotice, Elsewhere, Errand, Order, Runner, open_again, write_entry};
use crate::trace::{Failure, FailureKind, RunEvent, RunEventBody, RunState};

/// The maximum size of a record that is included in the message that queues its run, in bytes.
const MAX_SHORT: usize = 32 << 10;

/// The maximum number of notices that wait for the hub. Further notices are dropped, because they
/// are repeated.
const MAX_NOTICES: usize = 64;

/// The maximum number of changes of rates that wait for the server. Further changes are dropped and
/// logged.
const MAX_RATES: usize = 64;

/// Whether the pieces of answers are received while models write them.
///
/// The records of runs have the whole answers in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LiveText {
    /// They are received and passed on.
    Followed,
    /// The server does not send them, which is a quarter of its messages.
    Ignored,
}

/// Executes runs on workers.
#[derive(Debug)]
pub(crate) struct Submitter {
    shared: Arc<Shared>,
    /// The queue of rates to be changed on the server.
    rates_tx: mpsc::Sender<(BatchId, Option<f64>)>,
    _rates: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    link: Link,
    clock: SharedClock,
    in_doubt: WhenInDoubt,
    live_text: LiveText,
    notices_tx: mpsc::Sender<BatchNotice>,
    followers: Mutex<HashMap<BatchId, Weak<Follower>>>,
    /// The objects that are stored or being stored, by name.
    objects: Mutex<HashMap<String, Arc<OnceCell<()>>>>,
    /// The batches whose records the server has lost.
    lost: Mutex<HashSet<BatchId>>,
}

impl Submitter {
    /// Returns the parts with which a hub executes its runs on workers.
    pub(crate) fn elsewhere(
        link: Link,
        clock: SharedClock,
        (in_doubt, live_text): (WhenInDoubt, LiveText),
    ) -> Elsewhere {
        let (notices_tx, notices_rx) = mpsc::channel(MAX_NOTICES);
        let queue = link.queue_name();
        let (rates_tx, mut rates_rx) = mpsc::channel(MAX_RATES);
        let mut rates = JoinSet::new();
        let at = link.clone();
        rates.spawn(async move {
            while let Some((batch, per_second)) = rates_rx.recv().await {
                at.set_rate(&batch, per_second).await;
            }
        });
        let shared = Shared {
            link,
            clock,
            in_doubt,
            live_text,
            notices_tx,
            followers: Mutex::default(),
            objects: Mutex::default(),
            lost: Mutex::default(),
        };
        let runner = Self {
            shared: Arc::new(shared),
            rates_tx,
            _rates: rates,
        };
        Elsewhere {
            runner: Arc::new(runner),
            queue,
            notices_rx,
        }
    }
}

impl Runner for Submitter {
    fn carry_out(&self, errand: Errand) -> BoxFuture<'static, Result<(), Failure>> {
        let shared = Arc::clone(&self.shared);
        async move {
            let batch = errand.batch.clone();
            if lock(&shared.lost).contains(&batch) {
                return Err(shared.lost_failure(&batch));
            }
            let follower = shared.follower(&batch).await;
            let lost = follower.lost();
            tokio::select! {
                biased;
                () = lost.cancelled() => {
                    shared.lose(&batch).await;
                    Err(shared.lost_failure(&batch))
                }
                () = carry_out(&shared, follower, errand) => Ok(()),
            }
        }
        .boxed()
    }

    fn set_rate(&self, batch: &BatchId, per_second: Option<f64>) {
        if let Err(error) = self.rates_tx.try_send((batch.clone(), per_second)) {
            tracing::warn!(%batch, %error, "a change of a rate was dropped");
        }
    }
}

/// Returns the name of the object with a spec.
pub(super) fn spec_object(hash: &str) -> String {
    format!("spec.{hash}")
}

/// Returns the name of the object with the terms of a batch, for processes that only know the
/// batch's id.
pub(super) fn batch_object(batch: &BatchId) -> String {
    format!("batch.{batch}")
}

/// A run to be executed, with its spec and terms.
struct Carried<'c> {
    shared: &'c Shared,
    batch: BatchId,
    run: RunId,
    subject: String,
    route: Arc<Route>,
    message: RunMessage,
}

async fn carry_out(shared: &Shared, follower: Arc<Follower>, errand: Errand) {
    let Errand {
        run,
        batch,
        events,
        terms,
        unbound,
        mut orders_rx,
        events_tx,
    } = errand;
    let Some(RunEventBody::Planned(planned)) = events.first().map(|first| &first.body) else {
        return;
    };
    // A million runs have one text of it: it is made once for each, and kept once.
    let written = serde_json::to_vec(terms.as_ref()).unwrap_or_default();
    let terms_object = format!("terms.{}", hex_digest(&written));
    shared.keep_object(&terms_object, &written).await;
    shared.keep_object(&batch_object(&batch), &written).await;
    shared.keep_rate(&batch, terms.requests_per_second).await;
    let spec = &planned.terms.spec;
    shared
        .keep_object(&spec_object(&spec.hash), spec.text.as_bytes())
        .await;
    let carried = Carried {
        subject: record_of(&batch, &run),
        route: follower.register(&run, events_tx),
        message: RunMessage {
            version: VERSION.to_owned(),
            batch: batch.clone(),
            run: run.clone(),
            terms: terms_object,
            unbound: unbound.to_vec(),
            in_doubt: shared.in_doubt,
            record: None,
        },
        shared,
        batch,
        run,
    };
    let _registered = Registered(follower, carried.run.clone());
    carried.begin(&events).await;
    drop(events);
    let mut is_paused = false;
    let (over, began) = (carried.route.over(), carried.route.began());
    loop {
        tokio::select! {
            biased;
            () = over.cancelled() => return,
            // A worker that takes it now has not heard that it is held.
            () = began.notified(), if is_paused => carried.send(&WorkerOrder::Pause(true)).await,
            order = orders_rx.recv() => {
                let Some(order) = order else {
                    over.cancelled().await;
                    return;
                };
                if let Order::Pause(paused) = &order {
                    is_paused = *paused;
                }
                tokio::select! {
                    biased;
                    () = over.cancelled() => return,
                    () = carried.handle_order(order) => {}
                }
            }
        }
    }
}

impl Shared {
    /// Returns the task that reads the records of a batch.
    async fn follower(&self, batch: &BatchId) -> Arc<Follower> {
        let follower = {
            let mut followers = lock(&self.followers);
            if let Some(known) = followers.get(batch).and_then(Weak::upgrade) {
                known
            } else {
                followers.retain(|_, follower| follower.strong_count() > 0);
                let follower = Arc::new(Follower::new(
                    self.link.clone(),
                    batch.clone(),
                    self.live_text,
                    self.notices_tx.clone(),
                ));
                followers.insert(batch.clone(), Arc::downgrade(&follower));
                follower
            }
        };
        follower.ready().await;
        follower
    }

    /// Stores a text as an object, once, repeating until the server accepts it.
    async fn keep_object(&self, name: &str, text: &[u8]) {
        let cell = Arc::clone(lock(&self.objects).entry(name.to_owned()).or_default());
        cell.get_or_init(|| async {
            let mut backoff = Backoff::new();
            while let Err(error) = self.link.keep_object(name, text).await {
                self.link.note(Some(in_words(&error)));
                backoff.wait().await;
            }
        })
        .await;
    }
}

impl Shared {
    /// Forgets everything that the server has lost, so that other batches store all that they need.
    async fn lose(&self, batch: &BatchId) {
        if lock(&self.lost).insert(batch.clone()) {
            lock(&self.objects).clear();
            if let Err(error) = self.link.make_again().await {
                self.link.note(Some(in_words(&error)));
            }
        }
    }

    fn lost_failure(&self, batch: &BatchId) -> Failure {
        let servers = self.link.servers();
        let words = format!("{servers} has lost the record of this run");
        Failure::new(FailureKind::Internal, words).with_hint(format!(
            "where it was launched, `flowdeck run --resume {batch} --nats none` goes on from the local history"
        ))
    }

    /// Sets the rate with which a batch is launched, before any of its runs is queued.
    async fn keep_rate(&self, batch: &BatchId, per_second: Option<f64>) {
        let Some(per_second) = per_second else {
            return;
        };
        let cell = Arc::clone(
            lock(&self.objects)
                .entry(format!("rate.{batch}"))
                .or_default(),
        );
        cell.get_or_init(|| self.link.begin_rate(batch, per_second))
            .await;
    }
}

impl Carried<'_> {
    /// Begins the record and queues the run; for a run with a record, passes on the new events in
    /// it.
    async fn begin(&self, events: &[Arc<RunEvent>]) {
        let mut lines = Vec::new();
        for event in events.iter().filter(|event| !event.body.is_piece()) {
            if write_entry(event, &mut lines).is_err() {
                tracing::error!(run = %self.run, "an entry can't be written");
            }
        }
        let link = &self.shared.link;
        // Another attempt to begin it is no duplicate of this one: it has to find out that there is a record.
        let id = format!("{}.begin.{}", self.run, IdSource::Random.uuid());
        let mut record = None;
        let kept = match link.append((&self.subject, 0), &id, &lines).await {
            Ok(last) => {
                let lines = String::from_utf8(lines).ok();
                let lines = lines.filter(|lines| lines.len() <= MAX_SHORT);
                record = lines.map(|lines| ShortRecord { lines, last });
                KeptRecord {
                    events: events.to_vec(),
                    last,
                }
            }
            // A record is there already: another workbench has begun it, or this one before it was ended.
            Err(_lost) => {
                let mut backoff = Backoff::new();
                let kept = loop {
                    match link.record(&self.batch, &self.run).await {
                        Ok(kept) => break kept,
                        Err(error) => link.note(Some(in_words(&error))),
                    }
                    backoff.wait().await;
                };
                kept.unwrap_or_else(|| KeptRecord {
                    events: events.to_vec(),
                    last: 0,
                })
            }
        };
        let (kept, was_over) = self.opened_again(kept).await;
        let is_over = kept.is_over();
        let waits = kept.waits();
        let last = kept.last;
        self.route.start(kept, events).await;
        // What waits may wait for a decision on a call in doubt, which is given now.
        let decides = self.message.in_doubt != WhenInDoubt::Ask;
        if !is_over && (!waits || decides || was_over) {
            self.enqueue(last, record).await;
        }
    }

    /// Reopens a run that was only stopped, by an event in its record, so that it can continue.
    /// Returns whether it did.
    async fn opened_again(&self, kept: KeptRecord) -> (KeptRecord, bool) {
        if !kept.can_go_on() {
            return (kept, false);
        }
        let mut opened = kept.clone();
        open_again(&mut opened.events);
        let event = RunEvent {
            run: self.run.clone(),
            seq: opened.next_seq(),
            joined: 0,
            timestamp: self.shared.clock.now(),
            span: None,
            body: RunEventBody::StateChanged {
                state: RunState::Queued,
            },
        };
        // Where somebody else was faster, they have taken it back.
        let Some(last) = self.append(&event, kept.last, "again").await else {
            return (kept, false);
        };
        opened.events.push(Arc::new(event));
        opened.last = last;
        (opened, true)
    }

    /// Queues the run, to continue after the given message of its record.
    async fn enqueue(&self, last: u64, record: Option<ShortRecord>) {
        let write = |record| {
            let message = RunMessage {
                record,
                ..self.message.clone()
            };
            serde_json::to_vec(&message).unwrap_or_default()
        };
        let mut text = write(record);
        // A server may take small messages only: the worker that takes the run reads its record
        // then.
        if text.len() > self.shared.link.room() {
            text = write(None);
        }
        let id = format!("{}.{last}", self.run);
        let subject = runs_of(&self.shared.link.pool);
        self.shared.link.enqueue(&subject, &id, &text).await;
    }
}
