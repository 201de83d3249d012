//! Passes updates from the feed to screens without ever waiting for them.
//!
//! Waiting updates are joined: pieces of one answer become one event, so a slow reader gets one
//! event for each writing run instead of one for each word. The waiting text is limited in bytes.
//! If a reader exceeds the limit, everything that waits is dropped, and the feed drops further
//! updates for it too; as soon as the reader reads again, the feed puts a snapshot into its queue
//! and continues from there. Thus a reader gets every event exactly once, or a snapshot that
//! includes it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use tokio::sync::{Notify, mpsc};

use crate::base::hash::HashMap;
use crate::base::ids::{BatchId, RunId};
use crate::base::lock::lock;
use crate::runs::schedule::handle::SnapshotRequest;
use crate::runs::{BatchRecord, HistoryError, KeptRun, RunRecord, RunSummary};
use crate::trace::RunEvent;

/// The maximum number of bytes that wait for a subscriber.
const MAX_WAITING_BYTES: usize = 4 << 20;

/// The size of a queue entry in bytes, in addition to its text.
const ENTRY_BYTES: usize = 128;

/// The maximum number of events that a reader gets at a time.
const EVENTS_AT_A_TIME: usize = 64;

/// A change that a reader applies to its copy of the records.
#[derive(Clone, Debug)]
pub enum Update {
    /// A batch was launched. The first events of its runs follow.
    BatchStarted(Arc<BatchRecord>),
    /// The limits or the number of runs of a batch changed, or the batch became active again after
    /// its end.
    BatchChanged(Arc<BatchRecord>),
    /// Every run of a batch has ended or answered.
    BatchEnded(Arc<BatchRecord>),
    /// Events of runs, in order.
    Events(Arc<[Arc<RunEvent>]>),
    /// The details of these ended runs were dropped to limit memory; only their summaries remain.
    LetGo(Arc<[Arc<RunSummary>]>),
    /// Ended runs were forgotten, with the batches that have none left.
    Forgotten {
        /// The runs.
        runs: Arc<[RunId]>,
        /// The batches.
        batches: Arc<[BatchId]>,
    },
    /// The history file failed: nothing is recorded from here on, and the runs continue.
    HistoryOff(Arc<HistoryError>),
    /// The subscriber was too slow, so that updates were dropped. Contains all records as of this
    /// position in the stream; a journal never gets a snapshot.
    Snapshot {
        /// The number of dropped events.
        missed: u64,
        /// The snapshot, which replaces the reader's records.
        snapshot: Snapshot,
    },
}

/// All records at one moment. Cheap, because they are shared with the feed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The batches, oldest first.
    pub batches: Vec<Arc<BatchRecord>>,
    /// The runs, in the order of planning.
    pub runs: Vec<KeptRun>,
}

impl Snapshot {
    /// Returns the records of the runs that have all their details, which is all of them unless
    /// [`RunsSettings::kept_detail`](crate::runs::RunsSettings::kept_detail) limits this.
    pub fn records(&self) -> Vec<Arc<RunRecord>> {
        let records = self.runs.iter().filter_map(KeptRun::record);
        records.cloned().collect()
    }
}

/// A reader of the updates of all runs. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    queue: Arc<Queue>,
    snapshots_tx: mpsc::Sender<SnapshotRequest>,
}

impl Subscription {
    /// Returns the next update; `None` once the runs have shut down and everything was read.
    ///
    /// # Cancel safety
    /// No update is lost.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            let woken = self.queue.notify.notified();
            let found = self.queue.lock().pop();
            match found {
                Found::Update(update) => return Some(update),
                Found::Closed => return None,
                Found::Nothing => woken.await,
                Found::Gap => {
                    let request = Arc::downgrade(&self.queue);
                    // The feed is gone once it is refused; it closes the queue before it goes.
                    if self.snapshots_tx.send(request).await.is_ok() {
                        self.queue.lock().is_asked = true;
                    } else {
                        woken.await;
                    }
                }
            }
        }
    }

    /// Returns the next update, if one is waiting. A reader that was too slow gets none until
    /// [`Subscription::next`] has requested its snapshot.
    pub fn try_next(&mut self) -> Option<Update> {
        match self.queue.lock().pop() {
            Found::Update(update) => Some(update),
            Found::Nothing | Found::Gap | Found::Closed => None,
        }
    }
}

/// The feed's side of all subscriptions.
#[derive(Clone, Debug, Default)]
pub(in crate::runs) struct Subscribers {
    queues: Arc<Mutex<Vec<Weak<Queue>>>>,
}

impl Subscribers {
    /// Adds a subscription, which requests snapshots from the feed through `snapshots_tx`.
    pub(in crate::runs) fn subscribe(
        &self,
        snapshots_tx: mpsc::Sender<SnapshotRequest>,
    ) -> Subscription {
        let queue = Arc::new(Queue::default());
        lock(&self.queues).push(Arc::downgrade(&queue));
        Subscription {
            queue,
            snapshots_tx,
        }
    }

    /// Passes an update to every subscriber. Never waits.
    pub(in crate::runs) fn publish(&self, update: &Update) {
        lock(&self.queues).retain(|queue| match queue.upgrade() {
            Some(queue) => {
                queue.lock().push(update);
                queue.notify.notify_one();
                true
            }
            None => false,
        });
    }

    /// Ends all present and future subscriptions. Subscribers that were too slow get the last
    /// records.
    pub(in crate::runs) fn close(&self, last: &Snapshot) {
        for queue in lock(&self.queues).drain(..).filter_map(|q| q.upgrade()) {
            let mut waiting = queue.lock();
            if waiting.is_skipping {
                waiting.restart(last.clone());
            }
            waiting.is_closed = true;
            drop(waiting);
            queue.notify.notify_one();
        }
    }
}

/// The queue of one subscriber.
#[derive(Debug, Default)]
pub(in crate::runs) struct Queue {
    waiting: Mutex<Waiting>,
    notify: Notify,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }

    /// Continues after a gap, with a snapshot of everything published so far.
    pub(in crate::runs) fn restart(&self, snapshot: Snapshot) {
        self.lock().restart(snapshot);
        self.notify.notify_one();
    }
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Entry>,
    /// The total size of all entries in bytes.
    bytes: usize,
    /// The number of entries that were ever removed: entry number `n` is at index `n - n_taken`.
    n_taken: usize,
    /// The number of the last entry of each run.
    last_of_run: HashMap<RunId, usize>,
    /// The number of dropped events since the gap began.
    missed: u64,
    /// Whether everything is dropped until the reader takes a snapshot.
    is_skipping: bool,
    /// Whether that snapshot was requested from the feed.
    is_asked: bool,
    is_closed: bool,
}

#[derive(Debug)]
enum Entry {
    Event(Arc<RunEvent>),
    /// An update other than events.
    Other(Update),
}

enum Found {
    Update(Update),
    Nothing,
    /// Updates were dropped, and the snapshot that replaces them was not requested yet.
    Gap,
    Closed,
}

impl Waiting {
    fn push(&mut self, update: &Update) {
        if self.is_skipping {
            self.missed += update.events();
            return;
        }
        match update {
            Update::Events(events) => events.iter().for_each(|event| self.push_event(event)),
            other => self.push_entry(Entry::Other(other.clone()), 0),
        }
        if self.bytes > MAX_WAITING_BYTES {
            self.skip();
        }
    }

    /// Adds an event, or joins it to the last one of its run.
    fn push_event(&mut self, event: &Arc<RunEvent>) {
        let last = self
            .last_of_run
            .get(&event.run)
            .and_then(|number| number.checked_sub(self.n_taken))
            .and_then(|index| self.entries.get_mut(index));
        let bytes = event.text_bytes();
        if let Some(Entry::Event(last)) = last
            && last.takes(event)
        {
            // Copied the first time, while the feed still passes it on; from then on it is ours.
            let last = Arc::make_mut(last);
            last.join(event);
            last.joined += 1 + event.joined;
            self.bytes += bytes;
            return;
        }
        let number = self.n_taken + self.entries.len();
        self.last_of_run.insert(event.run.clone(), number);
        self.push_entry(Entry::Event(Arc::clone(event)), bytes);
    }

    fn push_entry(&mut self, entry: Entry, bytes: usize) {
        self.entries.push_back(entry);
        self.bytes += ENTRY_BYTES + bytes;
    }

    /// Drops everything that waits, because the reader has to take a snapshot anyway.
    fn skip(&mut self) {
        self.missed += self.entries.iter().map(Entry::events).sum::<u64>();
        self.is_skipping = true;
        self.clear();
    }

    /// Removes all entries and releases the memory that a burst took.
    fn clear(&mut self) {
        self.entries = VecDeque::new();
        self.last_of_run = HashMap::default();
        (self.bytes, self.n_taken) = (0, 0);
    }

    fn restart(&mut self, snapshot: Snapshot) {
        self.clear();
        (self.is_skipping, self.is_asked) = (false, false);
        let missed = std::mem::take(&mut self.missed);
        self.push_entry(Entry::Other(Update::Snapshot { missed, snapshot }), 0);
    }

    fn pop(&mut self) -> Found {
        match self.entries.pop_front() {
            Some(Entry::Event(first)) => {
                let mut events = vec![self.taken(first)];
                while events.len() < EVENTS_AT_A_TIME
                    && matches!(self.entries.front(), Some(Entry::Event(_)))
                    && let Some(Entry::Event(event)) = self.entries.pop_front()
                {
                    events.push(self.taken(event));
                }
                if self.entries.is_empty() {
                    self.clear();
                }
                Found::Update(Update::Events(events.into()))
            }
            Some(Entry::Other(update)) => {
                self.n_taken += 1;
                self.bytes = self.bytes.saturating_sub(ENTRY_BYTES);
                Found::Update(update)
            }
            None if self.is_skipping && !self.is_asked => Found::Gap,
            None if self.is_closed => Found::Closed,
            None => Found::Nothing,
        }
    }

    fn taken(&mut self, event: Arc<RunEvent>) -> Arc<RunEvent> {
        self.n_taken += 1;
        let bytes = ENTRY_BYTES + event.text_bytes();
        self.bytes = self.bytes.saturating_sub(bytes);
        event
    }
}

impl Entry {
    fn events(&self) -> u64 {
        match self {
            Self::Event(event) => 1 + event.joined,
            Self::Other(_) => 0,
        }
    }
}

impl Update {
    fn events(&self) -> u64 {
        match self {
            Self::Events(events) => events.len() as u64,
            Self::BatchStarted(_)
            | Self::BatchChanged(_)
            | Self::BatchEnded(_)
            | Self::LetGo(_)
            | Self::Forgotten { .. }
            | Self::HistoryOff(_)
            | Self::Snapshot { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;
    use crate::runs::script::{llm_chunk, llm_response};
    use crate::trace::{Event, RunEventBody};

    fn event(run: &str, seq: u64, traced: Event) -> Arc<RunEvent> {
        Arc::new(RunEvent {
            run: RunId::new(run),
            seq,
            joined: 0,
            timestamp: Timestamp::from_ns(0),
            span: None,
            body: RunEventBody::Traced(traced),
        })
    }

    /// The numbers and texts of what waits, and how many pieces are joined into each.
    fn read(subscription: &mut Subscription) -> Vec<(String, u64, u64, String)> {
        let mut read = Vec::new();
        while let Some(Update::Events(events)) = subscription.try_next() {
            for event in events.iter() {
                let text = match &event.body {
                    RunEventBody::Traced(Event::LlmGenerationChunkReceived { content, .. }) => {
                        content.clone()
                    }
                    _ => "whole".to_owned(),
                };
                read.push((event.run.to_string(), event.seq, event.joined, text));
            }
        }
        read
    }

    #[test]
    fn pieces_of_an_answer_that_wait_are_one_event_until_something_else_comes() {
        let (snapshots_tx, _snapshots_rx) = mpsc::channel(1);
        let subscribers = Subscribers::default();
        let mut slow = subscribers.subscribe(snapshots_tx);
        let publish = |events: Vec<Arc<RunEvent>>| {
            subscribers.publish(&Update::Events(events.into()));
        };
        publish(vec![event("a", 5, llm_chunk("q", "Pa"))]);
        publish(vec![
            event("b", 0, llm_chunk("q", "x")),
            event("a", 6, llm_chunk("q", "ri")),
        ]);
        publish(vec![event("a", 7, llm_chunk("q", "s"))]);
        publish(vec![event("a", 8, llm_response("q", "Paris"))]);
        publish(vec![event("a", 9, llm_chunk("r", "It"))]);
        let owned =
            |run: &str, seq, joined, text: &str| (run.to_owned(), seq, joined, text.to_owned());
        let expected = [
            owned("a", 5, 2, "Paris"),
            owned("b", 0, 0, "x"),
            owned("a", 8, 0, "whole"),
            owned("a", 9, 0, "It"),
        ];
        assert_eq!(read(&mut slow), expected);
        publish(vec![event("a", 10, llm_chunk("r", " is"))]);
        assert_eq!(
            read(&mut slow),
            [owned("a", 10, 0, " is")],
            "what was read is not joined to"
        );
    }

    #[tokio::test]
    async fn a_reader_that_lets_too_much_text_wait_gets_one_snapshot_and_what_follows() {
        let (snapshots_tx, mut snapshots_rx) = mpsc::channel(1);
        let subscribers = Subscribers::default();
        let mut slow = subscribers.subscribe(snapshots_tx);
        let text = "word ".repeat(1 << 10);
        let (mut published, mut most) = (0, 0);
        let queue = Arc::clone(&slow.queue);
        while !queue.lock().is_skipping {
            let piece = event("a", published, llm_chunk("q", &text));
            subscribers.publish(&Update::Events(Arc::new([piece])));
            most = most.max(queue.lock().bytes);
            published += 1;
        }
        assert!(
            most > MAX_WAITING_BYTES - 2 * text.len() && most < MAX_WAITING_BYTES + 2 * text.len()
        );
        // Nothing is kept for it until it reads again.
        subscribers.publish(&Update::Events(Arc::new([event(
            "a",
            published,
            llm_chunk("q", "!"),
        )])));
        assert_eq!(queue.lock().entries.len(), 0);
        let feed = async {
            let Some(queue) = snapshots_rx.recv().await else {
                panic!("the reader asks for a snapshot");
            };
            queue.upgrade().unwrap().restart(Snapshot::default());
            let after = event("a", published + 1, llm_chunk("q", "after"));
            subscribers.publish(&Update::Events(Arc::new([after])));
        };
        let (next, ()) = tokio::join!(slow.next(), feed);
        let Some(Update::Snapshot { missed, .. }) = next else {
            panic!("the snapshot comes first, not {next:?}");
        };
        assert_eq!(missed, published + 1);
        let expected = ("a".to_owned(), published + 1, 0, "after".to_owned());
        assert_eq!(read(&mut slow), [expected]);
    }

    #[tokio::test]
    async fn a_closed_subscription_gives_what_waits_and_ends() {
        let (snapshots_tx, _snapshots_rx) = mpsc::channel(1);
        let subscribers = Subscribers::default();
        let mut reader = subscribers.subscribe(snapshots_tx);
        subscribers.publish(&Update::Events(Arc::new([event(
            "a",
            0,
            llm_chunk("q", "x"),
        )])));
        subscribers.close(&Snapshot::default());
        assert!(matches!(reader.next().await, Some(Update::Events(_))));
        assert!(reader.next().await.is_none());
    }
}
