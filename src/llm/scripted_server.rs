//! A test server that behaves like real servers, including bad ones, over real sockets, and reports
//! the requests that it receives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::model::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelError,
    RetryNotice,
};
use super::{HttpSettings, ModelSettings, Models};
use crate::conversation::Awaited;
use crate::net::retry::RetryPolicy;
use crate::profile::{ModelEndpoint, ModelTarget};

/// The behaviour for one connection, after the request was read.
#[derive(Clone, Debug)]
pub(super) enum Script {
    /// Sends these texts one after another, and closes the connection.
    Send(Vec<String>),
    /// Sends these bytes, which need not be text, and closes the connection.
    Bytes(Vec<u8>),
    /// Sends these texts, then waits until the client disconnects.
    Hang(Vec<String>),
    /// Sends the first text, then the second one repeatedly until the client disconnects.
    Drip(String, String),
}

/// A server that executes one script per connection and reports the requests.
pub(super) struct ScriptedServer {
    pub(super) url: String,
    /// The head (in lower case) and the body of each request; the body is JSON if it parses, else a
    /// string.
    pub(super) requests: mpsc::Receiver<(String, Value)>,
    /// Receives one unit for each client that disconnected while its script was hanging.
    pub(super) departures: mpsc::Receiver<()>,
    _tasks: JoinSet<()>,
}

impl ScriptedServer {
    pub(super) async fn start(path: &str, scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
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
        Script::Bytes(bytes) => return stream.write_all(&bytes).await.unwrap(),
        Script::Drip(first, beat) => return drip(stream, &first, &beat).await,
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

async fn drip(mut stream: TcpStream, first: &str, beat: &str) {
    let mut sent = stream.write_all(first.as_bytes()).await;
    let mut beats = tokio::time::interval(Duration::from_millis(20));
    while sent.is_ok() {
        beats.tick().await;
        sent = stream.write_all(beat.as_bytes()).await;
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
            let length = head.split_once("content-length: ");
            let length: usize = length.map_or(0, |(_, length)| {
                length.lines().next().unwrap().parse().unwrap()
            });
            if body.len() == length {
                return (
                    head.clone(),
                    serde_json::from_str(body).unwrap_or_else(|_| body.into()),
                );
            }
        }
    }
}

/// Makes a model with short time limits.
pub(super) fn model(endpoint: ModelEndpoint) -> Arc<dyn Model> {
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
    models.for_target(&ModelTarget::Endpoint(Box::new(endpoint)))
}

/// The pieces and notices that an observer received.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) text: Mutex<String>,
    pub(super) reasoning: Mutex<String>,
    pub(super) notices: Mutex<Vec<String>>,
    pub(super) retries: Mutex<Vec<RetryNotice>>,
    /// The waits of the call; an empty text for the end of a wait.
    pub(super) waits: Mutex<Vec<String>>,
    /// Cancelled when the first piece arrives.
    pub(super) on_first: CancellationToken,
}

impl GenerationObserver for Observed {
    fn delta(&self, delta: GenerationDelta) -> BoxFuture<'_, ()> {
        match delta {
            GenerationDelta::Text(text) => self.text.lock().unwrap().push_str(&text),
            GenerationDelta::Reasoning(text) => self.reasoning.lock().unwrap().push_str(&text),
            GenerationDelta::ToolCall { .. } => {}
        }
        self.on_first.cancel();
        Box::pin(async {})
    }

    fn retry(&self, notice: RetryNotice) -> BoxFuture<'_, ()> {
        self.retries.lock().unwrap().push(notice);
        Box::pin(async {})
    }

    fn waits(&self, on: Option<Awaited>) -> BoxFuture<'_, ()> {
        let on = on.map(|on| on.name().into_owned());
        self.waits.lock().unwrap().push(on.unwrap_or_default());
        Box::pin(async {})
    }

    fn notice(&self, notice: String) -> BoxFuture<'_, ()> {
        self.notices.lock().unwrap().push(notice);
        Box::pin(async {})
    }
}

/// Sends one request; returns the answer and what the observer received.
pub(super) async fn ask(
    model: &Arc<dyn Model>,
    request: &GenerationRequest,
) -> (Result<Generation, ModelError>, Observed) {
    let observed = Observed::default();
    let cancel = CancellationToken::new();
    let generated = model.generate(request, &observed, &cancel).await;
    (generated, observed)
}

/// The head of a streamed response.
pub(super) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// Makes a stream of these events.
pub(super) fn stream(events: &[&str]) -> Script {
    let mut pieces = vec![STREAM_HEAD.to_owned()];
    pieces.extend(events.iter().map(|event| (*event).to_owned()));
    Script::Send(pieces)
}

/// Makes a response without streaming; `headers` are complete lines.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Script {
    Script::Send(vec![format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )])
}
