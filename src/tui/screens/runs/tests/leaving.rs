//! What is kept, and what is asked about, when a person leaves a box, a run or the program.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;

use super::stage::Runs;
use crate::base::ids::BatchId;
use crate::runs::{BatchRecord, HistoryError, RunsCommand, Update};
use crate::spec::{LoadOptions, load};
use crate::trace::{RequestKind, RunState};
use crate::tui::effect::Effect;
use crate::tui::event::AppEvent;
use crate::tui::testing::Harness;

fn bench() -> Harness {
    Harness::new(
        (80, 24),
        &[("weather.yaml", "component_type: Agent\nname: w\n")],
    )
}

/// The same, where nothing is kept.
fn without_history() -> Harness {
    let mut bench = bench();
    let off = Update::HistoryOff(Arc::new(HistoryError::Off));
    bench.update(AppEvent::Runs(off));
    bench
}

/// One run that asks for a message.
fn asked() -> Runs {
    let mut runs = Runs::launch(bench(), &["Paris"]);
    runs.state(0, RunState::Running);
    runs.ask_for(
        0,
        RequestKind::UserMessage {
            message: "Where to?".to_owned(),
            may_end: true,
        },
    );
    runs
}

#[test]
fn an_answer_that_is_left_is_there_again_when_its_run_is_answered() {
    let mut runs = asked();
    let bench = &mut runs.bench;
    bench.press("i").type_text("To the airport").press("esc");
    let left = bench.picture();
    assert!(left.contains("kept: i continues your text"), "{left}");
    assert!(!left.contains("To the airport"), "{left}");
    bench.press("i").type_text(" at 18:00");
    insta::assert_snapshot!(bench.picture());
    // Gone to another run and back.
    bench.press("esc ! i");
    assert!(bench.picture().contains("To the airport at 18:00"));
}

#[test]
fn tab_completes_the_path_of_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pictures")).unwrap();
    for name in ["cat.png", "cow.png", "cat.txt"] {
        fs::write(folder.path().join("pictures").join(name), "").unwrap();
    }
    let typed = format!("/image {}/pic", folder.path().display());
    let mut runs = asked();
    let bench = &mut runs.bench;
    bench.press("i").type_text(&typed).press("tab tab");
    assert!(
        bench.picture().contains("pictures/c"),
        "{}",
        bench.picture()
    );
    bench.type_text("a").press("tab");
    assert!(
        bench.picture().contains("pictures/cat.png"),
        "{}",
        bench.picture()
    );
}

#[test]
fn a_reason_and_edited_arguments_stay_while_the_question_is_looked_at_again() {
    let mut runs = Runs::launch(bench(), &["Paris"]);
    runs.state(0, RunState::Running);
    runs.ask(0);
    let bench = &mut runs.bench;
    bench.press("i").wait(Duration::from_millis(400));
    bench.press("n").type_text("too dear").press("esc n");
    assert!(bench.picture().contains("too dear"), "{}", bench.picture());
    bench
        .press("esc e ctrl-end")
        .type_text("!!")
        .press("esc esc i");
    bench.wait(Duration::from_millis(400)).press("e");
    assert!(bench.picture().contains("!!"), "{}", bench.picture());
    bench.press("esc n");
    assert!(bench.picture().contains("too dear"), "{}", bench.picture());
}

#[test]
fn q_asks_nothing_of_what_is_in_the_history() {
    let mut runs = Runs::launch(bench(), &["Oslo", "Rome"]);
    runs.state(0, RunState::Running);
    runs.fail(1);
    runs.bench.press("q");
    let asked = runs.bench.picture();
    assert!(asked.contains("1 run is alive and would be"), "{asked}");
    assert!(asked.contains("interrupted, and can be resumed"), "{asked}");
    assert!(!asked.contains("not recorded"), "{asked}");
    runs.bench.press("s");
    runs.fail(0);
    runs.bench.press("q");
    assert!(runs.bench.state.should_quit, "{}", runs.bench.picture());
}

#[test]
fn q_asks_while_results_are_kept_nowhere() {
    let mut runs = Runs::launch(without_history(), &["Oslo", "Rome"]);
    runs.fail(0);
    runs.fail(1);
    let bench = &mut runs.bench;
    bench.press("q");
    assert!(!bench.state.should_quit);
    insta::assert_snapshot!(bench.picture());
    bench.press("s e enter");
    bench.press("q");
    let picture = bench.picture();
    assert!(
        picture.contains("1 run has ended and is not recorded"),
        "{picture}"
    );
    bench.press("s ] e enter q");
    assert!(
        bench.state.should_quit,
        "both are exported: {}",
        bench.picture()
    );
}

#[test]
fn the_question_whether_to_quit_says_what_would_be_lost_now() {
    let mut runs = Runs::launch(without_history(), &["Oslo", "Rome"]);
    runs.state(0, RunState::Running);
    runs.bench.press("q");
    let asked = runs.bench.picture();
    assert!(asked.contains("2 runs are alive"), "{asked}");
    runs.state(0, RunState::Answered);
    let picture = runs.bench.picture();
    for words in ["1 run is alive and", "1 run has ended and is not recorded"] {
        assert!(picture.contains(words), "{words}: {picture}");
    }
    runs.fail(1);
    let picture = runs.bench.picture();
    assert!(!picture.contains("alive"), "{picture}");
    assert!(picture.contains("2 runs have ended and"), "{picture}");
}

#[test]
fn q_asks_where_a_run_has_gone_on_since_it_was_exported() {
    let mut runs = Runs::launch(without_history(), &["Oslo"]);
    runs.state(0, RunState::Running);
    runs.bench.press("e");
    let picture = runs.bench.picture();
    assert!(picture.contains("A#1 city=Oslo"), "{picture}");
    assert!(picture.contains("[esc] leave"), "{picture}");
    runs.bench.press("enter");
    runs.fail(0);
    runs.bench.press("q");
    let picture = runs.bench.picture();
    assert!(picture.contains("1 run has continued since"), "{picture}");
    runs.bench.press("s e");
    runs.bench.type_text("x").press("enter q");
    assert!(runs.bench.state.should_quit, "{}", runs.bench.picture());
}

#[test]
fn q_asks_where_an_answer_is_written_and_not_sent() {
    let mut runs = asked();
    let bench = &mut runs.bench;
    bench.press("i").type_text("To the airport").press("esc q");
    let picture = bench.picture();
    assert!(picture.contains("1 answer is written but not"), "{picture}");
    assert!(!bench.state.should_quit);
    bench.press("s i");
    let picture = bench.picture();
    assert!(!picture.contains("kept: i continues"), "{picture}");
}

#[test]
fn x_asks_where_an_answer_to_what_it_cancels_is_written_and_not_sent() {
    for keys in ["x", "X", "space x"] {
        let mut runs = asked();
        let bench = &mut runs.bench;
        bench.press("i").type_text("hello").press("esc");
        bench.press(keys);
        let picture = bench.picture();
        assert!(
            picture.contains("An answer to A#1 is written but not sent"),
            "{keys}: {picture}"
        );
        bench.press("enter");
        assert_eq!(cancelled(bench), 0, "{keys}");
        bench.press("i");
        assert!(bench.picture().contains("hello"), "{}", bench.picture());
        bench.press("esc").press(keys).press("d");
        assert_eq!(cancelled(bench), 1, "{keys}");
    }
}

#[test]
fn x_asks_nothing_where_the_answer_is_to_another_run() {
    let mut runs = Runs::launch(bench(), &["Oslo", "Rome"]);
    for run in 0..2 {
        runs.state(run, RunState::Running);
        runs.ask_for(
            run,
            RequestKind::UserMessage {
                message: "Where to?".to_owned(),
                may_end: false,
            },
        );
    }
    let bench = &mut runs.bench;
    bench.press("i").type_text("hello").press("esc ] x");
    assert_eq!(cancelled(bench), 1, "{}", bench.picture());
    bench
        .press("[ i")
        .press("esc ] i")
        .type_text("to you")
        .press("esc X");
    let picture = bench.picture();
    assert!(picture.contains("2 answers are written but"), "{picture}");
    bench.press("esc");
    assert_eq!(cancelled(bench), 1);
}

/// How often something was cancelled.
fn cancelled(bench: &Harness) -> usize {
    let is_cancel = |effect: &&Effect| matches!(effect, Effect::Runs(RunsCommand::Cancel(_)));
    bench.commands.iter().filter(is_cancel).count()
}

#[test]
fn an_export_asks_before_it_overwrites_and_offers_a_free_name() {
    let mut runs = Runs::launch(bench(), &["Oslo"]);
    runs.fail(0);
    let bench = &mut runs.bench;
    let path = bench.path("weather-1-1.json");
    fs::write(&path, "mine").unwrap();
    bench.press("e enter");
    insta::assert_snapshot!(bench.picture());
    bench.press("esc");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    bench.press("e enter n");
    let free = fs::read_to_string(bench.path("weather-1-1-2.json")).unwrap();
    assert!(free.contains("429"), "{free}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    bench.press("e enter o");
    assert_eq!(fs::read_to_string(&path).unwrap(), free);
}

#[test]
fn the_header_says_what_the_batch_on_show_is_bound_to() {
    let mut bench = bench();
    let batch = BatchRecord {
        number: 1,
        is_paused: false,
        id: BatchId::new("b_1"),
        spec_name: "weather".to_owned(),
        terms: Arc::default(),
        component: load("component_type: Agent\nname: w", &LoadOptions::default()).component,
        profile: "local".to_owned(),
        bound_to: "profile local".to_owned(),
        tracing: None,
        total: 1,
        at_once: 1,
        budget: None,
        canary: None,
        requests_per_second: None,
        busy_endpoints: indexmap::IndexMap::new(),
        launched_at: bench.now,
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
        notice: None,
        workers: None,
    };
    bench.update(AppEvent::Runs(Update::BatchStarted(Arc::new(batch))));
    let header = |bench: &Harness| bench.picture().lines().next().unwrap().to_owned();
    bench.press("2");
    assert!(
        header(&bench).contains("profile local"),
        "{}",
        header(&bench)
    );
    bench.press("1");
    assert!(
        !header(&bench).contains("profile local"),
        "{}",
        header(&bench)
    );
}
