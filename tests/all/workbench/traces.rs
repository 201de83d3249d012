//! Runs that were recorded elsewhere, on a real terminal.

use super::*;

use crate::program::repository;

#[test]
fn a_trace_is_opened_another_is_dropped_and_both_stay_as_they_are() {
    let home = tempfile::tempdir().unwrap();
    let traces = repository().join("tests/data/traces");
    for name in ["flowdeck.jsonl", "wayflow.jsonl"] {
        fs::copy(traces.join(name), home.path().join(name)).unwrap();
    }
    let mut terminal = Terminal::start(home.path(), &["open", "flowdeck.jsonl"], (120, 36));
    terminal.wait_for("t1#1 Paris");
    terminal.wait_for("AgentExecution city_desk");
    terminal.send("f");
    terminal.wait_for("it was opened from a trace");
    // A terminal pastes the path of what is dropped on it.
    let path = home.path().join("wayflow.jsonl");
    terminal.send(&format!("\x1b[200~{}\x1b[201~", path.display()));
    terminal.wait_for("t2 desk ×3");
    terminal.wait_for("t3 slogan ×1");
    terminal.send("\r\r");
    terminal.wait_for("LlmGeneration model");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
    for name in ["flowdeck.jsonl", "wayflow.jsonl"] {
        let before = fs::read(traces.join(name)).unwrap();
        assert!(
            fs::read(home.path().join(name)).unwrap() == before,
            "{name}"
        );
    }
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.send("5");
    terminal.wait_for("no run of this folder is recorded");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}
