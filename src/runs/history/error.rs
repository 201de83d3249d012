//! The errors of the file of the history.

use std::io;
use std::path::{Path, PathBuf};

use crate::runtime::PastError;

/// Why the history could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file can't be made or opened.
    #[error("the history `{}` can't be opened", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// SQLite refused.
    #[error("the history `{}` can't be {doing}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The past participle of what failed: `opened`, `written`, `read`.
        doing: &'static str,
        /// The error of SQLite.
        #[source]
        source: rusqlite::Error,
    },
    /// A later flowdeck made it.
    #[error(
        "the history `{}` was written by a newer flowdeck (file version {found}, this one knows {known}): it can be read, not written",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// A row of it can't be read as an entry of a run.
    #[error("the history `{}` holds an entry of run `{run}` that can't be read", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// The run.
        run: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// There is no history.
    #[error("there is no history yet: `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Nothing has such an id.
    #[error("no {what} of the history has the id `{id}`")]
    Unknown {
        /// `run`, `batch`, `run or batch`.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Several have such an id.
    #[error("`{id}` could be {}: give more of the id", .candidates.join(", "))]
    Ambiguous {
        /// The id that was asked for.
        id: String,
        /// Some of those that it could be.
        candidates: Vec<String>,
    },
    /// Nothing is kept any more.
    #[error("the history is off: runs are not recorded")]
    Off,
    /// The batch is kept without what was said in it.
    #[error("batch `{batch}` was recorded without content")]
    Outline {
        /// The batch.
        batch: String,
    },
    /// The entries that are kept of a run contradict each other.
    #[error("run `{run}` can't be continued from its record")]
    NoPast {
        /// The run.
        run: String,
        /// The cause.
        #[source]
        source: PastError,
    },
    /// A living process carries it out.
    #[error("batch `{batch}` is being carried out by process {pid}")]
    Alive {
        /// The batch.
        batch: String,
        /// The process.
        pid: u32,
    },
}

impl HistoryError {
    /// The error with all its causes, and what to do about it.
    pub fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(deeper) = cause {
            words = format!("{words}: {deeper}");
            cause = deeper.source();
        }
        match self.hint() {
            Some(hint) => format!("{words}; {hint}"),
            None => words,
        }
    }

    /// Returns what a person may do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Io { .. } | Self::Newer { .. } => {
                Some("`--no-history` runs without a history".to_owned())
            }
            Self::Sqlite { path, source, .. } => Some(match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                    format!(
                        "move `{}` away: flowdeck makes a new one, and `sqlite3` may recover the old one",
                        path.display()
                    )
                }
                Some(rusqlite::ErrorCode::DiskFull) => {
                    "make room on the disk, or let `flowdeck history vacuum` do so".to_owned()
                }
                Some(rusqlite::ErrorCode::ReadOnly) => {
                    format!("make `{}` and its folder writable", path.display())
                }
                _ => "`--no-history` runs without a history".to_owned(),
            }),
            Self::Alive { pid, .. } => Some(format!(
                "wait until the batch is over, or end that process first: `kill {pid}`"
            )),
            Self::Outline { .. } => Some(
                "`--mask`, or `content = false` in `[history]`, recorded only its outline: run it again".to_owned(),
            ),
            Self::Entry { .. } => Some("the runs beside it can still be read".to_owned()),
            Self::Missing(_) => Some("flowdeck creates it when it records a run".to_owned()),
            Self::Unknown { .. } => Some("`flowdeck history` lists what there is".to_owned()),
            Self::NoPast { .. } => {
                Some("`flowdeck run --retry-failed` or a fork starts it again".to_owned())
            }
            Self::Ambiguous { .. } | Self::Off => None,
        }
    }
}

/// Says of SQLite's errors what was being done.
pub(super) trait During<T> {
    /// The error with the file and what was being done to it.
    fn during(self, doing: &'static str, path: &Path) -> Result<T, HistoryError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, doing: &'static str, path: &Path) -> Result<T, HistoryError> {
        self.map_err(|source| HistoryError::Sqlite {
            path: path.to_owned(),
            doing,
            source,
        })
    }
}
