//! Opening of traces that were recorded elsewhere.

use std::path::{Path, PathBuf};

use crate::base::files::file_name;
use crate::base::plural::counted;
use crate::runs::OpenedTrace;
use crate::tui::app::State;
use crate::tui::effect::FileCommand;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;

/// Opens trace files that were named or dropped on the screen.
pub(super) fn open(state: &mut State, files: Vec<PathBuf>) -> Vec<Command> {
    let opens = FileCommand::open_traces(files, &mut state.shared.n_traces);
    opens.into_iter().map(Command::file).collect()
}

/// Shows the runs of an opened trace, or the reason why it can't be opened.
pub(super) fn opened(
    state: &mut State,
    path: &Path,
    is_alone: bool,
    result: Result<OpenedTrace, String>,
) -> Vec<Command> {
    let opened = match result {
        Ok(opened) => opened,
        Err(words) => return vec![Command::notify(Notice::error(words).until_key())],
    };
    let (n_runs, format) = (opened.n_runs(), opened.format.name());
    let remarks = opened.remarks.join("; ");
    let first = opened.batches.first().and_then(|batch| batch.runs.first());
    let first = first.map(|run| run.run.clone());
    let names = state.shared.runs.add_opened(opened).join(", ");
    let mut words = format!(
        "{} of {format} opened from {} as {names}, read-only",
        counted(n_runs, "run"),
        file_name(path)
    );
    let undrawn = state.shared.runs.take_undrawn().into_iter();
    let mut commands: Vec<Command> = undrawn.map(Command::Outside).collect();
    let show = match first {
        Some(run) if n_runs == 1 && is_alone => Some(Message::Inspect(run)),
        Some(run) => {
            // Rows that a filter hides can't be shown.
            let cleared = state.screens.runs.batch_started();
            commands.extend(cleared.map(Command::notify));
            Some(Message::ShowRun(run))
        }
        None => None,
    };
    commands.extend(show.map(Command::Tell));
    let notice = if remarks.is_empty() {
        Notice::info(words)
    } else {
        words = format!("{words}; {remarks}");
        Notice::warning(words)
    };
    commands.push(Command::notify(notice));
    commands
}
