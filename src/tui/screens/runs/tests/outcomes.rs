//! The table by outcome: groups that open, that are counted on while their runs go on, and that keys are about.

use super::*;
use crate::trace::{Failure, FailureKind};

/// Twelve runs that come to several things: a group of five, two alone, errors of two kinds, one that asks, two at work.
fn launched(bench: Harness) -> Runs {
    let cities: Vec<String> = (1..=12).map(|city| format!("city {city}")).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(bench, &cities);
    for run in 0..11 {
        runs.state(run, RunState::Running);
    }
    for run in 0..5 {
        answer(
            &mut runs,
            run,
            if run == 3 {
                "It is   RAINY"
            } else {
                "It is rainy."
            },
        );
    }
    answer(&mut runs, 5, "It is dry.");
    answer(&mut runs, 6, "I can't say.");
    fail(&mut runs, 7, "no order A-17 at http://127.0.0.1:41231/v1");
    fail(&mut runs, 8, "no order B-99 at http://127.0.0.1:41999/v1");
    runs.fail(9);
    runs.ask(10);
    runs
}

fn answer(runs: &mut Runs, run: usize, text: &str) {
    runs.say(run, Role::Agent, text);
    runs.state(run, RunState::Answered);
}

fn fail(runs: &mut Runs, run: usize, message: &str) {
    let ended = RunEventBody::Ended {
        state: RunState::Failed,
        status: None,
        outputs: Box::default(),
        error: Some(Box::new(Failure::new(FailureKind::Network, message))),
    };
    runs.tell(run, None, ended);
}

#[test]
fn groups_at_80x24() {
    let mut runs = launched(bench((80, 24)));
    runs.bench.press("o");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn an_open_group_at_120x36() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("o down enter");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn groups_of_two_batches_at_200x60() {
    let mut runs = launched(bench((200, 60)));
    runs.launch_more([json!({"city": "Rome"}), json!({"city": "Oslo"})]);
    runs.bench.press("o");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn groups_in_ascii() {
    let bench = Harness::ascii((120, 36), &[("a.yaml", "component_type: Agent\n")]);
    let mut runs = launched(bench);
    runs.bench.press("o end");
    insta::assert_snapshot!(runs.bench.picture());
}

/// The rows of groups in the picture: the count and the words of each.
fn rows(bench: &Harness) -> Vec<String> {
    let picture = bench.picture();
    let lines = picture
        .lines()
        .filter(|line| line.starts_with("│▸") || line.starts_with("│▾"));
    let word = |line: &str| {
        line.trim_start_matches(['│', '▸', '▾', ' '])
            .chars()
            .take(14)
            .collect()
    };
    lines.map(word).collect()
}

#[test]
fn groups_are_counted_on_while_a_row_is_held_and_keep_their_order() {
    let mut runs = launched(bench((80, 40)));
    runs.bench.press("o up up down");
    let before = [
        "1 ? needs you",
        "5 ◆ answered",
        "2 ◆ answered",
        "2 ✗ failed",
        "1 ✗ failed",
    ];
    for (row, expected) in rows(&runs.bench).iter().zip(before) {
        assert!(row.starts_with(expected), "{row}");
    }
    // The error of one group becomes the most frequent, and a new kind comes.
    runs.fail(11);
    runs.fail(10);
    runs.bench.wait(Duration::from_secs(1));
    let after = rows(&runs.bench);
    assert!(
        after.iter().any(|row| row.starts_with("3 ✗ failed")),
        "{after:?}"
    );
    let place = |start: &str| after.iter().position(|row| row.starts_with(start));
    assert!(place("2 ✗ failed") < place("3 ✗ failed"), "held: {after:?}");
    runs.bench.press("esc").wait(Duration::from_secs(1));
    let after = rows(&runs.bench);
    let place = |start: &str| after.iter().position(|row| row.starts_with(start));
    assert!(
        place("3 ✗ failed") < place("2 ✗ failed"),
        "sorted: {after:?}"
    );
}

#[test]
fn keys_are_about_the_runs_of_a_group() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("o down down space");
    assert!(
        runs.bench.picture().contains("2 marked"),
        "{}",
        runs.bench.picture()
    );
    runs.bench.press("space");
    assert!(!runs.bench.picture().contains("marked"));
    runs.bench.press("r");
    let retried = runs
        .bench
        .commands
        .iter()
        .find_map(|command| match command {
            Effect::Runs(RunsCommand::Retry(runs)) => Some(runs.clone()),
            _ => None,
        });
    assert_eq!(retried, Some(vec![RunId::new("r_7"), RunId::new("r_8")]));
}

#[test]
fn a_filter_keeps_what_is_in_the_groups() {
    let mut runs = launched(bench((120, 36)));
    runs.bench
        .press("o /")
        .type_text("state:failed")
        .press("enter");
    let rows = rows(&runs.bench);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let picture = runs.bench.picture();
    assert!(picture.contains("3 failed in 2 ways"), "{picture}");
    assert!(picture.contains("state:failed (3)"), "{picture}");
}

#[test]
fn back_goes_to_the_runs_and_the_run_under_the_cursor() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("o down esc esc");
    let picture = runs.bench.picture();
    assert!(picture.contains("runs · by number"), "{picture}");
    // To a run and back to its group, which opens for a run that is gone to.
    runs.bench.press("home down down o");
    assert!(runs.bench.picture().contains("5 same answer"));
    runs.bench.press("!");
    assert!(
        runs.bench.picture().contains("A#11 ? needs you"),
        "{}",
        runs.bench.picture()
    );
}
