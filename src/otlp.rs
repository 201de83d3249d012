//! Traces of runs for an OpenTelemetry collector: live, after the fact, and as JSON.
//!
//! A run is a trace, its spans are spans. `spans::span_data` is the one place that says what a span becomes, so that ids, names
//! and attributes are the same whichever way it takes:
//!
//! ```text
//! feed ─ Subscription ─▶ LiveTraces ─▶ span_data ─▶ queue ─▶ Delivery ─▶ Exporter ─ HTTP ─▶ collector
//! history ─ RunRecord ─▶ spans_of ──▶ span_data ─▶ Exporter, or to_json
//! ```
//!
//! What is sent is what the crate `opentelemetry-otlp` makes of it: protobuf over HTTP, by a client of our own.

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
