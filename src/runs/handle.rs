//! What screens and scripts hold: commands down, updates up.

use tokio::sync::{mpsc, oneshot};

use crate::base::ids::{BatchId, IdSource};
use crate::runs::subscription::Subscribers;
use crate::runs::{RunsCommand, Snapshot, Subscription};

/// How many commands may wait for the hub.
pub(super) const MAX_COMMANDS: usize = 256;

/// A question to the feed.
pub(super) type SnapshotRequest = oneshot::Sender<Snapshot>;

/// The runs, as a screen or a script has them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RunsHandle {
    pub(super) commands_tx: mpsc::Sender<RunsCommand>,
    pub(super) snapshots_tx: mpsc::Sender<SnapshotRequest>,
    pub(super) subscribers: Subscribers,
    pub(super) ids: IdSource,
}

/// A command that was not taken: too many wait already, or the runs have shut down.
#[derive(Debug, thiserror::Error)]
#[error("the runs take no command now")]
pub struct CommandRefused(pub RunsCommand);

impl RunsHandle {
    /// A new id for a batch to launch.
    pub fn new_batch_id(&self) -> BatchId {
        self.ids.batch()
    }

    /// Gives a command without waiting, for the screen.
    ///
    /// # Errors
    /// [`CommandRefused`] if 256 commands wait, or the runs have shut down.
    pub fn try_send(&self, command: RunsCommand) -> Result<(), CommandRefused> {
        self.commands_tx
            .try_send(command)
            .map_err(|error| CommandRefused(error.into_inner()))
    }

    /// Gives a command; waits while 256 wait already.
    ///
    /// # Errors
    /// [`CommandRefused`] if the runs have shut down.
    pub async fn send(&self, command: RunsCommand) -> Result<(), CommandRefused> {
        self.commands_tx
            .send(command)
            .await
            .map_err(|error| CommandRefused(error.0))
    }

    /// Begins to read what happens from now on. A reader that is too slow is told how much it
    /// missed; it never slows a run.
    pub fn subscribe(&self) -> Subscription {
        self.subscribers.subscribe()
    }

    /// All records as they are now; empty if the runs have shut down.
    pub async fn snapshot(&self) -> Snapshot {
        let (reply_tx, reply_rx) = oneshot::channel();
        if self.snapshots_tx.send(reply_tx).await.is_err() {
            return Snapshot::default();
        }
        reply_rx.await.unwrap_or_default()
    }
}
