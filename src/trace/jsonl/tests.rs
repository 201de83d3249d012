use std::sync::Arc;

use pretty_assertions::assert_eq;

use super::*;
use crate::base::ids::RequestId;
use crate::conversation::{Message, Role, Values};
use crate::trace::{
    Answers, Confirmation, Failure, FailureKind, LlmGenerationResponse, PreparedReply, Prompt,
    PromptMessage, PromptPart, Reply, RunPlan, RunState, SpanOutcome, TracedToolCall,
};

fn event(seq: u64, span: Option<&str>, body: RunEventBody) -> RunEvent {
    RunEvent {
        run: RunId::new("r_1"),
        seq,
        joined: 0,
        timestamp: Timestamp::from_ns(1000 + seq),
        span: span.map(SpanId::new),
        body,
    }
}

fn component(component_type: &str, name: &str) -> ComponentName {
    ComponentName::new(component_type, &format!("{name}_id"), name)
}

fn started(seq: u64, span: &str, parent: Option<&str>, kind: SpanKind) -> RunEvent {
    let body = RunEventBody::SpanStarted {
        parent: parent.map(SpanId::new),
        kind,
        component: component("ServerTool", "get_weather"),
    };
    event(seq, Some(span), body)
}

#[test]
fn a_line_has_its_head_first_then_the_attributes() {
    let mut lines = JsonLines::new(false);
    lines.line(&started(0, "s1", None, SpanKind::AgentExecutionSpan));
    let start = lines
        .line(&started(1, "s2", Some("s1"), SpanKind::ToolExecutionSpan))
        .expect("a line");
    assert_eq!(
        start.to_string(),
        r#"{"type":"SpanStart","id":"r_1/1","name":"ToolExecutionSpan","timestamp":1001,"run":"r_1","seq":1,"span":"s2","parent_span":"s1","span_type":"ToolExecutionSpan","start_time":1001,"tool":{"component_type":"ServerTool","id":"get_weather_id","name":"get_weather"}}"#
    );
    let traced = Event::ToolExecutionResponse {
        tool: component("ServerTool", "get_weather"),
        request_id: RequestId::new("call_1"),
        outputs: json!({"sky": "clear"}).into(),
        key: None,
        error: None,
        waited_ms: 0.0,
        held_ms: None,
    };
    let response = lines
        .line(&event(2, Some("s2"), RunEventBody::Traced(traced)))
        .expect("a line");
    assert_eq!(response["type"], "ToolExecutionResponse");
    assert_eq!(response["name"], "ToolExecutionResponse");
    assert_eq!(response["parent_span"], "s1");
    assert_eq!(response["outputs"]["sky"], "clear");
    let end = RunEventBody::SpanEnded {
        outcome: SpanOutcome::Ok,
    };
    let end = lines.line(&event(3, Some("s2"), end)).expect("a line");
    assert_eq!(
        end.to_string(),
        r#"{"type":"SpanEnd","id":"r_1/3","name":"ToolExecutionSpan","timestamp":1003,"run":"r_1","seq":3,"span":"s2","parent_span":"s1","span_type":"ToolExecutionSpan","start_time":1001,"end_time":1003,"tool":{"component_type":"ServerTool","id":"get_weather_id","name":"get_weather"},"outcome":"ok"}"#
    );
}

/// One event of each name. All that is said, given, done or answered in it is `said`.
#[expect(clippy::too_many_lines, reason = "a list of all events")]
pub(in crate::trace) fn events_that_say(said: &str) -> Vec<Event> {
    let text = || said.to_owned();
    let value = || json!({ said: [said] });
    let request_id = || RequestId::new("q1");
    let (tool, llm_config) = (
        || component("ServerTool", "t"),
        || component("VllmConfig", "m"),
    );
    let calls = || {
        vec![TracedToolCall {
            call_id: "c1".to_owned(),
            tool_name: text(),
            arguments: text(),
            extra: Some(json!(said)),
        }]
    };
    let prompt = PromptMessage {
        role: "user".to_owned(),
        content: text(),
        pictures: vec![text()],
        sender: None,
        tool_calls: calls(),
        tool_call_id: None,
    };
    let failure = crate::trace::Failure::new(crate::trace::FailureKind::Tool, said);
    vec![
        Event::LlmGenerationRequest {
            llm_config: llm_config(),
            request_id: request_id(),
            llm_generation_config: json!({}).into(),
            prompt: Arc::new(Prompt {
                messages: vec![PromptPart::New(Arc::new(prompt))],
                ..Prompt::default()
            }),
            model_id: "m".to_owned(),
            endpoint: "http://h".to_owned(),
            key: None,
        },
        Event::LlmGenerationChunkReceived {
            llm_config: llm_config(),
            request_id: request_id(),
            completion_id: None,
            content: text(),
            tool_calls: calls(),
            reasoning: text(),
        },
        Event::LlmGenerationRetry {
            llm_config: llm_config(),
            request_id: request_id(),
            attempt: 1,
            reason: text(),
            wait_seconds: 1.0,
        },
        Event::LlmGenerationNotice {
            llm_config: llm_config(),
            request_id: request_id(),
            notice: text(),
        },
        Event::ToolExecutionRequest {
            tool: tool(),
            request_id: request_id(),
            inputs: value().into(),
            binding: "a fixed value".to_owned(),
            lane: "fixed".to_owned(),
            key: None,
        },
        Event::ToolExecutionStreamingChunkReceived {
            tool: tool(),
            request_id: request_id(),
            content: value(),
        },
        Event::ToolExecutionNotice {
            tool: tool(),
            request_id: request_id(),
            notice: text(),
        },
        Event::ToolSourceNotice {
            source: component("MCPToolBox", "b"),
            notice: text(),
        },
        Event::ToolExecutionResponse {
            tool: tool(),
            request_id: request_id(),
            outputs: value().into(),
            key: None,
            error: Some(failure.clone().with_hint(said).into()),
            waited_ms: 0.0,
            held_ms: None,
        },
        Event::ToolConfirmationRequest {
            tool: tool(),
            tool_execution_request_id: request_id(),
            request_id: request_id(),
        },
        Event::ToolConfirmationResponse {
            tool: tool(),
            tool_execution_request_id: request_id(),
            request_id: request_id(),
            execution_confirmed: false,
            reason: Some(text()),
        },
        Event::AgentExecutionStart {
            agent: component("Agent", "a"),
            inputs: value().into(),
        },
        Event::AgentExecutionEnd {
            agent: component("Agent", "a"),
            outputs: value().into(),
        },
        Event::SwarmExecutionStart {
            swarm: component("Swarm", "s"),
            inputs: value().into(),
        },
        Event::SwarmExecutionEnd {
            swarm: component("Swarm", "s"),
            outputs: value().into(),
        },
        Event::ManagerWorkersExecutionStart {
            managerworkers: component("ManagerWorkers", "m"),
            inputs: value().into(),
        },
        Event::ManagerWorkersExecutionEnd {
            managerworkers: component("ManagerWorkers", "m"),
            outputs: value().into(),
        },
        Event::FlowExecutionStart {
            flow: component("Flow", "f"),
            inputs: value().into(),
        },
        Event::FlowExecutionEnd {
            flow: component("Flow", "f"),
            outputs: value().into(),
            branch_selected: None,
        },
        Event::NodeExecutionStart {
            node: component("ToolNode", "n"),
            inputs: value().into(),
        },
        Event::NodeExecutionEnd {
            node: component("ToolNode", "n"),
            outputs: value().into(),
            branch_selected: None,
        },
        Event::ConversationMessageAdded {
            message: Message::text("m1", Role::User, said).into(),
        },
        Event::ExceptionRaised {
            key: None,
            exception_type: "tool".to_owned(),
            exception_message: text(),
            failure: failure.with_hint(said).into(),
        },
        Event::HumanInTheLoopRequest {
            request_id: request_id(),
            content: Box::new(crate::trace::RequestKind::ToolConfirmation {
                tool: "t".to_owned(),
                call_id: "c1".to_owned(),
                arguments: value(),
                inputs: Vec::new(),
            }),
            key: None,
        },
        Event::HumanInTheLoopResponse {
            request_id: request_id(),
            key: None,
            prepared: None,
            client_message: None,
            content: Reply::message(said).into(),
        },
        Event::ExecutionWait {
            on: Some("worker".to_owned()),
            wait_seconds: None,
        },
        Event::LlmGenerationResponse(Box::new(LlmGenerationResponse {
            llm_config: llm_config(),
            request_id: request_id(),
            completion_id: None,
            content: text(),
            tool_calls: calls(),
            reasoning: text(),
            key: None,
            extra: Some(value().into()),
            input_tokens: None,
            output_tokens: None,
            total_tokens: None,
            cached_tokens: None,
            reasoning_tokens: None,
            finish_reason: Some(said.to_owned()),
            is_last_call_unsure: false,
            time_to_first_token_ms: None,
            attempts: 1,
        })),
    ]
}

fn answers_that_say(said: &str) -> Answers {
    let confirmation = Confirmation::Reject {
        reason: Some(said.to_owned()),
    };
    let image = crate::conversation::Image {
        name: Some(said.to_owned()),
        media_type: "image/png".to_owned(),
        base64: said.to_owned(),
    };
    Answers {
        messages: [said.to_owned()].into(),
        replies: vec![PreparedReply {
            question: Some(said.to_owned()),
            nodes: vec![said.to_owned()],
            messages: [said.to_owned()].into(),
        }],
        images: vec![image],
        tools: [(said.to_owned(), [json!(said).into()].into())].into(),
        confirmations: [(said.to_owned(), confirmation.clone())].into(),
        default_confirmation: Some(confirmation),
    }
}

/// One event of each kind; what they say is content.
fn bodies_that_say(said: &str) -> Vec<RunEventBody> {
    let mut bodies: Vec<_> = events_that_say(said)
        .into_iter()
        .map(RunEventBody::Traced)
        .collect();
    let inputs = [("city".to_owned(), json!(said))].into_iter().collect();
    let planned = Planned::of_test("b_1", 0, component("Flow", "f"), inputs);
    bodies.push(RunEventBody::Planned(Box::new(Planned {
        run: Arc::new(RunPlan {
            answers: answers_that_say(said),
            ..planned.run.as_ref().clone()
        }),
        ..planned
    })));
    bodies
}

#[test]
fn an_outline_has_the_shape_of_its_event_and_nothing_of_what_was_said() {
    const SAID: &str = "hopscotch";
    let failure = Failure::new(FailureKind::Tool, SAID).with_hint(SAID);
    let bodies = bodies_that_say(SAID).into_iter().chain([
        RunEventBody::Operated {
            key: "discover.0".to_owned(),
            operation: "discover".to_owned(),
            outcome: Ok(json!([SAID])).into(),
        },
        RunEventBody::Operated {
            key: "discover.1".to_owned(),
            operation: "discover".to_owned(),
            outcome: Err(failure.clone()).into(),
        },
        RunEventBody::Ended {
            state: RunState::Failed,
            status: None,
            outputs: Box::new(Values::from_iter([("sky".to_owned(), json!(SAID))])),
            error: Some(Box::new(failure)),
        },
    ]);
    for body in bodies {
        let whole = event(7, Some("s1"), body);
        let outline = whole.outline();
        let written = serde_json::to_string(&outline).expect("JSON");
        assert!(!written.contains(SAID), "{written}");
        let read: RunEvent = serde_json::from_str(&written).expect("it is an event");
        assert_eq!(read, outline);
        assert_eq!(outline.outline(), outline);
        let head = |event: &RunEvent| (event.seq, event.timestamp, event.span.clone());
        assert_eq!(head(&outline), head(&whole));
        assert_eq!(
            std::mem::discriminant(&outline.body),
            std::mem::discriminant(&whole.body)
        );
    }
}

#[test]
fn a_masked_trace_shows_nothing_of_what_was_said_in_any_event() {
    const SAID: &str = "hopscotch";
    let mut seen = Vec::new();
    for body in bodies_that_say(SAID) {
        let event = event(0, None, body);
        let open = JsonLines::new(false).line(&event).expect("a line");
        let masked = JsonLines::new(true).line(&event).expect("a line");
        assert!(!masked.to_string().contains(SAID), "{masked}");
        let has_content = open.to_string().contains(SAID);
        assert_eq!(masked.to_string().contains(MASKED), has_content, "{masked}");
        seen.push(open["type"].as_str().expect("a type").to_owned());
    }
    assert_eq!(seen.pop().as_deref(), Some("RunQueued"));
    assert_eq!(seen, Event::NAMES);
}

#[test]
fn agents_speak_as_assistant_and_masking_leaves_no_content() {
    let body = RunEventBody::Traced(Event::ConversationMessageAdded {
        message: Message::text("m1", Role::Agent, "a secret").into(),
    });
    let added = event(0, None, body);
    let open = JsonLines::new(false).line(&added).expect("a line");
    assert_eq!(open["message"]["role"], "assistant");
    assert_eq!(open["message"]["content"], "a secret");
    let masked = JsonLines::new(true).line(&added).expect("a line");
    assert_eq!(masked["message"], MASKED);
    assert_eq!(masked["name"], "ConversationMessageAdded");
}
