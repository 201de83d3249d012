//! Slots that are shared: a step that waits for one says what for.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::executor::ToolObserver;
use crate::conversation::Awaited;

/// Takes a slot. While there is none, the observer is told what is waited for, and then how long it took.
///
/// # Cancel safety
/// No slot is lost.
pub(crate) async fn take_slot(
    slots: &Arc<Semaphore>,
    awaited: Awaited,
    observer: &dyn ToolObserver,
) -> Option<OwnedSemaphorePermit> {
    if let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        return Some(slot);
    }
    let asked = Instant::now();
    observer.waits(Some(awaited)).await;
    // Never closed, so a slot always comes.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
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
}
