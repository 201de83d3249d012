//! The rate of model requests: evenly spaced slots, at a rate that can be changed at any time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::base::lock::lock;
use crate::conversation::Awaited;
use crate::llm::GenerationObserver;

/// A rate that several processes share.
pub trait SharedRate: fmt::Debug + Send + Sync {
    /// Completes when the next request may be sent to the host and port of a model,
    /// `api.example:8443`.
    ///
    /// # Cancel safety
    /// A slot may be lost.
    fn admitted<'r>(&'r self, endpoint: &'r str) -> BoxFuture<'r, ()>;
}

/// Waits until a rate admits a request to an endpoint.
pub(in crate::runs) async fn admitted_by(
    rate: &dyn SharedRate,
    endpoint: &str,
    observer: &dyn GenerationObserver,
) {
    let mut admitted = rate.admitted(endpoint);
    if (&mut admitted).now_or_never().is_some() {
        return;
    }
    observer.waits(Some(Awaited::RateLimit)).await;
    admitted.await;
    observer.waits(None).await;
}

/// The slots for requests at a rate. Pure: the time is an argument.
#[derive(Debug)]
struct Slots {
    interval: Duration,
    next: Option<Instant>,
}

impl Slots {
    /// Makes slots for a number of requests per second; `None` for no limit.
    fn new(per_second: Option<f64>) -> Self {
        Self {
            // A rate of nothing would be forever; one request a day is as good as nothing.
            interval: per_second.map_or(Duration::ZERO, |per_second| {
                Duration::from_secs_f64(1.0 / per_second.max(1.0 / 86_400.0))
            }),
            next: None,
        }
    }

    /// Takes the next free slot and returns its time.
    fn take(&mut self, now: Instant) -> Instant {
        let slot = self.next.map_or(now, |next| next.max(now));
        self.next = Some(slot + self.interval);
        slot
    }
}

/// A shared limit on the rate of model requests. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Pace {
    slots: Arc<Mutex<Slots>>,
    /// Notified when the rate changes, so that waiting tasks take another slot.
    changes: watch::Sender<()>,
}

impl Pace {
    /// Makes a limit of a number of requests per second; `None` for no limit.
    pub(in crate::runs) fn new(per_second: Option<f64>) -> Self {
        Self {
            slots: Arc::new(Mutex::new(Slots::new(per_second))),
            changes: watch::Sender::new(()),
        }
    }

    /// Sets the number of requests per second, also for requests that are already waiting.
    pub(in crate::runs) fn set_rate(&self, per_second: Option<f64>) {
        *self.lock() = Slots::new(per_second);
        self.changes.send_replace(());
    }

    /// Waits for the next free slot.
    pub(in crate::runs) async fn wait(&self, observer: &dyn GenerationObserver) {
        let mut changes = self.changes.subscribe();
        let mut slot = self.take();
        if slot <= Instant::now() {
            return;
        }
        observer.waits(Some(Awaited::RateLimit)).await;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(slot) => break,
                // Its sender is held by `self`.
                _ = changes.changed() => slot = self.take(),
            }
        }
        observer.waits(None).await;
    }

    fn take(&self) -> Instant {
        self.lock().take(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        lock(&self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_spaced_and_time_that_passed_unused_is_not_saved_up() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut slots = Slots::new(Some(10.0));
        assert_eq!(slots.take(at(0)), at(0));
        assert_eq!(slots.take(at(0)), at(100));
        assert_eq!(slots.take(at(50)), at(200));
        assert_eq!(slots.take(at(5000)), at(5000));
        assert_eq!(slots.take(at(5000)), at(5100));
    }

    #[test]
    fn a_rate_of_nothing_is_not_a_division_by_nothing() {
        let now = Instant::now();
        let mut slots = Slots::new(Some(0.0));
        assert_eq!(slots.take(now), now);
        assert_eq!(slots.take(now), now + Duration::from_hours(24));
        let mut unbounded = Slots::new(None);
        assert_eq!([unbounded.take(now), unbounded.take(now)], [now; 2]);
    }
}
