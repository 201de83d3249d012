//! The rate of model requests: one slot after the other, evenly spaced.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::conversation::Awaited;
use crate::llm::{
    Generation, GenerationObserver, GenerationRequest, Model, ModelDescription, ModelError,
    ModelErrorKind,
};

/// Slots for requests, so many a second. Pure: the time is an argument.
#[derive(Debug)]
struct Slots {
    interval: Duration,
    next: Option<Instant>,
}

impl Slots {
    fn new(per_second: f64) -> Self {
        Self {
            // A rate of nothing would be for ever; one request a day is as good as nothing.
            interval: Duration::from_secs_f64(1.0 / per_second.max(1.0 / 86_400.0)),
            next: None,
        }
    }

    /// Takes the next free slot and says when it is.
    fn take(&mut self, now: Instant) -> Instant {
        let slot = self.next.map_or(now, |next| next.max(now));
        self.next = Some(slot + self.interval);
        slot
    }
}

/// A bound on the rate of model requests, shared by all that keep to it.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Pace {
    slots: Arc<Mutex<Slots>>,
}

impl Pace {
    /// So many requests a second.
    pub(in crate::runs) fn new(per_second: f64) -> Self {
        Self {
            slots: Arc::new(Mutex::new(Slots::new(per_second))),
        }
    }

    /// Waits for the next free slot.
    async fn wait(&self, observer: &dyn GenerationObserver) {
        let slot = self
            .slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(Instant::now());
        if slot > Instant::now() {
            observer.waits(Some(Awaited::RateLimit)).await;
            tokio::time::sleep_until(slot).await;
            observer.waits(None).await;
        }
    }
}

/// A model whose requests keep to a pace.
pub(in crate::runs) struct PacedModel {
    pub(in crate::runs) model: Arc<dyn Model>,
    pub(in crate::runs) pace: Pace,
}

impl fmt::Debug for PacedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PacedModel").field(&self.model).finish()
    }
}

impl Model for PacedModel {
    fn describe(&self) -> ModelDescription {
        self.model.describe()
    }

    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        Box::pin(async move {
            tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    return Err(ModelError::new(ModelErrorKind::Cancelled, "cancelled"));
                }
                () = self.pace.wait(observer) => {}
            }
            self.model.generate(request, observer, cancel).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_spaced_and_time_that_passed_unused_is_not_saved_up() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut slots = Slots::new(10.0);
        assert_eq!(slots.take(at(0)), at(0));
        assert_eq!(slots.take(at(0)), at(100));
        assert_eq!(slots.take(at(50)), at(200));
        assert_eq!(slots.take(at(5000)), at(5000));
        assert_eq!(slots.take(at(5000)), at(5100));
    }

    #[test]
    fn a_rate_of_nothing_is_not_a_division_by_nothing() {
        let now = Instant::now();
        let mut slots = Slots::new(0.0);
        assert_eq!(slots.take(now), now);
        assert_eq!(slots.take(now), now + Duration::from_hours(24));
    }
}
