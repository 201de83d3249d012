//! The errors of the history file.

use std::io;
use std::path::{Path, PathBuf};

use crate::runtime::PastError;

/// The reason why the history could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file can't be created or opened.
    #[error("the history `{}` can't be opened", path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// SQLite returned an error.
    #[error("the history `{}` can't be {doing}", path.display())]
    Sqlite {
        /// The path of the file.
        path: PathBuf,
        /// The past participle of the failed operation: `opened`, `written`, `read`.
        doing: &'static str,
        /// SQLite's error.
        #[source]
        source: rusqlite::Error,
    },
    /// A newer version of flowdeck created the file.
    #[error(
        "the history `{}` was written by a newer flowdeck (file version {found}, this one knows {known}): it can be read, not written",
        path.display()
    )]
    Newer {
        /// The path of the file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// A row of the file is not a valid event.
    #[error("the history `{}` holds an entry of run `{run}` that can't be read", path.display())]
    Entry {
        /// The path of the file.
        path: PathBuf,
        /// The id of the run.
        run: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// There is no history.
    #[error("there is no history yet: `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// No run or batch has this id.
    #[error("no {what} of the history has the id `{id}`")]
    Unknown {
        /// What was searched: `run`, `batch`, `run or batch`.
        what: &'static str,
        /// The requested id.
        id: String,
    },
    /// Several runs or batches have an id that begins like this.
    #[error("`{id}` could be {}: give more of the id", .candidates.join(", "))]
    Ambiguous {
        /// The requested id.
        id: String,
        /// Some of the candidates.
        candidates: Vec<String>,
    },
    /// The history was turned off by an earlier error.
    #[error("the history is off: runs are not recorded")]
    Off,
    /// The batch was recorded without its content.
    #[error("batch `{batch}` was recorded without content")]
    Outline {
        /// The id of the batch.
        batch: String,
    },
    /// The recorded events of a run are contradictory.
    #[error("run `{run}` can't be continued from its record")]
    NoPast {
        /// The id of the run.
        run: String,
        /// The cause.
        #[source]
        source: PastError,
    },
    /// A running process executes the batch.
    #[error("batch `{batch}` is being carried out by process {pid}")]
    Alive {
        /// The id of the batch.
        batch: String,
        /// The id of the process.
        pid: u32,
    },
}

impl HistoryError {
    /// Returns the error with its causes, and a hint on how to fix it.
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

    /// Returns a hint on how to fix the problem.
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

/// Adds the failed operation to SQLite's errors.
pub(super) trait During<T> {
    /// Adds the file and the failed operation to an error.
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
