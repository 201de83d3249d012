//! An A2A server that answers by a script and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::awaited::within;

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The result.
    Result(Value),
    /// The results of a stream, one after the other.
    Events(Vec<Value>),
    /// The same, and the stream stays open.
    Open(Vec<Value>),
    /// The same, and the connection breaks off.
    Broken(Vec<Value>),
    /// An error of the protocol: in its own event where a stream is wanted after these.
    Error(i64, &'static str),
    /// Events, and then an error.
    EventsThenError(Vec<Value>, i64, &'static str),
    /// A status, and a body.
    Status(u16, String),
    /// A body as it is.
    Body(String),
    /// The connection breaks off before a word.
    Gone,
    /// Nothing comes.
    Hang,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// The operation by its name in JSON-RPC, or method and path.
    pub(crate) method: String,
    /// Its parameters.
    pub(crate) params: Value,
    /// The version that it says it is in.
    pub(crate) version: String,
    pub(crate) authorization: String,
}

#[derive(Debug, Default)]
struct Shared {
    card: Mutex<Option<Value>>,
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
    came: Notify,
}

/// A server; ends with the value.
pub(crate) struct AgentServer {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

impl AgentServer {
    /// One that speaks 1.0 and streams, by JSON-RPC.
    pub(crate) async fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_card(card_1_0("JSONRPC", true), replies).await
    }

    /// One that speaks 1.0 and does not stream.
    pub(crate) async fn silent(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with_card(card_1_0("JSONRPC", false), replies).await
    }

    /// One whose card is as `card` makes it of its address.
    pub(crate) async fn with_card(
        card: impl FnOnce(&str) -> Option<Value>,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        *shared.card.lock().unwrap() = card(&url);
        shared.replies.lock().unwrap().extend(replies);
        let app = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&shared));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            shared,
            _tasks: tasks,
        }
    }

    /// More answers.
    pub(crate) fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// The operations that were asked for, in order.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.method).collect()
    }

    /// Waits until an operation was asked for.
    pub(crate) async fn was_asked(&self, method: &str) {
        within(async {
            while !self.methods().iter().any(|asked| asked == method) {
                self.shared.came.notified().await;
            }
        })
        .await;
    }
}

/// A card of version 1.0.
pub(crate) fn card_1_0(
    binding: &'static str,
    streaming: bool,
) -> impl FnOnce(&str) -> Option<Value> {
    move |url| {
        Some(json!({
            "name": "far", "description": "Far away.", "version": "1",
            "supportedInterfaces": [{"url": format!("{url}/at"), "protocolBinding": binding, "protocolVersion": "1.0"}],
            "capabilities": {"streaming": streaming}, "defaultInputModes": ["text/plain"],
            "defaultOutputModes": ["text/plain"], "skills": [],
        }))
    }
}

/// A card of version 0.3.
pub(crate) fn card_0_3(streaming: bool) -> impl FnOnce(&str) -> Option<Value> {
    move |url| {
        Some(json!({
            "name": "far", "description": "Far away.", "version": "1", "protocolVersion": "0.3.0",
            "url": format!("{url}/at"), "preferredTransport": "JSONRPC", "capabilities": {"streaming": streaming},
            "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"], "skills": [],
        }))
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().contains("/.well-known/") {
        return match shared.card.lock().unwrap().clone() {
            Some(card) if uri.path().ends_with("agent-card.json") => {
                axum::Json(card).into_response()
            }
            _ => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        };
    }
    let header = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_rpc = body.get("jsonrpc").is_some();
    let asked = Asked {
        method: match body["method"].as_str() {
            Some(name) => name.to_owned(),
            None => format!("{method} {}", uri.path()),
        },
        params: if is_rpc {
            body["params"].clone()
        } else {
            body.clone()
        },
        version: header("a2a-version"),
        authorization: header("authorization"),
    };
    shared.asked.lock().unwrap().push(asked);
    shared.came.notify_one();
    let reply = shared.replies.lock().unwrap().pop_front();
    let id = body.get("id").cloned().unwrap_or_default();
    let is_streamed = header("accept").contains("event-stream");
    respond(
        reply.expect("the script has an answer"),
        &id,
        is_rpc,
        is_streamed,
    )
    .await
}

async fn respond(reply: Reply, id: &Value, is_rpc: bool, is_streamed: bool) -> Response {
    let whole = |result: Value| {
        if is_rpc {
            json!({"jsonrpc": "2.0", "id": id, "result": result})
        } else {
            result
        }
    };
    let refused = |code: i64, message: &str| {
        if is_rpc {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
        } else {
            let reason = if code == -32001 {
                "TASK_NOT_FOUND"
            } else {
                "UNSUPPORTED_OPERATION"
            };
            let info =
                json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason});
            json!({"error": {"code": 400, "message": message, "details": [info]}})
        }
    };
    let written = |events: Vec<Value>| {
        let events = events
            .into_iter()
            .map(|event| format!("data: {}\n\n", whole(event)));
        // What keeps a connection alive comes between.
        events.collect::<Vec<_>>().join(": ping\n\n")
    };
    let stream = |text: String| ([(header::CONTENT_TYPE, "text/event-stream")], text);
    match reply {
        Reply::Result(result) => axum::Json(whole(result)).into_response(),
        Reply::Events(events) => stream(written(events)).into_response(),
        Reply::Open(events) | Reply::Broken(events) if events.is_empty() => {
            std::future::pending().await
        }
        Reply::Open(events) => {
            let first = futures_util::stream::iter([Ok(written(events))]);
            let pieces = first.chain(futures_util::stream::pending::<std::io::Result<String>>());
            (
                [(header::CONTENT_TYPE, "text/event-stream")],
                Body::from_stream(pieces),
            )
                .into_response()
        }
        Reply::Broken(events) => {
            let first = futures_util::stream::iter([Ok(written(events))]);
            // What was written is sent before the connection breaks off.
            let broken = futures_util::stream::once(async {
                tokio::task::yield_now().await;
                Err(std::io::Error::other("broken"))
            });
            let pieces = Body::from_stream(first.chain(broken));
            ([(header::CONTENT_TYPE, "text/event-stream")], pieces).into_response()
        }
        Reply::Error(code, message) if is_rpc && is_streamed => stream(format!(
            "event: error\ndata: {}\n\n",
            refused(code, message)
        ))
        .into_response(),
        Reply::Error(code, message) => {
            let status = if is_rpc {
                StatusCode::OK
            } else {
                StatusCode::BAD_REQUEST
            };
            (status, axum::Json(refused(code, message))).into_response()
        }
        Reply::EventsThenError(events, code, message) => {
            let end = format!("event: error\ndata: {}\n\n", refused(code, message));
            stream(written(events) + &end).into_response()
        }
        Reply::Status(status, body) => {
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        Reply::Body(body) => body.into_response(),
        Reply::Gone => {
            let pieces =
                futures_util::stream::iter([Err::<String, _>(std::io::Error::other("gone"))]);
            Body::from_stream(pieces).into_response()
        }
        Reply::Hang => std::future::pending().await,
    }
}

/// A task of 1.0 in a state, with the agent's words to it.
pub(crate) fn task(state: &str, said: Option<&str>) -> Value {
    let mut task = json!({"id": "t1", "contextId": "c1", "status": status(state, said)});
    task["history"] = json!([{"messageId": "m0", "role": "ROLE_USER", "parts": [{"text": "hi"}]}]);
    task
}

/// The same as an event.
pub(crate) fn task_event(state: &str, said: Option<&str>) -> Value {
    json!({"task": task(state, said)})
}

/// A new status of that task.
pub(crate) fn status_event(state: &str, said: Option<&str>) -> Value {
    json!({"statusUpdate": {"taskId": "t1", "contextId": "c1", "status": status(state, said)}})
}

/// A piece of its artifact `a`.
pub(crate) fn artifact_event(text: &str, append: bool) -> Value {
    let artifact = json!({"artifactId": "a", "name": "report", "parts": [{"text": text}]});
    json!({"artifactUpdate": {"taskId": "t1", "contextId": "c1", "artifact": artifact, "append": append}})
}

fn status(state: &str, said: Option<&str>) -> Value {
    let mut status =
        json!({"state": format!("TASK_STATE_{state}"), "timestamp": "2026-12-01T05:25:31.048955Z"});
    if let Some(text) = said {
        status["message"] = json!({"messageId": format!("s {text}"), "role": "ROLE_AGENT", "parts": [{"text": text}]});
    }
    status
}
