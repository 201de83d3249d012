//! The bare client: `reqwest` in a loop, which makes the requests that flowdeck makes and keeps what the next one needs.

use std::sync::Arc;

use bytes::BytesMut;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Result;
use super::row::Row;

/// Has all conversations of a row at the same time.
pub(crate) async fn converse(row: Row, url: &str) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let endpoint: Arc<str> = format!("{url}/chat/completions").into();
    let mut tasks = JoinSet::new();
    for _ in 0..row.runs {
        let (client, endpoint) = (client.clone(), Arc::clone(&endpoint));
        tasks.spawn(async move {
            let conversation = conversation(&client, &endpoint, row);
            conversation.await.map_err(|error| error.to_string())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn conversation(client: &reqwest::Client, endpoint: &str, row: Row) -> Result<()> {
    let mut messages = if row.is_agent() {
        vec![
            json!({"role": "system", "content": "Look."}),
            json!({"role": "user", "content": "Look at the sea."}),
        ]
    } else {
        vec![json!({"role": "user", "content": "Say sea."})]
    };
    let tools = json!([{"type": "function", "function": {
        "name": "look", "description": "Looks.", "parameters": {
            "type": "object", "properties": {"at": {"type": "string", "title": "at"}}, "required": ["at"],
        },
    }}]);
    loop {
        let mut body = json!({"model": "m", "messages": messages, "stream": true, "stream_options": {"include_usage": true}});
        if row.is_agent() {
            body["tools"] = tools.clone();
        }
        let answer = answer(client.post(endpoint).json(&body)).await?;
        if answer.call.is_empty() {
            return if answer.text.is_empty() {
                Err("nothing was said".into())
            } else {
                Ok(())
            };
        }
        let function = json!({"name": answer.name, "arguments": answer.arguments});
        messages.push(json!({
            "role": "assistant", "content": answer.text,
            "tool_calls": [{"id": answer.call, "type": "function", "function": function}],
        }));
        let _given: Value = serde_json::from_str(&answer.arguments)?;
        messages.push(json!({"role": "tool", "tool_call_id": answer.call, "content": "sunny"}));
    }
}

#[derive(Default)]
struct Answer {
    text: String,
    call: String,
    name: String,
    arguments: String,
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Answer> {
    let response = request.send().await?.error_for_status()?;
    let mut stream = response.bytes_stream();
    let mut received = BytesMut::new();
    let mut answer = Answer::default();
    while let Some(bytes) = stream.next().await {
        received.extend_from_slice(&bytes?);
        while let Some(end) = received.iter().position(|byte| *byte == b'\n') {
            let line = received.split_to(end + 1);
            let Some(data) = line.strip_prefix(b"data: ") else {
                continue;
            };
            if data.starts_with(b"[DONE]") {
                continue;
            }
            let piece: Piece<'_> = serde_json::from_slice(data)?;
            for choice in piece.choices {
                answer
                    .text
                    .push_str(choice.delta.content.unwrap_or_default());
                for call in choice.delta.tool_calls {
                    answer.call.push_str(call.id.unwrap_or_default());
                    answer.name.push_str(call.function.name.unwrap_or_default());
                    answer.arguments.push_str(&call.function.arguments);
                }
            }
        }
    }
    Ok(answer)
}

#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    content: Option<&'a str>,
    #[serde(borrow, default)]
    tool_calls: Vec<Call<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    id: Option<&'a str>,
    #[serde(borrow)]
    function: Function<'a>,
}

#[derive(Deserialize)]
struct Function<'a> {
    name: Option<&'a str>,
    arguments: String,
}
