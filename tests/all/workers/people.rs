//! People who answer and cancel runs that workers carry out, and workers that are told to end.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Fleet, SLOW_TOOL, signal};
use crate::awaited;
use crate::history::bed::Bed;
use crate::program::file;
use crate::terminal::Terminal;

const FIVE: [&str; 8] = [
    "run",
    "noter.json",
    "--inputs",
    "five.csv",
    "--message",
    "job {{n}}",
    "--format",
    "json",
];

async fn slow() -> Option<Fleet> {
    let fleet = Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, "").await?;
    file(fleet.bed.path(), "five.csv", "n\n0\n1\n2\n3\n4\n");
    Some(fleet)
}

fn ended(output: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(output).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_end_finishes_its_calls_and_gives_its_runs_to_another() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let first = fleet.worker(&[]).await;
    let (mut client, output, notes) = fleet.begin("client", &FIVE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 5).await;
    signal(first.pid(), "TERM");
    awaited::file(&first.notes, |text| text.contains("go back to the queue")).await;
    let _second = fleet.worker(&[]).await;
    file(fleet.bed.path(), "go", "");
    let code = tokio::task::spawn_blocking(move || first.ended());
    assert_eq!(awaited::within(code).await.unwrap(), Some(0));
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    let code = awaited::within(code).await.unwrap();
    assert_eq!(code, Some(0), "{}", fs::read_to_string(notes).unwrap());
    assert_eq!(
        ended(&output)["summary"]["by_state"],
        json!({"answered": 5})
    );
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
    for events in fleet.events().values() {
        let claims = events.iter().filter(|event| event["operation"] == "worker");
        let workers: Vec<&Value> = claims.map(|claim| &claim["outputs"]["worker"]).collect();
        if events.iter().any(|event| event["type"] == "RunQueued") {
            assert_eq!(workers, ["worker1", "worker2"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_cancelled_ends_at_its_workers_too() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let _worker = fleet.worker(&["--at-once", "3"]).await;
    let (mut client, output, _) = fleet.begin("client", &FIVE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 3).await;
    signal(client.id(), "INT");
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    assert_eq!(awaited::within(code).await.unwrap(), Some(130));
    assert_eq!(
        ended(&output)["summary"]["by_state"],
        json!({"cancelled": 5})
    );
    // The worker has room again, and what was in the queue is not begun.
    file(fleet.bed.path(), "go", "");
    let after = fleet.run(&[
        "run",
        "noter.json",
        "--message",
        "job 7",
        "--format",
        "json",
    ]);
    assert_eq!(after.code, 0, "{}", after.stderr);
    assert_eq!(fleet.bed.noted().len(), 4);
}

/// A worker that stands still for longer than it may, and then goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stood_still_drops_the_run_that_another_one_took_over() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let first = fleet.worker(&[]).await;
    let arguments = [
        "run",
        "noter.json",
        "--message",
        "job 1",
        "--format",
        "json",
        "--in-doubt",
        "again",
    ];
    let (mut client, output, _) = fleet.begin("client", &arguments);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    signal(first.pid(), "STOP");
    let _second = fleet.worker(&[]).await;
    // In doubt, it is called again.
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 2).await;
    file(fleet.bed.path(), "go", "");
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    assert_eq!(awaited::within(code).await.unwrap(), Some(0));
    signal(first.pid(), "CONT");
    // It drops what it had, and takes what comes.
    let after = fleet.run(&[
        "run",
        "noter.json",
        "--message",
        "job 7",
        "--format",
        "json",
    ]);
    assert_eq!(after.code, 0, "{}", after.stderr);
    assert_eq!(
        ended(&output)["summary"]["by_state"],
        json!({"answered": 1})
    );
    let noted: usize = fleet.bed.noted().values().sum();
    assert_eq!(noted, 3, "twice by the first run, once by the second");
}

/// An agent whose tool a person carries out, asked by one message.
async fn asking() -> Option<Fleet> {
    let tool = json!({
        "component_type": "ClientTool", "id": "note", "name": "note", "description": "Notes a job.",
        "inputs": [{"title": "job", "type": "string"}], "outputs": [{"title": "noted", "type": "string"}],
    });
    Fleet::of(Bed::with(&tool, "").await, "").await
}

fn at_a_terminal(fleet: &Fleet, arguments: &[&str]) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let url = fleet.server.url();
    let variables = [("FLOWDECK_NATS", url.as_str()), ("NO_PROXY", "127.0.0.1")];
    Terminal::start_program(program, fleet.bed.path(), arguments, &variables, (160, 24))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_leaves_its_worker_and_any_workbench_answers_it() {
    let Some(mut fleet) = asking().await else {
        return;
    };
    let mut first = fleet.worker(&[]).await;
    let asker = at_a_terminal(&fleet, &["run", "noter.json", "--message", "job 1"]);
    let shown = asker.wait_for("What is its result");
    let batch = shown
        .split_whitespace()
        .find(|word| word.starts_with("b_"))
        .unwrap()
        .to_owned();
    // No worker has it while it waits: this one may go.
    let workers = fleet.run(&["workers", "--format", "json"]);
    let workers: Value = serde_json::from_str(&workers.stdout).unwrap();
    assert_eq!(workers[0]["runs"], json!([]), "{workers}");
    first.kill();
    // Somebody else follows the same batch, and answers first.
    let mut other = at_a_terminal(&fleet, &["run", "--resume", &batch]);
    other.wait_for("What is its result");
    other.send("by the other\r");
    let _second = fleet.worker(&[]).await;
    other.wait_for("job 1 is done");
    asker.wait_for("job 1 is done");
    let events = fleet.events();
    let run = events
        .values()
        .find(|events| events.iter().any(|event| event["type"] == "RunQueued"))
        .unwrap();
    let answers: Vec<&Value> = run
        .iter()
        .filter(|event| event["type"] == "HumanInTheLoopResponse")
        .collect();
    assert_eq!(answers.len(), 1);
    assert!(
        answers[0].to_string().contains("by the other"),
        "{answers:?}"
    );
}
