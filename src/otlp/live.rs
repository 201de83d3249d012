//! Traces of active runs.
//!
//! A reader of the feed applies events to its own records and puts each span into the queue of its
//! collector when the span ends. The feed never waits for the reader, as for any subscriber, and
//! the reader never waits for a collector.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::delivery::{Counts, Queue};
use super::spans::span_data;
use crate::base::clock::{SharedClock, Timestamp};
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, RunId};
use crate::base::plural::counted;
use crate::profile::{Keeping, Tracing};
use crate::runs::{BatchRecord, KeptRun, RunRecord, Snapshot, SpanRecord, Subscription, Update};
use crate::trace::{RunEvent, RunEventBody, SpanId};

/// The maximum number of unread notices.
const MAX_NOTICES: usize = 8;

/// Sends traces of live runs to the collectors that their profiles name. Dropping it stops this
/// immediately.
#[derive(Debug)]
pub(crate) struct LiveTraces {
    reader: JoinSet<Reader>,
}

impl LiveTraces {
    /// Starts reading. Problems are reported through the receiver, once each time that a collector
    /// becomes unavailable.
    ///
    /// Spans that ended in another process were sent by that process: a batch that continues here
    /// brings its earlier events along.
    pub(crate) fn start(
        subscription: Subscription,
        clock: &SharedClock,
    ) -> (Self, mpsc::Receiver<String>) {
        let (notices_tx, notices_rx) = mpsc::channel(MAX_NOTICES);
        let reader = Reader {
            since: clock.now(),
            batches: HashMap::default(),
            runs: HashMap::default(),
            targets: Vec::new(),
            deliveries: JoinSet::new(),
            notices_tx,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(reader.read(subscription));
        (Self { reader: tasks }, notices_rx)
    }

    /// Waits until all spans are sent, but not longer than `within`; the runs must already have
    /// shut down. Returns a notice if spans were lost.
    pub(crate) async fn finish(mut self, within: Duration) -> Option<String> {
        let end = tokio::time::Instant::now() + within;
        let reading = tokio::time::timeout_at(end, self.reader.join_next());
        let late = || {
            let seconds = within.as_secs();
            format!("the collector did not take the last spans within {seconds} s")
        };
        let Ok(Some(Ok(mut reader))) = reading.await else {
            return Some(late());
        };
        let counts: Vec<Arc<Counts>> = reader.targets.drain(..).map(Target::counts).collect();
        let all_sent = async { while reader.deliveries.join_next().await.is_some() {} };
        let is_late = tokio::time::timeout_at(end, all_sent).await.is_err();
        let n_dropped: usize = counts.iter().map(|counts| counts.n_dropped()).sum();
        if is_late {
            return Some(late());
        }
        (n_dropped > 0).then(|| format!("{} of traces lost", counted(n_dropped, "span")))
    }
}

/// A collector and its queue.
#[derive(Debug)]
struct Target {
    tracing: Arc<Tracing>,
    queue: Queue,
}

impl Target {
    fn counts(self) -> Arc<Counts> {
        Arc::clone(self.queue.counts())
    }
}

/// The collector of a batch, and whether contents are sent.
#[derive(Clone, Copy, Debug)]
struct Way {
    target: usize,
    has_content: bool,
}

/// The state of a run whose traces are sent.
#[derive(Debug)]
enum Seen {
    /// The run is active.
    Going(Box<RunRecord>, Way),
    /// The run ended at this time. The entry stays until the run is removed, because a snapshot
    /// contains all ended runs and the spans of this one were already sent.
    Over(Timestamp),
}

#[derive(Debug)]
struct Reader {
    since: Timestamp,
    batches: HashMap<BatchId, Way>,
    runs: HashMap<RunId, Seen>,
    targets: Vec<Target>,
    deliveries: JoinSet<()>,
    notices_tx: mpsc::Sender<String>,
}

impl Reader {
    /// Reads the feed until its end.
    async fn read(mut self, mut subscription: Subscription) -> Self {
        while let Some(update) = subscription.next().await {
            match update {
                Update::BatchStarted(batch) => self.begin(&batch),
                Update::Events(events) => events.iter().for_each(|event| self.take(event)),
                Update::Snapshot { snapshot, .. } => self.replace(&snapshot),
                Update::Forgotten { runs, batches } => {
                    for run in runs.iter() {
                        self.runs.remove(run);
                    }
                    for batch in batches.iter() {
                        self.batches.remove(batch);
                    }
                }
                Update::BatchChanged(_)
                | Update::BatchEnded(_)
                | Update::LetGo(_)
                | Update::HistoryOff(_) => {}
            }
        }
        self
    }

    fn begin(&mut self, batch: &BatchRecord) {
        let Some(tracing) = &batch.tracing else {
            return;
        };
        let is_same = |target: &Target| target.tracing == *tracing;
        let target = self.targets.iter().position(is_same).unwrap_or_else(|| {
            let (queue, delivery) = Queue::new(Arc::clone(tracing), self.notices_tx.clone());
            self.deliveries.spawn(delivery.work());
            self.targets.push(Target {
                tracing: Arc::clone(tracing),
                queue,
            });
            self.targets.len() - 1
        });
        // What the history may not keep of them is sent to nobody either.
        let has_content = tracing.has_content && batch.terms.keeping == Keeping::All;
        let way = Way {
            target,
            has_content,
        };
        self.batches.insert(batch.id.clone(), way);
    }

    fn take(&mut self, event: &Arc<RunEvent>) {
        if let RunEventBody::Planned(planned) = &event.body {
            if let Some(way) = self.batches.get(&planned.batch)
                && let Some(record) = RunRecord::from_planned(event)
            {
                let seen = Seen::Going(Box::new(record), *way);
                self.runs.insert(event.run.clone(), seen);
            }
            return;
        }
        let Some(seen) = self.runs.get_mut(&event.run) else {
            return;
        };
        let Seen::Going(record, way) = seen else {
            return;
        };
        record.apply(event);
        if record.is_over() {
            *seen = Seen::Over(record.ended_at.unwrap_or_default());
        } else if let RunEventBody::SpanEnded { .. } = &event.body
            && event.timestamp >= self.since
            && let Some(id) = &event.span
            && let Some(span) = record.span(id)
        {
            offer(&self.targets, record, span, *way);
        }
    }

    /// Continues from a snapshot, because this reader was too slow. Spans that ended meanwhile are
    /// sent now, unless the feed has dropped their details: those are lost, and counted as far as
    /// they are known.
    fn replace(&mut self, snapshot: &Snapshot) {
        for batch in &snapshot.batches {
            if !self.batches.contains_key(&batch.id) {
                self.begin(batch);
            }
        }
        for kept in &snapshot.runs {
            let Some(way) = self.batches.get(&kept.batch).copied() else {
                continue;
            };
            let known = self.runs.remove(&kept.run);
            let spans = kept.record().map_or(&[][..], |record| &record.spans);
            if let Some(record) = kept.record() {
                for span in unseen(known.as_ref(), spans) {
                    if span.ended_at >= Some(self.since) {
                        offer(&self.targets, record, span, way);
                    }
                }
            }
            if let Some(target) = self.targets.get(way.target) {
                let counts = target.queue.counts();
                counts.drop_spans(n_lost(known.as_ref(), kept, self.since));
            }
            let seen = match kept.record() {
                Some(record) if !record.is_over() => {
                    Seen::Going(Box::new(RunRecord::clone(record)), way)
                }
                Some(_) | None => Seen::Over(kept.ended_at.unwrap_or_default()),
            };
            self.runs.insert(kept.run.clone(), seen);
        }
    }
}

/// Returns the spans of a run that have ended since its last known state.
fn unseen<'r>(
    known: Option<&'r Seen>,
    spans: &'r [SpanRecord],
) -> impl Iterator<Item = &'r SpanRecord> {
    let (seen, over_at) = match known {
        Some(Seen::Going(before, _)) => {
            let ended = before.spans.iter().filter(|span| span.ended_at.is_some());
            (ended.map(|span| &span.id).collect(), None)
        }
        Some(Seen::Over(at)) => (HashSet::default(), Some(*at)),
        None => (HashSet::default(), None),
    };
    spans.iter().filter(move |span| {
        span.ended_at.is_some() && span.ended_at > over_at && !seen.contains(&span.id)
    })
}

/// Returns the number of spans known to be lost: the ones that were open and have no details any
/// more. A run that was never seen had at least its root span.
fn n_lost(known: Option<&Seen>, kept: &KeptRun, since: Timestamp) -> usize {
    let spans = kept.record().map_or(&[][..], |record| &record.spans);
    match known {
        Some(Seen::Going(before, _)) => {
            let kept: HashSet<&SpanId> = spans.iter().map(|span| &span.id).collect();
            let open = before.spans.iter().filter(|span| span.ended_at.is_none());
            open.filter(|span| !kept.contains(&span.id)).count()
        }
        Some(Seen::Over(_)) => 0,
        None => {
            let is_unseen = kept.started_at.is_some() && kept.ended_at >= Some(since);
            usize::from(is_unseen && kept.is_over() && spans.is_empty())
        }
    }
}

fn offer(targets: &[Target], record: &RunRecord, span: &SpanRecord, way: Way) {
    if let Some(target) = targets.get(way.target) {
        let span = span_data(record, span, way.has_content);
        target.queue.offer(span);
    }
}

#[cfg(test)]
mod tests;
