//! Against servers that answer as servers really do, badly too, over real sockets.

use std::sync::Mutex;

use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::*;
use crate::conversation::{Message, Role};
use crate::llm::model::GenerationDelta;
use crate::llm::{HttpSettings, ModelSettings, Models};
use crate::profile::ModelTarget;

/// What a scripted server does with one connection after it has read the request.
#[derive(Clone, Debug)]
enum Script {
    /// Sends these bytes, piece by piece, and closes.
    Send(Vec<String>),
    /// Sends these bytes and then waits until the client leaves.
    Hang(Vec<String>),
}

/// A server that plays one script for each connection and hands over what it was asked.
struct ScriptedServer {
    url: String,
    /// The head and the body of each request.
    requests: mpsc::Receiver<(String, Value)>,
    /// One unit for each client that left while its script hung.
    departures: mpsc::Receiver<()>,
    _tasks: JoinSet<()>,
}

impl ScriptedServer {
    async fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/v1/chat/completions",
            listener.local_addr().unwrap()
        );
        let (requests_tx, requests) = mpsc::channel(16);
        let (departures_tx, departures) = mpsc::channel(16);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                play(stream, script, &requests_tx, &departures_tx).await;
            }
        });
        Self {
            url,
            requests,
            departures,
            _tasks: tasks,
        }
    }

    fn model(&self) -> Arc<dyn Model> {
        model(&self.url, None)
    }
}

async fn play(
    mut stream: TcpStream,
    script: Script,
    requests: &mpsc::Sender<(String, Value)>,
    departures: &mpsc::Sender<()>,
) {
    let request = read_request(&mut stream).await;
    requests.send(request).await.unwrap();
    let (pieces, hangs) = match script {
        Script::Send(pieces) => (pieces, false),
        Script::Hang(pieces) => (pieces, true),
    };
    for piece in pieces {
        stream.write_all(piece.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
    if hangs {
        let mut nothing = [0];
        let left = stream.read(&mut nothing).await;
        assert!(matches!(left, Ok(0) | Err(_)));
        departures.send(()).await.unwrap();
    }
}

async fn read_request(stream: &mut TcpStream) -> (String, Value) {
    let mut read = Vec::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        read.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8(read.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let (_, length) = head.split_once("content-length: ").unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() == length {
                return (head.clone(), serde_json::from_str(body).unwrap());
            }
        }
    }
}

fn model(url: &str, api_key: Option<&str>) -> Arc<dyn Model> {
    let models = Models::new(ModelSettings {
        http: HttpSettings {
            answer_timeout: Duration::from_millis(400),
            idle_timeout: Duration::from_millis(400),
            uses_proxies: false,
            ..HttpSettings::default()
        },
        retry: RetryPolicy {
            initial_retry_delay: Duration::from_millis(1),
            max_retry_delay: Duration::from_millis(1),
            ..RetryPolicy::default()
        },
        ..ModelSettings::default()
    });
    models.for_target(&ModelTarget::ChatCompletions {
        url: url.parse().unwrap(),
        model_id: "m".to_owned(),
        api_key: api_key.map(Secret::new),
        generation: Map::new(),
        is_openai: false,
    })
}

#[derive(Debug, Default)]
struct Heard {
    text: Mutex<String>,
    retries: Mutex<Vec<RetryNotice>>,
    /// Cancelled when the first piece comes.
    on_first: CancellationToken,
}

impl GenerationObserver for Heard {
    fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
        if let GenerationDelta::Text(text) = delta {
            self.text.lock().unwrap().push_str(&text);
        }
        self.on_first.cancel();
        Box::pin(async {})
    }

    fn retry(&self, notice: RetryNotice) -> BoxFuture<'_, ()> {
        self.retries.lock().unwrap().push(notice);
        Box::pin(async {})
    }
}

fn request() -> GenerationRequest {
    GenerationRequest {
        messages: vec![Message::text("1", Role::User, "Hello?")],
        is_streamed: true,
        ..GenerationRequest::default()
    }
}

async fn ask(model: &Arc<dyn Model>) -> (Result<Generation, ModelError>, Heard) {
    let heard = Heard::default();
    let cancel = CancellationToken::new();
    let generated = model.generate(&request(), &heard, &cancel).await;
    (generated, heard)
}

const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

fn text_chunk(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{text}}}}}]}}\n\n")
}

fn stream(events: &[&str]) -> Script {
    let mut pieces = vec![STREAM_HEAD.to_owned()];
    pieces.extend(events.iter().map(|event| (*event).to_owned()));
    Script::Send(pieces)
}

fn answer(status: &str, headers: &str, body: &str) -> Script {
    Script::Send(vec![format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )])
}

const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn a_stream_is_asked_for_and_read() {
    let split = text_chunk(r#""Grü""#);
    let half = text_chunk(r#""\ud83d""#);
    let other_half = text_chunk(r#""\ude00""#);
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n";
    let (left, right) = split.split_at(split.find("rü").unwrap());
    let mut server = ScriptedServer::start(vec![stream(&[
        ": hello\n\n",
        left,
        right,
        &half,
        &other_half,
        STOP,
        usage,
        DONE,
    ])])
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
    let server = ScriptedServer::start(vec![answer(
        "200 OK",
        "Content-Type: application/json\r\n",
        body,
    )])
    .await;
    let (generated, heard) = ask(&server.model()).await;
    assert_eq!(generated.unwrap().content, "Hi");
    assert_eq!(*heard.text.lock().unwrap(), "Hi");
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
        let server = ScriptedServer::start(vec![script]).await;
        let (generated, heard) = ask(&server.model()).await;
        let error = generated.expect_err(name);
        assert_eq!(error.kind, kind, "{name}: {error}");
        assert!(error.message.contains(message), "{name}: {error}");
        assert!(
            error.message.contains(&server.url) || name == "a redirect",
            "{name}: {error}"
        );
        assert_eq!(heard.retries.lock().unwrap().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn servers_that_recover_are_asked_again() {
    let good = || stream(&[&text_chunk("\"Hi\""), STOP, DONE]);
    let cases = [
        ("500", answer("500 Internal Server Error", "", "oops")),
        (
            "429",
            answer("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        ),
        ("closed without an answer", Script::Send(Vec::new())),
        ("closed before a piece", stream(&[])),
    ];
    for (name, bad) in cases {
        let mut server = ScriptedServer::start(vec![bad, good()]).await;
        let (generated, heard) = ask(&server.model()).await;
        let generated = generated.expect(name);
        assert_eq!(
            (generated.content.as_str(), generated.attempts),
            ("Hi", 2),
            "{name}"
        );
        assert_eq!(heard.retries.lock().unwrap().len(), 1, "{name}");
        let first = server.requests.recv().await.unwrap();
        let second = server.requests.recv().await.unwrap();
        assert_eq!(first, second, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_stays_broken_is_given_up() {
    let bad = answer("503 Service Unavailable", "", r#"{"error":"loading"}"#);
    let server = ScriptedServer::start(vec![bad.clone(), bad.clone(), bad]).await;
    let (generated, heard) = ask(&server.model()).await;
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
    let mut server =
        ScriptedServer::start(vec![answer("400 Bad Request", "", refusal), good(), good()]).await;
    let model = server.model();
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
    let mut server =
        ScriptedServer::start(vec![Script::Hang(vec![STREAM_HEAD.to_owned() + &text])]).await;
    let (generated, _) = ask(&server.model()).await;
    let error = generated.unwrap_err();
    assert_eq!(error.kind, ModelErrorKind::Network);
    let expected = "was silent for 0.4 s in the middle of an answer";
    assert!(error.message.contains(expected), "{error}");
    server.departures.recv().await.unwrap();

    let mut server = ScriptedServer::start(vec![Script::Hang(Vec::new()); 3]).await;
    let (generated, _) = ask(&server.model()).await;
    let error = generated.unwrap_err();
    let expected = "did not begin to answer within 0.4 s (after 3 attempts)";
    assert!(error.message.contains(expected), "{error}");
    server.departures.recv().await.unwrap();
}

#[tokio::test]
async fn cancelling_closes_the_connection() {
    let text = text_chunk("\"Hi\"");
    let mut server =
        ScriptedServer::start(vec![Script::Hang(vec![STREAM_HEAD.to_owned() + &text])]).await;
    let heard = Heard::default();
    let cancel = heard.on_first.clone();
    let generated = server.model().generate(&request(), &heard, &cancel).await;
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
