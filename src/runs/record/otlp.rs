//! Runs as OpenTelemetry traces: what a collector takes at `/v1/traces`, in JSON (OTLP 1.x).
//!
//! A run is a trace, its spans are spans. Attributes are those of OpenTelemetry's conventions for generative models where
//! there are such, else `agentspec.…`.

use serde_json::{Value, json};

use crate::base::digest::hex_digest;
use crate::runs::{RunRecord, SpanRecord};
use crate::trace::{SpanKind, SpanOutcome};

/// OpenTelemetry's numbers: a span within a program, and one that asks another program.
const INTERNAL: u8 = 1;
const CLIENT: u8 = 3;

/// Its numbers for how a span ended.
const OK: u8 = 1;
const ERROR: u8 = 2;

/// The object of an `ExportTraceServiceRequest`. What was said and given is in it as it is in the runs.
pub(crate) fn to_otlp(records: &[RunRecord]) -> Value {
    let spans: Vec<Value> = records.iter().flat_map(spans_of).collect();
    json!({
        "resourceSpans": [{
            "resource": {"attributes": [
                text("service.name", "flowdeck"),
                text("service.version", env!("CARGO_PKG_VERSION")),
            ]},
            "scopeSpans": [{"scope": {"name": "flowdeck"}, "spans": spans}],
        }],
    })
}

fn spans_of(record: &RunRecord) -> impl Iterator<Item = Value> {
    let trace = id(&[record.run.as_str()], 32);
    record.spans.iter().map(move |span| {
        let id_of = |span: &str| id(&[record.run.as_str(), span], 16);
        let mut object = json!({
            "traceId": trace,
            "spanId": id_of(span.id.as_str()),
            "name": format!("{} {}", span.kind.name(), span.component.name),
            "kind": kind(span.kind),
            "startTimeUnixNano": span.started_at.as_ns().to_string(),
            "endTimeUnixNano": span.ended_at.unwrap_or(span.started_at).as_ns().to_string(),
            "attributes": attributes(record, span),
            "status": status(span.outcome),
        });
        if let (Some(parent), Some(object)) = (&span.parent, object.as_object_mut()) {
            object.insert("parentSpanId".to_owned(), json!(id_of(parent.as_str())));
        }
        object
    })
}

/// An id of so many hexadecimal digits that follows from ours.
fn id(of: &[&str], digits: usize) -> String {
    hex_digest(of.join("/").as_bytes())
        .chars()
        .take(digits)
        .collect()
}

const fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::LlmGenerationSpan | SpanKind::ToolExecutionSpan => CLIENT,
        SpanKind::RootSpan
        | SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan
        | SpanKind::NodeExecutionSpan => INTERNAL,
    }
}

fn status(outcome: Option<SpanOutcome>) -> Value {
    match outcome {
        Some(SpanOutcome::Ok) => json!({"code": OK}),
        Some(SpanOutcome::Error) => json!({"code": ERROR}),
        Some(SpanOutcome::Cancelled) => json!({"code": ERROR, "message": "cancelled"}),
        None => json!({}),
    }
}

fn attributes(record: &RunRecord, span: &SpanRecord) -> Vec<Value> {
    let mut attributes = vec![
        text("agentspec.component.type", &span.component.component_type),
        text("agentspec.component.id", &span.component.id),
        text("agentspec.component.name", &span.component.name),
    ];
    match span.kind {
        SpanKind::RootSpan => {
            attributes.push(text("flowdeck.run", record.run.as_str()));
            attributes.push(text("flowdeck.batch", record.batch.as_str()));
            attributes.push(text("flowdeck.state", record.state.name()));
        }
        SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan
        | SpanKind::NodeExecutionSpan => {
            attributes.push(text("agentspec.inputs", &span.inputs.to_string()));
            attributes.push(text("agentspec.outputs", &span.outputs.to_string()));
        }
        SpanKind::LlmGenerationSpan => {
            let calls = record.model_calls.iter();
            for call in calls.filter(|call| call.span.as_ref() == Some(&span.id)) {
                attributes.push(text("gen_ai.operation.name", "chat"));
                attributes.push(text("gen_ai.request.model", &call.model_id));
                attributes.push(text("server.address", &call.endpoint));
                attributes.push(number("gen_ai.usage.input_tokens", call.usage.input_tokens));
                attributes.push(number(
                    "gen_ai.usage.output_tokens",
                    call.usage.output_tokens,
                ));
                attributes.push(text("agentspec.content", &call.content));
            }
        }
        SpanKind::ToolExecutionSpan => {
            let calls = record.tool_calls.iter();
            for call in calls.filter(|call| call.span.as_ref() == Some(&span.id)) {
                attributes.push(text("gen_ai.operation.name", "execute_tool"));
                attributes.push(text("gen_ai.tool.name", &call.name));
                attributes.push(text("gen_ai.tool.call.id", call.id.as_str()));
                attributes.push(text("agentspec.inputs", &call.arguments.to_string()));
                let outcome = match (&call.output, &call.error) {
                    (Some(output), _) => text("agentspec.outputs", &output.to_string()),
                    (None, Some(error)) => text("error.message", error),
                    (None, None) => continue,
                };
                attributes.push(outcome);
            }
        }
    }
    attributes
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn number(key: &str, value: u64) -> Value {
    // OTLP writes whole numbers as text.
    json!({"key": key, "value": {"intValue": value.to_string()}})
}
