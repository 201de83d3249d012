//! The marked secret on the screen: its cells, Inspect, the clipboard, what is said of a place, notices, the log, the state
//! that is kept.

use std::fs;
use std::path::Path;

use crate::program::file;
use crate::secrets::{MARK, check_unmarked, repeater};
use crate::terminal::Terminal;

const ESC: &str = "\x1b";
const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";
const F1: &str = "\x1bOP";

/// An agent whose model is elsewhere, and whose one tool is a program. The key and the address are the profile's.
const SPEC: &str = "\
component_type: Agent
agentspec_version: 26.1.2
id: a
name: a
system_prompt: Be short.
llm_config:
  component_type: OpenAiCompatibleConfig
  id: m
  name: m
  model_id: m
  url: http://h
  api_key: {$component_ref: m.api_key}
tools:
  - {component_type: ServerTool, id: t, name: t}
";

/// All text of the files in a folder and below it.
fn texts_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        text += &if path.is_dir() {
            texts_below(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
    }
    text
}

#[test]
fn no_screen_shows_a_secret_nor_does_what_is_copied_logged_or_kept() {
    let host = repeater();
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "a.yaml", SPEC);
    let profile = format!(
        "default_profile = \"p\"
[[profiles.p.llm]]
match = \"*\"
url = \"http://ann:{MARK}@{host}/v1?key={MARK}\"
api_key = {{ command = \"echo {MARK}\" }}
[tools.t]
command = [\"serve\", \"--token={MARK}\"]
[examples.\"a.yaml\"]
message = \"Hello.\"
"
    );
    file(home.path(), "flowdeck.toml", profile);
    let mut terminal = Terminal::start(home.path(), &["-vv", "--log", "log"], (160, 50));
    terminal.wait_for("enter launch");
    // Keys that come before the text do nothing.
    terminal.wait_for("component_type: Agent");
    // What a name in the file means.
    terminal.send("e");
    terminal.wait_for("ctrl-space complete");
    terminal.send(&DOWN.repeat(10));
    terminal.send(&RIGHT.repeat(3));
    for name in ["url", "api_key"] {
        let title = format!("{name} of OpenAiCompatibleConfig");
        terminal.send_until(F1, &title, |screen| screen.contains(&title));
        check_unmarked(&terminal.screen());
        terminal.send(ESC);
        terminal.wait_until("no description", |screen| !screen.contains(&title));
        terminal.send(DOWN);
    }
    terminal.send(ESC);
    terminal.wait_for("enter launch");
    for (keys, shown) in [
        ("\r", "= 1 run"),
        ("\r", "starts these programs"),
        ("y", "answered 401"),
        ("3", "LlmGeneration m"),
        ("jj", "tools offered"),
        ("\tl", "you sent"),
    ] {
        terminal.send(keys);
        check_unmarked(&terminal.wait_for(shown));
    }
    terminal.send("y");
    let copied = terminal.wait_for_copies();
    assert!(copied.contains("you sent"), "{copied}");
    check_unmarked(&copied);
    terminal.send("L");
    check_unmarked(&terminal.wait_for("┌ notices"));
    terminal.send(ESC);
    terminal.wait_until("no notices", |screen| !screen.contains("┌ notices"));
    terminal.send("qq");
    terminal.wait_for_end();
    let log = fs::read_to_string(home.path().join("log")).unwrap();
    check_unmarked(&log);
    for kept in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        if home.path().join(kept).exists() {
            check_unmarked(&texts_below(&home.path().join(kept)));
        }
    }
}
