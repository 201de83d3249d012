//! The stream of a task's events.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

use super::MAX_ANSWER_BYTES;
use super::http::too_large;
use super::trouble::Trouble;
use crate::a2a::{ProtocolError, RpcResponse, StreamEvent};
use crate::net::sse::{SseDecoder, SseEvent};

/// The events that an agent sends while it works.
pub(super) struct Events(Source);

enum Source {
    /// A single answer instead of a stream.
    Only(Option<Box<StreamEvent>>),
    Stream(Box<Stream>),
}

struct Stream {
    response: Response,
    decoder: SseDecoder,
    /// Whether each event is a JSON-RPC response.
    is_rpc: bool,
    /// The time limit, for the error message when a connection is lost.
    limit: Duration,
    /// The events that arrived together, in reverse order.
    ready: Vec<SseEvent>,
    n_bytes: usize,
}

impl Events {
    pub(super) fn of(response: Response, is_rpc: bool, limit: Duration) -> Self {
        Self(Source::Stream(Box::new(Stream {
            response,
            decoder: SseDecoder::new(MAX_ANSWER_BYTES),
            is_rpc,
            limit,
            ready: Vec::new(),
            n_bytes: 0,
        })))
    }

    pub(super) fn only(event: StreamEvent) -> Self {
        Self(Source::Only(Some(Box::new(event))))
    }

    /// Returns the next event; `None` at the end of the stream.
    ///
    /// # Errors
    /// The connection broke, the server sent an error, or an event is invalid.
    ///
    /// # Cancel safety
    /// No event is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<StreamEvent>, Trouble> {
        match &mut self.0 {
            Source::Only(event) => Ok(event.take().map(|event| *event)),
            Source::Stream(stream) => stream.next().await,
        }
    }
}

impl Stream {
    async fn next(&mut self) -> Result<Option<StreamEvent>, Trouble> {
        loop {
            if let Some(event) = self.ready.pop() {
                return read(&event, self.is_rpc).map(Some);
            }
            let bytes = self.response.chunk().await;
            let Some(bytes) = bytes.map_err(|error| Trouble::lost(error, self.limit))? else {
                return Ok(None);
            };
            self.n_bytes += bytes.len();
            if self.n_bytes > MAX_ANSWER_BYTES {
                return Err(too_large());
            }
            let pushed = self.decoder.push(&bytes, &mut self.ready);
            pushed.map_err(|error| Trouble::Strange(error.to_string()))?;
            self.ready.reverse();
        }
    }
}

fn read(event: &SseEvent, is_rpc: bool) -> Result<StreamEvent, Trouble> {
    let data: Value = serde_json::from_slice(&event.data)
        .map_err(|error| Trouble::Strange(format!("an event is not JSON: {error}")))?;
    let came = if data.get("jsonrpc").is_some() || is_rpc {
        match RpcResponse::read(data) {
            Some(answer) => answer.outcome.map_err(Trouble::Refused)?,
            None => {
                return Err(Trouble::Strange(
                    "an event is not an answer of JSON-RPC".to_owned(),
                ));
            }
        }
    } else if event.name == "error" || data.get("error").is_some() {
        let refused = ProtocolError::from_http(&data);
        return Err(refused.map_or_else(
            || Trouble::Strange("an event reports an error without a message".to_owned()),
            Trouble::Refused,
        ));
    } else {
        data
    };
    serde_json::from_value(came)
        .map_err(|error| Trouble::Strange(format!("an event can't be read: {error}")))
}
