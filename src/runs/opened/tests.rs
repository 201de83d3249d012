//! Traces become records like those of runs of this program.

use std::path::PathBuf;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::conversation::Role;
use crate::runs::RunFormat;
use crate::runs::script::{
    Script, llm_chunk, llm_request, llm_response, message, tool_request, tool_response,
};
use crate::trace::{RunEventBody, RunState, SpanKind, SpanOutcome};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/traces")
        .join(name)
}

fn opened(name: &str) -> OpenedTrace {
    open_trace(&data(name), 1, TraceBounds::default(), drop).unwrap()
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// An event as Inspect shows it; a prompt names what was asked before in more ways than one, and is shown whole.
fn shown(body: &RunEventBody) -> Value {
    let mut shown = json!(body);
    if let Some(request) = shown.pointer_mut("/Traced/LlmGenerationRequest") {
        request["prompt"] = Value::Null;
    }
    shown
}

/// All that Inspect shows of a run.
fn inspected(record: &RunRecord) -> Value {
    let spans = record.spans.iter().map(|span| {
        json!({
            "span": (&span.id, &span.parent, span.depth, span.kind, &span.component),
            "times": (span.started_at, span.ended_at, span.outcome),
            "values": (&span.inputs, &span.outputs, &span.branch),
            "events": span.events.iter().map(|event| (event.seq, shown(&event.body))).collect::<Vec<_>>(),
        })
    });
    let model_calls = record.model_calls.iter().map(|call| {
        let prompt = record.prompt_of(call);
        json!({
            "call": (&call.id, &call.span, &call.llm_config, &call.model_id, &call.endpoint),
            "prompt": (prompt.messages, prompt.tools, &call.parameters),
            "answer": (&call.content, &call.tool_calls, call.usage, call.started_at, call.ended_at),
        })
    });
    let tool_calls = record.tool_calls.iter().map(|call| {
        json!({
            "call": (&call.id, &call.name, &call.span, &call.arguments, &call.binding, &call.lane),
            "result": (&call.output, &call.error, call.started_at, call.ended_at),
        })
    });
    json!({
        "spans": spans.collect::<Vec<_>>(),
        "model_calls": model_calls.collect::<Vec<_>>(),
        "tool_calls": tool_calls.collect::<Vec<_>>(),
        "messages": record.messages,
        "transcript": format!("{:?}", record.transcript),
        "state": (record.state, record.status, &record.outputs, &record.error),
        "times": (record.started_at, record.ended_at, record.active),
    })
}

fn script() -> Script {
    let mut script = Script::new("r_1", 2);
    script.state(RunState::Running);
    let agent = script.start(None, SpanKind::AgentExecutionSpan, "weather");
    script.traced(&agent, message(Role::User, "Is it warm?"));
    let llm = script.start(Some(&agent), SpanKind::LlmGenerationSpan, "model");
    script.traced(&llm, llm_request("q1"));
    script.traced(&llm, llm_chunk("q1", "I "));
    script.traced(&llm, llm_chunk("q1", "look."));
    script.traced(&llm, llm_response("q1", "I look."));
    script.end(&llm, SpanOutcome::Ok);
    let tool = script.start(Some(&agent), SpanKind::ToolExecutionSpan, "get_weather");
    script.traced(&tool, tool_request("call_1", "get_weather"));
    script.traced(&tool, tool_response("call_1", "get_weather", None));
    script.end(&tool, SpanOutcome::Ok);
    script.traced(&agent, message(Role::Agent, "Warm."));
    script.end(&agent, SpanOutcome::Ok);
    script
}

#[test]
fn inspect_shows_the_same_of_a_run_that_was_written_and_opened() {
    for failure in [None, Some(Failure::new(FailureKind::Limit, "too long"))] {
        let mut script = script();
        let state = if failure.is_some() {
            RunState::Failed
        } else {
            RunState::Finished
        };
        script.ended(state, failure);
        let record = script.record();
        // As the run wrote them, pieces of answers too.
        let mut lines = crate::trace::JsonLines::new(false);
        let mut text = String::new();
        for line in script.events.iter().filter_map(|event| lines.line(event)) {
            text.push_str(&(line.to_string() + "\n"));
        }
        let end = crate::runs::run_end(&record, record.last_moment(), crate::runs::Content::Kept);
        text.push_str(&(crate::runs::one_line(&end) + "\n"));
        let (_folder, path) = written(&text);
        let opened = open_trace(&path, 7, TraceBounds::default(), drop).unwrap();
        assert_eq!(opened.remarks, [] as [String; 0]);
        let run = &opened.batches[0].runs[0];
        assert_eq!((run.run.as_str(), run.index), ("r_1@7", 2));
        assert_eq!(inspected(run), inspected(&record));
        // And once more, from what is exported of it.
        let text = RunFormat::JsonLines.write(run, run.last_moment());
        let (_folder, path) = written(&text);
        let again = open_trace(&path, 8, TraceBounds::default(), drop).unwrap();
        let again = &again.batches[0].runs[0];
        let (mut before, mut after) = (inspected(run), inspected(again));
        // Of pieces of answers nothing is exported: the numbers behind them are lower.
        for shown in [&mut before, &mut after] {
            for span in shown["spans"].as_array_mut().unwrap() {
                for event in span["events"].as_array_mut().unwrap() {
                    event[0] = Value::Null;
                }
            }
        }
        assert_eq!(after, before);
    }
}

#[test]
fn runs_of_wayflow_are_those_that_were_carried_out() {
    let opened = opened("wayflow.jsonl");
    assert_eq!(opened.format, TraceFormat::PyAgentSpec);
    assert_eq!(opened.remarks, [] as [String; 0]);
    let batches = opened.batches.iter().map(|opened| {
        let runs = opened.runs.iter().map(|run| run.state);
        (opened.batch.spec_name.as_str(), runs.collect::<Vec<_>>())
    });
    assert_eq!(
        batches.collect::<Vec<_>>(),
        [
            (
                "desk",
                // WayFlow's tracing has no failures: the third could not reach its model.
                vec![
                    RunState::Answered,
                    RunState::Answered,
                    RunState::Interrupted
                ]
            ),
            ("slogan", vec![RunState::Finished]),
        ]
    );
    assert!(
        opened
            .batches
            .iter()
            .all(|opened| opened.batch.component.is_some())
    );
    let talk = &opened.batches[0].runs[0];
    let said = talk
        .messages
        .iter()
        .map(|message| (message.role, message.content.as_str()));
    let said: Vec<_> = said.collect();
    assert_eq!(said[0], (Role::User, "How is the weather in Paris?"));
    assert_eq!(said[1], (Role::Agent, "I will call get_weather."));
    assert_eq!(said[3], (Role::User, "Thank you."));
    assert_eq!(said.len(), 5);
    let call = &talk.tool_calls[0];
    assert_eq!(*call.arguments, json!({"city": "Paris"}));
    assert_eq!(
        call.output.as_deref(),
        Some(&json!({"weather": "sunny in Paris"}))
    );
    assert_eq!(talk.usage.llm_calls, 3);
    assert_eq!(talk.model_calls[0].endpoint, "http://127.0.0.1:8377/v1");
    let tools = talk.prompt_of(&talk.model_calls[0]).tools;
    assert_eq!(tools[0].parameters["required"], json!(["city"]));
    let slogan = &opened.batches[1].runs[0];
    assert_eq!(slogan.plan.inputs["product"], "soap");
    assert!(slogan.outputs.contains_key("slogan"));
    // What a node asks its model is no word of a user.
    assert_eq!(slogan.messages, []);
    let interrupted = &opened.batches[0].runs[2];
    let error = interrupted.error.as_ref().expect("why");
    assert!(
        error.message.starts_with("the trace has no end of `desk`"),
        "{error:?}"
    );
    assert!(interrupted.spans.iter().all(|span| span.ended_at.is_some()));
}

#[test]
fn more_than_the_bounds_is_told() {
    let line_bytes = 1 << 20;
    let text = std::fs::read_to_string(data("flowdeck.jsonl")).unwrap();
    let bounds = TraceBounds {
        memory_bytes: 3_000,
        line_bytes,
    };
    let opened = open_trace(&data("flowdeck.jsonl"), 1, bounds, drop).unwrap();
    assert_eq!(opened.n_runs(), 1);
    let told = &opened.remarks[0];
    assert!(
        told.starts_with("only its first ") && told.contains("at most about"),
        "{told}"
    );
    let long = format!("{text}{{\"type\": \"{}\"}}\n", "x".repeat(2 * line_bytes));
    let (_folder, path) = written(&long);
    let bounds = TraceBounds {
        line_bytes,
        ..TraceBounds::default()
    };
    let opened = open_trace(&path, 1, bounds, drop).unwrap();
    let last = text.lines().count() + 1;
    assert_eq!(
        opened.remarks,
        [format!(
            "line {last}: it is longer than 1 MiB, and left out"
        )]
    );
}

#[test]
fn how_much_of_a_large_file_was_read_is_said() {
    let text = std::fs::read_to_string(data("flowdeck.jsonl")).unwrap();
    let long = format!("{text}{{\"type\": \"{}\"}}\n", "x".repeat(1 << 20));
    let (_folder, path) = written(&long.repeat(3));
    let of = path.metadata().unwrap().len();
    let mut told = Vec::new();
    open_trace(&path, 1, TraceBounds::default(), |so_far| told.push(so_far)).unwrap();
    let read: Vec<u64> = told.iter().map(|so_far| so_far.read).collect();
    let each = of / 3;
    assert_eq!(read, [each, 2 * each, 3 * each]);
    assert!(told.iter().all(|so_far| so_far.of == of));
    assert_eq!(told[1].to_string(), "2 of 4 MiB");
    // Of a pipe nobody knows how much there is.
    assert_eq!(
        BytesRead {
            read: 3 << 20,
            of: 0
        }
        .to_string(),
        "3 MiB"
    );
}

#[test]
fn what_can_not_be_opened_says_why_and_what_to_do() {
    let check = |path: &Path| check_trace(path).expect_err("no trace").in_words();
    let (folder, spec) = written("{\n  \"component_type\": \"Agent\"\n}\n");
    assert_eq!(
        check(&spec),
        "`t.jsonl` is not a trace: it is a spec, not a trace of its runs; `flowdeck FILE` opens it"
    );
    assert!(check(folder.path()).contains("is not a file"));
    assert!(check(&folder.path().join("none")).starts_with("can't read `"));
    let (_folder, path) = written("hello\n");
    let words = check(&path);
    assert!(
        words.starts_with("`t.jsonl` is not a trace: line 1 is not a JSON object: expected value at column 1; `flowdeck run --format jsonl`"),
        "{words}"
    );
    assert!(check_trace(&data("wayflow.jsonl")).is_ok());
}
