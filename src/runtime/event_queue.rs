//! The queue that carries the events of runs to their reader, limited in number and bytes.
//!
//! Senders wait while it is full. An event that is larger than the whole queue waits until the
//! queue is empty.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use crate::trace::{RunEvent, RunEventBody};

/// The maximum size of waiting events in bytes, as JSON.
const MAX_BYTES: u32 = 8 << 20;

/// The size in bytes up to which events are not counted, because the limit on their number
/// suffices. Nearly all events are that small, such as the pieces of an answer, and counting takes
/// time.
const SMALL_BYTES: usize = 1 << 10;

/// Makes a queue for a number of events.
pub fn event_queue(max_events: usize) -> (EventSender, EventReceiver) {
    let (tx, rx) = mpsc::channel(max_events);
    let room = Arc::new(Semaphore::new(MAX_BYTES as usize));
    let sender = EventSender {
        tx,
        room: Arc::clone(&room),
    };
    (sender, EventReceiver { rx, room })
}

/// The sending end, for runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventSender {
    tx: mpsc::Sender<RunEvent>,
    room: Arc<Semaphore>,
}

/// The error when nobody reads the events any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads the events any more")]
pub struct Unread;

impl EventSender {
    /// Sends an event, which is made from its body as soon as there is room, so that times in the
    /// queue never decrease.
    ///
    /// # Errors
    /// [`Unread`].
    ///
    /// # Cancel safety
    /// The event is either sent or not.
    pub async fn send_with(
        &self,
        body: RunEventBody,
        event: impl FnOnce(RunEventBody) -> RunEvent,
    ) -> Result<(), Unread> {
        let room = match cost(&body) {
            0 => None,
            cost => Some(
                self.room
                    .acquire_many(cost)
                    .await
                    .map_err(|_closed| Unread)?,
            ),
        };
        let place = self.tx.reserve().await.map_err(|_closed| Unread)?;
        if let Some(room) = room {
            room.forget();
        }
        place.send(event(body));
        Ok(())
    }

    /// Sends an existing event.
    ///
    /// # Errors
    /// [`Unread`].
    pub async fn send(&self, event: RunEvent) -> Result<(), Unread> {
        let RunEvent {
            run,
            seq,
            joined,
            timestamp,
            span,
            body,
        } = event;
        let whole = |body| RunEvent {
            run,
            seq,
            joined,
            timestamp,
            span,
            body,
        };
        self.send_with(body, whole).await
    }
}

/// The receiving end. Dropping it closes the queue.
#[derive(Debug)]
pub struct EventReceiver {
    rx: mpsc::Receiver<RunEvent>,
    room: Arc<Semaphore>,
}

impl EventReceiver {
    /// Returns the next event; `None` once all senders are gone and all events were read.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn recv(&mut self) -> Option<RunEvent> {
        let event = self.rx.recv().await;
        event.inspect(|event| self.give_back(event))
    }

    /// Appends waiting events, at least one and at most `limit`, and returns their number; 0 once
    /// all senders are gone and all events were read.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn recv_many(&mut self, events: &mut Vec<RunEvent>, limit: usize) -> usize {
        let n_before = events.len();
        let n_taken = self.rx.recv_many(events, limit).await;
        for event in events.iter().skip(n_before) {
            self.give_back(event);
        }
        n_taken
    }

    /// Returns the next event, if one is waiting.
    pub fn try_recv(&mut self) -> Option<RunEvent> {
        let event = self.rx.try_recv().ok();
        event.inspect(|event| self.give_back(event))
    }

    /// Closes the queue; waiting events can still be read.
    pub fn close(&mut self) {
        self.rx.close();
        self.room.close();
    }

    fn give_back(&self, event: &RunEvent) {
        match cost(&event.body) {
            0 => {}
            cost => self.room.add_permits(cost as usize),
        }
    }
}

impl Drop for EventReceiver {
    fn drop(&mut self) {
        self.close();
    }
}

/// Returns the space that an event takes in the queue.
fn cost(body: &RunEventBody) -> u32 {
    let bytes = body.bytes();
    if bytes < SMALL_BYTES {
        return 0;
    }
    u32::try_from(bytes).unwrap_or(MAX_BYTES).min(MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;
    use crate::base::clock::Timestamp;
    use crate::base::ids::RunId;

    fn event(seq: u64, megabytes: usize) -> RunEvent {
        RunEvent {
            run: RunId::new("r"),
            seq,
            joined: 0,
            timestamp: Timestamp::from_ns(seq),
            span: None,
            body: RunEventBody::Operated {
                key: "k".to_owned(),
                operation: "discover".to_owned(),
                outcome: Box::new(Ok(json!("x".repeat(megabytes << 20)))),
            },
        }
    }

    #[tokio::test]
    async fn large_events_wait_for_room_and_one_of_any_size_passes() {
        let (sender, mut receiver) = event_queue(1_000);
        assert_eq!(sender.send(event(0, 3)).await, Ok(()));
        assert_eq!(sender.send(event(1, 3)).await, Ok(()));
        let third = sender.send(event(2, 3));
        tokio::pin!(third);
        assert_eq!(third.as_mut().now_or_never(), None, "8 MB are full");
        assert_eq!(receiver.recv().await.map(|event| event.seq), Some(0));
        assert_eq!(third.await, Ok(()));
        for seq in [1, 2] {
            assert_eq!(receiver.recv().await.map(|event| event.seq), Some(seq));
        }
        assert_eq!(sender.send(event(3, 20)).await, Ok(()));
        assert_eq!(receiver.recv().await.map(|event| event.seq), Some(3));
        drop(receiver);
        assert_eq!(sender.send(event(4, 0)).await, Err(Unread));
    }
}
