//! The editor as a person uses it: several files, fixes, the form, the disk that changes under it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{CTRL_S, DOWN, ENTER, ESC, SPEC, desk};
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (120, 36);
const OLD: &str = "# too old for what it is\ncomponent_type: LlmConfig\nagentspec_version: '25.4.1'   # quoted\nid: m\nname: \"m\"\nmodel_id: m\n";

/// Keys that a person takes a moment between; each is taken before the next is sent.
fn sent(terminal: &mut Terminal, keys: &str, then: &str) {
    terminal.send(keys);
    terminal.wait_for(then);
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn several_files_are_edited_beside_each_other_and_are_open_again_after_a_restart() {
    let home = desk();
    let folder = home.path();
    fs::write(folder.join("old.yaml"), OLD).unwrap();
    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");

    sent(&mut terminal, "e", "ctrl-space complete");
    sent(&mut terminal, "# one", "desk.yaml ● unsaved");
    sent(&mut terminal, ESC, "enter launch");
    sent(&mut terminal, DOWN, "desk.yaml ● │ old.yaml");
    terminal.wait_for("needs agentspec_version");

    // The key on the problem fixes it, in its place alone.
    sent(&mut terminal, "\x1bj", "f fix");
    sent(&mut terminal, "f", "agentspec_version: 26.1.2   # quoted");
    sent(
        &mut terminal,
        "q",
        "2 files have unsaved edits: desk.yaml, old.yaml",
    );
    terminal.send("w");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
    assert_eq!(text(folder, "old.yaml"), OLD.replace("'25.4.1'", "26.1.2"));
    assert_eq!(text(folder, "desk.yaml"), format!("# one{SPEC}"));

    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("desk.yaml │ old.yaml");
    terminal.wait_for("model_id: m");
    sent(&mut terminal, "[", "# one# The desk asks");
    sent(&mut terminal, "\x1bw", "model_id: m");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn the_form_changes_its_fields_alone_and_a_deleted_file_comes_back() {
    let home = desk();
    let folder = home.path();
    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    sent(&mut terminal, "f", "change desk.yaml");
    sent(&mut terminal, " Always.", "You pay refunds. Always.");
    terminal.send(ENTER);
    terminal.wait_for("tab goes to the next");
    terminal.send("\t\t\t\t");
    sent(&mut terminal, "0.25", "puts it into the text");
    terminal.send(ENTER);
    terminal.wait_for("tab goes to the next");
    sent(&mut terminal, ESC, "temperature: 0.25");
    terminal.send(CTRL_S);
    terminal.wait_for("saved desk.yaml");
    let expected = SPEC.replace("refunds.", "refunds. Always.").replace(
        "  component_type: OllamaConfig\n",
        "  component_type: OllamaConfig\n  default_generation_parameters:\n    temperature: 0.25\n",
    );
    assert_eq!(text(folder, "desk.yaml"), expected);

    sent(&mut terminal, "X", "deleted desk.yaml: u brings it back");
    assert!(!folder.join("desk.yaml").exists());
    sent(&mut terminal, "u", "desk.yaml is back");
    assert_eq!(text(folder, "desk.yaml"), expected);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn what_happens_on_disk_under_unsaved_edits_is_marked_and_loses_nothing() {
    let home = desk();
    let folder = home.path();
    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    sent(&mut terminal, "e", "ctrl-space complete");
    sent(&mut terminal, "# mine ", "# mine # The desk");
    fs::write(folder.join("desk.yaml"), format!("# theirs\n{SPEC}")).unwrap();
    terminal.wait_for("has changed on disk, and here");
    sent(&mut terminal, "k", "≠ changed on disk");
    fs::remove_file(folder.join("desk.yaml")).unwrap();
    terminal.wait_for("≠ gone from disk");
    terminal.send(CTRL_S);
    terminal.wait_for("saved desk.yaml");
    assert_eq!(text(folder, "desk.yaml"), format!("# mine {SPEC}"));
    sent(&mut terminal, ESC, "enter launch");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

#[test]
fn texts_that_are_too_long_to_edit_are_shown_and_found_in_at_once() {
    let home = desk();
    let folder = home.path();
    let mut many = String::from("component_type: Agent\nname: many\nmetadata:\n");
    for line in 0..100_000 {
        writeln!(
            many,
            "  key_{line}: a value that is of some length and has some words"
        )
        .unwrap();
    }
    assert!(many.len() > 5 << 20);
    fs::write(folder.join("a_many.yaml"), &many).unwrap();
    let one = format!(
        "{{\"component_type\": \"Agent\", \"name\": \"one\", \"metadata\": {{\"text\": \"{}\"}}}}",
        "word ".repeat(1 << 20)
    );
    fs::write(folder.join("b_one.json"), one).unwrap();
    fs::write(
        folder.join("c_wide.yaml"),
        "component_type: Agent\r\nname: 天気 👩‍🚀\r\nsystem_prompt: \"שלום\\tعالم\"\r\n\tdescription: x\r\n",
    )
    .unwrap();
    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("read only");
    sent(&mut terminal, "/", "find");
    // Pasted: each letter would be looked for by itself.
    sent(&mut terminal, "\x1b[200~key_99999\x1b[201~", "1 of 1");
    sent(&mut terminal, ESC, "ctrl-space complete");
    sent(&mut terminal, "x", "read-only here");
    // What was found is selected, and the first key takes that back.
    let is_tree = |screen: &str| screen.contains("enter launch") || screen.contains("e edit");
    terminal.send_until(ESC, "the tree", is_tree);
    sent(&mut terminal, DOWN, "\"component_type\"");
    terminal.wait_for("read only");
    sent(&mut terminal, DOWN, "天気");
    sent(&mut terminal, "e", "ctrl-space complete");
    terminal.send("#");
    terminal.wait_for("c_wide.yaml ●");
    terminal.send(CTRL_S);
    terminal.wait_for("saved c_wide.yaml");
    let kept = text(folder, "c_wide.yaml");
    assert!(
        kept.starts_with("#component_type: Agent\r\nname: 天気 👩‍🚀\r\n"),
        "{kept:?}"
    );
    assert!(kept.ends_with("\r\n\tdescription: x\r\n"), "{kept:?}");
    terminal.send_until(ESC, "the tree", is_tree);
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert_eq!(text(folder, "a_many.yaml"), many);
}

#[test]
fn a_file_that_is_no_text_says_so_where_its_text_would_be() {
    let home = desk();
    let folder = home.path();
    fs::write(folder.join("raw.yaml"), b"component_type: Agent\n\xff\n").unwrap();
    let mut terminal = Terminal::start(folder, &[], SIZE);
    terminal.wait_for("system_prompt: You pay");
    sent(&mut terminal, DOWN, "raw.yaml ─");
    // The notice goes with the next key.
    sent(&mut terminal, "?", "Specs");
    sent(&mut terminal, ESC, "is not UTF-8 text");
    let shown = terminal.wait_for("1 ✗");
    assert!(!shown.contains("reading"), "{shown}");
}
