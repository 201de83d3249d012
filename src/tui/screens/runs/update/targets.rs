//! Which runs a key is about: those under the cursor, those that are marked, those of a batch that are in view.

use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::screens::runs::state::{Focus, State};

/// The run that keys are about.
pub(super) fn target<'a>(state: &State, context: &Context<'a>) -> Option<&'a KeptRun> {
    state.target().and_then(|run| context.runs.get(run))
}

/// The marked runs that the filter shows.
pub(super) fn marked_in_view<'a>(state: &State, context: &Context<'a>) -> Vec<&'a KeptRun> {
    let runs = context.runs;
    let marked = state.table.marked().iter();
    let places = marked.filter_map(|run| runs.index_of(run));
    let in_view = places.filter(|place| state.table.keeps(*place));
    in_view.filter_map(|place| runs.at(place)).collect()
}

/// The runs of the batch that the cursor is in, as far as the filter shows them.
pub(in crate::tui::screens::runs) fn batch_in_view<'a>(
    state: &State,
    context: &Context<'a>,
) -> impl Iterator<Item = &'a KeptRun> {
    let batch = state.table.batch(context.runs).map(|batch| &batch.id);
    let all = context.runs.runs().enumerate();
    all.filter(move |(place, run)| Some(&run.batch) == batch && state.table.keeps(*place))
        .map(|(_, run)| run)
}

/// Whether a key is about the batch that the cursor is in: it is on its head, and no mark is in view.
pub(in crate::tui::screens::runs) fn is_about_batch(state: &State, context: &Context<'_>) -> bool {
    state.is_on_batch() && marked_in_view(state, context).is_empty()
}

/// The runs that a key is about: the marked ones in view, else the one under the cursor or those of the group under it.
pub(in crate::tui::screens::runs) fn targets<'a>(
    state: &State,
    context: &Context<'a>,
) -> Vec<&'a KeptRun> {
    if state.focus == Focus::Table && !state.is_zoomed {
        let marked = marked_in_view(state, context);
        if !marked.is_empty() {
            return marked;
        }
        if let Some(group) = state.table.group_under_cursor(context.runs) {
            let group = group.into_iter();
            return group.filter_map(|index| context.runs.at(index)).collect();
        }
    }
    target(state, context).into_iter().collect()
}
