//! What actions and events do to the Specs screen.

use std::path::Path;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use super::state::{Answer, Document, State};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::command::{Command, FileCommand};
use crate::tui::event::JobResult;
use crate::tui::overlays::Overlay;
use crate::workspace::{Changes, Workspace};

/// Does an action.
pub(crate) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if state
        .list
        .act(action, state.files.len(), context.area.height.into())
    {
        return read_current(state);
    }
    match action {
        Action::Launch => launch(state),
        _ => Vec::new(),
    }
}

fn launch(state: &State) -> Vec<Command> {
    let Some(path) = state.current() else {
        return Vec::new();
    };
    match state
        .documents
        .get(path)
        .and_then(|document| document.checked.clone())
    {
        Some(checked) => vec![Command::open(Overlay::launch(path.to_owned(), checked))],
        None => Vec::new(),
    }
}

fn read_current(state: &State) -> Vec<Command> {
    match state.current() {
        Some(path) if !state.documents.contains_key(path) => {
            vec![Command::File(FileCommand::Read {
                path: path.to_owned(),
            })]
        }
        _ => Vec::new(),
    }
}

/// Shows a file.
pub(crate) fn show(state: &mut State, path: &Path) -> Vec<Command> {
    if let Some(row) = state.files.iter().position(|file| file.path == path) {
        state.list.select(row);
    }
    read_current(state)
}

/// Takes the answer to a question.
pub(crate) fn answered(_state: &mut State, answer: Answer) -> Vec<Command> {
    match answer {
        Answer::Reload(path) => vec![Command::File(FileCommand::Read { path })],
        Answer::Overwrite(_) => Vec::new(),
    }
}

/// Looks again at what has changed on disk.
pub(crate) fn changed_on_disk(
    _state: &mut State,
    _changes: &Changes,
    workspace: &Workspace,
) -> Vec<Command> {
    vec![Command::File(FileCommand::Scan {
        root: workspace.root.clone(),
    })]
}

/// Takes what came of a job.
pub(crate) fn job(state: &mut State, result: JobResult, _workspace: &Workspace) -> Vec<Command> {
    match result {
        JobResult::Scanned(found) => {
            state.files = found.files;
            read_current(state)
        }
        JobResult::Read {
            path,
            result: Ok(text),
        } => {
            let version = 1;
            state.documents.insert(
                path.clone(),
                Document {
                    text: text.clone(),
                    version,
                    checked: None,
                },
            );
            let delay = Duration::ZERO;
            vec![Command::File(FileCommand::Check {
                path,
                version,
                text,
                delay,
            })]
        }
        JobResult::Checked {
            path,
            version,
            checked,
        } => {
            if let Some(document) = state.documents.get_mut(&path)
                && document.version == version
            {
                document.checked = Some(checked);
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Takes a key that is text.
pub(crate) fn text(_state: &mut State, _key: KeyEvent, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

/// Takes text that was pasted.
pub(crate) fn paste(_state: &mut State, _text: &str, _context: &Context<'_>) -> Vec<Command> {
    Vec::new()
}

/// Takes a click, a drag or the wheel.
pub(crate) fn mouse(
    _state: &mut State,
    _event: MouseEvent,
    _context: &Context<'_>,
) -> Vec<Command> {
    Vec::new()
}
