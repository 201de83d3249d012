//! The limits of an active batch: the number of runs at once, the rate and the tokens.

use super::{Hub, Live, Stage};
use crate::base::ids::BatchId;
use crate::runs::record::feed::Announcement;
use crate::runs::schedule::endpoints::BoundChange;
use crate::runs::schedule::gate::Gate;
use crate::runs::schedule::supervisor::{Ending, StopReason};
use crate::runs::{BudgetLevel, Target};

impl Hub {
    /// Changes the maximum number of runs at once in a batch. A person's setting takes precedence
    /// over the slowdown by the budget.
    pub(super) fn set_at_once(&mut self, id: BatchId, at_once: usize) {
        let Some(batch) = self.batches.get_mut(&id) else {
            return;
        };
        batch.unslowed = None;
        batch.places.change(|gate| gate.set_at_once(at_once));
        self.announce(Announcement::AtOnce(id, at_once.max(1)));
    }

    /// Changes the maximum number of model requests per second in a batch.
    pub(super) fn set_rate(&mut self, id: BatchId, per_second: Option<f64>) {
        if let Some(batch) = self.batches.get(&id) {
            batch.bounds.pace.set_rate(per_second);
            if let Some(elsewhere) = &self.parts.elsewhere {
                elsewhere.runner.set_rate(&id, per_second);
            }
            self.announce(Announcement::Rate(id, per_second));
        }
    }

    /// Lets runs continue that are held by the canary or the exhausted budget of their batch.
    pub(super) fn release(&mut self, id: &BatchId) {
        self.extend_budgets(&Target::Batch(id.clone()));
        let canary = self.batches.get_mut(id).map(|batch| {
            batch.places.change(|gate| gate.set_starts_left(None));
            batch.canary.take()
        });
        if canary.flatten().is_some() {
            self.announce(Announcement::Released(id.clone()));
        }
    }

    /// Records the end of a run. After the last run of a canary, a batch that nobody can control
    /// continues or ends automatically.
    pub(super) fn watch_canary(&mut self, ending: &Ending) {
        let Some(run) = self.runs.get(&ending.run) else {
            return;
        };
        let id = run.batch.clone();
        let Some(batch) = self.batches.get_mut(&id) else {
            return;
        };
        let Some(is_good) = (batch.canary.as_mut()).and_then(|canary| canary.end_run(ending.state))
        else {
            return;
        };
        let goes_on = batch.plan.canary.is_some_and(|canary| canary.goes_on);
        if goes_on && is_good {
            self.release(&id);
        } else if !batch.plan.is_steered {
            let withdrawn = batch.places.change(Gate::withdraw_all);
            let reason = if is_good {
                StopReason::CanaryHolds
            } else {
                StopReason::CanaryFailed
            };
            self.end_withdrawn(withdrawn.into(), reason);
        }
    }

    /// Changes the token budget of a batch.
    pub(super) fn set_budget(&mut self, id: BatchId, max_tokens: Option<u64>) {
        if let Some(batch) = self.batches.get(&id) {
            let budget = &batch.bounds.budget;
            budget.set_max_tokens(max_tokens);
            let snapshot = budget.snapshot();
            self.announce(Announcement::Budget(id, snapshot));
        }
    }

    /// Increases the exhausted budgets of batches by their original size.
    pub(super) fn extend_budgets(&mut self, target: &Target) {
        let mut extended = Vec::new();
        for (id, batch) in &self.batches {
            let is_meant = *target == Target::All || *target == Target::Batch(id.clone());
            let budget = &batch.bounds.budget;
            if is_meant && let Some(snapshot) = budget.snapshot().filter(|_| budget.is_spent()) {
                budget.extend(batch.plan.max_tokens_total.unwrap_or(snapshot.max_tokens));
                extended.push(Announcement::Budget(id.clone(), budget.snapshot()));
            }
        }
        for budget in extended {
            self.announce(budget);
        }
    }

    /// Aborts the model calls of paused runs, which are repeated when the runs resume.
    pub(super) fn cut(&self, target: &Target) {
        for (id, run) in self.targeted(target) {
            if let Stage::Live(Live {
                reach: Some(reach), ..
            }) = &run.stage
            {
                reach.cut(id);
            }
        }
    }

    /// Reports new limits of endpoints to active batches.
    pub(super) fn heed_endpoints(&mut self) {
        for change in self.endpoints.take_changes() {
            let going = self.batches.iter().filter(|(_, batch)| batch.is_going());
            let going: Vec<BatchId> = going.map(|(id, _)| id.clone()).collect();
            for id in going {
                let BoundChange { endpoint, at_once } = change.clone();
                self.announce(Announcement::Endpoint(id, endpoint, at_once));
            }
        }
    }

    /// Slows down, pauses or ends a batch whose budget is largely used, and lets a batch continue
    /// whose budget was increased.
    pub(super) fn heed_budget(&mut self, id: &BatchId) {
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        let level = batch.bounds.budget.level();
        let before = std::mem::replace(&mut batch.heeded_level, level);
        if level == before {
            return;
        }
        let snapshot = batch.bounds.budget.snapshot();
        let at_once = batch.slow(level != BudgetLevel::Free);
        let ends = level == BudgetLevel::Spent && !batch.plan.is_steered;
        let withdrawn = ends.then(|| batch.places.change(Gate::withdraw_all));
        if let Some(at_once) = at_once {
            self.announce(Announcement::AtOnce(id.clone(), at_once));
        }
        self.announce(Announcement::Budget(id.clone(), snapshot));
        if let Some(withdrawn) = withdrawn {
            // Those in flight end when they next want a model.
            self.end_withdrawn(withdrawn.into(), StopReason::Budget);
        } else if (level == BudgetLevel::Spent) != (before == BudgetLevel::Spent) {
            let target = Target::Batch(id.clone());
            self.pause(&target, level == BudgetLevel::Spent);
        }
    }
}
