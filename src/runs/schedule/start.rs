//! Starts and ends the tasks for many runs.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SharedClock;
use crate::base::ids::IdSource;
use crate::base::keeping::Keeping;
use crate::runs::record::feed::{Announced, Feed, MAX_ANNOUNCEMENTS, MAX_EVENTS};
use crate::runs::record::subscription::Subscribers;
use crate::runs::schedule::handle::MAX_COMMANDS;
use crate::runs::schedule::hub::{Hub, HubParts};
use crate::runs::schedule::runner::Elsewhere;
use crate::runs::schedule::supervisor::{ByRuntime, Execute};
use crate::runs::schedule::worlds::WorldProvider;
use crate::runs::{History, KeptDetail, Recorded, RunsHandle, Snapshot, Update};
use crate::runtime::{Keeper, KeepsNothing, event_queue};

/// The settings and parts from which [`Runs`] is made.
#[derive(Debug)]
pub struct RunsSettings {
    /// The provider of models and tools.
    pub worlds: Arc<dyn WorldProvider>,
    /// The channel that gets every update. If it is full, the runs wait, so that nothing is lost;
    /// if its receiver is gone, it is no longer used.
    pub journal: Option<mpsc::Sender<Update>>,
    /// The history of the runs.
    pub history: Option<History>,
    /// How much detail of the runs is kept in memory.
    pub kept_detail: KeptDetail,
    /// Where runs are executed; `None` for this process.
    pub elsewhere: Option<Elsewhere>,
}

/// The owner of all tasks of the runs. Dropping it aborts them; [`Runs::shutdown`] ends them in
/// order.
#[derive(Debug)]
pub struct Runs {
    hub: JoinSet<()>,
    feed: JoinSet<Snapshot>,
    writer: JoinSet<()>,
    shutdown: CancellationToken,
}

impl Runs {
    /// Starts the hub and the feed on the current tokio runtime.
    pub fn start(clock: SharedClock, ids: IdSource, settings: RunsSettings) -> (RunsHandle, Self) {
        Self::start_with(clock, ids, settings, Arc::new(ByRuntime))
    }

    /// Starts the hub and the feed with an external record, which the owner of the
    /// [`crate::runs::Recorder`] writes, so that another process can follow the runs.
    pub fn start_recorded(
        clock: SharedClock,
        ids: IdSource,
        settings: RunsSettings,
        recorded: Recorded,
    ) -> (RunsHandle, Self) {
        let executor = Arc::new(ByRuntime);
        Self::start_by(clock, ids, settings, (executor, Some(recorded)))
    }

    /// Starts the hub and the feed with a replacement for the runtime.
    pub(in crate::runs) fn start_with(
        clock: SharedClock,
        ids: IdSource,
        settings: RunsSettings,
        executor: Arc<dyn Execute>,
    ) -> (RunsHandle, Self) {
        Self::start_by(clock, ids, settings, (executor, None))
    }

    fn start_by(
        clock: SharedClock,
        ids: IdSource,
        settings: RunsSettings,
        (executor, recorded): (Arc<dyn Execute>, Option<Recorded>),
    ) -> (RunsHandle, Self) {
        let (commands_tx, commands_rx) = mpsc::channel(MAX_COMMANDS);
        let (snapshots_tx, snapshots_rx) = mpsc::channel(MAX_COMMANDS);
        let (announcements_tx, announcements_rx) = mpsc::channel(MAX_ANNOUNCEMENTS);
        let (events_tx, events_rx) = event_queue(MAX_EVENTS);
        let subscribers = Subscribers::default();
        let shutdown = CancellationToken::new();
        let announced = Announced::default();
        let keeping = settings
            .history
            .as_ref()
            .map_or(Keeping::Nothing, History::keeping);
        let kept = settings.history.map(|history| history.start(&commands_tx));
        let (history, keeper, live_history, writer) = match kept {
            Some((records, keeper, live, writer)) => {
                (Some(records), keeper, Some(live), Some(writer))
            }
            None => match recorded {
                Some(recorded) => (Some(recorded.records), recorded.keeper, None, None),
                None => (None, Arc::new(KeepsNothing) as Arc<dyn Keeper>, None, None),
            },
        };
        let hub = Hub::new(HubParts {
            clock,
            ids: ids.clone(),
            worlds: settings.worlds,
            executor,
            commands_rx,
            announcements_tx,
            announced: announced.clone(),
            events_tx,
            keeper,
            keeping,
            elsewhere: settings.elsewhere,
            shutdown: shutdown.clone(),
        });
        let feed = Feed {
            announced,
            kept_detail: settings.kept_detail,
            events_rx,
            announcements_rx,
            snapshots_rx,
            subscribers: subscribers.clone(),
            journal: settings.journal,
            history,
        };
        let mut owner = Self {
            hub: JoinSet::new(),
            feed: JoinSet::new(),
            writer: JoinSet::new(),
            shutdown,
        };
        owner.hub.spawn(hub.work());
        owner.feed.spawn(feed.work());
        if let Some(writer) = writer {
            owner.writer.spawn(writer.work());
        }
        let handle = RunsHandle {
            commands_tx,
            snapshots_tx,
            subscribers,
            history: live_history,
            ids,
        };
        (handle, owner)
    }

    /// Cancels unfinished runs, waits until the end of every run is written and the history is
    /// closed, and returns all records. Subscriptions and the journal end.
    pub async fn shutdown(self) -> Snapshot {
        let (last, history) = self.end().await;
        history.closed().await;
        last
    }

    /// Cancels unfinished runs, waits until the end of every run is written, and returns all
    /// records and the history, which is still closing. Subscriptions and the journal end.
    pub async fn end(mut self) -> (Snapshot, ClosingHistory) {
        self.shutdown.cancel();
        while self.hub.join_next().await.is_some() {}
        let last = match self.feed.join_next().await {
            Some(Ok(snapshot)) => snapshot,
            Some(Err(_)) | None => Snapshot::default(),
        };
        (last, ClosingHistory(self.writer))
    }
}

/// The history after the end of all runs: everything is written, and it is being tidied and closed.
/// If this is dropped, the next process that opens the history does that.
#[derive(Debug)]
pub struct ClosingHistory(JoinSet<()>);

impl ClosingHistory {
    /// Waits until the history is closed.
    pub async fn closed(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}
