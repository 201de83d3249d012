//! One process at the file of the history: what it writes, and of which runs.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use super::error::{During, HistoryError};
use super::lease::Lease;
use super::resume::{TakenBatch, take_over};
use super::retention::{Retention, delete_runs, retain, vacuum};
use super::tidy::tidy;
use super::{HistoryFile, HistorySettings, entry};
use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::{BatchRecord, RunSummary, Update, milliseconds};
use crate::trace::{Event, Planned, RunEvent, RunEventBody};

/// How many runs are tidied before others may write.
const TIDIED_AT_ONCE: usize = 16;

/// An open file and what this process has in it.
#[derive(Debug)]
pub(super) struct Session {
    file: HistoryFile,
    retention: Retention,
    /// Whether runs may be there that are to be deleted or tidied.
    has_chores: bool,
    connection: Connection,
    lease: Lease,
    /// The rows of the runs that are not over.
    numbers: HashMap<RunId, i64>,
    /// Runs that another process took: nothing of them is written.
    lost: HashSet<RunId>,
    /// The requests that were written since they were last asked for.
    requests: Vec<(RunId, RequestId)>,
}

/// What is to be written of one run.
#[derive(Default)]
struct Pending {
    /// The lines, with the number of the first entry.
    first: u64,
    lines: Vec<u8>,
    /// A piece of an answer, to which the next one may be joined.
    piece: Option<RunEvent>,
    next: u64,
    last_at: Timestamp,
    end: Option<End>,
}

/// What the end of a run brings.
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
            connection,
            lease: Lease::new(owner),
            numbers: HashMap::new(),
            lost: HashSet::new(),
            requests: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Whether something is left to do when there is time.
    pub(super) fn has_chores(&self) -> bool {
        self.has_chores
    }

    /// Does a little of what is done when there is time: deletes what is kept no longer, tidies what is over.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub(super) fn do_chores(&mut self) -> Result<(), HistoryError> {
        let is_more = retain(&mut self.connection, self.file.path(), self.retention)?;
        self.has_chores = self.tidy()? || is_more;
        Ok(())
    }

    pub(super) fn take_over(&mut self, batch: &BatchId) -> Result<TakenBatch, HistoryError> {
        let taken = take_over(&mut self.connection, &mut self.lease, &self.file, batch)?;
        for run in &taken.runs {
            self.lost.remove(&run.run);
        }
        Ok(taken)
    }

    /// Tidies some runs; gives whether there are more.
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

    /// The requests of effects that were written since this was last asked.
    pub(super) fn take_requests(&mut self) -> Vec<(RunId, RequestId)> {
        std::mem::take(&mut self.requests)
    }

    /// Writes all of it or nothing, and gives the runs that were found lost.
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
            numbers,
            lost,
            requests,
            has_chores,
            ..
        } = self;
        let mut write = || -> rusqlite::Result<Vec<RunId>> {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut newly_lost = Vec::new();
            if lease.renew(&transaction)? {
                newly_lost = taken(&transaction, &lease.owner, numbers)?;
                lost.extend(newly_lost.iter().cloned());
            }
            let mut pending: IndexMap<&RunId, Pending> = IndexMap::new();
            let updates = records.iter().flat_map(|(updates, _)| updates);
            for update in updates {
                match update {
                    Update::BatchStarted(record) => insert_batch(&transaction, record)?,
                    Update::Events(events) => {
                        for event in events.iter().filter(|event| !lost.contains(&event.run)) {
                            if let RunEventBody::Planned(planned) = &event.body {
                                let number = insert_run(&transaction, event, planned, lease)?;
                                numbers.insert(event.run.clone(), number);
                            }
                            if let RunEventBody::Traced(Event::ToolExecutionRequest {
                                request_id,
                                ..
                            }) = &event.body
                            {
                                requests.push((event.run.clone(), request_id.clone()));
                            }
                            pending.entry(&event.run).or_default().push(event)?;
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
                if let Some(number) = number_of(&transaction, run, numbers, &lease.owner)? {
                    pending.insert(&transaction, number)?;
                } else {
                    requests.retain(|(of, _)| of != *run);
                    lost.insert(RunId::clone(run));
                    newly_lost.push(RunId::clone(run));
                }
            }
            let changed = records.iter().flat_map(|(_, changed)| changed);
            let newest: HashMap<&RunId, &RunSummary> =
                changed.map(|summary| (&summary.run, summary)).collect();
            for (run, summary) in newest {
                if !lost.contains(run)
                    && let Some(number) = number_of(&transaction, run, numbers, &lease.owner)?
                {
                    update_run(&transaction, number, summary)?;
                    if summary.is_over() {
                        numbers.remove(run);
                        *has_chores = true;
                    }
                }
            }
            transaction.commit()?;
            Ok(newly_lost)
        };
        write().during("written", file.path())
    }

    /// Ends what this process has at the file.
    pub(super) fn close(self) {
        if let Err(error) = self.lease.give_up(&self.connection) {
            tracing::warn!(%error, "the lease of the history is not given up");
        }
    }
}

impl Pending {
    fn push(&mut self, event: &RunEvent) -> rusqlite::Result<()> {
        if self.next == 0 {
            self.first = event.seq;
        }
        self.next = event.seq + event.joined + 1;
        self.last_at = event.timestamp;
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

    /// Writes the piece to which nothing more is joined.
    fn flush(&mut self) -> rusqlite::Result<()> {
        match self.piece.take() {
            Some(piece) => entry::write(&piece, &mut self.lines).map_err(unwritable),
            None => Ok(()),
        }
    }

    fn insert(&mut self, transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
        self.flush()?;
        transaction
            .prepare_cached("INSERT INTO entries (run, first, next, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![number, self.first, self.next, self.lines])?;
        transaction
            .prepare_cached("UPDATE runs SET n_entries = ?2, last_at = ?3 WHERE number = ?1")?
            .execute(params![number, self.next, time(self.last_at)])?;
        if let Some(End { outputs, error }) = &self.end {
            transaction
                .prepare_cached("UPDATE runs SET outputs = ?2, error = ?3 WHERE number = ?1")?
                .execute(params![number, outputs, error])?;
        }
        Ok(())
    }
}

fn insert_batch(transaction: &Transaction<'_>, record: &BatchRecord) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR IGNORE INTO batches (id, workspace, spec, launched_at, plan)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            record.id.as_str(),
            record.terms.origin.workspace.to_string_lossy(),
            record.spec_name,
            time(record.launched_at),
            json(record.terms.as_ref())?
        ])?;
    Ok(())
}

fn insert_run(
    transaction: &Transaction<'_>,
    event: &RunEvent,
    planned: &Planned,
    lease: &Lease,
) -> rusqlite::Result<i64> {
    let terms = &planned.terms;
    transaction
        .prepare_cached("INSERT OR IGNORE INTO specs (hash, text) VALUES (?1, ?2)")?
        .execute(params![terms.spec.hash, terms.spec.text])?;
    let forked_from = planned.forked_from.as_ref().map(json).transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO runs (id, batch, idx, spec, spec_hash, state, owner, planned_at, label, inputs,
                               forked_from, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?4, ?8, ?9, ?7)",
        )?
        .execute(params![
            event.run.as_str(),
            planned.batch.as_str(),
            planned.index,
            terms.component.name,
            terms.spec.hash,
            lease.owner,
            time(event.timestamp),
            json(&planned.run.inputs)?,
            forked_from,
        ])?;
    Ok(transaction.last_insert_rowid())
}

fn update_run(
    transaction: &Transaction<'_>,
    number: i64,
    summary: &RunSummary,
) -> rusqlite::Result<()> {
    let at = summary.active_since.or(summary.ended_at);
    let active = summary.duration(at.unwrap_or_default());
    transaction
        .prepare_cached(
            "UPDATE runs SET state = ?2, is_over = ?3, started_at = ?4, ended_at = ?5, duration_ms = ?6,
                             label = ?7, result = ?8, usage = ?9, tools = ?10
             WHERE number = ?1",
        )?
        .execute(params![
            number,
            summary.state.name(),
            summary.is_over(),
            summary.started_at.map(time),
            summary.ended_at.map(time),
            milliseconds(active),
            summary.label(),
            summary.first_line_of_result(),
            json(&summary.usage)?,
            json(&summary.tools)?,
        ])?;
    Ok(())
}

/// The row of a run, which another process may have begun; none if it is not ours any more, or was deleted.
fn number_of(
    transaction: &Transaction<'_>,
    run: &RunId,
    numbers: &mut HashMap<RunId, i64>,
    owner: &str,
) -> rusqlite::Result<Option<i64>> {
    if let Some(number) = numbers.get(run) {
        return Ok(Some(*number));
    }
    let found: Option<i64> = transaction
        .prepare_cached("SELECT number FROM runs WHERE id = ?1 AND owner = ?2")?
        .query_row([run.as_str(), owner], |row| row.get(0))
        .optional()?;
    if let Some(number) = found {
        numbers.insert(run.clone(), number);
    }
    Ok(found)
}

/// Which of our runs another process has.
fn taken(
    transaction: &Transaction<'_>,
    owner: &str,
    numbers: &mut HashMap<RunId, i64>,
) -> rusqlite::Result<Vec<RunId>> {
    let mut statement = transaction.prepare_cached("SELECT owner FROM runs WHERE number = ?1")?;
    let mut taken = Vec::new();
    for (run, number) in numbers.iter() {
        let now: Option<Option<String>> =
            statement.query_row([number], |row| row.get(0)).optional()?;
        if now.flatten().as_deref() != Some(owner) {
            taken.push(run.clone());
        }
    }
    for run in &taken {
        numbers.remove(run);
    }
    Ok(taken)
}

/// A time as it stands in the file.
pub(super) fn time(at: Timestamp) -> i64 {
    i64::try_from(at.as_ns()).unwrap_or(i64::MAX)
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
