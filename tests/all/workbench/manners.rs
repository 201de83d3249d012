//! The workbench at home on a terminal: settings that change, calls, options, lines in place of a screen.

use std::fs;
use std::path::Path;

use super::{ENTER, PROFILE, SPEC, desk};
use crate::terminal::Terminal;

fn config(home: &Path) -> std::path::PathBuf {
    let folder = home.join("XDG_CONFIG_HOME/flowdeck");
    fs::create_dir_all(&folder).unwrap();
    folder.join("config.toml")
}

#[test]
fn keys_that_are_written_while_it_runs_hold_at_once_and_a_mistake_is_told_with_its_line() {
    let home = desk();
    let config = config(home.path());
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("enter launch");
    fs::write(&config, "[keys]\nhelp = \"F9\"\n").unwrap();
    terminal.wait_for("F9 help");
    fs::write(&config, "[keys]\nhelp = \"F9\"\nfly = \"F8\"\n").unwrap();
    terminal.wait_for("config.toml: line 3: there is no action `fly`");
    fs::write(&config, "theme = \"light\"\n[keys]\n").unwrap();
    terminal.wait_for("? help");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

#[test]
fn a_folder_of_settings_that_is_made_later_is_seen_and_the_folder_above_it_too() {
    let home = desk();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("enter launch");
    fs::write(config(home.path()), "[keys]\nhelp = \"F9\"\n").unwrap();
    terminal.wait_for("F9 help");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_layout_is_there_again_after_a_restart() {
    let home = desk();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    let before = terminal.wait_until("the files", |screen| screen.contains("enter launch"));
    let frame = |screen: &str| {
        let line = screen.lines().nth(1).unwrap();
        line.chars().position(|sign| sign == '┐').unwrap()
    };
    let column = frame(&before) + 1;
    let mouse = |kind: u8, column: usize, end: char| format!("\x1b[<{kind};{column};9{end}");
    terminal.send(&mouse(0, column, 'M'));
    terminal.send(&mouse(32, column + 12, 'M'));
    terminal.send(&mouse(0, column + 12, 'm'));
    let dragged = terminal.wait_until("the wider pane", |screen| frame(screen) > column + 5);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let terminal = Terminal::start(home.path(), &[], (120, 36));
    let again = terminal.wait_until("the files", |screen| screen.contains("enter launch"));
    assert_eq!(frame(&again), frame(&dragged));
}

#[test]
fn a_terminal_without_the_focus_is_called_when_a_run_needs_a_person() {
    let home = desk();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 12 runs in 1 batch, 4 at once");
    assert_eq!(terminal.bells(), 0);
    // It loses the focus.
    terminal.send("\x1b[O");
    terminal.send(ENTER);
    terminal.wait_for("? 12 need you");
    assert_eq!(terminal.bells(), 1, "not once for each of twelve");
}

#[test]
fn ascii_and_no_mouse_hold_whatever_the_settings_say() {
    let home = desk();
    fs::write(config(home.path()), "ascii = false\nno_mouse = false\n").unwrap();
    let mut terminal = Terminal::start(home.path(), &["--ascii", "--no-mouse"], (80, 24));
    let screen = terminal.wait_until("the files", |screen| screen.contains("enter launch"));
    assert!(screen.is_ascii(), "{screen}");
    assert!(!terminal.has_mouse());
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn in_plain_lines_a_spec_is_run_and_asked_about_by_numbers() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("desk.yaml"), SPEC).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    let mut terminal = Terminal::start(home.path(), &["--plain"], (100, 60));
    terminal.wait_for("1  run a spec");
    terminal.send("7\n");
    terminal.wait_for("Write a number from 1 to 6, or q.");
    terminal.send("1\n");
    terminal.wait_for("1  desk.yaml");
    terminal.send("1\n");
    terminal.wait_for("[Please pay the refund of order A17.]");
    terminal.send("\n");
    terminal.wait_for("flowdeck run desk.yaml --message 'Please pay the refund of order A17.'");
    terminal.wait_for("Answer y; y and other arguments");
    terminal.send("y\n");
    terminal.wait_for("paid in full");
    assert!(!terminal.is_full_screen(), "lines are only added");
    terminal.wait_until("the choices again", |screen| {
        screen.matches("1  run a spec").count() >= 2
    });
    terminal.send("6\n");
    terminal.wait_for("No batch of this folder was interrupted.");
    terminal.send("q\n");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

#[test]
fn in_plain_lines_what_is_typed_after_a_question_was_given_up_is_not_lost() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("desk.yaml"), SPEC).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    let mut terminal = Terminal::start(home.path(), &["--plain"], (100, 60));
    terminal.wait_for("1  run a spec");
    terminal.send("1\n");
    terminal.wait_for("1  desk.yaml");
    terminal.send("1\n");
    terminal.wait_for("[Please pay the refund of order A17.]");
    terminal.send("\n");
    terminal.wait_for("Answer y; y and other arguments");
    terminal.send("\x03");
    terminal.wait_for("It ended with 130.");
    terminal.send("q\n");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn accessible_in_the_environment_asks_for_plain_lines() {
    let home = desk();
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let variables = [("ACCESSIBLE", "1")];
    let mut terminal = Terminal::start_program(program, home.path(), &[], &variables, (80, 24));
    terminal.wait_for("flowdeck in plain lines");
    terminal.send("q\n");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn a_tool_is_called_again_with_other_arguments_in_a_run_of_its_own() {
    let home = desk();
    let profile = PROFILE.replace("runs = 12", "runs = 1").replace(
        "value = \"paid in full\"",
        "command = [\"sh\", \"-c\", \"cat; echo\"]",
    );
    fs::write(home.path().join("flowdeck.toml"), profile).unwrap();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 1 run");
    terminal.send(ENTER);
    // It starts a program now, which is looked over once.
    terminal.wait_for("before its first run");
    terminal.send_until("y", "the run", |screen| screen.contains("needs you"));
    terminal.send("i");
    terminal.send_until("y", "the answer", |screen| screen.contains("◆ answered"));
    terminal.send("3");
    terminal.send_until("j", "the tool call", |screen| screen.contains("bound to"));
    terminal.send("R");
    terminal.wait_for("call pay_refund again, outside A#1");
    // The order is the last thing in its line, before a quotation mark.
    terminal.send("\x1b[D again");
    terminal.wait_for(" again\"");
    terminal.send(ENTER);
    terminal.wait_for("is called again in a run of its own");
    terminal.wait_for("pay_refund again");
    terminal.wait_for("? 1 needs you");
    terminal.send("!");
    terminal.send("i");
    terminal.send_until("y", "what the tool gave", |screen| {
        screen.contains("✓ finished")
    });
    terminal.wait_for(" again");
}
