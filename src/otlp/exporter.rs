//! Sends spans to a collector.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::attributes::bytes_of;
use super::transport::{News, Transport};
use crate::base::address::shown_address;
use crate::net::client::{ClientOptions, TlsFiles, Way, client};
use crate::profile::Collector;

/// The maximum time for opening a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The maximum time for a request with its retries.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// The maximum number of spans in one request, and their approximate maximum size in bytes. Many
/// collectors accept at most 4 MiB.
const MAX_SPANS: usize = 512;
const MAX_BYTES: usize = 2 << 20;

/// The reason why spans did not reach their collector.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The client can't be made, so that nothing can be sent.
    #[error("can't send traces to {shown}: {reason}")]
    Setup {
        /// The collector's address, without secrets.
        shown: String,
        /// The reason.
        reason: String,
    },
    /// The collector refused the request.
    #[error("sending traces to {shown} failed: {reason}")]
    NotTaken {
        /// The collector's address, without secrets.
        shown: String,
        /// The reason.
        reason: String,
    },
    /// The collector accepted a request but not all of its spans.
    #[error("{shown} refused {n_refused} of {n_spans} spans: {reason}")]
    Refused {
        /// The collector's address, without secrets.
        shown: String,
        /// The number of refused spans.
        n_refused: usize,
        /// The number of all spans in the request.
        n_spans: usize,
        /// The reason given by the collector.
        reason: String,
    },
}

impl ExportError {
    /// Returns the number of spans of a request that were lost.
    pub(super) const fn n_lost(&self, n_spans: usize) -> usize {
        match self {
            Self::Setup { .. } | Self::NotTaken { .. } => n_spans,
            Self::Refused { n_refused, .. } => *n_refused,
        }
    }
}

/// A collector to which spans are sent.
#[derive(Debug)]
pub(crate) struct Exporter {
    inner: opentelemetry_otlp::SpanExporter,
    news: Arc<News>,
    shown: String,
}

/// Returns the resource of all spans.
pub(super) fn resource() -> Resource {
    Resource::builder_empty()
        .with_attributes([
            opentelemetry::KeyValue::new("service.name", "flowdeck"),
            opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .build()
}

impl Exporter {
    /// Makes the client without sending anything.
    ///
    /// # Errors
    /// [`ExportError::Setup`].
    pub(crate) async fn new(collector: &Collector) -> Result<Self, ExportError> {
        let shown = shown_address(&collector.url);
        let setup = |reason: String| ExportError::Setup {
            shown: shown.clone(),
            reason,
        };
        let options = ClientOptions {
            connect_timeout: CONNECT_WITHIN,
            answer_timeout: Some(SEND_WITHIN),
            takes_gzip: false,
            way: if is_of_this_machine(&collector.url) {
                Way::Direct
            } else {
                Way::ThroughProxies
            },
        };
        let client = client(&collector.url, &TlsFiles::default(), options).await;
        let news = Arc::<News>::default();
        let transport = Transport {
            client: client.map_err(|error| setup(error.to_string()))?,
            headers: headers(collector).map_err(setup)?,
            news: Arc::clone(&news),
        };
        let inner = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(transport)
            .with_endpoint(collector.url.as_str())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(SEND_WITHIN)
            .build();
        let mut inner = inner.map_err(|error| setup(error.to_string()))?;
        inner.set_resource(&resource());
        Ok(Self { inner, news, shown })
    }

    /// Returns the collector's address, without secrets.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Sends spans in as many requests as needed, up to the first one that fails. Returns the
    /// number of accepted spans.
    pub(crate) async fn send_all(
        &self,
        spans: impl IntoIterator<Item = SpanData>,
    ) -> (usize, Result<(), ExportError>) {
        let mut n_taken = 0;
        let mut spans = spans.into_iter().peekable();
        while spans.peek().is_some() {
            let mut batch = Batch::default();
            while let Some(span) = spans.next_if(|span| batch.has_room(size_of_span(span))) {
                let size = size_of_span(&span);
                batch.add(span, size);
            }
            let n_spans = batch.spans.len();
            let sent = self.send(batch).await;
            n_taken += n_spans
                - sent
                    .as_ref()
                    .map_or_else(|error| error.n_lost(n_spans), |()| 0);
            if sent.is_err() {
                return (n_taken, sent);
            }
        }
        (n_taken, Ok(()))
    }

    /// Waits until the end of a pause that the collector has asked for.
    pub(super) async fn ready(&self) {
        if let Some(until) = self.news.not_before() {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Sends the spans of one request.
    ///
    /// # Errors
    /// Some or all of the spans were not accepted.
    pub(super) async fn send(&self, batch: Batch) -> Result<(), ExportError> {
        let n_spans = batch.spans.len();
        // What woke nobody last time is no news of this request.
        let _stale = self.news.unreachable.notified().now_or_never();
        let sent = tokio::select! {
            biased;
            sent = self.inner.export(batch.spans) => sent.map_err(|error| error.to_string()),
            // Nobody listens: trying again at once is not useful, and keeps others waiting.
            () = self.news.unreachable.notified() => Err("no connection".to_owned()),
        };
        sent.map_err(|error| ExportError::NotTaken {
            shown: self.shown.clone(),
            reason: self.news.cause().unwrap_or(error),
        })?;
        match self.news.refused() {
            None => Ok(()),
            Some(refused) => Err(ExportError::Refused {
                shown: self.shown.clone(),
                n_refused: refused.n_spans.min(n_spans),
                n_spans,
                reason: refused.reason,
            }),
        }
    }
}

/// The spans of one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    spans: Vec<SpanData>,
    bytes: usize,
}

impl Batch {
    pub(super) const fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether a span of this size fits into the request. The first span always fits.
    pub(super) const fn has_room(&self, size: usize) -> bool {
        self.is_empty() || (self.spans.len() < MAX_SPANS && self.bytes + size <= MAX_BYTES)
    }

    pub(super) fn add(&mut self, span: SpanData, size: usize) {
        self.bytes += size;
        self.spans.push(span);
    }
}

/// Returns the approximate size of a span in a request, in bytes.
pub(super) fn size_of_span(span: &SpanData) -> usize {
    let events = span.events.iter();
    let events = events.map(|event| 64 + bytes_of(&event.attributes));
    128 + span.name.len() + bytes_of(&span.attributes) + events.sum::<usize>()
}

fn headers(collector: &Collector) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &collector.headers {
        let unusable = || format!("the header `{name}` has characters that a header can't hold");
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_bad| unusable())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_bad| unusable())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

/// Whether an address is on this machine, so that no proxy is used.
fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
