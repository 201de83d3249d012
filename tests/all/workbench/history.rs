//! Runs outlive the workbench: killed, resumed by one key, found again.

use super::*;

/// Launches the 12 runs of the desk, which all ask for a yes.
fn launched(home: &TempDir) -> Terminal {
    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 12 runs in 1 batch, 4 at once");
    terminal.send(ENTER);
    terminal.wait_for("? 12 need you");
    terminal
}

#[test]
fn what_was_killed_is_resumed_by_one_key_and_found_next_time() {
    let home = desk();
    let terminal = launched(&home);
    terminal.signal(rustix::process::Signal::KILL);
    drop(terminal);

    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.wait_for("12 interrupted");
    terminal.wait_for("I resume all");
    terminal.send("I");
    terminal.wait_for("? 12 need you");
    terminal.wait_until("no run that is left", |screen| {
        !screen
            .lines()
            .next()
            .unwrap_or_default()
            .contains("interrupted")
    });
    answer_one(&mut terminal);
    terminal.send("!");
    terminal.send("x");
    terminal.wait_for("? 10 need you");
    terminal.send("q");
    terminal.wait_for("10 runs are alive");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();

    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.send("5");
    terminal.wait_for("■ cancelled");
    terminal.wait_for("10 interrupted");
    terminal.send("/");
    terminal.send("state:cancelled order A1");
    terminal.wait_for("/state:cancelled order A1");
    terminal.send(ENTER);
    // The words of a run are found once it is tidied.
    terminal.send_until("5", "the run that was cancelled", |screen| {
        screen.contains(" 1 run ") && screen.contains("■ cancelled")
    });
    terminal.send("j");
    terminal.send(ENTER);
    terminal.wait_for("past b_");
    terminal.wait_for("LlmGeneration");
    terminal.send(ESC);
    terminal.wait_for("this folder");
    terminal.send("D");
    terminal.wait_for("as it ran → now");
    terminal.send("q");
    terminal.send("x");
    terminal.wait_for("exported to");
    terminal.send("d");
    terminal.wait_for("Delete run");
    terminal.send("d");
    terminal.wait_for("1 run deleted");
    terminal.wait_for("no run fits the filter");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
