//! Error responses in the form of the endpoint: JSON-RPC, HTTP+JSON of A2A, or OpenAI's Responses.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::MAX_BODY_BYTES;
use crate::a2a::{ErrorCode, MEDIA_TYPE, ProtocolError, RpcResponse};

/// The maximum number of bytes of an oversized body that are read before it is refused.
const MAX_DRAINED: usize = 64 << 20;

/// The maximum length of the text in the HTTP framework's own error responses, in bytes.
const MAX_WORDS: usize = 4 << 10;

/// Converts the HTTP framework's own error responses (unknown path, wrong method, oversized body,
/// path that isn't UTF-8) to the form of the endpoint.
pub(super) async fn shaped(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(encoding) = encoding_of(&request) {
        let words = format!("a body must be sent as it is, not in the encoding `{encoding}`");
        return refusal(&path, StatusCode::UNSUPPORTED_MEDIA_TYPE, &words);
    }
    let method = request.method().clone();
    let response = next.run(request).await;
    let status = response.status();
    let is_refused = status.is_client_error() || status.is_server_error();
    if !is_refused || is_json(&response) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let words = match status {
        StatusCode::NOT_FOUND => format!("there is nothing at `{path}`"),
        StatusCode::METHOD_NOT_ALLOWED => format!("`{path}` does not take {method}"),
        _ => {
            let words = to_bytes(body, MAX_WORDS).await.unwrap_or_default();
            match String::from_utf8_lossy(&words).trim() {
                "" => status.canonical_reason().unwrap_or("refused").to_owned(),
                words => words.to_owned(),
            }
        }
    };
    let mut shaped = refusal(&path, status, &words);
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    shaped.headers_mut().extend(head.headers);
    shaped
}

/// Reads the whole body of a request, which all later handlers need. The rest of an oversized body
/// is read too, up to its own limit: a client whose connection is closed while it sends doesn't see
/// the reason.
pub(super) async fn read_whole(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let mut frames = body.into_data_stream();
    let (mut bytes, mut n_read) = (Vec::new(), 0_usize);
    let reading = async {
        while let Some(frame) = frames.next().await {
            let frame = frame?;
            n_read = n_read.saturating_add(frame.len());
            if n_read <= MAX_BODY_BYTES {
                bytes.extend_from_slice(&frame);
            } else if n_read > MAX_DRAINED {
                break;
            }
        }
        Ok::<_, axum::Error>(())
    };
    match reading.await {
        Err(error) => {
            let words = format!("the body of the request ended early: {error}");
            refusal(&path, StatusCode::BAD_REQUEST, &words)
        }
        Ok(()) if n_read > MAX_BODY_BYTES => {
            let words = format!("the request is larger than {} MiB", MAX_BODY_BYTES >> 20);
            refusal(&path, StatusCode::PAYLOAD_TOO_LARGE, &words)
        }
        Ok(()) => {
            let request = Request::from_parts(head, Body::from(bytes));
            next.run(request).await
        }
    }
}

/// Returns the error response for a request to a path.
pub(super) fn refusal(path: &str, status: StatusCode, words: &str) -> Response {
    if path == "/v1" || path.starts_with("/v1/") {
        return of_responses(status, None, None, words);
    }
    if matches!(path, "/" | "/a2a" | "/a2a/") {
        let code = if status.is_server_error() {
            ErrorCode::Internal
        } else {
            ErrorCode::InvalidRequest
        };
        let answer = RpcResponse {
            id: Value::Null,
            outcome: Err(ProtocolError::new(code, words)),
        };
        return (status, Json(answer.to_json())).into_response();
    }
    let name = match status {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        status if status.is_server_error() => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };
    let body = json!({"error": {"code": status.as_u16(), "status": name, "message": words}});
    let mut response = (status, Json(body)).into_response();
    let media_type = HeaderValue::from_static(MEDIA_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Returns an error response in the form of OpenAI's API.
pub(super) fn of_responses(
    status: StatusCode,
    code: Option<&str>,
    param: Option<&str>,
    words: &str,
) -> Response {
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    let body = json!({"error": {"message": words, "type": kind, "param": param, "code": code}});
    (status, Json(body)).into_response()
}

/// Returns the content encoding of a body that is compressed or otherwise encoded.
fn encoding_of(request: &Request) -> Option<String> {
    let encoding = request.headers().get(CONTENT_ENCODING)?;
    let encoding = String::from_utf8_lossy(encoding.as_bytes());
    (!encoding.eq_ignore_ascii_case("identity")).then(|| encoding.into_owned())
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json") || kind.starts_with(MEDIA_TYPE))
}
