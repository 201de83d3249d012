//! Tokens that a batch may use: it slows, and is paused or ends.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bench::{Harness, plan};
use super::{pause, states};
use crate::base::ids::BatchId;
use crate::runs::{BatchPlan, BudgetLevel, RunsCommand, Target};
use crate::trace::{FailureKind, RunState};

/// Runs that ask a model so often, which takes a second and 100 tokens each time.
fn asking(n_runs: usize, calls: u64, at_once: usize, max_tokens: u64) -> BatchPlan {
    let works = (0..n_runs).map(|_| json!({"do": "ask a model", "calls": calls}));
    BatchPlan {
        max_tokens_total: Some(max_tokens),
        ..plan(works, at_once)
    }
}

fn used(bench: &Harness) -> u64 {
    bench.runs().iter().map(|run| run.tokens()).sum()
}

fn is_at(bench: &Harness, batch: &BatchId, level: BudgetLevel) -> bool {
    let budget = bench.batch(batch).budget;
    budget.is_some_and(|budget| budget.level == level)
}

#[tokio::test(start_paused = true)]
async fn without_a_person_a_spent_budget_lets_what_can_end_end_and_starts_no_more() {
    let mut bench = Harness::start();
    let batch = bench
        .launch(BatchPlan {
            is_steered: false,
            ..asking(20, 2, 4, 1000)
        })
        .await;
    bench.until(|b| is_at(b, &batch, BudgetLevel::Slow)).await;
    bench.until(|b| b.batch(&batch).at_once == 2).await;
    bench.until_ended(&batch).await;
    let (finished, other): (Vec<_>, Vec<_>) = bench
        .runs()
        .into_iter()
        .partition(|run| run.state == RunState::Finished);
    assert!((4..=5).contains(&finished.len()), "{}", finished.len());
    // A call that was under way when all was used is let finish.
    assert!((1000..=1200).contains(&used(&bench)), "{}", used(&bench));
    for run in other {
        assert_eq!(run.state, RunState::Cancelled);
        let error = run.error.clone().expect("a cancelled run says why");
        assert_eq!(error.kind, FailureKind::Limit, "{error}");
    }
    assert!(is_at(&bench, &batch, BudgetLevel::Spent));
    assert!(!bench.batch(&batch).is_paused);
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_is_raised_counts_for_calls_that_wait_already() {
    let mut bench = Harness::start();
    let batch = bench
        .launch(BatchPlan {
            requests_per_second: Some(1.0 / 3600.0),
            ..asking(6, 1, 6, 1_000_000)
        })
        .await;
    bench.until(|b| b.run(5).doing == "rate limit").await;
    let per_second = Some(10.0);
    bench
        .send(RunsCommand::SetRate {
            batch: batch.clone(),
            per_second,
        })
        .await;
    bench.until_ended(&batch).await;
    let record = bench.batch(&batch);
    assert_eq!(record.requests_per_second, per_second);
    let wall = record.summary.as_ref().unwrap().wall_s;
    assert!(wall < 60.0, "{wall}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_the_rate_are_not_made_once_the_budget_is_spent() {
    let mut bench = Harness::start();
    let batch = bench
        .launch(BatchPlan {
            is_steered: false,
            requests_per_second: Some(0.1),
            ..asking(50, 1, 50, 300)
        })
        .await;
    bench.until_ended(&batch).await;
    assert_eq!(used(&bench), 300);
}

#[tokio::test(start_paused = true)]
async fn with_a_person_it_is_paused_and_goes_on_with_as_much_again_or_a_raised_budget() {
    let mut bench = Harness::start();
    let batch = bench.launch(asking(10, 2, 2, 600)).await;
    // A call that is under way when all is used is let finish.
    let is_spent = |b: &Harness, least: u64| {
        let record = b.batch(&batch);
        let budget = record.budget.expect("it has one");
        let is_spent = budget.level == BudgetLevel::Spent && budget.max_tokens >= least;
        record.is_paused && is_spent && used(b) >= least
    };
    bench.until(|b| is_spent(b, 600)).await;
    tokio::time::sleep(std::time::Duration::from_hours(1)).await;
    bench.send(pause(Target::Batch(batch.clone()), false)).await;
    bench.until(|b| is_spent(b, 1200)).await;
    assert!(used(&bench) <= 1400, "{}", used(&bench));
    bench
        .send(RunsCommand::SetBudget {
            batch: batch.clone(),
            max_tokens: Some(10_000),
        })
        .await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished; 10]);
    assert_eq!(bench.batch(&batch).at_once, 2, "it is slowed no longer");
    assert_eq!(used(&bench), 2000);
}

#[tokio::test(start_paused = true)]
async fn a_number_at_once_that_a_person_gives_holds_also_when_it_is_slowed() {
    let mut bench = Harness::start();
    let batch = bench.launch(asking(12, 1, 4, 1000)).await;
    bench.until(|b| b.batch(&batch).at_once == 2).await;
    bench
        .send(RunsCommand::SetAtOnce {
            batch: batch.clone(),
            at_once: 7,
        })
        .await;
    bench
        .send(RunsCommand::SetBudget {
            batch: batch.clone(),
            max_tokens: None,
        })
        .await;
    bench.until_ended(&batch).await;
    let record = bench.batch(&batch);
    assert_eq!((record.at_once, record.budget), (7, None));
}
