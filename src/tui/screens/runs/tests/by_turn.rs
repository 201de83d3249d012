//! Runs level by turn, and those that leave the others marked while they go on.

use super::*;

/// Six runs that look, and then answer; the third answers directly, the fifth looks elsewhere.
fn launched(bench: Harness) -> Runs {
    let cities = ["Paris", "Oslo", "Lima", "Rome", "Quito", "Perth"];
    let mut runs = Runs::launch(bench, &cities);
    for (run, city) in cities.iter().enumerate() {
        runs.state(run, RunState::Running);
        runs.say(run, Role::User, &format!("How is the weather in {city}?"));
    }
    runs.bench.wait(Duration::from_millis(700));
    for (run, city) in cities.iter().enumerate() {
        match run {
            2 => runs.answer(run, "It is always dry in Lima."),
            4 => runs.call(run, ("guess", json!({"city": city})), json!("no idea")),
            _ => runs.call(
                run,
                ("get_weather", json!({"city": city})),
                json!({"temp": 14}),
            ),
        }
    }
    for run in [0, 1] {
        runs.answer(run, "It is **14 °C**, with light rain and some wind.");
    }
    runs
}

#[test]
fn by_turn_at_80x24() {
    let mut runs = launched(bench((80, 24)));
    runs.bench.press("v n");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn by_turn_at_120x36() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("v n");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn by_turn_at_200x60() {
    let mut runs = launched(bench((200, 60)));
    runs.bench.press("v n");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn by_turn_in_ascii() {
    let bench = Harness::ascii((120, 36), &[("a.yaml", "component_type: Agent\n")]);
    let mut runs = launched(bench);
    runs.bench.press("v n");
    insta::assert_snapshot!(runs.bench.picture());
}

#[test]
fn keys_go_to_the_runs_that_leave_the_others() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("v n");
    let target = |bench: &Harness| bench.state.screens.runs.target().cloned();
    assert_eq!(target(&runs.bench), Some(RunId::new("r_2")));
    let picture = runs.bench.picture();
    assert!(picture.contains("4 of 6 called get_weather"), "{picture}");
    runs.bench.press("n");
    assert_eq!(target(&runs.bench), Some(RunId::new("r_4")));
    runs.bench.press("n");
    assert!(runs.bench.picture().contains("no later run"));
    runs.bench.press("N");
    assert_eq!(target(&runs.bench), Some(RunId::new("r_2")));
    // What the others do is counted on while they go on: the majority is with those that guess now.
    for run in [0, 1, 3, 5] {
        runs.call(run, ("guess", json!({})), json!("no idea"));
    }
    let picture = runs.bench.picture();
    assert!(picture.contains("≠"), "{picture}");
    runs.bench.press("esc esc");
    assert!(!runs.bench.picture().contains("turn 1"));
}

#[test]
fn columns_scroll_together() {
    let mut runs = launched(bench((120, 24)));
    for turn in 0..12 {
        for run in [0, 1] {
            runs.call(run, ("get_weather", json!({"turn": turn})), json!("dry"));
        }
    }
    runs.bench.press("v tab home");
    let first = |bench: &Harness| {
        let picture = bench.picture();
        let lines = picture.lines().filter(|line| line.contains("turn 1 "));
        lines
            .map(|line| line.matches("turn 1 ").count())
            .sum::<usize>()
    };
    assert!(first(&runs.bench) > 1, "{}", runs.bench.picture());
    runs.bench.press("down down");
    assert_eq!(first(&runs.bench), 0, "{}", runs.bench.picture());
    assert!(runs.bench.picture().contains("turn 3"));
    runs.bench.press("esc");
    assert!(
        runs.bench.picture().contains("turn 14"),
        "{}",
        runs.bench.picture()
    );
}

#[test]
fn how_many_leave_the_others_is_counted_live_and_they_alone_are_shown() {
    let mut runs = launched(bench((120, 36)));
    runs.bench.press("v");
    let picture = runs.bench.picture();
    assert!(picture.contains("2 leave the others"), "{picture}");
    runs.bench.press("V");
    let rows = |runs: &Runs| -> Vec<String> {
        let picture = runs.bench.picture();
        let rows = picture.lines().filter(|line| line.starts_with("│ A#"));
        rows.map(|row| row.chars().skip(2).take(3).collect())
            .collect()
    };
    assert_eq!(rows(&runs), ["A#3", "A#5"], "{}", runs.bench.picture());
    assert!(runs.bench.picture().contains("leaves:most"));
    // One more guesses, and comes in sight as soon as rows may move.
    runs.call(1, ("guess", json!({})), json!("no idea"));
    runs.call(0, ("get_weather", json!({})), json!("dry"));
    runs.call(3, ("get_weather", json!({})), json!("dry"));
    runs.call(5, ("get_weather", json!({})), json!("dry"));
    runs.bench.wait(Duration::from_secs(1));
    assert_eq!(
        rows(&runs),
        ["A#2", "A#3", "A#5"],
        "{}",
        runs.bench.picture()
    );
    assert!(runs.bench.picture().contains("3 leave the others"));
    runs.bench.press("V");
    assert_eq!(rows(&runs).len(), 6, "{}", runs.bench.picture());
}
