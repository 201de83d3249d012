//! Search and replacement.

use crossterm::event::KeyEvent;

use super::editing;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::specs::find::Find;
use crate::tui::screens::specs::layout::Areas;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::widgets::editor::Match;

/// Opens the find bar with the selected text of one line, or else with the last search words; the
/// next letter replaces them.
pub(super) fn open(state: &mut State) {
    let path = state.current.as_ref();
    let Some(document) = path.and_then(|path| state.documents.get(path)) else {
        return;
    };
    let selected = document
        .editor
        .selected_text()
        .filter(|text| !text.contains('\n'));
    if let Some(find) = &mut state.find {
        find.is_replacing = false;
        if let Some(selected) = selected {
            find.wanted.set_text(selected);
        }
        find.wanted.select_all();
        find.refresh(document);
    } else {
        let mut find = Find::new(selected.as_deref().unwrap_or(&state.sought));
        find.refresh(document);
        state.find = Some(find);
    }
    state.focus = Focus::Find;
}

/// Closes the find bar; the search words are kept for the next time it is opened.
pub(super) fn close(state: &mut State) {
    if let Some(find) = state.find.take() {
        find.wanted.text().clone_into(&mut state.sought);
    }
}

/// Moves to the next or the previous match.
pub(super) fn step(state: &mut State, areas: &Areas, is_forward: bool) -> Vec<Command> {
    refresh(state);
    let next = match (&state.find, state.document()) {
        (Some(find), Some(document)) => find.step(document, is_forward),
        _ => None,
    };
    if next.is_none() {
        let words = "no match in this file";
        return vec![Command::notify(Notice::info(words).until_key())];
    }
    select(state, next, areas);
    Vec::new()
}

/// Switches between the search words and the replacement.
pub(super) fn switch_field(state: &mut State) {
    if let Some(find) = &mut state.find {
        find.is_replacing = !find.is_replacing;
    }
}

/// Gives a key to the focused field; the search follows the typing.
pub(super) fn input(state: &mut State, key: KeyEvent, areas: &Areas) {
    let has_changed = state
        .find
        .as_mut()
        .is_some_and(|find| find.field().input(key));
    if has_changed {
        look(state, areas);
    }
}

/// Pastes text into the focused field.
pub(super) fn paste(state: &mut State, text: &str, areas: &Areas) -> Vec<Command> {
    let find = state.find.as_mut();
    let notice = find.and_then(|find| find.field().paste(text));
    look(state, areas);
    notice.map(Command::notify).into_iter().collect()
}

/// Searches again and moves to the first match after the start of the last one.
fn look(state: &mut State, areas: &Areas) {
    refresh(state);
    let next = match (&state.find, state.document()) {
        (Some(find), Some(document)) if !find.is_replacing => {
            let editor = &document.editor;
            let from = editor.selection().map_or(editor.cursor(), |(from, _)| from);
            find.from(from)
        }
        _ => return,
    };
    select(state, next, areas);
}

fn refresh(state: &mut State) {
    let document = state
        .current
        .as_ref()
        .and_then(|path| state.documents.get(path));
    if let (Some(find), Some(document)) = (&mut state.find, document) {
        find.refresh(document);
    }
}

fn select(state: &mut State, place: Option<Match>, areas: &Areas) {
    if let (Some(place), Some(document)) = (place, state.document_mut()) {
        document.editor.select_match(place, areas.text_size());
    }
}

/// Replaces the selected match and moves to the next one.
pub(super) fn replace_one(state: &mut State, areas: &Areas) -> Vec<Command> {
    let is_on_place = match (&state.find, state.document()) {
        (Some(find), Some(document)) => find.current(document).is_some(),
        _ => false,
    };
    let mut commands = Vec::new();
    if is_on_place && let Some(find) = &state.find {
        let replacement = find.replacement.text().to_owned();
        commands = editing::edit(state, true, |editor| {
            editor.replace_selection(&replacement, areas.text_size())
        });
    }
    let further = step(state, areas, true);
    if commands.is_empty() {
        commands = further;
    }
    commands
}

/// Replaces all matches.
pub(super) fn replace_all(state: &mut State, areas: &Areas) -> Vec<Command> {
    refresh(state);
    let Some(find) = &state.find else {
        return Vec::new();
    };
    let found = find.found.clone();
    let replacement = find.replacement.text().to_owned();
    let mut replaced = 0;
    let mut commands = editing::edit(state, true, |editor| {
        replaced = editor.replace_all(&found, &replacement, areas.text_size());
        replaced > 0
    });
    if replaced > 0 {
        let words = format!("replaced {replaced}; undo takes all of them back");
        commands.push(Command::notify(Notice::info(words)));
    } else if commands.is_empty() {
        let words = "no match in this file";
        commands.push(Command::notify(Notice::info(words).until_key()));
    }
    commands
}
