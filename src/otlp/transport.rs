//! The transport of the exporter's requests: the program's own HTTP client, with the collector's
//! headers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, StatusCode};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::base::bounded::truncated;
use crate::base::lock::lock;
use crate::net::body;
use crate::net::causes::innermost;
use crate::net::retry::asked_wait;

/// The maximum number of bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// The maximum pause that a collector may ask for; a longer one is shortened.
const MAX_PAUSE: Duration = Duration::from_mins(5);

/// The maximum number of bytes of a collector's message that a person is shown.
const MAX_REASON_BYTES: usize = 256;

/// The HTTP client of the exporter.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) client: Client,
    /// The headers of each request besides its content type.
    pub(super) headers: HeaderMap,
    pub(super) news: Arc<News>,
}

/// The result of the last request. The exporter's own errors don't include the cause.
#[derive(Debug, Default)]
pub(super) struct News {
    cause: Mutex<Option<String>>,
    refused: Mutex<Option<Refused>>,
    /// The time before which nothing should be sent, as requested by the collector.
    not_before: Mutex<Option<Instant>>,
    /// Notified when no connection could be made.
    pub(super) unreachable: Notify,
}

/// Spans that a collector refused in a request that it accepted.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) n_spans: usize,
    /// The reason given by the collector.
    pub(super) reason: String,
}

impl News {
    /// Removes and returns what was refused of the last request.
    pub(super) fn refused(&self) -> Option<Refused> {
        lock(&self.refused).take()
    }

    /// Returns the end of the pause that the collector has asked for; `None` if the last request
    /// was accepted or no pause was asked for.
    pub(super) fn not_before(&self) -> Option<Instant> {
        *lock(&self.not_before)
    }

    /// Returns why the last request failed, as far as known.
    pub(super) fn cause(&self) -> Option<String> {
        lock(&self.cause).clone()
    }
}

impl Transport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter adds headers that it reads from the environment by itself, whichever collector this is.
        let (parts, sent) = request.into_parts();
        let mut headers = self.headers.clone();
        for name in [CONTENT_TYPE, CONTENT_ENCODING] {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let address = parts.uri.to_string();
        let request = self.client.post(address).headers(headers).body(sent);
        let mut answer = request.send().await.map_err(|error| self.failed(error))?;
        let status = answer.status();
        let pause = pause(&answer);
        *lock(&self.news.cause) = (!status.is_success()).then(|| match pause {
            Some(pause) => format!(
                "it answered {status}, and asks to wait {} s",
                whole_seconds(pause)
            ),
            None => format!("it answered {status}"),
        });
        *lock(&self.news.not_before) = pause.map(|pause| Instant::now() + pause.min(MAX_PAUSE));
        let mut response = Response::builder().status(status);
        if let Some(pause) = pause {
            response = response.header("retry-after", whole_seconds(pause));
        }
        let body = body::whole(&mut answer, MAX_ANSWER_BYTES).await?;
        if status.is_success() {
            *lock(&self.news.refused) = refused(&body);
        }
        Ok(response.body(Bytes::from(body))?)
    }

    fn failed(&self, error: reqwest::Error) -> reqwest::Error {
        let error = error.without_url();
        *lock(&self.news.cause) = Some(innermost(&error));
        if error.is_connect() {
            self.news.unreachable.notify_one();
        }
        error
    }
}

/// Returns the pause that an overloaded collector asks for.
fn pause(answer: &reqwest::Response) -> Option<Duration> {
    let is_busy = matches!(
        answer.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    is_busy.then(|| asked_wait(header)).flatten()
}

/// Returns a duration in seconds, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Returns what was refused according to an answer; `None` if the answer can't be parsed.
fn refused(answer: &[u8]) -> Option<Refused> {
    let answer = ExportTraceServiceResponse::decode(answer).ok()?;
    let partial = answer.partial_success?;
    let n_spans = usize::try_from(partial.rejected_spans).ok()?;
    (n_spans > 0).then_some(Refused {
        n_spans,
        reason: truncated(&partial.error_message, MAX_REASON_BYTES),
    })
}

impl HttpClient for Transport {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> BoxFuture<'f, Result<Response<Bytes>, HttpError>>
    where
        's: 'f,
    {
        self.send(request).boxed()
    }
}
