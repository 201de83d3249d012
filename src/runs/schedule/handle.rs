//! The handle of screens and scripts on the runs: sends commands and subscribes to updates.

use std::sync::Weak;

use tokio::sync::mpsc;

use crate::base::ids::{BatchId, IdSource};
use crate::runs::record::subscription::{Queue, Subscribers};
use crate::runs::{LiveHistory, RunsCommand, Subscription};

/// The maximum number of commands that wait for the hub.
pub(in crate::runs) const MAX_COMMANDS: usize = 256;

/// The queue of a subscriber that missed updates and needs a snapshot from the feed.
pub(in crate::runs) type SnapshotRequest = Weak<Queue>;

/// A handle on the runs, for a screen or a script. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RunsHandle {
    pub(in crate::runs) commands_tx: mpsc::Sender<RunsCommand>,
    pub(in crate::runs) snapshots_tx: mpsc::Sender<SnapshotRequest>,
    pub(in crate::runs) subscribers: Subscribers,
    pub(in crate::runs) history: Option<LiveHistory>,
    pub(in crate::runs) ids: IdSource,
}

/// The error for a command that was not accepted, because too many are waiting or the runs have
/// shut down.
#[derive(Debug, thiserror::Error)]
#[error("the runs accept no command now")]
pub struct CommandRefused(pub Box<RunsCommand>);

impl RunsHandle {
    /// Makes an id for a new batch.
    pub fn new_batch_id(&self) -> BatchId {
        self.ids.batch()
    }

    /// Returns the history of the runs; `None` if there is none.
    pub fn history(&self) -> Option<&LiveHistory> {
        self.history.as_ref()
    }

    /// Sends a command without waiting, for the screen.
    ///
    /// # Errors
    /// [`CommandRefused`] if 256 commands are waiting, or the runs have shut down.
    pub fn try_send(&self, command: RunsCommand) -> Result<(), CommandRefused> {
        self.commands_tx
            .try_send(command)
            .map_err(|error| CommandRefused(Box::new(error.into_inner())))
    }

    /// Sends a command; waits while 256 commands are waiting.
    ///
    /// # Errors
    /// [`CommandRefused`] if the runs have shut down.
    pub async fn send(&self, command: RunsCommand) -> Result<(), CommandRefused> {
        self.commands_tx
            .send(command)
            .await
            .map_err(|error| CommandRefused(Box::new(error.0)))
    }

    /// Waits until a command can be sent; `None` if the runs have shut down.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(crate) async fn room(&self) -> Option<mpsc::OwnedPermit<RunsCommand>> {
        self.commands_tx.clone().reserve_owned().await.ok()
    }

    /// Subscribes to all updates from now on. A reader that is too slow gets a snapshot instead of
    /// what it missed; it never slows down a run.
    pub fn subscribe(&self) -> Subscription {
        self.subscribers.subscribe(self.snapshots_tx.clone())
    }
}

/// A replacement for the hub and the feed, for tests of the screen.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Unattended {
    /// The commands, which are not executed.
    pub(crate) commands_rx: mpsc::Receiver<RunsCommand>,
    subscribers: Subscribers,
    _snapshots_rx: mpsc::Receiver<SnapshotRequest>,
}

#[cfg(test)]
impl Unattended {
    /// Makes a handle on runs whose hub has room for a number of commands.
    pub(crate) fn runs(room: usize) -> (RunsHandle, Self) {
        let (commands_tx, commands_rx) = mpsc::channel(room);
        let (snapshots_tx, snapshots_rx) = mpsc::channel(1);
        let subscribers = Subscribers::default();
        let handle = RunsHandle {
            commands_tx,
            snapshots_tx,
            subscribers: subscribers.clone(),
            history: None,
            ids: IdSource::counted(),
        };
        let unattended = Self {
            commands_rx,
            subscribers,
            _snapshots_rx: snapshots_rx,
        };
        (handle, unattended)
    }

    /// Sends an update to every subscriber.
    pub(crate) fn publish(&self, update: &crate::runs::Update) {
        self.subscribers.publish(update);
    }
}
