//! Runs of remote agents: in a library's conversation, and of a program that is killed.

use std::process::{Child, Stdio};

use flowdeck::profile::Profile;
use flowdeck::runtime::{Engine, ExecutionStatus};
use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::far;
use super::server::{AgentServer, Reply, task, task_event};
use crate::awaited::within;
use crate::program::{Ran, file, program, ran};
use crate::tool_calls::component;

#[tokio::test]
async fn a_conversation_goes_on_in_the_agents_own() {
    let server = AgentServer::silent([
        Reply::Result(task_event("INPUT_REQUIRED", Some("Which city?"))),
        Reply::Result(task_event("COMPLETED", Some("Sunny."))),
        Reply::Result(task_event("COMPLETED", Some("You are welcome."))),
    ])
    .await;
    let engine = Engine::builder().profile(Profile::spec()).build();
    let agent = component(far(&server.url, &json!({}), &json!({})));
    let mut conversation = engine.start_conversation(&agent, &Map::new()).unwrap();
    for (said, answer) in [
        ("weather", "Which city?"),
        ("Bern", "Sunny."),
        ("thanks", "You are welcome."),
    ] {
        conversation.append_user_message(said);
        let status = within(conversation.execute()).await.unwrap();
        let ExecutionStatus::UserMessageRequest { message } = status else {
            panic!("{status:?}");
        };
        assert_eq!(message, answer);
    }
    let sent: Vec<(Value, Value, Value)> = (server.asked().into_iter())
        .map(|asked| {
            let message = &asked.params["message"];
            let text = message["parts"][0]["text"].clone();
            (
                text,
                message["contextId"].clone(),
                message["taskId"].clone(),
            )
        })
        .collect();
    assert_eq!(
        sent,
        [
            (json!("weather"), Value::Null, Value::Null),
            (json!("Bern"), json!("c1"), json!("t1")),
            (json!("thanks"), json!("c1"), Value::Null),
        ]
    );
    let mut ids: Vec<Value> = (server.asked().into_iter())
        .map(|asked| asked.params["message"]["messageId"].clone())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    engine.shutdown().await;
}

/// A workspace with the agent, and a history of its own.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn of(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut agent = far(url, &json!({"poll_interval": 0.5}), &json!({}));
        agent["agentspec_version"] = json!("26.1.2");
        file(folder.path(), "far.json", agent.to_string());
        file(
            folder.path(),
            "flowdeck.toml",
            "default_profile = \"spec\"\n",
        );
        std::fs::create_dir(folder.path().join(".flowdeck")).unwrap();
        Self(folder)
    }

    fn begin(&self) -> Child {
        let mut command = program(&["run", "far.json", "--message", "hi", "--yes"]);
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    async fn resume(&self, options: &'static [&'static str]) -> (Ran, Value) {
        let folder = self.0.path().to_owned();
        let running = tokio::task::spawn_blocking(move || {
            let arguments = [&["run", "--resume", "last", "--format", "json"], options].concat();
            ran(program(&arguments).current_dir(folder).stdin(Stdio::null()))
        });
        let ran = within(running).await.unwrap();
        let read: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        let run = read["runs"][0].clone();
        (ran, run)
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_killed_goes_on_with_the_task_that_the_agent_has() {
    let server =
        AgentServer::silent([Reply::Result(task_event("WORKING", None)), Reply::Hang]).await;
    let workspace = Workspace::of(&server.url);
    let child = workspace.begin();
    // By then it is on record that the agent has the task.
    server.was_asked("GetTask").await;
    kill(child);
    server.then([Reply::Result(task("COMPLETED", Some("Sunny.")))]);
    let (_, run) = workspace.resume(&[]).await;
    assert_eq!(run["state"], "answered", "{run}");
    assert_eq!(server.methods(), ["SendMessage", "GetTask", "GetTask"]);
    let output = run["tool_calls"][0]["output"].to_string();
    assert!(output.contains("Sunny."), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_perhaps_sent_is_asked_about_before_it_is_sent_again() {
    let server = AgentServer::silent([Reply::Hang]).await;
    let workspace = Workspace::of(&server.url);
    let child = workspace.begin();
    server.was_asked("SendMessage").await;
    kill(child);
    let (ran, run) = workspace.resume(&[]).await;
    assert_eq!(
        (ran.code, &run["state"]),
        (4, &json!("needs_input")),
        "{run}"
    );
    assert_eq!(server.methods(), ["SendMessage"]);
    server.then([Reply::Result(task_event("COMPLETED", Some("Sunny.")))]);
    let (_, run) = workspace.resume(&["--in-doubt", "again"]).await;
    assert_eq!(run["state"], "answered", "{run}");
    let sent = server.asked();
    assert_eq!(sent.len(), 2);
    // By it the agent can know the message again.
    assert_eq!(
        sent[0].params["message"]["messageId"],
        sent[1].params["message"]["messageId"]
    );
}
