//! The assignment of runs to panes. An active run keeps its pane, so that nothing jumps; the pane
//! of an ended run goes to an active one a moment later.

use std::time::Duration;

use crate::base::ids::RunId;
use crate::runs::RunSummary;
use crate::trace::RunState;
use crate::tui::app::Context;
use crate::tui::runs_model::RunsModel;
use crate::tui::screens::runs::table::{Row, Selected, Table};

/// The time for which an ended run stays in its pane.
const LINGERS: Duration = Duration::from_millis(300);

/// Returns how many panes are useful: the number of concurrent runs of the current batch, or the
/// number of its active runs.
pub(super) fn wanted(table: &Table, runs: &RunsModel) -> usize {
    let Some(batch) = table.batch(runs) else {
        return 1;
    };
    let live = runs.tally(&batch.id).map_or(0, |tally| {
        let live = [RunState::Running, RunState::NeedsInput, RunState::Paused];
        live.into_iter().map(|state| tally.count(state)).sum()
    });
    batch.at_once.min(batch.total).max(live).max(1)
}

/// Assigns the panes: first the selected run if it has none, then runs that keep their panes,
/// active runs, and finally the runs below the cursor in the table. All belong to the batch or
/// group under the cursor and match the filter, so that panes, table and header show the same runs.
pub(super) fn choose(
    before: &[RunId],
    places: usize,
    held: Option<&RunId>,
    table: &Table,
    context: &Context<'_>,
) -> Vec<RunId> {
    let runs = context.runs;
    let batch = table.batch(runs).map(|batch| &batch.id);
    let fits = |id: &RunId| {
        let index = runs.index_of(id).filter(|index| table.keeps(*index));
        let run = index.and_then(|index| Some((index, runs.at(index)?)));
        run.is_some_and(|(index, run)| {
            Some(&run.batch) == batch && table.is_in_group_under_cursor(index, run, runs)
        })
    };
    let before: Vec<Option<&RunId>> = before
        .iter()
        .map(|id| Some(id).filter(|id| fits(id)))
        .collect();
    let before = |place: usize| before.get(place).copied().flatten();
    let stays = |id: &RunId| runs.get(id).is_some_and(|run| !is_done(run, context));
    let mut seats: Vec<Option<RunId>> = (0..places)
        .map(|place| before(place).filter(|id| stays(id)).cloned())
        .collect();
    if let Some(held) = held
        && !is_seated(&seats, held)
        && let Some(first) = seats.first_mut()
    {
        *first = Some(held.clone());
    }
    let live = runs.active().filter(|run| !is_done(run, context));
    fill(&mut seats, live.map(|run| &run.run).filter(|id| fits(id)));
    // Nobody else lives: what has just ended stays where it was.
    for (place, seat) in seats.iter_mut().enumerate() {
        if seat.is_none() {
            *seat = before(place).cloned();
        }
    }
    let mut seen = Vec::new();
    for seat in &mut seats {
        let is_double = seat.as_ref().is_some_and(|id| seen.contains(id));
        if is_double {
            *seat = None;
        }
        seen.extend(seat.clone());
    }
    let below = table.below_cursor().filter_map(|row| match row {
        Row::Run(index) => runs.at(*index).map(|run| &run.run),
        Row::Batch(_) | Row::Group(..) => None,
    });
    // Looking through a long table for a run that is not seated ends soon: few are.
    fill(&mut seats, below.take(places * 2).filter(|id| fits(id)));
    if seats.iter().all(Option::is_some) {
        return seats.into_iter().flatten().collect();
    }
    // What is folded has no rows below the cursor.
    if let Some(group) = table.group_under_cursor(runs) {
        let of_group = group.iter().filter_map(|index| runs.at(*index));
        fill(&mut seats, of_group.map(|run| &run.run));
    } else if let Some(Selected::Batch(_)) = table.selected() {
        let kept = runs.runs().enumerate().filter(|(at, _)| table.keeps(*at));
        let of_batch = kept.filter(|(_, run)| Some(&run.batch) == batch);
        fill(&mut seats, of_batch.map(|(_, run)| &run.run));
    }
    seats.into_iter().flatten().collect()
}

fn is_seated(seats: &[Option<RunId>], id: &RunId) -> bool {
    seats.iter().any(|seat| seat.as_ref() == Some(id))
}

fn fill<'r>(seats: &mut [Option<RunId>], candidates: impl Iterator<Item = &'r RunId>) {
    let mut candidates = candidates;
    for place in 0..seats.len() {
        if seats[place].is_none() {
            let next = candidates.find(|id| !is_seated(seats, id));
            seats[place] = next.cloned();
        }
    }
}

/// Whether a run has ended or answered, and this was shown for long enough.
fn is_done(run: &RunSummary, context: &Context<'_>) -> bool {
    run.ended_at
        .is_some_and(|at| context.now.since(at) >= LINGERS)
}
