//! A server that is gone, or comes back without what it had, and what people are told of it.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::Value;

use super::bed::{Fleet, SLOW_TOOL, code_of, signal};
use crate::awaited;
use crate::history::bed::Bed;
use crate::program::file;

const ONE: [&str; 6] = [
    "run",
    "noter.json",
    "--message",
    "job 1",
    "--format",
    "json",
];

async fn slow() -> Option<Fleet> {
    Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_streams_is_told_and_the_runs_go_on_from_the_local_history() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let worker = fleet.worker(&[]).await;
    let (client, output, notes) = fleet.begin("client", &ONE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    fleet.server.kill();
    fleet.server.lose_all();
    fleet.server.begin().await;
    let code = code_of(client).await;
    let notes = fs::read_to_string(notes).unwrap();
    assert_eq!(code, Some(1), "{notes}");
    assert!(
        notes.contains("has lost the records of batch b_"),
        "{notes}"
    );
    let came: Value = serde_json::from_str(&fs::read_to_string(output).unwrap()).unwrap();
    let run = &came["runs"][0];
    assert_eq!(run["state"], "interrupted", "{run}");
    let hint = run["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("--nats none"), "{hint}");
    // The queue is not the one that the runs were handed out by.
    let refused = fleet.run(&["run", "--resume", "last"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    drop(worker);
    file(fleet.bed.path(), "go", "");
    let resumed = fleet.run(&[
        "run",
        "--resume",
        "last",
        "--nats",
        "none",
        "--in-doubt",
        "again",
    ]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(resumed.stdout, "job 1 is done\n");
    // The queue takes further batches.
    let _worker = fleet.worker(&[]).await;
    let further = fleet.run(&["run", "noter.json", "--message", "job 2"]);
    assert_eq!(further.code, 0, "{}", further.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_the_server_is_gone_says_what_workers_may_still_do() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let _worker = fleet.worker(&[]).await;
    let (client, _, notes) = fleet.begin("client", &ONE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    fleet.server.kill();
    awaited::file(&notes, |text| text.contains("is lost")).await;
    signal(client.id(), "INT");
    awaited::file(&notes, |text| text.contains("waits ten seconds")).await;
    assert_eq!(code_of(client).await, Some(130));
    let told = fs::read_to_string(notes).unwrap();
    assert!(
        told.contains(
            "could not be asked to end 1 run: once it is back, workers may still continue"
        ),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_command_that_waits_for_a_worker_says_so_once() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let (client, _, notes) = fleet.begin("client", &[&ONE[..], &["-q"]].concat());
    awaited::file(&notes, |text| text.contains("has no worker")).await;
    let _worker = fleet.worker(&[]).await;
    assert_eq!(code_of(client).await, Some(0));
    let told = fs::read_to_string(notes).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(
        told.starts_with("warning: pool `default` has no worker"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_says_when_what_kept_its_runs_is_over() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let (client, _, notes) = fleet.begin("client", &ONE);
    awaited::file(&notes, |text| text.contains("has no worker")).await;
    let _worker = fleet.worker(&[]).await;
    assert_eq!(code_of(client).await, Some(0));
    let told = fs::read_to_string(notes).unwrap();
    assert!(told.contains("the runs continue at the workers"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_fitting_worker_is_at_work_nobody_hears_of_those_that_do_not_fit() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let _fitting = fleet.worker(&["--at-once", "1"]).await;
    let two = [&ONE[..], &["--runs", "2"]].concat();
    let (client, _, notes) = fleet.begin("client", &two);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    let unfit = fleet.worker(&["--profile", "offline"]).await;
    awaited::file(&unfit.notes, |text| text.contains("go back to the queue")).await;
    file(fleet.bed.path(), "go", "");
    assert_eq!(code_of(client).await, Some(0));
    let told = fs::read_to_string(notes).unwrap();
    assert!(!told.contains("no worker can take this"), "{told}");
}
