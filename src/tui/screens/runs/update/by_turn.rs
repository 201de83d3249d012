//! Runs aligned by turn: common scrolling of the columns, and movement between the runs that differ
//! from the others.

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

/// Scrolls the columns by an action.
pub(super) fn scroll(state: &mut State, action: Action, context: &Context<'_>) {
    let height = usize::from(state.panes.column_height(context));
    if let Some(columns) = state.panes.columns_mut() {
        columns.act(action, height);
    }
}

/// Scrolls the columns by lines of the mouse wheel. Returns whether the columns are shown.
pub(super) fn wheel(state: &mut State, steps: isize, context: &Context<'_>) -> bool {
    let height = usize::from(state.panes.column_height(context));
    state.panes.columns_mut().is_some_and(|columns| {
        columns.wheel(steps, height);
        true
    })
}

/// Switches between all runs and only the runs that differ from most runs of their batch.
pub(super) fn only_leaving(state: &mut State, context: &Context<'_>) -> Vec<Command> {
    let filter = state.table.filter();
    let filter = filter.with_leaving(!filter.is_of_leaving());
    state.table.set_filter(filter, context.runs, context.now);
    Vec::new()
}

/// Moves the cursor to the next or the previous run that differs from most runs of its batch.
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
