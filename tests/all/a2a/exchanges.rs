//! What is said, by which way, and what of a task is the answer.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::server::{
    AgentServer, Reply, artifact_event, card_0_3, card_1_0, status_event, task, task_event,
};
use super::{Call, failure, far, in_thread, words};
use flowdeck::tools::{RemoteAnswer, RemoteThread};

fn thread(task: Option<&str>, heard: &[&str]) -> RemoteThread {
    RemoteThread {
        context: Some("c1".to_owned()),
        task: task.map(str::to_owned),
        needs_authorization: false,
        heard: heard.iter().map(|&id| id.to_owned()).collect(),
    }
}

#[tokio::test]
async fn a_message_is_sent_once_and_its_stream_is_the_answer() {
    let server = AgentServer::new([Reply::Events(vec![
        task_event("SUBMITTED", None),
        status_event("WORKING", Some("at work")),
        artifact_event("You said: ", false),
        artifact_event("hi", true),
        artifact_event(".", true),
        status_event("COMPLETED", None),
    ])])
    .await;
    let agent = far(
        &server.url,
        &json!({}),
        &json!({"headers": {"Authorization": "Bearer s3cret-of-the-test"}}),
    );
    let call = Call::of(agent);
    let answer = call.say(words("hi")).await.unwrap();
    assert_eq!(
        answer,
        RemoteAnswer {
            text: "You said: hi.".to_owned(),
            state: "completed".to_owned(),
            thread: thread(None, &[]),
            ..RemoteAnswer::default()
        }
    );
    let asked = server.asked();
    assert_eq!(server.methods(), ["SendStreamingMessage"]);
    assert_eq!(asked[0].version, "1.0");
    assert_eq!(asked[0].authorization, "Bearer s3cret-of-the-test");
    assert_eq!(
        asked[0].params,
        json!({
            "message": {"messageId": "r_1/far.0/call.0", "role": "ROLE_USER", "parts": [{"text": "hi"}]},
            "configuration": {"acceptedOutputModes": ["text/plain"], "returnImmediately": true},
        })
    );
    assert_eq!(
        call.told(),
        [
            "submitted",
            "working: at work",
            "You said: ",
            "hi",
            ".",
            "completed"
        ]
    );
    assert_eq!(call.watcher.seen().begun, [json!({"task": "t1"})]);
}

#[tokio::test]
async fn an_agent_that_does_not_stream_is_looked_at_until_it_is_done() {
    let mut done = task("COMPLETED", Some("Here it is."));
    done["artifacts"] = json!([{"artifactId": "a", "parts": [{"text": "the report"}]}]);
    let server = AgentServer::silent([
        Reply::Result(task_event("SUBMITTED", None)),
        Reply::Result(task("WORKING", Some("at work"))),
        Reply::Result(task("WORKING", Some("at work"))),
        Reply::Result(done),
    ])
    .await;
    let call = Call::to(&server.url);
    let answer = call.say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "Here it is.\n\nthe report");
    assert_eq!(
        server.methods(),
        ["SendMessage", "GetTask", "GetTask", "GetTask"]
    );
    assert_eq!(server.asked()[1].params, json!({"id": "t1"}));
    assert_eq!(
        call.told(),
        ["submitted", "working: at work", "completed: Here it is."]
    );
}

#[tokio::test]
async fn version_0_3_has_its_own_words() {
    let status = |state: &str| json!({"state": state, "timestamp": "2026-12-01T05:25:31.048955"});
    let server = AgentServer::with_card(
        card_0_3(true),
        [Reply::Events(vec![
            json!({"kind": "task", "id": "t1", "contextId": "c1", "status": status("submitted")}),
            json!({"kind": "artifact-update", "taskId": "t1", "contextId": "c1",
                   "artifact": {"artifactId": "a", "parts": [{"kind": "text", "text": "well"}]}}),
            json!({"kind": "status-update", "taskId": "t1", "contextId": "c1", "status": status("completed"), "final": true}),
        ])],
    )
    .await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "well");
    let asked = server.asked();
    assert_eq!(
        (asked[0].method.as_str(), asked[0].version.as_str()),
        ("message/stream", "")
    );
    assert_eq!(
        asked[0].params,
        json!({
            "message": {
                "kind": "message", "messageId": "r_1/far.0/call.0", "role": "user",
                "parts": [{"kind": "text", "text": "hi"}],
            },
            "configuration": {"acceptedOutputModes": ["text/plain"], "blocking": false},
        })
    );
}

#[tokio::test]
async fn http_and_json_have_paths() {
    let server = AgentServer::with_card(
        card_1_0("HTTP+JSON", false),
        [
            Reply::Result(task_event("WORKING", None)),
            Reply::Result(task("COMPLETED", Some("done"))),
        ],
    )
    .await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");
    assert_eq!(
        server.methods(),
        ["POST /at/message:send", "GET /at/tasks/t1"]
    );
    assert_eq!(
        server.asked()[0].params["message"]["parts"],
        json!([{"text": "hi"}])
    );

    let events = vec![
        task_event("WORKING", None),
        status_event("COMPLETED", Some("done")),
    ];
    let server = AgentServer::with_card(card_1_0("HTTP+JSON", true), [Reply::Events(events)]).await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");
    assert_eq!(server.methods(), ["POST /at/message:stream"]);
}

#[tokio::test]
async fn an_answer_may_come_without_a_task() {
    let message = json!({"message": {
        "messageId": "m", "contextId": "c1", "role": "ROLE_AGENT",
        "parts": [
            {"text": "Look: "},
            {"url": "https://example.com/a.pdf", "mediaType": "application/pdf", "filename": "a.pdf"},
            {"raw": "AAEC", "mediaType": "image/png"},
            {"data": {"sunny": true}},
        ],
    }});
    for reply in [Reply::Events(vec![message.clone()]), Reply::Result(message)] {
        let server = AgentServer::new([reply]).await;
        let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
        assert_eq!(
            answer,
            RemoteAnswer {
                text: "Look: \n\n[file: a.pdf, application/pdf, https://example.com/a.pdf]\n\n[file: image/png, 3 bytes]"
                    .to_owned(),
                state: "message".to_owned(),
                data: vec![json!({"sunny": true})],
                files: vec![
                    json!({"url": "https://example.com/a.pdf", "filename": "a.pdf", "mediaType": "application/pdf"}),
                    json!({"raw": "AAEC", "mediaType": "image/png"}),
                ],
                thread: thread(None, &[]),
            }
        );
    }
}

#[tokio::test]
async fn a_question_is_answered_in_its_task() {
    let asks = || {
        Reply::Events(vec![
            task_event("WORKING", None),
            status_event("INPUT_REQUIRED", Some("Which city?")),
        ])
    };
    let server = AgentServer::new([asks()]).await;
    let call = Call::to(&server.url);
    let question = call.say(words("weather")).await.unwrap();
    assert_eq!(
        (question.text.as_str(), question.state.as_str()),
        ("Which city?", "input-required")
    );
    assert_eq!(question.thread.task.as_deref(), Some("t1"));

    // The first event may still be of the turn before: the same words, at the same time.
    server.then([Reply::Events(vec![
        task_event("INPUT_REQUIRED", Some("Which city?")),
        status_event("COMPLETED", Some("Sunny.")),
    ])]);
    let answer = call
        .say(in_thread("Bern", question.thread.clone()))
        .await
        .unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.state.as_str()),
        ("Sunny.", "completed")
    );
    assert_eq!(answer.thread, thread(None, &[]));
    let message = server.asked()[1].params["message"].clone();
    assert_eq!(
        (&message["taskId"], &message["contextId"]),
        (&json!("t1"), &json!("c1"))
    );

    // A task that is over meanwhile is left, and the conversation goes on.
    server.then([Reply::Error(-32004, "the task is over"), asks()]);
    call.say(in_thread("Bern", question.thread)).await.unwrap();
    let messages: Vec<Value> = server
        .asked()
        .iter()
        .map(|asked| asked.params["message"].clone())
        .collect();
    assert_eq!(messages[2]["taskId"], "t1");
    assert_eq!(messages[3].get("taskId"), None);
    assert_eq!(messages[3]["contextId"], "c1");
}

/// As WayFlow (26.3.1) has it: all in the history, and the turn before first.
#[tokio::test]
async fn answers_stand_in_the_history_where_nothing_else_has_them() {
    let said = |id: &str, text: &str| json!({"messageId": id, "role": "agent", "parts": [{"kind": "text", "text": text}]});
    let tool_request = json!({"messageId": "x", "role": "agent", "parts": [
        {"kind": "data", "data": {"name": "multiply"}, "metadata": {"type": "tool_request"}}]});
    let user =
        json!({"messageId": "u", "role": "user", "parts": [{"kind": "text", "text": "6 by 7"}]});
    let task = |state: &str, at: &str, history: &[&Value]| {
        json!({"kind": "task", "id": "t1", "contextId": "c1", "history": history,
               "status": {"state": state, "timestamp": format!("2026-12-01T05:25:{at}.048955")}})
    };
    let first = said("a", "It is 42.");
    let second = said("b", "It is 43.");
    let server = AgentServer::with_card(
        card_0_3(false),
        [
            Reply::Result(task("submitted", "31", &[&user])),
            Reply::Result(task(
                "input-required",
                "32",
                &[&user, &tool_request, &first],
            )),
        ],
    )
    .await;
    let call = Call::to(&server.url);
    let answer = call.say(words("6 by 7")).await.unwrap();
    assert_eq!(answer.text, "It is 42.");
    server.then([
        Reply::Result(task(
            "input-required",
            "32",
            &[&user, &tool_request, &first],
        )),
        Reply::Result(task("working", "33", &[&user, &tool_request, &first])),
        Reply::Result(task(
            "input-required",
            "34",
            &[&user, &tool_request, &first, &second],
        )),
    ]);
    let answer = call
        .say(in_thread("one more", answer.thread))
        .await
        .unwrap();
    assert_eq!(answer.text, "It is 43.");
}

#[tokio::test]
async fn an_authorization_is_waited_for_and_not_sent_into_the_task() {
    let server = AgentServer::new([Reply::Events(vec![
        task_event("WORKING", None),
        status_event("AUTH_REQUIRED", Some("Sign in at https://example.com")),
    ])])
    .await;
    let call = Call::to(&server.url);
    let wants = call.say(words("pay")).await.unwrap();
    assert_eq!(wants.state, "auth-required");
    assert!(wants.thread.needs_authorization);
    // It went on by itself.
    server.then([
        Reply::Result(task("WORKING", None)),
        Reply::Result(task("WORKING", None)),
        Reply::Events(vec![
            task_event("WORKING", None),
            status_event("COMPLETED", Some("Paid.")),
        ]),
        Reply::Result(task("COMPLETED", Some("Paid."))),
    ]);
    let answer = call
        .say(in_thread("done", wants.thread.clone()))
        .await
        .unwrap();
    assert_eq!(answer.text, "Paid.");
    assert_eq!(
        server.methods()[1..],
        ["GetTask", "GetTask", "SubscribeToTask", "GetTask"]
    );
    // It still waits, so it is told what the person said.
    server.then([
        Reply::Result(task(
            "AUTH_REQUIRED",
            Some("Sign in at https://example.com"),
        )),
        Reply::Events(vec![
            task_event("WORKING", None),
            status_event("COMPLETED", Some("Paid.")),
        ]),
    ]);
    let answer = call
        .say(in_thread("the code is 7", wants.thread))
        .await
        .unwrap();
    assert_eq!(answer.text, "Paid.");
    let said = server.asked().last().unwrap().params["message"].clone();
    assert_eq!(
        (&said["taskId"], &said["parts"]),
        (&json!("t1"), &json!([{"text": "the code is 7"}]))
    );
}

#[tokio::test]
async fn a_task_that_ends_badly_is_a_failure_at_once() {
    for (state, words_of_it) in [
        ("FAILED", "`far` failed: it went wrong"),
        ("REJECTED", "`far` rejected the task: it went wrong"),
        ("CANCELED", "`far` ended its task: it went wrong"),
    ] {
        let server = AgentServer::new([Reply::Events(vec![
            task_event("WORKING", None),
            status_event(state, Some("it went wrong")),
        ])])
        .await;
        assert_eq!(
            failure(Call::to(&server.url).say(words("hi")).await),
            words_of_it
        );
        assert_eq!(server.methods(), ["SendStreamingMessage"], "{state}");
    }
    let server = AgentServer::new([Reply::EventsThenError(
        vec![task_event("WORKING", None)],
        -32603,
        "out of luck",
    )])
    .await;
    server.then([Reply::Result(task("CANCELED", None))]);
    let error = failure(Call::to(&server.url).say(words("hi")).await);
    assert!(
        error.starts_with("`far` refused: out of luck (-32603)"),
        "{error}"
    );
}
