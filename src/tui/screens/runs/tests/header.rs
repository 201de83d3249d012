//! What stands above table and panes: how far the batch is, what it runs under, what it is stuck at.

use super::*;

/// Twelve runs of which six have answered in six seconds, one failed, one asks, and one writes.
fn launched(bench: Harness) -> Runs {
    let cities: Vec<String> = (1..=12).map(|city| format!("city {city}")).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(bench, &cities);
    for run in 0..10 {
        runs.state(run, RunState::Running);
    }
    for run in 0..6 {
        runs.bench.wait(Duration::from_secs(1));
        runs.say(run, Role::Agent, "It is dry.");
        runs.state(run, RunState::Answered);
    }
    runs.fail(6);
    runs.ask(7);
    runs.stream(8, "It is hard to say");
    runs
}

#[test]
fn a_batch_in_the_middle_at_80x24() {
    insta::assert_snapshot!(launched(bench((80, 24))).bench.picture());
}

#[test]
fn a_batch_in_the_middle_at_120x36() {
    insta::assert_snapshot!(launched(bench((120, 36))).bench.picture());
}

#[test]
fn a_batch_in_the_middle_at_200x60() {
    insta::assert_snapshot!(launched(bench((200, 60))).bench.picture());
}

#[test]
fn inputs_that_all_runs_share_are_told_where_the_header_has_one_line() {
    let mut runs = Runs::launch(bench((80, 24)), &["x"]);
    let inputs = ["Bern", "Oslo"].map(|city| json!({"city": city, "unit": "celsius"}));
    runs.launch_more(inputs);
    runs.bench.press("home");
    let picture = runs.bench.picture();
    let told = picture.lines().find(|line| line.contains("all with "));
    assert!(
        told.is_some_and(|line| line.contains("celsius")),
        "{picture}"
    );
}

#[test]
fn what_makes_no_progress_is_named_with_what_it_waits_for() {
    let mut runs = launched(bench((120, 36)));
    let second = |bench: &Harness| bench.picture().lines().nth(2).unwrap().to_owned();
    assert!(!second(&runs.bench).contains("A#9"), "not yet");
    for _ in 0..3 {
        runs.bench.wait(Duration::from_secs(6));
        let chunk = crate::runs::script::llm_chunk("q_llm", "word ");
        runs.tell(8, Some("s_llm"), RunEventBody::Traced(chunk));
        assert!(!second(&runs.bench).contains("A#9"), "it writes slowly");
    }
    runs.bench.wait(Duration::from_secs(12));
    let line = second(&runs.bench);
    assert!(line.ends_with("A#9: model 30.0s"), "{line}");
    runs.state(8, RunState::Answered);
    runs.bench.wait(Duration::from_secs(12));
    assert!(!second(&runs.bench).contains("A#9"), "it has answered");
}

#[test]
fn the_time_that_is_left_is_not_told_while_a_person_holds_the_batch() {
    let mut runs = Runs::launch(bench((120, 36)), &["a", "b", "c", "d", "e"]);
    for run in 0..3 {
        runs.state(run, RunState::Running);
        runs.bench.wait(Duration::from_secs(10));
        runs.state(run, RunState::Answered);
    }
    let first = |bench: &Harness| bench.picture().lines().nth(1).unwrap().to_owned();
    assert!(
        first(&runs.bench).contains("60 %  ~20s left"),
        "{}",
        first(&runs.bench)
    );
    runs.pause_batch(true);
    assert!(
        !first(&runs.bench).contains("left"),
        "{}",
        first(&runs.bench)
    );
}

/// The colour of the first cell of a row of the screen that holds this sign.
fn colour(bench: &Harness, row: usize, sign: &str) -> ratatui::style::Color {
    let cells = bench.cells();
    let cell = cells[row].iter().find(|cell| cell.symbol() == sign);
    cell.unwrap_or_else(|| panic!("no {sign} in row {row}")).fg
}

#[test]
fn counts_and_bar_have_the_colours_of_their_states() {
    let mut runs = launched(bench((200, 60)));
    runs.launch_more([json!({"city": "Rome"})]);
    let picture = runs.bench.picture();
    let row = |start: &str| {
        let rows = picture.lines().position(|line| line.starts_with(start));
        rows.unwrap_or_else(|| panic!("no {start}: {picture}"))
    };
    let head = row("│▸ A weather");
    let answered = colour(&runs.bench, head, "◆");
    assert_ne!(
        answered,
        colour(&runs.bench, head, "0"),
        "beside the time of day"
    );
    runs.bench.press("end");
    let above = |sign| colour(&runs.bench, 1, sign);
    assert_eq!(above("◆"), answered);
    assert_eq!(above("━"), answered, "what came to an end well");
    assert_ne!(above("━"), above("─"), "what is to come");
}
