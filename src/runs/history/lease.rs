//! Leases: only one process at a time executes a run, under a lease that the process renews while
//! it is alive.
//!
//! A process that was stopped for longer than its lease may have lost its runs to another one. It
//! detects this before it writes, and therefore before any effect whose request must be stored
//! first.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::base::clock::{Clock, WallClock};
use crate::base::process_mark::process_mark;

/// The duration of a lease after its renewal.
const HOLDS: Duration = Duration::from_secs(15);

/// The interval between renewals.
pub(super) const RENEWED: Duration = Duration::from_secs(5);

/// The lease of this process.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) owner: String,
    expires_at: i64,
    n_taken: i64,
}

/// The state of another owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The owner with this process id is alive, and its lease is valid.
    Alive(u32),
    /// The owner has ended, or has not renewed its lease.
    Gone,
}

impl Lease {
    /// Makes a lease that is not yet in the file.
    pub(super) fn new(owner: String) -> Self {
        Self {
            owner,
            expires_at: 0,
            n_taken: 0,
        }
    }

    /// Renews the lease if necessary. Returns whether runs were taken from this process since the
    /// last call.
    pub(super) fn renew(&mut self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let now = now_ms();
        let due = self.expires_at - millis(HOLDS.saturating_sub(RENEWED));
        if now >= due {
            self.expires_at = now + millis(HOLDS);
            let pid = std::process::id();
            transaction
                .prepare_cached(
                    "INSERT INTO owners (id, pid, mark, expires_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
                )?
                .execute(params![
                    self.owner,
                    pid,
                    process_mark(pid).unwrap_or_default(),
                    self.expires_at
                ])?;
        }
        let n_taken: i64 = transaction
            .prepare_cached("SELECT n_taken FROM owners WHERE id = ?1")?
            .query_row([&self.owner], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.n_taken, n_taken) != n_taken)
    }

    /// Ends the lease, so that active runs count as interrupted.
    pub(super) fn give_up(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute(
            "DELETE FROM owners WHERE id = ?1 AND NOT EXISTS
             (SELECT 1 FROM runs WHERE owner = ?1 AND is_over = 0)",
            [&self.owner],
        )?;
        connection.execute(
            "UPDATE owners SET expires_at = 0 WHERE id = ?1",
            [&self.owner],
        )?;
        Ok(())
    }
}

/// Returns the state of an owner.
pub(super) fn holder(connection: &Connection, owner: &str) -> rusqlite::Result<Holder> {
    let found = connection
        .prepare_cached("SELECT pid, mark, expires_at FROM owners WHERE id = ?1")?
        .query_row([owner], |row| {
            Ok((
                row.get::<_, u32>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })
        .optional()?;
    Ok(match found {
        Some((pid, mark, expires_at))
            if expires_at > now_ms() && process_mark(pid).is_some_and(|alive| alive == mark) =>
        {
            Holder::Alive(pid)
        }
        Some(_) | None => Holder::Gone,
    })
}

fn now_ms() -> i64 {
    i64::try_from(WallClock.now().as_ns() / 1_000_000).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
