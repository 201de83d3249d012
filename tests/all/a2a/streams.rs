//! Streams that break off and are taken up, and tasks that nobody waits for any more.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::server::{AgentServer, Reply, artifact_event, card_0_3, status_event, task, task_event};
use super::{Call, failure, far, words};

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_and_the_task_is_what_counts() {
    let mut done = task("COMPLETED", None);
    done["artifacts"] = json!([{"artifactId": "a", "parts": [{"text": "one two"}]}]);
    let server = AgentServer::new([
        Reply::Broken(vec![
            task_event("WORKING", None),
            artifact_event("one ", false),
        ]),
        Reply::Result(task("WORKING", None)),
        // The piece comes twice.
        Reply::Events(vec![
            task_event("WORKING", None),
            artifact_event("one ", false),
            artifact_event("one ", true),
            artifact_event("two", true),
            status_event("COMPLETED", None),
        ]),
        Reply::Result(done),
    ])
    .await;
    let answer = Call::to(&server.url).say(words("count")).await.unwrap();
    assert_eq!(answer.text, "one two");
    assert_eq!(
        server.methods(),
        [
            "SendStreamingMessage",
            "GetTask",
            "SubscribeToTask",
            "GetTask"
        ]
    );
}

#[tokio::test]
async fn who_can_not_take_a_stream_up_looks_at_the_task() {
    for refusal in [Reply::Error(-32004, "no"), Reply::Error(-32601, "what?")] {
        let server = AgentServer::new([
            Reply::Events(vec![task_event("WORKING", None)]),
            Reply::Result(task("WORKING", None)),
            refusal,
            Reply::Result(task("WORKING", None)),
            Reply::Result(task("COMPLETED", Some("done"))),
            Reply::Result(task("COMPLETED", Some("done"))),
        ])
        .await;
        let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
        assert_eq!(answer.text, "done");
        let methods = server.methods();
        assert_eq!(
            methods.iter().filter(|it| *it == "SubscribeToTask").count(),
            1
        );
    }
}

#[tokio::test]
async fn a_card_that_promises_streams_without_having_them_is_forgiven() {
    let server = AgentServer::new([
        Reply::Error(-32004, "no streams"),
        Reply::Result(task_event("COMPLETED", Some("done"))),
    ])
    .await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");
    assert_eq!(server.methods(), ["SendStreamingMessage", "SendMessage"]);
}

#[tokio::test]
async fn looks_may_fail_as_often_as_the_session_says() {
    let gone = || Reply::Status(502, "<html>Bad Gateway</html>".to_owned());
    let server = AgentServer::silent([
        Reply::Result(task_event("WORKING", None)),
        gone(),
        gone(),
        Reply::Result(task("WORKING", None)),
        gone(),
        Reply::Gone,
        Reply::Result(task("COMPLETED", Some("done"))),
    ])
    .await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");

    let replies = [
        Reply::Result(task_event("WORKING", None)),
        gone(),
        gone(),
        gone(),
    ];
    let server = AgentServer::silent(replies).await;
    server.then([Reply::Result(task("CANCELED", None))]);
    let call = Call::to(&server.url);
    let error = failure(call.say(words("hi")).await);
    assert!(
        error.contains("answered 502: <html>Bad Gateway</html>"),
        "{error}"
    );
    // It is not waited for any more, and told so.
    server.was_asked("CancelTask").await;
}

#[tokio::test]
async fn a_call_that_is_cancelled_ends_the_task() {
    let server = AgentServer::new([
        Reply::Open(vec![task_event("WORKING", None)]),
        Reply::Result(task("CANCELED", None)),
    ])
    .await;
    let call = Call::to(&server.url);
    let stop = async {
        call.watcher.first_chunk().await;
        call.cancel.cancel();
    };
    let (answer, ()) = tokio::join!(call.say(words("hi")), stop);
    assert_eq!(failure(answer), "`far` was stopped");
    server.was_asked("CancelTask").await;
    assert_eq!(server.asked()[1].params, json!({"id": "t1"}));
}

/// WayFlow (26.3.1), whose card does not say its version, breaks down over the wish.
#[tokio::test]
async fn an_agent_that_does_not_say_its_version_is_not_asked_to_end_a_task() {
    let card = |url: &str| {
        let mut card = card_0_3(true)(url).unwrap();
        card.as_object_mut().unwrap().remove("protocolVersion");
        Some(card)
    };
    let working =
        json!({"kind": "task", "id": "t1", "contextId": "c1", "status": {"state": "working"}});
    let server = AgentServer::with_card(card, [Reply::Open(vec![working])]).await;
    let call = Call::to(&server.url);
    let stop = async {
        call.watcher.first_chunk().await;
        call.cancel.cancel();
    };
    let (answer, ()) = tokio::join!(call.say(words("hi")), stop);
    assert_eq!(failure(answer), "`far` was stopped");
    call.tools.shutdown().await;
    assert_eq!(server.methods(), ["message/stream"]);
}

#[tokio::test]
async fn an_agent_without_news_is_given_up_and_one_that_has_some_is_not() {
    let session = json!({"timeout": 0.3});
    let server = AgentServer::new([
        Reply::Open(vec![task_event("WORKING", None)]),
        Reply::Result(task("CANCELED", None)),
    ])
    .await;
    let call = Call::of(far(&server.url, &session, &json!({})));
    assert_eq!(
        failure(call.say(words("hi")).await),
        "`far` sent nothing for 0.3 s, at the task `t1`. `timeout` of its `session_parameters` is how long it may be silent"
    );
    server.was_asked("CancelTask").await;

    // 40 looks with news take longer than that.
    let looks = (0..40).map(|look| Reply::Result(task("WORKING", Some(&format!("step {look}")))));
    let first = [Reply::Result(task_event("SUBMITTED", None))];
    let last = [Reply::Result(task("COMPLETED", Some("done")))];
    let server = AgentServer::silent(first.into_iter().chain(looks).chain(last)).await;
    let call = Call::of(far(&server.url, &session, &json!({})));
    assert_eq!(call.say(words("hi")).await.unwrap().text, "done");
}
