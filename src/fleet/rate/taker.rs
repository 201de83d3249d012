//! Taking slices of a rate from the server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_nats::jetstream::kv::UpdateErrorKind;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{Rate, Shared, Taken};
use crate::base::lock::lock;
use crate::fleet::connection::in_words;
use crate::fleet::record::Backoff;

/// The maximum time to wait before a second attempt if another worker was faster.
const FASTEST: Duration = Duration::from_millis(20);

/// Takes slices for a rate.
pub(super) struct Taker {
    pub(super) shared: Weak<Shared>,
    pub(super) rate: Weak<Rate>,
    pub(super) wanted: Arc<Notify>,
    pub(super) key: String,
    /// The value that this process last gave the key, and its revision.
    pub(super) last: Option<(Taken, u64)>,
}

impl Taker {
    pub(super) async fn work(mut self) {
        loop {
            let wish = match self.rate.upgrade() {
                Some(rate) => lock(&rate.slots).wish(Instant::now()),
                None => return,
            };
            let Some(wish) = wish else {
                self.wanted.notified().await;
                continue;
            };
            sleep_until(wish.due).await;
            let (Some(shared), Some(rate)) = (self.shared.upgrade(), self.rate.upgrade()) else {
                return;
            };
            // By then more may be wanted, or another rate.
            let Some(wish) = lock(&rate.slots).wish(Instant::now()) else {
                continue;
            };
            if wish.due > Instant::now() {
                continue;
            }
            let first = self.take(&shared, wish.span()).await;
            lock(&rate.slots).add(&wish, first);
            rate.further.notify_waiters();
        }
    }

    /// Advances the key by a time span, and returns the start of the slice that now belongs to this
    /// worker.
    async fn take(&mut self, shared: &Shared, span: Duration) -> Instant {
        let store = &shared.link.rates;
        let mut backoff = Backoff::new();
        loop {
            let now = match shared.clock.now(&shared.link).await {
                Ok(now) => now,
                Err(words) => {
                    shared.link.note(Some(words));
                    backoff.wait().await;
                    continue;
                }
            };
            let (taken, revision) = match self.last {
                Some(last) => last,
                None => match store.entry(&self.key).await {
                    Ok(Some(entry)) => {
                        let taken = serde_json::from_slice(&entry.value).unwrap_or_default();
                        (taken, entry.revision)
                    }
                    Ok(None) => (Taken::default(), 0),
                    Err(error) => {
                        shared.link.note(Some(in_words(&error)));
                        backoff.wait().await;
                        continue;
                    }
                },
            };
            let first = taken.ns.max(now.ns);
            let span_ns = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
            let next = Taken {
                ns: first.saturating_add(span_ns),
            };
            let text = serde_json::to_vec(&next).unwrap_or_default();
            match store.update(&self.key, text.into(), revision).await {
                Ok(revision) => {
                    self.last = Some((next, revision));
                    return now.at + Duration::from_nanos(first.saturating_sub(now.ns));
                }
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => {
                    self.last = None;
                    tokio::time::sleep(FASTEST.mul_f64(fastrand::f64())).await;
                }
                Err(error) => {
                    self.last = None;
                    shared.link.note(Some(in_words(&error)));
                    backoff.wait().await;
                }
            }
        }
    }
}
