//! Changes of the text.

use crate::tui::action::Action;
use crate::tui::effect::{FileCommand, TerminalCommand};
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::specs::document::Conflict;
use crate::tui::screens::specs::layout::Areas;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::editor::Editor;

/// The reason why a text can't be changed.
pub(super) const ONLY_SHOWN: &str = "this file is read-only here: it is too long, or its line ends are mixed; ctrl-e opens it in $EDITOR";

/// Performs an action of the editor.
pub(super) fn act(state: &mut State, action: Action, areas: &Areas) -> Vec<Command> {
    let size = areas.text_size();
    match action {
        Action::Undo => or_nothing(
            edit(state, true, |editor| editor.undo(size)),
            "nothing is left to undo",
        ),
        Action::Redo => or_nothing(
            edit(state, true, |editor| editor.redo(size)),
            "nothing was undone, so nothing can be redone",
        ),
        Action::PasteText => or_nothing(
            edit(state, true, |editor| editor.paste_copied(size)),
            "nothing was copied here; use the terminal's paste for text from elsewhere",
        ),
        Action::SelectAll => edit(state, false, |editor| {
            editor.select_all();
            false
        }),
        Action::CopyText => {
            let text = state
                .document_mut()
                .and_then(|document| document.editor.copy());
            copy(text)
        }
        Action::CutText => {
            let mut text = None;
            let mut commands = edit(state, true, |editor| {
                text = editor.cut(size);
                text.is_some()
            });
            commands.extend(copy(text));
            commands
        }
        _ => Vec::new(),
    }
}

/// Returns the commands of a change, or the given notice if nothing was changed.
fn or_nothing(commands: Vec<Command>, words: &str) -> Vec<Command> {
    if commands.is_empty() {
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    commands
}

fn copy(text: Option<String>) -> Vec<Command> {
    match text {
        Some(text) => vec![Command::terminal(TerminalCommand::Copy {
            text,
            what: "the selection".to_owned(),
        })],
        None => vec![Command::notify(
            Notice::info("nothing is selected: shift and the arrow keys select").until_key(),
        )],
    }
}

/// Calls a function that may edit the shown text, and schedules a check if the text has changed.
/// `is_change` says whether a notice is shown if the text is read-only.
pub(in crate::tui::screens::specs) fn edit(
    state: &mut State,
    is_change: bool,
    change: impl FnOnce(&mut Editor) -> bool,
) -> Vec<Command> {
    let Some(path) = state.current.clone() else {
        return Vec::new();
    };
    let Some(document) = state.documents.get_mut(&path) else {
        return Vec::new();
    };
    if is_change && document.editor.is_read_only() {
        return vec![Command::notify(Notice::warning(ONLY_SHOWN).until_key())];
    }
    let mut commands = Vec::new();
    if change(&mut document.editor) {
        commands.push(document.check_soon(&path));
        // Without edits the text follows the disk again.
        if document.conflict == Some(Conflict::Changed) && !document.has_edits() {
            commands.push(Command::file(FileCommand::Read { path: path.clone() }));
        }
    }
    if let (Some(find), Some(document)) = (&mut state.find, state.documents.get(&path)) {
        find.refresh(document);
    }
    if state.focus != Focus::Find {
        state.is_dragging = false;
    }
    commands
}
