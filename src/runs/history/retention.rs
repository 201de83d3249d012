//! Deletion of runs: at a user's request, because of their age, or because of the file's size.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{During, HistoryError};
use super::lease::{Holder, holder};
use crate::base::clock::{Clock, WallClock};
use crate::base::ids::{BatchId, RunId};

/// The maximum number of runs that are deleted in one transaction, so that nobody waits long for
/// the file.
const AT_ONCE: usize = 200;

/// How long runs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The maximum age of a run.
    pub max_age: Option<Duration>,
    /// The maximum size of the file; beyond it, the oldest runs are deleted.
    pub max_bytes: Option<u64>,
}

/// Deletes some of the runs that exceed the limits, in a short time. Returns whether there are
/// more.
pub(super) fn retain(
    connection: &mut Connection,
    path: &Path,
    retention: Retention,
) -> Result<bool, HistoryError> {
    let mut work = || -> rusqlite::Result<bool> {
        let mut numbers = match retention.max_age {
            Some(age) => oldest(connection, Some(age))?,
            None => Vec::new(),
        };
        if numbers.is_empty()
            && retention
                .max_bytes
                .is_some_and(|most| size(connection).is_ok_and(|bytes| bytes > most))
        {
            numbers = oldest(connection, None)?;
        }
        if numbers.is_empty() {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        delete(&transaction, &numbers)?;
        transaction.commit()?;
        connection.execute_batch("PRAGMA incremental_vacuum(1000)")?;
        Ok(true)
    };
    work().during("written", path)
}

/// Deletes runs, and batches without any runs left, except for runs that a running process
/// executes. Returns the number of deleted runs.
pub(super) fn delete_runs(
    connection: &mut Connection,
    path: &Path,
    runs: &[RunId],
    batches: &[BatchId],
) -> Result<usize, HistoryError> {
    let mut work = || -> rusqlite::Result<usize> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut numbers: Vec<i64> = Vec::new();
        let named = runs.iter().map(|run| ("id", run.as_str()));
        let named = named.chain(batches.iter().map(|batch| ("batch", batch.as_str())));
        for (column, id) in named {
            let query = format!("SELECT number, owner, is_over FROM runs WHERE {column} = ?1");
            let mut statement = transaction.prepare_cached(&query)?;
            let found = statement.query_map([id], |row| {
                Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?))
            })?;
            for row in found {
                let (number, owner, is_over): (i64, Option<String>, bool) = row?;
                let is_carried_out = !is_over
                    && owner.is_some_and(|owner| {
                        matches!(holder(&transaction, &owner), Ok(Holder::Alive(_)))
                    });
                if !is_carried_out {
                    numbers.push(number);
                }
            }
        }
        delete(&transaction, &numbers)?;
        transaction.commit()?;
        Ok(numbers.len())
    };
    work().during("written", path)
}

/// Returns the space of deleted runs to the file system.
pub(super) fn vacuum(connection: &Connection, path: &Path) -> Result<(), HistoryError> {
    let work = || -> rusqlite::Result<()> {
        connection.execute_batch("INSERT INTO words (words) VALUES ('optimize')")?;
        connection.execute_batch("VACUUM")?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    };
    work().during("written", path)
}

fn delete(transaction: &Transaction<'_>, numbers: &[i64]) -> rusqlite::Result<()> {
    for number in numbers {
        transaction
            .prepare_cached("DELETE FROM words WHERE rowid = ?1")?
            .execute([number])?;
        // Its entries go with it.
        transaction
            .prepare_cached("DELETE FROM runs WHERE number = ?1")?
            .execute([number])?;
    }
    transaction.execute_batch(
        "DELETE FROM batches WHERE NOT EXISTS (SELECT 1 FROM runs WHERE batch = batches.id);
         DELETE FROM specs WHERE NOT EXISTS (SELECT 1 FROM runs WHERE spec_hash = specs.hash);",
    )
}

/// Returns some of the oldest ended runs.
fn oldest(connection: &Connection, older_than: Option<Duration>) -> rusqlite::Result<Vec<i64>> {
    let now = WallClock.now().as_ns();
    let before = match older_than {
        Some(age) => now.saturating_sub(u64::try_from(age.as_nanos()).unwrap_or(u64::MAX)),
        None => now,
    };
    let query =
        "SELECT number FROM runs WHERE is_over = 1 AND planned_at < ?1 ORDER BY number LIMIT ?2";
    let mut statement = connection.prepare_cached(query)?;
    let rows = statement.query_map(rusqlite::params![before, AT_ONCE], |row| row.get(0))?;
    rows.collect()
}

/// Returns the number of used bytes in the file.
fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let count = |pragma: &str| -> rusqlite::Result<u64> {
        connection.pragma_query_value(None, pragma, |row| row.get(0))
    };
    let pages = count("page_count")?.saturating_sub(count("freelist_count")?);
    Ok(pages * count("page_size")?)
}
