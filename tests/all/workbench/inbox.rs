//! Many runs of which several want the same of a person, who answers them at one go.

use std::fmt::Write;
use std::fs;

use super::{ENTER, SPEC};
use crate::terminal::Terminal;

const PROFILE: &str = "\
default_profile = \"offline\"

[tools.pay_refund]
value = \"paid in full\"

[examples.\"desk.yaml\"]
message = \"{{wish}}\"
inputs = \"wishes.csv\"
at_once = 250
";

/// How many runs there are, how many of them want the same refund, and how many another one.
const RUNS: usize = 500;
const ALIKE: usize = 14;
const OTHERS: usize = 2;

/// A row for each run.
fn wishes() -> String {
    let mut rows = "wish\n".to_owned();
    for row in 0..RUNS {
        let wish = match row {
            row if row % 36 == 7 => "Please pay_refund for order A17.".to_owned(),
            100 | 200 => format!("Please pay_refund for order B{row}."),
            _ => format!("Say hello to guest number {}.", row % 3),
        };
        writeln!(rows, "{wish}").unwrap();
    }
    rows
}

#[test]
fn of_500_runs_14_want_the_same_refund_and_are_answered_alike() {
    let home = tempfile::tempdir().unwrap();
    fs::write(
        home.path().join("desk.yaml"),
        SPEC.replace("pay refunds", "help with {{wish}}"),
    )
    .unwrap();
    fs::write(home.path().join("wishes.csv"), wishes()).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: Agent");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 500 runs in 1 batch");
    terminal.send(ENTER);
    let all = format!("? {} need you", ALIKE + OTHERS);
    terminal.wait_for(&all);

    terminal.send("!");
    terminal.wait_for(&format!("inbox · {} requests", ALIKE + OTHERS));
    let screen = terminal.wait_for("14 runs pay_refund {");
    // The oldest is first, and which that is of those that began together is open.
    let rows = screen.lines().filter_map(|line| line.split("││").next());
    let mut asking = rows.filter(|row| row.contains("pay_refund {"));
    let n_before = asking.position(|row| row.contains("14 runs")).unwrap();
    terminal.send(&"j".repeat(n_before));
    terminal.wait_for(&format!("{ALIKE} runs ask this"));
    terminal.send("a");
    terminal.wait_for(&format!("all {ALIKE} runs"));
    terminal.send_until("y", "the others alone", |screen| {
        screen.contains(&format!("? {OTHERS} need you"))
    });
    // Those of the others differ: each is a row of its own, and is answered apart.
    terminal.wait_until("two rows", |screen| screen.contains("inbox · 2 requests"));
    terminal.send("i");
    terminal.wait_for("wants your yes");
    terminal.send("n");
    terminal.send_until("n", "the reason", |screen| {
        screen.contains("why not pay_refund?")
    });
    terminal.send(ENTER);
    terminal.wait_for("? 1 needs you");
    terminal.send("\x1b");
    terminal.wait_until("every other run answered", |screen| {
        screen.contains("499 ") && !screen.contains("running")
    });

    // What came of them, in a line.
    terminal.send("o");
    terminal.wait_until("the groups", |screen| {
        screen.contains("1 asks you") && screen.contains("same answer")
    });
    terminal.send("q");
    terminal.wait_for("1 run is alive");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}
