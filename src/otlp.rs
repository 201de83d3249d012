//! Traces of runs for an OpenTelemetry collector: live, after the fact, and as JSON.
//!
//! A run becomes a trace, and its spans become the trace's spans. All spans are converted by `spans::span_data`, so that ids, names
//! and attributes are the same on all routes:
//!
//! ```text
//! feed ─ Subscription ─▶ LiveTraces ─▶ span_data ─▶ queue ─▶ Delivery ─▶ Exporter ─ HTTP ─▶ collector
//! history ─ RunRecord ─▶ spans_of ──▶ span_data ─▶ Exporter, or to_json
//! ```
//!
//! The crate `opentelemetry-otlp` encodes the spans as protobuf over HTTP; the program's own HTTP client sends them.

mod attributes;
mod content;
mod delivery;
mod exporter;
mod json;
mod live;
mod names;
mod provider;
mod spans;
mod transport;

pub(crate) use exporter::Exporter;
pub(crate) use json::to_json;
pub(crate) use live::LiveTraces;
pub(crate) use spans::spans_of;
