//! Conversations that outlive the server: killed, told to stop, started again.

use std::fs;
use std::process::Stdio;

use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::bed::{Served, agent, answer, text, text_in, tool};
use crate::awaited;
use crate::program::{file, program};
use crate::scripted_model::{ScriptedModel, calls, says};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_was_killed_in_a_tool_asks_about_it_and_goes_on_under_its_id() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model = ScriptedModel::start([look, says("It is sunny.")]).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", false)]}));
    // The tool hangs when it is called first. Its journal comes last: the server is killed as soon as it has a line.
    let profile = "default_profile = \"spec\"\n[tools.look]\ncommand = [\"sh\", \"-c\", \"cat >/dev/null; \
                   [ -e once ]; first=$?; touch once; echo called >> journal; [ $first = 0 ] || sleep 600; echo sunny\"]\n";
    file(folder.path(), "flowdeck.toml", profile);
    let served = Served::start(folder.path(), &[]);
    let at_once = json!({"message": text("look"), "configuration": {"returnImmediately": true}});
    let sent = served.rpc("SendMessage", at_once).await.unwrap();
    let id = sent["task"]["id"].clone();
    let journal = folder.path().join("journal");
    awaited::file(&journal, |text| text.lines().count() == 1).await;
    served.kill();
    let served = Served::start(folder.path(), &[]);
    let subscribed =
        json!({"jsonrpc": "2.0", "id": 1, "method": "SubscribeToTask", "params": {"id": id}});
    let events = served.events("/a2a", &subscribed).await;
    let status = &events[events.len() - 1]["result"]["statusUpdate"]["status"];
    assert_eq!(status["state"], "TASK_STATE_INPUT_REQUIRED");
    let words = status["message"]["parts"][0]["text"].as_str().unwrap();
    assert!(words.contains("when the program died"), "{words}");
    let done = served.say(text_in("yes", "taskId", &id)).await;
    assert_eq!(answer(&done), "It is sunny.");
    assert_eq!(fs::read_to_string(&journal).unwrap().lines().count(), 2);
    assert_eq!(
        model.asked().len(),
        2,
        "no recorded answer is asked for again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_lets_turns_end_and_its_conversations_go_on_later() {
    let model = ScriptedModel::start(["One.", "Two.", "Three."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let mut served = Served::start(folder.path(), &[]);
    let first = served
        .say(text_in("first", "contextId", &json!("mine")))
        .await;
    let pid = Pid::from_raw(i32::try_from(served.child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    assert!(served.child.wait().unwrap().success());
    let served = Served::start(folder.path(), &[]);
    let again = served
        .rpc("GetTask", json!({"id": first["id"]}))
        .await
        .unwrap();
    assert_eq!(again, first);
    let second = served
        .say(text_in("second", "contextId", &json!("mine")))
        .await;
    assert_eq!(answer(&second), "Two.");
    assert_eq!(
        model.asked()[1].len(),
        4,
        "it remembers what was said before"
    );
    let response = served
        .respond(json!({"model": "helper", "input": "third"}))
        .await;
    served.kill();
    let served = Served::start(folder.path(), &[]);
    let id = response["id"].as_str().unwrap();
    let (status, read) = served
        .send(served.get(&format!("/v1/responses/{id}")))
        .await;
    assert_eq!((status, &read["output"]), (200, &response["output"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_were_not_served_are_not_shown_to_clients() {
    let model = ScriptedModel::start([says("Private.")]).await;
    let folder = agent(&model, &json!({}));
    let run = ["run", "agent.json", "--message", "x", "--format", "json"];
    let mut command = crate::program::program(&run);
    let ran = command.current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success());
    let batch: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let batch = batch["batch"].as_str().unwrap().to_owned();
    let served = Served::start(folder.path(), &[]);
    let read = served
        .rpc("GetTask", json!({"id": format!("{batch}.1")}))
        .await;
    assert_eq!(read, Err(-32001));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_of_a_conversation_is_none_of_its_client() {
    let model = ScriptedModel::start(["One.", "Two.", "Three."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let mine = json!("mine");
    let first = served.say(text_in("first", "contextId", &mine)).await;
    assert_eq!(answer(&first), "One.");
    served.kill();
    let flowdeck = |arguments: &[&str]| {
        let mut command = program(arguments);
        let ran = command.current_dir(folder.path()).stdin(Stdio::null());
        let ran = ran.output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let listed = flowdeck(&["history", "list", "--format", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let run = listed[0]["run"].as_str().unwrap();
    let forked = flowdeck(&["history", "fork", run, "--at", "0", "--message", "other"]);
    assert!(forked.contains("Two."), "{forked}");
    let served = Served::start(folder.path(), &[]);
    let second = served.say(text_in("second", "contextId", &mine)).await;
    assert_eq!(answer(&second), "Three.");
    let asked = &model.asked()[2];
    assert!(asked.iter().any(|said| said.contains("first")), "{asked:?}");
    assert!(
        !asked.iter().any(|said| said.contains("other")),
        "{asked:?}"
    );
}
