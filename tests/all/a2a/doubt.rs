//! Calls that a program left behind when it died.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::server::{AgentServer, Reply, status_event, task, task_event};
use super::{Call, failure, words};

#[tokio::test]
async fn a_task_that_was_begun_is_followed_and_nothing_is_sent_again() {
    let server = AgentServer::new([
        Reply::Result(task("WORKING", None)),
        Reply::Events(vec![
            task_event("WORKING", None),
            status_event("COMPLETED", Some("done")),
        ]),
        Reply::Result(task("COMPLETED", Some("done"))),
    ])
    .await;
    let mut call = Call::to(&server.url);
    call.begun = Some(json!({"task": "t1"}));
    assert_eq!(call.say(words("hi")).await.unwrap().text, "done");
    assert_eq!(server.methods(), ["GetTask", "SubscribeToTask", "GetTask"]);

    // It was over meanwhile.
    let server = AgentServer::new([Reply::Result(task("COMPLETED", Some("done")))]).await;
    let mut call = Call::to(&server.url);
    call.begun = Some(json!({"task": "t1"}));
    assert_eq!(call.say(words("hi")).await.unwrap().text, "done");
    assert_eq!(server.methods(), ["GetTask"]);

    // Its server has lost it.
    let server = AgentServer::new([
        Reply::Error(-32001, "Task not found"),
        Reply::Error(-32001, "Task not found"),
    ])
    .await;
    let mut call = Call::to(&server.url);
    call.begun = Some(json!({"task": "t1"}));
    let error = failure(call.say(words("hi")).await);
    assert_eq!(error, "`far` refused: Task not found (-32001)");
}
