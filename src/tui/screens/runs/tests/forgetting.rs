//! Runs whose detail was let go, and runs that are forgotten.

use std::sync::Arc;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::bench;
use super::stage::Runs;
use crate::base::ids::{BatchId, RunId};
use crate::conversation::Role;
use crate::runs::{KeptRun, RunSummary, RunsCommand, Snapshot, Target, Update};
use crate::trace::{RunEventBody, RunState};
use crate::tui::effect::Effect;
use crate::tui::event::AppEvent;

/// Four runs: three have said something and are over, the last one goes on.
fn mostly_over() -> Runs {
    let mut runs = Runs::launch(bench((120, 30)), &["Paris", "Lima", "Oslo", "Rome"]);
    for run in 0..4 {
        runs.state(run, RunState::Running);
        runs.say(
            run,
            Role::Agent,
            &format!("It is {run} degrees.\nMore later."),
        );
    }
    for run in 0..3 {
        finish(&mut runs, run);
    }
    runs
}

fn finish(runs: &mut Runs, run: usize) {
    let ended = RunEventBody::Ended {
        state: RunState::Finished,
        status: None,
        outputs: Box::default(),
        error: None,
    };
    runs.tell(run, None, ended);
}

fn id(run: usize) -> RunId {
    RunId::new(format!("r_{run}"))
}

fn let_go(runs: &mut Runs, of: &[usize]) {
    let model = runs.bench.state.runs_model();
    let summary = |run: &usize| Arc::new(RunSummary::clone(model.get(&id(*run)).unwrap()));
    let update = Update::LetGo(of.iter().map(summary).collect());
    runs.bench.update(AppEvent::Runs(update));
}

fn forget(runs: &mut Runs, of: &[usize], batches: &[&str]) {
    let update = Update::Forgotten {
        runs: of.iter().map(|run| id(*run)).collect(),
        batches: batches.iter().map(|batch| BatchId::new(*batch)).collect(),
    };
    runs.bench.update(AppEvent::Runs(update));
}

/// Whether a run has its detail.
fn is_whole(runs: &Runs, run: usize) -> bool {
    let kept = runs.bench.state.runs_model().get(&id(run));
    kept.and_then(KeptRun::record).is_some()
}

fn assert_shows(runs: &Runs, words: &str) {
    let picture = runs.bench.picture();
    assert!(
        picture.contains(words),
        "{words:?} is missing in\n{picture}"
    );
}

#[test]
fn a_run_that_is_on_show_or_marked_keeps_its_detail_until_it_is_not() {
    let mut runs = mostly_over();
    // `Paris` is marked, `Lima` fills the screen.
    runs.bench.press("home space enter");
    let_go(&mut runs, &[0, 1, 2]);
    assert_eq!(
        [0, 1, 2, 3].map(|run| is_whole(&runs, run)),
        [true, true, false, true]
    );
    assert_shows(&runs, "It is 1 degrees.");
    runs.bench.press("3");
    assert_shows(&runs, "A#2 Lima");
    runs.bench.press("2 esc t down down");
    assert!(
        is_whole(&runs, 0) && is_whole(&runs, 1),
        "Inspect still has it"
    );
    runs.bench.press("3");
    assert_eq!(
        [0, 1, 2, 3].map(|run| is_whole(&runs, run)),
        [true, false, false, true]
    );
    runs.bench.press("2 esc esc");
    assert!(!is_whole(&runs, 0), "its mark is gone");
}

#[test]
fn what_was_let_go_says_so_and_its_line_stays() {
    let mut runs = mostly_over();
    runs.bench.press("end t");
    let_go(&mut runs, &[0, 1]);
    let_go(&mut runs, &[2]);
    let told = runs.bench.state.notices().iter();
    let told = told.filter(|(_, notice)| notice.text.contains("kept_detail_mib"));
    assert_eq!(told.count(), 1);
    assert!(!is_whole(&runs, 0));
    assert_shows(&runs, "It is 0 deg");
    runs.bench.press("home");
    insta::assert_snapshot!(runs.bench.picture());
    runs.bench.press("e");
    assert_shows(&runs, "its detail was dropped");
    runs.bench.press("enter");
    assert_shows(&runs, "kept_detail_mib");
    for key in ["/", "G", "i", "j", "enter"] {
        runs.bench.press(key);
    }
    insta::assert_snapshot!("let_go_in_inspect", runs.bench.picture());
    for key in ["tab", "G", "/", "y", "j", "esc", "3", "]", "[", "o"] {
        runs.bench.press(key);
        runs.bench.picture();
    }
    // It can be run again, found and told from others.
    runs.bench.press("2 esc esc r");
    let retried = runs.bench.commands.iter().any(
        |command| matches!(command, Effect::Runs(RunsCommand::Retry(runs)) if *runs == [id(0)]),
    );
    assert!(retried, "{:?}", runs.bench.commands);
    runs.bench.press("/").type_text("degrees -lima");
    assert_shows(&runs, "A#1");
    assert!(!runs.bench.picture().contains("A#2"));
}

#[test]
fn forgetting_is_asked_about_and_live_runs_are_refused() {
    let mut runs = mostly_over();
    runs.bench.press("end d");
    assert_shows(&runs, "only runs that are over can be forgotten");
    runs.bench.press("space home space down space d");
    assert_shows(&runs, "2 runs and their conversations are removed.");
    runs.bench.press("enter");
    assert!(
        runs.bench.commands.is_empty(),
        "to stay is what enter takes"
    );
    runs.bench.press("d f");
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Forget(Target::Runs(runs)))] => {
            assert_eq!(*runs, [id(0), id(2)]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_head_of_a_batch_forgets_all_of_it_that_is_over() {
    let mut runs = mostly_over();
    runs.launch_more([json!({"city": "Bern"})]);
    runs.bench.press("end d f");
    match runs.bench.commands.as_slice() {
        [Effect::Runs(RunsCommand::Forget(Target::Runs(runs)))] => {
            assert_eq!(*runs, [id(0), id(1), id(2)]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_forgotten_run_is_gone_from_every_part_of_the_screen() {
    let mut runs = mostly_over();
    runs.bench.press("home space space 3");
    runs.bench.press("2 home enter");
    forget(&mut runs, &[0, 1], &[]);
    let picture = runs.bench.picture();
    assert!(
        !picture.contains("Paris") && !picture.contains("Lima"),
        "{picture}"
    );
    assert_shows(&runs, "A#3 Oslo");
    assert!(!picture.contains("marked"), "{picture}");
    runs.bench.press("3");
    // What is on show there is what the cursor has come to.
    assert_shows(&runs, "A#3 Oslo");
    forget(&mut runs, &[2], &[]);
    assert_shows(&runs, "This run was forgotten.");
    for key in ["enter", "]", "o", "y", "G", "/", "esc"] {
        runs.bench.press(key);
        runs.bench.picture();
    }
    // What still comes of it begins no run.
    runs.bench.press("2");
    runs.state(0, RunState::Running);
    assert_eq!(runs.bench.state.runs_model().runs().len(), 1);
    assert_eq!(runs.bench.state.runs_model().count(RunState::Finished), 0);
    assert_shows(&runs, "A#4 Rome");
    forget(&mut runs, &[3], &["b_1"]);
    assert_shows(&runs, "No runs yet.");
    for key in ["enter", "x", "d", "space", "j", "t", "3", "!"] {
        runs.bench.press(key);
        runs.bench.picture();
    }
}

#[test]
fn a_batch_keeps_its_letter_when_an_earlier_one_is_forgotten() {
    let mut runs = mostly_over();
    runs.launch_more([json!({"city": "Bern"})]);
    assert_shows(&runs, "B#1");
    forget(&mut runs, &[0, 1, 2, 3], &["b_1"]);
    assert_shows(&runs, "B#1");
}

#[test]
fn a_run_that_was_forgotten_while_the_palette_was_open_is_not_gone_to() {
    let mut runs = mostly_over();
    runs.bench.press("1 ctrl-p").type_text("paris");
    forget(&mut runs, &[0], &[]);
    runs.bench.press("enter");
    assert_shows(&runs, "that run was forgotten");
    runs.bench.press("2");
    assert_shows(&runs, "A#2 Lima");
}

#[test]
fn a_snapshot_brings_nothing_back() {
    let mut runs = mostly_over();
    runs.bench.press("home space end t");
    let_go(&mut runs, &[1]);
    let model = runs.bench.state.runs_model();
    let kept = |run: usize| model.get(&id(run)).unwrap().clone();
    let summary = |run: usize| KeptRun::Summary(Arc::new(RunSummary::clone(&kept(run))));
    // The second is let go, the third forgotten; the first is let go too, but it is marked.
    let snapshot = Snapshot {
        batches: model.batches().cloned().collect(),
        runs: vec![summary(0), kept(1), kept(3)],
    };
    runs.bench.update(AppEvent::Runs(Update::Snapshot {
        missed: 9,
        snapshot,
    }));
    assert_eq!(
        [0, 1, 2, 3].map(|run| is_whole(&runs, run)),
        [true, false, false, true]
    );
    let model = runs.bench.state.runs_model();
    assert_eq!(
        (model.runs().len(), model.count(RunState::Finished)),
        (3, 2)
    );
    assert!(!runs.bench.picture().contains("Oslo"));
    runs.bench.press("esc esc");
    assert!(!is_whole(&runs, 0));
}
