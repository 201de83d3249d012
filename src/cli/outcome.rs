//! How a command ends: exit codes, and errors that end it.

use std::io;
use std::process::ExitCode;

use crate::profile::ProfileError;

/// The exit codes; scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All went well: every run finished or answered, no file has an error.
    Success,
    /// Some run failed, some file has an error, a file could not be written.
    Failed,
    /// Bad usage.
    Usage,
    /// The spec, inputs, profile or tools file is invalid: nothing was run.
    Invalid,
    /// Some run needed a person and there was none.
    NeedsPerson,
    /// A budget or limit of the batch stopped it.
    Limit,
    /// Interrupted from the keyboard.
    Interrupted,
}

impl Exit {
    /// The code itself.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::NeedsPerson => 4,
            Self::Limit => 5,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that ends a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// The exit code.
    pub(super) exit: Exit,
    /// What is wrong; empty for an end that needs no words (a closed pipe).
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
}

impl Stop {
    /// An error without help.
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
        }
    }

    /// Bad usage.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// An error with all its causes, parted by colons.
    pub(super) fn from_error(exit: Exit, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            message = format!("{message}: {deeper}");
            cause = deeper.source();
        }
        Self::new(exit, message)
    }

    /// An error of a profile, with what to do about it.
    pub(super) fn from_profile(exit: Exit, error: &ProfileError) -> Self {
        Self {
            help: error.hint(),
            ..Self::from_error(exit, error)
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The end of a command whose reader has gone: no words, no failure.
    pub(super) fn closed_pipe() -> Self {
        Self::new(Exit::Success, "")
    }
}

/// What writing to standard output may come to.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::closed_pipe();
        }
        Self::new(Exit::Failed, format!("can't write: {error}"))
    }
}
