//! The session of one process with the history file: its open runs, and the writing of their
//! events.

use std::borrow::Cow;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::error::{During, HistoryError};
use super::file::LOG_PAGES;
use super::lease::Lease;
use super::resume::{TakenBatch, take_over};
use super::retention::{Retention, delete_runs, retain, vacuum};
use super::rows::{
    RunRow, client_message, insert_batch, insert_client_message, insert_run, json, row_of, taken,
    unwritable, update_run,
};
use super::tidy::tidy;
use super::{HistoryFile, HistorySettings, entry};
use crate::base::hash::{HashMap, HashSet, IndexMap};
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::{RunSummary, Update};
use crate::trace::{Event, RunEvent, RunEventBody};

/// The maximum number of runs that are tidied in one step, so that others can write in between.
const TIDIED_AT_ONCE: usize = 16;

/// An open file, with the state of this process's runs.
#[derive(Debug)]
pub(super) struct Session {
    file: HistoryFile,
    retention: Retention,
    /// Whether there may be runs to delete or tidy.
    has_chores: bool,
    /// Whether a checkpoint of the write-ahead log is due.
    is_log_long: bool,
    connection: Connection,
    lease: Lease,
    /// The rows of the active runs.
    rows: HashMap<RunId, RunRow>,
    /// The runs that another process has taken over, of which nothing is written.
    lost: HashSet<RunId>,
    /// The active runs that are not recorded completely.
    partly: HashMap<RunId, Keeping>,
    /// The requests that were written since the last call of `take_requests`.
    requests: Vec<(RunId, RequestId)>,
}

/// The events of one run that are to be written.
#[derive(Default)]
struct Pending {
    /// The number of the first event.
    first: Option<u64>,
    lines: Vec<u8>,
    /// A piece of an answer to which the next piece may be joined.
    piece: Option<RunEvent>,
    end: Option<End>,
}

/// The data from the end of a run.
struct End {
    outputs: String,
    error: Option<String>,
}

impl Session {
    pub(super) fn new(settings: &HistorySettings, connection: Connection, owner: String) -> Self {
        Self {
            file: settings.file.clone(),
            retention: settings.retention,
            has_chores: true,
            is_log_long: false,
            connection,
            lease: Lease::new(owner),
            rows: HashMap::default(),
            lost: HashSet::default(),
            partly: HashMap::default(),
            requests: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns the file if a checkpoint of its write-ahead log is due.
    pub(super) fn checkpoint_due(&self) -> Option<HistoryFile> {
        self.is_log_long.then(|| self.file.clone())
    }

    /// Returns whether there is work for idle times.
    pub(super) fn has_chores(&self) -> bool {
        self.has_chores
    }

    /// Does a small part of the work for idle times: deletes runs that exceed the limits, and
    /// tidies ended runs.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub(super) fn do_chores(&mut self) -> Result<(), HistoryError> {
        let is_more = retain(&mut self.connection, self.file.path(), self.retention)?;
        self.has_chores = self.tidy()? || is_more;
        Ok(())
    }

    pub(super) fn take_over(
        &mut self,
        batch: &BatchId,
        only: Option<&[RunId]>,
    ) -> Result<TakenBatch, HistoryError> {
        let (connection, lease) = (&mut self.connection, &mut self.lease);
        let taken = take_over(connection, lease, &self.file, batch, only)?;
        for run in &taken.runs {
            self.lost.remove(&run.run);
        }
        Ok(taken)
    }

    /// Tidies some runs; returns whether there are more.
    pub(super) fn tidy(&mut self) -> Result<bool, HistoryError> {
        let tidied = tidy(&mut self.connection, self.file.path(), TIDIED_AT_ONCE)?;
        Ok(tidied == TIDIED_AT_ONCE)
    }

    pub(super) fn delete(
        &mut self,
        runs: &[RunId],
        batches: &[BatchId],
    ) -> Result<usize, HistoryError> {
        delete_runs(&mut self.connection, self.file.path(), runs, batches)
    }

    pub(super) fn vacuum(&mut self) -> Result<(), HistoryError> {
        vacuum(&self.connection, self.file.path())
    }

    /// Returns the requests of effects that were written since the last call.
    pub(super) fn take_requests(&mut self) -> Vec<(RunId, RequestId)> {
        std::mem::take(&mut self.requests)
    }

    /// Writes all records in one transaction and returns the runs that were found to be lost.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub(super) fn write(
        &mut self,
        records: &[(Vec<Update>, Vec<RunSummary>)],
    ) -> Result<Vec<RunId>, HistoryError> {
        let Self {
            file,
            connection,
            lease,
            rows,
            lost,
            partly,
            requests,
            has_chores,
            is_log_long,
            ..
        } = self;
        let mut write = || -> rusqlite::Result<Vec<RunId>> {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut newly_lost = Vec::new();
            if lease.renew(&transaction)? {
                newly_lost = taken(&transaction, &lease.owner, rows)?;
                lost.extend(newly_lost.iter().cloned());
            }
            let mut pending: IndexMap<&RunId, Pending> = IndexMap::default();
            let updates = records.iter().flat_map(|(updates, _)| updates);
            for update in updates {
                match update {
                    Update::BatchStarted(record) if record.terms.keeping == Keeping::Nothing => {}
                    Update::BatchStarted(record) => insert_batch(&transaction, record)?,
                    Update::Events(events) => {
                        for event in events.iter().filter(|event| !lost.contains(&event.run)) {
                            if let RunEventBody::Traced(Event::ToolExecutionRequest {
                                request_id,
                                ..
                            }) = &event.body
                            {
                                requests.push((event.run.clone(), request_id.clone()));
                            }
                            let Some(kept) = kept(event, partly) else {
                                continue;
                            };
                            if let RunEventBody::Planned(planned) = &kept.body {
                                let row = insert_run(&transaction, &kept, planned, lease)?;
                                rows.insert(event.run.clone(), row);
                            }
                            if let Some(message) = client_message(&kept)
                                && let Some(row) =
                                    row_of(&transaction, &event.run, rows, &lease.owner)?
                            {
                                insert_client_message(&transaction, *row, message)?;
                            }
                            pending.entry(&event.run).or_default().push(&kept)?;
                        }
                    }
                    // They change no run.
                    Update::BatchChanged(_)
                    | Update::BatchEnded(_)
                    | Update::LetGo(_)
                    | Update::Forgotten { .. }
                    | Update::HistoryOff(_)
                    | Update::Snapshot { .. } => {}
                }
            }
            for (run, pending) in &mut pending {
                if let Some(row) = row_of(&transaction, run, rows, &lease.owner)? {
                    pending.insert(&transaction, row.number)?;
                } else {
                    requests.retain(|(of, _)| of != *run);
                    lost.insert(RunId::clone(run));
                    newly_lost.push(RunId::clone(run));
                }
            }
            let changed = records.iter().flat_map(|(_, changed)| changed);
            let changed = changed.filter(|summary| summary.terms.keeping < Keeping::Nothing);
            let newest: HashMap<&RunId, &RunSummary> =
                changed.map(|summary| (&summary.run, summary)).collect();
            for (run, summary) in newest {
                if !lost.contains(run)
                    && let Some(row) = row_of(&transaction, run, rows, &lease.owner)?
                {
                    update_run(&transaction, row, summary)?;
                    if summary.is_over() {
                        rows.remove(run);
                        partly.remove(run);
                        *has_chores = true;
                    }
                }
            }
            transaction.commit()?;
            *is_log_long = unwritten_pages(connection)? > LOG_PAGES;
            Ok(newly_lost)
        };
        write().during("written", file.path())
    }

    /// Ends the lease of this process.
    pub(super) fn close(self) {
        if let Err(error) = self.lease.give_up(&self.connection) {
            tracing::warn!(%error, "the lease of the history is not given up");
        }
    }
}

/// Returns the number of pages in the write-ahead log that are not yet in the file.
fn unwritten_pages(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA wal_checkpoint(NOOP)")?
        .query_row([], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
}

/// Returns the part of an event that is recorded; `None` if there is none.
fn kept<'e>(
    event: &'e RunEvent,
    partly: &mut HashMap<RunId, Keeping>,
) -> Option<Cow<'e, RunEvent>> {
    if let RunEventBody::Planned(planned) = &event.body
        && planned.terms.keeping > Keeping::All
    {
        partly.insert(event.run.clone(), planned.terms.keeping);
    }
    match partly.get(&event.run) {
        None | Some(Keeping::All) => Some(Cow::Borrowed(event)),
        Some(Keeping::Outline) => Some(Cow::Owned(event.outline())),
        Some(Keeping::Nothing) => {
            if matches!(event.body, RunEventBody::Ended { .. }) {
                partly.remove(&event.run);
            }
            None
        }
    }
}

impl Pending {
    fn push(&mut self, event: &RunEvent) -> rusqlite::Result<()> {
        self.first.get_or_insert(event.seq);
        if let Some(piece) = &mut self.piece
            && piece.join(event)
        {
            piece.joined += 1 + event.joined;
            return Ok(());
        }
        self.flush()?;
        if event.body.is_piece() {
            self.piece = Some(event.clone());
            return Ok(());
        }
        if let RunEventBody::Ended { outputs, error, .. } = &event.body {
            self.end = Some(End {
                outputs: json(outputs)?,
                error: error.as_ref().map(json).transpose()?,
            });
        }
        entry::write(event, &mut self.lines).map_err(unwritable)
    }

    /// Writes the pending piece, to which nothing more is joined.
    fn flush(&mut self) -> rusqlite::Result<()> {
        match self.piece.take() {
            Some(piece) => entry::write(&piece, &mut self.lines).map_err(unwritable),
            None => Ok(()),
        }
    }

    fn insert(&mut self, transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
        self.flush()?;
        transaction
            .prepare_cached("INSERT INTO entries (run, first, body) VALUES (?1, ?2, ?3)")?
            .execute(params![number, self.first, self.lines])?;
        if let Some(End { outputs, error }) = &self.end {
            transaction
                .prepare_cached("UPDATE runs SET outputs = ?2, error = ?3 WHERE number = ?1")?
                .execute(params![number, outputs, error])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::Durability;

    #[test]
    fn a_long_log_is_written_into_the_file_beside_who_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = HistoryFile::new(folder.path().join("history.db"));
        let mut connection = file.open_to_write(Durability::Process).unwrap();
        let write = |transaction: &Transaction<'_>, numbers: std::ops::Range<i64>| {
            for number in numbers {
                transaction
                    .execute(
                        "INSERT INTO specs (hash, text) VALUES (?1, ?2)",
                        params![number.to_string(), "x".repeat(16 << 10)],
                    )
                    .unwrap();
            }
        };
        let transaction = connection.transaction().unwrap();
        write(&transaction, 0..LOG_PAGES / 3);
        transaction.commit().unwrap();
        assert!(unwritten_pages(&connection).unwrap() > LOG_PAGES);

        let transaction = connection.transaction().unwrap();
        write(&transaction, -8..0);
        file.checkpoint().unwrap();
        transaction.commit().unwrap();
        let n_unwritten = unwritten_pages(&connection).unwrap();
        assert!((1..100).contains(&n_unwritten), "{n_unwritten}");
    }
}
