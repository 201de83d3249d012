//! Exporting a batch: a row for each run, of those that the filter shows.

use super::*;

fn launched(bench: Harness) -> Runs {
    let mut runs = Runs::launch(bench, &["Paris", "Lima", "Oslo"]);
    for run in 0..3 {
        runs.state(run, RunState::Running);
    }
    runs.say(0, Role::Agent, "It is \"wet\",\nand warm.");
    runs.state(0, RunState::Answered);
    runs.fail(1);
    runs
}

#[test]
fn the_dialog_at_80x24() {
    let mut runs = launched(bench((80, 24)));
    runs.bench.press("E");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn a_batch_is_written_as_rows() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("E enter");
    let text = std::fs::read_to_string(runs.bench.path("weather-1.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cells = |name: &str| -> Vec<&str> {
        rows.iter()
            .map(|row| row.get(column(name)).unwrap())
            .collect()
    };
    assert_eq!(cells("input.city"), ["Paris", "Lima", "Oslo"]);
    assert_eq!(cells("state"), ["answered", "failed", "running"]);
    assert_eq!(cells("said"), ["It is \"wet\",\nand warm.", "", ""]);
    assert_eq!(cells("error_kind"), ["", "model", ""]);
    assert!(runs.bench.picture().contains("exported to"));
}

#[test]
fn under_a_filter_what_it_shows_is_exported() {
    let mut runs = launched(bench((120, 36)));
    runs.bench
        .press("/")
        .type_text("state:failed")
        .press("enter E");
    let picture = runs.bench.picture();
    assert!(picture.contains("1 of 3 runs, those in view"), "{picture}");
    runs.bench.press("tab enter");
    let text = std::fs::read_to_string(runs.bench.path("weather-1.jsonl")).unwrap();
    let ends = text.lines().filter(|line| line.contains("\"RunEnd\""));
    assert_eq!(ends.count(), 1, "{text}");
}
