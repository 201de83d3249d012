//! Having runs carried out by workers: the runner of a hub whose runs are elsewhere.
//!
//! A run's first entry begins its record, a message in the queue says that it is to be carried out, and one reader for each
//! batch passes on what workers add to the records of its runs.

mod follow;
mod route;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;

use self::follow::{Follower, Registered};
use self::route::Route;
use super::connection::{Link, in_words};
use super::layout::{orders_of, record_of, runs_of};
use super::message::{RunMessage, ShortRecord, VERSION, WhenInDoubt, WorkerOrder};
use super::record::{Backoff, KeptRecord};
use crate::base::clock::SharedClock;
use crate::base::digest::hex_digest;
use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, IdSource, RequestId, RunId};
use crate::base::lock::lock;
use crate::runs::{BatchNotice, Elsewhere, Errand, Order, Runner, check_reply, write_entry};
use crate::trace::{Answer, Event, ExecutionStatusName, Failure, RunEvent, RunEventBody, RunState};

/// How long the worker that has a run may take to say that it heard an order.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// How many bytes of a record go with the message that puts its run into the queue.
const MAX_SHORT: usize = 32 << 10;

/// How many notices may wait for the hub; further ones are dropped, they come again.
const MAX_NOTICES: usize = 64;

/// How many changes of rates may wait for the server; further ones are dropped and logged.
const MAX_RATES: usize = 64;

/// Has runs carried out by workers.
#[derive(Debug)]
pub(crate) struct Submitter {
    shared: Arc<Shared>,
    /// Rates that are to be changed at the server.
    rates_tx: mpsc::Sender<(BatchId, Option<f64>)>,
    _rates: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    link: Link,
    clock: SharedClock,
    in_doubt: WhenInDoubt,
    notices_tx: mpsc::Sender<BatchNotice>,
    followers: Mutex<HashMap<BatchId, Weak<Follower>>>,
    /// The objects that are kept already, or are about to be, by name.
    objects: Mutex<HashMap<String, Arc<OnceCell<()>>>>,
}

impl Submitter {
    /// What the runs are to be started with.
    pub(crate) fn elsewhere(link: Link, clock: SharedClock, in_doubt: WhenInDoubt) -> Elsewhere {
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
            notices_tx,
            followers: Mutex::default(),
            objects: Mutex::default(),
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
            carry_out(&shared, errand).await;
            Ok(())
        }
        .boxed()
    }

    fn set_rate(&self, batch: &BatchId, per_second: Option<f64>) {
        if let Err(error) = self.rates_tx.try_send((batch.clone(), per_second)) {
            tracing::warn!(%batch, %error, "a change of a rate was dropped");
        }
    }
}

/// The name of the object that has a spec.
pub(super) fn spec_object(hash: &str) -> String {
    format!("spec.{hash}")
}

/// The name of the object that has the terms of a batch, for whoever knows its id alone.
pub(super) fn batch_object(batch: &BatchId) -> String {
    format!("batch.{batch}")
}

/// The run that is carried out, and by what.
struct Carried<'c> {
    shared: &'c Shared,
    batch: BatchId,
    run: RunId,
    subject: String,
    route: Arc<Route>,
    message: RunMessage,
}

async fn carry_out(shared: &Shared, errand: Errand) {
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
    let follower = shared.follower(&batch).await;
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
            () = began.notified(), if is_paused => carried.tell(&WorkerOrder::Pause(true)).await,
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
                    () = carried.obey(order) => {}
                }
            }
        }
    }
}

impl Shared {
    /// Whoever reads the records of a batch.
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
                    self.notices_tx.clone(),
                ));
                followers.insert(batch.clone(), Arc::downgrade(&follower));
                follower
            }
        };
        follower.ready().await;
        follower
    }

    /// Keeps a text among the objects, once, whatever becomes of the server meanwhile.
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
    /// Sets the rate that a batch is launched with, before any of its runs is handed out.
    async fn keep_rate(&self, batch: &BatchId, per_second: Option<f64>) {
        if per_second.is_none() {
            return;
        }
        let cell = Arc::clone(
            lock(&self.objects)
                .entry(format!("rate.{batch}"))
                .or_default(),
        );
        cell.get_or_init(|| self.link.set_rate(batch, per_second))
            .await;
    }
}

impl Carried<'_> {
    /// Begins the record and puts the run into the queue; of one that has a record, passes on what is new in it.
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
        let is_over = kept.is_over();
        let waits = kept.waits();
        let last = kept.last;
        self.route.start(kept, events).await;
        // What waits may wait for a decision on a call in doubt, which is given now.
        let decides = self.message.in_doubt != WhenInDoubt::Ask;
        if !is_over && (!waits || decides) {
            self.enqueue(last, record).await;
        }
    }

    /// Puts the run into the queue, to go on from that message of its record.
    async fn enqueue(&self, last: u64, record: Option<ShortRecord>) {
        let message = RunMessage {
            record,
            ..self.message.clone()
        };
        let text = serde_json::to_vec(&message).unwrap_or_default();
        let id = format!("{}.{last}", self.run);
        let subject = runs_of(&self.shared.link.pool);
        self.shared.link.enqueue(&subject, &id, &text).await;
    }

    async fn obey(&self, order: Order) {
        match order {
            Order::Answer(request, answer) => self.answer(&request, *answer).await,
            Order::Pause(is_paused) => self.tell(&WorkerOrder::Pause(is_paused)).await,
            Order::Cut => self.tell(&WorkerOrder::Cut).await,
            Order::End(state, failure) => self.end(state, *failure).await,
        }
    }

    /// Tells the worker that has the run something. Without one there is nobody to tell.
    async fn tell(&self, order: &WorkerOrder) {
        let mut backoff = Backoff::new();
        while let Heard::Silence = self.say(order).await {
            backoff.wait().await;
        }
    }

    async fn say(&self, order: &WorkerOrder) -> Heard {
        let Ok(mut order) = serde_json::to_vec(order) else {
            return Heard::Nobody;
        };
        if order.len() > self.shared.link.room() {
            let name = format!("order.{}.{}", self.run, hex_digest(&order));
            self.shared.keep_object(&name, &order).await;
            order = serde_json::to_vec(&WorkerOrder::Kept(name)).unwrap_or_default();
        }
        let order = Request::new()
            .payload(order.into())
            .timeout(Some(HEARD_WITHIN));
        let client = &self.shared.link.client;
        match client.send_request(orders_of(&self.run), order).await {
            Ok(_heard) => Heard::Yes,
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Heard::Nobody,
            Err(_silent) => Heard::Silence,
        }
    }

    /// Answers a request: through the worker that has the run, else by an entry of its record, which any worker goes on from.
    async fn answer(&self, request: &RequestId, answer: Answer) {
        let order = WorkerOrder::answer(request, &answer);
        self.route.expect_answer(request, &answer.reply);
        let mut backoff = Backoff::new();
        loop {
            match self.say(&order).await {
                Heard::Yes => return,
                Heard::Silence => {}
                Heard::Nobody => {
                    if self.record_answer(request, &answer).await {
                        return;
                    }
                }
            }
            // A worker may be about to leave it, or the record to reach us.
            backoff.wait().await;
            if !self.route.is_open(request) {
                return;
            }
        }
    }

    /// Adds an answer to the record, and puts the run into the queue again. False if somebody else added to it meanwhile.
    async fn record_answer(&self, request: &RequestId, answer: &Answer) -> bool {
        let Some(asked) = self.route.asked(request) else {
            tracing::warn!(run = %self.run, "an answer to a request that is not open is dropped");
            return true;
        };
        if let Err(error) = check_reply(request, &asked.kind, &answer.reply) {
            tracing::warn!(run = %self.run, %error, "an answer was not taken");
            return true;
        }
        let (last, seq) = self.route.place();
        let event = RunEvent {
            run: self.run.clone(),
            seq,
            joined: 0,
            timestamp: self.shared.clock.now(),
            span: asked.span,
            body: RunEventBody::Traced(Event::HumanInTheLoopResponse {
                request_id: request.clone(),
                key: asked.key,
                prepared: None,
                client_message: answer.client_message.clone(),
                content: Box::new(answer.reply.clone()),
            }),
        };
        match self.append(&event, last, "answer").await {
            Some(last) => {
                self.enqueue(last, None).await;
                true
            }
            None => false,
        }
    }

    /// Ends the run by an entry of its record: a worker that has it is refused its next one, and hears of it now.
    async fn end(&self, state: RunState, failure: Failure) {
        let link = &self.shared.link;
        let mut place = self.route.place();
        loop {
            let event = RunEvent {
                run: self.run.clone(),
                seq: place.1,
                joined: 0,
                timestamp: self.shared.clock.now(),
                span: None,
                body: RunEventBody::Ended {
                    state,
                    status: Some(ExecutionStatusName::InterruptedExecutionStatus),
                    outputs: Box::default(),
                    error: Some(Box::new(failure.clone())),
                },
            };
            if self.append(&event, place.0, "end").await.is_some() {
                break;
            }
            match link.record(&self.batch, &self.run).await {
                Ok(Some(kept)) if kept.is_over() => return,
                Ok(Some(kept)) => place = (kept.last, kept.next_seq()),
                Ok(None) => return,
                Err(error) => link.note(Some(in_words(&error))),
            }
        }
        // One that does not hear it finds out with its next entry.
        let _heard = self.say(&WorkerOrder::Ended).await;
    }

    /// Adds an entry of ours to the record; none if somebody else added one first.
    async fn append(&self, event: &RunEvent, last: u64, what: &str) -> Option<u64> {
        let mut lines = Vec::new();
        write_entry(event, &mut lines).ok()?;
        let digest = hex_digest(&lines);
        let id = format!("{}.{what}.{last}.{digest}", self.run);
        let place = (self.subject.as_str(), last);
        self.shared.link.append(place, &id, &lines).await.ok()
    }
}

/// Whether an order was heard.
enum Heard {
    Yes,
    /// No worker has the run.
    Nobody,
    /// One may have it, and says nothing.
    Silence,
}
