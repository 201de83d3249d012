//! Sends the spans of live runs in the background: a bounded queue, and the task that empties it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::exporter::{Batch, ExportError, Exporter, size_of_span};
use crate::base::plural::counted;
use crate::profile::{Collector, Tracing};

/// The maximum number of waiting spans, and their approximate maximum size in bytes.
const MAX_WAITING: usize = 16_384;
const MAX_WAITING_BYTES: usize = 32 << 20;

/// The time for which spans are gathered for one request.
const GATHER_FOR: Duration = Duration::from_secs(1);

/// The queue for one collector. A span for which there is no room is dropped and counted: no run
/// ever waits for a collector.
#[derive(Debug)]
pub(super) struct Queue {
    spans_tx: mpsc::Sender<Waiting>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Waiting {
    span: SpanData,
    size: usize,
}

/// The numbers of spans by outcome.
#[derive(Debug, Default)]
pub(super) struct Counts {
    bytes_waiting: AtomicUsize,
    n_sent: AtomicUsize,
    n_dropped: AtomicUsize,
}

impl Counts {
    /// Returns the number of dropped spans, for lack of room or because the collector refused them.
    pub(super) fn n_dropped(&self) -> usize {
        self.n_dropped.load(Ordering::Relaxed)
    }

    pub(super) fn drop_spans(&self, count: usize) {
        self.n_dropped.fetch_add(count, Ordering::Relaxed);
    }
}

/// The task that sends the waiting spans to one collector.
#[derive(Debug)]
pub(super) struct Delivery {
    tracing: Arc<Tracing>,
    spans_rx: mpsc::Receiver<Waiting>,
    counts: Arc<Counts>,
    notices_tx: mpsc::Sender<String>,
    /// Whether the last request failed, which is reported once.
    is_failing: bool,
}

impl Queue {
    /// Makes a queue and the task that empties it. Problems with the collector are reported through
    /// `notices_tx`.
    pub(super) fn new(tracing: Arc<Tracing>, notices_tx: mpsc::Sender<String>) -> (Self, Delivery) {
        let (spans_tx, spans_rx) = mpsc::channel(MAX_WAITING);
        let counts = Arc::<Counts>::default();
        let delivery = Delivery {
            tracing,
            spans_rx,
            counts: Arc::clone(&counts),
            notices_tx,
            is_failing: false,
        };
        (Self { spans_tx, counts }, delivery)
    }

    /// Adds a span to the queue, or drops it. Never waits.
    pub(super) fn offer(&self, span: SpanData) {
        let size = size_of_span(&span);
        let waiting = &self.counts.bytes_waiting;
        let has_room = waiting.load(Ordering::Relaxed) + size <= MAX_WAITING_BYTES;
        if has_room && self.spans_tx.try_send(Waiting { span, size }).is_ok() {
            waiting.fetch_add(size, Ordering::Relaxed);
        } else {
            self.counts.drop_spans(1);
        }
    }

    pub(super) const fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }
}

impl Delivery {
    /// Removes and returns the waiting spans without sending them.
    #[cfg(test)]
    pub(super) fn taken(&mut self) -> Vec<SpanData> {
        std::iter::from_fn(|| Some(self.spans_rx.try_recv().ok()?.span)).collect()
    }

    /// Sends until the queue is closed and empty.
    pub(super) async fn work(mut self) {
        let exporter = match self.exporter().await {
            Ok(exporter) => exporter,
            Err(words) => {
                self.report(words);
                // What waits and what still comes has nowhere to go.
                while self.spans_rx.recv().await.is_some() {}
                return;
            }
        };
        let mut next = None;
        loop {
            let batch = self.gather(&mut next).await;
            if batch.is_empty() {
                return;
            }
            let n_spans = batch.len();
            exporter.ready().await;
            let sent = exporter.send(batch).await;
            self.note(n_spans, sent, &exporter);
        }
    }

    async fn exporter(&self) -> Result<Exporter, String> {
        let tracing = Arc::clone(&self.tracing);
        // Values of headers are in files, or are printed by programs.
        let resolving = tokio::task::spawn_blocking(move || resolved(&tracing));
        let collector = resolving
            .await
            .unwrap_or_else(|broke| Err(broke.to_string()))?;
        let exporter = Exporter::new(&collector).await;
        exporter.map_err(|error| error.to_string())
    }

    /// Returns the spans of the next request; empty when there will be no more. A span that doesn't
    /// fit is put into `next`.
    async fn gather(&mut self, next: &mut Option<Waiting>) -> Batch {
        let mut batch = Batch::default();
        let mut until = None;
        loop {
            let waiting = match (next.take(), until) {
                (Some(waiting), _) => Some(waiting),
                (None, None) => self.spans_rx.recv().await,
                // A span first: one that is here goes along, though the time is up.
                (None, Some(until)) => tokio::select! {
                    biased;
                    waiting = self.spans_rx.recv() => waiting,
                    () = tokio::time::sleep_until(until) => None,
                },
            };
            let Some(waiting) = waiting else {
                return batch;
            };
            if !batch.has_room(waiting.size) {
                *next = Some(waiting);
                return batch;
            }
            let bytes_waiting = &self.counts.bytes_waiting;
            // A span is counted just after it is queued, so it may be taken out before.
            let _ = bytes_waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bytes| {
                Some(bytes.saturating_sub(waiting.size))
            });
            batch.add(waiting.span, waiting.size);
            until.get_or_insert_with(|| Instant::now() + GATHER_FOR);
        }
    }

    fn note(&mut self, n_spans: usize, sent: Result<(), ExportError>, exporter: &Exporter) {
        let n_lost = sent
            .as_ref()
            .map_or_else(|error| error.n_lost(n_spans), |()| 0);
        self.counts
            .n_sent
            .fetch_add(n_spans - n_lost, Ordering::Relaxed);
        self.counts.drop_spans(n_lost);
        match sent {
            Err(error) => {
                tracing::warn!(n_lost, "{error}");
                if !std::mem::replace(&mut self.is_failing, true) {
                    self.report(format!(
                        "{error}; spans are dropped until the collector takes them"
                    ));
                }
            }
            Ok(()) if std::mem::take(&mut self.is_failing) => {
                let n_dropped = counted(self.counts.n_dropped(), "span");
                let shown = exporter.shown();
                self.report(format!(
                    "traces reach {shown} again; {n_dropped} lost so far"
                ));
            }
            Ok(()) => {}
        }
    }

    /// Reports a notice, or logs it if an earlier one was not read.
    fn report(&self, words: String) {
        let _unread = self.notices_tx.try_send(words);
    }
}

fn resolved(tracing: &Tracing) -> Result<Collector, String> {
    tracing.collector().map_err(|error| {
        let mut words = format!("no traces are sent: {error}");
        let mut cause = std::error::Error::source(&error);
        while let Some(next) = cause {
            words = format!("{words}: {next}");
            cause = next.source();
        }
        match error.hint() {
            Some(hint) => format!("{words}; {hint}"),
            None => words,
        }
    })
}
