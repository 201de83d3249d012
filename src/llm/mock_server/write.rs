//! Formats answers in the chat completions protocol.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::InFlight;
use crate::conversation::Usage;
use crate::llm::model::{Generation, GenerationDelta};
use crate::llm::offline;

/// The number of words after which a stream with a simulated failure breaks off.
const WORDS_BEFORE_FAULT: usize = 3;

/// The fields that every object of one answer repeats.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// The number of the request, from 0.
    pub(super) number: u64,
    /// The name of the model, as in the request.
    pub(super) model: String,
}

impl Head {
    fn object(&self, object: &str, choices: &Value) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.number),
            "object": object,
            "created": 0,
            "model": self.model,
            "choices": choices,
        })
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
        self.object("chat.completion.chunk", &json!([choice]))
    }
}

/// Makes the body of an answer without streaming.
pub(super) fn whole(head: &Head, generation: &Generation) -> Value {
    let mut message = json!({"role": "assistant", "content": generation.content});
    if !generation.tool_calls.is_empty() {
        let calls = generation.tool_calls.iter().map(|call| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            json!({"id": call.id, "type": "function", "function": function})
        });
        message["tool_calls"] = calls.collect();
    }
    let choice = json!({"index": 0, "message": message, "finish_reason": generation.finish_reason});
    let mut body = head.object("chat.completion", &json!([choice]));
    body["usage"] = usage(generation.usage);
    body
}

/// Makes a response that streams an answer at the server's pace; with `breaks`, it ends in an
/// error.
pub(super) fn stream(
    in_flight: InFlight,
    head: &Head,
    generation: &Generation,
    includes_usage: bool,
    breaks: bool,
) -> Response {
    let mut events: Vec<String> = vec![event(
        &head.chunk(&json!({"role": "assistant", "content": ""}), None),
    )];
    let pieces = offline::pieces(generation);
    events.extend(
        pieces
            .into_iter()
            .map(|piece| event(&head.chunk(&delta(piece), None))),
    );
    if breaks {
        events.truncate(1 + WORDS_BEFORE_FAULT);
        let error = json!({"message": "The server had an error (this server fails at random)",
            "type": "server_error", "code": null});
        events.push(event(&json!({"error": error})));
    } else {
        let finish_reason = generation.finish_reason.as_deref();
        events.push(event(&head.chunk(&json!({}), finish_reason)));
        if includes_usage {
            let mut last = head.object("chat.completion.chunk", &json!([]));
            last["usage"] = usage(generation.usage);
            events.push(event(&last));
        }
        events.push("data: [DONE]\n\n".to_owned());
    }
    let speech = Speech {
        in_flight,
        events: events.into_iter(),
        is_first: true,
        breaks,
    };
    let body = Body::from_stream(stream::unfold(speech, Speech::next));
    let headers = [
        (CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, body).into_response()
}

/// A stream in progress. Dropped with the connection, which decrements the counter of open
/// requests.
struct Speech {
    in_flight: InFlight,
    events: std::vec::IntoIter<String>,
    is_first: bool,
    breaks: bool,
}

impl Speech {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let Some(event) = self.events.next() else {
            if self.breaks {
                self.in_flight.fail();
            } else {
                self.in_flight.complete();
            }
            return None;
        };
        let pace = self.in_flight.server.model.pace;
        if !std::mem::take(&mut self.is_first) && !pace.between_words.is_zero() {
            sleep(pace.between_words).await;
        }
        Some((Ok(Bytes::from(event)), self))
    }
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn delta(piece: GenerationDelta) -> Value {
    match piece {
        GenerationDelta::Text(text) => json!({"content": text}),
        GenerationDelta::Reasoning(text) => json!({"reasoning_content": text}),
        GenerationDelta::ToolCall {
            index,
            id,
            name,
            arguments,
        } => {
            let mut call = json!({"index": index, "function": {"arguments": arguments}});
            if !id.is_empty() {
                call["id"] = json!(id);
                call["type"] = json!("function");
            }
            if !name.is_empty() {
                call["function"]["name"] = json!(name);
            }
            json!({"tool_calls": [call]})
        }
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    })
}
