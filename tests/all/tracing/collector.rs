//! A collector, which answers as a test wants and keeps what it takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use pretty_assertions::assert_eq;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::awaited::within;

/// Spans by their ids.
pub(super) type Spans = BTreeMap<Vec<u8>, Span>;

/// What the collector does with a request.
#[derive(Clone, Debug, Default)]
pub(super) enum Answer {
    /// Takes all spans.
    #[default]
    All,
    /// Takes the request, and says that it took all spans but so many, and why.
    AllBut(i64, String),
    /// Takes nothing, with this status.
    Nothing(StatusCode),
    /// Has no room for so many requests, and asks to wait so many seconds each time; then it takes all.
    Busy(usize, u64),
}

/// Ends with the value.
pub(super) struct Collector {
    pub(super) address: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    answer: Mutex<Answer>,
    /// The requests that were taken, with their headers.
    got: Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>,
    /// How many requests it would not take.
    n_refused: Mutex<usize>,
    /// When each request came.
    came: Mutex<Vec<Instant>>,
    /// Woken by each request.
    news: Notify,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            shared,
            _server: server,
        }
    }

    /// From now on it answers so.
    pub(super) fn answers(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// How many requests it would not take.
    pub(super) fn n_refused(&self) -> usize {
        *self.shared.n_refused.lock().unwrap()
    }

    /// When each request came.
    pub(super) fn came(&self) -> Vec<Instant> {
        self.shared.came.lock().unwrap().clone()
    }

    /// The spans that have come since the last time, and the value of a header that came with all of them.
    pub(super) fn take(&self, header: &str) -> (Spans, Option<String>) {
        let got = std::mem::take(&mut *self.shared.got.lock().unwrap());
        let mut values: Vec<_> = got.iter().map(|(headers, _)| headers.get(header)).collect();
        values.dedup();
        assert!(values.len() <= 1, "{values:?}");
        let value = values.first().copied().flatten();
        let value = value.map(|value| value.to_str().unwrap().to_owned());
        (spans(&got), value)
    }

    /// Takes the spans that have come, as soon as so many of this name are among them.
    pub(super) async fn wait_for(&self, name: &str, count: usize) -> Spans {
        within(async {
            loop {
                let news = self.shared.news.notified();
                let spans = spans(&self.shared.got.lock().unwrap());
                if spans.values().filter(|span| span.name == name).count() >= count {
                    return self.take("x-key").0;
                }
                news.await;
            }
        })
        .await
    }
}

fn spans(got: &[(HeaderMap, ExportTraceServiceRequest)]) -> Spans {
    let of_resources = got.iter().flat_map(|(_, request)| &request.resource_spans);
    let of_scopes = of_resources.flat_map(|resource| &resource.scope_spans);
    let spans = of_scopes.flat_map(|scope| &scope.spans);
    let spans = spans.map(|span| (span.span_id.clone(), span.clone()));
    spans.collect()
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    shared.came.lock().unwrap().push(Instant::now());
    let mut answer = shared.answer.lock().unwrap();
    let refuse = || {
        *shared.n_refused.lock().unwrap() += 1;
        shared.news.notify_one();
    };
    let partial_success = match &mut *answer {
        Answer::All | Answer::Busy(0, _) => None,
        Answer::AllBut(rejected_spans, error_message) => Some(ExportTracePartialSuccess {
            rejected_spans: *rejected_spans,
            error_message: error_message.clone(),
        }),
        Answer::Nothing(status) => {
            refuse();
            return status.into_response();
        }
        Answer::Busy(times, seconds) => {
            *times -= 1;
            refuse();
            let header = [("retry-after", seconds.to_string())];
            return (StatusCode::SERVICE_UNAVAILABLE, header).into_response();
        }
    };
    drop(answer);
    shared.got.lock().unwrap().push((headers, request));
    shared.news.notify_one();
    let answer = ExportTraceServiceResponse { partial_success };
    answer.encode_to_vec().into_response()
}
