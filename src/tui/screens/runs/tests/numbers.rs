//! Times, tokens and rates: what a person reads of them anywhere.

use std::time::Duration;

use super::bench;
use super::stage::{Runs, component};
use crate::conversation::Role;
use crate::runs::script::{llm_chunk, llm_request, llm_response};
use crate::trace::{RunEventBody, RunState, SpanKind};
use crate::tui::action::Action;

const SPINNERS: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/// A run whose model has written for four seconds, 40 characters in each of them.
fn streaming(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Paris"]);
    runs.state(0, RunState::Running);
    for (span, kind, name) in [
        ("s_run", SpanKind::RootSpan, component("Agent", "weather")),
        (
            "s_llm",
            SpanKind::LlmGenerationSpan,
            component("OllamaConfig", "model"),
        ),
    ] {
        let started = RunEventBody::SpanStarted {
            parent: None,
            kind,
            component: name,
        };
        runs.tell(0, Some(span), started);
    }
    runs.tell(0, Some("s_llm"), RunEventBody::Traced(llm_request("q")));
    for _ in 0..4 {
        runs.bench.wait(Duration::from_secs(1));
        let chunk = llm_chunk("q", &"word ".repeat(8));
        runs.tell(0, Some("s_llm"), RunEventBody::Traced(chunk));
    }
    runs
}

#[test]
fn tokens_are_counted_while_a_model_writes_and_put_right_by_the_provider() {
    let mut runs = streaming((120, 36));
    let picture = runs.bench.picture();
    assert!(picture.contains(" 10 tok/s"), "{picture}");
    insta::assert_snapshot!("streaming_120", picture);
    runs.bench.press("3");
    assert!(runs.bench.picture().contains("~40 tok"));
    let whole = llm_response("q", &"word ".repeat(32));
    runs.tell(0, Some("s_llm"), RunEventBody::Traced(whole));
    let picture = runs.bench.picture();
    assert!(picture.contains("1 llm · 0 tools · 12 tok"), "{picture}");
    let runs = streaming((80, 24));
    let picture = runs.bench.picture();
    assert!(picture.contains("    ~40 "), "{picture}");
}

#[test]
fn rates_fall_to_nothing_by_themselves_when_nothing_comes_any_more() {
    let mut runs = streaming((120, 36));
    runs.ask(0);
    assert!(runs.bench.picture().contains(" 10 tok/s"));
    let changes = runs.bench.wait_while_it_changes(100);
    assert!((1..=20).contains(&changes), "woken {changes} times");
    let picture = runs.bench.picture();
    assert!(picture.contains("0.0 req/s  0 tok/s"), "{picture}");
}

#[test]
fn times_go_on_without_the_focus_while_the_spinner_stands_still() {
    let mut runs = streaming((120, 36));
    runs.bench.lose_focus();
    let first = runs.bench.now;
    runs.bench.wait_while_it_changes(2);
    assert!(runs.bench.now.since(first) <= Duration::from_secs(2));
    let spinner = |picture: &str| {
        let turning = picture.chars().find(|sign| SPINNERS.contains(*sign));
        turning.unwrap_or_default()
    };
    let (before, sign) = (runs.bench.picture(), spinner(&runs.bench.picture()));
    runs.bench.wait_while_it_changes(1);
    let after = runs.bench.picture();
    assert_ne!(before, after, "its time goes on");
    assert_eq!(spinner(&after), sign);
}

#[test]
fn an_answered_run_stands_still_everywhere() {
    let mut runs = streaming((120, 36));
    runs.say(0, Role::Agent, "Sunny.");
    runs.state(0, RunState::Answered);
    runs.bench.press("3");
    let picture = runs.bench.picture();
    insta::assert_snapshot!("answered_in_inspect_120", picture);
    assert!(picture.contains("┌ Run weather ◆ "), "{picture}");
    assert!(
        !picture.contains(|sign| SPINNERS.contains(sign)),
        "{picture}"
    );
    runs.bench.wait(Duration::from_mins(5));
    let later = runs.bench.picture();
    assert_eq!(later, picture, "no time goes on");
    runs.bench.press("2 enter");
    let picture = runs.bench.picture();
    assert!(
        !picture.contains(|sign| SPINNERS.contains(sign)),
        "{picture}"
    );
}

#[test]
fn the_time_of_a_run_is_the_same_in_table_pane_inspect_and_its_span() {
    let mut runs = streaming((120, 36));
    let picture = runs.bench.picture();
    assert!(picture.contains("⠋ model 4.0s · 4.0s"), "{picture}");
    assert!(picture.contains(" 4.0s   ~40   0 model 4.0s"), "{picture}");
    // What waits for a person is not active.
    runs.ask(0);
    runs.bench.wait(Duration::from_mins(2));
    let picture = runs.bench.picture();
    assert_eq!(picture.matches("4.0s").count(), 2, "{picture}");
    assert!(picture.contains("? needs you 4.0s"), "{picture}");
    runs.bench.press("3");
    let picture = runs.bench.picture();
    assert!(picture.contains("┌ A#1 Paris "), "{picture}");
    assert!(picture.contains("└ 4.0s · 1 llm · "), "{picture}");
    assert!(picture.contains(" 4.00s│"), "{picture}");
    assert!(!picture.contains("2:0"), "{picture}");
}

#[test]
fn an_action_that_would_do_nothing_says_why_and_is_no_hint() {
    let mut runs = streaming((120, 36));
    let hints = |runs: &Runs| runs.bench.picture().lines().last().unwrap().to_owned();
    assert!(!hints(&runs).contains("answer"), "{}", hints(&runs));
    assert!(hints(&runs).contains("x cancel"));
    runs.bench.press("i");
    assert!(hints(&runs).contains("this run asks nothing at the moment"));
    runs.ask(0);
    runs.bench.wait(Duration::from_secs(9));
    assert!(hints(&runs).contains("y yes"), "{}", hints(&runs));
    let now = runs.bench.now;
    let refused = |action| runs.bench.state.refusal(action, now);
    assert_eq!(refused(Action::ClearFilter), Some("there is no filter"));
    assert_eq!(refused(Action::FindNext), Some("zoom into a run first"));
    assert_eq!(refused(Action::AnswerRun), None);
}
