//! Runs that a worker can't take, and commands that have no queue.

use pretty_assertions::assert_eq;

use super::bed::Fleet;
use crate::program::run;

#[test]
fn without_a_queue_a_worker_says_how_to_name_one() {
    let ran = run(&["worker"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("there is no queue"), "{}", ran.stderr);
    assert!(ran.stderr.contains("FLOWDECK_NATS"), "{}", ran.stderr);
    let ran = run(&[
        "worker",
        "--nats",
        "nats://me:secret@127.0.0.1:1",
        "--check",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("127.0.0.1:1"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_checked_and_its_workers_are_listed() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let checked = fleet.run(&["worker", "--check", "--pool", "night"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(
        checked.stdout.contains("pool `night`"),
        "{}",
        checked.stdout
    );
    let _day = fleet.worker(&["--at-once", "3"]).await;
    let _night = fleet.worker(&["--pool", "night"]).await;
    let listed = fleet.run(&["workers"]);
    assert_eq!(listed.stdout.lines().count(), 2, "{}", listed.stdout);
    assert!(listed.stdout.contains("worker1"), "{}", listed.stdout);
    assert!(listed.stdout.contains("0/3 runs"), "{}", listed.stdout);
    let listed = fleet.run(&["workers", "--pool", "night", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "worker2");
    assert_eq!(listed.as_array().unwrap().len(), 1);
}
