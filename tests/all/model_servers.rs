//! The binary against model servers that end nothing, answer oddly or want more than others.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{Ran, file, run};

/// What a server sends for one request, and what it does then.
struct Reply {
    bytes: String,
    then: Then,
}

enum Then {
    Close,
    /// Is silent until the client leaves.
    Hang,
    /// Sends this again and again until the client leaves.
    Drip(&'static str),
}

/// A server that replies to the request of a number, from 0, and keeps all requests.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start(reply: impl Fn(&Value) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (Arc::clone(&requests), Arc::new(reply));
        // Ends with the tests' process.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                thread::spawn(move || serve(stream.unwrap(), &kept, reply.as_ref()));
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Value>>, reply: &dyn Fn(&Value) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return;
        }
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let request: Value = serde_json::from_slice(&body).unwrap();
    kept.lock().unwrap().push(request.clone());
    let Reply { bytes, then } = reply(&request);
    let mut stream = stream;
    // The client may leave at any time.
    let mut sent = stream.write_all(bytes.as_bytes());
    match then {
        Then::Close => {}
        Then::Hang => {
            let _left = reader.read(&mut [0]);
        }
        Then::Drip(beat) => {
            while sent.is_ok() {
                thread::park_timeout(Duration::from_millis(20));
                sent = stream.write_all(beat.as_bytes());
            }
        }
    }
}

fn stream(choices: &[Value], then: Then) -> Reply {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    let events = choices
        .iter()
        .map(|choice| format!("data: {}\n\n", json!({"choices": [choice]})));
    Reply {
        bytes: head.to_owned() + &events.collect::<String>(),
        then,
    }
}

fn refused(message: &str) -> Reply {
    let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
    let body = body.to_string();
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close";
    Reply {
        bytes: format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        then: Then::Close,
    }
}

fn says(text: &str) -> Value {
    json!({"index": 0, "delta": {"content": text}})
}

fn stop() -> Value {
    json!({"index": 0, "delta": {}, "finish_reason": "stop"})
}

const AGENT: &str = "\
component_type: Agent
agentspec_version: 26.1.2
id: desk
name: desk
system_prompt: You help.
llm_config: {component_type: OpenAiCompatibleConfig, id: m, name: m, url: URL, model_id: mock-1}
tools:
  - component_type: ServerTool
    id: get_weather
    name: get_weather
    description: The weather of a city.
    inputs: [{title: city, type: string}]
    outputs: [{title: weather, type: string}]
";

const FLOW: &str = "\
component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {$component_ref: start}
nodes: [{$component_ref: start}, {$component_ref: ask}, {$component_ref: end}]
control_flow_connections:
  - {component_type: ControlFlowEdge, name: a, from_node: {$component_ref: start}, to_node: {$component_ref: ask}}
  - {component_type: ControlFlowEdge, name: b, from_node: {$component_ref: ask}, to_node: {$component_ref: end}}
$referenced_components:
  start: {component_type: StartNode, id: start, name: start}
  ask:
    component_type: LlmNode
    id: ask
    name: ask
    prompt_template: Name a person.
    outputs: [{title: name, type: string}, {title: age, type: integer}]
    llm_config: {component_type: OpenAiCompatibleConfig, id: m, name: m, url: URL, model_id: mock-1}
  end: {component_type: EndNode, id: end, name: end}
";

/// Runs a spec, in which `URL` is the server's address, with the lines of a profile `p`.
fn run_against(server: &Server, spec: &str, profile: &str, arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let profile = format!(
        "default_profile = \"p\"\n[tools.get_weather]\nvalue = \"sunny\"\n[profiles.p]\n{profile}\n"
    );
    file(home.path(), "flowdeck.toml", profile);
    let path = file(home.path(), "spec.yaml", spec.replace("URL", &server.url));
    let path = path.to_str().unwrap();
    run(&[&["run", path, "--no-history"], arguments].concat())
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn events_of(ran: &Ran) -> Vec<Value> {
    let events = ran.stdout.lines();
    events
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const ASK: [&str; 4] = ["--message", "Hello?", "--format", "json"];

#[test]
fn an_answer_whose_stream_never_ends_is_shown() {
    for then in [
        Then::Hang,
        Then::Drip(": alive\n\n"),
        Then::Drip("data: {}\n\n"),
    ] {
        let then = Arc::new(Mutex::new(Some(then)));
        let server = Server::start(move |_| {
            let then = then.lock().unwrap().take().unwrap_or(Then::Close);
            stream(&[says("Hi there."), stop()], then)
        });
        let ran = run_against(&server, AGENT, "", &ASK);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let run = &json_of(&ran)["runs"][0];
        assert_eq!(run["messages"][1]["content"], json!("Hi there."));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_server_of_nothing_but_heartbeats_ends_within_the_bound_of_the_profile() {
    for (profile, told, key) in [
        (
            "call_timeout = \"1s\"",
            "had not ended its answer when the 1 s of a model call were over",
            "`call_timeout`",
        ),
        (
            "call_timeout = \"2s\"\nidle_timeout = \"1s\"",
            "sent no piece of an answer for 1 s, only signs of life",
            "`idle_timeout`",
        ),
        (
            "[[profiles.p.llm]]\nmatch = \"*\"\ncall_timeout = \"1s\"",
            "had not ended its answer when the 1 s of a model call were over",
            "`call_timeout`",
        ),
    ] {
        let server = Server::start(|_| stream(&[], Then::Drip(": alive\n\n")));
        let ran = run_against(&server, AGENT, profile, &["--message", "Hello?"]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let said = ran.stdout + &ran.stderr;
        assert!(
            said.contains(told) && said.contains(key),
            "{profile}: {said}"
        );
    }
}

#[test]
fn a_bound_that_is_none_is_told_with_its_range() {
    let server = Server::start(|_| stream(&[says("Hi."), stop()], Then::Close));
    for value in ["0s", "25h", "soon"] {
        let profile = format!("call_timeout = \"{value}\"");
        let ran = run_against(&server, AGENT, &profile, &ASK);
        assert_ne!(ran.code, 0);
        let told = "`profiles.p.call_timeout` must be a time from \"1s\" to \"24h\"";
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_eq!(server.requests(), [Value::Null; 0]);
}

#[test]
fn where_a_stream_breaks_and_a_whole_answer_is_refused_the_servers_words_are_told() {
    let server = Server::start(|request| {
        if request["stream"] == json!(true) {
            stream(&[], Then::Close)
        } else {
            refused("there is no model today")
        }
    });
    let ran = run_against(&server, AGENT, "", &["--message", "Hello?"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for told in [
        "there is no model today",
        "ended the stream without an answer",
    ] {
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_agent_gives_its_reasoning_back_to_a_model_that_wants_it() {
    let server = Server::start(|request| {
        let messages = request["messages"].as_array().unwrap();
        let agents = messages
            .iter()
            .filter(|message| message["role"] == "assistant");
        let reasoning: Vec<&Value> = agents
            .map(|message| &message["reasoning_content"])
            .collect();
        match reasoning.as_slice() {
            [] => {
                let call = json!({"index": 0, "id": "c", "type": "function",
                    "function": {"name": "get_weather", "arguments": "{\"city\": \"Bern\"}"}});
                let thought =
                    |text: &str| json!({"index": 0, "delta": {"reasoning_content": text}});
                let calls = json!({"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"});
                stream(&[thought("I must "), thought("look."), calls], Then::Close)
            }
            [thought] if **thought == "I must look." => {
                stream(&[says("Sunny."), stop()], Then::Close)
            }
            _ => refused(
                "The `reasoning_content` in the thinking mode must be passed back to the API.",
            ),
        }
    });
    let ran = run_against(
        &server,
        AGENT,
        "",
        &["--message", "Hello?", "--format", "jsonl"],
    );
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let events = events_of(&ran);
    let added = events
        .iter()
        .filter(|event| event["type"] == "ConversationMessageAdded");
    let extras: Vec<&Value> = added.map(|event| &event["message"]["extra"]).collect();
    let thought = json!({"reasoning_content": "I must look."});
    assert!(extras.contains(&&thought), "the record has it: {extras:?}");
    let end = events
        .iter()
        .find(|event| event["type"] == "RunEnd")
        .unwrap();
    let messages = end["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], json!("Sunny."));
    assert_eq!(
        server.requests().len(),
        3,
        "the refused one is sent again once"
    );
}

#[test]
fn a_mistake_in_a_schema_turns_structured_output_off_for_nobody() {
    let server = Server::start(|_| {
        refused(
            "Invalid schema for response_format 'ask': In context=(), 'oneOf' is not permitted.",
        )
    });
    let ran = run_against(
        &server,
        FLOW,
        "",
        &["--runs", "2", "--at-once", "1", "--format", "json"],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request["response_format"]["type"], json!("json_schema"));
    }
    assert!(
        ran.stdout.contains("'oneOf' is not permitted"),
        "{}",
        ran.stdout
    );
}

#[test]
fn of_several_answers_the_first_is_shown_and_the_rest_is_not_asked_for() {
    let server = Server::start(|_| {
        let other = json!({"index": 1, "delta": {"content": "Nein."}});
        stream(&[says("Yes."), other, stop()], Then::Close)
    });
    let profile = "[[profiles.p.llm]]\nmatch = \"*\"\ngeneration = { n = 2 }";
    let ran = run_against(
        &server,
        AGENT,
        profile,
        &["--message", "Hello?", "--format", "jsonl"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let events = events_of(&ran);
    let told = events
        .iter()
        .find(|event| event["type"] == "LlmGenerationNotice")
        .unwrap();
    assert!(
        told["notice"].as_str().unwrap().contains("`n` is left out"),
        "{told}"
    );
    let end = events
        .iter()
        .find(|event| event["type"] == "RunEnd")
        .unwrap();
    assert_eq!(end["messages"][1]["content"], json!("Yes."));
    assert_eq!(server.requests()[0].get("n"), None);
}
