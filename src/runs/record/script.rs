//! Events as the runtime emits them, for tests.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId, SpanId};
use crate::conversation::{Message, Role, Values};
use crate::profile::Tracing;
use crate::runs::{BatchRecord, RunRecord};
use crate::trace::{
    ComponentName, Event, Failure, FailureKind, LlmGenerationResponse, Planned, RequestKind,
    RunEvent, RunEventBody, RunState, SpanKind, SpanOutcome,
};

/// Writes the events of one run, one millisecond apart.
#[derive(Debug)]
pub(crate) struct Script {
    run: RunId,
    now: Timestamp,
    n_spans: usize,
    pub(crate) events: Vec<Arc<RunEvent>>,
}

impl Script {
    /// Makes a run of `weather` that is queued at one second after the epoch.
    pub(crate) fn new(run: &str, index: usize) -> Self {
        let mut script = Self {
            run: RunId::new(run),
            now: Timestamp::from_ns(1_000_000_000),
            n_spans: 0,
            events: Vec::new(),
        };
        let mut inputs = Values::new();
        inputs.insert("city".to_owned(), json!("Paris"));
        script.push(
            None,
            RunEventBody::Planned(Box::new(Planned::of_test(
                "b_1",
                index,
                component("Agent", "weather"),
                inputs,
            ))),
        );
        script
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    pub(crate) fn push(&mut self, span: Option<&SpanId>, body: RunEventBody) {
        self.events.push(Arc::new(RunEvent {
            run: self.run.clone(),
            seq: self.events.len() as u64,
            joined: 0,
            timestamp: self.now,
            span: span.cloned(),
            body,
        }));
        self.pass(Duration::from_millis(1));
    }

    pub(crate) fn state(&mut self, state: RunState) {
        self.push(None, RunEventBody::StateChanged { state });
    }

    pub(crate) fn start(&mut self, parent: Option<&SpanId>, kind: SpanKind, name: &str) -> SpanId {
        self.start_of(parent, kind, component("Component", name))
    }

    pub(crate) fn start_of(
        &mut self,
        parent: Option<&SpanId>,
        kind: SpanKind,
        component: ComponentName,
    ) -> SpanId {
        self.n_spans += 1;
        let id = SpanId::new(format!("s_{}", self.n_spans));
        let body = RunEventBody::SpanStarted {
            parent: parent.cloned(),
            kind,
            component,
        };
        self.push(Some(&id), body);
        id
    }

    pub(crate) fn end(&mut self, span: &SpanId, outcome: SpanOutcome) {
        self.push(Some(span), RunEventBody::SpanEnded { outcome });
    }

    pub(crate) fn traced(&mut self, span: &SpanId, event: Event) {
        self.push(Some(span), RunEventBody::Traced(event));
    }

    /// Returns the record of the run so far.
    pub(crate) fn record(&self) -> RunRecord {
        let (planned, rest) = self.events.split_first().unwrap();
        let mut record = RunRecord::from_planned(planned).unwrap();
        for event in rest {
            assert!(record.apply(event), "{event:?}");
        }
        record
    }

    pub(crate) fn ended(&mut self, state: RunState, error: Option<Failure>) {
        self.push(
            None,
            RunEventBody::Ended {
                state,
                status: None,
                outputs: Box::default(),
                error: error.map(Box::new),
            },
        );
    }
}

/// Returns the batch of a script's runs, with tracing.
pub(crate) fn traced_batch(tracing: &Arc<Tracing>) -> BatchRecord {
    BatchRecord {
        id: BatchId::new("b_1"),
        number: 0,
        spec_name: "weather".to_owned(),
        component: None,
        terms: Arc::default(),
        profile: "local".to_owned(),
        bound_to: "profile local".to_owned(),
        tracing: Some(Arc::clone(tracing)),
        total: 2,
        at_once: 2,
        requests_per_second: None,
        busy_endpoints: IndexMap::new(),
        canary: None,
        budget: None,
        is_paused: false,
        notice: None,
        workers: None,
        launched_at: Timestamp::from_ns(0),
        ended_at: None,
        in_flight: 0,
        max_at_once: 0,
        summary: None,
    }
}

pub(crate) fn component(component_type: &str, name: &str) -> ComponentName {
    ComponentName::new(component_type, name, name)
}

pub(crate) fn llm_request(id: &str) -> Event {
    Event::LlmGenerationRequest {
        llm_config: component("OllamaConfig", "model"),
        request_id: RequestId::new(id),
        llm_generation_config: Arc::default(),
        prompt: Arc::default(),
        model_id: "offline".to_owned(),
        endpoint: "offline".to_owned(),
        key: None,
    }
}

pub(crate) fn llm_chunk(id: &str, text: &str) -> Event {
    Event::LlmGenerationChunkReceived {
        llm_config: component("OllamaConfig", "model"),
        request_id: RequestId::new(id),
        completion_id: None,
        content: text.to_owned(),
        tool_calls: Vec::new(),
        reasoning: String::new(),
    }
}

pub(crate) fn llm_response(id: &str, text: &str) -> Event {
    Event::LlmGenerationResponse(Box::new(LlmGenerationResponse {
        llm_config: component("OllamaConfig", "model"),
        request_id: RequestId::new(id),
        completion_id: None,
        content: text.to_owned(),
        tool_calls: Vec::new(),
        reasoning: String::new(),
        key: None,
        extra: None,
        input_tokens: Some(10),
        output_tokens: Some(2),
        total_tokens: None,
        cached_tokens: None,
        reasoning_tokens: None,
        finish_reason: Some("stop".to_owned()),
        is_last_call_unsure: false,
        time_to_first_token_ms: Some(1.0),
        attempts: 1,
    }))
}

pub(crate) fn message(role: Role, text: &str) -> Event {
    Event::ConversationMessageAdded {
        message: Message::text("m", role, text).from_sender("weather").into(),
    }
}

pub(crate) fn tool_request(id: &str, name: &str) -> Event {
    tool_request_with(id, name, json!({"city": "Paris"}))
}

pub(crate) fn tool_request_with(id: &str, name: &str, arguments: Value) -> Event {
    Event::ToolExecutionRequest {
        tool: component("ServerTool", name),
        request_id: RequestId::new(id),
        inputs: arguments.into(),
        binding: "a fixed value".to_owned(),
        lane: "fixed".to_owned(),
        key: None,
    }
}

pub(crate) fn tool_response(id: &str, name: &str, error: Option<&str>) -> Event {
    Event::ToolExecutionResponse {
        tool: component("ServerTool", name),
        request_id: RequestId::new(id),
        outputs: json!("sunny").into(),
        key: None,
        error: error.map(|message| Box::new(Failure::new(FailureKind::Tool, message))),
        waited_ms: 0.0,
        held_ms: None,
    }
}

pub(crate) fn question(id: &str, tool: &str, call_id: &str) -> Event {
    Event::HumanInTheLoopRequest {
        request_id: RequestId::new(id),
        content: Box::new(RequestKind::ToolConfirmation {
            tool: tool.to_owned(),
            call_id: call_id.to_owned(),
            arguments: json!({"city": "Paris"}),
            inputs: Vec::new(),
        }),
        key: None,
    }
}
