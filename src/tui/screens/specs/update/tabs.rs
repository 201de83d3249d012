//! Switching between open files, and closing them.

use std::path::{Path, PathBuf};

use super::{files, jobs, open, show_selected};
use crate::base::files::file_name;
use crate::tui::action::Action;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::specs::document::Document;
use crate::tui::screens::specs::state::{Answer, Focus, State, Waiting};

/// The reason why there is no other tab.
pub(super) const NO_OTHER: &str = "no other file is open: e opens one in a tab";
/// The reason why there is no tab to close.
pub(super) const NONE_OPEN: &str = "no file is open in a tab";

/// Shows the file of the next or the previous tab.
pub(super) fn step(state: &mut State, action: Action) -> Vec<Command> {
    let is_forward = action == Action::NextTab;
    match state.tabs.beside(state.current.as_deref(), is_forward) {
        Some(path) => to(state, &path),
        None => vec![Command::notify(Notice::refused(action, NO_OTHER))],
    }
}

/// Shows an open file, and selects it in the tree.
pub(super) fn to(state: &mut State, path: &Path) -> Vec<Command> {
    state.tree.reveal(path);
    open(state, path)
}

/// Closes the shown file, after a question if edits would be lost.
pub(super) fn close_shown(state: &mut State) -> Vec<Command> {
    let shown = state.current.clone().filter(|path| state.tabs.holds(path));
    match shown {
        Some(path) => ask_to_close(state, &path),
        None => vec![Command::notify(Notice::refused(
            Action::CloseTab,
            NONE_OPEN,
        ))],
    }
}

/// Closes a file, after a question if edits would be lost.
pub(super) fn ask_to_close(state: &mut State, path: &Path) -> Vec<Command> {
    if !state.documents.get(path).is_some_and(Document::is_modified) {
        return close(state, path);
    }
    let answer = |answer| vec![Command::Tell(Message::Specs(answer))];
    let text = format!("{} has unsaved edits.", file_name(path));
    let choices = vec![
        Choice::new('c', "cancel", Vec::new()),
        Choice::new(
            's',
            "save and close",
            answer(Answer::SaveAndClose(path.to_owned())),
        ),
        Choice::new(
            'd',
            "discard the edits",
            answer(Answer::Close(path.to_owned())),
        ),
    ];
    vec![Command::open(Overlay::question(
        "close the file",
        text,
        choices,
    ))]
}

/// Saves a file and closes it when it has been saved.
pub(super) fn save_and_close(state: &mut State, path: PathBuf) -> Vec<Command> {
    let Some(document) = state.documents.get(&path) else {
        return close(state, &path);
    };
    let save = files::save_command(&path, document);
    state.waiting = Some(Waiting::Close(path));
    vec![save]
}

/// Closes a file without saving its edits. If it was shown, the next tab is shown.
pub(super) fn close(state: &mut State, path: &Path) -> Vec<Command> {
    let beside = state.tabs.close(path);
    let mut commands = Vec::new();
    if state.documents.remove(path).is_some() {
        // What is said of it in the tree may be of edits that are gone.
        state.unjudged.push_back(path.to_owned());
        commands.extend(jobs::judge_next(state));
    }
    if state.current.as_deref() != Some(path) {
        return commands;
    }
    state.current = None;
    if let Some(beside) = beside {
        commands.extend(to(state, &beside));
        return commands;
    }
    into_tree(state);
    commands.extend(show_selected(state));
    commands
}

/// Closes a file that was deleted.
pub(super) fn close_deleted(state: &mut State, path: &Path) -> Vec<Command> {
    let beside = state.tabs.close(path);
    state.documents.remove(path);
    show_in_place_of(state, path, beside)
}

/// Removes an open file that no longer exists on disk.
pub(super) fn gone(state: &mut State, path: &Path) -> Vec<Command> {
    let had_tab = state.tabs.holds(path);
    let mut commands = close_deleted(state, path);
    if had_tab {
        let words = format!("{} is gone from disk: its tab is closed", file_name(path));
        commands.push(Command::notify(Notice::warning(words)));
    }
    commands
}

/// Shows another file if the removed one was shown: in the tree the file below it, so that the same
/// key applies to its neighbour next, and elsewhere the file of the next tab.
fn show_in_place_of(state: &mut State, path: &Path, beside: Option<PathBuf>) -> Vec<Command> {
    if state.current.as_deref() != Some(path) {
        return Vec::new();
    }
    state.current = None;
    let neighbour = state.tree.beside(path).map(Path::to_owned);
    let next = if state.focus == Focus::Tree {
        neighbour.or(beside)
    } else {
        beside.or_else(|| {
            into_tree(state);
            neighbour
        })
    };
    next.map_or_else(Vec::new, |next| to(state, &next))
}

fn into_tree(state: &mut State) {
    state.find = None;
    state.assist.close();
    state.focus = Focus::Tree;
}
