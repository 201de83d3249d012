//! Pausing a run or a whole batch, and what is said of it until it is so.

use std::time::Duration;

use super::bench;
use super::stage::Runs;
use crate::base::ids::BatchId;
use crate::runs::{RunsCommand, Target};
use crate::trace::RunState;
use crate::tui::effect::Effect;
use crate::tui::testing::Harness;

#[test]
fn a_pause_that_is_asked_for_is_taken_back_by_the_same_key() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern", "Oslo"]);
    runs.state(0, RunState::Running);
    runs.bench.wait(Duration::ZERO);
    runs.bench.press("p").wait(Duration::ZERO);
    assert!(runs.bench.picture().contains("pausing"));
    runs.bench.press("p").wait(Duration::ZERO);
    assert!(!runs.bench.picture().contains("pausing"));
    let is_paused = |command: &Effect| match command {
        Effect::Runs(RunsCommand::Pause { is_paused, .. }) => *is_paused,
        other => panic!("{other:?}"),
    };
    let asked: Vec<bool> = runs.bench.commands.iter().map(is_paused).collect();
    assert_eq!(asked, [true, false]);
}

#[test]
fn a_run_that_waits_for_a_person_is_said_to_be_held_once_it_is_answered() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.ask(0);
    for (key, words) in [
        ("p", "pauses once it is answered"),
        ("p", "continues once it is answered"),
        ("H", "pauses once it is answered"),
    ] {
        runs.bench.press(key);
        let picture = runs.bench.picture();
        assert!(picture.contains(words), "{key}: {picture}");
    }
}

#[test]
fn the_only_batch_is_paused_whole_by_its_key_and_goes_on_by_it() {
    let mut runs = Runs::launch(bench((80, 24)), &["Bern", "Oslo"]);
    runs.state(0, RunState::Running);
    runs.bench.wait(Duration::ZERO);
    let footer = |bench: &Harness| bench.picture().lines().last().unwrap().to_owned();
    assert!(footer(&runs.bench).contains("P pause batch"));
    runs.bench.press("P").wait(Duration::ZERO);
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Pause { target, is_paused })] => {
            let expected = Target::Batch(BatchId::new("b_1"));
            assert_eq!((target, *is_paused), (&expected, true));
        }
        other => panic!("{other:?}"),
    }
    runs.pause_batch(true);
    let picture = runs.bench.picture();
    assert!(picture.contains("weather \u{d7}2 paused"), "{picture}");
    assert!(picture.contains("its batch is paused"), "{picture}");
    assert!(footer(&runs.bench).contains("P go on"), "{picture}");
    runs.bench.press("P");
    assert!(matches!(
        runs.bench.commands.last(),
        Some(Effect::Runs(RunsCommand::Pause {
            is_paused: false,
            ..
        }))
    ));
}

#[test]
fn every_screen_says_that_a_run_is_pausing_and_who_waits_behind_it() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern", "Oslo", "Rome"]);
    runs.set_at_once(2);
    for run in [0, 1] {
        runs.state(run, RunState::Running);
    }
    runs.bench.wait(Duration::ZERO);
    runs.bench.press("p").wait(Duration::ZERO);
    let picture = runs.bench.picture();
    let told = picture.matches("pausing").count();
    assert_eq!(told, 2, "in the table and in the title: {picture}");
    runs.bench.press("3");
    let picture = runs.bench.picture();
    assert!(picture.contains("pausing"), "{picture}");
    runs.bench.press("2");
    runs.state(0, RunState::Paused);
    runs.bench.press("end");
    let picture = runs.bench.picture();
    assert!(!picture.contains("pausing"), "{picture}");
    let words = "waits for a free slot: 1 paused run keeps one";
    assert!(picture.contains(words), "{picture}");
    runs.state(1, RunState::Paused);
    let picture = runs.bench.picture();
    assert!(picture.contains("waits behind 2 paused runs"), "{picture}");
}

#[test]
fn who_has_answered_or_waits_for_a_person_does_not_pause() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern", "Oslo"]);
    for run in [0, 1] {
        runs.state(run, RunState::Running);
    }
    runs.state(0, RunState::Answered);
    runs.ask(1);
    runs.bench.press("P").wait(Duration::ZERO);
    let picture = runs.bench.picture();
    assert!(!picture.contains("pausing"), "{picture}");
    // Yet it will be held, and the same key takes that back.
    runs.bench.press("end p p");
    let is_paused = |effect: &Effect| match effect {
        Effect::Runs(RunsCommand::Pause { is_paused, .. }) => *is_paused,
        other => panic!("{other:?}"),
    };
    let asked: Vec<bool> = runs.bench.commands.iter().map(is_paused).collect();
    assert_eq!(asked, [true, false, true]);
}

#[test]
fn where_nothing_is_at_work_there_is_nothing_to_pause() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.state(0, RunState::Answered);
    runs.bench.wait(Duration::ZERO);
    assert!(!runs.bench.picture().contains("pause batch"));
    runs.bench.press("P");
    assert_eq!(runs.bench.commands.len(), 0);
    assert!(runs.bench.picture().contains("none of its runs is active"));
}

#[test]
fn a_run_that_has_answered_or_is_over_says_why_it_is_not_paused() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.state(0, RunState::Answered);
    for keys in ["p", "space p", "enter p"] {
        runs.bench.press(keys);
        let picture = runs.bench.picture();
        assert!(picture.contains("it has answered"), "{keys}: {picture}");
    }
    runs.bench.press("esc");
    runs.fail(0);
    runs.bench.press("p");
    let picture = runs.bench.picture();
    assert!(picture.contains("it is over already"), "{picture}");
    assert_eq!(runs.bench.commands.len(), 0);
}
