//! Comparing two files, or the text of one with what is on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::tui::command::{Command, CompareSide, FileCommand};
use crate::tui::notices::Notice;
use crate::tui::screens::specs::state::{State, file_name};

/// The first time it remembers the file that is selected; the second time it compares another one with that. On the
/// same file it compares the unsaved edits with the file on disk.
pub(super) fn compare(state: &mut State) -> Vec<Command> {
    let Some(path) = state.selected_file().map(Path::to_owned) else {
        return vec![Command::notify(Notice::info("choose a file first"))];
    };
    let Some(before) = state.comparing.take() else {
        let words = format!(
            "D on another file compares it with {}; again on this one, its edits with the disk",
            file_name(&path)
        );
        state.comparing = Some(path);
        return vec![Command::notify(Notice::info(words))];
    };
    if before != path {
        let title = format!("{} → {}", file_name(&before), file_name(&path));
        let sides = [side(state, before), side(state, path)];
        return vec![compared(title, sides)];
    }
    let edits = state
        .documents
        .get(&path)
        .filter(|document| document.is_modified());
    let Some(document) = edits else {
        let words = format!("{} has no unsaved edits to compare", file_name(&path));
        return vec![Command::notify(Notice::info(words))];
    };
    let name = file_name(&path);
    let sides = [
        CompareSide {
            text: Some(Arc::clone(&document.disk)),
            path: path.clone(),
        },
        side(state, path),
    ];
    vec![compared(format!("{name}: on disk → as edited"), sides)]
}

/// A file as it is on the screen: open ones with their edits.
fn side(state: &State, path: PathBuf) -> CompareSide {
    let document = state.documents.get(&path);
    CompareSide {
        text: document.map(|document| Arc::clone(document.editor.text())),
        path,
    }
}

fn compared(title: String, sides: [CompareSide; 2]) -> Command {
    Command::File(FileCommand::Compare { title, sides })
}
