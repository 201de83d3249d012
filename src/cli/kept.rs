//! The history file and its settings, for all commands.

use std::time::Duration;

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::base::keeping::Keeping;
use crate::runs::{Durability, History, HistoryError, HistoryFile, HistorySettings, Retention};
use crate::settings::{HistoryChoice, HistoryDurability, Settings};

/// The folder of a workspace that has its own history.
const OWN_FOLDER: &str = ".flowdeck";

const FILE: &str = "history.db";

const DEFAULT_KEPT_DAYS: u32 = 90;

const DEFAULT_MAX_MIB: u32 = 2048;

/// Returns the history file: the workspace's if it has a folder for it, or else the user's.
pub(super) fn file(context: &Context) -> HistoryFile {
    let own = context.workspace().join(OWN_FOLDER);
    HistoryFile::new(if own.is_dir() {
        own.join(FILE)
    } else {
        context.paths.state.join(FILE)
    })
}

/// Returns the settings of the history from the user's choice.
pub(super) fn settings(choice: &HistoryChoice, context: &Context) -> HistorySettings {
    let days = u64::from(choice.keep_days.unwrap_or(DEFAULT_KEPT_DAYS));
    let mib = u64::from(choice.max_mib.unwrap_or(DEFAULT_MAX_MIB));
    HistorySettings {
        file: file(context),
        durability: match choice.durability.unwrap_or_default() {
            HistoryDurability::Process => Durability::Process,
            HistoryDurability::Power => Durability::Power,
        },
        keeping: Keeping::chosen(choice.enabled, choice.content),
        retention: Retention {
            max_age: (days > 0).then(|| Duration::from_secs(days * 24 * 60 * 60)),
            max_bytes: (mib > 0).then_some(mib << 20),
        },
    }
}

/// Opens the history to store runs; `None` if the user wants none. Problems with the file are
/// reported and don't prevent the runs.
pub(super) fn open(context: &Context) -> Option<History> {
    let choice = match Settings::of_person(&context.paths.config_file()) {
        Ok(settings) => settings.history,
        Err(error) => {
            context.output.warning(&error);
            HistoryChoice::default()
        }
    };
    open_by(&choice, context).unwrap_or_else(|error| {
        context
            .output
            .warning(&format!("runs are not recorded: {}", error.in_words()));
        None
    })
}

/// Opens the history to store runs, with the user's choice already read.
///
/// # Errors
/// A problem with the file.
pub(super) fn open_by(
    choice: &HistoryChoice,
    context: &Context,
) -> Result<Option<History>, HistoryError> {
    if choice.enabled == Some(false) {
        return Ok(None);
    }
    History::open(&settings(choice, context)).map(Some)
}

/// Converts an error of the history to one that ends a command.
pub(super) fn stop(error: &HistoryError) -> Stop {
    let exit = match error {
        HistoryError::Unknown { .. } | HistoryError::Ambiguous { .. } => Exit::Usage,
        HistoryError::Alive { .. } | HistoryError::Missing(_) | HistoryError::Outline { .. } => {
            Exit::Invalid
        }
        HistoryError::Io { .. }
        | HistoryError::Sqlite { .. }
        | HistoryError::Newer { .. }
        | HistoryError::NoPast { .. }
        | HistoryError::Off
        | HistoryError::Entry { .. } => Exit::Failed,
    };
    let stop = Stop::from_error(exit, error);
    match error.hint() {
        Some(hint) => stop.with_help(hint),
        None => stop,
    }
}
