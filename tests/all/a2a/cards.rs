//! Which interface of a card is used, and what it may not lead to.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::server::{AgentServer, Reply, card_1_0, task_event};
use super::{Call, failure, far, words};

fn done() -> Reply {
    Reply::Result(task_event("COMPLETED", Some("done")))
}

/// A card with these interfaces.
fn card(interfaces: impl FnOnce(&str) -> Value) -> impl FnOnce(&str) -> Option<Value> {
    move |url| {
        let mut card = card_1_0("JSONRPC", false)(url).unwrap();
        card["supportedInterfaces"] = interfaces(url);
        Some(card)
    }
}

#[tokio::test]
async fn the_first_interface_that_is_spoken_is_used() {
    let interfaces = |url: &str| {
        json!([
            {"url": "far.example:443", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
            {"url": format!("{url}/new"), "protocolBinding": "JSONRPC", "protocolVersion": "2.0"},
            {"url": format!("{url}/old"), "protocolBinding": "HTTP+JSON", "protocolVersion": "0.3"},
            {"url": format!("{url}/rest/"), "protocolBinding": "HTTP+JSON", "protocolVersion": "1.1", "tenant": "acme"},
            {"url": format!("{url}/rpc"), "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
        ])
    };
    let server = AgentServer::with_card(card(interfaces), [done()]).await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");
    assert_eq!(server.methods(), ["POST /rest/acme/message:send"]);
    assert_eq!(server.asked()[0].params["tenant"], "acme");
}

#[tokio::test]
async fn a_card_may_name_this_machine_in_other_words() {
    let elsewhere = |url: &str| json!([{"url": url.replace("127.0.0.1", "localhost"), "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]);
    let server = AgentServer::with_card(card(elsewhere), [done()]).await;
    let answer = Call::to(&server.url).say(words("hi")).await.unwrap();
    assert_eq!(answer.text, "done");
}

#[tokio::test]
async fn what_is_said_goes_to_no_server_but_that_of_the_spec() {
    let elsewhere = |_: &str| json!([{"url": "https://elsewhere.example/a2a?key=1", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}]);
    let server = AgentServer::with_card(card(elsewhere), []).await;
    let error = failure(Call::to(&server.url).say(words("hi")).await);
    let begins = format!(
        "`far` can't be used: its card names https://elsewhere.example/a2a as its address, but the spec names {}/. \
         use the address of the card",
        server.url
    );
    assert!(error.starts_with(&begins), "{error}");
    assert_eq!(server.methods(), [""; 0]);
}

#[tokio::test]
async fn a_card_without_an_interface_that_is_spoken_says_what_it_has() {
    for (interfaces, words_of_it) in [
        (json!([]), "its card names no interface"),
        (
            json!([
                {"url": "far.example:443", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
                {"url": "http://far.example", "protocolBinding": "HTTP+JSON", "protocolVersion": "0.3"},
            ]),
            "its card names GRPC 1.0, HTTP+JSON 0.3 only",
        ),
    ] {
        let server = AgentServer::with_card(card(|_| interfaces), []).await;
        let error = failure(Call::to(&server.url).say(words("hi")).await);
        assert!(error.contains(words_of_it), "{error}");
    }
    let wants_more = |url: &str| {
        let mut card = card_1_0("JSONRPC", false)(url).unwrap();
        card["capabilities"]["extensions"] =
            json!([{"uri": "https://example.com/x", "required": true}]);
        Some(card)
    };
    let server = AgentServer::with_card(wants_more, []).await;
    let error = failure(Call::to(&server.url).say(words("hi")).await);
    assert!(
        error.contains("it wants the extension `https://example.com/x`"),
        "{error}"
    );
}

/// The reference runtime reads no card.
#[tokio::test]
async fn without_a_card_it_is_an_endpoint_of_0_3() {
    let message = json!({"kind": "message", "messageId": "m", "role": "agent", "parts": [{"kind": "text", "text": "hi"}]});
    let server = AgentServer::with_card(|_| None, [Reply::Result(message)]).await;
    let call = Call::to(&format!("{}/agent", server.url));
    assert_eq!(call.say(words("hi")).await.unwrap().text, "hi");
    assert_eq!(server.methods(), ["message/send"]);
    assert_eq!(
        call.watcher.seen().notices,
        [format!(
            "{}/agent has no agent card: flowdeck speaks version 0.3 of A2A with it",
            server.url
        )]
    );
}

#[tokio::test]
async fn what_can_not_be_used_is_said_before_anything_is_sent() {
    let unsafe_way = json!({"verify": false});
    let half = json!({"cert_file": "c.pem"});
    let header = json!({"headers": {"bad name": "x"}});
    for (url, connection, words_of_it) in [
        (
            "ftp://far.example",
            json!({}),
            "`ftp://far.example/` is neither `http` nor `https`",
        ),
        ("far.example", json!({}), "`far.example` is not an address"),
        ("https://far.example", unsafe_way, "`verify` is false"),
        ("https://far.example", half, "`key_file` and `cert_file`"),
        (
            "http://far.example",
            header,
            "the header `bad name` can't be sent",
        ),
    ] {
        let call = Call::of(far(url, &json!({}), &connection));
        let error = failure(call.say(words("hi")).await);
        assert!(error.contains(words_of_it), "{error}");
    }
}
