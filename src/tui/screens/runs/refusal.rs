//! Why an action of the Runs screen would do nothing now.

use super::state::{Focus, State};
use super::table::Selected;
use super::update::{forgetting, targets};
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::Context;

/// States that a run is tried again from.
const FAILED: [RunState; 4] = [
    RunState::Failed,
    RunState::TimedOut,
    RunState::Cancelled,
    RunState::Interrupted,
];

/// States that a run goes on from by itself, or with an answer.
const AT_WORK: [RunState; 4] = [
    RunState::Queued,
    RunState::Running,
    RunState::NeedsInput,
    RunState::Paused,
];

/// Why an action would do nothing, in words that end a sentence; none if it does something.
pub(crate) fn refusal(
    state: &State,
    action: Action,
    context: &Context<'_>,
) -> Option<&'static str> {
    let runs = context.runs;
    let is_of_runs = matches!(
        action,
        Action::Accept
            | Action::AnswerRun
            | Action::CancelRun
            | Action::CancelBatch
            | Action::RetryRuns
            | Action::ForgetRuns
            | Action::PauseRuns
            | Action::PauseBatch
            | Action::MarkRun
            | Action::TilePanes
            | Action::FilterRuns
            | Action::SortRuns
            | Action::ExportRun
            | Action::MoreAtOnce
            | Action::FewerAtOnce
            | Action::NextRun
            | Action::PreviousRun
            | Action::ToggleGraph
    );
    if is_of_runs && runs.runs().len() == 0 {
        return Some("there are no runs yet");
    }
    let tally = state
        .table
        .batch(runs)
        .and_then(|batch| runs.tally(&batch.id));
    let count = |states: &[RunState]| -> usize {
        let tally = tally.into_iter();
        tally
            .flat_map(|tally| states.iter().map(|state| tally.count(*state)))
            .sum()
    };
    let run = state.target().and_then(|run| runs.get(run));
    let is_on_batch =
        state.focus == Focus::Table && matches!(state.table.selected(), Some(Selected::Batch(_)));
    match action {
        Action::Accept if run.is_none() && !is_on_batch => Some("no run is under the cursor"),
        Action::AnswerRun | Action::MarkRun | Action::ExportRun if run.is_none() => {
            Some("no run is under the cursor")
        }
        Action::ExportRun if run.is_some_and(|run| run.record().is_none()) => {
            Some("what it said was let go to keep memory bounded")
        }
        Action::ForgetRuns if forgetting::chosen(state, context).is_empty() => {
            Some("only runs that are over can be forgotten")
        }
        Action::AnswerRun if run.is_some_and(|run| run.requests.is_empty()) => {
            Some("this run asks nothing now")
        }
        Action::CancelRun if targets(state, context).iter().all(|run| run.is_over()) => {
            Some("it is over already")
        }
        Action::PauseRuns if !is_on_batch => targets(state, context)
            .iter()
            .all(|run| run.is_over())
            .then_some("it is over already"),
        Action::CancelBatch => {
            let is_over = count(&AT_WORK) == 0 && count(&[RunState::Answered]) == 0;
            is_over.then_some("every run of it is over")
        }
        Action::PauseBatch | Action::PauseRuns => {
            let batch = state.table.batch(runs);
            let may_go_on = batch.is_some_and(|batch| batch.is_paused && batch.ended_at.is_none());
            (count(&AT_WORK) == 0 && !may_go_on).then_some("no run of it is at work")
        }
        Action::RetryRuns => {
            let is_any_over = targets(state, context).iter().any(|run| run.is_over());
            (!is_any_over && count(&FAILED) == 0).then_some("nothing to run again here yet")
        }
        Action::FindInDetail | Action::FindNext | Action::FindPrevious if !state.is_zoomed => {
            Some("zoom into a run first")
        }
        Action::FindInDetail | Action::FindNext | Action::FindPrevious
            if run.is_none_or(|run| {
                run.record().is_none() || state.panes.graph(run, context).is_some()
            }) =>
        {
            Some("what is said is not on show")
        }
        Action::FindNext | Action::FindPrevious if state.needle.is_empty() => {
            Some("nothing is looked for yet")
        }
        Action::ClearFilter if state.table.filter().is_empty() => Some("there is no filter"),
        _ => None,
    }
}
