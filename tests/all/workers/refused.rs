//! Runs that a worker can't take, and commands that have no queue.

use futures_util::StreamExt;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::Fleet;
use crate::awaited;
use crate::program::{file, run};

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
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed[0]["name"], "worker2");
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_why_no_worker_takes_it_and_goes_on_when_a_fitting_one_comes() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let (mut client, _, notes) =
        fleet.begin("client", &["run", "noter.json", "--message", "job 1"]);
    awaited::file(&notes, |text| text.contains("pool `default` has no worker")).await;
    let other = fleet.bed.path().join("other");
    std::fs::create_dir(&other).unwrap();
    file(&other, "flowdeck.toml", "default_profile = \"spec\"\n");
    let _unbound = fleet
        .worker(&["--at-once", "1", "-C", other.to_str().unwrap()])
        .await;
    let unbound = |text: &str| {
        text.contains("no worker can take this: worker1: nothing is bound to the tool `note` there")
    };
    awaited::file(&notes, unbound).await;
    let _other_profile = fleet
        .worker(&["--at-once", "1", "--profile", "offline"])
        .await;
    awaited::file(&notes, |text| {
        text.contains("it has only the profile `offline`")
    })
    .await;
    let _fitting = fleet.worker(&[]).await;
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    assert_eq!(awaited::within(code).await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_another_version_is_given_back() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let _worker = fleet.worker(&[]).await;
    let client = async_nats::connect(fleet.server.url()).await.unwrap();
    let mut refusals = client.subscribe("flowdeck.refusals.b_1").await.unwrap();
    let message = json!({"version": "9.9.9", "batch": "b_1", "run": "r_1", "terms": "terms.0"});
    let queue = async_nats::jetstream::new(client);
    let sent = queue.publish("flowdeck.runs.default", message.to_string().into());
    sent.await.unwrap().await.unwrap();
    let refusal = awaited::within(refusals.next()).await.unwrap();
    let refusal: Value = serde_json::from_slice(&refusal.payload).unwrap();
    assert_eq!(refusal["worker"], "worker1");
    let reason = refusal["reason"].as_str().unwrap();
    assert!(reason.contains("the run is of flowdeck 9.9.9"), "{reason}");
}
