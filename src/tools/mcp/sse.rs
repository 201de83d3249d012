//! The protocol's first HTTP transport: the server sends messages as events on one open stream; the
//! client sends messages to a URL that the first event names.
//!
//! rmcp no longer supports it, but Agent Spec has it and many servers use it. Source: Model Context
//! Protocol 2024-11-05, *HTTP with SSE*.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Response, StatusCode};
use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use url::Url;

use super::ending::Ending;
use super::remote::refused;
use super::target::Remote;
use super::{MAX_MESSAGE_BYTES, too_large, wire};
use crate::base::redact::Redactor;
use crate::net::causes::innermost;
use crate::net::sse::{SseDecoder, SseEvent};

/// The reason why the stream could not be opened or a message could not be sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SseError {
    /// The server requires authentication.
    #[error("it wants a valid authorization")]
    Unauthorized,
    /// Another reason, for people.
    #[error("{0}")]
    Other(String),
}

impl SseError {
    /// Converts an error response.
    async fn of(answer: Response, redactor: &Redactor) -> Self {
        if answer.status() == StatusCode::UNAUTHORIZED {
            Self::Unauthorized
        } else {
            Self::Other(refused(answer, redactor).await)
        }
    }
}

/// A connection with this transport. Dropping it closes the stream.
pub(super) struct SseTransport {
    client: Client,
    headers: HeaderMap,
    redactor: Redactor,
    /// The URL for outgoing messages.
    endpoint: Url,
    events: Events,
    ending: Ending,
}

impl SseTransport {
    /// Opens the stream and waits for the URL for outgoing messages.
    ///
    /// # Errors
    /// The reason why the connection can't be opened.
    pub(super) async fn open(
        client: Client,
        remote: &Remote,
        ending: Ending,
    ) -> Result<Self, SseError> {
        let request = client
            .get(remote.url.clone())
            .headers(remote.headers.clone())
            .header(ACCEPT, "text/event-stream");
        let answer = request
            .send()
            .await
            .map_err(|error| SseError::Other(innermost(&error)))?;
        if !answer.status().is_success() {
            return Err(SseError::of(answer, &remote.redactor()).await);
        }
        let mut events = Events {
            bytes: answer.bytes_stream().boxed(),
            decoder: SseDecoder::new(MAX_MESSAGE_BYTES),
            ready: VecDeque::new(),
        };
        let endpoint = loop {
            match events.next().await {
                Ok(Some(event)) if event.name == "endpoint" => {
                    let endpoint = String::from_utf8(event.data).map_err(|_not_utf8| {
                        SseError::Other("its endpoint is not UTF-8".to_owned())
                    })?;
                    break endpoint;
                }
                Ok(Some(_other)) => {}
                Ok(None) => {
                    let why = "it closed the stream before it named an endpoint";
                    return Err(SseError::Other(why.to_owned()));
                }
                Err(why) => return Err(SseError::Other(why)),
            }
        };
        let endpoint = remote
            .url
            .join(endpoint.trim())
            .map_err(|error| SseError::Other(format!("its endpoint is not an address: {error}")))?;
        // Else a server could have our secret headers sent to another one.
        if endpoint.origin() != remote.url.origin() {
            let why = "its endpoint is at another server";
            return Err(SseError::Other(why.to_owned()));
        }
        Ok(Self {
            client,
            headers: remote.headers.clone(),
            redactor: remote.redactor(),
            endpoint,
            events,
            ending,
        })
    }
}

impl Transport<RoleClient> for SseTransport {
    type Error = SseError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), SseError>> + Send + 'static {
        let request = self
            .client
            .post(self.endpoint.clone())
            .headers(self.headers.clone());
        let redactor = self.redactor.clone();
        async move {
            let body =
                serde_json::to_vec(&message).map_err(|error| SseError::Other(error.to_string()))?;
            let request = request.header(CONTENT_TYPE, "application/json").body(body);
            let answer = request
                .send()
                .await
                .map_err(|error| SseError::Other(innermost(&error)))?;
            if answer.status().is_success() {
                return Ok(());
            }
            Err(SseError::of(answer, &redactor).await)
        }
    }

    /// # Cancel safety
    /// Nothing is lost.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            match self.events.next().await {
                Ok(Some(event)) if matches!(event.name.as_str(), "message" | "") => {
                    if let Some(read) = wire::read(&event.data) {
                        return Some(read.message);
                    }
                    tracing::debug!("an event of an MCP server is not a message");
                }
                Ok(Some(_other)) => {}
                Ok(None) => {
                    self.ending.set_reason("it closed the stream");
                    return None;
                }
                Err(why) => {
                    self.ending.set_reason(why);
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), SseError> {
        self.events.bytes = futures_util::stream::empty().boxed();
        Ok(())
    }
}

/// The events of a stream, decoded incrementally.
struct Events {
    bytes: BoxStream<'static, reqwest::Result<Bytes>>,
    decoder: SseDecoder,
    ready: VecDeque<SseEvent>,
}

impl Events {
    /// Returns the next event; `None` at the end of the stream.
    ///
    /// # Errors
    /// The stream broke; the text is for people.
    ///
    /// # Cancel safety
    /// No data is lost: what was read stays in the decoder or in the queue.
    async fn next(&mut self) -> Result<Option<SseEvent>, String> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let Some(bytes) = self.bytes.next().await else {
                return Ok(None);
            };
            let bytes = bytes.map_err(|error| innermost(&error))?;
            let mut events = Vec::new();
            self.decoder
                .push(&bytes, &mut events)
                .map_err(|_too_large| too_large())?;
            self.ready.extend(events);
        }
    }
}
