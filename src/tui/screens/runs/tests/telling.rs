//! What is told is true, fits where it is read, and goes when it is true no more.

use std::time::Duration;

use super::bench;
use super::stage::{Runs, component};
use crate::trace::{Failure, FailureKind, RunEventBody, RunState, SpanKind};
use crate::tui::screens::Screen;

#[test]
fn a_notice_goes_as_soon_as_it_is_true_no_more() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.bench.press("!");
    assert!(runs.bench.picture().contains("no run needs you"));
    runs.ask(0);
    assert!(!runs.bench.picture().contains("no run needs you"));
    let mut runs = Runs::launch(bench((120, 40)), &["Bern"]);
    runs.state(0, RunState::Running);
    runs.bench.wait(Duration::ZERO);
    runs.bench.press("i");
    assert!(runs.bench.picture().contains("asks nothing at the moment"));
    runs.bench.press("1");
    assert!(!runs.bench.picture().contains("asks nothing at the moment"));
}

#[test]
fn why_a_key_did_nothing_goes_with_the_next_key() {
    for next in ["down", "s", "y"] {
        let mut runs = Runs::launch(bench((120, 40)), &["Bern", "Oslo"]);
        runs.state(0, RunState::Running);
        runs.bench.press("r");
        let picture = runs.bench.picture();
        assert!(
            picture.contains("only runs that are over can be run again"),
            "{picture}"
        );
        runs.bench.press("r");
        let picture = runs.bench.picture();
        assert!(
            picture.contains("only runs that are over can be run again"),
            "{picture}"
        );
        runs.bench.press(next);
        let picture = runs.bench.picture();
        assert!(
            !picture.contains("only runs that are over can be run again"),
            "{next}: {picture}"
        );
    }
}

#[test]
fn esc_goes_from_a_span_to_the_spans_and_from_there_back_to_the_runs() {
    let mut runs = Runs::mixed(bench((120, 40)));
    runs.bench.press("enter");
    let zoomed = runs.bench.picture();
    runs.bench.press("enter tab esc");
    assert_eq!(runs.bench.state.screen, Screen::Inspect);
    runs.bench.press("esc");
    assert_eq!(runs.bench.picture(), zoomed);
    runs.bench.press("esc");
    assert!(runs.bench.picture().contains("Perth"));
}

#[test]
fn esc_closes_the_filter_bar_first_and_then_takes_the_filter_away() {
    let mut runs = Runs::mixed(bench((120, 40)));
    runs.bench.press("/").type_text("state:failed").press("esc");
    let picture = runs.bench.picture();
    assert!(picture.contains("/ state:failed (1)"), "{picture}");
    runs.bench.press("esc");
    let picture = runs.bench.picture();
    assert!(picture.contains("Perth") && !picture.contains("state:failed"));
}

#[test]
fn a_run_whose_time_ran_out_is_told_of_the_dialog_and_of_no_option() {
    let mut runs = Runs::launch(bench((120, 40)), &["Bern"]);
    runs.state(0, RunState::Running);
    let failure = Failure::new(FailureKind::Limit, "the run's time of 5 s ran out");
    let ended = RunEventBody::Ended {
        state: RunState::TimedOut,
        status: None,
        outputs: Box::default(),
        error: Some(Box::new(
            failure.with_hint("give the run a longer time limit"),
        )),
    };
    runs.tell(0, None, ended);
    for screen in ["2", "3"] {
        runs.bench.press(screen);
        let picture = runs.bench.picture();
        assert!(picture.contains("`timeout`"), "{picture}");
        assert!(!picture.contains("--timeout"), "{picture}");
    }
}

#[test]
fn what_tells_runs_apart_gets_the_room_that_results_leave() {
    let long = ["The tower of Bern at night", "The harbour of Oslo in May"];
    let runs = Runs::launch(bench((120, 40)), &long);
    let picture = runs.bench.picture();
    for subject in long {
        let row = picture
            .lines()
            .find(|line| line.contains("queued") && line.contains(subject));
        assert!(row.is_some(), "{picture}");
    }
}

#[test]
fn a_node_that_is_visited_again_tells_how_often_and_how_long_in_all() {
    let mut runs = super::flow_run((120, 40));
    let started = RunEventBody::SpanStarted {
        parent: None,
        kind: SpanKind::NodeExecutionSpan,
        component: component("LlmNode", "classify"),
    };
    runs.tell(0, Some("again"), started);
    runs.bench.wait(Duration::from_millis(2400));
    runs.bench.press("G enter home");
    let picture = runs.bench.picture();
    assert!(picture.contains("\u{d7}2 3.6s"), "{picture}");
}
