//! The launch dialog and `flowdeck run`: what is filled in is a command line that does the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::ENTER;
use crate::terminal::Terminal;

const SHIFT_TAB: &str = "\x1b[Z";
const CTRL_Y: &str = "\x19";

const SPEC: &str = "\
component_type: Agent
agentspec_version: 26.1.2
id: guide
name: guide
system_prompt: You tell about {{city}} in {{days}} days.
inputs:
  - {title: city, type: string}
  - {title: days, type: integer, default: 3}
llm_config: {component_type: OllamaConfig, name: llama, url: 'http://localhost:11434', model_id: llama3.2}
tools:
  - {component_type: ServerTool, name: get_weather, description: The weather., inputs: [{title: city, type: string}], outputs: [{title: sky, type: string}]}
";

const PROFILE: &str = "\
default_profile = \"offline\"

[profiles.small]
model = \"offline\"
at_once = 2

[examples.\"a guide.yaml\"]
message = \"What's the weather in {{city}}?\"
inputs = \"cities.csv\"
";

/// A program of the same home as the terminal's.
fn shell(home: &Path, line: &str) -> Value {
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let line = format!("PATH=\"$0:$PATH\"; {line}");
    // In any other folder it must mean the same.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(program.parent().unwrap());
    command.current_dir(elsewhere.path());
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        command.env(name, home.join(name));
    }
    let ended = command.output().unwrap();
    let printed = String::from_utf8(ended.stdout).unwrap();
    serde_json::from_str(&printed).unwrap_or_else(|error| {
        panic!(
            "{line}\n{error}\n{printed}{}",
            String::from_utf8_lossy(&ended.stderr)
        )
    })
}

/// What was planned for each run of a batch, and not what came of it.
fn planned(home: &Path, batch: &str) -> Vec<Value> {
    let shown = shell(
        home,
        &format!("flowdeck history show {batch} --format json"),
    );
    let runs = shown["runs"].as_array().unwrap().iter();
    runs.map(|run| {
        json!({
            "inputs": run["inputs"], "variant": run["variant"], "stubbed": run["stubbed"],
            "asked": run["messages"][0]["content"],
        })
    })
    .collect()
}

#[test]
fn the_command_line_of_the_dialog_plans_the_same_batch_in_a_shell() {
    let home = tempfile::tempdir().unwrap();
    // A shell would part the name at its blank.
    fs::write(home.path().join("a guide.yaml"), SPEC).unwrap();
    fs::write(
        home.path().join("cities.csv"),
        "city\nParis\n\"Rome's, $HOME\"\n",
    )
    .unwrap();
    fs::write(
        home.path().join("answers.yaml"),
        "messages: [\"Thanks.\"]\n",
    )
    .unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: Agent");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 2 runs in 1 batch");
    // Up from the button: stubs, answers, three numbers, vary, message, rows, combine.
    terminal.send(SHIFT_TAB);
    terminal.send("get_weather={\"sky\": \"it's clear; 20 °C\"}");
    terminal.wait_for("get_weather  stubbed: ");
    terminal.send(SHIFT_TAB);
    terminal.send("answers.yaml");
    terminal.send(&SHIFT_TAB.repeat(4));
    terminal.send(
        "guide.system_prompt=\"{{city}}, {{days}}, brief\",\"{{city}}, {{days}}: it's 'kind'\"",
    );
    terminal.wait_for("= 4 runs in 1 batch");
    terminal.send(&SHIFT_TAB.repeat(3));
    terminal.send("days=1,2");
    terminal.wait_for("= 8 runs in 1 batch");
    terminal.wait_for("row 1  city=Paris  days=1");
    terminal.send(CTRL_Y);
    let line = terminal.wait_for_copies();
    terminal.send(ENTER);
    terminal.wait_until("all answers", |screen| screen.contains("◆ 8"));
    terminal.wait_for("stubbed");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    let ran = shell(home.path(), &format!("{line} --format json"));
    let batch = ran["batch"].as_str().unwrap();
    let listed = shell(home.path(), "flowdeck history list --format json");
    let mut batches: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["batch"].as_str().unwrap())
        .collect();
    batches.dedup();
    let [newest, of_dialog] = batches[..] else {
        panic!("{batches:?}");
    };
    assert_eq!(newest, batch);
    let expected = planned(home.path(), of_dialog);
    assert_eq!(planned(home.path(), batch), expected);
    assert_eq!(expected.len(), 8);
    assert_eq!(
        expected[7],
        json!({
            "inputs": {"city": "Rome's, $HOME", "days": 2},
            "variant": {"guide.system_prompt": "{{city}}, {{days}}: it's 'kind'"},
            "stubbed": ["get_weather"],
            "asked": "What's the weather in Rome's, $HOME?",
        })
    );
    assert!(line.contains(" --answers "), "{line}");
}

#[test]
fn what_was_filled_in_is_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a guide.yaml"), SPEC).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    fs::write(home.path().join("cities.csv"), "city\nParis\n").unwrap();
    for is_first in [true, false] {
        let mut terminal = Terminal::start(home.path(), &[], (80, 24));
        terminal.wait_for("component_type: Agent");
        terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
        terminal.send(ENTER);
        if is_first {
            terminal.wait_for("= 1 run in 1 batch");
            terminal.send(&SHIFT_TAB.repeat(9));
            terminal.send("days=1,2,3");
            terminal.wait_for("= 3 runs in 1 batch");
            terminal.send(ENTER);
            terminal.wait_until("all answers", |screen| screen.contains("◆ 3"));
        } else {
            terminal.wait_for("= 3 runs in 1 batch");
            terminal.send("\x1b");
            terminal.wait_until("the dialog to close", |screen| {
                !screen.contains("launch guide")
            });
        }
        terminal.send("q");
        assert!(terminal.wait_for_end().success());
    }
}
