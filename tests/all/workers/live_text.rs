//! What a model has written so far, where workers carry the runs out.

use std::convert::Infallible;
use std::fs;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::bed::{Fleet, code_of};
use crate::awaited;
use crate::program::file;
use crate::scripted_model::says;

/// Says the first half of each answer, and the second half once a permit is there.
async fn halves(State(second_half): State<Arc<Semaphore>>) -> Body {
    let said = |text: &str| {
        let chunk =
            json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": says(text)}]});
        Ok::<_, Infallible>(format!("data: {chunk}\n\n"))
    };
    let rest = async move {
        second_half.acquire().await.unwrap().forget();
        let end = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
        said(" half").map(|text| format!("{text}data: {end}\n\ndata: [DONE]\n\n"))
    };
    let first = stream::iter([said("the first")]);
    Body::from_stream(first.chain(stream::once(rest)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_has_written_so_far_comes_at_once_where_it_is_shown() {
    let Some(mut fleet) = Fleet::new().await else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let second_half = Arc::new(Semaphore::new(0));
    let router = Router::new()
        .route("/v1/chat/completions", post(halves))
        .with_state(Arc::clone(&second_half));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let agent = json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "teller", "name": "teller",
        "system_prompt": "Say it.",
        "llm_config": {
            "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": url, "model_id": "m",
        },
    });
    file(fleet.bed.path(), "teller.json", agent.to_string());
    let _worker = fleet.worker(&[]).await;
    let arguments = ["run", "teller.json", "--message", "say it", "--format"];

    let (client, output, notes) = fleet.begin("live", &[&arguments[..], &["jsonl"]].concat());
    awaited::file(&output, |text| {
        text.contains("LlmGenerationChunkReceived") && text.contains("the first")
    })
    .await;
    second_half.add_permits(1);
    let code = code_of(client).await;
    assert_eq!(code, Some(0), "{}", fs::read_to_string(notes).unwrap());
    let lines = fs::read_to_string(output).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let chunks = lines
        .iter()
        .filter(|line| line["type"] == "LlmGenerationChunkReceived");
    let said: String = chunks
        .map(|chunk| chunk["content"].as_str().unwrap())
        .collect();
    assert!("the first half".starts_with(&said), "{said}");

    // Where only results are written, they are the same without the pieces.
    second_half.add_permits(1);
    let ran = fleet.run(&[&arguments[..], &["json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        result["runs"][0]["messages"][1]["content"], "the first half",
        "{result}"
    );
}
