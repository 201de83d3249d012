//! The order of the table: by a column, the other way round, by a click on its head.

use super::*;

/// Three runs that were active for three, one and two seconds.
fn launched(size: (u16, u16)) -> Runs {
    let mut runs = Runs::launch(bench(size), &["Paris", "Lima", "Oslo"]);
    for run in 0..3 {
        runs.state(run, RunState::Running);
    }
    for run in [1, 2, 0] {
        runs.bench.wait(Duration::from_secs(1));
        runs.state(run, RunState::Answered);
    }
    runs
}

/// The names of the runs in the table, from above.
fn order(bench: &Harness) -> Vec<String> {
    let picture = bench.picture();
    let lines = picture.lines().filter(|line| line.starts_with("│ A#"));
    lines
        .map(|line| line.chars().skip(2).take(3).collect())
        .collect()
}

#[test]
fn a_key_turns_the_order_round_and_another_column_begins_anew() {
    let mut runs = launched((80, 40));
    runs.bench.press("S");
    assert_eq!(order(&runs.bench), ["A#3", "A#2", "A#1"]);
    assert!(runs.bench.picture().contains("by number, last first"));
    runs.bench.press("s s");
    assert_eq!(order(&runs.bench), ["A#1", "A#3", "A#2"], "slowest first");
    runs.bench.press("S");
    assert_eq!(order(&runs.bench), ["A#2", "A#3", "A#1"], "fastest first");
}

#[test]
fn a_click_on_a_head_sorts_by_it_and_a_second_one_turns_it_round() {
    let mut runs = launched((120, 36));
    let picture = runs.bench.picture();
    let (row, head) = picture
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("# state"))
        .unwrap();
    let row = u16::try_from(row).unwrap();
    let column = |name: &str| {
        let (before, _) = head.split_once(name).unwrap();
        u16::try_from(before.chars().count()).unwrap()
    };
    let time = column("time");
    runs.bench.click(time, row);
    assert_eq!(order(&runs.bench), ["A#1", "A#3", "A#2"]);
    assert!(runs.bench.picture().contains("slowest first"));
    runs.bench.click(time, row);
    assert_eq!(order(&runs.bench), ["A#2", "A#3", "A#1"]);
    runs.bench.click(column("run "), row);
    assert_eq!(
        order(&runs.bench),
        ["A#2", "A#3", "A#1"],
        "by name: Lima, Oslo, Paris"
    );
    runs.bench.click(column("#"), row);
    assert_eq!(order(&runs.bench), ["A#1", "A#2", "A#3"]);
}

#[test]
fn a_pane_is_titled_by_what_differs_and_the_rest_is_said_once() {
    let mut runs = Runs::launch(bench((120, 36)), &["Rome"]);
    let cities = ["Paris", "Lima"];
    runs.launch_more(cities.map(|city| json!({"city": city, "shop": "north"})));
    let picture = runs.bench.picture();
    assert!(picture.contains("┌ B#1 Paris ─"), "{picture}");
    assert_eq!(picture.matches("shop=north").count(), 1, "{picture}");
    assert!(picture.contains("all with shop=north"), "{picture}");
    // The head of a batch says when it was launched, and under which profile.
    assert!(picture.contains("00:00 · 0.0s · offline"), "{picture}");
}

#[test]
fn the_end_of_a_head_is_dragged_and_stays_where_it_was_put() {
    let mut runs = launched((120, 36));
    let head = |runs: &Runs| -> (u16, String) {
        let picture = runs.bench.picture();
        let mut lines = picture.lines().zip(0..);
        let (line, row) = lines.find(|(line, _)| line.contains("# state")).unwrap();
        (row, line.to_owned())
    };
    let column = |line: &str, name: &str| -> u16 {
        let (before, _) = line.split_once(name).unwrap();
        u16::try_from(before.chars().count()).unwrap()
    };
    let (row, before) = head(&runs);
    let name = column(&before, "run ");
    // The blank before the next column's cells is the end of this one.
    let state_end = name - 1;
    let order_before = order(&runs.bench);
    runs.bench.drag((state_end, row), (state_end + 4, row));
    let (_, wider) = head(&runs);
    assert_eq!(column(&wider, "run "), name + 4, "{wider}");
    assert_eq!(order(&runs.bench), order_before, "dragging does not sort");
    let mut remembered = crate::tui::remembered::Remembered::default();
    runs.bench.state.screens.runs.remember(&mut remembered);
    assert_eq!(remembered.columns.get("state"), Some(&15));
    // Dragged together it is as wide as by itself again.
    runs.bench.drag((state_end + 4, row), (state_end - 12, row));
    assert_eq!(head(&runs).1, before);
}
