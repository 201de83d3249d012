//! Comparison of two files, or of one file with its version on disk or in its runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::file_name;
use crate::spec::Component;
use crate::tui::effect::{CompareSide, FileCommand};
use crate::tui::message::Command;
use crate::tui::notices::{Fact, Notice};
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::state::State;

/// The first call remembers the selected file; the second one compares it with the file that is
/// selected then. If that is the same file, its unsaved edits are compared with the file on disk,
/// or without edits the file with the version that its latest runs used.
pub(super) fn compare(state: &mut State, runs: &RunsModel) -> Vec<Command> {
    let Some(path) = state.selected_file().map(Path::to_owned) else {
        return vec![Command::notify(
            Notice::info("choose a file first").until_key(),
        )];
    };
    let Some(before) = state.comparing.take() else {
        let words = format!(
            "D on another file compares it with {}; D again compares it with the disk or its last run",
            file_name(&path)
        );
        state.comparing = Some(path);
        return vec![Command::notify(
            Notice::info(words).while_so(Fact::Comparing),
        )];
    };
    if before != path {
        let title = format!("{} → {}", file_name(&before), file_name(&path));
        let sides = [side(state, before), side(state, path)];
        return vec![compared(title, sides)];
    }
    let name = file_name(&path);
    let document = state.documents.get(&path);
    if let Some(document) = document.filter(|document| document.is_modified()) {
        let on_disk = CompareSide::File {
            text: Some(Arc::clone(&document.disk)),
            path: path.clone(),
        };
        let title = format!("{name}: on disk → as edited");
        return vec![compared(title, [on_disk, side(state, path)])];
    }
    let Some(ran) = document.and_then(|document| ran_last(document, runs)) else {
        let words = format!("{name} has no unsaved edits and no runs to compare it with");
        return vec![Command::notify(Notice::info(words).until_key())];
    };
    let ran = CompareSide::Ran(Arc::clone(ran));
    let title = format!("{name}: as it ran last → now");
    vec![compared(title, [ran, side(state, path)])]
}

/// Returns the component of a document as the latest batch used it, however either has changed
/// since.
fn ran_last<'r>(document: &Document, runs: &'r RunsModel) -> Option<&'r Arc<Component>> {
    let now = document.checked.as_ref()?.loaded.component.as_ref()?;
    let latest_first = runs.batches().rev();
    let mut ran = latest_first.filter_map(|batch| batch.component.as_ref());
    ran.find(|component| component.id() == now.id())
}

/// Returns one side of a comparison: a file, with its edits if it is open.
fn side(state: &State, path: PathBuf) -> CompareSide {
    let document = state.documents.get(&path);
    CompareSide::File {
        text: document.map(|document| Arc::clone(document.editor.text())),
        path,
    }
}

fn compared(title: String, sides: [CompareSide; 2]) -> Command {
    Command::file(FileCommand::Compare { title, sides })
}
