//! A team at work, as a person follows it.

use std::fs;

use super::ENTER;
use crate::program::repository;
use crate::terminal::Terminal;

const PROFILE: &str = "\
default_profile = \"offline\"

[examples.\"news_desk.yaml\"]
message = \"Send a message about the new tram line to the others.\"
runs = 1
";

#[test]
fn a_team_is_a_tree_and_a_thread_of_it_is_read_alone() {
    let home = tempfile::tempdir().unwrap();
    let sample = repository().join("sample_specs/teams/news_desk.yaml");
    fs::copy(sample, home.path().join("news_desk.yaml")).unwrap();
    fs::write(home.path().join("flowdeck.toml"), PROFILE).unwrap();
    let mut terminal = Terminal::start(home.path(), &[], (120, 36));
    terminal.wait_for("component_type: ManagerWorkers");
    terminal.wait_for("outline");
    terminal.wait_until("the launch hint", |screen| screen.contains("enter launch"));
    terminal.send(ENTER);
    terminal.wait_for("= 1 run");
    terminal.send(ENTER);
    terminal.wait_for("◆ answered");
    terminal.send("3");
    terminal.wait_for("ManagerWorkersExec");
    terminal.wait_for("t team");
    terminal.send("t");
    // The worker that was not asked is there, too.
    terminal.wait_for("◇ headliner");
    terminal.wait_for("user → news_desk");
    let screen = terminal.screen();
    assert!(
        screen.contains("to the others."),
        "what the user said:\n{screen}"
    );
    terminal.send("j");
    terminal.wait_for("editor, on all threads");
    terminal.send("j");
    // The offline model asks either of the workers.
    terminal.wait_for("┌ editor → ");
    let screen = terminal.screen();
    assert!(screen.contains("1 message, 1 answer"), "{screen}");
    assert!(
        !screen.contains("to the others."),
        "the user's words are elsewhere:\n{screen}"
    );
    terminal.send("t");
    terminal.wait_for("LlmGeneration");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
}
