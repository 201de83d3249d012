//! The history: a file with the records of runs, which outlives the program.
//!
//! The [`writer`] writes what the feed has folded, in one transaction for everything that waits.
//! The end of a run is reported only when it is on disk, and a tool that must not be called twice
//! is called only when its request is on disk.

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

/// The settings of the history.
#[derive(Clone, Debug)]
pub struct HistorySettings {
    /// The location of the file.
    pub file: HistoryFile,
    /// When written data is safe.
    pub durability: Durability,
    /// How long runs are kept.
    pub retention: Retention,
    /// The maximum detail that is kept of a run.
    pub keeping: Keeping,
}

/// The error that turned the history off, if there was one.
type Trouble = Option<Arc<HistoryError>>;

/// A history that this process has opened for writing.
#[derive(Debug)]
pub struct History {
    session: Session,
    keeping: Keeping,
}

impl History {
    /// Opens the file; creates it if necessary.
    ///
    /// # Errors
    /// [`HistoryError`]; the file is then unchanged.
    pub fn open(settings: &HistorySettings) -> Result<Self, HistoryError> {
        let connection = settings.file.open_to_write(settings.durability)?;
        let owner = IdSource::Random.uuid();
        let session = Session::new(settings, connection, owner);
        Ok(Self {
            session,
            keeping: settings.keeping,
        })
    }

    /// Returns the maximum detail that is kept of a run.
    pub(in crate::runs) const fn keeping(&self) -> Keeping {
        self.keeping
    }

    /// Takes over the runs of a batch that have not ended, or that stopped because no person was
    /// available or the program was terminated.
    ///
    /// # Errors
    /// [`HistoryError::Alive`] if a running process executes the batch, or another error of the
    /// file. Nothing is changed then.
    pub fn take_over(&mut self, batch: &BatchId) -> Result<TakenBatch, HistoryError> {
        self.session.take_over(batch, None)
    }

    /// Adds the words of ended runs to the search index and compresses their events.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn tidy(&mut self) -> Result<(), HistoryError> {
        while self.session.tidy()? {}
        Ok(())
    }

    /// Deletes runs, and batches with all their runs, except for runs that a running process
    /// executes. Returns the number of deleted runs.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn delete(&mut self, runs: &[RunId], batches: &[BatchId]) -> Result<usize, HistoryError> {
        self.session.delete(runs, batches)
    }

    /// Returns the space of deleted runs to the file system.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn vacuum(&mut self) -> Result<(), HistoryError> {
        self.session.vacuum()
    }

    /// Starts the history. Returns the feed's end, the keeper for effects, the handle for requests,
    /// and the writing task.
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

/// The feed's connection to the writer.
#[derive(Debug)]
pub(in crate::runs) struct Records {
    records_tx: mpsc::Sender<Record>,
    trouble_rx: watch::Receiver<Trouble>,
}

/// Returns whether a run has ended or waits for an answer.
fn rests(run: &RunSummary) -> bool {
    run.is_over() || matches!(run.state, RunState::Answered | RunState::NeedsInput)
}

impl Records {
    /// Passes updates to the writer. Waits until they are on disk if a batch began, or if a run
    /// ended or waits for an answer, because that is reported afterwards.
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

    /// Completes when the history is turned off by an error; never without a history.
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
