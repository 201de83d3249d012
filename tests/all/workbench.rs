//! The workbench as a person meets it: the binary in a pseudo-terminal, keys in, screens out.

mod compare;
mod editor;
mod far;
mod handing_on;
mod history;
mod inbox;
mod launch;
mod manners;
mod team;
mod traces;

use std::fs;
use std::path::Path;

use flowdeck::program::{Features, Screen};
use tempfile::TempDir;

use crate::terminal::Terminal;

const ESC: &str = "\x1b";
const ENTER: &str = "\r";
const CTRL_S: &str = "\x13";
const DOWN: &str = "\x1b[B";
const END: &str = "\x1b[F";

const SPEC: &str = "\
# The desk asks before it pays.
component_type: Agent
agentspec_version: 26.1.2
id: desk
name: desk
system_prompt: You pay refunds.
llm_config:
  component_type: OllamaConfig
  name: llama
  url: http://localhost:11434
  model_id: llama3.2
tools:
  - component_type: ServerTool
    name: pay_refund
    description: Pay the refund of an order.
    requires_confirmation: true
    inputs:
      - {title: order, type: string, description: Name of the order}
    outputs:
      - {title: receipt, type: string}
";

const PROFILE: &str = "\
default_profile = \"offline\"

[tools.pay_refund]
value = \"paid in full\"

[examples.\"desk.yaml\"]
message = \"Please pay the refund of order A17.\"
runs = 12
at_once = 4
";

/// A folder with one spec whose 12 runs all ask for a yes.
fn desk() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("desk.yaml"), SPEC).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    home
}

/// The whole job, from the first look to the way out.
fn whole_job(size: (u16, u16)) {
    let home = desk();
    let terminal = Terminal::start(home.path(), &[], size);
    whole_job_in(terminal, home.path());
}

/// The same in a terminal in which flowdeck has the folder of the desk open.
fn whole_job_in(mut terminal: Terminal, home: &Path) {
    terminal.wait_for("desk.yaml");
    terminal.wait_for("offline model");
    terminal.wait_for("system_prompt: You pay");

    edit_the_prompt(&mut terminal, home);
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 12 runs in 1 batch, 4 at once");
    terminal.send(ENTER);
    terminal.wait_for("? 12 need you");

    answer_one(&mut terminal);
    terminal.send("!o");
    terminal.send("x");
    terminal.wait_until("one run fewer that needs a person", |s| {
        s.contains("? 10 need you")
    });
    inspect_the_tool_call(&mut terminal);
    export_the_spec(&mut terminal, home);

    terminal.send("q");
    terminal.wait_for("10 runs are alive");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

fn edit_the_prompt(terminal: &mut Terminal, folder: &Path) {
    terminal.send("e");
    terminal.wait_for("ctrl-space complete");
    terminal.send(&DOWN.repeat(5));
    terminal.send(END);
    terminal.send(" Be kind.");
    terminal.wait_for("refunds. Be kind.");
    terminal.send(CTRL_S);
    terminal.wait_until("the file to be written", |screen| {
        !screen.contains("unsaved")
    });
    let saved = fs::read_to_string(folder.join("desk.yaml")).unwrap();
    assert_eq!(
        saved,
        SPEC.replace("refunds.", "refunds. Be kind."),
        "comments and order are kept"
    );
    terminal.send(ESC);
}

fn answer_one(terminal: &mut Terminal) {
    terminal.send("!");
    terminal.wait_for("requests, the oldest first");
    terminal.send("o");
    terminal.wait_for("pay_refund");
    terminal.send("i");
    // The question ignores keys for a moment after it appears, so that nobody says yes by accident.
    terminal.send_until("y", "a yes that is taken", |screen| {
        screen.contains("? 11 need you")
    });
    terminal.wait_until("the answer that follows", |screen| {
        screen.contains("◆ answered") && !screen.contains("running")
    });
}

fn inspect_the_tool_call(terminal: &mut Terminal) {
    terminal.send("/");
    terminal.send("state:answered");
    terminal.send(ENTER);
    terminal.wait_until("the answered run alone", |screen| {
        screen.contains("answered")
    });
    terminal.send("3");
    terminal.wait_for("ToolExecution pay_ref");
    terminal.send_until("j", "the tool call's arguments", |screen| {
        screen.contains("bound to")
    });
    terminal.send("\t");
    terminal.send("l");
    terminal.wait_for("paid in full");
}

fn export_the_spec(terminal: &mut Terminal, folder: &Path) {
    terminal.send("1");
    terminal.wait_for("enter launch");
    terminal.send("x");
    terminal.wait_for("export");
    terminal.send(ENTER);
    terminal.wait_for("exported to");
    let exported = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && !path.ends_with("desk.yaml"))
        .find_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.contains("component_type").then_some(text)
        });
    assert!(exported.expect("a file was written").contains("Be kind."));
}

#[test]
fn the_whole_job_in_a_small_terminal() {
    whole_job((80, 24));
}

#[test]
fn the_whole_job_in_a_wide_terminal() {
    whole_job((120, 36));
}

#[test]
fn a_resize_draws_anew_and_loses_nothing() {
    let home = desk();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("outline");
    for size in [(60, 12), (30, 8), (200, 60), (80, 24)] {
        terminal.resize(size);
    }
    terminal.wait_until("the screen at its last size", |screen| {
        screen.contains("desk.yaml") && screen.lines().count() <= 24
    });
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}

#[test]
fn a_signal_leaves_the_terminal_sane() {
    use rustix::process::Signal;
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let home = desk();
        let mut terminal = Terminal::start(home.path(), &[], (80, 24));
        terminal.wait_for("desk.yaml");
        terminal.signal(signal);
        terminal.wait_for_end();
        terminal.assert_sane();
    }
}

/// Set for the process that takes the terminal and panics.
const PANICS: &str = "FLOWDECK_TEST_PANICS";

#[test]
fn a_panic_leaves_the_terminal_sane_and_is_told() {
    let home = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let arguments = [
        "--exact",
        "workbench::panics_with_the_terminal",
        "--nocapture",
    ];
    let mut terminal = Terminal::start_program(
        &program,
        home.path(),
        &arguments,
        &[(PANICS, "1")],
        (80, 24),
    );
    assert!(!terminal.wait_for_end().success());
    terminal.assert_sane();
    assert!(
        terminal.screen().contains("a fault of ours"),
        "{}",
        terminal.screen()
    );
}

#[tokio::test]
async fn panics_with_the_terminal() {
    if std::env::var_os(PANICS).is_none() {
        return;
    }
    let _screen = Screen::enter(true, Features::default()).unwrap();
    panic!("a fault of ours");
}

#[test]
fn a_picture_that_is_dropped_on_the_box_goes_with_the_answer() {
    let home = desk();
    let picture = home.path().join("cat.png");
    fs::write(&picture, b"\x89PNG\r\n\x1a\nrest").unwrap();
    let profile = PROFILE.replace("runs = 12", "runs = 1");
    fs::write(home.path().join("flowdeck.toml"), profile).unwrap();
    let spec: String = SPEC.split("tools:").take(1).collect();
    fs::write(home.path().join("desk.yaml"), spec).unwrap();
    let mut terminal = Terminal::start(home.path(), &[], (100, 30));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 1 run");
    terminal.send(ENTER);
    terminal.wait_for("◆ answered");
    terminal.send("i");
    terminal.wait_for("your message");
    terminal.send(&format!("\x1b[200~{}\x1b[201~", picture.display()));
    terminal.wait_for("/image ");
    terminal.send("What is it?");
    terminal.wait_for("What is it?");
    terminal.send(ENTER);
    terminal.wait_for("[picture: cat.png, image/png, 12 bytes]");
}
