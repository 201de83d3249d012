//! The token budget of a batch: counts the tokens of model answers, and is checked before each
//! model call.

use tokio::sync::watch;

use crate::conversation::Awaited;
use crate::llm::GenerationObserver;
use crate::runs::schedule::bell::BatchBell;
use crate::runs::{BatchBudget, BudgetLevel};

/// The used part of a budget in percent from which a batch is slowed down.
const SLOW_PERCENT: u64 = 80;

/// The used tokens and their limit. Pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spending {
    /// The maximum number of tokens; `None` for no limit.
    max_tokens: Option<u64>,
    used_tokens: u64,
}

impl Spending {
    fn level(self) -> BudgetLevel {
        let Some(max_tokens) = self.max_tokens else {
            return BudgetLevel::Free;
        };
        let slow_from = u128::from(max_tokens) * u128::from(SLOW_PERCENT);
        if self.used_tokens >= max_tokens {
            BudgetLevel::Spent
        } else if u128::from(self.used_tokens) * 100 >= slow_from {
            BudgetLevel::Slow
        } else {
            BudgetLevel::Free
        }
    }
}

/// The budget of one batch. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub(in crate::runs) struct Budget {
    spending: watch::Sender<Spending>,
    /// Whether a person can increase the budget; otherwise an exhausted budget ends the batch.
    is_steered: bool,
    /// Rung when the level changes.
    bell: BatchBell,
}

/// The error for an exhausted budget that nobody can increase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runs) struct Spent;

impl Budget {
    /// Makes an unused budget of a number of tokens; `None` for no limit.
    pub(in crate::runs) fn new(max_tokens: Option<u64>, is_steered: bool, bell: BatchBell) -> Self {
        let spending = Spending {
            max_tokens,
            used_tokens: 0,
        };
        Self {
            spending: watch::Sender::new(spending),
            is_steered,
            bell,
        }
    }

    /// Returns the used part of the budget.
    pub(in crate::runs) fn level(&self) -> BudgetLevel {
        self.spending.borrow().level()
    }

    /// Returns whether the budget is exhausted, so that no model may be called.
    pub(in crate::runs) fn is_spent(&self) -> bool {
        self.level() == BudgetLevel::Spent
    }

    /// Returns the budget for the records; `None` without a limit.
    pub(in crate::runs) fn snapshot(&self) -> Option<BatchBudget> {
        let spending = *self.spending.borrow();
        Some(BatchBudget {
            max_tokens: spending.max_tokens?,
            level: spending.level(),
        })
    }

    /// Returns whether the budget is exhausted and ends the batch.
    pub(in crate::runs) fn is_closed(&self) -> bool {
        !self.is_steered && self.is_spent()
    }

    /// Adds the tokens of a model call.
    pub(in crate::runs) fn spend(&self, tokens: u64) {
        self.change(|spending| spending.used_tokens = spending.used_tokens.saturating_add(tokens));
    }

    /// Sets another limit; `None` for no limit.
    pub(in crate::runs) fn set_max_tokens(&self, max_tokens: Option<u64>) {
        self.change(|spending| spending.max_tokens = max_tokens);
    }

    /// Increases the limit by a number of tokens, starting from the tokens used if these exceed the
    /// limit.
    pub(in crate::runs) fn extend(&self, tokens: u64) {
        self.change(|spending| {
            let reached = spending.max_tokens.map(|max| max.max(spending.used_tokens));
            spending.max_tokens = reached.map(|reached| reached.saturating_add(tokens));
        });
    }

    fn change(&self, change: impl FnOnce(&mut Spending)) {
        let mut is_other_level = false;
        self.spending.send_modify(|spending| {
            let before = spending.level();
            change(spending);
            is_other_level = spending.level() != before;
        });
        if is_other_level {
            self.bell.ring();
        }
    }

    /// Waits until a model may be called.
    ///
    /// # Errors
    /// [`Spent`], if none may be called any more.
    pub(in crate::runs) async fn admit(
        &self,
        observer: &dyn GenerationObserver,
    ) -> Result<(), Spent> {
        if self.is_closed() {
            return Err(Spent);
        }
        if self.is_spent() {
            observer.waits(Some(Awaited::Budget)).await;
            let mut spending = self.spending.subscribe();
            // An error means that the sender is gone, which `self` holds.
            let is_raised = |spending: &Spending| spending.level() != BudgetLevel::Spent;
            drop(spending.wait_for(is_raised).await);
            observer.waits(None).await;
        }
        Ok(())
    }

    /// Completes when the budget is exhausted and ends the batch.
    pub(in crate::runs) async fn closed(&self) -> Spent {
        let mut spending = self.spending.subscribe();
        let is_over = |spending: &Spending| spending.level() == BudgetLevel::Spent;
        if !self.is_steered && spending.wait_for(is_over).await.is_ok() {
            return Spent;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::ids::BatchId;

    #[test]
    fn it_slows_at_four_fifths_and_is_spent_when_all_is_used() {
        let level = |max_tokens, used_tokens| {
            let spending = Spending {
                max_tokens: Some(max_tokens),
                used_tokens,
            };
            spending.level()
        };
        for (used, expected) in [
            (0, BudgetLevel::Free),
            (79, BudgetLevel::Free),
            (80, BudgetLevel::Slow),
            (99, BudgetLevel::Slow),
            (100, BudgetLevel::Spent),
            (u64::MAX, BudgetLevel::Spent),
        ] {
            assert_eq!(level(100, used), expected, "{used}");
        }
        assert_eq!(level(1, 0), BudgetLevel::Free);
        assert_eq!(level(u64::MAX, u64::MAX - 1), BudgetLevel::Slow);
    }

    #[test]
    fn going_on_allows_as_much_again_from_where_it_stands() {
        let bell = BatchBell {
            bell: Arc::default(),
            batch: BatchId::new("b_1"),
        };
        let budget = Budget::new(Some(100), true, bell);
        budget.spend(130);
        budget.extend(100);
        let snapshot = BatchBudget {
            max_tokens: 230,
            level: BudgetLevel::Free,
        };
        assert_eq!(budget.snapshot(), Some(snapshot));
        assert!(!budget.is_closed());
    }
}
