//! The history file: a SQLite database in WAL mode, which is created and migrated when it is opened
//! for writing.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::error::{During, HistoryError};

/// How long to wait for another process that is writing.
const BUSY: Duration = Duration::from_secs(10);

/// The size of the page cache in kilobytes; concurrent runs write to as many places in the file.
const CACHE_KB: i64 = 8 << 10;

/// The number of pages (4 KB) in the write-ahead log from which a checkpoint is due. The same pages
/// are written repeatedly while many runs are active, so that rare checkpoints cost less.
pub(super) const LOG_PAGES: i64 = 4 << 10;

/// The number of pages in the write-ahead log from which the writer itself makes a checkpoint,
/// while everybody waits for the disk. The log can be reused only after a complete checkpoint
/// without a concurrent writer.
const MAX_LOG_PAGES: i64 = 4 * LOG_PAGES;

/// The migrations of the file, oldest first. A released one is never changed; changes are appended.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("schema_served.sql")),
];

/// The version of the file format that this program writes.
const VERSION: i64 = 2;

/// When written data is safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// After a termination of the process of any kind; the last moments may be lost in a power
    /// failure.
    #[default]
    Process,
    /// After a power failure as well.
    Power,
}

/// The location of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFile {
    path: PathBuf,
}

impl HistoryFile {
    /// Makes the location of a history, whose file need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file for writing: creates it if necessary, readable only by its owner, and
    /// migrates it to the current version.
    ///
    /// # Errors
    /// [`HistoryError`]; the file is then unchanged.
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

    /// Makes a checkpoint, which copies the write-ahead log into the file while others continue to
    /// write. Waits for the disk twice.
    ///
    /// # Errors
    /// [`HistoryError`]; no data is lost.
    pub(super) fn checkpoint(&self) -> Result<(), HistoryError> {
        let work = || -> rusqlite::Result<()> {
            let connection = Connection::open(&self.path)?;
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        };
        work().during("written", &self.path)
    }

    /// Opens the file for reading, even if a newer version of flowdeck created it.
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
