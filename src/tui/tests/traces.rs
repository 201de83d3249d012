//! Traces that were recorded elsewhere: dropped on the screen, looked at, and left as they are.

use std::path::PathBuf;
use std::sync::Arc;

use insta::assert_snapshot;

use crate::runs::{BytesRead, Snapshot, Update};
use crate::tui::event::{AppEvent, JobResult, TraceProgress};
use crate::tui::testing::Harness;

const AGENT: &str =
    "component_type: Agent\nagentspec_version: 26.1.2\nid: weather\nname: weather\n";

fn trace(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/traces")
        .join(name)
}

fn dropped(names: &[&str]) -> Harness {
    let mut bench = Harness::new((120, 36), &[("weather.yaml", AGENT)]);
    for name in names {
        bench.paste(&format!("'{}' ", trace(name).display()));
    }
    bench
}

#[test]
fn a_file_that_is_dropped_on_the_screen_opens() {
    let bench = dropped(&["flowdeck.jsonl"]);
    let picture = bench.picture();
    // The one run of a file is inspected at once.
    assert!(
        picture.contains("t1#1 Paris") && picture.contains("AgentExecution city_desk"),
        "{picture}"
    );
    assert!(
        picture.contains("1 run of flowdeck opened from flowdeck.jsonl as t1"),
        "{picture}"
    );
    let bench = dropped(&["wayflow.jsonl"]);
    let picture = bench.picture();
    assert!(
        picture.contains("t1 desk ×3") && picture.contains("t2 slogan ×1"),
        "{picture}"
    );
    assert!(picture.contains("t1#1"), "the numbers have room: {picture}");
}

#[test]
fn what_is_no_trace_says_why_and_what_was_lost_is_told() {
    let mut bench = Harness::new(
        (120, 36),
        &[("weather.yaml", AGENT), ("notes.txt", "hello\n")],
    );
    let notes = bench.path("notes.txt");
    bench.paste(&notes.display().to_string());
    let picture = bench.picture();
    assert!(
        picture.contains("`notes.txt` is not a trace: line 1 is not a JSON object"),
        "{picture}"
    );
    let bench = dropped(&["whole.jsonl"]);
    let picture = bench.picture();
    assert!(
        picture.contains("4 spans without the name of the span around"),
        "{picture}"
    );
}

#[test]
fn a_path_that_is_pasted_into_a_text_is_text() {
    let mut bench = Harness::new((120, 36), &[("weather.yaml", AGENT)]);
    bench.press("e");
    bench.paste("/tmp/t.jsonl");
    let picture = bench.picture();
    assert!(
        picture.contains("/tmp/t.jsonl") && !picture.contains("is not a trace"),
        "{picture}"
    );
}

#[test]
fn nothing_is_done_with_runs_of_a_trace_and_the_reason_is_said() {
    let refused = "it was opened from a trace and is read-only";
    let mut bench = dropped(&["wayflow.jsonl"]);
    let n_commands = bench.commands.len();
    for key in ["i", "f", "r", "R", "Y", "x", "X", "p", "P", "+", "-", "d"] {
        bench.press(key);
        let picture = bench.picture();
        assert!(picture.contains(refused), "{key}: {picture}");
        bench.press("home down");
    }
    bench.press("enter enter");
    for key in ["f", "Y", "R"] {
        bench.press(key);
        let picture = bench.picture();
        assert!(picture.contains(refused), "{key}: {picture}");
    }
    assert_eq!(bench.commands.len(), n_commands, "{:?}", bench.commands);
    // What only looks goes on.
    bench.press("e");
    assert!(bench.picture().contains("export"), "{}", bench.picture());
}

#[test]
fn runs_of_traces_are_compared_with_each_other_and_outlive_what_the_feed_says() {
    let mut bench = dropped(&["wayflow.jsonl", "flowdeck.jsonl"]);
    bench.press("2");
    let snapshot = Snapshot {
        batches: Vec::new(),
        runs: Vec::new(),
    };
    bench.update(AppEvent::Runs(Update::Snapshot {
        missed: 1,
        snapshot,
    }));
    let picture = bench.picture();
    assert!(
        picture.contains("t1 desk ×3") && picture.contains("t3 city_desk ×1"),
        "{picture}"
    );
    let runs = bench.state.runs_model().runs();
    let ids: Vec<_> = runs.map(|run| run.run.clone()).collect();
    assert_eq!(ids.len(), 5);
    bench.update(AppEvent::Runs(Update::Forgotten {
        runs: Arc::from([]),
        batches: Arc::from([]),
    }));
    bench.press("space space c");
    let picture = bench.picture();
    assert!(picture.contains("4 Compare"), "{picture}");
    // They are in their files: nobody is asked because of them.
    bench.press("q");
    assert!(bench.state.should_quit, "{}", bench.picture());
}

#[test]
fn a_trace_is_opened_by_a_key_and_its_name() {
    let mut bench = Harness::new((120, 36), &[("weather.yaml", AGENT)]);
    let text = std::fs::read_to_string(trace("flowdeck.jsonl")).unwrap();
    std::fs::write(bench.path("runs.jsonl"), text).unwrap();
    bench.press("O").type_text("runs.jsonl").press("enter");
    let picture = bench.picture();
    assert!(
        picture.contains("AgentExecution city_desk"),
        "it is looked for in the folder that is open: {picture}"
    );
    // A file that is dropped into the field comes in quotes.
    bench.press("O");
    bench.paste(&format!("'{}' ", trace("wayflow.jsonl").display()));
    bench.press("enter");
    let picture = bench.picture();
    assert!(picture.contains("t2 desk \u{d7}3"), "{picture}");
    bench.press("O").type_text("none.jsonl").press("enter");
    let picture = bench.picture();
    assert!(picture.contains("can't read `"), "{picture}");
}

#[test]
fn how_much_of_a_large_trace_was_read_is_shown_until_it_is_open() {
    let mut bench = Harness::new((80, 24), &[("weather.yaml", AGENT)]);
    let reading = |mib: u64| TraceProgress {
        path: PathBuf::from("/tmp/night.jsonl"),
        number: 1,
        bytes: BytesRead {
            read: mib << 20,
            of: 300 << 20,
        },
    };
    let footer = |bench: &Harness| {
        bench
            .picture()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    bench.update(AppEvent::Job(JobResult::TracesRead(vec![reading(12)])));
    assert!(footer(&bench).contains("reading night.jsonl: 12 of 300 MiB"));
    // It is there for as long as it takes, and no entry of the log.
    bench.update(AppEvent::Job(JobResult::TracesRead(vec![reading(299)])));
    bench.press("down");
    assert!(
        footer(&bench).contains("299 of 300 MiB"),
        "{}",
        footer(&bench)
    );
    bench.update(AppEvent::Job(JobResult::TracesRead(Vec::new())));
    assert!(!footer(&bench).contains("reading"), "{}", footer(&bench));
}

#[test]
fn what_a_run_of_a_trace_shows_and_refuses() {
    let mut bench = dropped(&["flowdeck.jsonl"]);
    assert_snapshot!("opened_inspect_120", bench.picture());
    bench.press("2 r");
    assert_snapshot!("opened_refused_120", bench.picture());
}
