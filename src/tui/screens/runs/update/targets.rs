//! The runs to which a key applies: the run under the cursor, the marked runs, or the shown runs of
//! a batch.

use crate::runs::KeptRun;
use crate::tui::app::Context;
use crate::tui::screens::runs::state::{Focus, State};

/// Returns the run to which keys apply.
pub(super) fn target<'a>(state: &State, context: &Context<'a>) -> Option<&'a KeptRun> {
    state.target().and_then(|run| context.runs.get(run))
}

/// Returns the marked runs that the filter shows.
pub(super) fn marked_in_view<'a>(state: &State, context: &Context<'a>) -> Vec<&'a KeptRun> {
    let runs = context.runs;
    let marked = state.table.marked().iter();
    let places = marked.filter_map(|run| runs.index_of(run));
    let in_view = places.filter(|place| state.table.keeps(*place));
    in_view.filter_map(|place| runs.at(place)).collect()
}

/// Returns the runs of the current batch, limited to the filter.
pub(in crate::tui::screens::runs) fn batch_in_view<'a>(
    state: &State,
    context: &Context<'a>,
) -> impl Iterator<Item = &'a KeptRun> {
    let batch = state.table.batch(context.runs).map(|batch| &batch.id);
    let all = context.runs.runs().enumerate();
    all.filter(move |(place, run)| Some(&run.batch) == batch && state.table.keeps(*place))
        .map(|(_, run)| run)
}

/// Whether a key applies to the current batch, because the cursor is on its head and no mark is
/// visible.
pub(in crate::tui::screens::runs) fn is_about_batch(state: &State, context: &Context<'_>) -> bool {
    state.is_on_batch() && marked_in_view(state, context).is_empty()
}

/// Returns the runs to which a key applies: the visible marked ones, or else the run or the group
/// under the cursor.
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
