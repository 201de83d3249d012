//! A model server that says what a test wants and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Answers in order; the requests are kept. Ends with the value.
pub(crate) struct ScriptedModel {
    url: String,
    shared: Arc<Mutex<Shared>>,
    _server: JoinSet<()>,
}

struct Shared {
    answers: VecDeque<Value>,
    requests: Vec<Value>,
}

/// An answer that calls tools: pairs of a name and arguments.
pub(crate) fn calls(calls: &[(&str, Value)]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            json!({
                "index": index, "id": format!("call_{index}"), "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()},
            })
        })
        .collect();
    json!({"role": "assistant", "content": null, "tool_calls": calls})
}

/// An answer in words.
pub(crate) fn says(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

/// A stream, byte for byte.
pub(crate) fn raw(stream: &str) -> Value {
    json!({ "raw": stream })
}

impl ScriptedModel {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared {
            answers: answers.into_iter().collect(),
            requests: Vec::new(),
        }));
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
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
    pub(crate) fn config(&self) -> Value {
        json!({
            "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": self.url, "model_id": "m",
        })
    }

    /// What each request says, message by message.
    pub(crate) fn asked(&self) -> Vec<Vec<String>> {
        let shared = self.shared.lock().unwrap();
        let said = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
        let requests = shared.requests.iter();
        requests
            .map(|request| {
                let messages = request["messages"].as_array().unwrap();
                messages.iter().map(said).collect()
            })
            .collect()
    }

    /// The names of the tools that the latest request offers.
    pub(crate) fn offered(&self) -> Vec<String> {
        let shared = self.shared.lock().unwrap();
        let tools = &shared.requests.last().unwrap()["tools"];
        let tools = tools.as_array().into_iter().flatten();
        tools
            .map(|tool| tool["function"]["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The results of tools that the latest request tells.
    pub(crate) fn results(&self) -> Vec<String> {
        let shared = self.shared.lock().unwrap();
        let messages = shared.requests.last().unwrap()["messages"]
            .as_array()
            .unwrap()
            .clone();
        let results = messages.iter().filter(|message| message["role"] == "tool");
        results
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Answers in a stream of one piece.
async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    Json(request): Json<Value>,
) -> ([(&'static str, &'static str); 1], String) {
    let mut shared = shared.lock().unwrap();
    shared.requests.push(request);
    let delta = shared
        .answers
        .pop_front()
        .unwrap_or_else(|| says("There is no more."));
    if let Some(stream) = delta["raw"].as_str() {
        return ([("content-type", "text/event-stream")], stream.to_owned());
    }
    let chunk = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]});
    (
        [("content-type", "text/event-stream")],
        format!("data: {chunk}\n\ndata: [DONE]\n\n"),
    )
}
