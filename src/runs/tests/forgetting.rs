//! Runs that are forgotten by command.

use serde_json::json;

use super::bench::{Harness, plan, runs_that};
use crate::runs::{RunsCommand, Target};
use crate::trace::RunState;

#[tokio::test(start_paused = true)]
async fn runs_that_are_over_are_forgotten_and_live_ones_are_left_alone() {
    let mut bench = Harness::start();
    let works = [
        json!({"do": "work", "seconds": 1}),
        json!({"do": "ask"}),
        json!({"do": "hang"}),
    ];
    let batch = bench.launch(plan(works, 3)).await;
    bench
        .until(|b| {
            let states = [RunState::Finished, RunState::NeedsInput, RunState::Running];
            b.runs().iter().map(|run| run.state).eq(states)
        })
        .await;
    let over = bench.run(0).run.clone();
    bench.send(RunsCommand::Forget(Target::All)).await;
    bench.until(|b| b.runs().len() == 2).await;
    bench.until(|b| b.batch(&batch).total == 2).await;
    let left = bench.runs();
    assert!(left.iter().all(|run| run.run != over && !run.is_over()));

    // It is not known any more; who comes after it counts on.
    bench.send(RunsCommand::Retry(vec![over])).await;
    bench.send(RunsCommand::Cancel(Target::All)).await;
    bench.until_ended(&batch).await;
    bench
        .send(RunsCommand::Retry(vec![left[0].run.clone()]))
        .await;
    bench.until(|b| b.runs().len() == 3).await;
    assert_eq!(bench.run(2).index, 3);
}

#[tokio::test(start_paused = true)]
async fn a_batch_goes_with_the_last_of_its_runs_and_its_name_is_not_given_again() {
    let mut bench = Harness::start();
    let first = bench.launch(plan(runs_that("work", 2), 2)).await;
    let second = bench.launch(plan(runs_that("work", 1), 1)).await;
    bench.until_ended(&first).await;
    bench.until_ended(&second).await;
    bench
        .send(RunsCommand::Forget(Target::Batch(first.clone())))
        .await;
    bench.until(|b| b.runs().len() == 1).await;
    let third = bench.launch(plan(runs_that("work", 1), 1)).await;
    bench.until_ended(&third).await;
    let numbers = [&second, &third].map(|batch| bench.batch(batch).number);
    assert_eq!(numbers, [1, 2]);
    let records = bench.shutdown().await;
    assert!(records.iter().all(|run| run.batch != first));
}
