//! Spans that come while the workbench and a server go on.

use std::process::Stdio;

use axum::http::StatusCode;
use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::collector::{Answer, Collector};
use super::{SAID, attribute, span, text};
use crate::awaited::within;
use crate::history::bed::Bed;
use crate::terminal::Terminal;

const ENTER: &str = "\r";

/// A bed whose tool has a value and whose runs are sent to the collector, by default.
async fn bed(collector: &Collector) -> Bed {
    let profile = format!(
        "[tools.note]\nvalue = \"noted\"\n\n\
         [profiles.spec]\ntracing = {{ endpoint = \"{}\" }}\n\n\
         [examples.\"noter.json\"]\nmessage = \"job of the {SAID}\"\n",
        collector.address
    );
    Bed::with(&Bed::bound_tool(), &profile).await
}

/// Launches what is selected.
fn launch(terminal: &mut Terminal) {
    terminal.send("1");
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 1 run");
    terminal.send(ENTER);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbench_sends_spans_while_it_is_open_and_the_last_when_it_is_closed() {
    let collector = Collector::start().await;
    let bed = bed(&collector).await;
    let mut terminal = Terminal::start(bed.path(), &["noter.json"], (120, 36));
    terminal.wait_for("enter launch");
    launch(&mut terminal);
    terminal.wait_for("traces of runs");
    terminal.send_until("y", "the first run", |screen| screen.contains("A#1"));
    let live = collector.wait_for("chat m", 2).await;
    let (chat, tool) = (span(&live, "chat m"), span(&live, "execute_tool note"));
    assert_eq!(tool.trace_id, chat.trace_id);
    assert!(!live.values().any(|span| span.name == "run noter"));
    terminal.wait_for("answered");

    collector.answers(Answer::Nothing(StatusCode::FORBIDDEN));
    launch(&mut terminal);
    terminal.wait_for("it answered 403 Forbidden");
    collector.answers(Answer::All);
    launch(&mut terminal);
    terminal.wait_for("traces reach");
    collector.take("x-key");

    terminal.wait_for("◆ 1");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_sane();
    let (last, _) = collector.take("x-key");
    let roots = last.values().filter(|span| span.name == "run noter");
    let traces: Vec<&Vec<u8>> = roots.map(|root| &root.trace_id).collect();
    assert_eq!(traces.len(), 3, "{last:#?}");
    assert!(traces.contains(&&chat.trace_id), "{last:#?}");
    let said = terminal.screen();
    assert!(said.contains("of traces lost"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_sends_spans_while_it_serves_and_says_when_a_collector_goes_and_comes_back() {
    let collector = Collector::start().await;
    let bed = bed(&collector).await;
    let mut command = bed.command(&["serve", "noter.json", "--port", "0"]);
    command.stdin(Stdio::null());
    let mut served = Command::from(command).kill_on_drop(true).spawn().unwrap();
    let mut stdout = BufReader::new(served.stdout.take().unwrap()).lines();
    let listening = within(stdout.next_line()).await.unwrap().unwrap();
    let url = listening.strip_prefix("listening on ").unwrap();
    let mut said = BufReader::new(served.stderr.take().unwrap()).lines();
    let mut wait_for_words = async |words: &str| {
        within(async {
            loop {
                let line = said.next_line().await.unwrap().unwrap();
                if line.contains(words) {
                    return line;
                }
            }
        })
        .await
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let respond = async || {
        let body = json!({"model": "noter", "input": format!("job of the {SAID}")});
        let request = client.post(format!("{url}/v1/responses")).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };

    respond().await;
    let live = collector.wait_for("chat m", 2).await;
    let tool = span(&live, "execute_tool note");
    assert_eq!(attribute(tool, "gen_ai.tool.name"), Some(&text("note")));
    assert!(!format!("{live:?}").contains(SAID), "{live:#?}");

    collector.answers(Answer::Nothing(StatusCode::FORBIDDEN));
    respond().await;
    let gone = wait_for_words("sending traces to").await;
    assert!(gone.contains("it answered 403 Forbidden"), "{gone}");
    collector.answers(Answer::All);
    respond().await;
    let back = wait_for_words("again").await;
    assert!(
        back.contains("traces reach") && back.contains("lost so far"),
        "{back}"
    );
    collector.take("x-key");

    let pid = i32::try_from(served.id().unwrap()).unwrap();
    let pid = Pid::from_raw(pid).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    wait_for_words("of traces lost").await;
    assert!(within(served.wait()).await.unwrap().success());
}
