//! The file of the history: a SQLite database in WAL mode, made and migrated when it is opened to be written.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::error::{During, HistoryError};

/// How long is waited for another process that writes.
const BUSY: Duration = Duration::from_secs(10);

/// Kilobytes of the file that are kept at hand: what many runs write at once lies in as many places of it.
const CACHE_KB: i64 = 8 << 10;

/// Pages of the log, of 4 KB, after which it is written into the file. The same pages are written again and again while many
/// runs go on, so that it costs less if it is done seldom.
pub(super) const LOG_PAGES: i64 = 4 << 10;

/// Pages of the log after which the writer itself writes it into the file, and all wait for the disk: the log begins again
/// only when all of it is in the file and nobody writes.
const MAX_LOG_PAGES: i64 = 4 * LOG_PAGES;

/// The versions of the file, the oldest first. What is released is never changed: a change is one more.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("schema_served.sql")),
];

/// The version of the file that this flowdeck writes.
const VERSION: i64 = 2;

/// When what is written is safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// When the process dies, however it dies; the last moments may go when the machine loses power.
    #[default]
    Process,
    /// Also when the machine loses power.
    Power,
}

/// Where the history is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFile {
    path: PathBuf,
}

impl HistoryFile {
    /// The history in this file, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it to be written; makes it, closed to everybody else, if it is not there, and brings it to the present version.
    ///
    /// # Errors
    /// [`HistoryError`]; the file is then as it was.
    pub(super) fn open_to_write(&self, durability: Durability) -> Result<Connection, HistoryError> {
        self.make().map_err(|source| HistoryError::Io {
            path: self.path.clone(),
            source,
        })?;
        let opened = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(&self.path)?;
            connection.busy_timeout(BUSY)?;
            Ok(connection)
        };
        let mut connection = opened().during("opened", &self.path)?;
        self.check_version(&connection)?;
        let synchronous = match durability {
            Durability::Process => "NORMAL",
            Durability::Power => "FULL",
        };
        let prepare = |connection: &Connection| -> rusqlite::Result<()> {
            // Holds only for a file without tables.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", synchronous)?;
            connection.pragma_update(None, "cache_size", -CACHE_KB)?;
            connection.pragma_update(None, "wal_autocheckpoint", MAX_LOG_PAGES)?;
            connection.pragma_update(None, "foreign_keys", true)
        };
        prepare(&connection).during("opened", &self.path)?;
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut connection)
            .map_err(|error| self.migration_failed(error))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// Writes what is in the log into the file, while others go on writing to the log. It waits for
    /// the disk twice.
    ///
    /// # Errors
    /// [`HistoryError`]; nothing is lost by it.
    pub(super) fn checkpoint(&self) -> Result<(), HistoryError> {
        let work = || -> rusqlite::Result<()> {
            let connection = Connection::open(&self.path)?;
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        };
        work().during("written", &self.path)
    }

    /// Opens it to be read; one of a newer flowdeck, too.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub(super) fn open_to_read(&self) -> Result<Connection, HistoryError> {
        if !self.path.exists() {
            return Err(HistoryError::Missing(self.path.clone()));
        }
        let opened = || -> rusqlite::Result<Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(BUSY)?;
            // The first thing that reads the file, so that a file that is no database is reported
            // here.
            version(&connection)?;
            Ok(connection)
        };
        opened().during("read", &self.path)
    }

    fn make(&self) -> io::Result<()> {
        if let Some(folder) = self.path.parent()
            && !folder.as_os_str().is_empty()
        {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let mut options = OpenOptions::new();
        let made = options.append(true).create(true).mode(0o600);
        made.open(&self.path).map(drop)
    }

    fn check_version(&self, connection: &Connection) -> Result<(), HistoryError> {
        let found = version(connection).during("opened", &self.path)?;
        if found > VERSION {
            return Err(HistoryError::Newer {
                path: self.path.clone(),
                found,
                known: VERSION,
            });
        }
        Ok(())
    }

    fn migration_failed(&self, error: rusqlite_migration::Error) -> HistoryError {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => HistoryError::Sqlite {
                path: self.path.clone(),
                doing: "brought to the present version",
                source: err,
            },
            other => HistoryError::Io {
                path: self.path.clone(),
                source: io::Error::other(other),
            },
        }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
