//! The JSON-RPC transport: runs the method that a request names, in the protocol version that the
//! method name belongs to.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use super::operations::Outcome;
use super::stream::TaskStream;
use super::{Agent, VERSION_HEADER};
use crate::a2a::{ErrorCode, Method, ProtocolError, RpcRequest, RpcResponse, Version};
use crate::serve::exact;

pub(super) async fn answer(
    State(agent): State<Arc<Agent>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = match RpcRequest::read(&body) {
        Ok(request) => request,
        Err(response) => return Json(response.to_json()).into_response(),
    };
    let id = request.id.clone();
    let named = operation(&request.method, &headers).and_then(|named| {
        exact::check(&body)
            .map_err(|words| ProtocolError::new(ErrorCode::InvalidParams, words))
            .map(|()| named)
    });
    let answered = match named {
        Ok((method, version)) => {
            let params = Value::Object(request.params);
            let outcome = agent.carry_out(method, params, version).await;
            outcome.map(|outcome| (outcome, version))
        }
        Err(error) => Err(error),
    };
    let whole = |outcome| {
        let id = id.clone();
        Json(RpcResponse { id, outcome }.to_json()).into_response()
    };
    match answered {
        Ok((Outcome::Whole(result), _)) => whole(Ok(result)),
        Ok((Outcome::Stream(events), version)) => {
            let events = events_of(events).map(move |event| {
                let outcome = Ok(event.to_json(version));
                let id = id.clone();
                RpcResponse { id, outcome }.to_json()
            });
            sse(events)
        }
        Err(error) => whole(Err(error)),
    }
}

/// Returns the operation and the protocol version for a method name.
fn operation(name: &str, headers: &HeaderMap) -> Result<(Method, Version), ProtocolError> {
    spoken(headers)?;
    [Version::V1_0, Version::V0_3]
        .into_iter()
        .find_map(|version| Some((Method::named(name, version)?, version)))
        .ok_or_else(|| {
            ProtocolError::new(
                ErrorCode::MethodNotFound,
                format!("there is no method `{name}`"),
            )
        })
}

/// Refuses a protocol version that this server doesn't support.
///
/// # Errors
/// [`ErrorCode::VersionNotSupported`].
pub(super) fn spoken(headers: &HeaderMap) -> Result<(), ProtocolError> {
    let Some(named) = headers.get(VERSION_HEADER) else {
        return Ok(());
    };
    let named = named.to_str().unwrap_or_default();
    match Version::named(named) {
        Some(_) => Ok(()),
        None => Err(ProtocolError::new(
            ErrorCode::VersionNotSupported,
            format!("version `{named}` is not supported: use 1.0 or 0.3"),
        )),
    }
}

/// Turns the batches of a task's events into a stream of single events.
pub(super) fn events_of(events: TaskStream) -> impl Stream<Item = crate::a2a::StreamEvent> {
    stream::unfold(events, |mut events| async move {
        let next = events.next().await?;
        Some((stream::iter(next), events))
    })
    .flatten()
}

/// Returns a response that sends values as server-sent events.
pub(super) fn sse(values: impl Stream<Item = Value> + Send + 'static) -> Response {
    let events = values.map(|value| Ok::<_, Infallible>(Event::default().data(value.to_string())));
    Sse::new(events)
        .keep_alive(axum::response::sse::KeepAlive::default())
        .into_response()
}
