//! The first try on one machine, as docs/scale-out.md has it.

use std::path::Path;
use std::process::{Command, Stdio};

use super::bed::Fleet;
use crate::awaited;
use crate::program::repository;

/// The lines of the page that call flowdeck, below a heading.
fn lines(heading: &str) -> Vec<String> {
    let page = std::fs::read_to_string(repository().join("docs/scale-out.md")).unwrap();
    let (_, section) = page.split_once(heading).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let lines = section
        .lines()
        .filter_map(|line| line.strip_prefix("$ flowdeck "));
    lines
        .map(|line| line.trim_end_matches('&').to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_first_try_do_what_the_page_says() {
    let Some(fleet) = Fleet::new().await else {
        return;
    };
    let lines = lines("## A first try on one machine");
    let [worker, run] = &lines[..] else {
        panic!("{lines:?}");
    };
    let home = fleet.bed.path();
    let begin = |line: &str, output: &Path| {
        let line = line.replace("nats://localhost:4222", &fleet.server.url());
        let program = env!("CARGO_BIN_EXE_flowdeck");
        Command::new("sh")
            .args(["-c", &format!("exec {program} {line}")])
            .current_dir(repository())
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(output).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (told, came) = (home.join("worker.out"), home.join("run.out"));
    let mut worker = begin(worker, &told);
    awaited::file(&told, |text| text.contains("takes runs")).await;
    let mut run = begin(run, &came);
    let code = tokio::task::spawn_blocking(move || run.wait().unwrap().code());
    let code = awaited::within(code).await.unwrap();
    worker.kill().unwrap();
    worker.wait().unwrap();
    let came = std::fs::read_to_string(came).unwrap();
    assert_eq!(code, Some(0), "{came}");
    assert!(came.contains("answered             20"), "{came}");
}
