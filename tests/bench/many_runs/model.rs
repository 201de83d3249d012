//! A model server that costs as little as it can: answers are made once, requests are searched and not parsed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Result;
use super::row::Row;

/// Serves the answers of a row, and prints the address; ends with the process.
pub(crate) async fn serve(row: Row) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    let answers = Arc::new(Answers::of(row));
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                let answers = Arc::clone(&answers);
                clients.spawn(async move {
                    // A client that is gone is no failure here.
                    let _gone = converse(stream, &answers).await;
                });
            }
            Some(_ended) = clients.join_next() => {}
        }
    }
}

/// What the server says: in the first rounds words and a call, then words.
struct Answers {
    delay: Duration,
    streamed: Vec<Vec<u8>>,
    whole: Vec<Vec<u8>>,
}

impl Answers {
    fn of(row: Row) -> Self {
        let rounds = 0..=row.rounds;
        let call = |round: usize| (round < row.rounds).then(|| format!("call_{round}"));
        Self {
            delay: Duration::from_millis(row.delay_ms),
            streamed: rounds
                .clone()
                .map(|round| streamed(row.tokens, call(round).as_deref()))
                .collect(),
            whole: rounds
                .map(|round| whole(row.tokens, call(round).as_deref()))
                .collect(),
        }
    }
}

async fn converse(mut stream: TcpStream, answers: &Answers) -> Result<()> {
    let mut received = Vec::new();
    loop {
        let Some(request) = next_request(&mut stream, &mut received).await? else {
            return Ok(());
        };
        let body = String::from_utf8_lossy(received.get(..request).unwrap_or_default());
        let round = body.matches(r#""role":"tool""#).count();
        let is_streamed = body.contains(r#""stream":true"#);
        let of_kind = if is_streamed {
            &answers.streamed
        } else {
            &answers.whole
        };
        let answer = of_kind.get(round).ok_or("more rounds than the row has")?;
        if !answers.delay.is_zero() {
            tokio::time::sleep(answers.delay).await;
        }
        stream.write_all(answer).await?;
        received.drain(..request);
    }
}

/// Reads until a whole request is there, and gives its length; none when the client has gone.
async fn next_request(stream: &mut TcpStream, received: &mut Vec<u8>) -> Result<Option<usize>> {
    loop {
        if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(received.get(..end).unwrap_or_default())
                .to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .ok_or("no length")?;
            let whole = end + 4 + length.trim().parse::<usize>()?;
            while received.len() < whole {
                if stream.read_buf(received).await? == 0 {
                    return Ok(None);
                }
            }
            return Ok(Some(whole));
        }
        if stream.read_buf(received).await? == 0 {
            return Ok(None);
        }
    }
}

fn streamed(tokens: usize, call: Option<&str>) -> Vec<u8> {
    let piece = |delta: Value, finish: Option<&str>| {
        json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    };
    let mut pieces = vec![piece(json!({"role": "assistant", "content": ""}), None)];
    pieces.extend((0..tokens).map(|_| piece(json!({"content": "word "}), None)));
    if let Some(id) = call {
        let opened = json!({"name": "look", "arguments": ""});
        let call = json!({"index": 0, "id": id, "type": "function", "function": opened});
        pieces.push(piece(json!({"tool_calls": [call]}), None));
        for fragment in ["{\"at\":", " \"sea\"}"] {
            let more = json!({"index": 0, "function": {"arguments": fragment}});
            pieces.push(piece(json!({"tool_calls": [more]}), None));
        }
    }
    let finish = if call.is_some() { "tool_calls" } else { "stop" };
    pieces.push(piece(json!({}), Some(finish)));
    pieces.push(json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": "m", "choices": [],
        "usage": usage(tokens),
    }));
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_vec();
    let texts = pieces.iter().map(Value::to_string);
    for text in texts.chain(["[DONE]".to_owned()]) {
        let event = format!("data: {text}\n\n");
        answer.extend(format!("{:x}\r\n{event}\r\n", event.len()).bytes());
    }
    answer.extend(b"0\r\n\r\n");
    answer
}

fn whole(tokens: usize, call: Option<&str>) -> Vec<u8> {
    let mut message = json!({"role": "assistant", "content": "word ".repeat(tokens)});
    if let Some(id) = call {
        let function = json!({"name": "look", "arguments": "{\"at\": \"sea\"}"});
        message["tool_calls"] = json!([{"id": id, "type": "function", "function": function}]);
    }
    let finish = if call.is_some() { "tool_calls" } else { "stop" };
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage(tokens),
    });
    let body = body.to_string();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}

fn usage(tokens: usize) -> Value {
    json!({"prompt_tokens": 100, "completion_tokens": tokens, "total_tokens": 100 + tokens})
}
