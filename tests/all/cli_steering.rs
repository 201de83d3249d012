//! Bounds of a whole batch, as scripts meet them: a budget of tokens, the first runs alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::program::{file, program, run};
use crate::scripted_model::says;

const AGENT: &str = "component_type: Agent
agentspec_version: 26.1.2
id: guide
name: guide
system_prompt: Answer in one sentence.
llm_config: {component_type: OllamaConfig, id: m, name: m, url: 'http://localhost:1', model_id: m}
";

/// What `run --format json` gives for the agent with the offline model, and its exit code.
fn batch(arguments: &[&str]) -> (Value, i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let spec = file(folder.path(), "guide.yaml", AGENT);
    let spec = spec.display().to_string();
    let fixed = ["run", &spec, "--profile", "offline", "--format", "json"];
    let ran = run(&[&fixed[..], &["--message", "Who are you?"], arguments].concat());
    let batch = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    (batch, ran.code, ran.stderr)
}

fn count(batch: &Value, state: &str) -> u64 {
    batch["summary"]["by_state"][state].as_u64().unwrap_or(0)
}

#[test]
fn a_spent_budget_ends_the_batch_with_its_own_exit_code() {
    let (one, code, _) = batch(&["--seed", "1"]);
    assert_eq!(code, 0);
    let tokens = one["summary"]["usage"]["total_tokens"].as_u64().unwrap();
    let budget = (tokens * 3).to_string();
    let bounds = ["--seed", "1", "--max-tokens-total", &budget];
    let (all, code, told) = batch(&[&bounds[..], &["--runs", "20", "--at-once", "1"]].concat());
    assert_eq!(code, 5, "{told}");
    let used = all["summary"]["usage"]["total_tokens"].as_u64().unwrap();
    assert!(
        used >= tokens * 3 && used < tokens * 5,
        "{used} of {budget}"
    );
    assert!((1..=5).contains(&count(&all, "answered")), "{all:#}");
    assert_eq!(count(&all, "answered") + count(&all, "cancelled"), 20);
    let last = &all["runs"][19];
    assert_eq!(last["state"], "cancelled");
    assert_eq!(last["error"]["kind"], "limit");
    assert!(told.contains("all of the"), "{told}");
    // One that is never reached changes nothing.
    let plenty = (tokens * 100).to_string();
    let (all, code, told) = batch(&["--runs", "3", "--max-tokens-total", &plenty]);
    assert_eq!((code, count(&all, "answered")), (0, 3), "{told}");
}

#[test]
fn what_a_batch_used_before_counts_when_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "guide.yaml", AGENT);
    let batch = |arguments: &[&str]| {
        let mut command = program(&[&["run", "--format", "json"], arguments].concat());
        let command = command
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"));
        let ran = command.output().unwrap();
        let batch: Value = serde_json::from_slice(&ran.stdout).unwrap();
        (
            batch,
            ran.status.code().unwrap(),
            String::from_utf8(ran.stderr).unwrap(),
        )
    };
    let used = |batch: &Value| batch["summary"]["usage"]["total_tokens"].as_u64().unwrap();
    let spec = [
        "guide.yaml",
        "--profile",
        "offline",
        "--message",
        "Who are you?",
        "--seed",
        "1",
    ];
    let (one, _, _) = batch(&spec);
    let budget = (used(&one) * 2).to_string();
    let bounds = [
        "--runs",
        "6",
        "--at-once",
        "1",
        "--max-tokens-total",
        &budget,
    ];
    let (first, code, told) = batch(&[&spec[..], &bounds].concat());
    assert_eq!(code, 5, "{told}");
    assert!((1..=3).contains(&count(&first, "answered")), "{first:#}");
    let (again, code, told) = batch(&["--resume", "last"]);
    assert_eq!((code, used(&again)), (5, used(&first)), "{told}");
    assert!(
        told.contains("`--resume` with a larger `--max-tokens-total`"),
        "{told}"
    );
    let plenty = (used(&one) * 100).to_string();
    let (all, code, told) = batch(&["--resume", "last", "--max-tokens-total", &plenty]);
    assert_eq!((code, count(&all, "answered")), (0, 6), "{told}");
}

#[test]
fn a_canary_stops_the_batch_unless_it_is_told_to_go_on() {
    let bounds = ["--runs", "6", "--canary", "2"];
    let (all, code, told) = batch(&bounds);
    assert_eq!(code, 5, "{told}");
    assert_eq!((count(&all, "answered"), count(&all, "cancelled")), (2, 4));
    assert!(told.contains("canary: 2 answered"), "{told}");
    assert!(told.contains("the other 4 are not run"), "{told}");
    let (all, code, told) = batch(&[&bounds[..], &["--canary-go"]].concat());
    assert_eq!((code, count(&all, "answered")), (0, 6), "{told}");
    assert!(told.contains("the other 4 continue"), "{told}");
    // All of them fail: the first two are enough to see it.
    let failing = ["--max-tokens", "1", "--canary-go"];
    let (all, code, told) = batch(&[&bounds[..], &failing].concat());
    if count(&all, "failed") > 0 {
        assert_eq!(code, 5, "{told}");
        assert_eq!(count(&all, "cancelled"), 4);
    }
    // It is all of the batch, so nothing is held back.
    let (all, code, _) = batch(&["--runs", "2", "--canary", "5"]);
    assert_eq!((code, count(&all, "answered")), (0, 2));
}

#[test]
fn fields_that_are_varied_make_a_matrix_with_rows_and_repeats() {
    let folder = tempfile::tempdir().unwrap();
    let rows = file(folder.path(), "rows.jsonl", "{\"n\": 1}\n{\"n\": 2}\n");
    let rows = rows.display().to_string();
    let vary = [
        "--vary",
        "guide.system_prompt=Be brief.,\"Be kind, too.\"",
        "--vary",
        "m.default_generation_parameters.temperature=0.1,0.9",
    ];
    let bounds = ["--inputs", &rows, "--runs", "2", "--at-once", "16"];
    let (all, code, told) = batch(&[&vary[..], &bounds[..]].concat());
    assert_eq!((code, count(&all, "answered")), (0, 16), "{told}");
    let variants: Vec<String> = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            format!(
                "{}",
                run["variant"]["m.default_generation_parameters.temperature"]
            )
        })
        .collect();
    assert_eq!(
        variants[..8].join(","),
        r#""0.1","0.1","0.9","0.9","0.1","0.1","0.9","0.9""#
    );
    assert_eq!(
        all["runs"][6]["variant"]["guide.system_prompt"],
        "Be kind, too."
    );
    let none = batch(&["--runs", "1"]).0;
    assert!(none["runs"][0].get("variant").is_none());
}

#[test]
fn each_run_carries_the_spec_that_it_ran() {
    let folder = tempfile::tempdir().unwrap();
    let spec = file(folder.path(), "guide.yaml", AGENT);
    let spec = spec.display().to_string();
    let vary = "guide.system_prompt=One.,Two.";
    let ran = run(&[
        "run",
        &spec,
        "--profile",
        "offline",
        "--message",
        "Go.",
        "--format",
        "jsonl",
        "--vary",
        vary,
        "--at-once",
        "1",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let prompts: Vec<String> = lines
        .filter(|line| line["type"] == "LlmGenerationRequest")
        .map(|line| line["prompt"][0]["content"].to_string())
        .collect();
    assert_eq!(prompts, [r#""One.""#, r#""Two.""#]);
    // What can't be varied starts nothing.
    for (vary, expected) in [
        ("guide.sytem_prompt=A,B", "no such field"),
        ("gide.system_prompt=A", "did you mean `guide`?"),
        (
            "guide.human_in_the_loop=perhaps",
            "--vary guide.human_in_the_loop=perhaps:",
        ),
    ] {
        let ran = run(&["run", &spec, "--profile", "offline", "--vary", vary]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    for malformed in ["guide", "guide.system_prompt=A,,B"] {
        let ran = run(&["run", &spec, "--vary", malformed]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
    }
}

const FORM: &str = "component_type: Flow
agentspec_version: 26.1.2
id: form
name: form
inputs: [{title: who, type: string, default: x}]
outputs: [{title: city, type: string}, {title: days, type: string}]
start_node: {$component_ref: start}
nodes: [{$component_ref: start}, {$component_ref: c1}, {$component_ref: d1}, {$component_ref: end}]
control_flow_connections:
  - {component_type: ControlFlowEdge, name: e1, from_node: {$component_ref: start}, to_node: {$component_ref: d1}}
  - {component_type: ControlFlowEdge, name: e2, from_node: {$component_ref: d1}, to_node: {$component_ref: c1}}
  - {component_type: ControlFlowEdge, name: e3, from_node: {$component_ref: c1}, to_node: {$component_ref: end}}
data_flow_connections:
  - {component_type: DataFlowEdge, name: f1, source_node: {$component_ref: c1}, source_output: city, destination_node: {$component_ref: end}, destination_input: city}
  - {component_type: DataFlowEdge, name: f2, source_node: {$component_ref: d1}, source_output: days, destination_node: {$component_ref: end}, destination_input: days}
$referenced_components:
  start: {component_type: StartNode, id: start, name: start, inputs: [{title: who, type: string, default: x}]}
  end: {component_type: EndNode, id: end, name: end, outputs: [{title: city, type: string}, {title: days, type: string}]}
  c1: {component_type: InputMessageNode, id: c1, name: ask_city, message: 'Which city?', outputs: [{title: city, type: string}]}
  d1: {component_type: InputMessageNode, id: d1, name: ask_days, message: 'How many days?', outputs: [{title: days, type: string}]}
";

#[test]
fn answers_are_given_by_what_is_asked_by_node_and_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| file(folder.path(), name, text).display().to_string();
    let spec = path("form.yaml", FORM);
    let rows = path("rows.jsonl", "{\"who\": \"a\"}\n{\"who\": \"b\"}\n");
    let answers = path(
        "answers.yaml",
        "messages: [unused]\n\
         replies:\n\
         - {question: 'which CITY*', messages: [Paris]}\n\
         - {node: ask_days, messages: [three]}\n\
         rows:\n  2: {replies: [{node: c1, messages: [Rome]}]}\n",
    );
    let outputs = |answers: &str| {
        let ran = run(&[
            "run",
            &spec,
            "--profile",
            "offline",
            "--inputs",
            &rows,
            "--answers",
            answers,
            "--format",
            "json",
        ]);
        let batch: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
        let outputs = |at: usize| batch["runs"][at]["outputs"].to_string();
        (ran.code, outputs(0), outputs(1), ran.stderr)
    };
    let (code, first, second, told) = outputs(&answers);
    assert_eq!(code, 0, "{told}");
    assert_eq!(first, r#"{"city":"Paris","days":"three"}"#);
    assert_eq!(second, r#"{"city":"Rome","days":"three"}"#);
    for (text, expected) in [
        ("rows: {3: {messages: [a]}}", "row 3"),
        ("replies: [{node: nowhere, messages: [a]}]", "`nowhere`"),
        ("replies: [{question: a}]", "line 1"),
    ] {
        let (code, _, _, told) = outputs(&path("wrong.yaml", text));
        assert_eq!(code, 3, "{told}");
        assert!(told.contains(expected), "{told}");
    }
}

/// How many requests a server takes at once.
const ROOM: usize = 4;

struct Load {
    under_way: AtomicUsize,
    refused: watch::Sender<usize>,
}

/// A model that refuses what is too much, and answers once it has refused something.
async fn busy_model(State(load): State<Arc<Load>>) -> Response {
    let before = load.under_way.fetch_add(1, Ordering::SeqCst);
    let answer = if before < ROOM {
        let mut refused = load.refused.subscribe();
        refused.wait_for(|refused| *refused > 0).await.unwrap();
        let chunk = json!({"id": "c", "model": "m", "choices": [
            {"index": 0, "delta": says("Done."), "finish_reason": "stop"},
        ]});
        let text = format!("data: {chunk}\n\ndata: [DONE]\n\n");
        ([("content-type", "text/event-stream")], text).into_response()
    } else {
        load.refused.send_modify(|refused| *refused += 1);
        (StatusCode::SERVICE_UNAVAILABLE, "too many").into_response()
    };
    load.under_way.fetch_sub(1, Ordering::SeqCst);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_asked_too_much_gets_fewer_requests_and_all_runs_are_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let load = Arc::new(Load {
        under_way: AtomicUsize::new(0),
        refused: watch::Sender::new(0),
    });
    let router = Router::new()
        .route("/v1/chat/completions", post(busy_model))
        .with_state(Arc::clone(&load));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let spec = AGENT
        .replace("OllamaConfig", "OpenAiCompatibleConfig")
        .replace("http://localhost:1", &url);
    let spec = file(folder.path(), "guide.yaml", spec);
    let ran = tokio::task::spawn_blocking(move || {
        let spec = spec.display().to_string();
        let fixed = [
            "run",
            &spec,
            "--profile",
            "spec",
            "--format",
            "json",
            "--message",
            "Go.",
        ];
        run(&[&fixed[..], &["--runs", "60", "--at-once", "16"]].concat())
    })
    .await
    .unwrap();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(count(&all, "answered"), 60);
    assert!(
        ran.stderr.contains("has too many requests: at most "),
        "{}",
        ran.stderr
    );
    let refused = *load.refused.borrow();
    assert!((1..60).contains(&refused), "{refused}: {}", ran.stderr);
}
