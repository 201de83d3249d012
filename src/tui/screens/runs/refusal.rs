//! The reasons why an action of the Runs screen would have no effect now.

use super::state::State;
use super::update::targets::{batch_in_view, is_about_batch, targets};
use super::update::{comparing, forgetting, retrying};
use crate::runs::{BatchRecord, KeptRun};
use crate::trace::RunState;
use crate::tui::action::Action;
use crate::tui::app::Context;
use crate::tui::runs_model::OF_TRACE;

/// The states from which a run can still continue, without help or with an answer.
const AT_WORK: [RunState; 4] = [
    RunState::Queued,
    RunState::Running,
    RunState::NeedsInput,
    RunState::Paused,
];

/// Returns why an action would have no effect, as the end of a sentence; `None` if it has one.
pub(crate) fn refusal(
    state: &State,
    action: Action,
    context: &Context<'_>,
) -> Option<&'static str> {
    if changes_runs(action) && is_about_trace(state, context) {
        return Some(OF_TRACE);
    }
    match action {
        Action::Accept
        | Action::AnswerRun
        | Action::MarkRun
        | Action::ExportRun
        | Action::ForkRun
        | Action::CopyCommand
        | Action::NextRun
        | Action::PreviousRun => {
            without_runs(state, context).or_else(|| of_run(state, action, context))
        }
        Action::CompareRuns => {
            without_runs(state, context).or_else(|| comparing::compared(state, context).err())
        }
        Action::CancelRun
        | Action::CancelBatch
        | Action::RetryRuns
        | Action::RetryFailed
        | Action::ForgetRuns
        | Action::PauseRuns
        | Action::PauseAtOnce
        | Action::ExportBatch
        | Action::PauseBatch => {
            without_runs(state, context).or_else(|| of_runs(state, action, context))
        }
        Action::PauseAll => {
            let mut batches = context.runs.batches();
            batches
                .all(|batch| batch.ended_at.is_some())
                .then_some("no run is active")
        }
        Action::TilePanes
        | Action::ToggleOutcomes
        | Action::FilterRuns
        | Action::SortRuns
        | Action::ReverseSort
        | Action::MoreAtOnce
        | Action::FewerAtOnce
        | Action::ChangeAtOnce
        | Action::ChangeRate
        | Action::ChangeBudget
        | Action::ToggleByTurn
        | Action::ToggleGraph => (context.runs.runs().len() == 0).then_some(NO_RUNS),
        Action::NextLeaving | Action::PreviousLeaving | Action::OnlyLeaving
            if !state.panes.is_by_turn() =>
        {
            Some("show runs by turn first")
        }
        Action::ReleaseBatch => {
            let batch = state.table.batch(context.runs);
            let is_held_back = batch.is_some_and(BatchRecord::is_held_back);
            (!is_held_back).then_some("nothing holds its runs back")
        }
        Action::FindInDetail | Action::FindNext | Action::FindPrevious => {
            of_finding(state, action, context)
        }
        Action::ClearFilter if state.table.filter().is_empty() => Some("there is no filter"),
        _ => None,
    }
}

const NO_RUNS: &str = "there are no runs yet";

/// Whether an action changes runs or starts new runs from them.
const fn changes_runs(action: Action) -> bool {
    matches!(
        action,
        Action::AnswerRun
            | Action::ConfirmCall
            | Action::RefuseCall
            | Action::EditArguments
            | Action::ForkRun
            | Action::CopyCommand
            | Action::CancelRun
            | Action::CancelBatch
            | Action::RetryRuns
            | Action::RetryFailed
            | Action::ForgetRuns
            | Action::PauseRuns
            | Action::PauseAtOnce
            | Action::PauseBatch
            | Action::MoreAtOnce
            | Action::FewerAtOnce
            | Action::ChangeAtOnce
            | Action::ChangeRate
            | Action::ChangeBudget
            | Action::ReleaseBatch
    )
}

/// Whether the run or batch to which keys apply belongs to an opened trace.
fn is_about_trace(state: &State, context: &Context<'_>) -> bool {
    let runs = context.runs;
    let batch = state.table.batch(runs);
    let mut targets = targets(state, context).into_iter();
    batch.is_some_and(|batch| runs.is_opened(&batch.id)) || targets.any(|run| runs.is_of_trace(run))
}

/// Whether the run or batch to which keys apply is a conversation with a client of a served spec.
fn is_about_served(state: &State, context: &Context<'_>) -> bool {
    let runs = context.runs;
    let of_targets = targets(state, context).into_iter().map(|run| &run.batch);
    let of_targets = of_targets.filter_map(|batch| Some(&**runs.batch(batch)?));
    let mut batches = of_targets.chain(state.table.batch(runs));
    batches.any(BatchRecord::is_served)
}

/// Returns why actions on runs have no effect if there are no runs.
fn without_runs(state: &State, context: &Context<'_>) -> Option<&'static str> {
    if context.runs.runs().len() == 0 {
        return Some(NO_RUNS);
    }
    let shows_none = !state.table.filter().is_empty() && state.table.rows().is_empty();
    shows_none.then_some("the filter shows no run")
}

/// Returns why an action on a single run would have no effect.
fn of_run(state: &State, action: Action, context: &Context<'_>) -> Option<&'static str> {
    let run = state.target().and_then(|run| context.runs.get(run));
    match action {
        Action::MarkRun | Action::Accept
            if run.is_none() && state.table.is_group_open().is_some() =>
        {
            None
        }
        Action::Accept if run.is_none() && !state.is_on_batch() => {
            Some("no run is under the cursor")
        }
        Action::AnswerRun
        | Action::MarkRun
        | Action::ExportRun
        | Action::CopyCommand
        | Action::ForkRun
            if run.is_none() =>
        {
            Some("no run is under the cursor")
        }
        Action::ExportRun if run.is_some_and(|run| run.record().is_none()) => {
            Some("its detail was dropped to save memory")
        }
        Action::AnswerRun if run.is_some_and(|run| run.requests.is_empty()) => {
            Some("this run asks nothing at the moment")
        }
        _ => None,
    }
}

/// Returns why an action on one or several runs would have no effect.
fn of_runs(state: &State, action: Action, context: &Context<'_>) -> Option<&'static str> {
    let runs = context.runs;
    let is_filtered = !state.table.filter().is_empty();
    let batch = state.table.batch(runs);
    let tally = batch.and_then(|batch| runs.tally(&batch.id));
    let count = |states: &[RunState]| -> usize {
        let tally = tally.into_iter();
        tally
            .flat_map(|tally| states.iter().map(|state| tally.count(*state)))
            .sum()
    };
    match action {
        Action::ForgetRuns => forgetting::chosen(state, context)
            .is_empty()
            .then_some("only runs that are over can be forgotten"),
        Action::CancelRun => {
            let targets = targets(state, context);
            let is_over = targets.iter().all(|run| run.is_over());
            is_over.then_some(if targets.is_empty() {
                "no run is under the cursor"
            } else {
                "it is over already"
            })
        }
        Action::PauseRuns | Action::PauseAtOnce if !state.is_on_batch() => {
            let targets = targets(state, context);
            let mut live = targets.iter().filter(|run| !run.is_over()).peekable();
            if live.peek().is_none() {
                return Some("it is over already");
            }
            live.all(|run| run.state == RunState::Answered && !runs.is_held(run))
                .then_some("it has answered: there is nothing to pause")
        }
        Action::CancelBatch => {
            let is_over = batch_in_view(state, context).all(|run| run.is_over());
            is_over.then_some(if is_filtered {
                "all of its runs that the filter shows are over"
            } else {
                "all of its runs are over"
            })
        }
        Action::PauseBatch | Action::PauseRuns | Action::PauseAtOnce => {
            let may_go_on = batch.is_some_and(|batch| batch.is_paused && batch.ended_at.is_none());
            (count(&AT_WORK) == 0 && !may_go_on).then_some("none of its runs is active")
        }
        Action::RetryRuns | Action::RetryFailed if is_about_served(state, context) => {
            Some("a client of `flowdeck serve` has this conversation: `f` forks it")
        }
        Action::RetryRuns | Action::RetryFailed => {
            let is_of_run = action == Action::RetryRuns && !is_about_batch(state, context);
            if is_of_run && targets(state, context).iter().any(|run| run.is_over()) {
                return None;
            }
            // The counts spare a look at every run.
            let has_none = count(&retrying::FAILED) == 0
                || retrying::failed_in_view(state, context).next().is_none();
            has_none.then_some(match (is_of_run, is_filtered) {
                (true, _) => "only runs that are over can be run again, and no run in view failed",
                (false, true) => "none of its runs that the filter shows failed or was cancelled",
                (false, false) => "none of its runs failed or was cancelled",
            })
        }
        _ => None,
    }
}

/// Returns why a search in a zoomed run would find nothing.
fn of_finding(state: &State, action: Action, context: &Context<'_>) -> Option<&'static str> {
    if !state.is_zoomed {
        return Some("zoom into a run first");
    }
    let run = state.target().and_then(|run| context.runs.get(run));
    let is_text =
        |run: &KeptRun| run.record().is_some() && state.panes.graph(run, context).is_none();
    if !run.is_some_and(is_text) {
        return Some("the conversation is not shown");
    }
    let is_on = action != Action::FindInDetail;
    (is_on && state.needle.is_empty()).then_some("nothing was searched for yet")
}
