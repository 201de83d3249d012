//! Paces the pieces of many answers: how often they are emitted.
//!
//! A piece that is emitted alone costs an event and changes of task. Where hundreds of models write at once, nobody could
//! see each word come by itself: what a stream brings within a moment is emitted together, so that many streams cost no
//! more than some. Reading is never held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::base::gathering::gap;

/// How much later each stream that is being read makes the next telling of every other.
const GAP_PER_STREAM: Duration = Duration::from_micros(100);

/// Counts the streams that are being read.
#[derive(Debug, Default)]
pub(in crate::llm) struct Readers {
    n_streams: AtomicUsize,
}

impl Readers {
    /// Begins to read a stream.
    pub(super) fn enter(self: &Arc<Self>) -> Reader {
        self.n_streams.fetch_add(1, Ordering::Relaxed);
        Reader {
            readers: Arc::clone(self),
            emitted_at: Instant::now(),
        }
    }

    /// The time between two pieces of one stream.
    fn gap(&self) -> Duration {
        gap(GAP_PER_STREAM, self.n_streams.load(Ordering::Relaxed))
    }
}

/// A stream that is being read, as long as this lives.
#[derive(Debug)]
pub(super) struct Reader {
    readers: Arc<Readers>,
    /// When a piece was emitted last, or the stream began.
    emitted_at: Instant,
}

impl Reader {
    /// Until when what has come waits for what follows it; none where it is to be emitted now.
    pub(super) fn holds_until(&self) -> Option<Instant> {
        let gap = self.readers.gap();
        let until = self.emitted_at + gap;
        (!gap.is_zero() && until > Instant::now()).then_some(until)
    }

    /// Notes that what had come was emitted.
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
