//! Answers that are larger than a message may be: one that is recorded while no worker has the run, and one that its worker is told.

use std::fs;
use std::path::Path;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::Fleet;
use crate::awaited;
use crate::history::bed::Bed;
use crate::history::parts::{row, string, tool};
use crate::program::file;
use crate::terminal::Terminal;

const ENTER: &str = "\r";

/// A server that takes no larger messages than that, and an answer that is none of them.
const MAX_PAYLOAD: &str = "max_payload: 65536";
const LETTERS: usize = 70_000;

const TOOLS: &str = r#"
[tools.hang]
command = ["sh", "-c", "cat >/dev/null; echo $FLOWDECK_IDEMPOTENCY_KEY >> journal; while [ ! -e go ]; do sleep 0.05; done; echo hung"]
[examples."spec.json"]
message = "job 1"
input = { x = "tea" }
"#;

/// A tool that a person carries out.
fn asked(name: &str) -> Value {
    let mut tool = tool(name);
    tool["component_type"] = json!("ClientTool");
    tool
}

async fn fleet(spec: &Value) -> Option<Fleet> {
    let bed = Bed::with(&asked("sign"), TOOLS).await;
    let spec = match spec {
        Value::Null => fs::read_to_string(bed.path().join("noter.json")).unwrap(),
        spec => spec.to_string(),
    };
    file(bed.path(), "spec.json", spec);
    Fleet::of(bed, MAX_PAYLOAD).await
}

/// A workbench in which the one run has asked for a result.
fn asking(fleet: &Fleet) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_flowdeck"));
    let url = fleet.server.url();
    let variables = [("FLOWDECK_NATS", url.as_str()), ("NO_PROXY", "127.0.0.1")];
    let folder = fleet.bed.path();
    let mut terminal =
        Terminal::start_program(program, folder, &["spec.json"], &variables, (120, 36));
    terminal.wait_for("enter launch");
    terminal.send(ENTER);
    terminal.wait_for("= 1 run in 1 batch");
    terminal.send(ENTER);
    terminal.wait_for("before its first run");
    terminal.send("y");
    terminal.wait_for("? 1 needs you");
    terminal.send("i");
    terminal.wait_for("the result of sign");
    terminal
}

fn give_large_answer(terminal: &mut Terminal) {
    terminal.send(&format!("\x1b[200~{}\x1b[201~", "x".repeat(LETTERS)));
    terminal.wait_for("xxxxxxxxxxxxxxxx");
    terminal.send(ENTER);
}

/// How many letters the answers have that are on record, and how often workers claimed the run.
fn answered(fleet: &Fleet) -> (Vec<usize>, usize) {
    let events = fleet.events().into_values().flatten();
    let events: Vec<Value> = events.collect();
    let of = |wanted: &'static str| events.iter().filter(move |event| event["type"] == wanted);
    let answers = of("HumanInTheLoopResponse");
    let letters = answers.map(|answer| answer.to_string().matches('x').count() / 1000 * 1000);
    let claims = of("RunOperated").filter(|event| event["operation"] == "worker");
    (letters.collect(), claims.count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_is_recorded_while_no_worker_has_the_run() {
    let Some(mut fleet) = fleet(&Value::Null).await else {
        return;
    };
    let first = fleet.worker(&[]).await;
    let mut terminal = asking(&fleet);
    drop(first);
    give_large_answer(&mut terminal);
    let _second = fleet.worker(&[]).await;
    // What goes on is asked about.
    terminal.wait_for("answered");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert_eq!(answered(&fleet), (vec![LETTERS], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_reaches_the_worker_that_has_the_run() {
    let call = |tool: Value| json!({"component_type": "ToolNode", "id": tool["name"], "name": tool["name"], "tool": tool});
    let one = |name: &str, tool: Value| row(name, &[call(tool)], json!([]));
    let both = json!({
        "component_type": "ParallelFlowNode", "id": "both", "name": "both",
        "subflows": [one("left", tool("hang")), one("right", asked("sign"))],
    });
    let spec = row("flow", &[both], json!([string("x")]));
    let Some(mut fleet) = fleet(&spec).await else {
        return;
    };
    let _worker = fleet.worker(&[]).await;
    let mut terminal = asking(&fleet);
    awaited::file(&fleet.bed.journal(), |text| text.lines().count() == 1).await;
    give_large_answer(&mut terminal);
    terminal.wait_until("the answer", |screen| !screen.contains("needs you"));
    file(fleet.bed.path(), "go", "");
    terminal.wait_for("finished");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    assert_eq!(answered(&fleet), (vec![LETTERS], 1));
}
