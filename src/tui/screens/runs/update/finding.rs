//! Search in the zoomed run.

use super::targets::target;
use crate::runs::KeptRun;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::message::Command;
use crate::tui::notices::Notice;
use crate::tui::screens::runs::panes::text_area;
use crate::tui::screens::runs::state::State;
use crate::tui::widgets::find::Step;
use crate::tui::widgets::text_field::TextField;

/// Opens the find bar with the last search words, which the next letter replaces.
pub(super) fn open(state: &mut State) {
    state.find_field = Some(TextField::selected(state.needle.clone()));
}

/// Performs an action in the find bar.
pub(super) fn act(state: &mut State, action: Action, context: &Context<'_>) -> Vec<Command> {
    match action {
        Action::Accept => {
            if let Some(field) = state.find_field.take()
                && !field.text().is_empty()
            {
                field.text().clone_into(&mut state.needle);
            }
            go(state, Step::Here, context)
        }
        Action::Back => {
            state.find_field = None;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Moves to the next or the previous match, wrapping around; shows a notice if there is none.
pub(super) fn go(state: &mut State, step: Step, context: &Context<'_>) -> Vec<Command> {
    let Some(run) = target(state, context).and_then(KeptRun::record) else {
        return Vec::new();
    };
    let tile = state.panes.tile_of(&run.run);
    let height = tile.map_or(0, |tile| usize::from(text_area(tile, run).height));
    let is_found = state
        .panes
        .find(run, (&state.needle, step), height, context.now);
    if is_found || state.needle.is_empty() {
        return Vec::new();
    }
    let words = format!("no match for \"{}\"", state.needle);
    vec![Command::notify(Notice::info(words).until_key())]
}

/// Removes the search when the run is no longer zoomed.
pub(super) fn forget(state: &mut State) {
    state.needle.clear();
    state.panes.forget_found();
}
