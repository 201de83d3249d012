//! The feed: one task that numbers the events of all runs, folds them, and passes them on.
//!
//! It takes events of runs from one bounded queue (runs wait when it is full) and announcements
//! of the hub from another (the hub never waits: it keeps what does not fit). A journal, where
//! there is one, gets everything and is waited for; subscribers are not.
//!
//! The events of few runs are passed on at once. Where many go on, what they emit within a moment is passed on together:
//! it is then written to disk at one go.

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

/// How many events of runs may wait for the feed. So many that what a thousand runs emit at a step of theirs finds room: a
/// run that must wait for room is woken again for each of its events.
pub(in crate::runs) const MAX_EVENTS: usize = 16 * 1024;

/// How many events are taken before anything else is looked at.
const MAX_TAKEN: usize = 1024;

/// How much later each run that goes on makes the next passing on of the events of all.
const GAP_PER_RUN: Duration = Duration::from_micros(10);

/// How many events are gathered at most.
const MAX_GATHERED: usize = 8 * MAX_TAKEN;

/// How many announcements of the hub may wait for the feed.
pub(in crate::runs) const MAX_ANNOUNCEMENTS: usize = 64;

/// A message of the hub to the feed itself, rather than through a run.
#[derive(Debug)]
pub(in crate::runs) enum Announcement {
    /// A batch, with the first events of its runs.
    Launched(Box<BatchRecord>, Vec<RunEvent>),
    /// A batch that another process began, or further runs of one in progress here, with all their events, which are on
    /// record already.
    CarriedOn(Box<BatchRecord>, Vec<Arc<RunEvent>>),
    /// Further runs of a batch, by their first events.
    Added(BatchId, Vec<RunEvent>),
    /// Events of runs that have not started: they are held, may start again, or never will.
    OfQueued(Vec<RunEvent>),
    /// Another bound of a batch.
    AtOnce(BatchId, usize),
    /// Another rate of model requests of a batch.
    Rate(BatchId, Option<f64>),
    /// How many requests an endpoint takes at once; none is no bound.
    Endpoint(BatchId, String, Option<usize>),
    /// The canary of a batch holds its runs back no longer.
    Released(BatchId),
    /// Another budget of a batch, or more of it is used.
    Budget(BatchId, Option<BatchBudget>),
    /// A notice for people about a batch that runs elsewhere.
    Elsewhere(BatchId, BatchNews),
    /// Runs that are over, or whose last event is on its way, are forgotten.
    Forgotten(Vec<RunId>),
    /// A batch is paused, or resumes.
    Paused(BatchId, bool),
    /// The program is about to be stopped, or was continued, at this moment; confirmed when it is folded in.
    StandStill(bool, Timestamp, oneshot::Sender<()>),
}

/// How many announcements the hub has made, those that are still on their way too. A run is announced before it begins, so
/// once all are taken, an event of a run that is not known is of one that was forgotten.
#[derive(Clone, Debug, Default)]
pub(in crate::runs) struct Announced(Arc<AtomicU64>);

impl Announced {
    /// Counts one more announcement.
    pub(in crate::runs) fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The feed, with the queues that it reads from and writes to.
#[derive(Debug)]
pub(in crate::runs) struct Feed {
    pub(in crate::runs) events_rx: EventReceiver,
    pub(in crate::runs) announcements_rx: mpsc::Receiver<Announcement>,
    pub(in crate::runs) announced: Announced,
    pub(in crate::runs) snapshots_rx: mpsc::Receiver<SnapshotRequest>,
    pub(in crate::runs) subscribers: Subscribers,
    pub(in crate::runs) journal: Option<mpsc::Sender<Update>>,
    /// Where what happens is kept; none where it is not.
    pub(in crate::runs) history: Option<Records>,
    pub(in crate::runs) kept_detail: KeptDetail,
}

impl Feed {
    /// Works until the hub and all runs are gone, and gives the records as they are then.
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

    /// Folds in all that the hub has announced, before the events of runs: a run is announced, and was queued, before it
    /// emits anything. An event of a run that is not known then is of one that was forgotten.
    async fn catch_up(&mut self, ledger: &mut Ledger) {
        let n_made = self.announced.count();
        while ledger.n_announced < n_made {
            match self.announcements_rx.recv().await {
                Some(announcement) => self.announce(ledger, announcement).await,
                None => return,
            }
        }
    }

    /// Folds in an announcement of the hub. What is on record already is passed on, and not kept once more.
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

    /// Keeps what happened, and passes it on: the end of a run not before it is on disk.
    async fn publish(&mut self, ledger: &mut Ledger) {
        let (updates, changed) = (ledger.updates(), ledger.changed());
        if let Some(history) = &self.history
            && !updates.is_empty()
        {
            history.keep(&updates, changed).await;
        }
        self.pass_on(updates).await;
    }

    /// Announces that nothing is kept any more.
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

/// Before when nothing further is passed on, to gather more of it; none where it is passed on at once.
fn next_publishing(published_at: Option<Instant>, ledger: &Ledger) -> Option<Instant> {
    let gap = gap(GAP_PER_RUN, ledger.n_going());
    published_at.filter(|_| !gap.is_zero()).map(|at| at + gap)
}

/// Gives a snapshot to a subscriber that is still there. Everything in it is published: the subscriber goes on with what
/// follows.
fn give(request: &SnapshotRequest, ledger: &Ledger) {
    if let Some(queue) = request.upgrade() {
        queue.restart(ledger.snapshot());
    }
}

#[cfg(test)]
mod tests;
