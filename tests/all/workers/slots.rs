//! The slots of a worker: each run leaves its own when it is over.

use super::bed::{Fleet, signal};
use crate::awaited;
use crate::program::file;

/// So many that runs end while others are forgotten.
const RUNS: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_over_leave_their_slots_and_a_worker_without_any_ends() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let rows: Vec<String> = (0..RUNS).map(|row| row.to_string()).collect();
    file(
        fleet.bed.path(),
        "rows.csv",
        format!("n\n{}\n", rows.join("\n")),
    );
    let worker = fleet.worker(&["--at-once", "50"]).await;
    let message = ["--message", "hello {{n}}", "--at-once", "50"];
    let ran = fleet.run(&[&["run", "noter.json", "--inputs", "rows.csv"], &message[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let listed = fleet.run(&["workers"]);
    assert!(listed.stdout.contains("0/50 runs"), "{}", listed.stdout);
    signal(worker.pid(), "TERM");
    let code = tokio::task::spawn_blocking(move || worker.ended());
    assert_eq!(awaited::within(code).await.unwrap(), Some(0));
}
