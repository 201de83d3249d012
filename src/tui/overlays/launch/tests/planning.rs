//! Plans that take their time.

use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::{AGENT, NARROW, fill, go_to, launched, opened};
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;
use crate::workspace::Changes;

/// The dialog over so many rows, which are read; what is planned of them is up to the test.
fn with_unplanned_rows() -> Harness {
    let mut bench = opened(NARROW);
    fill(&mut bench, "rows from", "cities.csv");
    bench.plans = false;
    bench
}

#[test]
fn while_rows_are_planned_the_dialog_says_reading_and_nothing_of_the_old_plan() {
    let mut bench = with_unplanned_rows();
    fill(&mut bench, "days", "many");
    assert_snapshot!("planning_80", bench.picture());
    bench.press("enter");
    assert!(
        bench.picture().contains("and then starting"),
        "{}",
        bench.picture()
    );
    assert_eq!(bench.commands.len(), 0, "nothing starts");
    bench.finish_plan(bench.wishes.len() - 1);
    let picture = bench.picture();
    assert!(
        picture.contains("= nothing yet") && picture.contains("row 1"),
        "{picture}"
    );
}

#[test]
fn only_the_newest_wish_counts() {
    let mut bench = with_unplanned_rows();
    fill(&mut bench, "days", "many");
    fill(&mut bench, "days", "5");
    while bench.wishes.len() > 1 {
        bench.finish_plan(0);
        assert!(
            bench.picture().contains("= reading cities.csv"),
            "{}",
            bench.picture()
        );
    }
    bench.finish_plan(0);
    assert!(bench.picture().contains("= 3 runs"), "{}", bench.picture());
}

#[test]
fn what_enter_asks_for_starts_when_it_is_planned_unless_it_was_changed_or_left_meanwhile() {
    let mut bench = with_unplanned_rows();
    bench.press("enter enter");
    assert_eq!(
        bench.wishes.len(),
        1,
        "a second enter asks for nothing more"
    );
    assert!(
        bench.picture().contains("= starting 3 runs"),
        "{}",
        bench.picture()
    );
    bench.finish_plan(0);
    bench.press("y");
    assert_eq!(launched(&bench).runs.len(), 3);

    for meanwhile in ["up x", "esc", "F1"] {
        let mut bench = with_unplanned_rows();
        bench.press("enter").press(meanwhile);
        bench.finish_plan(0);
        bench.press("y");
        assert_eq!(bench.commands.len(), 0, "{meanwhile}:\n{}", bench.picture());
    }
}

#[test]
fn of_many_bad_rows_the_first_are_shown_and_all_are_counted() {
    let rows = format!("city,days\n{}", "Paris,two\n".repeat(3_000));
    let files = [("weather.yaml", AGENT), ("rows.csv", rows.as_str())];
    let mut bench = Harness::new(NARROW, &files);
    bench.press("enter");
    fill(&mut bench, "rows from", "rows.csv");
    assert!(
        bench.picture().contains("  and 2997 more"),
        "{}",
        bench.picture()
    );
}

#[test]
fn a_key_that_changes_nothing_of_the_rows_has_none_of_them_looked_at() {
    let mut bench = with_unplanned_rows();
    // From the first field below the profile to the last one above the inputs, but what is varied.
    for (field, text) in [
        ("runs", "4"),
        ("at once", "2"),
        ("timeout", "30"),
        ("seed", "7"),
        ("token budget", "5000"),
        ("canary", "1"),
    ] {
        fill(&mut bench, field, text);
    }
    assert_eq!(bench.wishes.len(), 0, "nothing is planned again");
    let picture = bench.picture();
    assert!(
        picture.contains("= 12 runs in 1 batch, 2 at once, 1 of them first"),
        "{picture}"
    );
    // A value for all runs is looked at in each of them.
    fill(&mut bench, "days", "5");
    assert!(!bench.wishes.is_empty());
    bench.finish_plan(bench.wishes.len() - 1);
    assert!(bench.picture().contains("= 12 runs"), "{}", bench.picture());
}

#[test]
fn what_stands_in_the_way_of_a_launch_alone_is_looked_for_again_after_a_change() {
    let mut bench = opened(NARROW);
    fill(&mut bench, "rows from", "cities.csv");
    fill(&mut bench, "runs", "100000");
    bench.press("enter");
    assert!(
        bench.picture().contains("runs; a batch has at most"),
        "{}",
        bench.picture()
    );
    fill(&mut bench, "runs", "2");
    assert!(bench.picture().contains("= 6 runs"), "{}", bench.picture());
}

#[test]
fn many_rows_are_left_alone_while_somebody_types() {
    for (n_rows, is_left_alone) in [(10, false), (2_000, true)] {
        let rows = format!("city\n{}", "Paris\n".repeat(n_rows));
        let files = [("weather.yaml", AGENT), ("rows.csv", rows.as_str())];
        let mut bench = Harness::new(NARROW, &files);
        bench.press("enter");
        fill(&mut bench, "rows from", "rows.csv");
        bench.plans = false;
        go_to(&mut bench, "first message");
        bench.type_text("Well?");
        assert_eq!(bench.wishes.len(), 5);
        let waits = bench.wishes.iter().map(|wish| !wish.delay.is_zero());
        assert_eq!(
            waits.collect::<Vec<_>>(),
            [is_left_alone; 5],
            "{n_rows} rows"
        );
        bench.finish_plan(4);
        let wanted = format!("= {n_rows} runs");
        assert!(bench.picture().contains(&wanted), "{}", bench.picture());
    }
}

#[test]
fn what_changes_elsewhere_on_disk_does_not_hold_a_launch_up() {
    let mut bench = with_unplanned_rows();
    bench.press("enter");
    assert_eq!(bench.wishes.len(), 1);
    let path = bench.path("elsewhere.db");
    for changes in [Changes::Paths([path].into()), Changes::Many] {
        bench.update(AppEvent::Workspace(changes));
    }
    while !bench.wishes.is_empty() {
        bench.finish_plan(0);
    }
    bench.press("y");
    assert_eq!(launched(&bench).runs.len(), 3);
}
