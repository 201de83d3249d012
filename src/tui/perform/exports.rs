//! Export of specs and runs to files.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::files;
use crate::runs::RunRecord;
use crate::spec::{Component, ExportOptions, Exported, Format, export};
use crate::tui::effect::{ExportTarget, ExportedRun};
use crate::tui::event::JobResult;
use crate::workspace::{self, SaveError};

pub(super) fn exported(
    component: &Arc<Component>,
    formats: &[Format],
) -> Result<Vec<Exported>, String> {
    let each = formats
        .iter()
        .map(|format| export(component, &ExportOptions::new(*format)));
    each.collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

pub(super) fn export_run(run: &RunRecord, text: String, to: ExportTarget) -> JobResult {
    match to {
        ExportTarget::File(path) => {
            let exported = ExportedRun {
                run: run.run.clone(),
                events: run.events,
            };
            written(path, Arc::from(text), vec![exported], false)
        }
        ExportTarget::Clipboard => JobResult::ToCopy {
            text,
            what: "the run".to_owned(),
        },
    }
}

/// Writes an exported text. An existing file is not overwritten without the person's consent.
pub(super) fn written(
    path: PathBuf,
    text: Arc<str>,
    runs: Vec<ExportedRun>,
    overwrites: bool,
) -> JobResult {
    if let Err(error) = files::check_writable(&path) {
        return JobResult::Failed(format!("can't write `{}`: {error}", path.display()));
    }
    let result = if overwrites {
        workspace::save(&path, &text, None)
    } else {
        workspace::create(&path, &text)
    };
    match result {
        Ok(()) => JobResult::ExportWritten { path, runs },
        Err(SaveError::Exists { .. }) => JobResult::ExportExists {
            free: workspace::free_name(&path),
            path,
            text,
            runs,
        },
        Err(error) => JobResult::Failed(match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }),
    }
}
