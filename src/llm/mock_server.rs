//! The offline model behind an OpenAI-compatible HTTP server, for tests and load tests.
//!
//! Serves `POST /v1/chat/completions` (with and without streaming; tools, structured output,
//! usage), `GET /v1/models`, and `GET /stats` with the counters of [`Stats`]. Requests are
//! validated as strictly as by the strictest servers, so that a request accepted here is accepted
//! elsewhere.

mod faults;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::faults::{Fault, Faults};
use self::read::BadRequest;
use super::offline::{OFFLINE, OfflineModel, Pace};

/// How long open answers may continue after the server was asked to stop.
const GOODBYE: Duration = Duration::from_secs(2);

/// The settings of the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MockSettings {
    /// The latency, and the time between words.
    pub pace: Pace,
    /// The length of texts in words, if it is fixed.
    pub length_words: Option<usize>,
    /// The fraction of requests that fail, from 0 to 1.
    pub error_rate: f64,
    /// The seed that selects the failing requests and their failures.
    pub seed: u64,
}

impl Default for MockSettings {
    fn default() -> Self {
        Self {
            pace: Pace::INSTANT,
            length_words: None,
            error_rate: 0.0,
            seed: 0,
        }
    }
}

/// The counters of the server, as returned by `GET /stats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The number of requests to the model.
    pub requests: u64,
    /// The number of open requests.
    pub in_flight: u64,
    /// The largest number of open requests so far.
    pub max_in_flight: u64,
    /// The number of requests that failed on purpose or were rejected.
    pub errors: u64,
    /// The number of requests whose client disconnected before the end of the answer.
    pub disconnected: u64,
}

/// Serves until `stop` is cancelled, then ends open requests within two seconds.
///
/// # Errors
/// The operating system's error about the listener.
pub async fn serve(
    listener: TcpListener,
    settings: MockSettings,
    stop: CancellationToken,
) -> io::Result<()> {
    let server = Arc::new(Server {
        model: OfflineModel {
            pace: settings.pace,
            length_words: settings.length_words,
        },
        faults: Faults::new(settings.error_rate, settings.seed),
        counters: Counters::default(),
    });
    let routes = Router::new()
        .route("/v1/chat/completions", post(chat_completions))
        .route("/v1/models", get(models))
        .route("/stats", get(stats))
        .fallback(not_found)
        .with_state(server);
    // Words must not wait for each other in the kernel.
    let listener = listener.tap_io(|stream| {
        let _without_it_only_slower = stream.set_nodelay(true);
    });
    let stopping = stop.clone();
    let serving = axum::serve(listener, routes)
        .with_graceful_shutdown(async move { stopping.cancelled().await })
        .into_future();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = stop.cancelled() => {}
    }
    match timeout(GOODBYE, serving).await {
        Ok(ended) => ended,
        Err(_still_talking) => Ok(()),
    }
}

#[derive(Debug)]
struct Server {
    model: OfflineModel,
    faults: Faults,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    in_flight: AtomicU64,
    max_in_flight: AtomicU64,
    errors: AtomicU64,
    disconnected: AtomicU64,
}

/// An open request; decrements the counter on drop.
#[derive(Debug)]
struct InFlight {
    server: Arc<Server>,
    number: u64,
    is_complete: bool,
}

impl InFlight {
    fn new(server: Arc<Server>) -> Self {
        let counters = &server.counters;
        let number = counters.requests.fetch_add(1, Ordering::SeqCst);
        let now = counters.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        counters.max_in_flight.fetch_max(now, Ordering::SeqCst);
        Self {
            server,
            number,
            is_complete: false,
        }
    }

    fn complete(&mut self) {
        self.is_complete = true;
    }

    fn fail(&mut self) {
        self.server.counters.errors.fetch_add(1, Ordering::SeqCst);
        self.is_complete = true;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let counters = &self.server.counters;
        counters.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !self.is_complete {
            counters.disconnected.fetch_add(1, Ordering::SeqCst);
        }
    }
}

async fn chat_completions(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    let mut in_flight = InFlight::new(Arc::clone(&server));
    let (request, wishes) = match read::request(&body) {
        Ok(read) => read,
        Err(BadRequest(message)) => {
            in_flight.fail();
            return error(StatusCode::BAD_REQUEST, &message, "invalid_request_error");
        }
    };
    sleep(server.model.pace.before_first).await;
    let fault = server.faults.of(in_flight.number, request.is_streamed);
    match fault {
        Some(Fault::TooManyRequests) => {
            in_flight.fail();
            let message = "Rate limit reached (this server fails at random)";
            let reply = error(
                StatusCode::TOO_MANY_REQUESTS,
                message,
                "rate_limit_exceeded",
            );
            return ([("retry-after", "1")], reply).into_response();
        }
        Some(Fault::ServerError) => {
            in_flight.fail();
            let message = "The server had an error (this server fails at random)";
            return error(StatusCode::INTERNAL_SERVER_ERROR, message, "server_error");
        }
        Some(Fault::InsideStream) | None => {}
    }
    let mut generation = server.model.answer(&request);
    wishes.cut(&mut generation);
    let head = write::Head {
        number: in_flight.number,
        model: wishes.model,
    };
    if request.is_streamed {
        let breaks = fault == Some(Fault::InsideStream);
        return write::stream(in_flight, &head, &generation, wishes.includes_usage, breaks);
    }
    let words = u32::try_from(generation.content.split(' ').count()).unwrap_or(u32::MAX);
    sleep(server.model.pace.between_words.saturating_mul(words)).await;
    in_flight.complete();
    Json(write::whole(&head, &generation)).into_response()
}

async fn models() -> Json<Value> {
    Json(json!({
        "object": "list",
        "data": [{"id": OFFLINE, "object": "model", "created": 0, "owned_by": "flowdeck"}],
    }))
}

async fn stats(State(server): State<Arc<Server>>) -> Json<Stats> {
    let count = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
    let counters = &server.counters;
    Json(Stats {
        requests: count(&counters.requests),
        in_flight: count(&counters.in_flight),
        max_in_flight: count(&counters.max_in_flight),
        errors: count(&counters.errors),
        disconnected: count(&counters.disconnected),
    })
}

async fn not_found() -> Response {
    let message = "this server knows /v1/chat/completions, /v1/models and /stats";
    error(StatusCode::NOT_FOUND, message, "not_found")
}

fn error(status: StatusCode, message: &str, code: &str) -> Response {
    let body = json!({"error": {"message": message, "type": code, "param": null, "code": code}});
    (status, Json(body)).into_response()
}
