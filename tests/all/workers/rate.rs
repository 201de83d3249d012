//! A rate of model requests that workers keep together.

use std::path::Path;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::bed::Fleet;
use crate::awaited;
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

/// No second has more requests than the rate allows, but for those whose way took longer than that of others.
fn assert_within_rate(asked: &[Instant]) {
    let most = asked.iter().map(|begin| {
        let second = *begin..*begin + Duration::from_secs(1);
        asked.iter().filter(|at| second.contains(at)).count()
    });
    let most = most.max().unwrap_or_default();
    assert!(most <= RATE as usize + 5, "{most} in one second");
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

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_limit_of_the_workers_profile_holds_over_all_of_them() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    rows(fleet.bed.path());
    let profile = std::fs::read_to_string(fleet.bed.path().join("flowdeck.toml")).unwrap();
    // Theirs: whoever launches the batch has none.
    let theirs = fleet.bed.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    let profile = profile.replace(
        "[tools.note]",
        "[profiles.spec]\nrate_limit = \"20/s\"\n[tools.note]",
    );
    file(&theirs, "flowdeck.toml", profile);
    let folder = theirs.to_str().unwrap();
    let _first = fleet.worker(&["--at-once", "20", "-C", folder]).await;
    let _second = fleet.worker(&["--at-once", "20", "-C", folder]).await;
    let (client, output, notes) = fleet.begin("client", &batch(""));
    let came = ended(client, &output, &notes).await;
    assert_eq!(came["summary"]["by_state"], json!({"answered": RUNS}));
    assert_within_rate(&fleet.bed.model.asked_at());
}
