//! Limits how often the pieces of concurrent answers are delivered.
//!
//! Each delivery costs an event and task switches. When hundreds of models stream at once, nobody
//! can watch single words, so pieces that arrive within a short interval are delivered together,
//! and many streams cost little more than a few. Reading is never delayed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::base::gathering::gap;

/// The delay that each open stream adds to the interval between deliveries of every other stream.
const GAP_PER_STREAM: Duration = Duration::from_micros(100);

/// The number of streams that are being read.
#[derive(Debug, Default)]
pub(in crate::llm) struct Readers {
    n_streams: AtomicUsize,
}

impl Readers {
    /// Registers a stream.
    pub(super) fn enter(self: &Arc<Self>) -> Reader {
        self.n_streams.fetch_add(1, Ordering::Relaxed);
        Reader {
            readers: Arc::clone(self),
            emitted_at: Instant::now(),
        }
    }

    /// Returns the interval between two deliveries of one stream.
    fn gap(&self) -> Duration {
        gap(GAP_PER_STREAM, self.n_streams.load(Ordering::Relaxed))
    }
}

/// A registered stream, until dropped.
#[derive(Debug)]
pub(super) struct Reader {
    readers: Arc<Readers>,
    /// The time of the last delivery, or of the stream's beginning.
    emitted_at: Instant,
}

impl Reader {
    /// Returns until when received data waits for more; `None` if it should be delivered now.
    pub(super) fn holds_until(&self) -> Option<Instant> {
        let gap = self.readers.gap();
        let until = self.emitted_at + gap;
        (!gap.is_zero() && until > Instant::now()).then_some(until)
    }

    /// Records that the received data was delivered.
    pub(super) fn note_emitted(&mut self) {
        self.emitted_at = Instant::now();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.readers.n_streams.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// Returns how long each piece of a stream among so many is held, in milliseconds, where the next one comes at once.
    async fn holds(n_streams: usize, n_pieces: u32) -> Vec<u128> {
        let readers = Arc::<Readers>::default();
        let mut reader = readers.enter();
        let _others: Vec<Reader> = (1..n_streams).map(|_| readers.enter()).collect();
        let mut holds = Vec::new();
        for _ in 0..n_pieces {
            let began = Instant::now();
            if let Some(until) = reader.holds_until() {
                tokio::time::sleep_until(until).await;
            }
            holds.push(began.elapsed().as_millis());
            reader.note_emitted();
        }
        holds
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_are_told_seldom_where_there_are_many_streams() {
        assert_eq!(holds(5, 10).await, [0; 10], "few streams");
        assert_eq!(holds(100, 3).await, [10; 3]);
        assert_eq!(holds(10_000, 3).await, [20; 3], "never longer");
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_after_a_while_is_told_at_once_and_a_stream_that_ended_counts_no_more() {
        let readers = Arc::<Readers>::default();
        let mut reader = readers.enter();
        let others: Vec<Reader> = (1..200).map(|_| readers.enter()).collect();
        assert!(reader.holds_until().is_some());
        tokio::time::advance(Duration::from_millis(25)).await;
        assert_eq!(reader.holds_until(), None);
        reader.note_emitted();
        drop(others);
        assert_eq!(reader.holds_until(), None, "it is alone");
    }
}
