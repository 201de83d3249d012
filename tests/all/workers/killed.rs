//! Workers and servers that die, and what becomes of their runs.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::Fleet;
use crate::awaited;
use crate::program::{file, wish};

/// How many runs there are; `.ci/nightly` wishes for 2,000.
const RUNS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_and_a_killed_server_end_every_run_without_a_recorded_call_made_twice() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let n_runs = wish("FLOWDECK_TEST_RUNS").map_or(RUNS, |runs| usize::try_from(runs).unwrap());
    let rows: Vec<String> = (0..n_runs).map(|row| row.to_string()).collect();
    file(
        fleet.bed.path(),
        "rows.csv",
        format!("n\n{}\n", rows.join("\n")),
    );
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(fleet.worker(&["--at-once", "4"]).await);
    }
    let (mut client, output, notes) = fleet.begin(
        "client",
        &[
            "run",
            "noter.json",
            "--inputs",
            "rows.csv",
            "--message",
            "job {{n}}",
            "--format",
            "json",
            "--in-doubt",
            "again",
            "--at-once",
            "20",
        ],
    );
    let mut random = fastrand::Rng::new();
    let n_kills = 6;
    let mut told = Vec::new();
    for kill in 0..n_kills {
        let lines = (kill + 1) * n_runs / (n_kills + 2) - random.usize(0..n_runs / 20);
        let journal = fleet.bed.journal();
        awaited::file(&journal, |text| text.lines().count() >= lines).await;
        if kill == n_kills / 2 {
            fleet.server.kill();
            fleet.server.begin().await;
        }
        let which = random.usize(0..workers.len());
        workers[which].kill();
        workers[which] = fleet.worker(&["--at-once", "4"]).await;
        told.push((lines, which));
    }
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    let code = awaited::within(code).await.unwrap();
    let told = format!("{told:?}: {}", fs::read_to_string(notes).unwrap());
    assert_eq!(code, Some(0), "{told}");
    let ended: Value = serde_json::from_str(&fs::read_to_string(output).unwrap()).unwrap();
    assert_eq!(
        ended["summary"]["by_state"],
        json!({"answered": n_runs}),
        "{told}"
    );
    for (job, run) in ended["runs"].as_array().unwrap().iter().enumerate() {
        assert_eq!(run["messages"][1]["content"], format!("job {job} is done"));
        let calls = &run["tool_calls"];
        assert_eq!(calls[0]["output"], "noted", "{calls}, {told}");
    }
    let (journal, events) = (fleet.bed.noted(), fleet.events());
    let questions = fleet.bed.model.asked();
    let mut n_taken_over = 0;
    for (run, events) in &events {
        let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
        let Some(planned) = events.iter().find(|event| event["type"] == "RunQueued") else {
            continue;
        };
        let job = format!("job {}", planned["index"]);
        let claims = events
            .iter()
            .filter(|event| event["type"] == "RunOperated" && event["operation"] == "worker")
            .count();
        assert!(claims > 0, "{run} says who carried it out");
        n_taken_over += claims - 1;
        // A call is made once its request is recorded, and never after its outcome is.
        let (calls, outcomes) = (of("ToolExecutionRequest"), of("ToolExecutionResponse"));
        assert_eq!(outcomes, 1, "{run}, {told}");
        let n_made = journal[run];
        assert!(
            n_made <= calls && calls <= claims,
            "{run}: {n_made} made, {calls} calls, {claims} claims, {told}"
        );
        let place = |kind: &str| events.iter().rposition(|event| event["type"] == kind);
        assert!(
            place("ToolExecutionRequest") < place("ToolExecutionResponse"),
            "{run}, {told}"
        );
        assert_eq!(of("LlmGenerationResponse"), 2, "{run}, {told}");
        for question in 0..2 {
            let n_asked = questions[&(job.clone(), question)];
            assert!(
                n_asked <= claims,
                "{run} asked {n_asked} times, {claims} claims, {told}"
            );
        }
    }
    assert!(n_taken_over > 0, "nothing was taken over, {told}");
}
