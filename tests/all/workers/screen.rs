//! The workbench over a queue: what it says of workers, and that it follows their runs again.

use std::path::Path;

use super::bed::{Fleet, SLOW_TOOL};
use crate::awaited;
use crate::history::bed::Bed;
use crate::program::file;
use crate::terminal::Terminal;

const ENTER: &str = "\r";

fn workbench(fleet: &Fleet, queue: &str, size: (u16, u16)) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let variables = [("FLOWDECK_NATS", queue), ("NO_PROXY", "127.0.0.1")];
    Terminal::start_program(program, fleet.bed.path(), &["noter.json"], &variables, size)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbench_says_who_carries_its_runs_out_and_follows_them_again() {
    let example = "[examples.\"noter.json\"]\nmessage = \"job 1\"\nruns = 2\n";
    let Some(mut fleet) = Fleet::of(Bed::with_tool(SLOW_TOOL, example).await, "").await else {
        return;
    };
    let url = fleet.server.url();
    let mut terminal = workbench(&fleet, &url, (120, 36));
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 2 runs in 1 batch");
    terminal.send(ENTER);
    terminal.wait_for("before its first run");
    terminal.send("y");
    terminal.wait_for("no worker yet");
    terminal.wait_for("pool `default` has no worker");
    let _worker = fleet.worker(&["--at-once", "3"]).await;
    let shown = terminal.wait_for("worker1 2/3 (2 tool note)");
    assert!(!shown.contains("has no worker"), "{shown}");
    terminal.send("3");
    terminal.wait_for("at worker1");
    terminal.send("q");
    terminal.wait_for("2 runs stay at the workers");
    let asked = terminal.wait_for("flowdeck run --resume b_");
    assert!(!asked.contains("interrupted"), "{asked}");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    // Without the queue they are not carried out a second time.
    let mut terminal = workbench(&fleet, "none", (120, 36));
    terminal.wait_for("2 at workers");
    terminal.send("I");
    terminal.wait_for("they continue at workers");
    terminal.send("5");
    terminal.wait_for("at workers");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let resumed = fleet.bed.run(&["history", "resume", "last"]);
    assert_eq!(resumed.code, 3, "{}", resumed.stderr);
    assert!(
        resumed
            .stderr
            .contains("are at the workers of the queue at"),
        "{}",
        resumed.stderr
    );

    // The same queue by another name.
    let other_name = format!("{}/", url.replace("127.0.0.1", "localhost"));
    let mut terminal = workbench(&fleet, &other_name, (80, 24));
    terminal.wait_for("2 runs are followed again");
    terminal.send("2");
    terminal.wait_for("worker1 2/3");
    file(fleet.bed.path(), "go", "");
    terminal.wait_for("job 1 is done");
    terminal.wait_until("the end", |screen| screen.contains("\u{25c6} 2"));
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_resume_follows_a_batch_whose_launcher_died() {
    let Some(mut fleet) = Fleet::of(Bed::with_tool(SLOW_TOOL, "").await, "").await else {
        return;
    };
    let _worker = fleet.worker(&[]).await;
    let arguments = ["run", "noter.json", "--message", "job 1", "--runs", "2"];
    let (mut client, _, _) = fleet.begin("client", &arguments);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 2).await;
    client.kill().unwrap();
    client.wait().unwrap();
    file(fleet.bed.path(), "go", "");
    let resumed = fleet.run(&[
        "history",
        "resume",
        "last",
        "--at-once",
        "1",
        "--format",
        "json",
    ]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(
        resumed.stdout.contains("job 1 is done"),
        "{}",
        resumed.stdout
    );
    assert!(fleet.bed.noted().values().all(|times| *times == 1));
}
