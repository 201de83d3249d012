//! What is out of view, and how the screen says so; which runs get panes.

use super::bench;
use super::stage::Runs;
use crate::conversation::Role;
use crate::trace::{RequestKind, RunState};

const THUMB: char = '▐';

#[test]
fn a_table_with_more_runs_than_rows_has_a_scroll_bar() {
    let few = Runs::launch(bench((80, 24)), &["Paris", "Oslo"]);
    assert!(!few.bench.picture().contains(THUMB));
    let cities = ["Paris"; 12];
    let mut runs = Runs::launch(bench((80, 24)), &cities);
    let bar = |runs: &Runs| -> Vec<usize> {
        let picture = runs.bench.picture();
        let lines = picture.lines().enumerate();
        let of_table = lines.filter(|(_, line)| line.contains("A#") && line.ends_with(THUMB));
        of_table.map(|(at, _)| at).collect()
    };
    let at_top = bar(&runs);
    assert!(!at_top.is_empty(), "{}", runs.bench.picture());
    runs.bench.press("end");
    assert!(bar(&runs).first() > at_top.first());
}

#[test]
fn a_pane_that_asks_and_hides_its_first_line_has_a_scroll_bar() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris"]);
    runs.state(0, RunState::Running);
    runs.say(0, Role::User, "the first line");
    runs.ask(0);
    let mut hidden = 0;
    for line in 0..16 {
        runs.say(0, Role::User, &format!("line {line}"));
        let picture = runs.bench.picture();
        let is_hidden = !picture.contains("the first line");
        assert_eq!(picture.contains(THUMB), is_hidden, "{picture}");
        hidden += usize::from(is_hidden);
    }
    assert!(hidden > 0, "{}", runs.bench.picture());
}

#[test]
fn a_click_on_the_mark_of_new_lines_leads_to_the_end() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris"]);
    runs.state(0, RunState::Running);
    for line in 0..20 {
        runs.say(0, Role::User, &format!("line {line}"));
    }
    runs.bench.press("enter up up up");
    for line in 20..24 {
        runs.say(0, Role::User, &format!("line {line}"));
    }
    let picture = runs.bench.picture();
    let mut lines = picture.lines().zip(0..);
    let found = lines.find_map(|(line, row)| Some((line.split_once(" new ")?.0, row)));
    let (before, row) = found.expect("a mark");
    let column = u16::try_from(before.chars().count()).unwrap();
    assert!(!picture.contains("line 23"), "{picture}");
    runs.bench.click(column, row);
    let picture = runs.bench.picture();
    assert!(picture.contains("line 23"), "{picture}");
    assert!(!picture.contains(" new "), "{picture}");
}

#[test]
fn enter_in_a_bar_or_box_is_named_for_what_it_does() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris"]);
    runs.state(0, RunState::Running);
    for (keys, shown) in [
        ("/", "enter filter"),
        ("esc enter /", "enter find"),
        ("esc e", "enter write"),
    ] {
        runs.bench.press(keys);
        let picture = runs.bench.picture();
        let footer = picture.lines().last().unwrap();
        assert!(footer.contains(shown), "{footer}");
        assert!(!footer.contains("open"), "{footer}");
    }
}

#[test]
fn the_panes_follow_marked_runs_only_where_some_are_marked() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris", "Oslo"]);
    runs.bench.press("t");
    assert!(runs.bench.picture().contains("run under the cursor"));
    runs.bench.press("t");
    assert!(runs.bench.picture().contains("most active runs"));
    runs.bench.press("space t t");
    assert!(runs.bench.picture().contains("follow the marked runs"));
}

#[test]
fn a_folded_batch_shows_its_runs_in_panes() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris", "Oslo"]);
    for run in 0..2 {
        runs.state(run, RunState::Running);
        runs.fail(run);
    }
    runs.launch_more([serde_json::json!({"city": "Lima"})]);
    runs.bench.press("home left end left home");
    for key in ["home", "end"] {
        runs.bench.press(key);
        let picture = runs.bench.picture();
        assert!(!picture.contains("move to a run"), "{key}\n{picture}");
    }
    assert!(
        runs.bench.picture().contains("┌ A#1 Paris"),
        "{}",
        runs.bench.picture()
    );
}

#[test]
fn an_answered_run_that_is_cancelled_is_told_to_be_closed() {
    let mut runs = Runs::launch(bench((80, 24)), &["Paris"]);
    runs.state(0, RunState::Running);
    runs.ask_for(
        0,
        RequestKind::UserMessage {
            message: "And?".to_owned(),
            may_end: true,
        },
    );
    runs.state(0, RunState::Answered);
    runs.bench.press("x");
    let picture = runs.bench.picture();
    assert!(
        picture.contains("A#1 is closed: it takes no more"),
        "{picture}"
    );
}
