//! How the feed tells screens what happens, without ever waiting for one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::runs::{BatchRecord, RunRecord};
use crate::trace::RunEvent;

/// How many updates may wait for a subscriber.
const MAX_WAITING: usize = 256;

/// Something to fold into a copy of the records.
#[derive(Clone, Debug)]
pub enum Update {
    /// A batch was launched. The first events of its runs follow.
    BatchStarted(Arc<BatchRecord>),
    /// Its bound or its number of runs changed, or it goes on after it had ended.
    BatchChanged(Arc<BatchRecord>),
    /// Every run of it is over or answered.
    BatchEnded(Arc<BatchRecord>),
    /// Events of runs, in order.
    Events(Arc<[Arc<RunEvent>]>),
    /// The subscriber was too slow: so many events were dropped. It takes a snapshot, then goes
    /// on; [`RunRecord::apply`] refuses events that the snapshot has already.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// All records at one moment. Cheap: it shares them with the feed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The batches, oldest first.
    pub batches: Vec<Arc<BatchRecord>>,
    /// The runs, in the order in which they were planned.
    pub runs: Vec<Arc<RunRecord>>,
}

/// One reader of what all runs do. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Queue>,
}

impl Subscription {
    /// The next update; none once the runs have shut down and everything is read. May be dropped
    /// while it waits without losing an update.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            let woken = self.queue.notify.notified();
            {
                let mut waiting = self.queue.lock();
                if let Some(update) = waiting.pop() {
                    return Some(update);
                }
                if waiting.is_closed {
                    return None;
                }
            }
            woken.await;
        }
    }

    /// The next update, if one waits.
    pub fn try_next(&mut self) -> Option<Update> {
        self.queue.lock().pop()
    }
}

/// The feed's side of all subscriptions.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscribers {
    queues: Arc<Mutex<Vec<Weak<Queue>>>>,
}

impl Subscribers {
    /// Begins a subscription.
    pub(super) fn subscribe(&self) -> Subscription {
        let queue = Arc::new(Queue::default());
        lock(&self.queues).push(Arc::downgrade(&queue));
        Subscription { queue }
    }

    /// Gives every subscriber an update. Never waits.
    pub(super) fn publish(&self, update: &Update) {
        lock(&self.queues).retain(|queue| match queue.upgrade() {
            Some(queue) => {
                queue.lock().push(update.clone());
                queue.notify.notify_one();
                true
            }
            None => false,
        });
    }

    /// Ends every subscription, present and future ones.
    pub(super) fn close(&self) {
        for queue in lock(&self.queues).drain(..).filter_map(|q| q.upgrade()) {
            queue.lock().is_closed = true;
            queue.notify.notify_one();
        }
    }
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    notify: Notify,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

#[derive(Debug, Default)]
struct Waiting {
    updates: VecDeque<Update>,
    missed: u64,
    is_lagging: bool,
    is_closed: bool,
}

impl Waiting {
    /// Adds an update. A full queue is emptied: its reader has to take a snapshot anyway, and so
    /// takes only one for the whole gap.
    fn push(&mut self, update: Update) {
        if self.updates.len() >= MAX_WAITING {
            self.is_lagging = true;
            self.missed += self.updates.drain(..).map(|u| u.events()).sum::<u64>();
        }
        self.updates.push_back(update);
    }

    fn pop(&mut self) -> Option<Update> {
        if std::mem::take(&mut self.is_lagging) {
            let missed = std::mem::take(&mut self.missed);
            return Some(Update::Lagged { missed });
        }
        self.updates.pop_front()
    }
}

impl Update {
    fn events(&self) -> u64 {
        match self {
            Self::Events(events) => events.len() as u64,
            Self::BatchStarted(_)
            | Self::BatchChanged(_)
            | Self::BatchEnded(_)
            | Self::Lagged { .. } => 0,
        }
    }
}

/// No user code runs under these locks, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::RunId;

    fn events(count: usize) -> Update {
        let event = Arc::new(RunEvent {
            run: RunId::new("r_1"),
            seq: 0,
            timestamp: crate::base::clock::Timestamp::from_ns(0),
            span: None,
            body: crate::trace::RunEventBody::StateChanged {
                state: crate::trace::RunState::Running,
            },
        });
        Update::Events(vec![event; count].into())
    }

    #[tokio::test]
    async fn a_full_queue_is_told_as_one_gap_and_goes_on() {
        let subscribers = Subscribers::default();
        let mut slow = subscribers.subscribe();
        for _ in 0..=MAX_WAITING {
            subscribers.publish(&events(2));
        }
        let Some(Update::Lagged { missed }) = slow.next().await else {
            panic!("the gap comes first");
        };
        assert_eq!(missed, 2 * MAX_WAITING as u64);
        assert!(matches!(slow.next().await, Some(Update::Events(_))));
        assert!(slow.try_next().is_none());
    }

    #[tokio::test]
    async fn a_closed_subscription_gives_what_waits_and_ends() {
        let subscribers = Subscribers::default();
        let mut reader = subscribers.subscribe();
        subscribers.publish(&events(1));
        subscribers.close();
        assert!(matches!(reader.next().await, Some(Update::Events(_))));
        assert!(reader.next().await.is_none());
    }
}
