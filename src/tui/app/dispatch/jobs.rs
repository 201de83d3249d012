//! Dispatch of job results to the parts that they concern.

use std::path::Path;
use std::sync::Arc;

use super::history::handle_news;
use super::{launches, traces};
use crate::base::clock::Timestamp;
use crate::base::files::file_name;
use crate::base::ids::RequestId;
use crate::base::text::sanitised;
use crate::conversation::Image;
use crate::runs::PlanError;
use crate::spec::Exported;
use crate::tui::app::{State, preferences};
use crate::tui::effect::{
    DrawSubject, ExportTarget, ExportedRun, FileCommand, PathsOf, TerminalCommand,
};
use crate::tui::event::JobResult;
use crate::tui::fork::{CallReady, ForkReady};
use crate::tui::launch_plan::{LaunchPlan, Ticket};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::{Choice, Overlay};
use crate::tui::screens::{runs, specs};

/// Applies the result of a job to the state.
pub(super) fn job(state: &mut State, result: JobResult, now: Timestamp) -> Vec<Command> {
    match result {
        JobResult::Rows { path, result } => {
            let launches = launches(&mut state.overlays);
            launches
                .flat_map(|launch| launch.take_rows(&path, &result, &state.shared.workspace.root))
                .collect()
        }
        JobResult::TracesRead(reading) => {
            state.shared.traces_read = reading;
            Vec::new()
        }
        JobResult::TraceOpened {
            path,
            is_alone,
            result,
        } => traces::opened(state, &path, is_alone, result.map(|opened| *opened)),
        JobResult::Forked { ticket, result } => forked(state, &ticket, result, now),
        JobResult::CallPlanned { ticket, result } => called_again(state, &ticket, result, now),
        JobResult::Planned { ticket, result } => planned(state, &ticket, result, now),
        JobResult::Paths {
            of: of @ (PathsOf::Rows | PathsOf::Answers),
            typed,
            found,
        } => {
            for launch in launches(&mut state.overlays) {
                launch.take_files(of, &typed, &found);
            }
            Vec::new()
        }
        JobResult::Paths {
            of: PathsOf::Pictures,
            typed,
            found,
        } => {
            pictures_found(state, &typed, found);
            Vec::new()
        }
        JobResult::Pictures {
            request,
            text,
            result,
        } => pictures_read(state, &request, text, result),
        JobResult::Exported { path, result } => exported(state, &path, &result),
        JobResult::ToCopy { text, what } => {
            vec![Command::terminal(TerminalCommand::Copy { text, what })]
        }
        JobResult::Compared { title, result } => match result {
            Ok(lines) => vec![Command::open(Overlay::comparison(title, lines))],
            Err(problem) => vec![Command::notify(Notice::error(problem))],
        },
        JobResult::Drawn { subject, drawings } => {
            match subject {
                DrawSubject::Spec { path, version } => {
                    specs::drawn(&mut state.screens.specs, &path, version, drawings);
                }
                DrawSubject::Batch(batch) => {
                    for overlay in &mut state.overlays {
                        if let Overlay::Replay(replay) = overlay {
                            replay.take_drawings(&batch, drawings.as_ref());
                        }
                    }
                    state.shared.runs.take_drawings(&batch, drawings);
                }
            }
            Vec::new()
        }
        JobResult::BatchExported { text, to, runs } => vec![batch_exported(text, to, runs)],
        JobResult::ExportWritten { path, runs } => {
            for ExportedRun { run, events } in runs {
                let before = state.shared.exported.entry(run).or_default();
                *before = events.max(*before);
            }
            let words = format!("exported to {}", path.display());
            vec![Command::notify(Notice::info(words))]
        }
        JobResult::ExportExists {
            path,
            free,
            text,
            runs,
        } => vec![Command::open(export_exists(&path, &free, &text, &runs))],
        JobResult::History(news) => handle_news(state, news, now),
        JobResult::Settings(files) => preferences::read(state, *files, now),
        JobResult::Kept => Vec::new(),
        JobResult::Done(words) => vec![Command::notify(Notice::info(words))],
        JobResult::Failed(words) => vec![Command::notify(Notice::error(words))],
        result @ (JobResult::Scanned(_)
        | JobResult::Read { .. }
        | JobResult::Checked { .. }
        | JobResult::Assisted { .. }
        | JobResult::Judged(_)
        | JobResult::Saved { .. }
        | JobResult::Moved { .. }
        | JobResult::Created { .. }
        | JobResult::Trashed { .. }
        | JobResult::Restored { .. }
        | JobResult::EditorClosed { .. }) => of_specs(state, result, now),
    }
}

/// Gives the result of a job on specs to the Specs screen, and ends the program if it waited for
/// the last edits to be saved.
fn of_specs(state: &mut State, result: JobResult, now: Timestamp) -> Vec<Command> {
    let contexts = state.screen_contexts();
    let context = state.shared.context(now, &contexts);
    let saved = was_saved(&result);
    update_forms(&mut state.overlays, &result);
    let mut commands = specs::job(&mut state.screens.specs, result, &context);
    state.quits_when_saved &= saved != Some(false);
    if state.quits_when_saved && saved == Some(true) && state.screens.specs.unsaved().is_empty() {
        commands.push(Command::Tell(Message::Quit));
    }
    commands
}

/// Whether a text was saved; `None` if the job did not save a text.
fn was_saved(result: &JobResult) -> Option<bool> {
    match result {
        JobResult::Saved { result, .. } => Some(result.is_ok()),
        _ => None,
    }
}

/// Gives the open form the result of its change and the current text.
fn update_forms(overlays: &mut [Overlay], result: &JobResult) {
    for overlay in overlays {
        match (overlay, result) {
            (Overlay::Form(form), JobResult::Assisted { path, answer, .. }) => {
                form.answered(path, answer);
            }
            (
                Overlay::Form(form),
                JobResult::Checked {
                    path,
                    version,
                    checked,
                },
            ) => form.refresh(path, *version, checked),
            _ => {}
        }
    }
}

/// Gives a planned call to the dialog that waits for it.
fn called_again(
    state: &mut State,
    ticket: &Ticket,
    result: Result<Box<CallReady>, String>,
    now: Timestamp,
) -> Vec<Command> {
    let contexts = state.screen_contexts();
    let context = state.shared.context(now, &contexts);
    let dialog = state.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::CallAgain(dialog) if dialog.awaits(ticket) => Some(dialog),
        _ => None,
    });
    dialog.map_or_else(Vec::new, |dialog| dialog.take(result, &context))
}

/// Gives the exported texts of a spec to the export dialogs that wait for them.
fn exported(
    state: &mut State,
    path: &Path,
    result: &Result<Vec<Exported>, String>,
) -> Vec<Command> {
    let exports = state
        .overlays
        .iter_mut()
        .filter_map(|overlay| match overlay {
            Overlay::Export(export) => Some(export),
            _ => None,
        });
    let taken = exports.map(|export| export.take(path, result.clone()));
    taken.flatten().collect()
}

/// Gives a plan to the launch dialog that waits for it. Only the topmost dialog starts runs: if
/// another overlay covers it, the person is doing something else.
fn planned(
    state: &mut State,
    ticket: &Ticket,
    result: Result<LaunchPlan, PlanError>,
    now: Timestamp,
) -> Vec<Command> {
    let contexts = state.screen_contexts();
    let context = state.shared.context(now, &contexts);
    let is_topmost =
        matches!(state.overlays.last(), Some(Overlay::Launch(launch)) if launch.awaits(ticket));
    match launches(&mut state.overlays).find(|launch| launch.awaits(ticket)) {
        Some(launch) => launch.take_plan(result, is_topmost, &context),
        None => Vec::new(),
    }
}

/// Gives a fork to the dialog that waits for it. The fork of a closed dialog is dropped.
fn forked(
    state: &mut State,
    ticket: &Ticket,
    result: Result<Box<ForkReady>, String>,
    now: Timestamp,
) -> Vec<Command> {
    let contexts = state.screen_contexts();
    let context = state.shared.context(now, &contexts);
    match state.overlays.last_mut() {
        Some(Overlay::Fork(dialog)) if dialog.awaits(ticket) => dialog.take(result, &context),
        _ => Vec::new(),
    }
}

/// Returns the question what to do if the file of an export already exists.
fn export_exists(path: &Path, free: &Path, text: &Arc<str>, runs: &[ExportedRun]) -> Overlay {
    let export = |path: &Path, overwrites| {
        vec![Command::file(FileCommand::Export {
            path: path.to_owned(),
            text: Arc::clone(text),
            runs: runs.to_vec(),
            overwrites,
        })]
    };
    let name = |path: &Path| sanitised(&file_name(path)).replace('\n', " ");
    let words = format!("`{}` already exists.", name(path));
    let choices = vec![
        Choice::new('c', "cancel", Vec::new()),
        Choice::new('n', format!("write {}", name(free)), export(free, false)),
        Choice::new('o', "overwrite it", export(path, true)),
    ];
    Overlay::question("export", words, choices)
}

/// Sends the text of a batch to the file or the clipboard.
fn batch_exported(text: String, to: ExportTarget, runs: Vec<ExportedRun>) -> Command {
    match to {
        ExportTarget::File(path) => Command::file(FileCommand::Export {
            path,
            text: Arc::from(text),
            runs,
            overwrites: false,
        }),
        ExportTarget::Clipboard => Command::terminal(TerminalCommand::Copy {
            text,
            what: "the batch".to_owned(),
        }),
    }
}

/// Gives the found picture files to the answer box of the inbox or of a pane.
fn pictures_found(state: &mut State, typed: &str, found: Vec<String>) {
    match state.overlays.last_mut() {
        Some(Overlay::Inbox(inbox)) => inbox.pictures_found(typed, found),
        _ => runs::pictures_found(&mut state.screens.runs, typed, found),
    }
}

/// Gives the pictures that were read to the answer box of their message.
fn pictures_read(
    state: &mut State,
    request: &RequestId,
    text: String,
    result: Result<Vec<Image>, String>,
) -> Vec<Command> {
    match state.overlays.last_mut() {
        Some(Overlay::Inbox(inbox)) => {
            inbox.pictures_read(request, text, result, &state.shared.runs)
        }
        _ => runs::pictures_read(&mut state.screens.runs, request, text, result),
    }
}
