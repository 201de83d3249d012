//! How the parts of batches report changes to the hub.
//!
//! A worker of a queue has a batch for each run, so the hub looks only at the batches that changed.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::base::hash::HashSet;
use crate::base::ids::BatchId;
use crate::base::lock::lock;

/// Wakes the hub, and collects the batches that changed.
#[derive(Debug, Default)]
pub(in crate::runs) struct Bell {
    changed: Mutex<HashSet<BatchId>>,
    hub: Notify,
}

impl Bell {
    /// Reports a change that belongs to no batch.
    pub(in crate::runs) fn ring(&self) {
        self.hub.notify_one();
    }

    /// Waits for a change since the last call.
    pub(in crate::runs) async fn rung(&self) {
        self.hub.notified().await;
    }

    /// Returns the batches that changed since the last call, each once.
    pub(in crate::runs) fn take_changed(&self) -> HashSet<BatchId> {
        std::mem::take(&mut *lock(&self.changed))
    }
}

/// Reports changes of one batch. Cheap to clone; clones report changes of the same batch.
#[derive(Clone, Debug)]
pub(in crate::runs) struct BatchBell {
    pub(in crate::runs) bell: Arc<Bell>,
    pub(in crate::runs) batch: BatchId,
}

impl BatchBell {
    /// Reports a change of the batch.
    pub(in crate::runs) fn ring(&self) {
        let is_new = lock(&self.bell.changed).insert(self.batch.clone());
        // Otherwise the hub was woken for an earlier change and has not looked yet.
        if is_new {
            self.bell.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn each_changed_batch_is_reported_once_and_wakes_the_hub() {
        let bell = Arc::new(Bell::default());
        let of = |id| BatchBell {
            bell: Arc::clone(&bell),
            batch: BatchId::new(id),
        };
        let (one, two) = (of("b_1"), of("b_2"));
        assert_eq!(bell.rung().now_or_never(), None);
        one.ring();
        one.clone().ring();
        assert_eq!(bell.rung().now_or_never(), Some(()));
        let only_one = HashSet::from_iter([one.batch.clone()]);
        assert_eq!(bell.take_changed(), only_one);
        one.ring();
        two.ring();
        assert_eq!(bell.rung().now_or_never(), Some(()));
        let both = HashSet::from_iter([one.batch, two.batch]);
        assert_eq!(bell.take_changed(), both);
        assert!(bell.take_changed().is_empty());
    }

    #[test]
    fn a_change_of_no_batch_wakes_the_hub_too() {
        let bell = Bell::default();
        bell.ring();
        assert_eq!(bell.rung().now_or_never(), Some(()));
        assert_eq!(bell.rung().now_or_never(), None);
        assert!(bell.take_changed().is_empty());
    }
}
