//! An answer that is none is asked for once more, whatever protocol the server speaks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::program::{Ran, file, run};

/// The streams that are still to be sent, in order.
type Streams = Arc<Mutex<VecDeque<String>>>;

async fn answer(State(streams): State<Streams>) -> Response {
    let next = streams.lock().unwrap().pop_front().unwrap();
    ([("content-type", "text/event-stream")], next).into_response()
}

fn stream(events: &[Value]) -> String {
    let event = |event: &Value| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap_or("message")
        )
    };
    events.iter().map(event).collect()
}

/// An agent that greets, against a server of this protocol that sends these streams; and how many of them are left.
async fn run_against(api_type: &str, streams: &[&str]) -> (Ran, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let left: Streams = Arc::new(Mutex::new(
        streams.iter().map(|stream| (*stream).to_owned()).collect(),
    ));
    let router = Router::new().fallback(answer).with_state(Arc::clone(&left));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let spec = json!({
        "component_type": "Agent", "id": "a", "name": "a", "agentspec_version": "26.1.2", "system_prompt": "Greet.",
        "llm_config": {
            "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m", "url": "http://localhost:1", "model_id": "m",
        },
    });
    let profile = format!(
        "default_profile = 'wire'\n[profiles.wire]\n[[profiles.wire.llm]]\nmatch = '*'\nurl = 'http://{address}/v1'\n\
         api_type = '{api_type}'\n"
    );
    let ran = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        file(home.path(), "flowdeck.toml", profile);
        let path = file(home.path(), "spec.json", spec.to_string());
        let path = path.to_str().unwrap();
        run(&["run", path, "--message", "Hello?", "--no-history"])
    });
    let ran = ran.await.unwrap();
    let n_left = left.lock().unwrap().len();
    (ran, n_left)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_is_asked_for_once_more_on_each_wire() {
    let choice = |text: &str| {
        let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": "stop"});
        stream(&[json!({"choices": [choice]})]) + "data: [DONE]\n\n"
    };
    let completed =
        json!({"type": "response.completed", "response": {"status": "completed", "output": []}});
    let said = json!({"type": "response.output_text.delta", "delta": "Hi."});
    let begun = json!({"type": "message_start", "message": {"usage": {"input_tokens": 1}}});
    let ended = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}});
    let over = json!({"type": "message_stop"});
    let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    let text = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi."}});
    let candidate = |parts: Value| {
        stream(&[json!({
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
        })])
    };
    for (api_type, nothing, words) in [
        ("chat_completions", choice(""), choice("Hi.")),
        (
            "responses",
            stream(std::slice::from_ref(&completed)),
            stream(&[said, completed.clone()]),
        ),
        (
            "messages",
            stream(&[begun.clone(), ended.clone(), over.clone()]),
            stream(&[begun, block, text, ended, over]),
        ),
        (
            "gemini",
            candidate(json!([])),
            candidate(json!([{"text": "Hi."}])),
        ),
    ] {
        let (ran, n_left) = run_against(api_type, &[&nothing, &words]).await;
        assert_eq!(
            (ran.code, ran.stdout.as_str(), n_left),
            (0, "Hi.\n", 0),
            "{api_type}: {}",
            ran.stderr
        );
        let (ran, n_left) = run_against(api_type, &[&nothing, &nothing, &words]).await;
        assert_eq!((ran.code, n_left), (1, 1), "{api_type}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("the model gave no answer, twice"),
            "{api_type}: {}",
            ran.stderr
        );
    }
}
