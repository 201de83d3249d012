//! The effects of actions and events on the Specs screen.

mod comparing;
mod editing;
mod files;
mod finding;
mod graph;
mod jobs;
mod pointer;
mod tabs;
mod waiting;

use std::path::Path;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};

use super::assist;
use super::document::Document;
use super::layout::{self, Areas};
use super::state::{Focus, State, TabMeans};
use super::tree::{RowKind, TreeRow};
use crate::base::clock::Timestamp;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::effect::FileCommand;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::widgets::graph::Scroll;

pub(super) use editing::edit;
pub(crate) use files::save_all;
pub(crate) use graph::drawn;
pub(crate) use jobs::{answered, changed_on_disk, job};
pub(crate) use pointer::mouse;

/// The time without typing that ends an undo step.
const PAUSE: Duration = Duration::from_secs(2);

/// Performs an action.
pub(crate) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let areas = layout::areas(state, context.area);
    if !matches!(action, Action::PassEditor | Action::PassEditorBack) {
        state.tab = TabMeans::Indent;
    }
    if lacks_file(state, action) {
        return vec![Command::notify(Notice::refused(action, NO_SPEC))];
    }
    if let Some(commands) = assist::act(state, action, &areas) {
        return commands;
    }
    if acts_on_file(action) && folder(state).is_some() {
        let words = "a folder is chosen: choose a file of it first";
        return vec![Command::notify(Notice::refused(action, words))];
    }
    match action {
        Action::Launch => return waiting::launch(state),
        Action::ExportSpec => return waiting::export(state),
        Action::EditFields => return waiting::edit_fields(state),
        Action::Save => return files::save(state),
        Action::OpenInEditor => return files::open_in_editor(state),
        Action::Duplicate | Action::Rename => return files::new_name(state, action),
        Action::DeleteFile => return files::delete(state, context.trash),
        Action::RestoreFile => return files::restore(state),
        Action::NewSpec => return files::new_spec(state, context.workspace),
        Action::CompareSpecs => return comparing::compare(state, context.runs),
        Action::NextTab | Action::PreviousTab => return tabs::step(state, action),
        Action::CloseTab => return tabs::close_shown(state),
        Action::ToggleGraph => return graph::toggle(state),
        Action::Edit => focus(state, Focus::Editor),
        Action::Back => back(state),
        Action::NextPane | Action::PassEditor => step_focus(state, true),
        Action::PreviousPane | Action::PassEditorBack => step_focus(state, false),
        Action::PaneLeft | Action::PaneRight | Action::PaneUp | Action::PaneDown => {
            move_focus(state, action);
        }
        Action::Find => finding::open(state),
        Action::FindNext | Action::FindPrevious if state.find.is_none() => {
            let words = "nothing was searched for yet";
            return vec![Command::notify(Notice::refused(action, words))];
        }
        Action::FindNext => return finding::step(state, &areas, true),
        Action::FindPrevious => return finding::step(state, &areas, false),
        Action::SwitchField => finding::switch_field(state),
        Action::ReplaceOne => return finding::replace_one(state, &areas),
        Action::ReplaceAll => return finding::replace_all(state, &areas),
        Action::Undo
        | Action::Redo
        | Action::SelectAll
        | Action::CopyText
        | Action::CutText
        | Action::PasteText => return editing::act(state, action, &areas),
        other => return in_pane(state, other, &areas),
    }
    Vec::new()
}

/// Performs an action whose effect depends on the pane, such as a movement.
fn in_pane(state: &mut State, action: Action, areas: &Areas) -> Vec<Command> {
    match state.focus {
        Focus::Tree => in_tree(state, action, areas),
        Focus::Problems => {
            let len = state.problems().len();
            if state.problems.act(action, len, Areas::rows(areas.problems)) {
                to_problem(state, areas);
            } else if action == Action::Accept {
                to_problem(state, areas);
                focus(state, Focus::Editor);
            }
            Vec::new()
        }
        Focus::Outline if state.has_graph => {
            graph::act(state, action, areas);
            Vec::new()
        }
        Focus::Outline => {
            let len = state.outline().len();
            if state.outline.act(action, len, Areas::rows(areas.outline)) {
                to_outline_item(state, areas);
            } else if action == Action::Accept {
                to_outline_item(state, areas);
                focus(state, Focus::Editor);
            }
            Vec::new()
        }
        Focus::Find | Focus::Editor => Vec::new(),
    }
}

fn in_tree(state: &mut State, action: Action, areas: &Areas) -> Vec<Command> {
    match action {
        Action::Left => state.tree.fold(),
        Action::Right => state.tree.unfold(),
        _ => {
            let len = state.tree.rows().len();
            if !state.tree.cursor.act(action, len, Areas::rows(areas.tree)) {
                return Vec::new();
            }
        }
    }
    show_selected(state)
}

/// Shows the file selected in the tree.
fn show_selected(state: &mut State) -> Vec<Command> {
    let Some(path) = state.selected_file().map(Path::to_owned) else {
        return Vec::new();
    };
    open(state, &path)
}

/// Shows a file, and reads it if it is not open.
pub(super) fn open(state: &mut State, path: &Path) -> Vec<Command> {
    if state.current.as_deref() != Some(path) {
        let before = state.current.replace(path.to_owned());
        // Of a preview nothing is kept; read again, it is as fresh as it is on disk.
        if let Some(before) = before.filter(|before| !state.tabs.holds(before)) {
            let document = state.documents.get(&before);
            if document.is_some_and(Document::is_modified) {
                state.tabs.open(&before);
            } else {
                state.documents.remove(&before);
            }
        }
        state.problems.select(0);
        state.outline.select(0);
        state.graph = Scroll::default();
        finding::close(state);
        state.assist.close();
        if state.focus == Focus::Find {
            state.focus = Focus::Editor;
        }
    }
    if state.documents.contains_key(path) {
        return graph::due(state);
    }
    vec![Command::file(FileCommand::Read {
        path: path.to_owned(),
    })]
}

/// Returns why an action would have no effect or a different one, as the end of a sentence; `None`
/// if it does what its title says.
pub(crate) fn refusal(state: &State, action: Action) -> Option<&'static str> {
    match action {
        Action::NextTab | Action::PreviousTab => {
            let beside = state.tabs.beside(state.current.as_deref(), true);
            beside.is_none().then_some(tabs::NO_OTHER)
        }
        Action::CloseTab => {
            let shown = state.current.as_deref();
            let has_tab = shown.is_some_and(|path| state.tabs.holds(path));
            (!has_tab).then_some(tabs::NONE_OPEN)
        }
        Action::RestoreFile if state.deleted.is_empty() => Some(files::NONE_DELETED),
        Action::Save if state.unsaved().is_empty() => Some("nothing is unsaved"),
        action if lacks_file(state, action) => Some(NO_SPEC),
        Action::Launch if folder(state).is_some() => Some("a folder is chosen"),
        action if acts_on_file(action) && folder(state).is_some() => Some("a folder is chosen"),
        Action::FindNext | Action::FindPrevious if state.find.is_none() => {
            Some("nothing was searched for yet")
        }
        _ => None,
    }
}

/// Whether an action applies to a single file. In the tree, this is the selected file and never the
/// shown one.
const fn acts_on_file(action: Action) -> bool {
    matches!(
        action,
        Action::Edit
            | Action::ExportSpec
            | Action::OpenInEditor
            | Action::CompareSpecs
            | Action::ToggleGraph
            | Action::Duplicate
            | Action::DeleteFile
            | Action::EditFields
            | Action::FormatSpec
            | Action::Rename
    )
}

/// The reason why actions on a file have no effect if no file is shown.
const NO_SPEC: &str = "there is no spec on show";

/// Whether an action needs a file and none is shown. A launch may wait until the folder has been
/// searched.
fn lacks_file(state: &State, action: Action) -> bool {
    let is_about_file = match action {
        Action::Find | Action::Undo | Action::Redo => true,
        Action::Launch => state.is_scanned,
        action => acts_on_file(action),
    };
    is_about_file && state.current.is_none() && folder(state).is_none()
}

/// Returns the folder selected in the tree, if the tree has the focus.
pub(super) fn folder(state: &State) -> Option<&TreeRow> {
    let row = state.tree.selected();
    row.filter(|row| state.focus == Focus::Tree && matches!(row.kind, RowKind::Folder { .. }))
}

/// Shows a file and selects it in the tree.
pub(crate) fn show(state: &mut State, path: &Path) -> Vec<Command> {
    state.tree.reveal(path);
    state.focus = Focus::Tree;
    open(state, path)
}

/// Handles a key that is text.
pub(crate) fn text(state: &mut State, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    let areas = layout::areas(state, context.area);
    match state.focus {
        Focus::Find => {
            finding::input(state, key, &areas);
            Vec::new()
        }
        Focus::Editor => {
            state.tab = TabMeans::Indent;
            end_step_after_pause(state, context.now);
            let changes = matches!(
                key.code,
                KeyCode::Char(_)
                    | KeyCode::Enter
                    | KeyCode::Tab
                    | KeyCode::Backspace
                    | KeyCode::Delete
            );
            let commands = editing::edit(state, changes, |editor| {
                editor.input(key, areas.text_size())
            });
            let types = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace);
            if types {
                assist::typed(state);
            } else {
                state.assist.close();
            }
            commands
        }
        Focus::Tree | Focus::Problems | Focus::Outline => Vec::new(),
    }
}

/// Begins a new undo step if nothing was typed for some time.
fn end_step_after_pause(state: &mut State, now: Timestamp) {
    let typed_at = state.typed_at.replace(now);
    if typed_at.is_some_and(|typed_at| now.since(typed_at) >= PAUSE)
        && let Some(document) = state.document_mut()
    {
        document.editor.end_step();
    }
}

/// Handles pasted text.
pub(crate) fn paste(state: &mut State, text: &str, context: &Context<'_>) -> Vec<Command> {
    let areas = layout::areas(state, context.area);
    match state.focus {
        Focus::Find => finding::paste(state, text, &areas),
        Focus::Editor => {
            state.tab = TabMeans::Indent;
            state.assist.close();
            editing::edit(state, true, |editor| editor.paste(text, areas.text_size()))
        }
        Focus::Tree | Focus::Problems | Focus::Outline => {
            let words = "pasted text goes into the editor: e first";
            vec![Command::notify(Notice::info(words).until_key())]
        }
    }
}

fn focus(state: &mut State, focus: Focus) {
    if focus == Focus::Problems && state.problems().is_empty() {
        return;
    }
    state.focus = focus;
}

fn back(state: &mut State) {
    match state.focus {
        Focus::Find => {
            finding::close(state);
            state.focus = Focus::Editor;
        }
        Focus::Editor => {
            let had_selection = state
                .document_mut()
                .is_some_and(|document| document.editor.cancel_selection());
            if !had_selection {
                state.focus = Focus::Tree;
            }
        }
        Focus::Problems | Focus::Outline => state.focus = Focus::Tree,
        Focus::Tree => state.waiting = None,
    }
}

fn step_focus(state: &mut State, is_forward: bool) {
    let mut order = vec![Focus::Tree, Focus::Editor, Focus::Outline];
    if !state.problems().is_empty() {
        order.push(Focus::Problems);
    }
    let at = order.iter().position(|focus| *focus == state.focus);
    let step = if is_forward { 1 } else { order.len() - 1 };
    let next = (at.unwrap_or(0) + step) % order.len();
    pass_to(state, order.swap_remove(next));
}

/// Moves the focus to the next or the previous pane.
fn pass_to(state: &mut State, next: Focus) {
    focus(state, next);
    if state.focus == Focus::Editor {
        state.tab = TabMeans::NextPane;
    }
}

fn move_focus(state: &mut State, action: Action) {
    let next = match (state.focus, action) {
        (Focus::Tree, Action::PaneDown) => Focus::Problems,
        (Focus::Problems, Action::PaneUp) | (Focus::Editor | Focus::Find, Action::PaneLeft) => {
            Focus::Tree
        }
        (Focus::Tree | Focus::Problems, Action::PaneRight) | (Focus::Outline, Action::PaneLeft) => {
            Focus::Editor
        }
        (Focus::Editor | Focus::Find, Action::PaneRight) => Focus::Outline,
        (stays, _) => stays,
    };
    if next != state.focus {
        pass_to(state, next);
    }
}

/// Moves the cursor of the text to the selected problem.
fn to_problem(state: &mut State, areas: &Areas) {
    let place = state
        .problems()
        .get(state.problems.selected())
        .and_then(|problem| problem.place);
    if let (Some(place), Some(document)) = (place, state.document_mut()) {
        let at = (place.line.saturating_sub(1), place.column.saturating_sub(1));
        document.editor.go_to(at.0, at.1, areas.text_size());
    }
}

/// Moves the cursor of the text to the selected item of the outline.
fn to_outline_item(state: &mut State, areas: &Areas) {
    let place = state
        .outline()
        .get(state.outline.selected())
        .and_then(|row| row.item.place);
    if let (Some(place), Some(document)) = (place, state.document_mut()) {
        let at = (place.line.saturating_sub(1), place.column.saturating_sub(1));
        document.editor.go_to(at.0, at.1, areas.text_size());
    }
}
