//! Runs outlive the workbench: killed, resumed by one key, found again.

use super::*;

/// Launches the runs of the desk, which all ask for a yes.
fn launched(home: &TempDir, n_runs: usize) -> Terminal {
    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for(&format!("= {n_runs} runs in 1 batch"));
    terminal.send(ENTER);
    terminal.wait_for(&format!("? {n_runs} need you"));
    terminal
}

/// Whether the first line says this.
fn header_says(screen: &str, words: &str) -> bool {
    let header = screen.lines().next();
    header.is_some_and(|header| header.contains(words))
}

#[test]
fn what_was_killed_is_resumed_by_one_key_and_found_next_time() {
    let home = desk();
    let terminal = launched(&home, 12);
    terminal.signal(rustix::process::Signal::KILL);
    drop(terminal);

    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.wait_for("12 interrupted");
    terminal.send("2");
    terminal.wait_for("I resume all");
    terminal.send("I");
    terminal.wait_for("? 12 need you");
    terminal.wait_until("no run that is left", |screen| {
        !header_says(screen, "interrupted")
    });
    answer_one(&mut terminal);
    terminal.send("!o");
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
    terminal.wait_for("no run matches the filter");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn of_fifty_that_were_killed_one_is_resumed_then_all_and_one_is_forked_compared_found_and_played() {
    let home = desk();
    let profile = PROFILE
        .replace("runs = 12", "runs = 50")
        .replace("at_once = 4", "at_once = 50");
    fs::write(home.path().join("flowdeck.toml"), profile).unwrap();
    let terminal = launched(&home, 50);
    terminal.signal(rustix::process::Signal::KILL);
    drop(terminal);

    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.wait_for("50 interrupted");
    one_alone_then_all(&mut terminal);
    fork_another_result(&mut terminal);
    terminal.send("c");
    terminal.wait_until("the first difference", |screen| {
        screen.contains("pay_refund gives") && screen.contains("paid in full, twice")
    });
    terminal.send("q");
    terminal.send("q");
    terminal.wait_for("are alive");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    let mut terminal = Terminal::start(home.path(), &[], (120, 30));
    terminal.send("5");
    terminal.wait_for("interrupted");
    terminal.send("/");
    terminal.send("in full twice");
    terminal.wait_for("/in full twice");
    terminal.send(ENTER);
    // The words of a run are found once it is tidied.
    terminal.send_until("5", "the fork alone", |screen| {
        screen.contains(" 1 run ") && screen.contains("fork of r_")
    });
    terminal.send("j");
    terminal.send("c");
    terminal.wait_for("paid in full, twice");
    terminal.send("q");
    terminal.wait_for("this folder");
    terminal.send("p");
    terminal.wait_for("replay  1x");
    terminal.send(END);
    terminal.wait_for("◆ answered");
    terminal.send("x");
    terminal.wait_for("a replay only shows what was recorded");
    terminal.send(ESC);
    terminal.wait_for("this folder");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

/// `R` on a run of History resumes that run alone, `I` all that are left; they come to it in one batch.
fn one_alone_then_all(terminal: &mut Terminal) {
    terminal.send("5");
    terminal.wait_for("↯ interrupted");
    terminal.send("j");
    terminal.send("R");
    terminal.wait_until("one run that goes on", |screen| {
        header_says(screen, "? 1 needs you") && header_says(screen, "49 interrupted")
    });
    terminal.send("I");
    terminal.wait_until("all runs going on", |screen| {
        header_says(screen, "? 50 need you") && !header_says(screen, "interrupted")
    });
}

/// Answers a run, and forks it where its tool gives something else.
fn fork_another_result(terminal: &mut Terminal) {
    terminal.send("!o");
    terminal.wait_for("pay_refund");
    terminal.send("i");
    terminal.send_until("y", "a yes that is taken", |screen| {
        screen.contains("? 49 need you")
    });
    terminal.wait_until("the answer that follows", |screen| {
        screen.contains("◆ answered") && !screen.contains("running")
    });
    terminal.send("3");
    terminal.wait_for("ToolExecution pay_ref");
    terminal.send_until("j", "the tool call's arguments", |screen| {
        screen.contains("bound to")
    });
    terminal.send("f");
    terminal.wait_for("the result of pay_refund");
    terminal.send(", twice");
    terminal.wait_for("paid in full, twice");
    terminal.send(ENTER);
    terminal.wait_for("forked at entry");
    // It asks nothing more: its call was confirmed before that place.
    terminal.wait_until("the fork, answered", |screen| {
        screen.contains("B#1 ◆ answered")
    });
    terminal.send("3");
    terminal.wait_for("fork of A#");
}
