//! Converts the spans of runs to OpenTelemetry spans.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event as SpanEvent, SpanContext, SpanId as TraceSpanId, SpanKind as TraceSpanKind, Status,
    TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::Value;

use super::attributes::Attributes;
use super::provider::Server;
use super::{content, names};
use crate::base::clock::Timestamp;
use crate::base::digest::short_digest;
use crate::base::hash::HashSet;
use crate::conversation::Role;
use crate::runs::{ModelCallRecord, RunRecord, SpanRecord, ToolCallRecord};
use crate::trace::{Event, Failure, RunEventBody, SpanId, SpanKind, SpanOutcome};

/// Returns all spans of a run. An open span ends at the end of the record.
pub(crate) fn spans_of(
    record: &RunRecord,
    has_content: bool,
) -> impl Iterator<Item = SpanData> + '_ {
    let spans = record.spans.iter();
    spans.map(move |span| span_data(record, span, has_content))
}

/// Makes the data of a span. It contains only what is known when the span ends, so that it is the
/// same live and later.
pub(super) fn span_data(record: &RunRecord, span: &SpanRecord, has_content: bool) -> SpanData {
    let run = record.run.as_str();
    let parent = span.parent.as_ref().map(|parent| span_id(run, parent));
    let error = error_of(record, span);
    let ended_at = span.ended_at.unwrap_or(record.last_event_at);
    SpanData {
        span_context: SpanContext::new(
            trace_id(run),
            span_id(run, &span.id),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: parent.unwrap_or(TraceSpanId::INVALID),
        parent_span_is_remote: false,
        span_kind: kind(span.kind),
        name: name(record, span),
        start_time: time(span.started_at),
        end_time: time(ended_at),
        attributes: attributes(record, span, error.as_ref(), has_content),
        dropped_attributes_count: 0,
        events: events(span, has_content),
        links: SpanLinks::default(),
        status: status(span.outcome, error.as_ref(), has_content),
        instrumentation_scope: scope(),
    }
}

/// Returns the instrumentation scope of the spans: this program.
fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("flowdeck")
        .with_version(env!("CARGO_PKG_VERSION"))
        .build()
}

/// Returns the trace id of a run, derived from the run's id, so that it is the same each time the
/// run is sent.
fn trace_id(run: &str) -> TraceId {
    TraceId::from(short_digest(run.as_bytes()))
}

/// Returns the id of a span in a trace.
fn span_id(run: &str, span: &SpanId) -> TraceSpanId {
    let digest = short_digest(format!("{run}/{span}").as_bytes()).to_be_bytes();
    TraceSpanId::from_bytes(digest.first_chunk().copied().unwrap_or_default())
}

fn time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(at.as_ns())
}

const fn kind(kind: SpanKind) -> TraceSpanKind {
    match kind {
        SpanKind::LlmGenerationSpan => TraceSpanKind::Client,
        SpanKind::RootSpan
        | SpanKind::ToolExecutionSpan
        | SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan
        | SpanKind::NodeExecutionSpan => TraceSpanKind::Internal,
    }
}

/// Returns the operation of the `GenAI` conventions for a kind of span.
const fn operation(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::LlmGenerationSpan => Some(names::CHAT),
        SpanKind::ToolExecutionSpan => Some(names::EXECUTE_TOOL),
        SpanKind::AgentExecutionSpan => Some(names::INVOKE_AGENT),
        SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan => Some(names::INVOKE_WORKFLOW),
        SpanKind::RootSpan | SpanKind::NodeExecutionSpan => None,
    }
}

/// Returns the `OpenInference` kind for a kind of span.
const fn openinference_kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::LlmGenerationSpan => "LLM",
        SpanKind::ToolExecutionSpan => "TOOL",
        SpanKind::AgentExecutionSpan
        | SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan => "AGENT",
        SpanKind::RootSpan | SpanKind::FlowExecutionSpan | SpanKind::NodeExecutionSpan => "CHAIN",
    }
}

fn name(record: &RunRecord, span: &SpanRecord) -> Cow<'static, str> {
    let component = &span.component.name;
    Cow::Owned(match (span.kind, operation(span.kind)) {
        (SpanKind::LlmGenerationSpan, Some(operation)) => {
            let model = model_call(record, span).map(|call| call.model_id.as_str());
            format!("{operation} {}", model.unwrap_or(component))
        }
        (_, Some(operation)) => format!("{operation} {component}"),
        (SpanKind::NodeExecutionSpan, None) => format!("node {component}"),
        (_, None) => format!("run {component}"),
    })
}

/// The error of a span.
enum Fault<'r> {
    /// A failure in this span or a descendant.
    Failed(&'r Failure),
    /// The span was cut off.
    Cancelled,
    /// An error of unknown kind.
    Unknown,
}

impl Fault<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind.name(),
            Self::Cancelled => "cancelled",
            Self::Unknown => names::OTHER,
        }
    }
}

fn error_of<'r>(record: &'r RunRecord, span: &'r SpanRecord) -> Option<Fault<'r>> {
    match span.outcome? {
        SpanOutcome::Ok => None,
        SpanOutcome::Cancelled => Some(Fault::Cancelled),
        SpanOutcome::Error => Some(failure_of(record, span).map_or(Fault::Unknown, Fault::Failed)),
    }
}

/// Returns the failure that ended a span: its own, or else the last one of its descendants. A
/// failure is reported by the innermost span that it ended.
fn failure_of<'r>(record: &'r RunRecord, span: &'r SpanRecord) -> Option<&'r Failure> {
    let own = last_failure(span);
    if let Some((_, failure)) = own {
        return Some(failure);
    }
    let end = span.ended_at.unwrap_or(record.last_event_at);
    // Spans are in the order of their starts, so an outer one comes before those in it.
    let mut within = HashSet::from_iter([&span.id]);
    let below = record.spans.iter().filter(|inner| {
        let parent = inner.parent.as_ref();
        let is_within = parent.is_some_and(|parent| within.contains(parent));
        if is_within {
            within.insert(&inner.id);
        }
        is_within
    });
    let failures = below.filter_map(last_failure);
    failures
        .filter(|(at, _)| *at <= end)
        .max_by_key(|(at, _)| *at)
        .map(|(_, failure)| failure)
}

fn last_failure(span: &SpanRecord) -> Option<(Timestamp, &Failure)> {
    span.events.iter().rev().find_map(|event| {
        let RunEventBody::Traced(
            Event::ExceptionRaised { failure, .. }
            | Event::ToolExecutionResponse {
                error: Some(failure),
                ..
            },
        ) = &event.body
        else {
            return None;
        };
        Some((event.timestamp, failure.as_ref()))
    })
}

fn status(outcome: Option<SpanOutcome>, error: Option<&Fault<'_>>, has_content: bool) -> Status {
    match (outcome, error) {
        (None, _) => Status::Unset,
        (Some(_), None) => Status::Ok,
        (Some(_), Some(Fault::Failed(failure))) if has_content => {
            Status::error(failure.message.clone())
        }
        // The words of a failure may repeat what was said or given.
        (Some(_), Some(fault)) => Status::error(fault.kind()),
    }
}

/// Returns the events within a span: failures and retries.
fn events(span: &SpanRecord, has_content: bool) -> SpanEvents {
    let mut events = SpanEvents::default();
    for event in &span.events {
        let mut attributes = Attributes::new(has_content);
        let name = match &event.body {
            RunEventBody::Traced(Event::ExceptionRaised {
                exception_type,
                exception_message,
                ..
            }) => {
                attributes.text(names::EXCEPTION_TYPE, exception_type);
                attributes.content([names::EXCEPTION_MESSAGE], || exception_message.clone());
                names::EXCEPTION
            }
            RunEventBody::Traced(Event::LlmGenerationRetry {
                attempt,
                reason,
                wait_seconds,
                ..
            }) => {
                attributes.count(names::RETRY_ATTEMPT, u64::from(*attempt));
                attributes.fraction(names::RETRY_WAIT, *wait_seconds);
                attributes.content([names::RETRY_REASON], || reason.clone());
                names::RETRY
            }
            _ => continue,
        };
        let event = SpanEvent::new(name, time(event.timestamp), attributes.finish(), 0);
        events.events.push(event);
    }
    events
}

fn attributes(
    record: &RunRecord,
    span: &SpanRecord,
    error: Option<&Fault<'_>>,
    has_content: bool,
) -> Vec<KeyValue> {
    let mut list = Attributes::new(has_content);
    if let Some(operation) = operation(span.kind) {
        list.text(names::OPERATION_NAME, operation);
    }
    list.text(names::OPENINFERENCE_KIND, openinference_kind(span.kind));
    list.text(names::CONVERSATION_ID, record.run.as_str());
    list.text(names::SPAN_TYPE, span.kind.name());
    list.text(
        names::COMPONENT_TYPE,
        span.component.component_type.as_str(),
    );
    list.text(names::COMPONENT_ID, span.component.id.as_str());
    list.text(names::COMPONENT_NAME, span.component.name.as_str());
    if let Some(error) = error {
        list.text(names::ERROR_TYPE, error.kind());
    }
    if span.outcome.is_none() {
        list.flag(names::IS_OPEN, true);
    }
    match span.kind {
        SpanKind::RootSpan => {
            list.text(names::RUN, record.run.as_str());
            list.text(names::BATCH, record.batch.as_str());
            list.text(names::PROFILE, record.terms.profile.name.as_str());
            of_run(record, span, &mut list);
        }
        SpanKind::AgentExecutionSpan => {
            list.text(names::AGENT_ID, span.component.id.as_str());
            list.text(names::AGENT_NAME, span.component.name.as_str());
            values(span, &mut list);
        }
        SpanKind::SwarmExecutionSpan
        | SpanKind::ManagerWorkersExecutionSpan
        | SpanKind::FlowExecutionSpan => {
            list.text(names::WORKFLOW_NAME, span.component.name.as_str());
            values(span, &mut list);
        }
        SpanKind::NodeExecutionSpan => values(span, &mut list),
        SpanKind::LlmGenerationSpan => {
            if let Some(call) = model_call(record, span) {
                of_model(record, span, call, &mut list);
            }
        }
        SpanKind::ToolExecutionSpan => {
            if let Some(call) = tool_call(record, span) {
                of_tool(call, &mut list);
            }
        }
    }
    list.finish()
}

/// Adds the question and the outcome of a run to its root span, because collectors show the root of
/// a trace in lists.
fn of_run(record: &RunRecord, root: &SpanRecord, list: &mut Attributes) {
    let messages = record.messages.iter();
    let asked = messages.clone().find(|message| message.role == Role::User);
    if let Some(asked) = asked {
        list.content([names::INPUT_VALUE], || asked.content.clone());
    } else if !record.plan.inputs.is_empty() {
        let inputs = || Value::Object(record.plan.inputs.clone()).to_string();
        list.content([names::INPUT_VALUE], inputs);
    }
    let mut spans = record.spans.iter();
    let whole = spans.find(|span| span.parent.as_ref() == Some(&root.id));
    let outputs = whole.map_or(&Value::Null, |whole| &whole.outputs);
    if outputs.as_object().is_some_and(|values| !values.is_empty()) {
        list.content([names::OUTPUT_VALUE], || outputs.to_string());
    } else if let Some(answer) = messages.rev().find(|message| message.role == Role::Agent) {
        list.content([names::OUTPUT_VALUE], || answer.content.clone());
    }
}

/// Adds the inputs and outputs of a component, and the branch that it chose.
fn values(span: &SpanRecord, list: &mut Attributes) {
    if let Some(branch) = &span.branch {
        list.text(names::BRANCH, branch);
    }
    if !span.inputs.is_null() {
        list.content([names::INPUT_VALUE], || span.inputs.to_string());
    }
    if !span.outputs.is_null() {
        list.content([names::OUTPUT_VALUE], || span.outputs.to_string());
    }
}

fn model_call<'r>(record: &'r RunRecord, span: &SpanRecord) -> Option<&'r ModelCallRecord> {
    let mut newest_first = record.model_calls.iter().rev();
    newest_first.find(|call| call.span.as_ref() == Some(&span.id))
}

fn tool_call<'r>(record: &'r RunRecord, span: &SpanRecord) -> Option<&'r ToolCallRecord> {
    let mut newest_first = record.tool_calls.iter().rev();
    newest_first.find(|call| call.span.as_ref() == Some(&span.id))
}

fn of_model(record: &RunRecord, span: &SpanRecord, call: &ModelCallRecord, list: &mut Attributes) {
    let server = Server::of(&call.endpoint, &call.llm_config.component_type);
    list.text(names::PROVIDER_NAME, server.provider);
    list.text(names::REQUEST_MODEL, call.model_id.as_str());
    list.text(names::LLM_MODEL, call.model_id.as_str());
    if let Some((host, port)) = server.place {
        list.text(names::SERVER_ADDRESS, host);
        if let Some(port) = port {
            list.count(names::SERVER_PORT, u64::from(port));
        }
    }
    for (parameter, name) in names::REQUEST_NUMBERS {
        if let Some(value) = call.parameters.get(parameter) {
            list.number(name, value);
        }
    }
    if let Some(stop) = call.parameters.get("stop").and_then(|stop| stop.as_array()) {
        let stop = stop.iter().filter_map(|text| text.as_str());
        list.texts(names::REQUEST_STOP, stop.map(str::to_owned));
    }
    list.content([names::INPUT_MESSAGES, names::INPUT_VALUE], || {
        content::input_messages(record, call).to_string()
    });
    list.content_if_any([names::TOOL_DEFINITIONS], || {
        content::tool_definitions(record, call).map(|tools| tools.to_string())
    });
    if call.ended_at.is_none() {
        return;
    }
    if let Some(id) = completion_id(span) {
        list.text(names::RESPONSE_ID, id);
    }
    if let Some(reason) = call
        .finish_reason
        .as_deref()
        .filter(|it| is_known_reason(it))
    {
        list.texts(names::FINISH_REASONS, [reason.to_owned()]);
    }
    if let Some(milliseconds) = call.time_to_first_token_ms {
        list.fraction(names::TIME_TO_FIRST_CHUNK, milliseconds / 1e3);
    }
    let usage = &call.usage;
    for (names, count) in [
        (
            [names::INPUT_TOKENS, names::LLM_PROMPT_TOKENS],
            usage.input_tokens,
        ),
        (
            [names::OUTPUT_TOKENS, names::LLM_COMPLETION_TOKENS],
            usage.output_tokens,
        ),
        (
            [names::CACHE_READ_TOKENS, names::LLM_CACHE_READ_TOKENS],
            usage.cached_tokens,
        ),
        (
            [names::REASONING_TOKENS, names::LLM_REASONING_TOKENS],
            usage.reasoning_tokens,
        ),
    ] {
        for name in names {
            list.count(name, count);
        }
    }
    list.count(names::LLM_TOTAL_TOKENS, usage.total_tokens);
    list.content([names::OUTPUT_MESSAGES, names::OUTPUT_VALUE], || {
        content::output_messages(call).to_string()
    });
}

/// Returns the provider's id of an answer.
fn completion_id(span: &SpanRecord) -> Option<&str> {
    span.events
        .iter()
        .rev()
        .find_map(|event| match &event.body {
            RunEventBody::Traced(Event::LlmGenerationResponse(response)) => {
                response.completion_id.as_deref()
            }
            _ => None,
        })
}

/// Whether a model's finish reason is a known word of a protocol. Any other text of a server counts
/// as content.
fn is_known_reason(reason: &str) -> bool {
    matches!(
        reason,
        "stop" | "length" | "tool_calls" | "content_filter" | "function_call" | "refusal" | "error"
    )
}

fn of_tool(call: &ToolCallRecord, list: &mut Attributes) {
    list.text(names::TOOL_NAME, call.name.as_str());
    list.text(names::LLM_TOOL_NAME, call.name.as_str());
    list.text(names::TOOL_TYPE, "function");
    list.text(names::TOOL_CALL_ID, call.id.as_str());
    // It may be a whole command line.
    list.content([names::TOOL_BINDING], || call.binding.clone());
    list.text(names::TOOL_LANE, call.lane.as_str());
    list.content([names::TOOL_CALL_ARGUMENTS, names::INPUT_VALUE], || {
        call.arguments.to_string()
    });
    if let Some(output) = &call.output {
        list.content([names::TOOL_CALL_RESULT, names::OUTPUT_VALUE], || {
            output.to_string()
        });
    }
}
