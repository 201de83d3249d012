//! The Responses API server: `POST /v1/responses`, plain and streamed, and its related endpoints.
//!
//! A turn of a conversation is a response. The next turn names it by `previous_response_id`. Tools
//! that the client runs are function calls of the response.

mod object;
mod request;
mod stream;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use self::object::{ResponseId, response};
use self::request::Request;
use super::ServeError;
use super::desk::{ConversationStarter, TurnOf};
use super::form;
use super::watch::Watch;

/// An error that is returned in place of a response.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

pub(super) fn routes(desk: ConversationStarter) -> Router {
    Router::new()
        .route("/v1/responses", post(create))
        .route("/v1/responses/{response}", get(read))
        .route("/v1/responses/{response}/cancel", post(cancel))
        .route("/v1/models", get(models))
        .route("/v1/models/{model}", get(model))
        .with_state(desk)
}

async fn create(State(desk): State<ConversationStarter>, body: Bytes) -> Response {
    match created(&desk, &body).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

/// Creates a response. Everything is checked before the first byte of the answer is sent.
async fn created(desk: &ConversationStarter, body: &[u8]) -> Result<Response, Refusal> {
    let request = Request::read(body, desk.served().component.name())?;
    let Request {
        saying,
        previous,
        is_streamed,
        metadata,
    } = request;
    let begun = match &previous {
        None => desk.begin(saying, None),
        Some(id) => {
            let turn = previous_of(desk, id).await?;
            let is_latest = turn.number == turn.conversation.latest();
            let conversation = if is_latest {
                turn.conversation
            } else {
                // What followed it stays as it is.
                let branch = desk.branch(&turn).await;
                branch.map_err(|error| Refusal::of(&error))?
            };
            let context = conversation.context();
            desk.go_on(conversation, saying, Some(context)).await
        }
    };
    let turn = begun.map_err(|error| Refusal::of(&error))?;
    desk.begun(&turn).await;
    let head = object::Head {
        id: ResponseId::of(&turn).to_string(),
        model: desk.served().component.name().to_owned(),
        previous,
        metadata,
    };
    if is_streamed {
        return Ok(stream::stream(desk.clone(), turn, head));
    }
    let mut watch = Watch::new(desk.clone(), turn.clone());
    while watch.next().await.is_some() {}
    Ok(Json(response(&head, &desk.turn(&turn))).into_response())
}

/// Returns the turn of the response that another response follows.
async fn previous_of(desk: &ConversationStarter, id: &str) -> Result<TurnOf, Refusal> {
    let refuse = |code, message| Refusal {
        status: StatusCode::BAD_REQUEST,
        code: Some(code),
        param: Some("previous_response_id".to_owned()),
        message,
    };
    let found = find(desk, id).await?;
    let turn = found.ok_or_else(|| {
        let words = format!("there is no response `{id}`");
        refuse("previous_response_not_found", words)
    })?;
    Ok(turn)
}

async fn find(desk: &ConversationStarter, id: &str) -> Result<Option<TurnOf>, Refusal> {
    let Some(ResponseId { conversation, turn }) = ResponseId::read(id) else {
        return Ok(None);
    };
    let found = desk
        .find(&conversation)
        .await
        .map_err(|error| Refusal::of(&error))?;
    let found = found.filter(|conversation| (1..=conversation.latest()).contains(&turn));
    Ok(found.map(|conversation| TurnOf {
        conversation,
        number: turn,
    }))
}

async fn read(State(desk): State<ConversationStarter>, Path(id): Path<String>) -> Response {
    match find(&desk, &id).await {
        Ok(Some(turn)) => Json(known(&desk, &turn)).into_response(),
        Ok(None) => not_found(&format!("there is no response `{id}`")),
        Err(refusal) => refusal.into_response(),
    }
}

async fn cancel(State(desk): State<ConversationStarter>, Path(id): Path<String>) -> Response {
    let turn = match find(&desk, &id).await {
        Ok(Some(turn)) => turn,
        Ok(None) => return not_found(&format!("there is no response `{id}`")),
        Err(refusal) => return refusal.into_response(),
    };
    if desk.turn(&turn).state.is_over() {
        let message = format!("response `{id}` is over");
        return Refusal::invalid(None, message).into_response();
    }
    desk.cancel(&turn.conversation).await;
    let mut watch = Watch::new(desk.clone(), turn.clone());
    while watch.next().await.is_some() {}
    Json(known(&desk, &turn)).into_response()
}

/// Returns a response in its present state, without the fields that only its request had.
fn known(desk: &ConversationStarter, turn: &TurnOf) -> Value {
    let before = (turn.number > 1).then(|| {
        ResponseId::of(&TurnOf {
            number: turn.number - 1,
            conversation: turn.conversation.clone(),
        })
        .to_string()
    });
    let head = object::Head {
        id: ResponseId::of(turn).to_string(),
        model: desk.served().component.name().to_owned(),
        previous: before,
        metadata: json!({}),
    };
    response(&head, &desk.turn(turn))
}

async fn models(State(desk): State<ConversationStarter>) -> Json<Value> {
    let name = desk.served().component.name();
    Json(json!({"object": "list", "data": [model_object(name)]}))
}

async fn model(State(desk): State<ConversationStarter>, Path(name): Path<String>) -> Response {
    if name == desk.served().component.name() {
        Json(model_object(&name)).into_response()
    } else {
        not_found(&format!("there is no model `{name}`"))
    }
}

fn model_object(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 0, "owned_by": "flowdeck"})
}

fn not_found(message: &str) -> Response {
    Refusal {
        status: StatusCode::NOT_FOUND,
        code: None,
        param: None,
        message: message.to_owned(),
    }
    .into_response()
}

impl Refusal {
    fn invalid(param: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: None,
            param: param.map(str::to_owned),
            message: message.into(),
        }
    }

    fn of(error: &ServeError) -> Self {
        let (status, code) = match error {
            ServeError::Invalid(_) | ServeError::Reused(_) => (StatusCode::BAD_REQUEST, None),
            ServeError::Over => (StatusCode::BAD_REQUEST, Some("conversation_over")),
            // Clients ask again by themselves after a 409.
            ServeError::Busy => (StatusCode::BAD_REQUEST, Some("conversation_locked")),
            ServeError::TooMany => (StatusCode::TOO_MANY_REQUESTS, Some("rate_limit_exceeded")),
            ServeError::Closing => (StatusCode::SERVICE_UNAVAILABLE, None),
            ServeError::History(_) | ServeError::Lost(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, None)
            }
        };
        Self {
            status,
            code,
            param: None,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        form::of_responses(self.status, self.code, self.param.as_deref(), &self.message)
    }
}
