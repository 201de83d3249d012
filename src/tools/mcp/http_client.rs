//! The HTTP client for the SDK's transport.
//!
//! The SDK's own client discards the server's text for most error statuses, waits forever if an
//! error does not name its request, and accepts a list of tools only as a whole.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use rmcp::model::{
    ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, JsonRpcError, JsonRpcMessage,
    RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, SseError, StreamableHttpClient, StreamableHttpError,
    StreamableHttpPostResponse,
};
use sse_stream::{Sse, SseStream};

use super::{MAX_MESSAGE_BYTES, remote, too_large, wire};
use crate::base::redact::Redactor;
use crate::net::body::{self, BodyError};

const SESSION: &str = "mcp-session-id";
const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
type Failure = StreamableHttpError<reqwest::Error>;
type Events = BoxStream<'static, Result<Sse, SseError>>;

/// A client that reads answers like [`wire`], and accepts any answer to a request as the answer to
/// it.
#[derive(Clone)]
pub(super) struct HttpClient {
    client: reqwest::Client,
    /// The secrets that the server receives.
    redactor: Redactor,
}

impl HttpClient {
    pub(super) fn new(client: reqwest::Client, redactor: Redactor) -> Self {
        Self { client, redactor }
    }

    /// Returns the text of an error response.
    async fn refusal(&self, mut answer: Response) -> ErrorData {
        let status = answer.status();
        let said = remote::beginning(&mut answer).await;
        if let Some(JsonRpcMessage::Error(error)) = wire::read(&said).map(|read| read.message) {
            return error.error;
        }
        let words = remote::in_words(status, &said, &self.redactor);
        ErrorData::new(ErrorCode::INTERNAL_ERROR, words, None)
    }

    /// Makes the error for an answer of an unexpected type.
    async fn odd(&self, answer: Response) -> Failure {
        strange(remote::refused(answer, &self.redactor).await)
    }
}

impl StreamableHttpClient for HttpClient {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let mut request = self
            .client
            .post(uri.as_ref())
            .headers(headers.into_iter().collect());
        if let Some(session) = &session_id {
            request = request.header(SESSION, session.as_ref());
        }
        let request = request.header(ACCEPT, format!("{JSON}, {EVENTS}"));
        let answer = request.json(&message).send().await?;
        let status = answer.status();
        if status == StatusCode::UNAUTHORIZED {
            return Err(unauthorized(&answer));
        }
        if status == StatusCode::NOT_FOUND && session_id.is_some() {
            return Err(StreamableHttpError::SessionExpired);
        }
        let is_bare = matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT);
        let asked = match &message {
            // Nothing else will answer it.
            JsonRpcMessage::Request(asked) if is_bare => {
                let words = format!("it answered {status}, without a word");
                return Ok(StreamableHttpPostResponse::Json(
                    failed(asked.id.clone(), words),
                    None,
                ));
            }
            JsonRpcMessage::Request(asked) => asked,
            JsonRpcMessage::Notification(_) => {
                // Nothing is waited for, and the next request will show what is wrong.
                tracing::debug!(%status, "a notification to an MCP server was answered");
                return Ok(StreamableHttpPostResponse::Accepted);
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) if status.is_success() => {
                return Ok(StreamableHttpPostResponse::Accepted);
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {
                return Err(self.odd(answer).await);
            }
        };
        let session = answer.headers().get(SESSION);
        let session = session.and_then(|id| Some(id.to_str().ok()?.to_owned()));
        if !status.is_success() {
            let is_start = matches!(asked.request, ClientRequest::InitializeRequest(_));
            let error = self.refusal(answer).await;
            // What passes by itself: a start is tried again, as the policy says.
            if is_start && (status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) {
                return Err(strange(error.message.into_owned()));
            }
            let error = JsonRpcError::new(Some(asked.id.clone()), error);
            return Ok(StreamableHttpPostResponse::Json(
                JsonRpcMessage::Error(error),
                session,
            ));
        }
        if is_of_type(&answer, EVENTS) {
            let events = events_of(answer, Some(asked.id.clone()));
            return Ok(StreamableHttpPostResponse::Sse(events, session));
        }
        if !is_of_type(&answer, JSON) {
            return Err(self.odd(answer).await);
        }
        let body = read(answer).await?;
        let read = wire::read(&body)
            .ok_or_else(|| strange(remote::in_words(status, &body, &self.redactor)))?;
        let message = answering(read.message, &asked.id);
        Ok(StreamableHttpPostResponse::Json(message, session))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        self.client
            .delete_session(uri, session_id, token, headers)
            .await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failure> {
        let mut request = self
            .client
            .get(uri.as_ref())
            .headers(headers.into_iter().collect());
        if let Some(session) = &session_id {
            request = request.header(SESSION, session.as_ref());
        }
        if let Some(last) = last_event_id {
            request = request.header("last-event-id", last);
        }
        let answer = request.header(ACCEPT, EVENTS).send().await?;
        match answer.status() {
            StatusCode::METHOD_NOT_ALLOWED => Err(StreamableHttpError::ServerDoesNotSupportSse),
            StatusCode::UNAUTHORIZED => Err(unauthorized(&answer)),
            status if !status.is_success() => Err(self.odd(answer).await),
            _ if is_of_type(&answer, EVENTS) => Ok(events_of(answer, None)),
            _ => Err(StreamableHttpError::ServerDoesNotSupportSse),
        }
    }
}

fn strange(words: String) -> Failure {
    StreamableHttpError::UnexpectedServerResponse(words.into())
}

fn unauthorized(answer: &Response) -> Failure {
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.and_then(|challenge| challenge.to_str().ok());
    StreamableHttpError::AuthRequired(AuthRequiredError::new(
        challenge.unwrap_or_default().to_owned(),
    ))
}

fn is_of_type(answer: &Response, media_type: &str) -> bool {
    let given = answer.headers().get(CONTENT_TYPE);
    let given = given.and_then(|given| given.to_str().ok());
    given
        .and_then(|given| given.split(';').next())
        .is_some_and(|given| given.trim().eq_ignore_ascii_case(media_type))
}

/// Reads the body of an answer.
async fn read(mut answer: Response) -> Result<Vec<u8>, Failure> {
    let body = body::whole(&mut answer, MAX_MESSAGE_BYTES).await;
    body.map_err(|error| match error {
        BodyError::BrokenOff(error) => StreamableHttpError::Client(error),
        BodyError::TooLarge => strange(too_large()),
    })
}

/// Assigns an error to the request for which it came. An answer to another request is replaced by
/// an error, because it came for this one.
fn answering(message: ServerJsonRpcMessage, asked: &RequestId) -> ServerJsonRpcMessage {
    match message {
        JsonRpcMessage::Error(error) => {
            JsonRpcMessage::Error(JsonRpcError::new(Some(asked.clone()), error.error))
        }
        JsonRpcMessage::Response(answer) if is_to_another(&answer.id, asked) => {
            failed(asked.clone(), wire::misnamed(&answer.id))
        }
        other => other,
    }
}

/// Returns whether an answer names another request. Some servers return a numeric id as text.
fn is_to_another(named: &RequestId, asked: &RequestId) -> bool {
    named.to_string() != asked.to_string()
}

/// Makes the error that replaces an invalid answer.
fn failed(asked: RequestId, words: String) -> ServerJsonRpcMessage {
    let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, words, None);
    JsonRpcMessage::Error(JsonRpcError::new(Some(asked), error))
}

/// Returns the events of an answer, each with a message that the SDK accepts. `asked` is the id of
/// the request.
fn events_of(answer: Response, asked: Option<RequestId>) -> Events {
    let events = SseStream::from_bytes_stream(bounded(answer.bytes_stream()));
    let mended = events.map(move |event| {
        let mut event = event?;
        if let Some(text) = &event.data
            && let Some(mended) = mended(text, asked.as_ref())
        {
            event.data = Some(mended);
        }
        Ok(event)
    });
    mended.boxed()
}

/// Converts the text of a message to one that the SDK accepts; `None` if no change is needed.
fn mended(text: &str, asked: Option<&RequestId>) -> Option<String> {
    let read = wire::read(text.as_bytes())?;
    let is_misnamed = |asked| match &read.message {
        JsonRpcMessage::Error(error) => error.id.is_none(),
        JsonRpcMessage::Response(answer) => is_to_another(&answer.id, asked),
        JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => false,
    };
    let message = match asked {
        Some(asked) if is_misnamed(asked) => answering(read.message, asked),
        _ if read.is_mended => read.message,
        _ => return None,
    };
    serde_json::to_string(&message).ok()
}

/// Passes bytes on, but fails if an event exceeds the maximum size of a message.
fn bounded(
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (mut size, mut was_break) = (0_usize, false);
    bytes.map(move |bytes| {
        let bytes = bytes.map_err(io::Error::other)?;
        for byte in &bytes {
            let is_break = matches!(byte, b'\n' | b'\r');
            size = if is_break && was_break { 0 } else { size + 1 };
            was_break = is_break;
        }
        if size > MAX_MESSAGE_BYTES {
            return Err(io::Error::other(too_large()));
        }
        Ok(bytes)
    })
}
