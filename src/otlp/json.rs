//! Traces as JSON, in the form that collectors accept at `/v1/traces` with the type
//! `application/json` (OTLP 1.x).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use serde_json::Value;

use super::exporter::resource;
use super::spans::spans_of;
use crate::runs::RunRecord;

/// Returns the request that would send these runs, with the contents that the records have.
///
/// # Errors
/// The request can't be written as JSON.
pub(crate) fn to_json(records: &[RunRecord]) -> Result<Value, serde_json::Error> {
    let spans = records.iter().flat_map(|record| spans_of(record, true));
    let resource = ResourceAttributesWithSchema::from(&resource());
    serde_json::to_value(ExportTraceServiceRequest {
        resource_spans: group_spans_by_resource_and_scope(spans.collect(), &resource),
    })
}
