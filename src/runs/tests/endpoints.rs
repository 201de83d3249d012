//! Model calls that are cut by a pause, and endpoints that take no more of them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bench::{Harness, plan};
use super::{pause, states};
use crate::runs::{RunsCommand, Target, TranscriptItem};
use crate::trace::RunState;

fn asking(n_runs: usize, calls: u64) -> crate::runs::BatchPlan {
    let works = (0..n_runs).map(|_| json!({"do": "ask a model", "calls": calls}));
    plan(works, n_runs)
}

#[tokio::test(start_paused = true)]
async fn a_pause_at_once_cuts_the_call_and_makes_it_again() {
    let mut bench = Harness::start();
    let batch = bench.launch(asking(2, 1)).await;
    bench.until(|b| b.run(1).streamed_characters > 0).await;
    let first = bench.run(0).run.clone();
    bench
        .send(RunsCommand::PauseAtOnce(Target::Runs(vec![first.clone()])))
        .await;
    bench.until(|b| b.run(0).state == RunState::Paused).await;
    bench.until(|b| b.run(1).is_over()).await;
    assert_eq!(
        bench.run(0).streamed_characters,
        0,
        "what came of it is forgotten"
    );
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert_eq!(bench.server.n_begun.load(Ordering::Relaxed), 2);
    bench.send(pause(Target::Runs(vec![first]), false)).await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished; 2]);
    assert_eq!(bench.server.n_begun.load(Ordering::Relaxed), 3);
    let call = &bench.run(0).model_calls[0];
    assert_eq!((call.content.as_str(), call.retries.len()), ("yes", 1));
    let told = |item: &TranscriptItem| matches!(item, TranscriptItem::Note(note) if note.contains("cut by a pause"));
    assert!(bench.run(0).transcript.iter().any(told));
    assert_eq!(bench.run(0).usage.llm_calls, 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_at_once_cuts_only_calls_of_tools_that_may_be_made_again() {
    for (may_repeat, n_calls) in [(false, 1), (true, 2)] {
        let mut bench = Harness::start();
        bench.server.may_repeat.store(may_repeat, Ordering::Relaxed);
        let work = json!({"do": "wait for", "on": "worker", "seconds": 60});
        let batch = bench.launch(plan([work], 1)).await;
        bench.until(|b| b.run(0).doing == "worker").await;
        let target = Target::Batch(batch.clone());
        bench.send(RunsCommand::PauseAtOnce(target.clone())).await;
        tokio::time::sleep(Duration::from_mins(30)).await;
        bench.send(pause(target, false)).await;
        bench.until_ended(&batch).await;
        assert_eq!(states(&bench), [RunState::Finished]);
        assert_eq!(bench.server.n_tool_calls.load(Ordering::Relaxed), n_calls);
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_gets_fewer_requests_and_more_as_it_answers() {
    let mut bench = Harness::start();
    bench.server.takes.store(5, Ordering::Relaxed);
    let batch = bench.launch(asking(30, 60)).await;
    bench
        .until(|b| !b.batch(&batch).busy_endpoints.is_empty())
        .await;
    bench
        .until(|b| b.batch(&batch).busy_endpoints.values().all(|n| *n <= 6))
        .await;
    let is_waiting = |b: &Harness| b.runs().iter().any(|run| run.doing == "busy endpoint");
    bench.until(is_waiting).await;
    // It takes everything again.
    bench.server.takes.store(0, Ordering::Relaxed);
    bench
        .until(|b| b.batch(&batch).busy_endpoints.is_empty())
        .await;
    bench.until_ended(&batch).await;
    assert_eq!(states(&bench), [RunState::Finished; 30]);
    let notices = bench.runs();
    let notices = notices.iter().flat_map(|run| &run.notices);
    assert!(
        notices
            .into_iter()
            .any(|notice| notice.contains("has too many requests (429)"))
    );
}
