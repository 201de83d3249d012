//! The effects of actions on the Compare screen.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::OF_HISTORY;
use super::state::{State, Subject};
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::screens::Screen;

const NOTHING: &str = "nothing is compared yet";

/// Returns why an action would have no effect, as the end of a sentence; `None` if it has one.
pub(super) fn refusal(
    state: &State,
    action: Action,
    context: &Context<'_>,
) -> Option<&'static str> {
    let is_own = matches!(
        action,
        Action::Accept
            | Action::GoToRun
            | Action::FindNext
            | Action::FindPrevious
            | Action::CopyDifferences
            | Action::CompareRuns
            | Action::CompareRunSpecs
    );
    match &state.subject {
        Subject::Nothing => is_own.then_some(NOTHING),
        Subject::Runs(beside) => match action {
            Action::CompareRuns => Some("these runs are compared"),
            Action::GoToRun if beside.is_at_past() => Some(OF_HISTORY),
            _ if is_own && beside.is_unread() => Some("it is not read yet"),
            _ => None,
        },
        Subject::Matrix(variants) => variants.refusal(action, context.runs),
    }
}

/// Performs an action.
pub(super) fn update(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    if let Some(reason) = refusal(state, action, context) {
        return vec![Command::notify(Notice::refused(action, reason))];
    }
    if action == Action::Back {
        return back(state);
    }
    match &mut state.subject {
        Subject::Nothing => Vec::new(),
        Subject::Runs(beside) => beside.act(action, context),
        Subject::Matrix(variants) => match action {
            Action::CompareRuns => {
                let runs = variants.runs_of_row(context.runs);
                let of_cell = variants.run_of_cell(context.runs);
                let focus = runs.iter().position(|run| Some(run) == of_cell.as_ref());
                state.show_runs_at(runs, focus.unwrap_or(1), context.runs)
            }
            _ => variants.act(action, context),
        },
    }
}

/// Returns from the runs of a matrix to the matrix, or else to the screen on which they were
/// chosen.
fn back(state: &mut State) -> Vec<Command> {
    match state.behind.take() {
        Some(variants) => {
            state.subject = Subject::Matrix(variants);
            Vec::new()
        }
        None if state.is_of_history => vec![Command::Tell(Message::Show(Screen::History))],
        None => vec![Command::Tell(Message::Show(Screen::Runs))],
    }
}

/// Handles a click or the mouse wheel.
pub(super) fn mouse(state: &mut State, event: MouseEvent, context: &Context<'_>) -> Vec<Command> {
    let at = Position::new(event.column, event.row);
    let is_click = event.kind == MouseEventKind::Down(MouseButton::Left);
    match &mut state.subject {
        Subject::Nothing => {}
        Subject::Runs(beside) if is_click => beside.click(at, context.area),
        Subject::Runs(beside) => beside.turn(event.kind, context.area),
        Subject::Matrix(variants) if is_click => {
            if variants.click(at, context) {
                return update(state, Action::Accept, context);
            }
        }
        Subject::Matrix(variants) => variants.turn(event.kind, context),
    }
    Vec::new()
}
