//! Where the history of runs is kept, and how, for every command.

use std::time::Duration;

use super::context::Context;
use super::outcome::{Exit, Stop};
use crate::base::keeping::Keeping;
use crate::runs::{Durability, History, HistoryError, HistoryFile, HistorySettings, Retention};
use crate::settings::{HistoryChoice, HistoryDurability, Settings};

/// The folder of a workspace that has a history of its own.
const OWN_FOLDER: &str = ".flowdeck";

const FILE: &str = "history.db";

const DEFAULT_KEPT_DAYS: u32 = 90;

const DEFAULT_MAX_MIB: u32 = 2048;

/// The file: that of the workspace, where it has a folder for it, else the person's.
pub(super) fn file(context: &Context) -> HistoryFile {
    let own = context.workspace().join(OWN_FOLDER);
    HistoryFile::new(if own.is_dir() {
        own.join(FILE)
    } else {
        context.paths.state.join(FILE)
    })
}

/// How it is kept, by what the person chose.
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

/// Opens the history to keep runs in it; none where the person does not want one. Trouble with the file is told, and keeps
/// nobody from running.
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

/// Opens the history to keep runs in it, where the person's choice is read already.
///
/// # Errors
/// Trouble with the file.
pub(super) fn open_by(
    choice: &HistoryChoice,
    context: &Context,
) -> Result<Option<History>, HistoryError> {
    if choice.enabled == Some(false) {
        return Ok(None);
    }
    History::open(&settings(choice, context)).map(Some)
}

/// An error of the history, as it ends a command.
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
