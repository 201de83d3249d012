//! Against servers that answer as servers really do, badly too, over real sockets.

use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::net::TcpListener;

use super::reading::MAX_EVENT_BYTES;
use super::*;
use crate::base::secret::Secret;
use crate::conversation::{Message, Role};
use crate::llm::model::ResponseFormat;
use crate::llm::scripted_server::{
    self, Observed, STREAM_HEAD, Script, ScriptedServer, answer, stream,
};
use crate::profile::{Api, Credentials};

const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn text_chunk(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{text}}}}}]}}\n\n")
}

fn model(url: &str, api_key: Option<&str>) -> Arc<dyn Model> {
    let url = url.parse().unwrap();
    scripted_server::model(ModelEndpoint {
        credentials: Credentials::from(api_key.map(Secret::new)),
        ..ModelEndpoint::new(Api::ChatCompletions, url, "m")
    })
}

fn request() -> GenerationRequest {
    GenerationRequest {
        messages: [Message::text("1", Role::User, "Hello?")]
            .map(std::sync::Arc::new)
            .into(),
        is_streamed: true,
        ..GenerationRequest::default()
    }
}

async fn ask(model: &Arc<dyn Model>) -> (Result<Generation, ModelError>, Observed) {
    scripted_server::ask(model, &request()).await
}

#[tokio::test]
async fn a_stream_is_asked_for_and_read() {
    let split = text_chunk(r#""Grü""#);
    let half = text_chunk(r#""\ud83d""#);
    let other_half = text_chunk(r#""\ude00""#);
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n";
    let (left, right) = split.split_at(split.find("rü").unwrap());
    let mut server = ScriptedServer::start(
        "/v1/chat/completions",
        vec![stream(&[
            ": hello\n\n",
            left,
            right,
            &half,
            &other_half,
            STOP,
            usage,
            DONE,
        ])],
    )
    .await;
    let (generated, heard) = ask(&model(&server.url, Some("sk-1"))).await;
    let generated = generated.unwrap();
    assert_eq!(generated.content, "Grü😀");
    assert_eq!(*heard.text.lock().unwrap(), "Grü😀");
    assert_eq!(generated.usage.total_tokens, 18);
    assert_eq!(generated.attempts, 1);
    assert!(generated.time_to_first_token.is_some());
    let (headers, sent) = server.requests.recv().await.unwrap();
    assert!(
        headers.starts_with("post /v1/chat/completions http/1.1"),
        "{headers}"
    );
    assert!(headers.contains("authorization: bearer sk-1"), "{headers}");
    assert!(headers.contains("accept-encoding: identity"), "{headers}");
    assert_eq!(
        sent,
        json!({
            "model": "m",
            "stream": true,
            "messages": [{"role": "user", "content": "Hello?"}],
            "stream_options": {"include_usage": true},
        })
    );
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_is_read_even_where_a_stream_was_asked_for() {
    let body = r#"{"id":"c","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#;
    let server = ScriptedServer::start(
        "/v1/chat/completions",
        vec![answer("200 OK", "Content-Type: application/json\r\n", body)],
    )
    .await;
    let (generated, heard) = ask(&model(&server.url, None)).await;
    assert_eq!(generated.unwrap().content, "Hi");
    assert_eq!(*heard.text.lock().unwrap(), "Hi");
}

#[tokio::test]
async fn a_web_page_in_place_of_an_answer_is_told_by_its_title_and_address() {
    let page = "<html><title>nginx</title></html>";
    for script in [
        stream(&[page]),
        answer("200 OK", "Content-Type: text/html\r\n", page),
        answer("200 OK", "Content-Type: application/json\r\n", page),
        answer("200 OK", "", page),
    ] {
        let server = ScriptedServer::start("/v1/chat/completions", vec![script]).await;
        let (generated, heard) = ask(&model(&server.url, None)).await;
        let error = generated.unwrap_err();
        assert_eq!(error.kind, ModelErrorKind::BadAnswer);
        let told = format!("`{}` sent a web page (“nginx”)", server.url);
        assert_eq!(error.message, told);
        assert_eq!(heard.retries.lock().unwrap().len(), 0);
    }
}

/// Servers that fail for good: what they do, the kind, and a part of the message.
#[tokio::test]
async fn bad_servers_are_told_apart() {
    let page = "<html><title>nginx</title></html>";
    let huge = format!("data: {}\n\n", "x".repeat(MAX_EVENT_BYTES + 1));
    let text = text_chunk("\"Hi\"");
    let cases = [
        (
            "half a JSON",
            stream(&["data: {\"choices\":[{\"de\n\n"]),
            ModelErrorKind::BadAnswer,
            "sent an event that is not JSON",
        ),
        (
            "a drop in the middle",
            stream(&[&text]),
            ModelErrorKind::Network,
            "ended the stream in the middle of an answer",
        ),
        (
            "an error inside",
            stream(&[&text, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"]),
            ModelErrorKind::Server,
            "broke off with an error: overloaded",
        ),
        (
            "a huge event",
            stream(&[&huge]),
            ModelErrorKind::BadAnswer,
            "an event of the stream is larger than",
        ),
        (
            "a page with 404",
            answer("404 Not Found", "Content-Type: text/html\r\n", page),
            ModelErrorKind::Configuration,
            "answered 404 Not Found: a web page (“nginx”)",
        ),
        (
            "a page with 200",
            answer("200 OK", "Content-Type: text/html\r\n", page),
            ModelErrorKind::BadAnswer,
            "sent a web page (“nginx”)",
        ),
        (
            "a wrong key",
            answer(
                "401 Unauthorized",
                "",
                r#"{"error":{"message":"bad key sk-1"}}"#,
            ),
            ModelErrorKind::Authentication,
            "answered 401 Unauthorized: bad key",
        ),
        (
            "a redirect",
            answer("302 Found", "Location: http://elsewhere/\r\n", ""),
            ModelErrorKind::Configuration,
            "answered 302 Found",
        ),
        (
            "an unknown model",
            answer("404 Not Found", "", r#"{"error":"model \"m\" not found"}"#),
            ModelErrorKind::Configuration,
            "model \"m\" not found",
        ),
        (
            "no JSON",
            answer("200 OK", "Content-Type: application/json\r\n", "{\"choi"),
            ModelErrorKind::BadAnswer,
            "a body that is not JSON",
        ),
    ];
    for (name, script, kind, message) in cases {
        let asked_whole = ["half a JSON", "a huge event", "no JSON"].contains(&name);
        let scripts = vec![script; 1 + usize::from(asked_whole)];
        let server = ScriptedServer::start("/v1/chat/completions", scripts).await;
        let (generated, heard) = ask(&model(&server.url, None)).await;
        let error = generated.expect_err(name);
        assert_eq!(error.kind, kind, "{name}: {error}");
        assert!(error.message.contains(message), "{name}: {error}");
        assert!(
            error.message.contains(&server.url) || name == "a redirect",
            "{name}: {error}"
        );
        let retries = heard.retries.lock().unwrap().len();
        assert_eq!(retries, usize::from(asked_whole), "{name}");
    }
}

#[tokio::test]
async fn servers_that_recover_are_asked_again() {
    let good = || stream(&[&text_chunk("\"Hi\""), STOP, DONE]);
    let cases = [
        (
            "500",
            answer("500 Internal Server Error", "", "oops"),
            "retry: 500, ",
        ),
        (
            "429",
            answer("429 Too Many Requests", "Retry-After: 0\r\n", ""),
            "",
        ),
        (
            "closed without an answer",
            Script::Send(Vec::new()),
            "retry: no answer, ",
        ),
    ];
    for (name, bad, pause) in cases {
        let mut server = ScriptedServer::start("/v1/chat/completions", vec![bad, good()]).await;
        let (generated, heard) = ask(&model(&server.url, None)).await;
        let generated = generated.expect(name);
        assert_eq!(
            (generated.content.as_str(), generated.attempts),
            ("Hi", 2),
            "{name}"
        );
        assert_eq!(heard.retries.lock().unwrap().len(), 1, "{name}");
        assert_eq!(heard.waits.lock().unwrap().join(", "), pause, "{name}");
        let first = server.requests.recv().await.unwrap();
        let second = server.requests.recv().await.unwrap();
        assert_eq!(first, second, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_stays_broken_is_given_up() {
    let bad = answer("503 Service Unavailable", "", r#"{"error":"loading"}"#);
    let server =
        ScriptedServer::start("/v1/chat/completions", vec![bad.clone(), bad.clone(), bad]).await;
    let (generated, heard) = ask(&model(&server.url, None)).await;
    let error = generated.unwrap_err();
    assert_eq!(error.status, Some(503));
    assert!(
        error.message.ends_with("loading (after 3 attempts)"),
        "{error}"
    );
    assert_eq!(heard.retries.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_server_does_not_take_is_left_out() {
    let refusal = r#"{"error":{"message":"Unknown parameter: stream_options"}}"#;
    let good = || stream(&[&text_chunk("\"Hi\""), STOP, DONE]);
    let mut server = ScriptedServer::start(
        "/v1/chat/completions",
        vec![answer("400 Bad Request", "", refusal), good(), good()],
    )
    .await;
    let model = model(&server.url, None);
    for _ in 0..2 {
        let (generated, heard) = ask(&model).await;
        let usage = generated.unwrap().usage;
        assert_eq!(usage.llm_calls, 1);
        assert!(usage.total_tokens > 0, "the usage is estimated");
        assert_eq!(heard.retries.lock().unwrap().len(), 0);
    }
    let mut has_options = Vec::new();
    for _ in 0..3 {
        let (_, body) = server.requests.recv().await.unwrap();
        has_options.push(body.get("stream_options").is_some());
    }
    assert_eq!(has_options, [true, false, false]);
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_left() {
    let text = text_chunk("\"Hi\"");
    let mut server = ScriptedServer::start(
        "/v1/chat/completions",
        vec![Script::Hang(vec![STREAM_HEAD.to_owned() + &text])],
    )
    .await;
    let (generated, _) = ask(&model(&server.url, None)).await;
    let error = generated.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Network);
    let expected = "was silent for 0.4 s in the middle of an answer";
    assert!(error.message.contains(expected), "{error}");
    server.departures.recv().await.unwrap();

    let mut server =
        ScriptedServer::start("/v1/chat/completions", vec![Script::Hang(Vec::new()); 3]).await;
    let (generated, _) = ask(&model(&server.url, None)).await;
    let error = generated.unwrap_err();
    let expected = "did not begin to answer within 0.4 s (after 3 attempts)";
    assert!(error.message.contains(expected), "{error}");
    server.departures.recv().await.unwrap();
}

#[tokio::test]
async fn cancelling_closes_the_connection() {
    let text = text_chunk("\"Hi\"");
    let mut server = ScriptedServer::start(
        "/v1/chat/completions",
        vec![Script::Hang(vec![STREAM_HEAD.to_owned() + &text])],
    )
    .await;
    let heard = Observed::default();
    let cancel = heard.on_first.clone();
    let generated = model(&server.url, None)
        .generate(&request(), &heard, &cancel)
        .await;
    assert_eq!(generated.unwrap_err().kind, ModelErrorKind::Cancelled);
    server.departures.recv().await.unwrap();
}

#[tokio::test]
async fn a_dead_host_is_named_with_its_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://user:sk-pw@{address}/v1/chat/completions?key=sk-1");
    let (generated, heard) = ask(&model(&url, Some("sk-2"))).await;
    let error = generated.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Network);
    let expected = format!("can't connect to `http://{address}/v1/chat/completions`: ");
    assert!(error.message.starts_with(&expected), "{error}");
    assert!(error.message.contains("refused"), "{error}");
    assert!(!format!("{error:?}").contains("sk-"), "{error:?}");
    assert_eq!(heard.retries.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_shape_that_an_endpoint_can_not_be_asked_for_is_asked_for_in_the_prompt() {
    let refusal = r#"{"error":{"message":"response_format is not supported by this model"}}"#;
    let good = || stream(&[&text_chunk(r#""{\"n\": 1}""#), STOP, DONE]);
    let scripts = vec![answer("400 Bad Request", "", refusal), good(), good()];
    let mut server = ScriptedServer::start("/v1/chat/completions", scripts).await;
    let model = model(&server.url, None);
    let request = GenerationRequest {
        response_format: Some(ResponseFormat {
            name: "answer".to_owned(),
            schema: json!({"type": "object", "required": ["n"]}),
        }),
        ..request()
    };
    let mut notices = Vec::new();
    for _ in 0..2 {
        let (generated, heard) = scripted_server::ask(&model, &request).await;
        assert_eq!(generated.unwrap().content, "{\"n\": 1}");
        notices.extend(heard.notices.into_inner().unwrap());
    }
    let expected = format!(
        "`m` at `{}` does not take a JSON Schema for the answer: the prompt asks for the shape instead",
        server.url
    );
    assert_eq!(notices, [expected], "told once");
    let (_, first) = server.requests.recv().await.unwrap();
    assert_eq!(first["response_format"]["json_schema"]["name"], "answer");
    for _ in 0..2 {
        let (_, body) = server.requests.recv().await.unwrap();
        assert_eq!(body.get("response_format"), None);
        let system = body["messages"][0]["content"].as_str().unwrap();
        assert!(
            system.ends_with(r#"{"type":"object","required":["n"]}"#),
            "{system}"
        );
        assert_eq!(body["messages"][1]["content"], "Hello?");
    }
}

/// Each protocol: its address, the header with the key, a stream, and an error inside a stream.
#[tokio::test]
async fn each_protocol_is_spoken_over_a_socket() {
    let cases = [
        (
            Api::Responses,
            "authorization: bearer sk-1",
            [
                "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"Hi\"}\n\n",
                "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}}\n\n",
            ],
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\",\"message\":\"overloaded\"}}}\n\n",
        ),
        (
            Api::Messages,
            "x-api-key: sk-1",
            [
                "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
                "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
            ],
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"overloaded\"}}\n\n",
        ),
    ];
    for (api, key_header, events, error) in cases {
        let path = format!("/v1{}", api.path());
        let scripts = vec![
            // An error before the first piece is tried again; one after it is not.
            stream(&[error]),
            stream(&events),
            stream(&[events[0], error]),
        ];
        let mut server = ScriptedServer::start(&path, scripts).await;
        let model = scripted_server::model(ModelEndpoint {
            credentials: Credentials::Key(Secret::new("sk-1")),
            ..ModelEndpoint::new(api, server.url.parse().unwrap(), "m")
        });
        let (answered, heard) = ask(&model).await;
        let answered = answered.unwrap();
        assert_eq!((answered.content.as_str(), answered.attempts), ("Hi", 2));
        assert_eq!(answered.usage.total_tokens, 5);
        assert_eq!(*heard.text.lock().unwrap(), "Hi");
        let (request_head, body) = server.requests.recv().await.unwrap();
        assert!(request_head.starts_with(&format!("post {path} http/1.1")));
        assert!(request_head.contains(key_header), "{request_head}");
        assert_eq!(body["model"], "m");
        let (answered, _) = ask(&model).await;
        let error = answered.unwrap_err();
        assert_eq!(error.kind, ModelErrorKind::Server, "{api:?}");
        assert!(
            error
                .message
                .contains("broke off with an error: overloaded"),
            "{error}"
        );
    }
}
