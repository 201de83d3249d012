//! Shared slots: a step that waits for a slot reports what it waits for.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::poll;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::unconstrained;
use tokio::time::Instant;

use super::executor::ToolObserver;
use crate::conversation::Awaited;

/// Takes a slot, in the order of requests. While none is free, reports to the observer what the
/// call waits for, and afterwards how long that took.
///
/// # Cancel safety
/// No slot is lost.
pub(crate) async fn take_slot(
    slots: &Arc<Semaphore>,
    awaited: Awaited,
    observer: &dyn ToolObserver,
) -> Option<OwnedSemaphorePermit> {
    let asked = Instant::now();
    // In the queue before the observer is called, which may take its time. A task that has used up
    // its turn would not be.
    let mut slot = pin!(unconstrained(Arc::clone(slots).acquire_owned()));
    // Never closed, so a slot always comes.
    if let Poll::Ready(slot) = poll!(slot.as_mut()) {
        return slot.ok();
    }
    observer.waits(Some(awaited)).await;
    let slot = slot.await.ok();
    observer.waits(None).await;
    observer.waited(asked.elapsed());
    slot
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Option<Awaited>>>);

    impl ToolObserver for Heard {
        fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
            self.0.lock().unwrap().push(on);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn only_who_waits_for_a_slot_says_so() {
        let slots = Arc::new(Semaphore::new(1));
        let heard = Heard::default();
        let first = take_slot(&slots, Awaited::Worker, &heard).await;
        assert!(heard.0.lock().unwrap().is_empty());
        let mut second = Box::pin(take_slot(&slots, Awaited::Worker, &heard));
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!(*heard.0.lock().unwrap(), [Some(Awaited::Worker)]);
        drop(first);
        assert!(second.await.is_some());
        assert_eq!(*heard.0.lock().unwrap(), [Some(Awaited::Worker), None]);
    }

    /// Takes its time to note that something is waited for.
    struct Slow(Semaphore);

    impl ToolObserver for Slow {
        fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
            Box::pin(async move {
                if on.is_some() {
                    self.0.acquire().await.unwrap().forget();
                }
            })
        }
    }

    #[tokio::test]
    async fn who_asks_first_has_the_slot_first_however_long_it_takes_to_say_so() {
        let slots = Arc::new(Semaphore::new(1));
        let (slow, heard) = (Slow(Semaphore::new(0)), Heard::default());
        let held = take_slot(&slots, Awaited::Worker, &heard).await;
        let mut first = Box::pin(take_slot(&slots, Awaited::Worker, &slow));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(take_slot(&slots, Awaited::Worker, &heard));
        assert!(second.as_mut().now_or_never().is_none());
        drop(held);
        assert!(second.as_mut().now_or_never().is_none());
        slow.0.add_permits(1);
        let first = first.await;
        assert!(first.is_some() && second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.await.is_some());
    }
}
