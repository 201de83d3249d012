//! Signing in as people do: from a run without a screen, from the workbench, from the library.

use std::path::{Path, PathBuf};

use flowdeck::conversation::Values;
use flowdeck::runtime::ExecutionStatus;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::super::agents::engine;
use super::super::{component, within};
use super::{AuthorizationStep, Guarded, browse};
use crate::program::{file, program};
use crate::terminal::Terminal;

/// A flow that calls the tool of the server.
fn flow(server: &Guarded) -> Value {
    let output = json!({"title": "heard", "type": "string"});
    let edge = |id: &str, from: &str, to: &str| {
        json!({
            "component_type": "ControlFlowEdge", "id": id, "name": id,
            "from_node": {"$component_ref": from}, "to_node": {"$component_ref": to},
        })
    };
    json!({
        "component_type": "Flow", "id": "visit", "name": "visit", "agentspec_version": "26.3.1",
        "start_node": {"$component_ref": "start"},
        "nodes": [{"$component_ref": "start"}, {"$component_ref": "node"}, {"$component_ref": "end"}],
        "control_flow_connections": [edge("e1", "start", "node"), edge("e2", "node", "end")],
        "data_flow_connections": [{
            "component_type": "DataFlowEdge", "id": "d", "name": "d",
            "source_node": {"$component_ref": "node"}, "source_output": "heard",
            "destination_node": {"$component_ref": "end"}, "destination_input": "heard",
        }],
        "$referenced_components": {
            "start": {"component_type": "StartNode", "id": "start", "name": "start"},
            "node": {"component_type": "ToolNode", "id": "node", "name": "node", "tool": {
                "component_type": "MCPTool", "id": "knock", "name": "knock", "outputs": [output],
                "client_transport": server.transport(&json!({"type": "dynamic_registration"})),
            }},
            "end": {"component_type": "EndNode", "id": "end", "name": "end", "outputs": [output]},
        },
    })
}

fn spec(server: &Guarded, folder: &Path) -> PathBuf {
    file(folder, "visit.json", flow(server).to_string())
}

/// The address on a screen at which one signs in.
fn shown_address(screen: &str) -> Option<String> {
    let begin = screen.find("http://127.0.0.1")?;
    let screen = screen.get(begin..)?;
    let words: Vec<&str> = screen.split_whitespace().collect();
    words
        .into_iter()
        .find(|word| word.contains("/authorize?"))
        .map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_anybody_says_that_a_person_must_sign_in() {
    let server = Guarded::start().await;
    let home = tempfile::tempdir().unwrap();
    let path = spec(&server, home.path());
    let state = home.path().join("state");
    let ran = tokio::task::spawn_blocking(move || {
        let path = path.to_str().unwrap();
        ["json", "text"].map(|format| {
            let mut command = program(&["run", path, "--profile", "spec", "--format", format]);
            command.env("XDG_STATE_HOME", &state).output().unwrap()
        })
    });
    let [json, text] = within(ran).await.unwrap();
    assert_eq!((json.status.code(), text.status.code()), (Some(4), Some(4)));
    let told: Value = serde_json::from_slice(&json.stdout).unwrap();
    let run = &told["runs"][0];
    assert_eq!(
        (&run["state"], &run["status"]),
        (&json!("needs_input"), &json!("AuthChallengeRequestStatus"))
    );
    let words = String::from_utf8(text.stderr).unwrap();
    let wanted = format!("a person must sign in to `{}/mcp`", server.url);
    assert!(words.contains(&wanted), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_at_a_terminal_prints_the_address_and_goes_on_when_one_has_signed_in() {
    let server = Guarded::start().await;
    let home = tempfile::tempdir().unwrap();
    let path = spec(&server, home.path());
    let folder = home.path().to_owned();
    let browser = tokio::runtime::Handle::current();
    let ran = tokio::task::spawn_blocking(move || {
        let arguments = ["run", path.to_str().unwrap(), "--profile", "spec"];
        // As wide as an address, so that it can be read from one line.
        let mut terminal = Terminal::start(&folder, &arguments, (900, 24));
        terminal.wait_for("flowdeck has to register itself");
        terminal.send("y\r");
        let screen = terminal.wait_until("an address", |screen| shown_address(screen).is_some());
        browser.block_on(browse(&shown_address(&screen).unwrap()));
        terminal.wait_for("come in");
        let code = terminal.wait_for_end().exit_code();
        let mut again = program(&[&arguments[..], &["--format", "jsonl"]].concat());
        again.env("XDG_STATE_HOME", folder.join("XDG_STATE_HOME"));
        (code, again.output().unwrap())
    });
    let (code, again) = within(ran).await.unwrap();
    assert_eq!((code, again.status.code()), (0, Some(0)), "{again:?}");
    let said = String::from_utf8([again.stdout, again.stderr].concat()).unwrap();
    assert!(said.contains("come in"), "{said}");
    for secret in ["token-1", "refresh-1"] {
        assert!(!said.contains(secret), "{said}");
    }
    // It is kept where the program keeps what is its own.
    let tokens = home.path().join("XDG_STATE_HOME/flowdeck/tokens");
    assert_eq!(super::kept(&tokens)[0].0, 0o600);
}

#[tokio::test]
async fn the_library_hands_the_question_to_its_caller() {
    let server = Guarded::start().await;
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder);
    let flow = component(flow(&server));
    let mut conversation = engine.start_conversation(&flow, &Values::new()).unwrap();
    let ExecutionStatus::AuthChallengeRequest {
        request,
        step: AuthorizationStep::Register(at),
        ..
    } = within(conversation.execute()).await.unwrap()
    else {
        panic!("nobody was asked");
    };
    assert_eq!(at, format!("{}/register", server.url));
    conversation.confirm(&request, None).unwrap();
    let ExecutionStatus::AuthChallengeRequest {
        step: AuthorizationStep::SignIn(url),
        ..
    } = within(conversation.execute()).await.unwrap()
    else {
        panic!("nobody was sent to a browser");
    };
    let (_, status) =
        within(async { futures_util::future::join(browse(&url), conversation.execute()).await })
            .await;
    let ExecutionStatus::Finished { outputs } = status.unwrap() else {
        panic!("it did not finish");
    };
    assert_eq!(Value::Object(outputs), json!({"heard": "come in"}));
    engine.shutdown().await;
}
