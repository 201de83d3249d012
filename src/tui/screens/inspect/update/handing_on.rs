//! Texts that leave the Inspect screen: to the clipboard, the user's editor, a file or Compare.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::ids::RunId;
use crate::runs::{KeptRun, RunRecord, command_line};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::effect::TerminalCommand;
use crate::tui::history::{HistoryCommand, HistoryQuery};
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::overlays::Overlay;
use crate::tui::screens::inspect::State;
use crate::tui::screens::inspect::detail::{self, DetailLine};
use crate::tui::screens::inspect::state::Shown;

/// Performs an action that copies, exports or opens something elsewhere; `None` for other actions.
pub(super) fn act(
    state: &State,
    action: Action,
    (record, shown): (&Arc<RunRecord>, &Shown<'_>),
    context: &Context<'_>,
) -> Option<Vec<Command>> {
    Some(match action {
        Action::CopyDetail => copy(state, shown),
        Action::CopyPath => copy_path(state),
        Action::CopyCommand => vec![copy_command(&record.run, context)],
        Action::OpenInEditor => {
            let text = whole_text(state, record, shown, context);
            vec![Command::terminal(TerminalCommand::ShowInEditor { text })]
        }
        Action::ExportRun => vec![Command::open(Overlay::export_run(record))],
        Action::CompareWith => vec![Command::open(Overlay::compare_with(record, context))],
        _ => return None,
    })
}

fn copy(state: &State, shown: &Shown<'_>) -> Vec<Command> {
    let (text, what) = if state.has_team() {
        (state.team.text(), "what is said".to_owned())
    } else {
        let lines = state.page.lines.iter().map(DetailLine::text);
        let lines: Vec<_> = lines.collect();
        (lines.join("\n"), format!("the {}", shown.tab.name()))
    };
    vec![Command::terminal(TerminalCommand::Copy { text, what })]
}

/// Returns the shown text with all folds open.
fn whole_text(
    state: &State,
    record: &RunRecord,
    shown: &Shown<'_>,
    context: &Context<'_>,
) -> String {
    if state.has_team() {
        return state.team.text();
    }
    let look = detail::DetailContext {
        folded: &HashSet::new(),
        utc_offset: context.utc_offset,
    };
    let lines = shown
        .span
        .map(|span| detail::lines(record, span, shown.tab, &look));
    let lines: Vec<String> = lines.iter().flatten().map(DetailLine::text).collect();
    lines.join("\n") + "\n"
}

/// Returns the command that copies the command line for repeating a run. If the run's details or
/// batch are not in memory, the history is read.
pub(crate) fn copy_command(run: &RunId, context: &Context<'_>) -> Command {
    let runs = context.runs;
    let known = runs.get(run).filter(|known| !runs.is_past(&known.run));
    let known = known.and_then(KeptRun::record);
    let known = known.and_then(|record| Some((record, runs.batch(&record.batch)?)));
    let Some((record, batch)) = known else {
        let query = HistoryQuery::CommandLine { run: run.clone() };
        return Command::history(HistoryCommand::Read(query));
    };
    match command_line(record, &batch.terms) {
        Ok(line) => Command::terminal(TerminalCommand::Copy {
            text: line.to_string(),
            what: "the command line".to_owned(),
        }),
        Err(error) => Command::notify(Notice::info(error.to_string()).until_key()),
    }
}

fn copy_path(state: &State) -> Vec<Command> {
    state.path().map_or_else(Vec::new, |path| {
        let (text, what) = (path.to_owned(), path.to_owned());
        vec![Command::terminal(TerminalCommand::Copy { text, what })]
    })
}
