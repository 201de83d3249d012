//! The feed: a task that numbers the events of all runs, folds them, and passes them on.
//!
//! It takes events from one bounded queue (runs wait when it is full) and announcements of the hub
//! from another (the hub never waits: it keeps what does not fit). The feed waits for a journal, if
//! there is one, but never for subscribers.
//!
//! The events of a few runs are passed on at once. If many runs are active, events within a short
//! interval are passed on together, so that they are written to disk at once.

mod details;
mod ledger;
mod merge;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::base::clock::Timestamp;
use crate::base::gathering::gap;
use crate::base::ids::{BatchId, RunId};
use crate::runs::history::Records;
use crate::runs::record::subscription::Subscribers;
use crate::runs::schedule::handle::SnapshotRequest;
use crate::runs::{
    BatchBudget, BatchNews, BatchRecord, HistoryError, KeptDetail, Snapshot, Update,
};
use crate::runtime::EventReceiver;
use crate::trace::RunEvent;
use ledger::Ledger;

/// The maximum number of events that wait for the feed. Large enough for the events of one step of
/// a thousand runs, because a run that waits for room is woken for each of its events.
pub(in crate::runs) const MAX_EVENTS: usize = 16 * 1024;

/// The maximum number of events that are processed before anything else.
const MAX_TAKEN: usize = 1024;

/// The interval that each active run adds to the time between two deliveries of events.
const GAP_PER_RUN: Duration = Duration::from_micros(10);

/// The maximum number of events that are collected.
const MAX_GATHERED: usize = 8 * MAX_TAKEN;

/// The maximum number of announcements of the hub that wait for the feed.
pub(in crate::runs) const MAX_ANNOUNCEMENTS: usize = 64;

/// A message of the hub to the feed, which does not come from a run.
#[derive(Debug)]
pub(in crate::runs) enum Announcement {
    /// A new batch, with the first events of its runs.
    Launched(Box<BatchRecord>, Vec<RunEvent>),
    /// A batch that another process began, or further runs of a batch that is active here, with all
    /// their events, which are already recorded.
    CarriedOn(Box<BatchRecord>, Vec<Arc<RunEvent>>),
    /// Further runs of a batch, by their first events.
    Added(BatchId, Vec<RunEvent>),
    /// Events of runs that have not started: they are held, released, or ended.
    OfQueued(Vec<RunEvent>),
    /// A new maximum number of runs at once for a batch.
    AtOnce(BatchId, usize),
    /// A new rate of model requests for a batch.
    Rate(BatchId, Option<f64>),
    /// The maximum number of concurrent requests to an endpoint; `None` for no limit.
    Endpoint(BatchId, String, Option<usize>),
    /// A batch whose canary no longer holds its runs back.
    Released(BatchId),
    /// A new budget of a batch, or a higher use of it.
    Budget(BatchId, Option<BatchBudget>),
    /// A notice for the user about a batch that runs elsewhere.
    Elsewhere(BatchId, BatchNews),
    /// Runs to forget, which have ended or whose last event is on its way.
    Forgotten(Vec<RunId>),
    /// A batch that is paused or resumed.
    Paused(BatchId, bool),
    /// The program is about to be stopped, or was continued, at this time; confirmed when it is
    /// folded.
    StandStill(bool, Timestamp, oneshot::Sender<()>),
}

/// The number of announcements of the hub, including those still on their way. A run is announced
/// before it begins; therefore, once all announcements are processed, an event of an unknown run
/// belongs to a forgotten one.
#[derive(Clone, Debug, Default)]
pub(in crate::runs) struct Announced(Arc<AtomicU64>);

impl Announced {
    /// Counts an announcement.
    pub(in crate::runs) fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The feed with its queues.
#[derive(Debug)]
pub(in crate::runs) struct Feed {
    pub(in crate::runs) events_rx: EventReceiver,
    pub(in crate::runs) announcements_rx: mpsc::Receiver<Announcement>,
    pub(in crate::runs) announced: Announced,
    pub(in crate::runs) snapshots_rx: mpsc::Receiver<SnapshotRequest>,
    pub(in crate::runs) subscribers: Subscribers,
    pub(in crate::runs) journal: Option<mpsc::Sender<Update>>,
    /// The history; `None` if there is none.
    pub(in crate::runs) history: Option<Records>,
    pub(in crate::runs) kept_detail: KeptDetail,
}

impl Feed {
    /// Runs until the hub and all runs are gone, and returns the final records.
    pub(in crate::runs) async fn work(mut self) -> Snapshot {
        let mut ledger = Ledger::new(self.kept_detail);
        let mut taken = Vec::with_capacity(MAX_TAKEN);
        let (mut has_hub, mut has_runs) = (true, true);
        let mut published_at = None;
        while has_hub || has_runs {
            let due = next_publishing(published_at, &ledger).filter(|_| ledger.n_gathered() > 0);
            // In this order, because events come in floods: taken first, they would keep a snapshot, a due publication and
            // trouble with the history waiting. The hub announces a run before the run has events.
            tokio::select! {
                biased;
                Some(request) = self.snapshots_rx.recv() => {
                    self.publish(&mut ledger).await;
                    give(&request, &ledger);
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                trouble = Records::trouble(self.history.as_mut()) => self.lose_history(trouble).await,
                announcement = self.announcements_rx.recv(), if has_hub => match announcement {
                    Some(announcement) => self.announce(&mut ledger, announcement).await,
                    None => has_hub = false,
                },
                n_taken = self.events_rx.recv_many(&mut taken, MAX_TAKEN), if has_runs => {
                    has_runs = n_taken > 0;
                    self.catch_up(&mut ledger).await;
                    for event in merge::merged(taken.drain(..)) {
                        ledger.record(event);
                    }
                }
            }
            let is_held =
                next_publishing(published_at, &ledger).is_some_and(|at| at > Instant::now());
            if ledger.n_gathered() > if is_held { MAX_GATHERED } else { 0 } {
                self.publish(&mut ledger).await;
                published_at = Some(Instant::now());
            }
        }
        self.publish(&mut ledger).await;
        let last = ledger.snapshot();
        self.subscribers.close(&last);
        last
    }

    /// Folds all announcements of the hub before the events of runs, because a run is announced
    /// before it emits anything. Afterwards, an event of an unknown run belongs to a forgotten one.
    async fn catch_up(&mut self, ledger: &mut Ledger) {
        let n_made = self.announced.count();
        while ledger.n_announced < n_made {
            match self.announcements_rx.recv().await {
                Some(announcement) => self.announce(ledger, announcement).await,
                None => return,
            }
        }
    }

    /// Folds an announcement of the hub. Events that are already recorded are passed on but not
    /// recorded again.
    async fn announce(&mut self, ledger: &mut Ledger, announcement: Announcement) {
        if !matches!(announcement, Announcement::CarriedOn(..)) {
            ledger.announce(announcement);
            return;
        }
        self.publish(ledger).await;
        ledger.announce(announcement);
        let _on_record = ledger.changed();
        self.pass_on(ledger.updates()).await;
    }

    /// Records the new updates and passes them on. The end of a run is passed on only after it is
    /// on disk.
    async fn publish(&mut self, ledger: &mut Ledger) {
        let (updates, changed) = (ledger.updates(), ledger.changed());
        if let Some(history) = &self.history
            && !updates.is_empty()
        {
            history.keep(&updates, changed).await;
        }
        self.pass_on(updates).await;
    }

    /// Reports that the history was turned off.
    async fn lose_history(&mut self, trouble: Arc<HistoryError>) {
        self.history = None;
        self.pass_on(vec![Update::HistoryOff(trouble)]).await;
    }

    async fn pass_on(&mut self, updates: Vec<Update>) {
        for update in updates {
            self.subscribers.publish(&update);
            if let Some(journal) = &self.journal
                && journal.send(update).await.is_err()
            {
                self.journal = None;
            }
        }
    }
}

/// Returns the time until which updates are collected; `None` if they are passed on at once.
fn next_publishing(published_at: Option<Instant>, ledger: &Ledger) -> Option<Instant> {
    let gap = gap(GAP_PER_RUN, ledger.n_going());
    published_at.filter(|_| !gap.is_zero()).map(|at| at + gap)
}

/// Sends a snapshot to a subscriber, if it still exists. Everything in the snapshot is published,
/// and the subscriber continues with the next updates.
fn give(request: &SnapshotRequest, ledger: &Ledger) {
    if let Some(queue) = request.upgrade() {
        queue.restart(ledger.snapshot());
    }
}

#[cfg(test)]
mod tests;
