//! Dispatch of the history's news to the parts that they concern.

use crate::base::clock::Timestamp;
use crate::runs::InterruptedBatch;
use crate::tui::action::Action;
use crate::tui::app::State;
use crate::tui::effect::FileCommand;
use crate::tui::fork::{ForkSource, Place};
use crate::tui::history::{Follows, HistoryCommand, HistoryNews, OpenGoal};
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::overlays::Overlay;
use crate::tui::screens::Screen;

/// Applies news of the history to the state.
pub(super) fn handle_news(state: &mut State, news: HistoryNews, now: Timestamp) -> Vec<Command> {
    match news {
        HistoryNews::Listed { question, result } => {
            state.screens.history.take(question, result);
            Vec::new()
        }
        HistoryNews::Interrupted(batches) => {
            state.shared.history.interrupted = batches;
            follow_again(state)
        }
        HistoryNews::Opened {
            result: Err(words), ..
        } => {
            vec![Command::notify(Notice::error(words))]
        }
        HistoryNews::Opened {
            goal,
            result: Ok(opened),
        } => match goal {
            OpenGoal::Inspect => {
                let run = opened.record.run.clone();
                state.shared.runs.add_past(*opened);
                let undrawn = state.shared.runs.take_undrawn().into_iter();
                let mut commands: Vec<Command> = undrawn.map(Command::Outside).collect();
                commands.push(Command::Tell(Message::Inspect(run)));
                commands
            }
            OpenGoal::Fork => {
                let (name, run) = (opened.record.label(), opened.record.run.clone());
                let source = ForkSource::Kept(run);
                let place = Place::of_run();
                vec![Command::open(Overlay::fork(
                    name,
                    source,
                    &opened.record,
                    place,
                ))]
            }
            OpenGoal::Export => vec![Command::open(Overlay::export_run(&opened.record))],
        },
        HistoryNews::Replay(result) => vec![match result {
            Ok(recording) => Command::open(Overlay::replay(*recording, now)),
            Err(words) => Command::notify(Notice::error(words)),
        }],
        HistoryNews::SideBySide(result) => vec![match result {
            Ok(compared) => Command::open(Overlay::side_by_side(compared)),
            Err(words) => Command::notify(Notice::error(words)),
        }],
        HistoryNews::RunsCompared { runs, result } => {
            let compare = &mut state.screens.compare;
            compare.take(&runs, result.map(|compared| *compared), &state.shared.runs)
        }
        HistoryNews::Variants { batch, result } => match result {
            Ok(runs) => {
                state.screens.compare.show_past_batch(batch, runs);
                state.screen = Screen::Compare;
                Vec::new()
            }
            Err(words) => vec![Command::notify(Notice::warning(words).until_key())],
        },
        HistoryNews::Spec { name, text } => vec![Command::file(FileCommand::Export {
            path: state.shared.workspace.root.join(name),
            text,
            runs: Vec::new(),
            overwrites: false,
        })],
        HistoryNews::CarriedOn {
            n_runs,
            n_followed,
            remarks,
            problems,
        } => {
            let mut commands = carried_on(state, (n_runs, n_followed), problems.is_empty());
            let remarks = remarks.into_iter().map(Notice::warning);
            let told = remarks.chain(problems.into_iter().map(Notice::error));
            commands.extend(told.map(Command::notify));
            commands
        }
        HistoryNews::Deleted(result) => {
            let notice = match result {
                Ok(0) => Notice::warning("nothing was deleted: a process is running it"),
                Ok(1) => Notice::info("1 run deleted"),
                Ok(count) => Notice::info(format!("{count} runs deleted")),
                Err(words) => Notice::error(words),
            };
            let mut commands = again(state);
            commands.push(Command::notify(notice));
            commands
        }
    }
}

/// Reports how many runs were continued, and how many of them at the workers; shows them if the
/// person asked for it.
fn carried_on(
    state: &mut State,
    (n_runs, n_followed): (usize, usize),
    is_well: bool,
) -> Vec<Command> {
    let follows = &mut state.shared.history.follows;
    let is_asked_for = *follows != Follows::Asked;
    if !is_asked_for {
        *follows = Follows::Done;
    }
    let mut commands = again(state);
    if n_runs > 0 {
        let goes = if n_runs == 1 { "run goes" } else { "runs go" };
        let is = if n_runs == 1 { "run is" } else { "runs are" };
        let words = if n_followed == n_runs {
            format!("{n_runs} {is} followed again at the workers")
        } else {
            // Answered ones, which were never over, are among them.
            format!("{n_runs} {goes} on")
        };
        commands.push(Command::notify(Notice::info(words)));
        if is_asked_for {
            commands.push(Command::Tell(Message::Show(Screen::Runs)));
        }
    } else if is_well && is_asked_for {
        let words = "the batch has nothing left to do";
        commands.push(Command::notify(Notice::info(words).until_key()));
    }
    commands
}

/// Reads the history again after it has changed.
fn again(state: &mut State) -> Vec<Command> {
    let history = &mut state.screens.history;
    let mut commands = vec![Command::history(history.find_interrupted())];
    if state.screen == Screen::History {
        commands.extend(history.refresh());
    }
    commands
}

/// Continues all interrupted batches of this folder.
pub(super) fn resume_all(state: &mut State) -> Vec<Command> {
    if let Some(reason) = state.cannot_resume() {
        return vec![Command::notify(Notice::refused(
            Action::ResumeInterrupted,
            reason,
        ))];
    }
    // Not twice, should the key come twice.
    let history = &mut state.shared.history;
    let interrupted = std::mem::take(&mut history.interrupted).into_iter();
    let (resumed, others) = interrupted.partition(|batch| history.can_resume(batch));
    history.interrupted = others;
    let resumed: Vec<InterruptedBatch> = resumed;
    // The oldest first, so that they get their letters in the order in which they were launched.
    let oldest_first = resumed.into_iter().rev();
    let batches = oldest_first.map(|batch| batch.batch).collect();
    let only = None;
    vec![Command::history(HistoryCommand::CarryOn { batches, only })]
}

/// Follows the batches that an earlier workbench left at the workers; done once.
fn follow_again(state: &mut State) -> Vec<Command> {
    let history = &mut state.shared.history;
    if history.follows != Follows::Ahead || history.off.is_some() {
        return Vec::new();
    }
    let batches = history.take_followed();
    if batches.is_empty() {
        history.follows = Follows::Done;
        return Vec::new();
    }
    history.follows = Follows::Asked;
    let only = None;
    vec![Command::history(HistoryCommand::CarryOn { batches, only })]
}
