//! Tools of every binding, from the words of a model to what it is told: the binary, a `flowdeck.toml`, a model over HTTP.

use std::path::Path;

use axum::Router;
use axum::routing::post;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::awaited::within;
use crate::program::{file, program};
use crate::scripted_model::{ScriptedModel, calls, says};

/// Python functions that give back what they got, with its type.
const WORK: &str = "
import asyncio, time

def told(**arguments):
    return {name: f'{type(value).__name__} {value!r}' for name, value in arguments.items()}

async def told_async(**arguments):
    return told(**arguments)

def parts(a):
    return {'word': 'a' * a, 'number': a}

def slow():
    time.sleep(0.3)

async def quick():
    await asyncio.sleep(0)

async def careless():
    time.sleep(0.2)
";

/// What came of a run: what its model was told of its calls, its events, and the record of the run.
struct Told {
    results: Vec<Value>,
    events: Vec<Value>,
    record: Value,
}

impl Told {
    /// The events of a type.
    fn of_type(&self, ty: &str) -> Vec<&Value> {
        let events = self.events.iter();
        events.filter(|event| event["type"] == ty).collect()
    }
}

/// Lets an agent with these tools call each of them once, as a model would, and then say that it is done.
async fn call_all(profile: &str, answers: &Value, tools: &[(Value, Value)]) -> Told {
    let called: Vec<(&str, Value)> = tools
        .iter()
        .map(|(tool, arguments)| (tool["name"].as_str().unwrap(), arguments.clone()))
        .collect();
    let model = ScriptedModel::start([calls(&called), says("Done.")]).await;
    let declared: Vec<&Value> = tools.iter().map(|(tool, _)| tool).collect();
    let agent = json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "agent", "name": "agent",
        "system_prompt": "Use the tools.", "llm_config": model.config(), "tools": declared,
    });
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "flowdeck.toml", profile);
    file(home.path(), "work.py", WORK);
    let spec = file(home.path(), "agent.json", agent.to_string());
    let answers = file(home.path(), "answers.json", answers.to_string());
    let ran = tokio::task::spawn_blocking(move || {
        let [spec, answers] = [&spec, &answers].map(|path| path.to_str().unwrap());
        let arguments = [
            "run",
            spec,
            "--message",
            "Go.",
            "--answers",
            answers,
            "--yes",
            "--format",
            "jsonl",
        ];
        program(&arguments).output().unwrap()
    });
    let ran = within(ran).await.unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{told}");
    let lines = std::str::from_utf8(&ran.stdout).unwrap().lines();
    let events: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let results = model.results().into_iter();
    Told {
        results: results
            .map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
            .collect(),
        record: events
            .iter()
            .find(|event| event["type"] == "RunEnd")
            .unwrap()
            .clone(),
        events,
    }
}

/// A `ServerTool` with these properties.
fn server_tool(name: &str, inputs: &Value, outputs: &Value) -> Value {
    json!({
        "component_type": "ServerTool", "id": name, "name": name, "description": "for a test",
        "inputs": inputs, "outputs": outputs,
    })
}

/// Two outputs, as every tool of a test of several outputs declares them.
fn two_outputs() -> Value {
    json!([{"title": "word", "type": "string"}, {"title": "number", "type": "integer"}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_gets_values_of_the_declared_types() {
    let inputs = json!([
        {"title": "whole", "type": "integer"},
        {"title": "ratio", "type": "number"},
        {"title": "yes", "type": "boolean"},
        {"title": "names", "type": "array", "items": {"type": "string"}},
        {"title": "box", "type": "object", "properties": {"n": {"type": "integer"}}},
        {"title": "none", "anyOf": [{"type": "string"}, {"type": "null"}]},
        {"title": "kept", "type": "string", "default": "by itself"},
    ]);
    // As models write them who do not care for types.
    let arguments = json!({
        "whole": "3", "ratio": 0.5, "yes": "true", "names": ["a", "ü"], "box": {"n": 1}, "none": null,
    });
    let profile = "[tools.told]\npython = \"work.py:told\"\n[tools.told_async]\npython = \"work.py:told_async\"\n";
    let tools = ["told", "told_async"].map(|name| {
        let output = json!([{"title": "types", "type": "object"}]);
        (server_tool(name, &inputs, &output), arguments.clone())
    });
    let told = call_all(profile, &json!({}), &tools).await;
    let expected = json!({
        "whole": "int 3", "ratio": "float 0.5", "yes": "bool True", "names": "list ['a', 'ü']", "box": "dict {'n': 1}",
        "none": "NoneType None", "kept": "str 'by itself'",
    });
    assert_eq!(told.results, [expected.clone(), expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_outputs_come_by_name_from_every_binding() {
    let mut server = JoinSet::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = || async { axum::Json(json!({"number": "4", "word": "over http", "more": 1})) };
    let router = Router::new().route("/", post(answer));
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });

    let profile = format!(
        "[tools.over_http]\nhttp = {{ url = \"{url}\" }}\n\
         [tools.asked]\nask = true\n\
         [tools.fixed]\nvalue = {{ word = \"fixed\", number = 6 }}\n\
         [tools.program]\ncommand = [\"echo\", '{{\"word\": \"printed\", \"number\": 7}}']\n\
         [tools.parts]\npython = \"work.py:parts\"\n"
    );
    let answers = json!({"tools": {"asked": [{"word": "by a person", "number": "5"}]}});
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mcp_server.py");
    let halve = json!({
        "component_type": "MCPTool", "id": "halve", "name": "halve", "outputs": two_outputs(),
        "inputs": [{"title": "n", "type": "integer"}],
        "client_transport": {
            "component_type": "StdioTransport", "id": "server", "name": "server", "command": "python3",
            "args": [script],
        },
    });
    let bound = |name: &str| (server_tool(name, &json!([]), &two_outputs()), json!({}));
    let parts = server_tool(
        "parts",
        &json!([{"title": "a", "type": "integer"}]),
        &two_outputs(),
    );
    let tools = [
        bound("over_http"),
        bound("asked"),
        bound("fixed"),
        bound("program"),
        (parts, json!({"a": 2})),
        (halve, json!({"n": 7})),
    ];
    let told = call_all(&profile, &answers, &tools).await;
    let expected = [
        json!({"word": "over http", "number": 4}),
        json!({"word": "by a person", "number": 5}),
        json!({"word": "fixed", "number": 6}),
        json!({"word": "printed", "number": 7}),
        json!({"word": "aa", "number": 2}),
        json!({"word": "odd", "number": 3}),
    ];
    assert_eq!(told.results, expected);
    let calls = told.record["tool_calls"].as_array().unwrap();
    let outputs: Vec<&Value> = calls.iter().map(|call| &call["output"]).collect();
    assert_eq!(outputs, expected.iter().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stub_fails_late_and_the_model_goes_on() {
    let profile = "[tools.taxi]\nerror = \"no taxi is free\"\ndelay = \"300ms\"\n\
                   [tools.late]\nvalue = 1\ndelay = \"300ms\"\ntimeout = \"50ms\"\n";
    let bound = |name: &str| (server_tool(name, &json!([]), &json!([])), json!({}));
    let told = call_all(profile, &json!({}), &[bound("taxi"), bound("late")]).await;
    assert_eq!(
        told.results,
        [
            json!("no taxi is free"),
            json!("`late` did not end within 0.05 s and was stopped")
        ]
    );
    let [taxi, late] = [0, 1].map(|index| told.record["tool_calls"][index].clone());
    assert_eq!(taxi["error"], json!("no taxi is free"));
    assert_eq!(taxi["output"], Value::Null);
    let took = |call: &Value| call["duration_ms"].as_f64().unwrap();
    assert!(took(&taxi) >= 300.0, "{taxi}");
    assert!(took(&late) < took(&taxi), "{late}");
    assert_eq!(told.record["state"], json!("answered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_tell_their_lane_their_waiting_and_who_blocks_the_loop() {
    let profile = "[python]\nworkers = 1\n[tools.slow]\npython = \"work.py:slow\"\n\
                   [tools.slow_too]\npython = \"work.py:slow\"\n\
                   [tools.quick]\npython = \"work.py:quick\"\n[tools.careless]\npython = \"work.py:careless\"\n";
    let bound = |name: &str| (server_tool(name, &json!([]), &json!([])), json!({}));
    let tools = ["slow", "slow_too", "quick", "careless"].map(bound);
    let told = call_all(profile, &json!({}), &tools).await;
    let mut lanes: Vec<(&str, &str)> = told
        .of_type("ToolExecutionRequest")
        .iter()
        .map(|event| {
            let name = event["tool"]["name"].as_str().unwrap();
            (name, event["lane"].as_str().unwrap())
        })
        .collect();
    lanes.sort_unstable();
    let expected = [
        ("careless", "python loop"),
        ("quick", "python loop"),
        ("slow", "python worker"),
        ("slow_too", "python worker"),
    ];
    assert_eq!(lanes, expected);

    let waits: Vec<f64> = told
        .of_type("ToolExecutionResponse")
        .iter()
        .filter(|event| event["tool"]["name"].as_str().unwrap().starts_with("slow"))
        .map(|event| event["waited_ms"].as_f64().unwrap())
        .collect();
    // One worked while the other waited for the only worker.
    assert!(waits.iter().any(|wait| *wait > 250.0), "{waits:?}");
    assert!(waits.iter().any(|wait| *wait < 250.0), "{waits:?}");

    let notices = told.of_type("ToolExecutionNotice");
    let [notice] = notices.as_slice() else {
        panic!("{notices:?}");
    };
    let words = notice["notice"].as_str().unwrap();
    assert!(words.starts_with("`careless` blocked the loop"), "{words}");
}
