//! Makes scenes in which runs ask a person.

use std::time::Duration;

use serde_json::json;

use super::runs::{ask_for_taxi, launched};
use super::texts::Texts;
use crate::conversation::{AuthorizationStep, Role};
use crate::trace::{RequestKind, RunState};
use crate::tui::testing::stage::Runs;
use crate::tui::testing::{Harness, OnTerminal};

pub(super) fn asked(on: OnTerminal, texts: Texts) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &[texts.city]);
    runs.state(0, RunState::Running);
    ask_for_taxi(&mut runs, 0, texts);
    runs.bench.press("i");
    runs.bench
}

pub(super) fn signs_in(on: OnTerminal) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &["Paris"]);
    runs.state(0, RunState::Running);
    let address = format!(
        "https://login.example/authorize?client_id=flowdeck&state={}",
        "0f".repeat(60)
    );
    let server = "https://mcp.example/mcp".to_owned();
    let step = AuthorizationStep::SignIn(address);
    runs.ask_for(0, RequestKind::Authorization { server, step });
    runs.bench.press("i");
    runs.bench
}

pub(super) fn authorizes(on: OnTerminal, step: fn(String) -> AuthorizationStep) -> Harness {
    let mut runs = Runs::launch(Harness::on(on, &[]), &["Paris"]);
    runs.state(0, RunState::Running);
    let server = "https://mcp.example/mcp".to_owned();
    let step = step("https://login.example/a".to_owned());
    runs.ask_for(0, RequestKind::Authorization { server, step });
    runs.bench.press("i");
    runs.bench
}

pub(super) fn inbox(on: OnTerminal, texts: Texts, count: usize) -> Harness {
    let mut runs = launched(on, texts);
    if count == 0 {
        // It is open while the last request is closed by its run.
        for run in 0..2 {
            runs.state(run, RunState::Running);
            ask_for_taxi(&mut runs, run, texts);
        }
        runs.bench.press("!");
        for run in 0..2 {
            runs.fail(run);
        }
        return runs.bench;
    }
    runs.launch_more((0..count).map(|n| json!({"city": format!("{} {n}", texts.city)})));
    for run in 0..count + 3 {
        runs.state(run, RunState::Running);
        runs.bench.wait(Duration::from_secs(2));
        if run % 3 == 2 {
            runs.say(run, Role::Agent, texts.answer);
            let tool = RequestKind::ToolResult {
                tool: "look_up".to_owned(),
                call_id: "call_1".to_owned(),
                arguments: json!({"number": run, "for": texts.city}),
                outputs: vec![json!({"title": "found", "type": "string"})],
            };
            runs.ask_for(run, tool);
        } else {
            ask_for_taxi(&mut runs, run, texts);
        }
    }
    runs.bench.press("!");
    runs.bench
}
