//! Questions of the editor, and the handling of their answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fixing::{fix_or_choose, fix_problem, no_fix};
use super::popup::{CompletionList, MAX_ROWS, PlaceRow, Popup};
use super::{Asked, Jump};
use crate::base::files::file_name;
use crate::spec::assist::{Definition, FormatError, Reference, TextEdit};
use crate::tui::action::Action;
use crate::tui::assist::{Answer, Question};
use crate::tui::effect::FileCommand;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Overlay, PromptPurpose};
use crate::tui::screens::specs::layout::Areas;
use crate::tui::screens::specs::state::{Focus, State};
use crate::tui::screens::specs::update::{edit, folder, open};
use crate::tui::widgets::editor::Editor;
use crate::tui::widgets::list::ListCursor;

/// Performs an action of the help at the cursor or of its popup. Returns `None` for any other
/// action, for which the popup is closed.
pub(in crate::tui::screens::specs) fn act(
    state: &mut State,
    action: Action,
    areas: &Areas,
) -> Option<Vec<Command>> {
    if let Some(popup) = &mut state.assist.popup {
        if let Some((list, len)) = popup.list()
            && list.act(action, len, usize::from(MAX_ROWS))
        {
            return Some(Vec::new());
        }
        match action {
            Action::Accept if popup.list().is_some() => return Some(accept(state, areas)),
            Action::Back => {
                state.assist.close();
                return Some(Vec::new());
            }
            _ => {}
        }
    }
    state.assist.close();
    if action == Action::QuickFix && state.focus == Focus::Problems {
        return Some(fix_problem(state));
    }
    let question = match action {
        Action::FormatSpec if folder(state).is_none() => Question::Format,
        Action::Complete => Question::Complete,
        Action::Describe => Question::Describe,
        Action::QuickFix => Question::Fix,
        Action::GoToDefinition => Question::Define,
        Action::FindReferences => Question::Refer,
        Action::RenameName => Question::Name,
        Action::GoBack => return Some(go_back(state, areas)),
        _ => return None,
    };
    Some(ask(state, question))
}

/// Asks a question about the cursor's position.
fn ask(state: &mut State, question: Question) -> Vec<Command> {
    let (Some(path), Some(document)) = (state.current.clone(), state.document()) else {
        return Vec::new();
    };
    let at = document.editor.cursor_byte();
    ask_at(state, path, at, question)
}

pub(super) fn ask_at(
    state: &mut State,
    path: PathBuf,
    at: usize,
    question: Question,
) -> Vec<Command> {
    let Some(document) = state.documents.get(&path) else {
        return Vec::new();
    };
    let version = document.editor.version();
    let text = Arc::clone(document.editor.text());
    state.assist.asked = Some(Asked {
        path: path.clone(),
        version,
        question: question.clone(),
    });
    vec![Command::file(FileCommand::Assist {
        path,
        version,
        text,
        at,
        question,
    })]
}

/// Asks for the edits of a rename, after [`Question::Name`] was answered and the new name was
/// typed.
pub(in crate::tui::screens::specs) fn ask_to_rename(
    state: &mut State,
    path: PathBuf,
    version: u64,
    at: usize,
    name: String,
) -> Vec<Command> {
    let is_current = state
        .documents
        .get(&path)
        .is_some_and(|document| document.editor.version() == version);
    if is_current {
        ask_at(state, path, at, Question::Rename(name))
    } else {
        vec![Command::notify(Notice::warning(
            "the text has changed; nothing was renamed",
        ))]
    }
}

/// Updates the open popup after typing or cursor movement.
pub(in crate::tui::screens::specs) fn typed(state: &mut State) {
    let stays = match (&mut state.assist.popup, state.current.as_ref()) {
        (Some(Popup::Completions(open)), Some(path)) => state
            .documents
            .get(path)
            .is_some_and(|document| open.follow(&document.editor)),
        _ => false,
    };
    if !stays {
        state.assist.popup = None;
    }
}

/// Handles an answer. An answer about an older text is dropped; for completions, the question is
/// asked again.
pub(in crate::tui::screens::specs) fn answered(
    state: &mut State,
    path: &Path,
    version: u64,
    at: usize,
    answer: Answer,
    areas: &Areas,
) -> Vec<Command> {
    let is_awaited = state
        .assist
        .asked
        .as_ref()
        .is_some_and(|asked| asked.path == path && asked.version == version);
    let is_shown = state.current.as_deref() == Some(path);
    // What opens at the cursor has no place where the cursor is not shown.
    let is_of_cursor = !matches!(
        state.assist.asked.as_ref().map(|asked| &asked.question),
        Some(
            Question::FixProblem(_)
                | Question::Format
                | Question::SetField { .. }
                | Question::SetNumber { .. }
                | Question::SetTools(_)
        )
    );
    if !is_awaited || !is_shown || (is_of_cursor && state.focus != Focus::Editor) {
        return Vec::new();
    }
    let Some(asked) = state.assist.asked.take() else {
        return Vec::new();
    };
    let Some(document) = state.document() else {
        return Vec::new();
    };
    if document.editor.version() != version {
        return match asked.question {
            Question::Complete => ask(state, asked.question),
            _ => Vec::new(),
        };
    }
    let info = |words: &str| vec![Command::notify(Notice::info(words).until_key())];
    let editor = &document.editor;
    match answer {
        Answer::Completions(completions) => {
            match CompletionList::new(completions, at, editor) {
                Some(open) => state.assist.popup = Some(Popup::Completions(open)),
                None => return info("nothing to complete here"),
            }
            Vec::new()
        }
        Answer::Description(Some(hover)) => {
            state.assist.popup = Some(Popup::Description(hover));
            Vec::new()
        }
        // F1 is help everywhere else.
        Answer::Description(None) => vec![Command::Tell(Message::Do(Action::Help))],
        Answer::Fixes(fixes) if fixes.is_empty() => match asked.question {
            Question::FixProblem(place) => no_fix(state, place),
            _ => info("no fix is known for this line"),
        },
        Answer::Fixes(fixes) if matches!(asked.question, Question::FixProblem(_)) => {
            fix_or_choose(state, fixes, areas)
        }
        Answer::Fixes(fixes) => {
            let list = ListCursor::default();
            state.assist.popup = Some(Popup::Fixes { fixes, list });
            Vec::new()
        }
        Answer::Definition(Some(Definition::Here(range))) => {
            let (line, column) = editor.position_of(range.start);
            go_to(state, line, column, areas);
            Vec::new()
        }
        Answer::Definition(Some(Definition::Supplied(name))) => to_supplied(state, &name),
        Answer::Definition(None) => info("this has no definition"),
        Answer::References(found) if found.is_empty() => info("there is no name here"),
        Answer::References(found) => {
            let places = found.iter().map(|place| row(editor, place)).collect();
            let list = ListCursor::default();
            state.assist.popup = Some(Popup::Places { places, list });
            Vec::new()
        }
        Answer::Name(None) => info(
            "nothing to rename here: put the cursor on a reference, a definition's key or an id",
        ),
        Answer::Name(Some(target)) => {
            let purpose = PromptPurpose::RenameName {
                path: path.to_owned(),
                version,
                at,
                n_places: target.n_places,
            };
            vec![Command::open(Overlay::prompt(purpose, target.name))]
        }
        Answer::Formatted(result) => formatted(state, result, areas),
        Answer::Set(Err(error)) => vec![Command::notify(Notice::error(error.to_string()))],
        Answer::Set(Ok(edits)) => {
            let at = moved(editor.cursor_byte(), &edits);
            change(state, &edits, at, areas)
        }
        Answer::Rename(Err(error)) => vec![Command::notify(Notice::error(error.to_string()))],
        Answer::Rename(Ok(edits)) => {
            let words = format!("renamed in {} places; undo takes it back", edits.len());
            let mut commands = change(state, &edits, at, areas);
            commands.push(Command::notify(Notice::info(words)));
            commands
        }
    }
}

/// Returns a position with its line.
fn row(editor: &Editor, place: &Reference) -> PlaceRow {
    let (line, column) = editor.position_of(place.range.start);
    let text = editor.lines().get(line).map_or("", |text| text.trim());
    PlaceRow {
        line,
        column,
        text: text.to_owned(),
        is_definition: place.is_definition,
    }
}

/// Accepts a row of the open list.
pub(in crate::tui::screens::specs) fn choose(
    state: &mut State,
    row: usize,
    areas: &Areas,
) -> Vec<Command> {
    if let Some((list, _)) = state.assist.popup.as_mut().and_then(Popup::list) {
        list.select(row);
    }
    accept(state, areas)
}

/// Accepts the selected row of the open list.
fn accept(state: &mut State, areas: &Areas) -> Vec<Command> {
    let Some(document) = state.document() else {
        return Vec::new();
    };
    let at = document.editor.cursor_byte();
    match state.assist.popup.take() {
        Some(Popup::Completions(open)) => {
            let matching = open.matching();
            let Some(item) = matching.get(open.list.selected()) else {
                return Vec::new();
            };
            let start = open.completions.range.start;
            let before: usize = item.also.iter().map(|edit| edit.text.len()).sum();
            let removed: usize = item.also.iter().map(|edit| edit.range.len()).sum();
            let cursor = start + before + item.cursor - removed;
            let edits = item.edits(start..at + open.after);
            change(state, &edits, cursor, areas)
        }
        Some(Popup::Fixes { fixes, list }) => match fixes.get(list.selected()) {
            Some(fix) => {
                let cursor = moved(at, &fix.edits);
                change(state, &fix.edits, cursor, areas)
            }
            None => Vec::new(),
        },
        Some(Popup::Places { places, list }) => {
            if let Some(place) = places.get(list.selected()) {
                go_to(state, place.line, place.column, areas);
            }
            Vec::new()
        }
        Some(Popup::Description(_)) | None => Vec::new(),
    }
}

/// Replaces the text by its canonical form.
fn formatted(
    state: &mut State,
    result: Result<String, FormatError>,
    areas: &Areas,
) -> Vec<Command> {
    let before = state
        .document()
        .map(|document| Arc::clone(document.editor.text()));
    let before = before.unwrap_or_default();
    match result {
        Err(error) => {
            let words = format!("not formatted: {error}");
            vec![Command::notify(Notice::error(words))]
        }
        Ok(text) if *text == *before => {
            let words = "it is in its canonical form already";
            vec![Command::notify(Notice::info(words).until_key())]
        }
        Ok(text) => {
            let edits = [TextEdit::replace(0..before.len(), text)];
            let mut commands = change(state, &edits, 0, areas);
            let words = "put into the canonical form; undo takes it back";
            commands.push(Command::notify(Notice::info(words)));
            commands
        }
    }
}

/// Returns the cursor position after edits: the cursor stays before the same text.
pub(super) fn moved(at: usize, edits: &[TextEdit]) -> usize {
    let before = edits.iter().filter(|edit| edit.range.end <= at);
    before.fold(at, |at, edit| at + edit.text.len() - edit.range.len())
}

/// Asks for the edits that change a field or the tools of the component at a byte position, as
/// requested by a form.
pub(in crate::tui::screens::specs) fn ask_to_set(
    state: &mut State,
    path: PathBuf,
    version: u64,
    at: usize,
    question: Question,
) -> Vec<Command> {
    let document = state.documents.get(&path);
    let is_current = document.is_some_and(|document| document.editor.version() == version);
    if is_current {
        ask_at(state, path, at, question)
    } else {
        vec![Command::notify(Notice::warning(
            "the text has changed; try again",
        ))]
    }
}

/// Changes the text as one undo step.
pub(super) fn change(
    state: &mut State,
    edits: &[TextEdit],
    cursor: usize,
    areas: &Areas,
) -> Vec<Command> {
    let size = areas.text_size();
    edit(state, true, |editor| {
        editor.apply_edits(edits, cursor, size)
    })
}

fn here(state: &State) -> Option<Jump> {
    let (line, column) = state.document()?.editor.cursor();
    Some(Jump {
        path: state.current.clone()?,
        line,
        column,
    })
}

/// Moves to another position of the shown file, and remembers the present one.
fn go_to(state: &mut State, line: usize, column: usize, areas: &Areas) {
    if let Some(jump) = here(state) {
        state.assist.remember(jump);
    }
    if let Some(document) = state.document_mut() {
        document.editor.go_to(line, column, areas.text_size());
    }
}

/// Shows the supplied part in which something is defined.
fn to_supplied(state: &mut State, name: &str) -> Vec<Command> {
    let path = PathBuf::from(name);
    let mut commands = vec![Command::notify(Notice::info(format!(
        "it is defined in {}",
        file_name(&path)
    )))];
    if state.files().any(|file| file == path) {
        if let Some(jump) = here(state) {
            state.assist.remember(jump);
        }
        commands.extend(open(state, &path));
    }
    commands
}

fn go_back(state: &mut State, areas: &Areas) -> Vec<Command> {
    let Some(jump) = state.assist.jumps.pop() else {
        return vec![Command::notify(
            Notice::info("there is no place to go back to").until_key(),
        )];
    };
    let commands = open(state, &jump.path);
    if let Some(document) = state.document_mut() {
        document
            .editor
            .go_to(jump.line, jump.column, areas.text_size());
    }
    commands
}
