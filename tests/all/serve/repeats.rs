//! Messages that come again, as from clients that heard no answer.

use std::fs;

use futures_util::future::join_all;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent, answer, named, text, text_in, tool};
use crate::awaited::{self, within};
use crate::program::file;
use crate::scripted_model::{ScriptedModel, calls, says};

/// An id that no other message has.
const ID: &str = "7f7f6a52-1f0e-4b53-9a3d-6f3c1c0c5b11";

/// The ids of what was said in a task.
fn said(task: &Value) -> Vec<&str> {
    let history = task["history"].as_array().unwrap().iter();
    history
        .map(|said| said["messageId"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_again_begins_nothing_and_is_answered_with_the_task_that_it_made() {
    let model = ScriptedModel::start(["One.", "Two.", "Three.", "Four."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let first = served.say(named(ID, "first")).await;
    assert_eq!((said(&first)[0], answer(&first)), (ID, "One."));
    assert_eq!(served.say(named(ID, "first")).await, first);
    let streamed = json!({
        "jsonrpc": "2.0", "id": 1, "method": "SendStreamingMessage", "params": {"message": named(ID, "first")},
    });
    let events = served.events("/a2a", &streamed).await;
    assert_eq!(events[0]["result"]["task"]["id"], first["id"]);
    let last = &events[events.len() - 1]["result"]["statusUpdate"]["status"];
    assert_eq!(last["state"], "TASK_STATE_COMPLETED");
    // Other contents under its id.
    let other = json!({"message": named(ID, "other")});
    let (status, refused) = served
        .send(served.post("/a2a/rest/message:send", &other))
        .await;
    let words = refused["error"]["message"].as_str().unwrap();
    assert!(status == 400 && words.contains(ID), "{words}");
    // A number is no name outside of a context.
    let counted = |words: &str| {
        let mut message = text_in(words, "contextId", &first["contextId"]);
        message["messageId"] = json!("1");
        message
    };
    let second = served.say(counted("second")).await;
    assert_eq!(served.say(counted("second")).await, second);
    let elsewhere = served.say(named("1", "second")).await;
    assert_ne!(elsewhere["id"], second["id"]);
    assert_ne!(
        served.say(named("1", "second")).await["id"],
        elsewhere["id"]
    );
    assert_eq!(model.asked().len(), 4);
    let long = named(&"x".repeat(257), "first");
    let refused = served.rpc("SendMessage", json!({ "message": long })).await;
    assert_eq!(refused, Err(-32602));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_several_times_at_once_is_taken_once() {
    let model = ScriptedModel::start(["One.", "Two."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    for words in ["first", "second"] {
        let mut message = named(&format!("{ID}-{words}"), words);
        if words == "second" {
            message["contextId"] =
                served.rpc("ListTasks", json!({})).await.unwrap()["tasks"][0]["contextId"].clone();
        }
        let tasks = join_all((0..8).map(|_| served.say(message.clone()))).await;
        assert!(tasks.iter().all(|task| *task == tasks[0]), "{tasks:?}");
        assert_eq!(tasks[0]["status"]["state"], "TASK_STATE_COMPLETED");
    }
    assert_eq!(model.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_answered_before_the_server_died_is_known_to_the_next_one() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model = ScriptedModel::start([look, says("It is sunny."), says("Still.")]).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", false)]}));
    // The tool hangs when it is called first.
    let profile = "default_profile = \"spec\"\n[tools.look]\ncommand = [\"sh\", \"-c\", \"cat >/dev/null; \
                   [ -e once ]; first=$?; touch once; echo called >> journal; [ $first = 0 ] || sleep 600; echo sunny\"]\n";
    file(folder.path(), "flowdeck.toml", profile);
    let served = Served::start(folder.path(), &[]);
    let journal = folder.path().join("journal");
    {
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": named(ID, "look")},
        });
        let sending = within(served.post("/a2a", &body).send());
        let called = awaited::file(&journal, |text| text.lines().count() == 1);
        tokio::select! {
            sent = sending => panic!("the tool hangs: {sent:?}"),
            _ = called => {}
        }
        // The connection is cut here.
    }
    served.kill();
    let served = Served::start(folder.path(), &[]);
    let asked = served.say(named(ID, "look")).await;
    assert_eq!(asked["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    assert_eq!(said(&asked), [ID]);
    let done = served.say(text_in("yes", "taskId", &asked["id"])).await;
    assert_eq!((said(&done)[0], answer(&done)), (ID, "It is sunny."));
    assert_eq!(fs::read_to_string(&journal).unwrap().lines().count(), 2);
    assert_eq!(model.asked().len(), 2, "it was not asked anew");
    // Of a conversation that is not open, from the history.
    served.kill();
    let served = Served::start(folder.path(), &[]);
    assert_eq!(served.say(named(ID, "look")).await, done);
    let next = served
        .say(text_in("look again", "contextId", &done["contextId"]))
        .await;
    assert_eq!(answer(&next), "Still.");
    assert_eq!(served.say(named(ID, "look")).await, done);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_message_of_the_run_is_in_the_history_under_its_own_id() {
    let look = calls(&[("look", json!({"at": "sea"}))]);
    let model = ScriptedModel::start([look, says("Sunny.")]).await;
    let folder = agent(&model, &json!({"tools": [tool("ServerTool", true)]}));
    let served = Served::start(folder.path(), &[]);
    let asked = served.say(text("look")).await;
    let mut yes = named("yes-1", "yes");
    yes["taskId"] = asked["id"].clone();
    let done = served.say(yes.clone()).await;
    assert_eq!(said(&done)[1], "yes-1");
    assert_eq!(
        done["history"][1]["parts"][0]["data"],
        json!({"confirmed": true})
    );
    // The task takes no further message, and this one has come before.
    assert_eq!(served.say(yes).await, done);
    assert_eq!(model.asked().len(), 2);
}
