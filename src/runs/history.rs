//! The history: what runs do is kept in a file, so that it outlives the program.
//!
//! The [`writer`] writes what the feed folded in, in one transaction for all that waits. The end of a run is reported,
//! and a tool that must not be called twice is called, only when it is on disk.

mod call_again;
mod edit;
mod entries;
mod entry;
mod error;
mod file;
mod fork;
mod lease;
mod live;
mod pack;
mod query;
mod recorder;
mod recording;
mod reload;
mod resume;
mod retention;
mod rows;
mod served;
mod session;
mod tidy;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use call_again::CallAgain;
pub use edit::EditError;
pub use entry::{read as read_entries, write as write_entry};
pub use error::HistoryError;
pub use file::{Durability, HistoryFile};
pub use fork::{Change, ForkError, Forked};
pub use live::LiveHistory;
pub use query::{
    HistoryFilter, HistoryReader, InterruptedBatch, KeptBatch, ListPlace, ListedRun, Named,
};
pub use recorder::{Recorded, Recorder, ToRecord};
pub(in crate::runs) use recording::in_time;
pub(crate) use recording::{Recording, RecordingError};
pub use reload::{ReloadError, ReloadOptions, Reloaded, kept_spec, kept_text};
#[cfg(feature = "nats")]
pub(crate) use resume::open_again;
pub use resume::{TakenBatch, TakenRun};
pub use retention::Retention;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use self::session::Session;
use self::waiting::Waiting;
use self::writer::{MAX_RECORDS, Record, Writer};
use crate::base::ids::{BatchId, IdSource, RunId};
use crate::base::keeping::Keeping;
use crate::runs::{BatchTerms, RunSummary, RunsCommand, Update};
use crate::runtime::Keeper;
use crate::trace::RunState;

/// How the history is kept.
#[derive(Clone, Debug)]
pub struct HistorySettings {
    /// The file.
    pub file: HistoryFile,
    /// When what is written is safe.
    pub durability: Durability,
    /// How much of it is kept.
    pub retention: Retention,
    /// The most that is kept of a run.
    pub keeping: Keeping,
}

/// Why nothing is kept any more.
type Trouble = Option<Arc<HistoryError>>;

/// A history that is open to be written by this process.
#[derive(Debug)]
pub struct History {
    session: Session,
    keeping: Keeping,
}

impl History {
    /// Opens the file; makes it if it is not there.
    ///
    /// # Errors
    /// [`HistoryError`]; the file is then as it was.
    pub fn open(settings: &HistorySettings) -> Result<Self, HistoryError> {
        let connection = settings.file.open_to_write(settings.durability)?;
        let owner = IdSource::Random.uuid();
        let session = Session::new(settings, connection, owner);
        Ok(Self {
            session,
            keeping: settings.keeping,
        })
    }

    /// The most that is kept of a run.
    pub(in crate::runs) const fn keeping(&self) -> Keeping {
        self.keeping
    }

    /// Takes the runs of a batch over that are not over, or that stopped because a person or the program was gone.
    ///
    /// # Errors
    /// [`HistoryError::Alive`] if a living process carries it out; or what else is wrong with the file. Nothing is changed
    /// then.
    pub fn take_over(&mut self, batch: &BatchId) -> Result<TakenBatch, HistoryError> {
        self.session.take_over(batch, None)
    }

    /// Puts all words of runs that are over into the index, so that a search finds them, and packs their entries.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn tidy(&mut self) -> Result<(), HistoryError> {
        while self.session.tidy()? {}
        Ok(())
    }

    /// Deletes runs, and batches with all their runs; those that a living process carries out are left alone. Gives how many
    /// were deleted.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn delete(&mut self, runs: &[RunId], batches: &[BatchId]) -> Result<usize, HistoryError> {
        self.session.delete(runs, batches)
    }

    /// Gives the room of what was deleted back to the disk.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn vacuum(&mut self) -> Result<(), HistoryError> {
        self.session.vacuum()
    }

    /// Opens the history: what the feed gives its records to, what runs wait for, what is asked of it meanwhile, and the
    /// task that writes.
    pub(in crate::runs) fn start(
        self,
        commands_tx: &mpsc::Sender<RunsCommand>,
    ) -> (Records, Arc<dyn Keeper>, LiveHistory, Writer) {
        let (live, requests_rx) = LiveHistory::new();
        let (records_tx, records_rx) = mpsc::channel(MAX_RECORDS);
        let (trouble_tx, trouble_rx) = watch::channel(None);
        let waiting = Waiting::default();
        let records = Records {
            records_tx,
            trouble_rx,
        };
        let writer = Writer {
            session: self.session,
            records_rx,
            requests_rx,
            waiting: waiting.clone(),
            trouble: trouble_tx,
            commands_tx: commands_tx.downgrade(),
        };
        (records, Arc::new(waiting), live, writer)
    }
}

/// The feed's way to the writer.
#[derive(Debug)]
pub(in crate::runs) struct Records {
    records_tx: mpsc::Sender<Record>,
    trouble_rx: watch::Receiver<Trouble>,
}

/// Whether a run is over, or waits for somebody.
fn rests(run: &RunSummary) -> bool {
    run.is_over() || matches!(run.state, RunState::Answered | RunState::NeedsInput)
}

impl Records {
    /// Gives what was folded in to the writer; waits until it is on disk where a batch began, and where a run ended or waits for
    /// somebody, who is informed then.
    pub(in crate::runs) async fn keep(&self, updates: &[Update], changed: Vec<RunSummary>) {
        let begins = |update: &Update| matches!(update, Update::BatchStarted(_));
        let is_awaited = updates.iter().any(begins) || changed.iter().any(rests);
        let (done_tx, done_rx) = oneshot::channel();
        let record = Record {
            updates: updates.to_vec(),
            changed,
            done: is_awaited.then_some(done_tx),
        };
        if self.records_tx.send(record).await.is_ok() && is_awaited {
            // A writer that is gone keeps nothing, and nobody waits for it.
            let _kept = done_rx.await;
        }
    }

    /// Ready when nothing is kept any more; never where there is no history.
    pub(in crate::runs) async fn trouble(records: Option<&mut Self>) -> Arc<HistoryError> {
        let Some(records) = records else {
            return std::future::pending().await;
        };
        let changed = records.trouble_rx.wait_for(Option::is_some).await;
        match changed.map(|trouble| trouble.clone()) {
            Ok(Some(trouble)) => trouble,
            // The writer has ended without any.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}
