//! The effects of job results, changes on disk and answers to questions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{editing, files, graph, tabs, waiting};
use crate::base::files::ReadError;
use crate::base::files::file_name;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::check::Verdict;
use crate::tui::effect::FileCommand;
use crate::tui::event::JobResult;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::specs::document::{Conflict, Document};
use crate::tui::screens::specs::state::{Answer, Focus, State, Waiting};
use crate::tui::screens::specs::{assist, layout};
use crate::tui::widgets::editor::Editor;
use crate::workspace::{Changes, Discovered, SaveError, Trashed};

/// The number of files that one job checks; the next job begins when the last one has ended.
const JUDGED_AT_ONCE: usize = 16;

/// Handles the result of a job.
pub(crate) fn job(state: &mut State, result: JobResult, context: &Context<'_>) -> Vec<Command> {
    match result {
        JobResult::Scanned(found) => scanned(state, found),
        JobResult::Read { path, result } => read(state, path, result),
        JobResult::Checked {
            path,
            version,
            checked,
        } => {
            state.tree.set_verdict(path.clone(), checked.counts());
            if let Some(document) = state.documents.get_mut(&path) {
                document.take_check(version, checked);
            }
            if state.focus == Focus::Problems && state.problems().is_empty() {
                state.focus = Focus::Tree;
            }
            let mut commands = graph::due(state);
            commands.extend(waiting::checked(state));
            commands
        }
        JobResult::Assisted {
            path,
            version,
            at,
            answer,
        } => {
            let areas = layout::areas(state, context.area);
            let commands = assist::answered(state, &path, version, at, answer, &areas);
            state.keep_open();
            commands
        }
        JobResult::Judged(verdicts) => {
            for (path, verdict) in verdicts {
                if !state.documents.contains_key(&path) {
                    state.tree.set_verdict(path, verdict);
                }
            }
            judge_next(state)
        }
        JobResult::Saved { path, text, result } => saved(state, &path, text, result),
        JobResult::Moved {
            from,
            to,
            is_rename,
            result,
        } => match result {
            Ok(()) => {
                let verb = if is_rename { "renamed to" } else { "copied to" };
                let words = format!("{verb} {}", file_name(&to));
                if is_rename {
                    state.documents.remove(&from);
                    state.tabs.rename(&from, &to);
                }
                state.expected = Some(to);
                vec![scan(state), Command::notify(Notice::info(words))]
            }
            Err(error) => vec![Command::notify(Notice::error(save_error(&error)))],
        },
        JobResult::Trashed { path, result } => trashed(state, &path, result),
        JobResult::Restored { trashed, result } => restored(state, trashed, result),
        JobResult::Created { path, result } => match result {
            Ok(()) => {
                let words = format!("wrote {}", file_name(&path));
                state.expected = Some(path);
                vec![scan(state), Command::notify(Notice::info(words))]
            }
            Err(error) => vec![Command::notify(Notice::error(save_error(&error)))],
        },
        JobResult::EditorClosed { path, problem } => {
            let mut commands = vec![Command::file(FileCommand::Read { path })];
            commands.extend(problem.map(|problem| Command::notify(Notice::error(problem))));
            commands
        }
        JobResult::Rows { .. }
        | JobResult::TracesRead(_)
        | JobResult::TraceOpened { .. }
        | JobResult::Forked { .. }
        | JobResult::Planned { .. }
        | JobResult::Paths { .. }
        | JobResult::Exported { .. }
        | JobResult::BatchExported { .. }
        | JobResult::ExportExists { .. }
        | JobResult::Pictures { .. }
        | JobResult::ExportWritten { .. }
        | JobResult::ToCopy { .. }
        | JobResult::Compared { .. }
        | JobResult::Drawn { .. }
        | JobResult::History(_)
        | JobResult::CallPlanned { .. }
        | JobResult::Settings(_)
        | JobResult::Kept
        | JobResult::Done(_)
        | JobResult::Failed(_) => Vec::new(),
    }
}

/// Returns the command that searches the folder again.
fn scan(state: &State) -> Command {
    let tabs = state.tabs.files().iter();
    let open = tabs.chain(&state.current).chain(&state.expected);
    Command::file(FileCommand::Scan {
        root: state.tree.root().to_owned(),
        known: state.files().map(Path::to_owned).collect(),
        open: open.cloned().collect(),
    })
}

/// Closes a file that was deleted on this screen.
fn trashed(state: &mut State, path: &Path, result: Result<Trashed, SaveError>) -> Vec<Command> {
    match result {
        Ok(trashed) => {
            let words = format!("deleted {}: u brings it back", file_name(path));
            state.deleted.push(trashed);
            let mut commands = tabs::close_deleted(state, path);
            commands.extend([scan(state), Command::notify(Notice::info(words))]);
            commands
        }
        Err(error) => vec![Command::notify(Notice::error(save_error(&error)))],
    }
}

/// Shows a deleted file that was restored.
fn restored(state: &mut State, trashed: Trashed, result: Result<(), SaveError>) -> Vec<Command> {
    match result {
        Ok(()) => {
            let words = format!("{} is back", file_name(&trashed.from));
            state.expected = Some(trashed.from);
            vec![scan(state), Command::notify(Notice::info(words))]
        }
        Err(error) => {
            state.deleted.push(trashed);
            vec![Command::notify(Notice::error(save_error(&error)))]
        }
    }
}

/// Updates the tree and the open files after changes on disk.
pub(crate) fn changed_on_disk(state: &mut State, changes: &Changes) -> Vec<Command> {
    let mut commands = vec![scan(state)];
    let is_profile = |path: &PathBuf| path.file_name().is_some_and(|name| name == "flowdeck.toml");
    let (has_changed, is_checked_again) = match changes {
        Changes::Many => (None, true),
        Changes::Paths(paths) => {
            state.unjudged.extend(paths.iter().cloned());
            (Some(paths), paths.iter().any(is_profile))
        }
    };
    for (path, document) in &state.documents {
        if has_changed.is_none_or(|paths| paths.contains(path)) {
            commands.push(Command::file(FileCommand::Read { path: path.clone() }));
        } else if is_checked_again {
            commands.push(document.check_now(path));
        }
    }
    // A profile says which parts all specs may refer to.
    if is_checked_again {
        let files = state.tree.files().iter();
        state.unjudged = files.map(|file| file.path.clone()).collect();
    }
    commands
}

/// Handles the answer to a question. `area` is the area of the screen.
pub(crate) fn answered(state: &mut State, answer: Answer, area: Rect) -> Vec<Command> {
    match answer {
        Answer::Undo => {
            let areas = layout::areas(state, area);
            editing::act(state, Action::Undo, &areas)
        }
        Answer::Reload(path) => {
            state.documents.remove(&path);
            vec![Command::file(FileCommand::Read { path })]
        }
        Answer::Keep(path, disk) => {
            if let Some(document) = state.documents.get_mut(&path) {
                document.kept_against = Some(disk);
            }
            Vec::new()
        }
        Answer::SaveAndClose(path) => tabs::save_and_close(state, path),
        Answer::Close(path) => tabs::close(state, &path),
        Answer::Ask {
            path,
            version,
            at,
            question,
        } => assist::ask_to_set(state, path, version, at, question),
        Answer::RenameName {
            path,
            version,
            at,
            name,
        } => assist::ask_to_rename(state, path, version, at, name),
        Answer::Overwrite(path) => match state.documents.get(&path) {
            Some(document) => vec![Command::file(FileCommand::Save {
                text: Arc::clone(document.editor.text()),
                path,
                base: None,
            })],
            None => Vec::new(),
        },
    }
}

fn scanned(state: &mut State, found: Discovered) -> Vec<Command> {
    let is_first = !state.is_scanned;
    state.is_scanned = true;
    let known: Vec<PathBuf> = state
        .tree
        .files()
        .iter()
        .map(|file| file.path.clone())
        .collect();
    let new = found.files.iter().map(|file| file.path.clone());
    let new: Vec<PathBuf> = new.filter(|path| !known.contains(path)).collect();
    let changed = std::mem::take(&mut state.unjudged);
    state.tree.set_files(found.files);
    state.unjudged = state
        .tree
        .files()
        .iter()
        .map(|file| file.path.clone())
        .filter(|path| new.contains(path) || changed.contains(path))
        .collect();
    let mut commands = judge_next(state);
    commands.extend(unread_folders(state, found.unread).map(Command::notify));
    if found.is_cut && is_first {
        commands.push(Command::notify(Notice::warning(
            "the folder has more files than flowdeck looks at; open a smaller one to see all",
        )));
    }
    let expected = state.expected.take();
    if let Some(path) = expected {
        state.tree.reveal(&path);
        commands.extend(super::open(state, &path));
    } else if is_first
        || state
            .current
            .as_ref()
            .is_none_or(|path| !is_known(state, path))
    {
        commands.extend(super::show_selected(state));
    }
    if state.waiting == Some(Waiting::LaunchFirst) {
        state.waiting = None;
        commands.extend(waiting::launch(state));
    }
    commands
}

/// Whether a path is a file of the folder or an open document.
fn is_known(state: &State, path: &Path) -> bool {
    state.documents.contains_key(path) || state.files().any(|file| file == path)
}

/// Checks the next files whose number of problems is unknown.
pub(super) fn judge_next(state: &mut State) -> Vec<Command> {
    let open = &state.documents;
    let mut paths = Vec::new();
    while paths.len() < JUDGED_AT_ONCE
        && let Some(path) = state.unjudged.pop_front()
    {
        if !open.contains_key(&path) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        Vec::new()
    } else {
        vec![Command::file(FileCommand::Judge { paths })]
    }
}

fn read(state: &mut State, path: PathBuf, result: Result<Box<Editor>, ReadError>) -> Vec<Command> {
    let editor = match result {
        Ok(editor) => {
            state.unread.remove(&path);
            *editor
        }
        Err(error) => return unreadable(state, &path, &error),
    };
    if !state.is_open(&path) {
        // One has gone on to another file meanwhile.
        return Vec::new();
    }
    let Some(document) = state.documents.get_mut(&path) else {
        let mut commands = Vec::new();
        if editor.is_read_only() {
            let words = format!(
                "{} is read-only here: it is too long, or its line ends are mixed; ctrl-e edits it",
                file_name(&path)
            );
            commands.push(Command::notify(Notice::warning(words)));
        }
        let document = Document::new(editor);
        commands.push(document.check_now(&path));
        state.documents.insert(path, document);
        return commands;
    };
    let on_disk = Arc::clone(editor.text());
    if *on_disk == *document.disk {
        document.conflict = None;
        return Vec::new();
    }
    if *on_disk == **document.editor.text() {
        document.disk = on_disk;
        document.conflict = None;
        return Vec::new();
    }
    if !document.has_edits() {
        document.disk = on_disk;
        document.conflict = None;
        document.editor.replace_text(editor);
        let words = format!("{} was changed on disk and read again", file_name(&path));
        return vec![
            document.check_now(&path),
            Command::notify(Notice::info(words)),
        ];
    }
    document.conflict = Some(Conflict::Changed);
    if document.kept_against.as_deref() == Some(&*on_disk) {
        return Vec::new();
    }
    vec![Command::open(conflict(&path, on_disk))]
}

/// Returns the question about a file that was changed both here and on disk.
fn conflict(path: &Path, on_disk: Arc<str>) -> Overlay {
    let answer = |answer| vec![Command::Tell(Message::Specs(answer))];
    let path = path.to_owned();
    let text = format!(
        "{} has changed on disk, and here it has unsaved edits.",
        file_name(&path)
    );
    let choices = vec![
        Choice::new(
            'k',
            "keep mine",
            answer(Answer::Keep(path.clone(), on_disk)),
        ),
        Choice::new('r', "use the one on disk", answer(Answer::Reload(path))),
    ];
    Overlay::question("changed on disk", text, choices)
}

/// Stores the folders that can't be read. Returns a notice about new ones.
fn unread_folders(state: &mut State, unread: Vec<(PathBuf, String)>) -> Option<Notice> {
    let before = std::mem::replace(&mut state.unread_folders, unread);
    let all = state.unread_folders.iter();
    let new: Vec<_> = all.filter(|folder| !before.contains(folder)).collect();
    let (path, why) = new.first()?;
    let name = file_name(path);
    let words = match new.len() {
        1 => format!("the specs in the folder {name} are not shown: {why}"),
        more => format!("the specs in {more} folders are not shown; {name}: {why}"),
    };
    Some(Notice::warning(words))
}

fn unreadable(state: &mut State, path: &Path, error: &ReadError) -> Vec<Command> {
    let is_gone = matches!(
        error,
        ReadError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound
    );
    if !is_gone {
        let words = error.to_string();
        state.unread.insert(path.to_owned(), words.clone());
        state.tree.set_verdict(path.to_owned(), Verdict::UNREADABLE);
        return vec![Command::notify(Notice::error(words))];
    }
    let has_tab = state.tabs.holds(path);
    let Some(document) = state.documents.get_mut(path).filter(|_| has_tab) else {
        return tabs::gone(state, path);
    };
    // What is on show may be all that is left of it.
    if document.conflict.replace(Conflict::Gone) == Some(Conflict::Gone) {
        return Vec::new();
    }
    let words = format!(
        "{} is gone from disk; its text is kept here: ctrl-s writes it again",
        file_name(path)
    );
    vec![Command::notify(Notice::error(words))]
}

fn saved(
    state: &mut State,
    path: &Path,
    text: Arc<str>,
    result: Result<(), SaveError>,
) -> Vec<Command> {
    let waiting = state.waiting.take();
    match result {
        Ok(()) => {
            if let Some(document) = state.documents.get_mut(path) {
                document.disk = text;
                document.kept_against = None;
                document.conflict = None;
            }
            let mut commands = vec![Command::notify(Notice::info(format!(
                "saved {}",
                file_name(path)
            )))];
            match waiting {
                Some(Waiting::OpenInEditor(waiting)) if waiting == path => {
                    commands.push(files::editor_command(state, path));
                }
                Some(Waiting::Close(waiting)) if waiting == path => {
                    // What was typed while it was written is not lost.
                    commands.extend(tabs::ask_to_close(state, path));
                }
                other => state.waiting = other,
            }
            commands
        }
        Err(SaveError::Changed { .. }) => {
            let answer = |answer| vec![Command::Tell(Message::Specs(answer))];
            let text = format!(
                "{} has changed on disk since it was read. Saving would undo that.",
                file_name(path)
            );
            let choices = vec![
                Choice::new('c', "cancel", Vec::new()),
                Choice::new(
                    'o',
                    "overwrite it",
                    answer(Answer::Overwrite(path.to_owned())),
                ),
                Choice::new(
                    'r',
                    "use the one on disk",
                    answer(Answer::Reload(path.to_owned())),
                ),
            ];
            vec![Command::open(Overlay::question("not saved", text, choices))]
        }
        Err(error) => vec![Command::notify(Notice::error(save_error(&error)))],
    }
}

fn save_error(error: &SaveError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
