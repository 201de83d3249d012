//! The reasons why a database operation failed, and whether it may be repeated.

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::base::redact::Redactor;
use crate::net::causes::{innermost, is_about_tls};
use crate::tools::executor::{ToolError, ToolErrorKind};

/// A failed operation.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: ToolError,
    /// Whether the operation certainly had no effect and may succeed later.
    pub(super) may_repeat: bool,
}

/// The progress of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// No statement was sent yet.
    Connecting,
    /// In a transaction that the server rolls back if the connection breaks.
    Working,
    /// The server was asked to commit a change.
    Committing,
}

/// Makes the errors of one call, with the call's name and the address for people, and with secrets
/// masked.
#[derive(Debug)]
pub(super) struct Blame<'c> {
    pub(super) name: &'c str,
    pub(super) shown: &'c str,
    pub(super) sent: &'c Redactor,
}

impl Blame<'_> {
    /// Makes the error for a value, a name or a statement, for which a retry is useless.
    pub(super) fn refused(&self, kind: ToolErrorKind, problem: impl std::fmt::Display) -> Failed {
        Failed {
            error: ToolError::new(kind, format!("`{}`: {problem}", self.name)),
            may_repeat: false,
        }
    }

    /// Makes the error for a failed connection.
    pub(super) fn unconnected(&self, error: PoolError) -> Failed {
        match error {
            PoolError::Backend(error) => self.failed(error, Stage::Connecting),
            other => Failed {
                error: self.unreachable(&other.to_string()),
                may_repeat: true,
            },
        }
    }

    /// Makes the error from the client's error or the server's message.
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

    /// Makes the error from the server's message and hint.
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

/// Returns whether the server closes the connection after this error.
fn is_ending(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P")
}

/// Returns the error kind for a server's code, and whether the operation may be repeated, since the
/// server has rolled it back.
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
