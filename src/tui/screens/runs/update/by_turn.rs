//! Runs that are level by turn: their columns scroll together, and keys go to those that leave the
//! others.

use super::State;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::runs::state::Focus;

/// Whether keys go to the columns.
pub(super) fn has_focus(state: &State) -> bool {
    state.panes.columns().is_some() && matches!(state.focus, Focus::Pane(_))
}

/// Moves the columns by an action.
pub(super) fn scroll(state: &mut State, action: Action, context: &Context<'_>) {
    let height = usize::from(state.panes.column_height(context));
    if let Some(columns) = state.panes.columns_mut() {
        columns.act(action, height);
    }
}

/// Moves the columns by lines of the wheel. Returns whether they are on show.
pub(super) fn wheel(state: &mut State, steps: isize, context: &Context<'_>) -> bool {
    let height = usize::from(state.panes.column_height(context));
    state.panes.columns_mut().is_some_and(|columns| {
        columns.wheel(steps, height);
        true
    })
}

/// Shows only the runs that leave what most runs of their batch do, or all again.
pub(super) fn only_leaving(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    let filter = state.table.filter();
    let filter = filter.with_leaving(!filter.is_of_leaving());
    state.table.set_filter(filter, context.runs, context.now);
    Vec::new()
}

/// Puts the cursor on the next run that leaves what most runs of its batch do, or on the one before.
pub(super) fn step(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    let runs = context.runs;
    let is_forward = action == Action::NextLeaving;
    state.focus = Focus::Table;
    let leaves = |run: &crate::runs::KeptRun| runs.leaving(run).is_some();
    if state.table.step_to(is_forward, runs, leaves) {
        return Vec::new();
    }
    let words = if is_forward {
        "no later run differs from most"
    } else {
        "no earlier run differs from most"
    };
    vec![Command::notify(Notice::info(words).until_key())]
}
