//! Keys that are about many runs act on those that the filter shows.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bench;
use super::stage::Runs;
use crate::base::ids::RunId;
use crate::runs::{RunsCommand, Target};
use crate::trace::{RunEventBody, RunState};
use crate::tui::effect::Effect;

/// Two runs of each city; those of Lima were cancelled, those of Oslo go on, those of Rome have answered.
fn cities() -> Runs {
    let mut runs = Runs::launch(
        bench((120, 30)),
        &["Lima", "Lima Sur", "Oslo", "Oslo", "Rome", "Rome"],
    );
    for run in 0..6 {
        runs.state(run, RunState::Running);
    }
    for run in 0..2 {
        let ended = RunEventBody::Ended {
            state: RunState::Cancelled,
            status: None,
            outputs: Box::default(),
            error: None,
        };
        runs.tell(run, None, ended);
    }
    for run in 4..6 {
        runs.state(run, RunState::Answered);
    }
    runs
}

fn filter(runs: &mut Runs, text: &str) {
    runs.bench
        .press("/ ctrl-u /")
        .type_text(text)
        .press("enter");
}

/// What was asked of which runs since this was last called, by their numbers; of none for a whole batch.
fn told(runs: &mut Runs) -> Vec<(&'static str, Vec<usize>)> {
    let commands = runs.bench.commands.drain(..);
    let told = commands.map(|effect| match effect {
        Effect::Runs(RunsCommand::Cancel(target)) => ("cancel", numbers(target)),
        Effect::Runs(RunsCommand::Forget(target)) => ("forget", numbers(target)),
        Effect::Runs(RunsCommand::Pause { target, .. }) => ("pause", numbers(target)),
        Effect::Runs(RunsCommand::Retry(runs)) => ("retry", numbers(Target::Runs(runs))),
        other => panic!("{other:?}"),
    });
    told.collect()
}

fn numbers(target: Target) -> Vec<usize> {
    let Target::Runs(runs) = target else {
        return Vec::new();
    };
    let number = |run: &RunId| run.as_str().trim_start_matches("r_").parse().unwrap();
    runs.iter().map(number).collect()
}

fn assert_shows(runs: &Runs, words: &str) {
    let picture = runs.bench.picture();
    assert!(
        picture.contains(words),
        "{words:?} is missing in\n{picture}"
    );
}

#[test]
fn a_batch_is_cancelled_as_far_as_the_filter_shows_it() {
    let mut runs = cities();
    filter(&mut runs, "rome");
    runs.bench.press("X");
    assert_eq!(told(&mut runs), [("cancel", vec![4, 5])]);
    assert_shows(&runs, "2 answered runs are closed");
    filter(&mut runs, "-lima");
    runs.bench.press("X");
    assert_eq!(told(&mut runs), [("cancel", vec![2, 3, 4, 5])]);
    assert_shows(&runs, "cancels 2 runs in view; 2 answered runs are closed");
    filter(&mut runs, "lima");
    runs.bench.press("X");
    assert_shows(&runs, "all of its runs that the filter shows are over");
    filter(&mut runs, "");
    runs.bench.press("X");
    assert_eq!(told(&mut runs), [("cancel", vec![])]);
}

#[test]
fn where_the_filter_shows_nothing_nothing_is_done_and_it_says_so() {
    for key in ["x", "X", "r", "R", "p", "P", "d", "space", "e"] {
        let mut runs = cities();
        runs.bench.press("space space");
        filter(&mut runs, "state:failed");
        runs.bench.press(key);
        assert_shows(&runs, "the filter shows no run");
        assert_eq!(told(&mut runs), [], "{key}");
    }
}

#[test]
fn a_run_is_run_again_and_else_the_failed_ones_that_are_shown() {
    let mut runs = cities();
    filter(&mut runs, "rome");
    runs.bench.press("r");
    assert_shows(
        &runs,
        "only runs that are over can be run again, and no run in view failed",
    );
    runs.bench.press("R");
    assert_shows(&runs, "none of its runs that the filter shows failed");
    assert_eq!(told(&mut runs), []);
    filter(&mut runs, "");
    runs.bench.press("end r");
    assert_shows(&runs, "runs 2 runs again");
    runs.bench.press("home r R");
    assert_shows(&runs, "runs 2 runs again");
    assert_eq!(
        told(&mut runs),
        [
            ("retry", vec![0, 1]),
            ("retry", vec![0]),
            ("retry", vec![0, 1])
        ]
    );
}

#[test]
fn the_head_of_a_batch_stands_for_what_the_filter_shows_of_it() {
    let mut runs = cities();
    runs.launch_more([json!({"city": "Bern"})]);
    filter(&mut runs, "sur");
    runs.bench.press("home r");
    assert_eq!(told(&mut runs), [("retry", vec![1])]);
    filter(&mut runs, "lima");
    runs.bench.press("home d f r");
    assert_eq!(
        told(&mut runs),
        [("forget", vec![0, 1]), ("retry", vec![0, 1])]
    );
}

#[test]
fn marks_that_the_filter_hides_do_not_count() {
    let mut runs = cities();
    // All but the first of Lima are marked.
    runs.bench.press("home down space space space space space");
    filter(&mut runs, "oslo");
    runs.bench.press("p");
    assert_shows(&runs, "pauses 2 runs in view");
    runs.bench.press("x");
    assert_shows(&runs, "cancels 2 runs in view");
    filter(&mut runs, "lima");
    runs.bench.press("home r");
    assert_eq!(
        told(&mut runs),
        [
            ("pause", vec![2, 3]),
            ("cancel", vec![2, 3]),
            ("retry", vec![1])
        ]
    );
}

#[test]
fn a_batch_is_paused_whole_whatever_the_filter_shows() {
    let mut runs = cities();
    filter(&mut runs, "oslo");
    runs.bench.press("P");
    assert_shows(&runs, "pauses all of batch A, also what the filter hides");
}
