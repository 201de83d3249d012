//! Batches at workers that go on again: on the same queue, on none, with calls in doubt, within their time.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::Value;

use super::bed::{Fleet, SLOW_TOOL, code_of};
use super::server::NatsServer;
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

/// The events of the one run of the newest batch.
fn events_of_run(fleet: &Fleet) -> Vec<Value> {
    let mut events = fleet.events().into_values();
    let of_run = |events: &Vec<Value>| events.iter().any(|event| event["type"] == "RunQueued");
    events.find(of_run).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_doubt_is_decided_by_the_command_that_follows_its_run_again() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let mut first = fleet.worker(&[]).await;
    let (client, output, notes) = fleet.begin("client", &ONE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    first.kill();
    let _second = fleet.worker(&[]).await;
    // Nobody is there who could be asked.
    let code = code_of(client).await;
    assert_eq!(code, Some(4), "{}", fs::read_to_string(notes).unwrap());
    let came: Value = serde_json::from_str(&fs::read_to_string(output).unwrap()).unwrap();
    assert_eq!(came["runs"][0]["state"], "needs_input");
    file(fleet.bed.path(), "go", "");
    let resumed = fleet.run(&["run", "--resume", "last", "--in-doubt", "again"]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(resumed.stdout, "job 1 is done\n");
    assert!(fleet.bed.noted().values().all(|times| *times == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_goes_on_at_its_own_queue_alone_and_elsewhere_only_where_a_person_says_so() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let other_bed = tempfile::tempdir().unwrap();
    let other = NatsServer::start(other_bed.path(), "").await.unwrap();
    let mut worker = fleet.worker(&[]).await;
    let (mut client, _, _) = fleet.begin("client", &ONE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    client.kill().unwrap();
    client.wait().unwrap();
    for (option, value) in [("--nats", other.url().as_str()), ("--pool", "night")] {
        let refused = fleet.run(&["run", "--resume", "last", option, value]);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        let told = refused.stderr;
        assert!(
            told.contains("are at the workers of the queue at"),
            "{told}"
        );
    }
    worker.kill();
    file(fleet.bed.path(), "go", "");
    let resumed = fleet.run(&[
        "run",
        "--resume",
        "last",
        "--nats",
        "none",
        "--in-doubt",
        "again",
        "--format",
        "json",
    ]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    // What passed in between was not active time.
    let events = events_of_run(&fleet);
    let states = events
        .iter()
        .filter(|event| event["type"] == "RunStateChanged");
    let states: Vec<&str> = states
        .map(|event| event["state"].as_str().unwrap())
        .collect();
    assert!(
        states.ends_with(&["interrupted", "queued", "running"]),
        "{states:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_counts_the_time_at_all_workers_and_not_the_time_between_them() {
    const SECONDS: f64 = 6.0;
    let tool = "sh -c 'cat >/dev/null; sleep 2; echo noted'";
    let Some(mut fleet) = Fleet::of(Bed::with_tool(tool, "").await, "").await else {
        return;
    };
    let mut first = fleet.worker(&[]).await;
    let arguments = ["run", "noter.json", "--message", "job that hangs"];
    let options = ["--format", "jsonl", "--timeout", "6"];
    let (client, output, notes) = fleet.begin("client", &[&arguments[..], &options].concat());
    // It took two seconds, and is on record; from here on nothing comes any more.
    awaited::file(&output, |text| text.contains("ToolExecutionResponse")).await;
    fleet.bed.model.wait_for("job that hangs", 1, 1).await;
    first.kill();
    let _second = fleet.worker(&[]).await;
    let code = code_of(client).await;
    assert_eq!(code, Some(1), "{}", fs::read_to_string(notes).unwrap());
    let lines = fs::read_to_string(output).unwrap();
    let end = lines.lines().find(|line| line.contains("\"RunEnd\""));
    let end: Value = serde_json::from_str(end.unwrap()).unwrap();
    assert_eq!(end["state"], "timed_out", "{end}");
    let mut events = events_of_run(&fleet);
    // The line that sums it up has no time.
    events.retain(|event| event["timestamp"].is_number());
    let seconds = |event: &Value| event["timestamp"].as_f64().unwrap() / 1e9;
    let claims: Vec<usize> = (0..events.len())
        .filter(|at| events[*at]["operation"] == "worker")
        .collect();
    assert_eq!(claims.len(), 2, "{events:#?}");
    let is_running = |event: &&Value| event["state"] == "running";
    let begin = |from: usize| seconds(events[from..].iter().find(is_running).unwrap());
    let of_first = seconds(&events[claims[1] - 1]) - begin(claims[0]);
    let of_second = seconds(events.last().unwrap()) - begin(claims[1]);
    let active = of_first + of_second;
    assert!(of_first > 1.9, "{of_first}");
    assert!(
        (SECONDS - 0.5..SECONDS + 1.5).contains(&active),
        "{of_first} + {of_second}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_workers_alone_have_is_named_and_they_check_it() {
    let Some(mut fleet) = slow().await else {
        return;
    };
    let named = [&ONE[..], &["--profile", "prod"]].concat();
    let here = fleet.bed.run(&named);
    assert_eq!(here.code, 2, "{}", here.stderr);
    let (client, _, notes) = fleet.begin("client", &named);
    awaited::file(&notes, |text| {
        text.contains("profile `prod` is not defined here")
    })
    .await;
    // One of that name, without what the spec wants.
    let binding = fs::read_to_string(fleet.bed.path().join("flowdeck.toml")).unwrap();
    for (name, profile) in [
        ("unbound", "[profiles.prod]\n".to_owned()),
        ("bound", format!("{binding}\n[profiles.prod]\n")),
    ] {
        let folder = fleet.bed.path().join(name);
        fs::create_dir(&folder).unwrap();
        file(&folder, "flowdeck.toml", profile);
    }
    let folder = |name: &str| fleet.bed.path().join(name).to_str().unwrap().to_owned();
    let (unbound, bound) = (folder("unbound"), folder("bound"));
    let here = fleet.worker(&[]).await;
    awaited::file(&notes, |text| text.contains("there is no profile `prod`")).await;
    drop(here);
    let unbound = fleet.worker(&["-C", &unbound]).await;
    awaited::file(&notes, |text| {
        text.contains("nothing is bound to the tool `note` there")
    })
    .await;
    drop(unbound);
    let worker = fleet.worker(&["-C", &bound]).await;
    let journal = std::path::Path::new(&bound).join("journal");
    awaited::file(&journal, |text| text.lines().count() == 1).await;
    // Whoever launched it may die, and follows it again without the profile.
    let mut client = client;
    client.kill().unwrap();
    client.wait().unwrap();
    file(std::path::Path::new(&bound), "go", "");
    let resumed = fleet.run(&["run", "--resume", "last"]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(resumed.stdout, "job 1 is done\n");
    drop(worker);
}
