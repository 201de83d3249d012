//! Rates of model requests that the workers of a queue share.
//!
//! A key of the bucket `FLOWDECK_RATES` has the time up to which the slots of a rate are taken, by the server's clock. A worker
//! takes the next slots by advancing this time (compare-and-set): a slice of half a second, before its last slice is used up, so
//! that no request waits for the server. The slots of a worker that dies stay unused. They need not be returned, and delay other
//! workers by at most that half second, or one slot.
//!
//! ```text
//! rate.b_1                {"per_second": 20.0}          what the launching program allows the batch's models; changed live
//! next.b_1                {"ns": 1767225600500000000}   the slots before this moment are taken
//! next.endpoint.POOL.HASH {"ns": 1767225600500000000}   the same of the models at a host, for all workers of a pool
//! ```
//!
//! The rate of requests to a host is the `rate_limit` of the profile with which a worker sends them. Two profiles with the same
//! host advance the same key, each by its own interval.

mod clock;
mod slots;
mod taker;

use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use async_nats::jetstream::kv::{CreateErrorKind, Operation};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::clock::ServerClock;
use self::slots::{Slots, Take};
use self::taker::Taker;
use super::connection::{Link, in_words};
use super::record::Backoff;
use crate::base::clock::SharedClock;
use crate::base::digest::hex_digest;
use crate::base::hash::HashMap;
use crate::base::ids::BatchId;
use crate::base::lock::lock;
use crate::runs::SharedRate;

/// The maximum number of cached rates, including rates of ended batches.
const MAX_KNOWN: usize = 64;

/// The rate that the launching program allows for a batch's models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Limit {
    /// The number of requests per second; `None` sets no limit.
    per_second: Option<f64>,
}

/// The time up to which slots are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    /// Nanoseconds since 1970, by the server's clock.
    ns: u64,
}

fn limit_key(batch: &BatchId) -> String {
    format!("rate.{batch}")
}

impl Link {
    /// Sets the maximum number of requests per second that all workers together send to a batch's
    /// models, unless a rate is already set.
    pub(super) async fn begin_rate(&self, batch: &BatchId, per_second: f64) {
        let limit = Limit {
            per_second: Some(per_second),
        };
        let text = Bytes::from(serde_json::to_vec(&limit).unwrap_or_default());
        let mut backoff = Backoff::new();
        loop {
            match self.rates.create(limit_key(batch), text.clone()).await {
                Ok(_) => return,
                // It may have been changed since the batch was launched: that holds.
                Err(error) if error.kind() == CreateErrorKind::AlreadyExists => return,
                Err(error) => self.note(Some(in_words(&error))),
            }
            backoff.wait().await;
        }
    }

    /// Sets the maximum number of requests per second that all workers together send to a batch's
    /// models; `None` sets no limit.
    pub(super) async fn set_rate(&self, batch: &BatchId, per_second: Option<f64>) {
        let limit = Limit { per_second };
        let mut backoff = Backoff::new();
        while let Err(words) = self.try_set_rate(batch, limit).await {
            self.note(Some(words));
            backoff.wait().await;
        }
    }

    async fn try_set_rate(&self, batch: &BatchId, limit: Limit) -> Result<(), String> {
        let key = limit_key(batch);
        let before = self.rates.get(&key).await;
        let before = before.map_err(|error| in_words(&error))?;
        let before = before.and_then(|before| serde_json::from_slice::<Limit>(&before).ok());
        if before.and_then(|before| before.per_second) == limit.per_second {
            return Ok(());
        }
        let put = |key: String, text: Vec<u8>| async move {
            let put = self.rates.put(key, text.into()).await;
            put.map_err(|error| in_words(&error))
        };
        put(key, serde_json::to_vec(&limit).unwrap_or_default()).await?;
        // Slots of a slower rate may be taken far ahead.
        let next = serde_json::to_vec(&Taken::default()).unwrap_or_default();
        put(format!("next.{batch}"), next).await?;
        Ok(())
    }
}

/// The rates that a worker shares with others. Cheap to clone; all clones share the same state.
#[derive(Clone, Debug)]
pub(super) struct Rates(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: Link,
    clock: ServerClock,
    known: Mutex<HashMap<String, Arc<Rate>>>,
    _watcher: JoinSet<()>,
}

impl Rates {
    pub(super) fn new(link: Link, clock: SharedClock) -> Self {
        let shared = Arc::new_cyclic(|this: &Weak<Shared>| {
            let mut watcher = JoinSet::new();
            watcher.spawn(watch(link.clone(), Weak::clone(this)));
            Shared {
                clock: ServerClock::new(clock),
                link,
                known: Mutex::default(),
                _watcher: watcher,
            }
        });
        Self(shared)
    }

    /// Returns the rate of a batch, even if it has no limit, because it may get one later.
    pub(super) async fn of_batch(&self, batch: &BatchId) -> Arc<dyn SharedRate> {
        let name = limit_key(batch);
        if let Some(known) = lock(&self.0.known).get(&name) {
            return Arc::clone(known) as Arc<dyn SharedRate>;
        }
        // Known before it is read, so that no change is missed.
        let rate = self.known(&name, batch.as_str(), None);
        self.0.read(&name, &rate).await;
        rate
    }

    /// Returns the rate that a profile sets for each endpoint, shared by all workers of the pool.
    pub(super) fn of_endpoints(&self, per_second: f64) -> Arc<dyn SharedRate> {
        Arc::new(EndpointRates {
            rates: self.clone(),
            per_second,
        })
    }

    fn of_endpoint(&self, endpoint: &str, per_second: f64) -> Arc<Rate> {
        let pool = &self.0.link.pool;
        // An address may have any characters, and a key may not.
        let digest = hex_digest(endpoint.as_bytes());
        let key = format!("endpoint.{pool}.{}", digest.get(..16).unwrap_or(&digest));
        // Profiles may disagree about one endpoint.
        let name = format!("{key}.{per_second}");
        self.known(&name, &key, Some(per_second))
    }

    fn known(&self, name: &str, key: &str, per_second: Option<f64>) -> Arc<Rate> {
        let mut known = lock(&self.0.known);
        if known.len() >= MAX_KNOWN {
            known.retain(|_, rate| Arc::strong_count(rate) > 1);
        }
        let made = || Rate::new(&self.0, format!("next.{key}"), per_second);
        Arc::clone(known.entry(name.to_owned()).or_insert_with(made))
    }
}

impl Shared {
    /// Reads the limit that applies now.
    async fn read(&self, name: &str, rate: &Rate) {
        let mut backoff = Backoff::new();
        loop {
            match self.link.rates.get(name).await {
                Ok(found) => {
                    let limit = found.and_then(|found| serde_json::from_slice(&found).ok());
                    rate.set_limit(limit.and_then(|limit: Limit| limit.per_second));
                    return;
                }
                Err(error) => self.link.note(Some(in_words(&error))),
            }
            backoff.wait().await;
        }
    }
}

/// Applies the changes that launching programs make to the rates of their batches.
async fn watch(link: Link, shared: Weak<Shared>) {
    let mut backoff = Backoff::new();
    let mut is_again = false;
    loop {
        match link.rates.watch("rate.>").await {
            Ok(mut changes) => {
                if is_again && let Some(shared) = shared.upgrade() {
                    // Something may have changed meanwhile.
                    let known: Vec<(String, Arc<Rate>)> = {
                        let known = lock(&shared.known);
                        let known = known.iter().filter(|(name, _)| name.starts_with("rate."));
                        known
                            .map(|(name, rate)| (name.clone(), Arc::clone(rate)))
                            .collect()
                    };
                    for (name, rate) in known {
                        shared.read(&name, &rate).await;
                    }
                }
                while let Some(Ok(change)) = changes.next().await {
                    backoff = Backoff::new();
                    let Some(shared) = shared.upgrade() else {
                        return;
                    };
                    let known = lock(&shared.known).get(&change.key).cloned();
                    let limit = serde_json::from_slice::<Limit>(&change.value);
                    if let (Some(rate), Operation::Put, Ok(limit)) =
                        (known, change.operation, limit)
                    {
                        rate.set_limit(limit.per_second);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(error = in_words(&error), "changes of rates are not heard");
            }
        }
        is_again = true;
        backoff.wait().await;
    }
}

/// A rate that workers share.
struct Rate {
    slots: Mutex<Slots>,
    /// Notified when there are more slots or the rate has changed.
    further: Notify,
    /// Notified when slots are needed.
    wanted: Arc<Notify>,
    _taker: JoinSet<()>,
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rate").field(&lock(&self.slots)).finish()
    }
}

impl Rate {
    fn new(shared: &Arc<Shared>, key: String, per_second: Option<f64>) -> Arc<Self> {
        Arc::new_cyclic(|this: &Weak<Self>| {
            let wanted = Arc::new(Notify::new());
            let taker = Taker {
                shared: Arc::downgrade(shared),
                rate: Weak::clone(this),
                wanted: Arc::clone(&wanted),
                key,
                last: None,
            };
            let mut tasks = JoinSet::new();
            tasks.spawn(taker.work());
            Self {
                slots: Mutex::new(Slots::new(per_second)),
                further: Notify::new(),
                wanted,
                _taker: tasks,
            }
        })
    }

    fn set_limit(&self, per_second: Option<f64>) {
        if lock(&self.slots).set_limit(per_second) {
            self.further.notify_waiters();
            self.wanted.notify_one();
        }
    }

    async fn admitted(&self) {
        loop {
            let further = self.further.notified();
            tokio::pin!(further);
            // From here on no notice is missed.
            further.as_mut().enable();
            let now = Instant::now();
            let (taken, wants_further) = lock(&self.slots).take(now);
            if wants_further {
                self.wanted.notify_one();
            }
            match taken {
                Take::Unbounded => return,
                Take::At(slot, _) if slot <= now => return,
                Take::At(slot, era) => {
                    let mut slept = std::pin::pin!(sleep_until(slot));
                    loop {
                        tokio::select! {
                            () = &mut slept => return,
                            () = further.as_mut() => {}
                        }
                        if lock(&self.slots).era() != era {
                            break;
                        }
                        further.set(self.further.notified());
                    }
                }
                Take::Nothing => {
                    let _waiting = Waiting::new(self);
                    further.await;
                }
            }
        }
    }
}

impl SharedRate for Rate {
    fn admitted<'r>(&'r self, _endpoint: &'r str) -> BoxFuture<'r, ()> {
        Box::pin(self.admitted())
    }
}

/// A rate of requests per endpoint, shared by all that send requests there.
#[derive(Debug)]
struct EndpointRates {
    rates: Rates,
    per_second: f64,
}

impl SharedRate for EndpointRates {
    fn admitted<'r>(&'r self, endpoint: &'r str) -> BoxFuture<'r, ()> {
        let rate = self.rates.of_endpoint(endpoint, self.per_second);
        Box::pin(async move { rate.admitted().await })
    }
}

/// Counts a waiting request as long as this value lives.
struct Waiting<'r>(&'r Rate);

impl<'r> Waiting<'r> {
    fn new(rate: &'r Rate) -> Self {
        lock(&rate.slots).wait();
        rate.wanted.notify_one();
        Self(rate)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.slots).wait_no_longer();
    }
}
