//! Traces are read as they were written; what can't be read is told.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::base::clock::Timestamp;
use crate::base::ids::{RunId, SpanId};
use crate::trace::jsonl::tests::events_that_say;
use crate::trace::{Event, JsonLines, Planned, RunEventBody, RunState, SpanKind, SpanOutcome};

/// A run of the program: `flowdeck run sample_specs/agents/city_desk.yaml --input city=Paris --message "How is the weather in
/// Paris?" --format jsonl`.
const OURS: &str = include_str!("../../../tests/data/traces/flowdeck.jsonl");

/// Runs of WayFlow 26.3.1: `tests/data/traces/wayflow_run.py`, over `flowdeck mock-llm --tokens 6`.
const WAYFLOW: &str = include_str!("../../../tests/data/traces/wayflow.jsonl");

/// A run of WayFlow whose spans were written whole: `tests/data/traces/whole_run.py`.
const WHOLE: &str = include_str!("../../../tests/data/traces/whole.jsonl");

/// What is read of a text: the events, and what is told.
fn read(text: &str) -> Result<(Vec<RunEvent>, Vec<String>), NotATrace> {
    let mut reader = TraceReader::default();
    let mut events = Vec::new();
    for line in text.split_inclusive('\n') {
        let is_last = !line.ends_with('\n');
        reader.line(line.as_bytes(), is_last, |event| events.push(event))?;
    }
    let read = reader.finish(|event| events.push(event))?;
    Ok((events, read.remarks))
}

/// The lines of events, without those that only tell the end of a run.
fn lines(events: &[RunEvent], is_masked: bool) -> Vec<Value> {
    let mut lines = JsonLines::new(is_masked);
    events
        .iter()
        .filter_map(|event| lines.line(event))
        .collect()
}

/// The first half of a line.
fn half(line: &str) -> &str {
    let middle = (0..=line.len() / 2)
        .rev()
        .find(|at| line.is_char_boundary(*at));
    line.get(..middle.unwrap_or_default()).unwrap_or_default()
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

/// A run in which every event happens.
fn every_event() -> Vec<RunEvent> {
    let component = ComponentName::new("Agent", "a", "weather");
    let planned = Planned::of_test(
        "b_1",
        3,
        component.clone(),
        crate::conversation::Values::new(),
    );
    let bodies = [
        (None, RunEventBody::Planned(Box::new(planned))),
        (
            None,
            RunEventBody::StateChanged {
                state: RunState::Running,
            },
        ),
        (
            Some("s1"),
            RunEventBody::SpanStarted {
                parent: None,
                kind: SpanKind::AgentExecutionSpan,
                component,
            },
        ),
        (
            None,
            RunEventBody::Operated {
                key: "a.0".to_owned(),
                operation: "time".to_owned(),
                outcome: Box::new(Ok(json!("2026-01-01"))),
            },
        ),
    ];
    let events = events_that_say("bread").into_iter();
    let events = events.map(|event| (Some("s1"), RunEventBody::Traced(event)));
    let ended = RunEventBody::SpanEnded {
        outcome: SpanOutcome::Error,
    };
    let bodies = bodies
        .into_iter()
        .chain(events)
        .chain([(Some("s1"), ended)]);
    let numbered = (0..).zip(bodies);
    numbered
        .map(|(seq, (span, body))| RunEvent {
            run: RunId::new("r_1"),
            seq,
            joined: 0,
            timestamp: Timestamp::from_ns(1_000 + seq),
            span: span.map(SpanId::new),
            body,
        })
        .collect()
}

/// The end that a run without one gets is no line.
fn without_end(mut events: Vec<RunEvent>) -> Vec<RunEvent> {
    assert!(matches!(
        events.pop().map(|event| event.body),
        Some(RunEventBody::Ended { .. })
    ));
    events
}

#[test]
fn what_is_read_of_our_lines_gives_the_same_lines() {
    let written = lines(&every_event(), false);
    let names: Vec<&str> = written
        .iter()
        .filter_map(|line| line["type"].as_str())
        .collect();
    assert!(
        Event::NAMES.iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    let (events, told) = read(&text(&written)).unwrap();
    assert_eq!(told, [] as [String; 0]);
    assert_eq!(lines(&without_end(events), false), written);
}

#[test]
fn what_is_read_of_a_real_run_gives_the_same_lines() {
    let (events, told) = read(OURS).unwrap();
    assert_eq!(told, [] as [String; 0]);
    let written = OURS.lines().map(|line| serde_json::from_str(line).unwrap());
    let written =
        written.filter(|line: &Value| line["type"] != "RunEnd" && line["type"] != "BatchEnd");
    assert_eq!(lines(&events, false), written.collect::<Vec<_>>());
    let Some(RunEventBody::Ended { state, outputs, .. }) = events.last().map(|event| &event.body)
    else {
        panic!("the last event is the end");
    };
    assert_eq!((*state, outputs.len()), (RunState::Answered, 0));
}

#[test]
fn masked_content_stays_masked_and_what_can_not_be_shown_of_it_is_told() {
    let (events, told) = read(&text(&lines(&every_event(), true))).unwrap();
    let said = format!("{events:?}");
    assert!(
        !said.contains("bread") && said.contains(crate::trace::MASKED),
        "{said}"
    );
    let n_messages = told
        .iter()
        .filter(|words| words.contains("its message is masked"));
    assert_eq!(n_messages.count(), 1, "{told:?}");
}

#[test]
fn a_conversation_is_held_once_however_often_requests_repeat_it() {
    let (events, _) = read(WAYFLOW).unwrap();
    let prompts = events.iter().filter_map(|event| match &event.body {
        RunEventBody::Traced(Event::LlmGenerationRequest { prompt, .. }) => Some(prompt),
        _ => None,
    });
    let second = prompts.into_iter().nth(1).expect("a second request");
    let kinds = second.messages.iter().map(|part| match part {
        crate::trace::PromptPart::Earlier { count, .. } => format!("{count} of before"),
        crate::trace::PromptPart::New(message) => message.content.clone(),
    });
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["2 of before", "I will call get_weather.", "sunny in Paris"]
    );
}

#[test]
fn times_never_go_back_and_numbers_have_no_gaps() {
    for text in [OURS, WAYFLOW, WHOLE] {
        let (events, _) = read(text).unwrap();
        let mut last: std::collections::HashMap<RunId, (u64, Timestamp)> =
            std::collections::HashMap::new();
        for event in events {
            let (next, at) = last.entry(event.run.clone()).or_default();
            assert_eq!(event.seq, *next);
            assert!(event.timestamp >= *at);
            (*next, *at) = (*next + 1, event.timestamp);
        }
    }
}

#[test]
fn spans_that_were_written_whole_are_put_where_their_times_say() {
    let (events, told) = read(WHOLE).unwrap();
    let started = events.iter().filter_map(|event| match &event.body {
        RunEventBody::SpanStarted { parent, kind, .. } => Some((kind.name(), parent.is_some())),
        _ => None,
    });
    assert_eq!(
        started.collect::<Vec<_>>(),
        [
            ("RootSpan", false),
            ("AgentExecutionSpan", true),
            ("LlmGenerationSpan", true),
            ("ToolExecutionSpan", true),
            ("LlmGenerationSpan", true),
        ]
    );
    let Some(RunEventBody::Ended { state, .. }) = events.last().map(|event| &event.body) else {
        panic!("the last event is the end");
    };
    assert_eq!(*state, RunState::Answered);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("4 spans without the name of the span around"),
        "{told:?}"
    );
    assert!(told[1].contains("events without what they say"), "{told:?}");
}

#[test]
fn what_can_not_be_read_is_told_with_its_line() {
    let mut lines: Vec<&str> = OURS.lines().take(8).collect();
    let known = lines.len();
    let unknown = lines[4].replace("AgentExecutionStart", "AgentDreams");
    let no_prompt = lines[7].replace("\"prompt\"", "\"promt\"");
    lines.extend([
        unknown.as_str(),
        "{broken",
        "[]",
        no_prompt.as_str(),
        "{\"a\":1}",
    ]);
    let cut = format!(
        "{}\n{}",
        lines.join("\n"),
        half(OURS.lines().nth(9).unwrap())
    );
    let (events, told) = read(&cut).unwrap();
    // The end of the run and of its spans, which is missing.
    assert_eq!(events.len(), known + 4);
    assert_eq!(
        told,
        [
            "line 9: this version does not know the event `AgentDreams`",
            "line 10: it is not a JSON object: key must be a string at column 2",
            "line 11: it is not a JSON object: invalid type: sequence, expected a map",
            "line 12: its `prompt` is not a list of messages",
            "line 13: it has no `run`",
            "line 14: it is cut off, and left out",
        ]
    );
    let Some(RunEventBody::Ended { state, error, .. }) = events.last().map(|event| &event.body)
    else {
        panic!("the last event is the end");
    };
    assert_eq!(*state, RunState::Interrupted);
    let error = error.as_ref().expect("why");
    assert_eq!(error.message, "the trace ends before the run does");
}

#[test]
fn any_line_may_be_missing_or_cut() {
    for text in [OURS, WAYFLOW, WHOLE] {
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let mut without = lines.clone();
            without.remove(at);
            let (events, _) = read(&without.join("\n")).unwrap();
            let n_planned = events
                .iter()
                .filter(|event| matches!(event.body, RunEventBody::Planned(_)));
            let n_ended = events
                .iter()
                .filter(|event| matches!(event.body, RunEventBody::Ended { .. }));
            assert_eq!(n_planned.count(), n_ended.count(), "without line {at}");
            let half = half(lines[at]);
            let cut = format!("{}\n{half}", lines[..at].join("\n"));
            // The first line alone says that it is a trace.
            assert_eq!(read(&cut).is_err(), at == 0);
        }
    }
}

#[test]
fn what_is_no_trace_says_why() {
    for (text, words) in [
        ("", "the file has no lines"),
        ("\n \n", "the file has no lines"),
        (
            "component_type: Agent\n",
            "line 1 is not a JSON object: expected value at column 1",
        ),
        (
            "\n{\"a\":\n",
            "line 2 is not a JSON object: it does not end on its line",
        ),
        (
            "{\"component_type\":\"Agent\"}\n",
            "it is a spec, not a trace of its runs",
        ),
        (
            "{\"a\":1}\n",
            "line 1 is not an event of a trace: it has no `type`",
        ),
        (
            "{\"type\":\"message\"}\n",
            "line 1 is not an event of a trace: it has no time (`timestamp`, `start_time`)",
        ),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(error.to_string(), words, "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line_and_a_line_that_is_left_out_is_told() {
    let fault = read("\u{feff}{\"a\":1}\n").expect_err("no event");
    assert_eq!(
        fault.to_string(),
        "line 1 is not an event of a trace: it has no `type`"
    );
    let mut reader = TraceReader::default();
    reader.skip_line("it is longer than 64 MiB, and left out");
    let fault = reader.finish(|_| {}).expect_err("nothing was read");
    assert_eq!(
        fault.to_string(),
        "nothing of it was read: line 1: it is longer than 64 MiB, and left out"
    );
}
