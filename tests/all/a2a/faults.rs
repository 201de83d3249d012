//! Servers that answer what they should not, or nothing.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::server::{AgentServer, Reply, artifact_event, card_1_0, task, task_event};
use super::{Call, failure, far, words};

#[tokio::test]
async fn what_is_no_a2a_is_said_to_be_none() {
    for (reply, words_of_it) in [
        (Reply::Body("<html>".to_owned()), "it is not JSON"),
        (
            Reply::Body(r#"{"jsonrpc": "2.0", "id": 1}"#.to_owned()),
            "it is not an answer of JSON-RPC",
        ),
        (
            Reply::Result(json!({"weather": "fine"})),
            "neither a task nor a message",
        ),
        (
            Reply::Result(json!({"task": {"id": "t1"}})),
            "it can't be read as task: missing field `status`",
        ),
        (
            Reply::Events(Vec::new()),
            "its stream ended before it began",
        ),
        (
            Reply::Events(vec![
                task_event("WORKING", None),
                json!({"task": {"id": "t2", "status": {}}}),
            ]),
            "an event of the task `t1` is about `t2`",
        ),
        (
            Reply::Status(500, "Internal Server Error".to_owned()),
            "answered 500: Internal Server Error",
        ),
        (
            Reply::Status(302, String::new()),
            "answered 302, a redirect, which is not followed",
        ),
        (
            Reply::Error(-32602, "no parts"),
            "`far` refused: no parts (-32602)",
        ),
    ] {
        let server = AgentServer::new([reply.clone(), Reply::Result(task("CANCELED", None))]).await;
        let error = failure(Call::to(&server.url).say(words("hi")).await);
        assert!(error.contains(words_of_it), "{reply:?}: {error}");
    }
}

#[tokio::test]
async fn answers_have_a_bound() {
    let large = "x".repeat(9 * 1024 * 1024);
    let whole = Reply::Result(task_event("COMPLETED", Some(&large.repeat(2))));
    let pieces = Reply::Events(vec![
        task_event("WORKING", None),
        artifact_event(&large, false),
        artifact_event(&large, true),
    ]);
    for reply in [whole, pieces] {
        let server = AgentServer::new([reply, Reply::Result(task("CANCELED", None))]).await;
        let error = failure(Call::to(&server.url).say(words("hi")).await);
        assert!(error.contains("larger than 16 MB"), "{error}");
    }
}

#[tokio::test]
async fn who_must_show_who_it_is_is_told_how() {
    let card = |url: &str| {
        let mut card = card_1_0("JSONRPC", true)(url).unwrap();
        card["securitySchemes"] =
            json!({"bearer": {"httpAuthSecurityScheme": {"scheme": "Bearer"}}});
        Some(card)
    };
    let secret = "s3cret-of-the-test";
    let said = format!("who is {secret}?");
    let server = AgentServer::with_card(card, [Reply::Status(401, said)]).await;
    let headers = json!({"headers": {"Authorization": format!("Bearer {secret}")}});
    let call = Call::of(far(&server.url, &json!({}), &headers));
    let error = failure(call.say(words("hi")).await);
    assert!(!error.contains(secret), "{error}");
    assert!(
        error.contains("wants credentials: 401: who is")
            && error.contains("its card wants `Authorization: Bearer …` (bearer)")
            && error.ends_with("add the credentials to `headers` of its `connection_config`"),
        "{error}"
    );
}

#[tokio::test]
async fn secrets_that_an_agent_repeats_are_hidden() {
    let secret = "s3cret-of-the-test";
    let reply = Reply::Result(task_event(
        "COMPLETED",
        Some(&format!("You sent {secret}.")),
    ));
    let server = AgentServer::silent([reply]).await;
    let headers = json!({"headers": {"X-Api-Key": secret}});
    let call = Call::of(far(&server.url, &json!({}), &headers));
    let answer = call.say(words("hi")).await.unwrap();
    assert!(
        !format!("{answer:?}{:?}", call.told()).contains(secret),
        "{answer:?}"
    );
    assert!(answer.text.starts_with("You sent •"), "{answer:?}");
}

#[tokio::test]
async fn requests_are_made_again_as_the_retry_policy_says() {
    let policy =
        json!({"retry_policy": {"max_attempts": 2, "initial_retry_delay": 0.01, "jitter": null}});
    let busy = || Reply::Status(503, "busy".to_owned());
    let done = || Reply::Result(task_event("COMPLETED", Some("done")));
    let server = AgentServer::silent([busy(), Reply::Gone, done()]).await;
    let call = Call::of(far(&server.url, &json!({}), &policy));
    assert_eq!(call.say(words("hi")).await.unwrap().text, "done");
    let ids = server
        .asked()
        .into_iter()
        .map(|asked| asked.params["message"]["messageId"].clone());
    let ids: Vec<_> = ids.collect();
    assert_eq!(
        ids,
        [
            json!("r_1/far.0/call.0"),
            json!("r_1/far.0/call.0"),
            json!("r_1/far.0/call.0")
        ]
    );

    // Without one a message is sent once.
    let server = AgentServer::silent([busy()]).await;
    let error = failure(Call::to(&server.url).say(words("hi")).await);
    assert!(error.contains("answered 503: busy"), "{error}");
    assert_eq!(server.methods(), ["SendMessage"]);
}

#[tokio::test]
async fn an_agent_that_is_not_there_is_named() {
    let error = failure(Call::to("http://127.0.0.1:9").say(words("hi")).await);
    assert!(
        error.starts_with("`far` can't be reached at http://127.0.0.1:9/: "),
        "{error}"
    );

    let server = AgentServer::silent([Reply::Hang]).await;
    let call = Call::of(far(&server.url, &json!({}), &json!({"timeout": 0.2})));
    let error = failure(call.say(words("hi")).await);
    assert!(error.contains("gave no answer within 0.2 s"), "{error}");
}
