//! How often the streams of many answers are read.
//!
//! A word that is read alone costs a system call, two changes of task and an event. Where hundreds of models write at once, nobody
//! could see each word come by itself: what a stream has sent meanwhile is read together, so that many streams cost
//! no more than some.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How much later each stream that is being read makes the next read of every other.
const GAP_PER_STREAM: Duration = Duration::from_micros(100);

/// The most that words wait for those that follow them: less than between two pictures of a film.
const LONGEST_GAP: Duration = Duration::from_millis(20);

/// A shorter gap joins nothing.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// So many reads of a stream are never held up: short answers are not worth it, and their ends are waited for.
const FREE_READS: u32 = 8;

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
            n_reads: 0,
            last: Instant::now(),
        }
    }

    /// The time between two reads of one stream.
    fn gap(&self) -> Duration {
        let n_streams = self.n_streams.load(Ordering::Relaxed);
        let gap = GAP_PER_STREAM.saturating_mul(u32::try_from(n_streams).unwrap_or(u32::MAX));
        if gap < SHORTEST_GAP {
            Duration::ZERO
        } else {
            gap.min(LONGEST_GAP)
        }
    }
}

/// One stream that is being read, as long as this lives.
#[derive(Debug)]
pub(super) struct Reader {
    readers: Arc<Readers>,
    n_reads: u32,
    last: Instant,
}

impl Reader {
    /// Waits until the stream may be read again. A stream that sends seldom waits for nothing.
    pub(super) async fn turn(&mut self) {
        self.n_reads = self.n_reads.saturating_add(1);
        let gap = self.readers.gap();
        if self.n_reads > FREE_READS && !gap.is_zero() {
            sleep_until(self.last + gap).await;
        }
    }

    /// Notes that bytes came.
    pub(super) fn has_read(&mut self) {
        self.last = Instant::now();
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

    /// How long a stream among so many waits for each of its reads, where bytes are always there.
    async fn waits(n_streams: usize, n_reads: u32) -> Vec<u128> {
        let readers = Arc::<Readers>::default();
        let mut reader = readers.enter();
        let _others: Vec<Reader> = (1..n_streams).map(|_| readers.enter()).collect();
        let mut waits = Vec::new();
        for _ in 0..n_reads {
            let began = Instant::now();
            reader.turn().await;
            waits.push(began.elapsed().as_millis());
            reader.has_read();
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn long_streams_are_read_seldom_where_there_are_many() {
        assert_eq!(waits(5, 10).await, [0; 10], "few streams");
        assert_eq!(waits(1_000, FREE_READS).await, [0; 8], "short answers");
        assert_eq!(waits(100, 10).await[8..], [10, 10]);
        assert_eq!(waits(10_000, 10).await[8..], [20, 20], "never longer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_was_quiet_is_read_at_once_and_one_that_ended_counts_no_more() {
        let readers = Arc::<Readers>::default();
        let mut reader = readers.enter();
        let others: Vec<Reader> = (1..200).map(|_| readers.enter()).collect();
        for _ in 0..FREE_READS {
            reader.turn().await;
        }
        reader.has_read();
        tokio::time::advance(Duration::from_millis(25)).await;
        let began = Instant::now();
        reader.turn().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        reader.has_read();
        drop(others);
        reader.turn().await;
        assert_eq!(began.elapsed(), Duration::ZERO, "it is alone");
    }
}
