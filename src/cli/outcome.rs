//! The end of a command: exit codes, and errors that end it.

use std::io;
use std::process::ExitCode;

use crate::profile::ProfileError;

/// The exit codes, on which scripts rely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Success: every run finished or answered, no file has an error.
    Success,
    /// A run failed, a file has an error, or a file could not be written.
    Failed,
    /// The command line is not valid.
    Usage,
    /// The spec, inputs, profile or tools file is invalid: nothing was run.
    Invalid,
    /// A run needed a person, and there was none.
    NeedsPerson,
    /// A budget or limit of the batch ended it.
    Limit,
    /// Interrupted from the keyboard.
    Interrupted,
}

impl Exit {
    /// Returns the numeric exit code.
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
    /// The message; empty for an end without one (a closed pipe).
    pub(super) message: String,
    /// A hint how to solve the problem.
    pub(super) help: Option<String>,
}

impl Stop {
    /// Makes an error without a hint.
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
        }
    }

    /// Makes an error about the command line.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Makes an error from an error value with all its causes, separated by colons.
    pub(super) fn from_error(exit: Exit, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            message = format!("{message}: {deeper}");
            cause = deeper.source();
        }
        Self::new(exit, message)
    }

    /// Makes an error from an error of a profile, with its hint.
    pub(super) fn from_profile(exit: Exit, error: &ProfileError) -> Self {
        Self {
            help: error.hint(),
            ..Self::from_error(exit, error)
        }
    }

    /// Adds a hint.
    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes the end of a command whose reader has gone: without a message and not a failure.
    pub(super) fn closed_pipe() -> Self {
        Self::new(Exit::Success, "")
    }
}

/// Converts an error of writing to standard output.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::closed_pipe();
        }
        Self::new(Exit::Failed, format!("can't write: {error}"))
    }
}
