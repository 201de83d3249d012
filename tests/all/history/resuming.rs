//! Batches that go on after their process was killed, or are run again.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Bed, JOBS};
use crate::awaited;
use crate::program::{file, wish};

const FIRST: [&str; 8] = [
    "run",
    "noter.json",
    "--inputs",
    "jobs.csv",
    "--message",
    "job {{n}}",
    "--format",
    "json",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_killed_again_and_again_ends_without_doing_anything_recorded_twice() {
    let bed = Bed::new().await;
    let mut random = fastrand::Rng::new();
    let mut told = Vec::new();
    let mut past = Vec::new();
    // It is more at night.
    let kills = wish("FLOWDECK_TEST_KILLS").map_or(5, |kills| usize::try_from(kills).unwrap());
    // So many at most between two of them that jobs are left at the last one.
    let apart = (JOBS - 25) / kills;
    for kill in 0..kills {
        let so_far = bed.noted().values().sum::<usize>();
        let lines = so_far + random.usize(1..=apart);
        told.push(lines);
        if kill == 0 {
            bed.killed_at(&FIRST, lines).await;
        } else {
            bed.killed_at(&["run", "--resume", "last", "--in-doubt", "again"], lines)
                .await;
        }
        past.push((bed.recorded(), bed.noted(), bed.model.asked(), bed.listed()));
    }
    let ended = bed.json(&[
        "run",
        "--resume",
        "last",
        "--in-doubt",
        "again",
        "--format",
        "json",
    ]);
    let summary = &ended["summary"];
    assert_eq!(
        summary["by_state"],
        json!({"answered": JOBS}),
        "killed at {told:?}"
    );
    let (noted, asked) = (bed.noted(), bed.model.asked());
    let runs = ended["runs"].as_array().unwrap();
    for (job, run) in runs.iter().enumerate() {
        assert_eq!(run["messages"][1]["content"], format!("job {job} is done"));
        assert_eq!(run["tool_calls"][0]["output"], "noted");
    }
    for (recorded, noted_then, asked_then, listed) in past {
        for row in &listed {
            let (run, job) = (row["run"].as_str().unwrap(), row["index"].as_u64().unwrap());
            let (answers, results) = recorded.get(run).copied().unwrap_or_default();
            if results > 0 {
                assert_eq!(noted[run], noted_then[run], "job {job}, killed at {told:?}");
            }
            for question in 0..answers {
                let question = (format!("job {job}"), question);
                assert_eq!(
                    asked[&question], asked_then[&question],
                    "{question:?}, killed at {told:?}"
                );
            }
            if row["state"] == "answered" {
                let now = &runs[usize::try_from(job).unwrap()];
                assert_eq!(now["run"], row["run"]);
                assert_eq!(
                    now["duration_ms"], row["duration_ms"],
                    "a run that had ended went on"
                );
            }
        }
    }
    // In the file as in what was told.
    let shown = bed.json(&["history", "show", "last", "--format", "json"]);
    assert_eq!(shown["summary"]["by_state"], summary["by_state"]);
    assert_eq!(
        shown["runs"][7]["tool_calls"],
        ended["runs"][7]["tool_calls"]
    );
    assert_eq!(shown["batch"], ended["batch"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_doubt_of_a_tool_that_says_that_it_may_be_called_twice_is_made_again() {
    let hanging = "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; [ -e go ] || sleep 100; echo noted'";
    let bed = Bed::with_tool(hanging, "idempotent = true").await;
    let mut child = bed.begin(&["run", "noter.json", "--message", "job x"]);
    awaited::file(&bed.journal(), |text| !text.is_empty()).await;
    // Its call does not wait for its request to be on disk.
    awaited::within(async {
        let show = ["history", "show", "last", "--format", "jsonl"];
        while !bed.run(&show).stdout.contains("ToolExecutionRequest") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    child.kill().unwrap();
    child.wait().unwrap();
    file(bed.path(), "go", "");
    let ended = bed.run(&["run", "--resume", "last"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (0, "job x is done\n"),
        "{}",
        ended.stderr
    );
    assert_eq!(bed.noted().values().sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_lives_is_not_taken_and_one_that_ended_has_nothing_left() {
    let waiting =
        "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; sleep 100'";
    let bed = Bed::with_tool(waiting, "").await;
    let mut child = bed.begin(&["run", "noter.json", "--message", "job x"]);
    awaited::file(&bed.journal(), |text| !text.is_empty()).await;
    let refused = bed.run(&["run", "--resume", "last"]);
    assert_eq!(refused.code, 3);
    let pid = child.id().to_string();
    assert!(refused.stderr.contains(&pid), "{}", refused.stderr);
    assert_eq!(bed.listed()[0]["state"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bed.listed()[0]["state"], "interrupted");
    for (id, code) in [("nonesuch", 2), ("r_", 2)] {
        assert_eq!(bed.run(&["run", "--resume", id]).code, code, "{id}");
    }
    // What would mean nothing is refused.
    for odd in [
        &["run", "noter.json", "--message", "x", "--in-doubt", "again"][..],
        &["run", "--resume", "last", "--vary", "noter.name=a,b"],
        &["run", "--resume", "last", "--runs", "2"],
    ] {
        assert_eq!(bed.run(odd).code, 2, "{odd:?}");
    }
    let ended = bed.run(&["run", "--resume", "last", "--in-doubt", "fail"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let again = bed.run(&["run", "--resume", "last"]);
    assert_eq!((again.code, again.stdout), (0, ended.stdout));
    assert!(again.stderr.contains("left to do"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_run_again_as_a_batch_of_its_own() {
    let failing =
        "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; sleep 100'";
    let bed = Bed::with_tool(failing, "").await;
    let late = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job x",
        "--runs",
        "2",
        "--timeout",
        "1",
    ]);
    assert_eq!(late.code, 1, "{}", late.stderr);
    file(
        bed.path(),
        "flowdeck.toml",
        "default_profile = \"spec\"\n[tools.note]\nvalue = \"noted\"\n",
    );
    let again = bed.run(&["run", "--retry-failed", "last", "--format", "json"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("has changed since the batch began"),
        "{}",
        again.stderr
    );
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["summary"]["by_state"], json!({"answered": 2}));
    assert_eq!(bed.listed().len(), 4);
    assert_eq!(
        bed.run(&["run", "--retry-failed", "last"]).code,
        3,
        "nothing failed there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_reads_the_lines_any_more_the_runs_are_cancelled_and_not_cut_off() {
    let bed = Bed::new().await;
    let jobs = ["run", "noter.json", "--message", "job x", "--runs", "200"];
    let mut child = bed
        .command(&[&jobs[..], &["--at-once", "2", "--format", "jsonl"]].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    drop(lines);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let listed = bed.listed();
    let state = |wanted: &str| listed.iter().filter(|run| run["state"] == wanted).count();
    assert_eq!(state("interrupted"), 0, "{listed:?}");
    assert!(state("cancelled") > 100, "{listed:?}");
}
