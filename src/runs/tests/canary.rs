//! The first runs go alone, and the others when these are seen.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bench::{Harness, plan};
use super::states;
use crate::runs::{BatchPlan, Canary, RunsCommand};
use crate::trace::{FailureKind, RunState};

fn canary(goes_on: bool, is_steered: bool, second: &str) -> BatchPlan {
    let works = ["work", second, "work", "work"];
    let works = works.map(|what| json!({"do": what, "seconds": 1}));
    BatchPlan {
        canary: Some(Canary { n_runs: 2, goes_on }),
        is_steered,
        is_attended: is_steered,
        ..plan(works, 4)
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_person_the_others_wait_until_they_are_let_go() {
    let mut bench = Harness::start();
    let batch = bench.launch(canary(false, true, "fail")).await;
    bench.until(|b| b.run(1).is_over()).await;
    tokio::time::sleep(std::time::Duration::from_hours(1)).await;
    let expected = [
        RunState::Finished,
        RunState::Failed,
        RunState::Queued,
        RunState::Queued,
    ];
    assert_eq!(states(&bench), expected);
    assert!(bench.batch(&batch).is_held_back());
    // One of the canary that is tried again is not held back with the others.
    let failed = bench.run(1).run.clone();
    bench.send(RunsCommand::Retry(vec![failed])).await;
    bench
        .until(|b| b.runs().len() == 5 && b.run(4).is_over())
        .await;
    assert_eq!(bench.run(2).state, RunState::Queued);
    bench.send(RunsCommand::Release(batch.clone())).await;
    bench.until_ended(&batch).await;
    assert!(!bench.batch(&batch).is_held_back());
    assert_eq!(bench.run(3).state, RunState::Finished);
}

#[tokio::test(start_paused = true)]
async fn without_a_person_they_go_on_only_if_that_was_said_and_all_came_to_an_end() {
    for (goes_on, second, last, kind) in [
        (true, "work", RunState::Finished, None),
        (true, "fail", RunState::Cancelled, Some(FailureKind::Limit)),
        (true, "ask", RunState::Cancelled, Some(FailureKind::Limit)),
        (false, "work", RunState::Cancelled, Some(FailureKind::Limit)),
    ] {
        let mut bench = Harness::start();
        let batch = bench.launch(canary(goes_on, false, second)).await;
        bench.until_ended(&batch).await;
        let run = bench.run(3);
        assert_eq!(run.state, last, "{goes_on} {second}");
        assert_eq!(run.error.as_ref().map(|error| error.kind), kind);
    }
}
