//! The HTTP+JSON transport of version 1.0: the same operations by methods and paths.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::Agent;
use super::operations::Outcome;
use super::rpc::{events_of, spoken, sse};
use crate::a2a::{ErrorCode, MEDIA_TYPE, Method, ProtocolError, Version};
use crate::serve::exact;

pub(super) fn routes(below: &str) -> Router<Arc<Agent>> {
    Router::new()
        .route(&format!("{below}/{{operation}}"), post(message).get(list))
        .route(&format!("{below}/tasks/{{task}}"), get(read).post(act))
}

/// `POST /message:send` and `POST /message:stream`.
async fn message(
    State(agent): State<Arc<Agent>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let method = match operation.as_str() {
        "message:send" => Method::SendMessage,
        "message:stream" => Method::SendStreamingMessage,
        _ => return no_such_path(),
    };
    if let Err(words) = exact::check(&body) {
        return error_response(&ProtocolError::new(ErrorCode::InvalidParams, words));
    }
    match serde_json::from_slice(&body) {
        Ok(params) => answer(&agent, method, params, &headers).await,
        Err(error) => error_response(&ProtocolError::new(
            ErrorCode::Parse,
            format!("the request is not JSON: {error}"),
        )),
    }
}

/// `GET /tasks` and `GET /extendedAgentCard`.
async fn list(
    State(agent): State<Arc<Agent>>,
    Path(operation): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    match operation.as_str() {
        "tasks" => answer(&agent, Method::ListTasks, params(query), &headers).await,
        "extendedAgentCard" => {
            answer(
                &agent,
                Method::GetExtendedAgentCard,
                params(query),
                &headers,
            )
            .await
        }
        _ => no_such_path(),
    }
}

/// `GET /tasks/ID`, and `GET /tasks/ID:subscribe`, which some clients use.
async fn read(
    State(agent): State<Arc<Agent>>,
    Path(task): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let (id, method) = match task.strip_suffix(":subscribe") {
        Some(id) => (id, Method::SubscribeToTask),
        None => (task.as_str(), Method::GetTask),
    };
    let params = with_id(id, params(query));
    answer(&agent, method, params, &headers).await
}

/// `POST /tasks/ID:cancel` and `POST /tasks/ID:subscribe`.
async fn act(
    State(agent): State<Arc<Agent>>,
    Path(task): Path<String>,
    headers: HeaderMap,
) -> Response {
    let (id, method) = match task.rsplit_once(':') {
        Some((id, "cancel")) => (id, Method::CancelTask),
        Some((id, "subscribe")) => (id, Method::SubscribeToTask),
        _ => return no_such_path(),
    };
    let params = with_id(id, Value::default());
    answer(&agent, method, params, &headers).await
}

async fn answer(agent: &Agent, method: Method, params: Value, headers: &HeaderMap) -> Response {
    if let Err(error) = spoken(headers) {
        return error_response(&error);
    }
    match agent.carry_out(method, params, Version::V1_0).await {
        Ok(Outcome::Whole(value)) => json(StatusCode::OK, value),
        Ok(Outcome::Stream(events)) => {
            sse(events_of(events).map(|event| event.to_json(Version::V1_0)))
        }
        Err(error) => error_response(&error),
    }
}

/// Converts the query parameters to JSON; numbers and booleans are recognized.
fn params(query: HashMap<String, String>) -> Value {
    let fields = query.into_iter().map(|(name, text)| {
        let is_plain = matches!(
            name.as_str(),
            "historyLength" | "pageSize" | "includeArtifacts"
        );
        let value = is_plain.then(|| serde_json::from_str(&text).ok()).flatten();
        (name, value.unwrap_or(Value::String(text)))
    });
    Value::Object(fields.collect())
}

fn with_id(id: &str, params: Value) -> Value {
    let mut params = match params {
        Value::Object(params) => params,
        _ => Map::new(),
    };
    params.insert("id".to_owned(), id.into());
    Value::Object(params)
}

fn error_response(error: &ProtocolError) -> Response {
    let status = StatusCode::from_u16(error.code.http_status());
    json(
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        error.to_http(),
    )
}

fn no_such_path() -> Response {
    error_response(&ProtocolError::new(
        ErrorCode::MethodNotFound,
        "there is nothing at this path",
    ))
}

fn json(status: StatusCode, value: Value) -> Response {
    (
        status,
        [(CONTENT_TYPE, MEDIA_TYPE)],
        Json(value).into_response().into_body(),
    )
        .into_response()
}
