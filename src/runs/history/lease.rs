//! Leases of runs: one process at a time carries a run out, by a lease that it renews while it lives.
//!
//! A process that was stopped for longer than its lease may find that another one took its runs. It learns of that
//! before it writes, and so before an effect that waits for its request to be written.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::base::clock::{Clock, WallClock};
use crate::base::process_mark::process_mark;

/// How long a lease holds after it was renewed.
const HOLDS: Duration = Duration::from_secs(15);

/// How often it is renewed.
pub(super) const RENEWED: Duration = Duration::from_secs(5);

/// This process, as an owner of runs.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) owner: String,
    expires_at: i64,
    n_taken: i64,
}

/// The state of another owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// The owner lives, and its lease holds.
    Alive(u32),
    /// The owner is gone, or has not renewed its lease.
    Gone,
}

impl Lease {
    /// A lease that nobody knows of yet.
    pub(super) fn new(owner: String) -> Self {
        Self {
            owner,
            expires_at: 0,
            n_taken: 0,
        }
    }

    /// Renews the lease where that is due. Gives whether runs were taken from us since this was last asked.
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

    /// Ends the lease: what is not over is interrupted from now on.
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

/// Finds what became of an owner.
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
