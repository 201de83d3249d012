//! A served agent that another system runs: what it waits for, its client is asked.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, answer, spec, text, text_in};
use crate::a2a::far;
use crate::a2a::server::{AgentServer, Reply, task, task_event};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_remote_agent_waits_for_its_task_waits_for_and_the_answer_goes_on_with_it() {
    let remote = AgentServer::silent([
        Reply::Result(task_event("INPUT_REQUIRED", Some("Which city?"))),
        Reply::Result(task_event("AUTH_REQUIRED", Some("Sign in there."))),
        // It goes on by itself once it is authorised, and is looked at twice.
        Reply::Result(task("COMPLETED", Some("Sunny."))),
        Reply::Result(task("COMPLETED", Some("Sunny."))),
        Reply::Result(task_event("COMPLETED", Some("You are welcome."))),
    ])
    .await;
    let mut agent = far(&remote.url, &json!({}), &json!({}));
    agent["agentspec_version"] = json!("26.1.2");
    let folder = spec(&agent);
    let served = Served::start(folder.path(), &[]);
    let words = |task: &Value| {
        let parts = &task["status"]["message"]["parts"];
        parts[0]["text"].as_str().unwrap_or_default().to_owned()
    };
    let asked = served.say(text("weather")).await;
    assert_eq!(asked["status"]["state"], "TASK_STATE_INPUT_REQUIRED");
    assert_eq!(words(&asked), "Which city?");
    let id = &asked["id"];
    // What waits does so after the server was killed, too.
    served.kill();
    let served = Served::start(folder.path(), &[]);
    let read = served.rpc("GetTask", json!({ "id": id })).await.unwrap();
    assert_eq!(read, asked);
    let refused = served.say(text_in("Bern", "taskId", id)).await;
    assert_eq!(refused["status"]["state"], "TASK_STATE_AUTH_REQUIRED");
    assert!(words(&refused).contains("Sign in there."), "{refused}");
    let done = served.say(text_in("I did", "taskId", id)).await;
    assert_eq!(done["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!((answer(&done), &done["id"]), ("Sunny.", id));
    let next = served
        .say(text_in("thanks", "contextId", &done["contextId"]))
        .await;
    assert_ne!(next["id"], *id, "a task that is over has no more turns");
    assert_eq!(answer(&next), "You are welcome.");
    let sent = remote.asked().into_iter();
    let sent: Vec<Value> = sent
        .filter(|asked| asked.method == "SendMessage")
        .map(|asked| asked.params["message"]["taskId"].clone())
        .collect();
    assert_eq!(
        sent,
        [Value::Null, json!("t1"), Value::Null],
        "the remote agent's task goes on as the served one does"
    );
}
