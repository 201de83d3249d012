//! Dialogs that open when the shown file has been checked: the launch dialog, the export dialog and
//! the form.

use super::{editing, folder};
use crate::tui::event::Checked;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::Overlay;
use crate::tui::screens::specs::state::{State, Waiting};

/// Folds a folder; for a file, opens the launch dialog when the file has been checked.
pub(super) fn launch(state: &mut State) -> Vec<Command> {
    if let Some(path) = folder(state).map(|row| row.path.clone()) {
        state.tree.toggle(&path);
        return Vec::new();
    }
    let Some(path) = state.current.clone() else {
        state.waiting = Some(Waiting::LaunchFirst);
        return Vec::new();
    };
    wait_for_check(state, Waiting::Launch(path))
}

/// Opens the export dialog when the file has been checked.
pub(super) fn export(state: &mut State) -> Vec<Command> {
    let Some(path) = state.current.clone() else {
        return Vec::new();
    };
    wait_for_check(state, Waiting::Export(path))
}

/// Opens the form when the text has been checked.
pub(super) fn edit_fields(state: &mut State) -> Vec<Command> {
    let Some(path) = state.current.clone() else {
        return Vec::new();
    };
    if state
        .document()
        .is_some_and(|document| document.editor.is_read_only())
    {
        return vec![Command::notify(
            Notice::warning(editing::ONLY_SHOWN).until_key(),
        )];
    }
    wait_for_check(state, Waiting::Form(path))
}

/// Continues immediately if the text has been checked, or else when the check ends.
fn wait_for_check(state: &mut State, waiting: Waiting) -> Vec<Command> {
    state.waiting = Some(waiting);
    let Some(document) = state.document() else {
        return Vec::new();
    };
    if document.checked_now().is_some() {
        return checked(state);
    }
    match &state.current {
        Some(path) => vec![document.check_now(path)],
        None => Vec::new(),
    }
}

/// Continues the action that waited for the check of the shown file.
pub(super) fn checked(state: &mut State) -> Vec<Command> {
    let Some(path) = state.current.clone() else {
        return Vec::new();
    };
    let Some(checked) = state
        .document()
        .and_then(|document| document.checked_now().cloned())
    else {
        return Vec::new();
    };
    match state.waiting.take() {
        Some(Waiting::Launch(waiting)) if waiting == path => {
            if let Some(reason) = unusable(&checked, "launched") {
                return vec![Command::notify(Notice::error(reason).until_key())];
            }
            vec![Command::open(Overlay::launch(
                state.tree.root(),
                path,
                checked,
            ))]
        }
        Some(Waiting::Form(waiting)) if waiting == path => {
            let version = state.document().map(|document| document.editor.version());
            if checked.loaded.component.is_none() {
                let words = "the text can't be read: fix its problems first";
                return vec![Command::notify(Notice::info(words).until_key())];
            }
            let form = version.map(|version| Overlay::form(path, version, &checked));
            form.into_iter().map(Command::open).collect()
        }
        Some(Waiting::Export(waiting)) if waiting == path => {
            if let Some(reason) = unusable(&checked, "exported") {
                return vec![Command::notify(Notice::error(reason).until_key())];
            }
            vec![Command::open(Overlay::export_spec(path, &checked))]
        }
        other => {
            state.waiting = other;
            Vec::new()
        }
    }
}

/// Returns why a spec can't be used; `None` if it can.
fn unusable(checked: &Checked, verb: &str) -> Option<String> {
    match (checked.loaded.has_errors(), checked.counts().errors) {
        (false, _) => None,
        (true, 1) => Some(format!("it can't be {verb}: fix its 1 problem first")),
        (true, errors) => Some(format!(
            "it can't be {verb}: fix its {errors} problems first"
        )),
    }
}
