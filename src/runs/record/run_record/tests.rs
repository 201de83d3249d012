use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conversation::{Message, Role, ToolCall};
use crate::runs::script::{
    Script, component, llm_chunk, llm_request, llm_response, message, question, tool_request,
    tool_response,
};
use crate::trace::{Event, FailureKind, Reply, RunState};

/// The record of all events of a script.
fn fold(script: &Script) -> RunRecord {
    let mut events = script.events.iter();
    let first = events.next().expect("a script begins with `Planned`");
    let mut record = RunRecord::from_planned(first).expect("the first event is `Planned`");
    for event in events {
        assert!(record.apply(event), "{event:?}");
    }
    record
}

/// The lines of the pane, in short.
fn pane(record: &RunRecord) -> Vec<String> {
    record
        .transcript
        .iter()
        .map(|item| match item {
            TranscriptItem::Message(message) => format!("{:?} {}", message.role, message.content),
            TranscriptItem::Streaming { content, .. } => format!("{content}▌"),
            TranscriptItem::Reasoning(index) => {
                format!("thinks {}", record.model_calls[*index].reasoning)
            }
            TranscriptItem::ToolCall(index) => format!("▸ {}", record.tool_calls[*index].name),
            TranscriptItem::Node(index) => format!("node {}", record.spans[*index].component.name),
            TranscriptItem::Error(failure) => format!("error {failure}"),
            TranscriptItem::Note(note) => format!("note {note}"),
        })
        .collect()
}

#[test]
fn what_is_left_out_of_a_list_of_tools_is_in_the_notices_of_the_result() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(
        &agent,
        Event::ToolSourceNotice {
            source: component("MCPToolBox", "box"),
            notice: "`bad` is left out: it has no `inputSchema`".to_owned(),
        },
    );
    let record = fold(&script);
    let told = "`box`: `bad` is left out: it has no `inputSchema`";
    assert_eq!(record.notices, [told]);
    assert_eq!(pane(&record), [format!("note {told}")]);
}

#[test]
fn reasoning_stands_apart_before_the_answer_that_it_leads_to() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    let thought = |text: &str| {
        let mut chunk = llm_chunk("q1", "");
        if let Event::LlmGenerationChunkReceived { reasoning, .. } = &mut chunk {
            text.clone_into(reasoning);
        }
        chunk
    };
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, thought("First, "));
    assert_eq!(fold(&script).doing, "reasoning");
    script.traced(&llm, thought("the city."));
    script.traced(&llm, llm_chunk("q1", "Hel"));
    assert_eq!(pane(&fold(&script)), ["thinks First, the city.", "Hel▌"]);

    let mut response = llm_response("q1", "Hello");
    if let Event::LlmGenerationResponse(response) = &mut response {
        "First, the city.".clone_into(&mut response.reasoning);
    }
    script.traced(&llm, response);
    script.end(&llm, SpanOutcome::Ok);
    script.traced(&agent, message(Role::Agent, "Hello"));
    let record = fold(&script);
    assert_eq!(pane(&record), ["thinks First, the city.", "Agent Hello"]);
    assert_eq!(record.last_words(), "Hello");
}

#[test]
fn what_had_come_when_the_program_died_is_no_part_of_what_comes_after_it() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, llm_chunk("q1", "Once upon"));
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, llm_chunk("q1", "Once"));
    let record = fold(&script);
    assert_eq!(pane(&record), ["Once▌"]);
    assert_eq!(record.model_calls.len(), 1);
    assert_eq!(record.streamed_characters, 4);
    script.ended(RunState::Cancelled, None);
    assert_eq!(pane(&fold(&script)), ["Agent Once"]);

    let mut script = Script::new("r_2", 0);
    script.state(RunState::Running);
    let call = script.start(None, SpanKind::ToolExecutionSpan, "look");
    let piece = |text: &str| Event::ToolExecutionStreamingChunkReceived {
        tool: component("ServerTool", "look"),
        request_id: RequestId::new("c1"),
        content: json!(text),
    };
    for text in ["begun", "begun again"] {
        script.traced(&call, tool_request("c1", "look"));
        script.traced(&call, piece(text));
    }
    assert_eq!(fold(&script).tool_calls[0].chunks, [json!("begun again")]);
}

#[test]
fn an_answer_streams_then_becomes_the_message_of_the_conversation() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(&agent, message(Role::User, "Hi"));
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, llm_chunk("q1", "Hel"));
    script.traced(&llm, llm_chunk("q1", "lo"));
    assert_eq!(pane(&fold(&script)), ["User Hi", "Hello▌"]);
    assert_eq!(fold(&script).doing, "llm");

    script.traced(&llm, llm_response("q1", "Hello"));
    script.end(&llm, SpanOutcome::Ok);
    script.traced(&agent, message(Role::Agent, "Hello"));
    let record = fold(&script);
    assert_eq!(pane(&record), ["User Hi", "Agent Hello"]);
    assert_eq!(record.messages.len(), 2);
    assert_eq!(record.tokens(), 12);
    assert_eq!(record.doing, "");
    assert_eq!(record.first_line_of_result(), "Hello");
    assert_eq!(record.label(), "weather Paris");
}

#[test]
fn calls_that_a_model_puts_into_words_stand_as_calls_alone() {
    for (thought, expected) in [("", vec![]), ("I look.", vec!["Agent I look."])] {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
        script.traced(&llm, llm_request("q1"));
        script.traced(&llm, llm_chunk("q1", "{\"name\": "));
        let said = format!("{thought} {{\"name\": \"find\", \"parameters\": {{}}}}");
        script.traced(&llm, llm_response("q1", &said));
        script.end(&llm, SpanOutcome::Ok);
        let call = ToolCall {
            id: "call_1".to_owned(),
            name: "find".to_owned(),
            arguments: "{}".to_owned(),
            extra: None,
        };
        let message = Message {
            tool_calls: vec![call],
            ..Message::text("m1", Role::Agent, thought).from_sender("weather")
        };
        script.traced(
            &agent,
            Event::ConversationMessageAdded {
                message: message.into(),
            },
        );
        assert_eq!(pane(&fold(&script)), expected);
    }
}

#[test]
fn a_call_stands_where_it_was_asked_for_and_its_question_opens_and_closes() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(&agent, question("h1", "book_taxi", "call_1"));
    script.state(RunState::NeedsInput);
    let record = fold(&script);
    assert_eq!(record.requests.len(), 1);
    assert_eq!(record.first_line_of_result(), "book_taxi wants your yes");

    script.traced(
        &agent,
        Event::HumanInTheLoopResponse {
            request_id: RequestId::new("h1"),
            key: None,
            prepared: None,
            client_message: None,
            content: Reply::Confirm { arguments: None }.into(),
        },
    );
    script.state(RunState::Running);
    let tool = script.start(Some(&agent), SpanKind::ToolExecutionSpan, "book_taxi");
    script.traced(&tool, tool_request("call_1", "book_taxi"));
    assert_eq!(fold(&script).doing, "tool book_taxi");
    script.traced(&tool, tool_response("call_1", "book_taxi", None));
    script.end(&tool, SpanOutcome::Ok);
    // The provider gives the same id to another call.
    let tool = script.start(Some(&agent), SpanKind::ToolExecutionSpan, "book_taxi");
    script.traced(&tool, tool_request("call_1", "book_taxi"));
    script.traced(&tool, tool_response("call_1", "book_taxi", Some("no taxi")));
    let record = fold(&script);
    assert!(record.requests.is_empty());
    assert_eq!(pane(&record), ["▸ book_taxi", "▸ book_taxi"]);
    assert_eq!(record.tool_calls[0].error, None);
    assert_eq!(record.tool_calls[1].error.as_deref(), Some("no taxi"));
    assert_eq!(record.tool_calls[1].output, None);
}

#[test]
fn a_refused_call_is_one_call() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let tool = component("ServerTool", "refund");
    script.traced(
        &agent,
        Event::ToolConfirmationRequest {
            tool: tool.clone(),
            tool_execution_request_id: RequestId::new("call_1"),
            request_id: RequestId::new("c1"),
        },
    );
    script.traced(&agent, question("h1", "refund", "call_1"));
    script.traced(
        &agent,
        Event::ToolConfirmationResponse {
            tool,
            tool_execution_request_id: RequestId::new("call_1"),
            request_id: RequestId::new("c1"),
            execution_confirmed: false,
            reason: Some("too much".to_owned()),
        },
    );
    assert_eq!(
        fold(&script).tool_calls[0].error.as_deref(),
        Some("refused: too much")
    );
    script.traced(&agent, tool_request("call_1", "refund"));
    script.traced(
        &agent,
        tool_response("call_1", "refund", Some("a person refused it")),
    );
    let record = fold(&script);
    assert_eq!(pane(&record), ["▸ refund"]);
    assert_eq!(record.tool_calls[0].is_confirmed, Some(false));
    assert_eq!(
        record.tool_calls[0].error.as_deref(),
        Some("a person refused it")
    );
}

#[test]
fn waiting_for_a_person_is_not_active_time() {
    let mut script = Script::new("r_1", 0);
    script.pass(Duration::from_secs(5));
    script.state(RunState::Running);
    script.pass(Duration::from_millis(1999));
    script.state(RunState::NeedsInput);
    script.pass(Duration::from_mins(1));
    script.state(RunState::Running);
    script.pass(Duration::from_millis(999));
    script.ended(RunState::Finished, None);
    script.pass(Duration::from_secs(9));
    let record = fold(&script);
    let much_later = Timestamp::from_ns(u64::MAX);
    assert_eq!(record.duration(much_later), Duration::from_secs(3));
    assert!(record.is_over());
}

#[test]
fn a_run_that_rests_and_is_taken_up_again_keeps_its_times_until_it_does_something() {
    for state in [RunState::Answered, RunState::NeedsInput] {
        let mut script = Script::new("r_1", 0);
        script.state(RunState::Running);
        script.pass(Duration::from_secs(3));
        let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        script.traced(&span, question("q_1", "pay", "call_1"));
        script.state(state);
        let before = fold(&script);
        let now = |script: &Script| script.events.last().unwrap().timestamp;
        let times = |record: &RunRecord, script: &Script| {
            let active = record.active_between(record.queued_at, None, now(script));
            (record.duration(now(script)), record.ended_at, active)
        };
        let times_before = times(&before, &script);
        for meanwhile in [RunState::Interrupted, RunState::Queued, RunState::Running] {
            script.pass(Duration::from_millis(40));
            script.state(meanwhile);
        }
        script.pass(Duration::from_millis(40));
        // What is open is asked again by the process that goes on with it.
        script.traced(&span, question("q_1", "pay", "call_1"));
        script.state(state);
        let after = fold(&script);
        assert_eq!(times(&after, &script), times_before, "{state:?}");
        assert_eq!(after.requests, before.requests);
        script.state(RunState::Running);
        script.traced(&span, message(Role::User, "And tomorrow?"));
        script.pass(Duration::from_secs(2));
        script.state(state);
        let seconds = |record: &RunRecord| record.duration(now(&script)).as_secs();
        assert_eq!(seconds(&fold(&script)), seconds(&before) + 2);
    }
}

#[test]
fn a_failure_is_told_once_and_on_top() {
    let failure = Failure::new(FailureKind::Network, "no route\nto host");
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    let raised = Event::ExceptionRaised {
        key: None,
        exception_type: "network".to_owned(),
        exception_message: failure.message.clone(),
        failure: failure.clone().into(),
    };
    script.traced(&agent, raised.clone());
    script.end(&agent, SpanOutcome::Error);
    script.ended(RunState::Failed, Some(failure));
    let record = fold(&script);
    assert_eq!(pane(&record), ["error no route\nto host"]);
    assert_eq!(record.first_line_of_result(), "no route");
}

#[test]
fn an_event_is_folded_once_and_only_in_its_turn() {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    script.state(RunState::Paused);
    let mut record = RunRecord::from_planned(&script.events[0]).expect("queued");
    assert!(!record.apply(&script.events[2]), "a gap");
    assert!(record.apply(&script.events[1]));
    let before = record.clone();
    assert!(!record.apply(&script.events[1]), "twice");
    assert_eq!(record, before);
}

/// What a random run does next, as numbers that are taken modulo what there is to choose from.
type Step = (u8, u8);

/// Plays steps as the runtime would: a span lies in an open one, and ends after those in it.
fn play(steps: &[Step], is_cut: bool) -> Script {
    let mut script = Script::new("r_1", 0);
    script.state(RunState::Running);
    let root = script.start(None, SpanKind::AgentExecutionSpan, "root");
    let mut open = vec![(root, None::<SpanId>, SpanKind::AgentExecutionSpan)];
    let mut asked = 0;
    for (number, (what, which)) in steps.iter().enumerate() {
        let (span, _, kind) = open[usize::from(*which) % open.len()].clone();
        let id = format!("{span}_{number}");
        match what % 8 {
            0 | 1 => {
                let kind = [
                    SpanKind::LlmGenerationSpan,
                    SpanKind::ToolExecutionSpan,
                    SpanKind::NodeExecutionSpan,
                ][usize::from(what / 8) % 3];
                let child = script.start(Some(&span), kind, "part");
                match kind {
                    SpanKind::LlmGenerationSpan => {
                        script.traced(&child, llm_request(child.as_str()));
                    }
                    SpanKind::ToolExecutionSpan => {
                        script.traced(&child, tool_request(child.as_str(), "part"));
                    }
                    _ => {}
                }
                open.push((child, Some(span), kind));
            }
            2 | 3 if kind == SpanKind::LlmGenerationSpan => {
                script.traced(&span, llm_chunk(span.as_str(), "word "));
            }
            4 => script.traced(&span, message(Role::Agent, &id)),
            5 => {
                asked += 1;
                script.traced(&span, question(&format!("h{asked}"), "part", &id));
                script.state(RunState::NeedsInput);
            }
            6 if asked > 0 => {
                script.traced(
                    &span,
                    Event::HumanInTheLoopResponse {
                        request_id: RequestId::new(format!("h{asked}")),
                        key: None,
                        prepared: None,
                        client_message: None,
                        content: Reply::Confirm { arguments: None }.into(),
                    },
                );
                script.state(RunState::Running);
            }
            7 => close_innermost(&mut script, &mut open, 1),
            _ => {}
        }
    }
    if is_cut {
        // As the feed does on a cancel.
        while let Some((span, ..)) = open.pop() {
            script.end(&span, SpanOutcome::Cancelled);
        }
        script.ended(RunState::Cancelled, None);
    } else {
        close_innermost(&mut script, &mut open, 0);
        script.ended(RunState::Finished, None);
    }
    script
}

/// Ends open spans from the innermost on: one of them, or all down to `keep` spans.
fn close_innermost(
    script: &mut Script,
    open: &mut Vec<(SpanId, Option<SpanId>, SpanKind)>,
    keep: usize,
) {
    while open.len() > keep {
        if let Some((span, _, kind)) = open.pop() {
            match kind {
                SpanKind::LlmGenerationSpan => {
                    script.traced(&span, llm_response(span.as_str(), "word word"));
                }
                SpanKind::ToolExecutionSpan => {
                    script.traced(&span, tool_response(span.as_str(), "part", None));
                }
                _ => {}
            }
            script.end(&span, SpanOutcome::Ok);
        }
        if keep > 0 {
            break;
        }
    }
}

/// What holds between any two events.
fn check(record: &RunRecord) {
    let n_open = record.spans.iter().filter(|s| s.ended_at.is_none()).count();
    assert_eq!(record.open_spans().count(), n_open);
    let is_busy = record.spans.iter().any(|span| {
        span.ended_at.is_none()
            && matches!(
                span.kind,
                SpanKind::LlmGenerationSpan
                    | SpanKind::ToolExecutionSpan
                    | SpanKind::NodeExecutionSpan
            )
    });
    assert_eq!(!record.doing.is_empty(), is_busy);
    assert_eq!(record.doing.is_empty(), record.doing_since.is_none());
    let usage: Usage = record.model_calls.iter().map(|call| call.usage).sum();
    assert_eq!(usage, record.usage);
    let mut calls = Vec::new();
    for item in &record.transcript {
        match item {
            TranscriptItem::ToolCall(index) => calls.push(*index),
            TranscriptItem::Node(index) => {
                assert_eq!(record.spans[*index].kind, SpanKind::NodeExecutionSpan);
            }
            _ => {}
        }
    }
    assert_eq!(calls, (0..record.tool_calls.len()).collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn whatever_a_run_does_its_record_is_consistent(
        steps in prop::collection::vec(any::<Step>(), 0..80),
        is_cut in any::<bool>(),
    ) {
        let script = play(&steps, is_cut);
        let mut record = RunRecord::from_planned(&script.events[0]).expect("queued");
        for event in &script.events[1..] {
            prop_assert!(!record.is_over());
            prop_assert!(record.apply(event));
            if !record.is_over() {
                check(&record);
            }
        }
        prop_assert!(record.is_over());
        prop_assert!(record.open_spans().next().is_none());
        prop_assert!(record.spans.iter().all(|span| span.outcome.is_some()));
        prop_assert!(record.requests.is_empty());
        prop_assert!(record.doing.is_empty());
        prop_assert!(record.active_since.is_none());
        let is_streaming = |item| matches!(item, &TranscriptItem::Streaming { .. });
        let streams = record.transcript.iter().filter(|item| is_streaming(item)).count();
        prop_assert_eq!(streams, 0);
        prop_assert_eq!(record.events, script.events.len() as u64);
    }
}
