//! What Inspect hands to other programs: an editor, a shell.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{DOWN, ENTER, answer_one, desk};
use crate::terminal::Terminal;

#[test]
fn a_call_is_read_in_the_editor_and_its_run_is_done_again_from_a_shell() {
    let home = desk();
    let folder = home.path();
    let seen = folder.join("seen.txt");
    let editor = format!("cp -t {} --", folder.display());
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let variables = [("EDITOR", editor.as_str())];
    let mut terminal = Terminal::start_program(program, folder, &[], &variables, (120, 36));
    terminal.wait_for("system_prompt: You pay");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 12 runs in 1 batch");
    terminal.send(ENTER);
    terminal.wait_for("? 12 need you");
    answer_one(&mut terminal);
    terminal.send("/state:answered");
    terminal.send(ENTER);
    terminal.wait_for("(1)");
    terminal.send("3");
    terminal.send_until(DOWN, "the tool call", |screen| screen.contains("bound to"));

    terminal.send("E");
    let copied = || {
        let files = fs::read_dir(folder).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.to_string_lossy().contains("flowdeck-"))
    };
    terminal.send_until("w", "the screen again", |_| copied().is_some());
    fs::rename(copied().unwrap(), &seen).unwrap();
    let text = fs::read_to_string(&seen).unwrap();
    assert!(
        text.contains("arguments") && text.contains("order"),
        "{text}"
    );
    terminal.wait_for("ToolExecution");

    terminal.send("Y");
    let line = terminal.wait_for_copies();
    assert!(line.starts_with("flowdeck run "), "{line}");
    let again = line.replacen("flowdeck", &program.display().to_string(), 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{again} --confirm always")]);
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        shell.env(name, folder.join(name));
    }
    let ended = shell.current_dir("/").output().unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{line}: {ended:?}");
    assert!(printed.contains("paid in full"), "{line}: {printed}");
    terminal.send("qq");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}
