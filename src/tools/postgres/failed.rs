//! Why work at a database came to nothing, and whether it may be done again.

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::base::redact::Redactor;
use crate::net::causes::{innermost, is_about_tls};
use crate::tools::executor::{ToolError, ToolErrorKind};

/// Work that came to nothing.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: ToolError,
    /// Whether it was certainly not done and may go better later.
    pub(super) may_repeat: bool,
}

/// How far the work had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was asked yet.
    Connecting,
    /// The statement is taken back by the server if the connection breaks.
    Working,
    /// The server was asked to commit a change.
    Committing,
}

/// Makes errors of one call: with its name, the address as people may see it, and without the secrets that were sent.
#[derive(Debug)]
pub(super) struct Blame<'c> {
    pub(super) name: &'c str,
    pub(super) shown: &'c str,
    pub(super) sent: &'c Redactor,
}

impl Blame<'_> {
    /// The error of a value, a name or a statement, which another attempt does not change.
    pub(super) fn refused(&self, kind: ToolErrorKind, problem: impl std::fmt::Display) -> Failed {
        Failed {
            error: ToolError::new(kind, format!("`{}`: {problem}", self.name)),
            may_repeat: false,
        }
    }

    /// The error of getting a connection.
    pub(super) fn unconnected(&self, error: PoolError) -> Failed {
        match error {
            PoolError::Backend(error) => self.failed(error, Stage::Connecting),
            other => Failed {
                error: self.unreachable(&other.to_string()),
                may_repeat: true,
            },
        }
    }

    /// The error of the client, or of the server in its own words.
    pub(super) fn failed(&self, error: Error, stage: Stage) -> Failed {
        let is_unsure = stage == Stage::Committing;
        if let Some(error) = error.as_db_error()
            && !(is_unsure && is_ending(error.code()))
        {
            return self.refused_by(error);
        }
        if is_unsure {
            let message = format!(
                "`{}` lost the connection to {} during a commit: it is unknown whether the change was made",
                self.name, self.shown
            );
            return Failed {
                error: ToolError::new(ToolErrorKind::Unreachable, message)
                    .with_hint("check the database before you repeat it")
                    .with_source(error),
                may_repeat: false,
            };
        }
        Failed {
            may_repeat: !is_about_tls(&error),
            error: self.unreachable(&innermost(&error)).with_source(error),
        }
    }

    fn unreachable(&self, why: &str) -> ToolError {
        let message = format!(
            "`{}` can't reach {}: {}",
            self.name,
            self.shown,
            self.sent.clean(why)
        );
        ToolError::new(ToolErrorKind::Unreachable, message)
    }

    /// Returns what the server says, with its hint.
    fn refused_by(&self, refusal: &DbError) -> Failed {
        let code = refusal.code();
        let mut text = refusal.message().to_owned();
        if let Some(detail) = refusal.detail() {
            text.push_str(": ");
            text.push_str(detail);
        }
        let text = self.sent.clean(&text);
        let (kind, may_repeat) = judged(code);
        let message = if kind == ToolErrorKind::Unreachable {
            format!("`{}` can't use {}: {text}", self.name, self.shown)
        } else {
            format!(
                "`{}`: {} refuses: {text} (SQLSTATE {})",
                self.name,
                self.shown,
                code.code()
            )
        };
        let error = ToolError::new(kind, message);
        let hint = match refusal.hint() {
            Some(hint) => Some(self.sent.clean(hint)),
            None if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Some(
                "a query only reads; nodes that create, update and delete rows write".to_owned(),
            ),
            None => None,
        };
        Failed {
            error: match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            },
            may_repeat,
        }
    }
}

/// Whether the server ends the connection with it.
fn is_ending(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P")
}

/// Returns whose fault it is that the server refused, and whether it may be asked again: it has taken all back.
fn judged(code: &SqlState) -> (ToolErrorKind, bool) {
    if is_ending(code) || *code == SqlState::TOO_MANY_CONNECTIONS {
        return (ToolErrorKind::Unreachable, true);
    }
    if matches!(
        *code,
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED
    ) {
        return (ToolErrorKind::Failed, true);
    }
    let kind = match code.code().get(..2) {
        Some("28") => ToolErrorKind::Unauthorized,
        // Syntax, unknown names, missing rights, and databases that are not there.
        Some("42" | "3D" | "3F" | "0A") => ToolErrorKind::Configuration,
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => ToolErrorKind::Configuration,
        _ if *code == SqlState::QUERY_CANCELED => ToolErrorKind::TimedOut,
        _ => ToolErrorKind::Failed,
    };
    (kind, false)
}
