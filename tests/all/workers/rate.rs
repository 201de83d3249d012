//! A rate of model requests that workers keep together.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_nats::jetstream;
use futures_util::TryStreamExt;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::bed::{Fleet, SLOW_TOOL};
use crate::awaited;
use crate::history::bed::{Bed, JobModel};
use crate::program::file;

/// Requests a second.
const RATE: u32 = 20;

const RUNS: usize = 40;

fn batch(rate: &str) -> Vec<&str> {
    let mut arguments = vec![
        "run",
        "noter.json",
        "--inputs",
        "rows.csv",
        "--message",
        "job {{n}}",
    ];
    arguments.extend(["--format", "json", "--at-once", "40", "--in-doubt", "again"]);
    if !rate.is_empty() {
        arguments.extend(["--rate", rate]);
    }
    arguments
}

fn rows(folder: &Path) {
    let rows: Vec<String> = (0..RUNS).map(|row| row.to_string()).collect();
    file(folder, "rows.csv", format!("n\n{}\n", rows.join("\n")));
}

/// The span in which requests are counted, in seconds.
const COUNTED_FOR: u32 = 2;

/// How many requests come in the time of that length that has most of them.
fn most_within(length: Duration, asked: &[Instant]) -> usize {
    let counts = asked.iter().map(|begin| {
        let counted = *begin..*begin + length;
        asked.iter().filter(|at| counted.contains(at)).count()
    });
    counts.max().unwrap_or_default()
}

/// No two seconds have more requests than the rate allows, but for those whose way took half a second longer than that of
/// others, as it may on a busy machine. Workers that each took the rate for themselves would send twice as many.
fn assert_within_rate(asked: &[Instant]) {
    let most = most_within(Duration::from_secs(COUNTED_FOR.into()), asked);
    let allowed = (COUNTED_FOR * RATE + RATE / 2) as usize;
    assert!(most <= allowed, "{most} in {COUNTED_FOR} seconds");
    let shortest = Duration::from_secs(1) / RATE * u32::try_from(asked.len()).unwrap_or_default();
    let (first, last) = (asked.first().unwrap(), asked.last().unwrap());
    let took = *last - *first;
    assert!(took >= shortest * 9 / 10, "{} in {took:?}", asked.len());
}

async fn ended(mut client: std::process::Child, output: &Path, notes: &Path) -> Value {
    let code = tokio::task::spawn_blocking(move || client.wait().unwrap().code());
    let code = awaited::within(code).await.unwrap();
    assert_eq!(code, Some(0), "{}", std::fs::read_to_string(notes).unwrap());
    serde_json::from_str(&std::fs::read_to_string(output).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_keep_the_rate_of_a_batch_together_and_one_that_dies_holds_nothing_of_it() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    rows(fleet.bed.path());
    let _first = fleet.worker(&["--at-once", "20"]).await;
    let mut second = fleet.worker(&["--at-once", "20"]).await;
    let (client, output, notes) = fleet.begin("client", &batch("20/s"));
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() >= 10).await;
    let killed_at = Instant::now();
    second.kill();
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": RUNS}));
    let asked = fleet.bed.model.asked_at();
    assert!(asked.len() >= 2 * RUNS);
    assert_within_rate(&asked);
    // The other one does not wait for the slots of the one that is gone.
    let after: Vec<&Instant> = asked.iter().filter(|at| **at > killed_at).collect();
    let gaps = after.windows(2).map(|pair| *pair[1] - *pair[0]);
    let longest = gaps.max().unwrap_or_default();
    assert!(longest < Duration::from_secs(3), "nothing for {longest:?}");
}

/// A folder with the profile file of workers: whoever launches the batch has another one.
fn theirs(fleet: &Fleet, profiles: &str) -> PathBuf {
    let profile = std::fs::read_to_string(fleet.bed.path().join("flowdeck.toml")).unwrap();
    let theirs = fleet.bed.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let profile = profile.replace("[tools.note]", &format!("{profiles}\n[tools.note]"));
    file(&theirs, "flowdeck.toml", profile);
    theirs
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_limit_of_the_workers_profile_holds_over_all_of_them() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    rows(fleet.bed.path());
    let theirs = theirs(&fleet, "[profiles.spec]\nrate_limit = \"20/s\"");
    let folder = theirs.to_str().unwrap();
    let _first = fleet.worker(&["--at-once", "20", "-C", folder]).await;
    let _second = fleet.worker(&["--at-once", "20", "-C", folder]).await;
    let (client, output, notes) = fleet.begin("client", &batch(""));
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": RUNS}));
    assert_within_rate(&fleet.bed.model.asked_at());
}

/// Has two batches carried out at the same time.
async fn both(fleet: &Fleet, first: &[&str], second: &[&str]) {
    let (one, one_output, one_notes) = fleet.begin("one", first);
    let (other, other_output, other_notes) = fleet.begin("other", second);
    let one = ended(one, &one_output, &one_notes).await;
    let other = ended(other, &other_output, &other_notes).await;
    for came in [one, other] {
        assert_eq!(came["summary"]["by_state"], json!({"answered": RUNS}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_share_the_rate_of_the_endpoint_that_both_name() {
    let more = "[profiles.day]\n[profiles.night]\n";
    let tool = Bed::bound_tool();
    let binding = "[tools.note]\nvalue = \"noted\"\n";
    let bed = Bed::with(&tool, &format!("{more}{binding}")).await;
    let Some(mut fleet) = Fleet::of(bed, "").await else {
        return;
    };
    rows(fleet.bed.path());
    let theirs = fleet.bed.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let bounded = more.replace("]\n", "]\nrate_limit = \"20/s\"\n");
    file(&theirs, "flowdeck.toml", format!("{bounded}{binding}"));
    let folder = theirs.to_str().unwrap();
    let _first = fleet.worker(&["--at-once", "40", "-C", folder]).await;
    let _second = fleet.worker(&["--at-once", "40", "-C", folder]).await;
    let day = [&batch("")[..], &["--profile", "day"]].concat();
    let night = [&batch("")[..], &["--profile", "night"]].concat();
    both(&fleet, &day, &night).await;
    let asked = fleet.bed.model.asked_at();
    assert_eq!(asked.len(), 4 * RUNS);
    assert_within_rate(&asked);
    assert_eq!(n_endpoints(&fleet).await, 1);
}

/// How many endpoints have slots of their own at the server.
async fn n_endpoints(fleet: &Fleet) -> usize {
    let server = jetstream::new(async_nats::connect(fleet.server.url()).await.unwrap());
    let rates = server.get_key_value("FLOWDECK_RATES").await.unwrap();
    let keys: Vec<String> = rates.keys().await.unwrap().try_collect().await.unwrap();
    let of_endpoints = keys.iter().filter(|key| key.starts_with("next.endpoint."));
    of_endpoints.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_endpoints_of_one_profile_do_not_share_a_rate() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    rows(fleet.bed.path());
    let model = JobModel::start().await;
    let spec = std::fs::read_to_string(fleet.bed.path().join("noter.json")).unwrap();
    let other = spec.replace(&fleet.bed.model.url, &model.url);
    file(fleet.bed.path(), "other.json", other);
    let theirs = theirs(&fleet, "[profiles.spec]\nrate_limit = \"20/s\"");
    let folder = theirs.to_str().unwrap();
    let _worker = fleet.worker(&["--at-once", "80", "-C", folder]).await;
    let noter = batch("");
    let mut other = noter.clone();
    other[1] = "other.json";
    both(&fleet, &noter, &other).await;
    let (one, other) = (fleet.bed.model.asked_at(), model.asked_at());
    assert_within_rate(&one);
    assert_within_rate(&other);
    assert_eq!(n_endpoints(&fleet).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_a_batch_leaves_its_rate_as_it_is() {
    let Some(mut fleet) = Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, "").await else {
        return;
    };
    let _worker = fleet.worker(&[]).await;
    let arguments = ["run", "noter.json", "--message", "job 1", "--rate", "9/s"];
    let (client, _, notes) =
        fleet.begin("client", &[&arguments[..], &["--format", "json"]].concat());
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    let told = std::fs::read_to_string(&notes).unwrap();
    let id = told.split_whitespace().find(|word| word.starts_with("b_"));
    let id = id.unwrap().to_owned();
    let server = jetstream::new(async_nats::connect(fleet.server.url()).await.unwrap());
    let rates = server.get_key_value("FLOWDECK_RATES").await.unwrap();
    let rate = async || {
        let kept = rates.get(format!("rate.{id}")).await.unwrap().unwrap();
        serde_json::from_slice::<Value>(&kept).unwrap()["per_second"].clone()
    };
    assert_eq!(rate().await, 9.0);
    // As `=` in the workbench does.
    rates
        .put(format!("rate.{id}"), r#"{"per_second": 7.0}"#.into())
        .await
        .unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let follow = |more: &[&str]| {
        let mut command = fleet.command(&[&["run", "--resume", &id], more].concat());
        command.current_dir(elsewhere.path());
        command.env("XDG_STATE_HOME", elsewhere.path());
        command.stdin(Stdio::null());
        command
    };
    for (option, value, words) in [
        ("--rate", "3/s", "only where the batch was launched"),
        (
            "--message",
            "more",
            "use the answers that the batch was launched with",
        ),
    ] {
        let refused = follow(&[option, value]).output().unwrap();
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains(words), "{told}");
    }
    let mut follower = follow(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    file(fleet.bed.path(), "go", "");
    let code = tokio::task::spawn_blocking(move || follower.wait().unwrap().code());
    assert_eq!(awaited::within(code).await.unwrap(), Some(0));
    let output = fleet.bed.path().join("client.out");
    ended(client, &output, &notes).await;
    assert_eq!(rate().await, 7.0);
}
