//! Finding, showing, exporting and deleting what was kept, and trouble with the file.

use std::collections::HashMap;
use std::fs;
use std::process::Stdio;

use flowdeck::runs::{HistoryFile, HistoryFilter, HistoryReader};
use flowdeck::trace::RunId;
use pretty_assertions::assert_eq;
use serde_json::Value;

use super::bed::{Bed, JOBS};

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_what_they_said_shown_exported_and_deleted() {
    let bed = Bed::new().await;
    assert_eq!(bed.listed(), [Value::Null; 0], "nothing was kept yet");
    let ran = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job of the lighthouse",
        "--runs",
        "2",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let batch = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("batch "))
        .unwrap()
        .to_owned();
    let other = bed.run(&["run", "noter.json", "--message", "job of the mill"]);
    assert_eq!(other.code, 0);
    let kept = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job of nobody",
        "--no-history",
    ]);
    assert!(!kept.stderr.contains("batch "), "{}", kept.stderr);
    let count = |arguments: &[&str]| {
        let fixed = ["history", "list", "--format", "json"];
        let found = bed.json(&[&fixed[..], arguments].concat());
        found.as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--text", "light"]), 2);
    assert_eq!(count(&["--text", "lighthouse \"job"]), 2);
    assert_eq!(count(&["--text", "nobody"]), 0);
    assert_eq!(count(&["--tool", "note"]), 3);
    assert_eq!(count(&["--tool", "not"]), 0);
    assert_eq!(
        count(&["--spec", "noter", "--state", "answered", "--limit", "1"]),
        1
    );
    assert_eq!(count(&["--state", "failed"]), 0);
    assert_eq!(count(&["--batch", batch.get(..6).unwrap(), "--here"]), 2);
    assert_eq!(count(&["--since", "2999-01-01"]), 0);
    let newest = bed.listed();
    assert_eq!(
        newest[1]["index"], 0,
        "newest batch first, its runs in order"
    );
    let run = newest[0]["run"].as_str().unwrap();
    let shown = bed.run(&["history", "show", run]);
    assert!(
        shown.stdout.contains("job of the mill is done"),
        "{}",
        shown.stdout
    );
    let spec = bed.run(&["history", "export", run, "--to", "spec"]);
    let spec: Value = serde_json::from_str(&spec.stdout).unwrap();
    assert_eq!(spec["name"], "noter");
    let trace = bed.json(&["history", "export", run, "--to", "otlp"]);
    let spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap();
    let ids: Vec<&Value> = spans.iter().map(|span| &span["spanId"]).collect();
    for span in spans {
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        assert_eq!(span["traceId"], spans[0]["traceId"]);
        let is_root = span["parentSpanId"] == "";
        assert!(is_root || ids.contains(&&span["parentSpanId"]), "{span}");
        assert!(span["endTimeUnixNano"].as_str() >= span["startTimeUnixNano"].as_str());
    }
    assert!(trace.to_string().contains("gen_ai.tool.name"), "{trace}");
    is_exported_as_a_table(&bed, &batch);
    let refused = bed.run(&["history", "delete", run]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("error: 1 run is not deleted"),
        "{refused:?}"
    );
    assert_eq!(
        bed.run(&["history", "delete", run, &batch, "--yes"]).code,
        0
    );
    assert_eq!(count(&[]), 0);
    assert_eq!(bed.run(&["history", "vacuum"]).code, 0);
}

/// A batch of two runs is written as rows, and as a page with what came of both.
fn is_exported_as_a_table(bed: &Bed, batch: &str) {
    let table = bed.run(&["history", "export", batch, "--to", "csv"]);
    assert_eq!(table.stdout.lines().count(), 3, "{}", table.stdout);
    let head = table.stdout.lines().next().unwrap();
    for column in [
        "run",
        "state",
        "started_at",
        "duration_ms",
        "total_tokens",
        "error",
    ] {
        assert!(
            head.split(',').any(|name| name == column),
            "{column}: {head}"
        );
    }
    let same = bed.run(&["history", "export", batch, "--format", "csv"]);
    assert_eq!(same.stdout, table.stdout, "another name of `--to`");
    let page = bed.run(&["history", "export", batch, "--to", "md"]);
    assert!(page.stdout.contains(" \u{d7}2\n"), "{}", page.stdout);
}

/// Everything that the history has on disk.
fn on_disk(bed: &Bed) -> Vec<u8> {
    let files = fs::read_dir(bed.path().join(".flowdeck")).unwrap();
    let files = files.flat_map(|file| fs::read(file.unwrap().path()).unwrap());
    files.collect()
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_runs_without_content_the_outline_is_kept_and_nothing_can_go_on() {
    for (options, settings, profile) in [
        (vec!["--mask"], "", ""),
        (vec![], "[history]\ncontent = false\n", ""),
        (vec![], "", "[profiles.spec.history]\ncontent = false\n"),
    ] {
        let bed = Bed::new().await;
        let profiles = bed.path().join("flowdeck.toml");
        let text = fs::read_to_string(&profiles).unwrap();
        fs::write(&profiles, format!("{text}{profile}")).unwrap();
        let folder = bed.path().join("config/flowdeck");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), settings).unwrap();
        let run = |arguments: &[&str]| {
            let mut command = bed.command(arguments);
            command.env("XDG_CONFIG_HOME", bed.path().join("config"));
            let output = command.stdin(Stdio::null()).output().unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            (
                output.status.code().unwrap(),
                text(output.stdout),
                text(output.stderr),
            )
        };
        let wanted = ["run", "noter.json", "--message", "job of the lighthouse"];
        let ran = run(&[&wanted[..], &options].concat());
        assert_eq!(ran.0, 0, "{}", ran.2);
        let bytes = on_disk(&bed);
        for said in ["lighthouse", "Note the job"] {
            assert!(!holds(&bytes, said), "{said}: {options:?} {settings}");
        }
        let listed = bed.listed();
        let one = &listed[0];
        assert_eq!(one["spec"], "noter");
        assert_eq!(one["state"], "answered");
        assert_eq!(one["tools"], serde_json::json!(["note"]));
        assert!(one["usage"]["total_tokens"].as_u64() > Some(0), "{one}");
        let id = one["run"].as_str().unwrap();
        let (code, shown, _) = run(&["history", "show", id, "--format", "jsonl"]);
        assert_eq!(code, 0);
        assert!(shown.contains("ToolExecutionResponse"), "{shown}");
        for refused in [
            vec!["run", "--resume", "last"],
            vec!["run", "--retry-failed", "last"],
            vec!["history", "fork", id, "--at", "3"],
            vec!["history", "export", id, "--to", "spec"],
        ] {
            let (code, _, told) = run(&refused);
            assert_eq!(code, 3, "{refused:?}: {told}");
            assert!(told.contains("recorded"), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_may_keep_nothing_of_its_runs() {
    let bed = Bed::new().await;
    let profiles = bed.path().join("flowdeck.toml");
    let text = fs::read_to_string(&profiles).unwrap();
    let profile = "[profiles.spec.history]\nenabled = false\n";
    fs::write(&profiles, format!("{text}{profile}")).unwrap();
    let ran = bed.run(&["run", "noter.json", "--message", "job of the lighthouse"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("batch "), "{}", ran.stderr);
    assert_eq!(bed.listed(), [Value::Null; 0]);
    assert_eq!(
        bed.noted().values().sum::<usize>(),
        1,
        "its tool does not wait"
    );
    assert!(!holds(&on_disk(&bed), "lighthouse"));
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_the_file_is_told_once_and_keeps_nobody_from_running() {
    let bed = Bed::new().await;
    let one = ["run", "noter.json", "--message", "job x"];
    let database = bed.path().join(".flowdeck/history.db");
    let runs_all_the_same = |what: &str, words: &str| {
        let before = fs::read(&database).unwrap();
        let ran = bed.run(&one);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, "job x is done\n"),
            "{what}: {}",
            ran.stderr
        );
        assert_eq!(
            ran.stderr.matches("runs are not recorded").count(),
            1,
            "{what}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(words), "{what}: {}", ran.stderr);
        assert_eq!(
            fs::read(&database).unwrap(),
            before,
            "{what}: it is not overwritten"
        );
    };
    fs::write(
        &database,
        "no database at all, but a text that somebody keeps there".repeat(40),
    )
    .unwrap();
    runs_all_the_same("corrupt", "move `");
    fs::remove_file(&database).unwrap();
    assert_eq!(bed.run(&one).code, 0);
    assert_eq!(bed.run(&["history", "vacuum"]).code, 0);
    // The version is a number of four bytes in the head of the file.
    let mut bytes = fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(&database, bytes).unwrap();
    runs_all_the_same("newer", "newer flowdeck");
    let listed = bed.listed();
    assert_eq!(listed.len(), 1, "it is read all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_of_a_run_is_missing_in_the_file() {
    let bed = Bed::new().await;
    let ran = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job {{n}}",
        "--inputs",
        "jobs.csv",
        "--format",
        "jsonl",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // What was told as it happened, by run; the last event is told as its result.
    let mut told: HashMap<String, Vec<u64>> = HashMap::new();
    for line in ran.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let (Some(run), Some(seq)) = (line["run"].as_str(), line["seq"].as_u64()) {
            told.entry(run.to_owned()).or_default().push(seq);
        }
    }
    assert_eq!(told.len(), JOBS);
    let file = HistoryFile::new(bed.path().join(".flowdeck/history.db"));
    let reader = HistoryReader::open(&file).unwrap();
    for (run, told) in told {
        let last = u64::try_from(told.len()).unwrap();
        assert_eq!(told, (0..last).collect::<Vec<_>>());
        let kept = reader.events(&RunId::new(run)).unwrap();
        let kept = kept
            .iter()
            .flat_map(|event| event.seq..=event.seq + event.joined);
        assert_eq!(kept.collect::<Vec<_>>(), (0..=last).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_one_of_the_folder_that_its_spec_lies_in_wherever_it_was_run_from() {
    let bed = Bed::new().await;
    let specs = bed.path().join("specs");
    fs::create_dir(&specs).unwrap();
    fs::copy(bed.path().join("noter.json"), specs.join("noter.json")).unwrap();
    let ran = bed.run(&["run", "specs/noter.json", "--message", "job of the mill"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let file = HistoryFile::new(bed.path().join(".flowdeck/history.db"));
    let reader = HistoryReader::open(&file).unwrap();
    let root = fs::canonicalize(bed.path()).unwrap();
    for (folder, expected) in [("", 1), ("specs", 1), ("spec", 0), ("other", 0)] {
        let folder = match folder {
            "" => root.clone(),
            folder => root.join(folder),
        };
        let filter = HistoryFilter {
            workspace: Some(folder.to_string_lossy().into_owned()),
            ..HistoryFilter::default()
        };
        let listed = reader.list(&filter).unwrap();
        assert_eq!(listed.len(), expected, "{}", folder.display());
    }
}
