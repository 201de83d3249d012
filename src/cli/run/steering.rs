//! Notes about the limits of an active batch.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::base::ids::RunId;
use crate::base::plural::counted;
use crate::runs::{BatchPlan, BatchRecord, BudgetLevel, Canary};
use crate::trace::{Event, RunEvent, RunEventBody, RunState};

/// Finds news about a batch.
#[derive(Debug)]
pub(super) struct BatchNotes {
    level: BudgetLevel,
    canary: Option<CanaryCount>,
    /// The number of requests that each busy endpoint receives.
    busy: IndexMap<String, usize>,
    /// The last notice about the workers.
    notice: Option<String>,
    n_runs: u64,
}

/// The results of the canary runs.
#[derive(Debug)]
struct CanaryCount {
    canary: Canary,
    begun: HashSet<RunId>,
    ended: IndexMap<RunState, usize>,
    tokens: u64,
}

impl BatchNotes {
    pub(super) fn new(plan: &BatchPlan) -> Self {
        let canary = plan.canary.map(|canary| CanaryCount {
            canary,
            begun: HashSet::new(),
            ended: IndexMap::new(),
            tokens: 0,
        });
        Self {
            level: BudgetLevel::Free,
            busy: IndexMap::new(),
            notice: None,
            canary,
            n_runs: plan.runs.len() as u64,
        }
    }

    /// Whether something prevents the runs from continuing on workers, as far as is known.
    pub(super) fn is_hindered(&self) -> bool {
        self.notice.is_some()
    }

    /// Returns the line about the canary when all its runs have ended.
    pub(super) fn event(&mut self, event: &RunEvent) -> Option<String> {
        let count = self.canary.as_mut()?;
        match &event.body {
            RunEventBody::StateChanged {
                state: RunState::Running,
            } => {
                count.begun.insert(event.run.clone());
            }
            RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
                count.tokens += response.total_tokens.unwrap_or_default();
            }
            RunEventBody::Ended { state, .. } if count.begun.contains(&event.run) => {
                *count.ended.entry(*state).or_default() += 1;
                if count.ended.values().sum::<usize>() == count.canary.n_runs {
                    return self.canary.take().map(|count| count.line(self.n_runs));
                }
            }
            _ => {}
        }
        None
    }

    /// Returns the lines about budget, workers and endpoints that have changed.
    pub(super) fn batch(&mut self, batch: &BatchRecord) -> Vec<String> {
        let of_budget = self.budget(batch);
        let before = std::mem::replace(&mut self.notice, batch.notice.clone());
        let of_workers = match (&before, &batch.notice) {
            (Some(_), None) => Some("the runs continue at the workers".to_owned()),
            (before, now) if before == now => None,
            (_, now) => now.clone(),
        };
        let before = std::mem::replace(&mut self.busy, batch.busy_endpoints.clone());
        let busy = self.busy.iter();
        let busier = busy.filter(|(endpoint, at_once)| before.get(*endpoint) != Some(*at_once));
        let busier = busier.map(|(endpoint, at_once)| {
            let requests = counted(*at_once, "request");
            format!("`{endpoint}` has too many requests: at most {requests} at once from now on, more as it answers")
        });
        let free = before
            .keys()
            .filter(|endpoint| !self.busy.contains_key(*endpoint));
        let free = free.map(|endpoint| format!("`{endpoint}` takes all requests again"));
        let told = of_budget.into_iter().chain(of_workers);
        told.chain(busier).chain(free).collect()
    }

    fn budget(&mut self, batch: &BatchRecord) -> Option<String> {
        let budget = batch.budget?;
        let before = std::mem::replace(&mut self.level, budget.level);
        let max = budget.max_tokens;
        match budget.level {
            _ if before == budget.level => None,
            BudgetLevel::Free => None,
            BudgetLevel::Slow => Some(format!(
                "80 % of the {max} tokens are used: {} at once from now on",
                batch.at_once
            )),
            BudgetLevel::Spent => Some(format!(
                "all of the {max} tokens are used: no model is asked any more, and no run begins; \
                 `--resume` with a larger `--max-tokens-total` continues"
            )),
        }
    }
}

impl CanaryCount {
    fn line(&self, n_runs: u64) -> String {
        let n_canary = self.canary.n_runs as u64;
        let counts = self.ended.iter();
        let counts = counts.map(|(state, n)| format!("{n} {}", state.name().replace('_', " ")));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let is_good = |state: &RunState| matches!(state, RunState::Finished | RunState::Answered);
        let goes_on = self.canary.goes_on && self.ended.keys().all(is_good);
        let others = n_runs.saturating_sub(n_canary);
        let all = self.tokens.saturating_mul(n_runs) / n_canary.max(1);
        let tokens = self.tokens;
        let then = if goes_on {
            format!("the other {others} continue")
        } else {
            format!("the other {others} are not run")
        };
        format!("canary: {counts}, {tokens} tokens (about {all} for all {n_runs} runs): {then}")
    }
}
