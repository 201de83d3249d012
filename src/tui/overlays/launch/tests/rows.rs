//! Rows of inputs, read from a file.

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{AGENT, NARROW, WIDE, fill, go_to, launched, opened};
use crate::tui::event::{AppEvent, JobResult};
use crate::tui::testing::Harness;
use crate::workspace::Changes;

#[test]
fn each_row_is_a_run_and_what_no_column_gives_is_one_value_for_all() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "rows from", "cities.csv");
    fill(&mut bench, "days", "5");
    assert_snapshot!("rows_80", bench.picture());
    bench.press("enter y");
    let plan = launched(&bench);
    let inputs: Vec<_> = plan
        .runs
        .iter()
        .map(|run| serde_json::to_string(&run.inputs).unwrap())
        .collect();
    assert_eq!(
        inputs,
        [
            r#"{"city":"Paris","days":5}"#,
            r#"{"city":"Quito","days":5}"#,
            r#"{"city":"Lagos","days":5}"#,
        ]
    );
}

#[test]
fn rows_that_can_not_be_used_are_told_with_their_place() {
    for (file, words) in [("days.csv", "row 1"), ("nowhere.csv", "nowhere.csv")] {
        let mut bench = opened(WIDE);
        fill(&mut bench, "rows from", file);
        bench.press("enter");
        let picture = bench.picture();
        assert!(picture.contains(words), "{file}:\n{picture}");
        assert!(
            picture.contains("launch weather"),
            "it stays open:\n{picture}"
        );
    }
}

#[test]
fn the_rows_are_read_as_their_file_is_typed_and_the_count_is_never_an_old_one() {
    let mut bench = opened(NARROW);
    go_to(&mut bench, "rows from");
    bench.type_text("cities.csv");
    let picture = bench.picture();
    assert!(picture.contains("= 3 runs in 1 batch"), "{picture}");
    // While another name is typed, nothing is said of the old file.
    bench.press("backspace");
    let picture = bench.picture();
    assert!(picture.contains("= nothing yet"), "{picture}");
    bench.press("ctrl-u");
    let picture = bench.picture();
    assert!(!picture.contains("3 runs"), "{picture}");
}

#[test]
fn while_rows_are_read_the_count_says_so_and_enter_is_kept() {
    let mut bench = opened(NARROW);
    go_to(&mut bench, "rows from");
    bench.type_text("cities.csv");
    bench.reads_rows = false;
    bench.press("backspace").type_text("v");
    assert_snapshot!("reading_80", bench.picture());
    bench.press("enter");
    assert_eq!(bench.commands.len(), 0, "nothing starts");
    let picture = bench.picture();
    assert!(
        picture.contains("= reading cities.csv… and then starting"),
        "{picture}"
    );
    let path = bench.path("cities.csv");
    let result = crate::runs::read_rows(&path).map(std::sync::Arc::new);
    let result = result.map_err(|error| error.to_string());
    bench.update(AppEvent::Job(JobResult::Rows { path, result }));
    bench.press("y");
    assert_eq!(launched(&bench).runs.len(), 3);
}

#[test]
fn rows_that_change_on_disk_are_read_again() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "rows from", "cities.csv");
    let path = bench.path("cities.csv");
    std::fs::write(&path, "city\nRome\n").unwrap();
    let changes = Changes::Paths([path].into());
    bench.update(AppEvent::Workspace(changes));
    let picture = bench.picture();
    assert!(picture.contains("= 1 run in 1 batch"), "{picture}");
}

#[test]
fn tab_completes_the_name_of_the_file_and_then_goes_on() {
    let mut bench = opened(NARROW);
    go_to(&mut bench, "rows from");
    bench.type_text("ci");
    let picture = bench.picture();
    assert!(picture.contains("tab completes"), "{picture}");
    bench.press("tab");
    let picture = bench.picture();
    assert!(
        picture.contains("cities.csv") && picture.contains("= 3 runs"),
        "{picture}"
    );
    assert!(!picture.contains("tab completes"), "{picture}");
    assert!(picture.contains("tab to the fields"), "{picture}");
    bench.press("tab").type_text("Hello");
    assert!(bench.picture().contains("Hello"), "{}", bench.picture());
    let mut bench = opened(NARROW);
    go_to(&mut bench, "rows from");
    assert!(
        bench.picture().contains("cities.csv  days.csv"),
        "{}",
        bench.picture()
    );
    bench.press("ctrl-space ctrl-space");
    assert!(
        bench.picture().contains("rows from      days.csv"),
        "{}",
        bench.picture()
    );
}

#[test]
fn what_was_understood_of_rows_is_shown() {
    let files = [
        ("weather.yaml", AGENT),
        ("rows.csv", "City;Days\nParis;2\n;\n"),
    ];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "rows from", "rows.csv");
    assert_snapshot!("notes_80", bench.picture());
    bench.press("enter y");
    let run = &launched(&bench).runs[0];
    assert_eq!(run.inputs["city"], "Paris");
    assert_eq!(run.inputs["days"], 2);
}

#[test]
fn the_first_rows_are_shown_as_they_were_read() {
    let rows = "city,days\nParis,2\n\"Rome, \",\n42,1e0\nOslo,4\n";
    let files = [("weather.yaml", AGENT), ("rows.csv", rows)];
    for (name, size) in [("first_rows_80", NARROW), ("first_rows_200", (200, 60))] {
        let mut bench = Harness::new(size, &files);
        bench.press("enter");
        fill(&mut bench, "rows from", "rows.csv");
        assert_snapshot!(name, bench.picture());
    }
}
