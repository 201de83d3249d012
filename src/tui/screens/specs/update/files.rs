//! Saving, copying, renaming and deleting files.

use std::path::Path;
use std::sync::Arc;

use crate::base::files::file_name;
use crate::tui::action::Action;
use crate::tui::effect::{FileCommand, TerminalCommand};
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::{Overlay, PromptPurpose};
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::state::{State, Waiting};
use crate::tui::screens::specs::tree::RowKind;
use crate::workspace::Workspace;

/// The reason why no file can be restored.
pub(super) const NONE_DELETED: &str = "nothing was deleted since the start";

/// Saves the shown text to its file.
pub(super) fn save(state: &State) -> Vec<Command> {
    let (Some(path), Some(document)) = (&state.current, state.document()) else {
        return Vec::new();
    };
    if !document.is_modified() {
        let words = format!("{} has no unsaved edits", file_name(path));
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    vec![save_command(path, document)]
}

/// Saves all files with unsaved edits.
pub(crate) fn save_all(state: &State) -> Vec<Command> {
    let modified = state.documents.iter();
    let modified = modified.filter(|(_, document)| document.is_modified());
    modified
        .map(|(path, document)| save_command(path, document))
        .collect()
}

pub(super) fn save_command(path: &Path, document: &Document) -> Command {
    Command::file(FileCommand::Save {
        path: path.to_owned(),
        text: Arc::clone(document.editor.text()),
        base: Some(Arc::clone(&document.disk)),
    })
}

/// Opens the shown file in the user's editor; unsaved edits are saved first.
pub(super) fn open_in_editor(state: &mut State) -> Vec<Command> {
    let (Some(path), Some(document)) = (state.current.clone(), state.document()) else {
        return Vec::new();
    };
    if document.is_modified() {
        let commands = save(state);
        state.waiting = Some(Waiting::OpenInEditor(path));
        return commands;
    }
    vec![editor_command(state, &path)]
}

/// Returns the command that opens a file in the user's editor at the line of the cursor.
pub(super) fn editor_command(state: &State, path: &Path) -> Command {
    let document = state.documents.get(path);
    let line = document.map_or(0, |document| document.editor.cursor().0);
    Command::terminal(TerminalCommand::OpenEditor {
        path: path.to_owned(),
        line: line + 1,
    })
}

/// Opens the dialog for a new spec in the folder of the selected file.
pub(super) fn new_spec(state: &State, workspace: &Workspace) -> Vec<Command> {
    let folder = state.tree.selected().and_then(|row| match row.kind {
        RowKind::Folder { .. } => Some(row.path.as_path()),
        RowKind::File(_) => row.path.parent(),
    });
    let below = folder.and_then(|folder| folder.strip_prefix(&workspace.root).ok());
    let folder = below.map(Path::to_owned).unwrap_or_default();
    vec![Command::open(Overlay::new_spec(folder))]
}

/// Moves the selected file to the trash.
pub(super) fn delete(state: &State, trash: &Path) -> Vec<Command> {
    let Some(path) = state.selected_file() else {
        let words = "there is no file";
        return vec![Command::notify(Notice::info(words).until_key())];
    };
    if state.documents.get(path).is_some_and(Document::has_edits) {
        let words = format!("{} has unsaved edits: ctrl-s saves them", file_name(path));
        return vec![Command::notify(Notice::warning(words).until_key())];
    }
    vec![Command::file(FileCommand::Trash {
        path: path.to_owned(),
        folder: trash.to_owned(),
    })]
}

/// Restores the file that was deleted last.
pub(super) fn restore(state: &mut State) -> Vec<Command> {
    match state.deleted.pop() {
        Some(trashed) => vec![Command::file(FileCommand::Restore(trashed))],
        None => vec![Command::notify(Notice::refused(
            Action::RestoreFile,
            NONE_DELETED,
        ))],
    }
}

/// Asks for the name of a copy or for a new name.
pub(super) fn new_name(state: &State, action: Action) -> Vec<Command> {
    let Some(path) = state.selected_file() else {
        return vec![Command::notify(
            Notice::info("there is no file").until_key(),
        )];
    };
    let is_modified = state.documents.get(path).is_some_and(Document::is_modified);
    if is_modified {
        let words = format!("{} has unsaved edits: ctrl-s saves them", file_name(path));
        return vec![Command::notify(Notice::warning(words).until_key())];
    }
    let overlay = if action == Action::Rename {
        Overlay::prompt(PromptPurpose::Rename(path.to_owned()), file_name(path))
    } else {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}_copy.{extension}");
        Overlay::prompt(PromptPurpose::Duplicate(path.to_owned()), name)
    };
    vec![Command::open(overlay)]
}
