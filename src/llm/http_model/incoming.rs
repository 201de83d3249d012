//! Reads what a server sends, in a task of its own.
//!
//! ```text
//! connection ── chunk ──► reader ── bytes that wait ──► the model call, as seldom as it likes
//! ```
//!
//! A model call lies deep inside a run: to wake it for each chunk of a fast stream costs more than the chunk. The reader is
//! a few lines, and wakes the call when it asks to be woken. Reading is held up only where more waits than may.

use std::sync::{Arc, Mutex};

use reqwest::Response;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::base::lock::lock;

/// The maximum number of bytes in the buffer; beyond that, the server has to wait.
const MAX_WAITING_BYTES: usize = 256 << 10;

/// The body of an answer that is being received. Dropping it closes the connection, unless the body
/// is complete.
#[derive(Debug)]
pub(super) struct Incoming {
    shared: Arc<Shared>,
    /// The reader task, which ends on drop.
    _reader: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Notified when data arrives that the call waits for.
    came: Notify,
    /// Notified when the buffer has room again.
    taken: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    end: Option<Result<(), reqwest::Error>>,
    /// Whether the call is woken by each chunk, rather than only at the end of the body or when the
    /// buffer is full.
    is_wanted: bool,
}

impl Incoming {
    /// Begins to read a response.
    pub(super) fn read(response: Response) -> Self {
        let shared = Arc::<Shared>::default();
        let mut reader = JoinSet::new();
        reader.spawn(read(response, Arc::clone(&shared)));
        Self {
            shared,
            _reader: reader,
        }
    }

    /// Waits for data and replaces `bytes` with everything received; leaves it empty at the end of
    /// the body.
    ///
    /// # Errors
    /// The connection broke. Data received before that was returned earlier.
    ///
    /// # Cancel safety
    /// No data is lost.
    pub(super) async fn next(&self, bytes: &mut Vec<u8>) -> Result<(), reqwest::Error> {
        bytes.clear();
        loop {
            {
                let mut waiting = lock(&self.shared.waiting);
                waiting.is_wanted = false;
                if !waiting.bytes.is_empty() {
                    std::mem::swap(&mut waiting.bytes, bytes);
                    self.shared.taken.notify_one();
                    return Ok(());
                }
                match &mut waiting.end {
                    Some(end) => return std::mem::replace(end, Ok(())),
                    None => waiting.is_wanted = true,
                }
            }
            self.shared.came.notified().await;
        }
    }

    /// Waits until a moment, or until the body has ended or the buffer is full.
    ///
    /// # Cancel safety
    /// No data is lost.
    pub(super) async fn gather(&self, until: Instant) {
        let is_full = || {
            let mut waiting = lock(&self.shared.waiting);
            waiting.is_wanted = false;
            waiting.is_full() || waiting.end.is_some()
        };
        let filled = async {
            while !is_full() {
                self.shared.came.notified().await;
            }
        };
        // The moment came first.
        let _elapsed = timeout_at(until, filled).await;
    }
}

impl Waiting {
    fn is_full(&self) -> bool {
        self.bytes.len() >= MAX_WAITING_BYTES
    }
}

async fn read(mut response: Response, shared: Arc<Shared>) {
    loop {
        let chunk = response.chunk().await;
        {
            let mut waiting = lock(&shared.waiting);
            match chunk {
                Ok(Some(bytes)) => waiting.bytes.extend_from_slice(&bytes),
                Ok(None) => waiting.end = Some(Ok(())),
                Err(error) => waiting.end = Some(Err(error)),
            }
            if waiting.is_wanted || waiting.is_full() || waiting.end.is_some() {
                shared.came.notify_one();
            }
            if waiting.end.is_some() {
                return;
            }
        }
        while lock(&shared.waiting).is_full() {
            shared.taken.notified().await;
        }
    }
}
