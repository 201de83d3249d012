//! Runs of a batch that another process began: they come one after the other, and each once.

use std::sync::Arc;

use serde_json::json;

use super::bench::{Harness, plan};
use crate::base::ids::{BatchId, RunId};
use crate::runs::{CarriedOn, PastRun, RunsCommand};
use crate::runtime::Past;
use crate::trace::{Planned, RunEvent, RunEventBody, RunState};

/// Some runs of a batch of four, by their places; none had begun.
fn carried_on(bench: &Harness, places: &[usize]) -> RunsCommand {
    let batch = BatchId::new("b_past");
    let inputs = places
        .iter()
        .map(|place| json!({"do": "work", "seconds": 1, "n": place}));
    let plan = plan(inputs, 1);
    let terms = Arc::new(plan.terms().remove(0));
    let planned = |place: usize, at: usize| Planned {
        batch: batch.clone(),
        index: place,
        retry_of: None,
        forked_from: None,
        terms: Arc::clone(&terms),
        run: Arc::clone(&plan.runs[at]),
    };
    let past_run = |(at, place): (usize, &usize)| {
        let run = RunId::new(format!("r_past{place}"));
        let first = RunEvent {
            run: run.clone(),
            seq: 0,
            joined: 0,
            timestamp: bench.now(),
            span: None,
            body: RunEventBody::Planned(Box::new(planned(*place, at))),
        };
        PastRun {
            run,
            events: vec![Arc::new(first)],
            past: Some(Past::default()),
            was_interrupted: true,
        }
    };
    let runs = places.iter().enumerate().map(past_run).collect();
    RunsCommand::CarryOn(Box::new(CarriedOn {
        batch: batch.clone(),
        launched_at: bench.now(),
        plan: Box::new(plan),
        runs,
        n_runs: 4,
        used_tokens: 0,
        rates: Vec::new(),
    }))
}

#[tokio::test(start_paused = true)]
async fn further_runs_of_a_batch_join_it_once_and_no_place_in_it_is_given_twice() {
    let mut bench = Harness::start();
    let batch = BatchId::new("b_past");
    bench.send(carried_on(&bench, &[2])).await;
    bench.until_ended(&batch).await;
    assert_eq!(bench.batch(&batch).total, 1);
    // The others come later, and the one that was here is not carried out again.
    bench.send(carried_on(&bench, &[1, 2, 3])).await;
    bench.until(|b| b.runs().len() == 3).await;
    bench.until_ended(&batch).await;
    assert_eq!(bench.batch(&batch).total, 3);
    let came: Vec<_> = bench
        .runs()
        .iter()
        .map(|run| (run.index, run.outputs["n"].clone(), run.state))
        .collect();
    let finished = |place: usize| (place, json!(place), RunState::Finished);
    assert_eq!(came, [finished(2), finished(1), finished(3)]);
    // The fourth may be anywhere, so a new run stands behind it.
    let again = bench.run(0).run.clone();
    bench.send(RunsCommand::Retry(vec![again])).await;
    bench.until(|b| b.runs().len() == 4).await;
    assert_eq!(bench.run(3).index, 4);
    bench.until_ended(&batch).await;
    assert_eq!(bench.run(3).outputs["n"], json!(2), "the plan of the run");
}
