//! What is left out where there is little room: whole parts, never pieces.

use crate::trace::{RequestKind, RunState};
use crate::tui::testing::Harness;

use super::stage::Runs;

/// So many runs at work and so many that need a person, one that failed, one that waits.
fn many(width: u16) -> Runs {
    let bench = Harness::new((width, 24), &[]);
    let cities: Vec<String> = (0..214).map(|number| format!("City {number}")).collect();
    let cities: Vec<&str> = cities.iter().map(String::as_str).collect();
    let mut runs = Runs::launch(bench, &cities);
    for run in 0..213 {
        runs.state(run, RunState::Running);
    }
    for run in 0..12 {
        runs.ask(run);
    }
    runs.fail(12);
    runs.launch_more([serde_json::json!({"city": "Bern"})]);
    runs.bench.press("home down down");
    runs
}

/// Takes each part out of a line. Returns how many there were; nothing else may be left.
fn n_whole_parts(line: &str, parts: &[&str]) -> usize {
    let mut rest = line.to_owned();
    let mut n_parts = 0;
    for part in parts {
        n_parts += usize::from(rest.contains(part));
        rest = rest.replacen(part, "", 1);
    }
    assert_eq!(rest.trim(), "", "{line}");
    n_parts
}

#[test]
fn in_a_narrow_terminal_each_part_of_the_header_is_there_whole_or_not_at_all() {
    for width in 40..=100 {
        let runs = many(width);
        let picture = runs.bench.picture();
        let line = picture.lines().next().unwrap();
        let parts = [
            "flowdeck",
            "1 Specs",
            "2 Runs",
            "3 Inspect",
            "4 Compare",
            "5 History",
            "1 2 3 4 5",
            "offline model \u{b7} real tools",
            "offline model",
            "offline",
            // Cut, where that says enough.
            "offli\u{2026}",
            "\u{280b} 200 running",
            "\u{280b} 200",
            "? 12 need you",
            "? 12",
        ];
        let spaced = line.replace(" 1  2  3  4  5 ", " 1 2 3 4 5 ");
        let n_parts = n_whole_parts(&spaced, &parts);
        assert!(n_parts >= 4, "{width}: {line}");
        assert!(line.starts_with(" flowdeck"), "{width}: {line}");
        let column = line.find("? 12").unwrap();
        let column = u16::try_from(line.get(..column).unwrap().chars().count()).unwrap();
        let mut runs = runs;
        runs.bench.press("1").click(column, 0);
        assert!(
            runs.bench.picture().contains("book_taxi"),
            "{width}: a click on it leads to the run"
        );
    }
}

#[test]
fn the_counts_of_a_batch_are_there_whole_and_its_name_gives_way() {
    for width in [50, 60, 80, 100, 120] {
        let runs = many(width);
        let picture = runs.bench.picture();
        let line = picture.lines().nth(1).unwrap_or_default();
        let mut rows = picture.lines().skip(2);
        let row = rows.find(|line| line.contains(" A weather"));
        for row in [line, row.unwrap_or_else(|| panic!("{picture}"))] {
            for count in ["\u{280b} 200 ", "? 12 ", "\u{2717} 1"] {
                assert!(row.contains(count), "{width}, {count}: {row}");
            }
        }
    }
}

#[test]
fn in_the_smallest_terminal_an_answer_shows_what_is_typed() {
    let mut runs = Runs::launch(Harness::new((40, 10), &[]), &["Paris"]);
    runs.state(0, RunState::Running);
    let message = RequestKind::UserMessage {
        message: "Where to?".to_owned(),
        may_end: true,
    };
    runs.ask_for(0, message);
    runs.bench.press("i").type_text("To the airport");
    let picture = runs.bench.picture();
    assert!(picture.contains("To the airport"), "{picture}");
}
