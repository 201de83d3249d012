//! A prompt that is varied in three over several inputs, and compared as a matrix; runs that stand level by turn.

use std::fs;
use std::path::Path;

use super::{DOWN, ENTER, ESC, SPEC};
use crate::terminal::Terminal;

const RIGHT: &str = "\x1b[C";
const SHIFT_TAB: &str = "\x1b[Z";

/// An agent that has no tools, with a prompt that names its input.
fn guide() -> String {
    let (head, _) = SPEC.split_once("tools:").unwrap();
    head.replace("You pay refunds.", "You tell about {{city}}.")
        .replace("desk", "guide")
}

const PROFILE: &str = "\
default_profile = \"offline\"

[examples.\"guide.yaml\"]
message = \"How is it there?\"
inputs = \"cities.csv\"
at_once = 4
";

fn write_guide(home: &Path) {
    fs::write(home.join("guide.yaml"), guide()).unwrap();
    fs::write(home.join("cities.csv"), "city\nParis\nRome\nOslo\nLima\n").unwrap();
    fs::write(home.join("flowdeck.toml"), PROFILE).unwrap();
}

/// Whether a screen has lines, each with these words in this order.
fn has_line(screen: &str, words: &[&str]) -> bool {
    screen.lines().any(|line| {
        let mut rest = line;
        words.iter().all(|word| match rest.split_once(word) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
}

#[test]
fn a_prompt_varied_in_three_is_compared_as_a_matrix() {
    let home = tempfile::tempdir().unwrap();
    write_guide(home.path());
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: Agent");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 4 runs in 1 batch");
    // Up from the button: message, rows, the input, stubs, answers, what is varied.
    terminal.send(&SHIFT_TAB.repeat(6));
    terminal
        .send("guide.system_prompt=\"Be brief about {{city}}.\",\"Be kind to {{city}}.\",\"Praise {{city}}.\"");
    terminal.wait_for("= 12 runs in 1 batch");
    terminal.send(ENTER);
    terminal.wait_until("all answers", |screen| screen.contains("◆ 12"));

    terminal.send("4");
    let rate = "100 %  4/4";
    let mut expected = vec![
        vec!["4 inputs × 3 variants of system_prompt"],
        vec!["a", "Be brief about", "b", "Be kind to", "c", "Praise"],
        vec!["success", rate, rate, rate],
        vec!["time p95", "s", "s", "s"],
    ];
    expected.extend(["Paris", "Rome", "Oslo", "Lima"].map(|city| vec![city, "◆", "◆", "◆"]));
    terminal.wait_until("the matrix", |screen| {
        expected.iter().all(|words| has_line(screen, words))
    });

    // The cell of Rome with the second prompt is the fifth run.
    terminal.send(RIGHT);
    terminal.send(DOWN);
    terminal.wait_until("the run of the cell", |screen| {
        screen.contains("A#5  ◆ answered")
    });
    terminal.send("c");
    terminal.wait_until("the runs of the row", |screen| {
        let more = ["+", "-", "="].map(|sign| has_line(screen, &["tokens", sign]));
        screen.contains("compare 3 runs")
            && has_line(screen, &["A#4 Rome", "A#5", "A#6 Rome"])
            && more.contains(&true)
            && has_line(screen, &["user", "How is it there?"])
            && has_line(screen, &["agent"])
    });
    terminal.send("D");
    terminal.wait_until("the prompts in meaning", |screen| {
        // The model has no id in the file: the ids that its variants were given are no difference.
        screen.contains("~ system_prompt") && !screen.contains("~ id")
    });
    terminal.send("q");
    terminal.send(ESC);
    terminal.wait_for("4 inputs × 3 variants");
    terminal.send(ENTER);
    terminal.wait_until("the run among the others", |screen| {
        screen.contains("1 marked") && screen.contains("A#5")
    });

    // The same runs level by turn.
    terminal.send("v");
    terminal.wait_until("columns by turn", |screen| screen.contains("turn 1 ─"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

#[test]
fn past_batches_are_compared_as_a_matrix_and_run_by_run() {
    let home = tempfile::tempdir().unwrap();
    write_guide(home.path());
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: Agent");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 4 runs in 1 batch");
    terminal.send(&SHIFT_TAB.repeat(6));
    terminal.send("guide.system_prompt=\"Be brief about {{city}}.\",\"Praise {{city}}.\"");
    terminal.wait_for("= 8 runs in 1 batch");
    terminal.send(ENTER);
    terminal.wait_until("all answers", |screen| screen.contains("◆ 8"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: Agent");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send("5");
    terminal.wait_for("8 runs");
    // On the head of the batch.
    terminal.send("c");
    let expected = [
        &["compare past b_", "4 inputs × 2 variants of system_prompt"][..],
        &["a", "Be brief about", "b", "Praise"],
        &["success", "100 %  4/4", "100 %  4/4"],
        &["Lima", "◆", "◆"],
    ];
    terminal.wait_until("the matrix", |screen| {
        expected.iter().all(|words| has_line(screen, words))
    });
    terminal.send(RIGHT);
    terminal.send("c");
    terminal.wait_until("the runs of the row", |screen| {
        has_line(screen, &["past b_", "#1", "past b_", "#2"])
            && has_line(screen, &["user", "How is it there?"])
    });
    terminal.send("D");
    terminal.wait_for("~ system_prompt");
    terminal.send("q");
    terminal.send(ESC);
    terminal.wait_for("4 inputs × 2 variants");
    terminal.send(ESC);
    terminal.wait_for("history · this folder");

    // Two runs of it that are marked.
    terminal.send(DOWN);
    terminal.send("  ");
    terminal.wait_for("2 marked");
    terminal.send("c");
    terminal.wait_until("two runs that are read", |screen| {
        // Not the list of the history, of which rows may be left while the frame is drawn.
        screen.contains("compare 2 runs") && has_line(screen, &["user", "How is it there?"])
    });
    terminal.send(ENTER);
    terminal.wait_until("the past run on Inspect", |screen| {
        screen.contains("AgentExecution guide") && screen.contains("past b_")
    });
    terminal.send("5");
    terminal.wait_for("2 marked");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}
