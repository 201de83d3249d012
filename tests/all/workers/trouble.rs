//! Texts that are too large for a message, a stream that is full, a password that is taken back.

use std::fs;

use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Fleet, SLOW_TOOL};
use super::relay::Relay;
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

async fn jetstream_of(url: String) -> jetstream::Context {
    jetstream::new(async_nats::connect(url).await.unwrap())
}

/// What came of a command that ended well.
async fn ended(
    mut client: std::process::Child,
    output: &std::path::Path,
    notes: &std::path::Path,
) -> Value {
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    let code = awaited::within(code).await.unwrap();
    let notes = fs::read_to_string(notes).unwrap();
    assert_eq!(code, Some(0), "{notes}");
    serde_json::from_str(&fs::read_to_string(output).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_and_a_result_of_several_megabytes_pass() {
    let tool = "sh -c 'cat >/dev/null; head -c 3500000 /dev/zero | tr \"\\0\" x'";
    let Some(mut fleet) = Fleet::of(Bed::with_tool(tool, "").await, "").await else {
        return;
    };
    let path = fleet.bed.path().join("noter.json");
    let mut spec: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    spec["metadata"] = json!({"notes": "y".repeat(5_000_000)});
    fs::write(&path, spec.to_string()).unwrap();
    let _worker = fleet.worker(&[]).await;
    let (client, output, notes) = fleet.begin("client", &ONE);
    let came = ended(client, &output, &notes).await;
    let run = &came["runs"][0];
    assert_eq!(run["state"], "answered");
    let output = run["tool_calls"][0]["output"].as_str().unwrap();
    assert_eq!(output.len(), 3_500_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_is_told_and_what_waits_for_it_goes_on_when_there_is_room() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let server = jetstream_of(fleet.server.url()).await;
    let mut config = Config {
        name: "FLOWDECK_RECORDS".to_owned(),
        subjects: vec!["flowdeck.records.*.*".to_owned()],
        max_bytes: 100,
        discard: DiscardPolicy::New,
        allow_direct: true,
        ..Config::default()
    };
    server.create_stream(config.clone()).await.unwrap();
    let _worker = fleet.worker(&[]).await;
    let (client, output, notes) = fleet.begin("client", &ONE);
    awaited::file(&notes, |text| text.contains("accepts nothing now")).await;
    config.max_bytes = 10_000_000;
    server.update_stream(&config).await.unwrap();
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": 1}));
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_taken_back_is_told_and_nothing_is_lost_until_it_holds_again() {
    let right = "authorization { user: me, password: right }";
    let Some(mut fleet) = Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, right).await else {
        return;
    };
    fleet.authorize("me:right");
    let worker = fleet.worker(&[]).await;
    let (client, output, notes) = fleet.begin("client", &ONE);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    fleet.server.kill();
    fleet
        .server
        .configure("authorization { user: me, password: other }");
    fleet.server.begin().await;
    for notes in [&notes, &worker.notes] {
        let told = awaited::file(notes, |text| text.contains("refuses the login now")).await;
        assert!(!told.contains("right"), "{told}");
    }
    file(fleet.bed.path(), "go", "");
    fleet.server.kill();
    fleet.server.configure(right);
    fleet.server.begin().await;
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": 1}));
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
}

/// The acknowledgement of an entry gets lost, for which the second call of the tool waits, and the worker offers the entry again when
/// the server knows it by its id no longer.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_whose_acknowledgement_is_lost_for_long_is_known_as_our_own() {
    let Some(mut fleet) = Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, "").await else {
        return;
    };
    let server = jetstream_of(fleet.server.url()).await;
    let window = std::time::Duration::from_millis(100);
    server
        .create_stream(Config {
            name: "FLOWDECK_RECORDS".to_owned(),
            subjects: vec!["flowdeck.records.*.*".to_owned()],
            duplicate_window: window,
            allow_direct: true,
            ..Config::default()
        })
        .await
        .unwrap();
    let relay = Relay::start(&fleet.server.url()).await;
    let worker = fleet.worker(&["--nats", &relay.url]).await;
    let twice = ONE.map(|argument| match argument {
        "job 1" => "job twice",
        other => other,
    });
    let (client, output, notes) = fleet.begin("client", &twice);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    relay.hold_answers(true);
    file(fleet.bed.path(), "go", "");
    // The worker has no answer for three seconds, and asks again: by then the window has passed.
    awaited::file(&worker.notes, |text| text.contains("accepts nothing now")).await;
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
    relay.hold_answers(false);
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": 1}));
    assert!(fleet.bed.noted().values().all(|times| *times == 2));
    let claims: usize = fleet
        .events()
        .values()
        .flatten()
        .filter(|event| event["operation"] == "worker")
        .count();
    assert_eq!(claims, 1, "it is still the run of the one worker");
}
