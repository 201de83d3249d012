//! Notices about a batch that is slowed or held back, or whose canaries have ended.

use std::collections::BTreeSet;

use crate::base::ids::{BatchId, RunId};
use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::runs::{BatchRecord, BudgetLevel, Update};
use crate::trace::{RunEventBody, RunState};
use crate::tui::glyphs::state_word;
use crate::tui::notices::Notice;
use crate::tui::runs_model::RunsModel;
use crate::tui::widgets::count;

/// Returns the notices for an update of a batch, before the update is applied.
pub(super) fn of(runs: &RunsModel, update: &Update) -> Vec<Notice> {
    let Update::BatchChanged(batch) = update else {
        return Vec::new();
    };
    let of_budget = of_budget(runs, batch).into_iter();
    of_budget.chain(of_endpoints(runs, batch)).collect()
}

/// Returns notices for endpoints that receive fewer requests, or the full rate again.
fn of_endpoints(runs: &RunsModel, batch: &BatchRecord) -> Vec<Notice> {
    let Some(before) = runs.batch(&batch.id).map(|batch| &batch.busy_endpoints) else {
        return Vec::new();
    };
    let busy = batch.busy_endpoints.iter();
    let busier = busy.filter(|(endpoint, at_once)| before.get(*endpoint) != Some(*at_once));
    let busier = busier.map(|(endpoint, at_once)| {
        Notice::warning(format!(
            "{} has too many requests: at most {} at once from now on, more as it answers",
            sanitised(endpoint),
            counted(*at_once, "request")
        ))
    });
    let is_free = |endpoint: &&String| !batch.busy_endpoints.contains_key(*endpoint);
    let free = before
        .keys()
        .filter(is_free)
        .map(|endpoint| Notice::info(format!("{} takes all requests again", sanitised(endpoint))));
    busier.chain(free).collect()
}

/// Returns a notice about the used part of the token budget.
fn of_budget(runs: &RunsModel, batch: &BatchRecord) -> Option<Notice> {
    let (before, budget) = (runs.batch(&batch.id)?.budget, batch.budget?);
    if before.is_some_and(|before| before.level == budget.level) {
        return None;
    }
    let letter = runs.batch_letter(&batch.id);
    let most = budget.max_tokens;
    match budget.level {
        BudgetLevel::Free => None,
        BudgetLevel::Slow => Some(Notice::info(format!(
            "batch {letter}: 80 % of its {most} tokens are used, {} at once from now on",
            batch.at_once
        ))),
        BudgetLevel::Spent => Some(Notice::warning(format!(
            "batch {letter} is paused, its {most} tokens are used: g continues with as many again, B changes the budget"
        ))),
    }
}

/// Returns the runs that end or give an answer in an update.
pub(super) fn ended(update: &Update) -> Vec<RunId> {
    let Update::Events(events) = update else {
        return Vec::new();
    };
    let is_end = |body: &RunEventBody| match body {
        RunEventBody::Ended { .. } => true,
        RunEventBody::StateChanged { state } => *state == RunState::Answered,
        _ => false,
    };
    let ends = events.iter().filter(|event| is_end(&event.body));
    ends.map(|event| event.run.clone()).collect()
}

/// Returns the outcome of each batch's canaries when the last of them has ended.
pub(super) fn of_canary(runs: &RunsModel, ended: &[RunId]) -> Vec<Notice> {
    let batches: BTreeSet<&BatchId> = ended
        .iter()
        .filter_map(|run| runs.get(run).map(|run| &run.batch))
        .collect();
    let batches = batches.into_iter().filter_map(|id| runs.batch(id));
    batches
        .filter_map(|batch| came_of_canary(runs, batch))
        .collect()
}

fn came_of_canary(runs: &RunsModel, batch: &BatchRecord) -> Option<Notice> {
    let n_canary = batch.canary?;
    let tally = runs.tally(&batch.id)?;
    let going = [RunState::Running, RunState::NeedsInput, RunState::Paused];
    if going.iter().any(|state| tally.count(*state) > 0) {
        return None;
    }
    let counts = RunState::ALL.into_iter();
    let counts = counts.filter(|state| *state != RunState::Queued && tally.count(*state) > 0);
    let counts = counts.map(|state| format!("{} {}", tally.count(state), state_word(state)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let tokens = tally.usage().total_tokens;
    let all = tokens.saturating_mul(batch.total as u64) / (n_canary as u64).max(1);
    Some(Notice::warning(format!(
        "the canary of batch {} is over ({counts}), about {} tokens for all {}: g starts the others",
        runs.batch_letter(&batch.id),
        count::short(all),
        batch.total
    )))
}
