//! A model server that answers by what it is asked, and counts how often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

type Answer = fn(&[Value]) -> Value;

/// The server; it ends with the value.
pub(super) struct CountingModel {
    url: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

struct Shared {
    answer: Answer,
    asked: Mutex<HashMap<String, usize>>,
}

impl CountingModel {
    /// Starts one that makes its answers of the messages that it gets.
    pub(super) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Mutex::default();
        let shared = Arc::new(Shared { answer, asked });
        let router = Router::new()
            .route("/v1/chat/completions", post(reply))
            .with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            shared,
            _server: server,
        }
    }

    /// What an agent names it by.
    pub(super) fn config(&self) -> Value {
        json!({
            "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": self.url, "model_id": "m",
        })
    }

    /// How often it was asked, by the messages.
    pub(super) fn asked(&self) -> HashMap<String, usize> {
        self.shared.asked.lock().unwrap().clone()
    }
}

/// Answers in a stream of one piece.
async fn reply(
    State(shared): State<Arc<Shared>>,
    Json(request): Json<Value>,
) -> ([(&'static str, &'static str); 1], String) {
    let question = request["messages"].to_string();
    *shared.asked.lock().unwrap().entry(question).or_default() += 1;
    let delta = (shared.answer)(request["messages"].as_array().unwrap());
    let chunk = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]});
    (
        [("content-type", "text/event-stream")],
        format!("data: {chunk}\n\ndata: [DONE]\n\n"),
    )
}
