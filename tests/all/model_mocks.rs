//! Agents and flows against OpenAI-compatible servers that others wrote: aimock and mock-llm from npm, stubllm from
//! `PyPI`. What they answer is in `tests/data/model_mocks`.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{Ran, file, repository, run};

/// The variable with the folder in which npm has installed the first two, and with the virtual environment `venv` in it
/// that has the third.
const SERVERS: &str = "FLOWDECK_TEST_MODEL_MOCKS";

const REPLY: &str = "One word after the other, naïve café and 你好 included.";

/// Which server.
#[derive(Clone, Copy, Debug)]
enum Kind {
    AiMock,
    MockLlm,
    StubLlm,
}

/// A server; ended when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts one from the folder of npm's packages and waits until it answers.
    fn start(kind: Kind, packages: &Path) -> Self {
        let port = free_port();
        let fixtures = repository().join("tests/data/model_mocks");
        let program = |name: &str| packages.join("node_modules/.bin").join(name);
        let mut command = Command::new(match kind {
            Kind::AiMock | Kind::MockLlm => PathBuf::from("node"),
            Kind::StubLlm => packages.join("venv/bin/stubllm"),
        });
        match kind {
            Kind::AiMock => {
                command
                    .arg(program("llmock"))
                    .args(["-h", "127.0.0.1", "-p"]);
                command.arg(port.to_string()).arg("-f");
                command.arg(fixtures.join("aimock.json"));
            }
            Kind::MockLlm => {
                command.arg(program("mock-llm")).arg("--config");
                command.arg(fixtures.join("mock_llm.yaml"));
                command
                    .env("HOST", "127.0.0.1")
                    .env("PORT", port.to_string());
            }
            Kind::StubLlm => {
                command.args(["serve", "--port", &port.to_string(), "--fixture-file"]);
                command.arg(fixtures.join("stubllm.yaml"));
            }
        }
        command.stdin(Stdio::null());
        // Where it says the port once it listens there; what stubllm prints before says it, too.
        let is_told_as_complaint = matches!(kind, Kind::StubLlm);
        let (read, unread) = (Stdio::piped(), Stdio::null());
        if is_told_as_complaint {
            command.stdout(unread).stderr(read);
        } else {
            command.stdout(read).stderr(unread);
        }
        let mut process = command.spawn().unwrap();
        let output: Box<dyn Read + Send> = if is_told_as_complaint {
            Box::new(process.stderr.take().unwrap())
        } else {
            Box::new(process.stdout.take().unwrap())
        };
        let mut output = BufReader::new(output);
        let server = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        let mut line = String::new();
        while !line.contains(&port.to_string()) {
            line.clear();
            let read = output.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "{kind:?} has ended");
        }
        // What else it says is taken, so that it never waits for a reader; ends with the process.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port of loopback that nobody uses at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Runs a spec for a server, in a folder of its own. `URL` in the spec is the server's address.
fn run_against(server: &Server, spec: &str, arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let profile = "[tools.get_weather]\nvalue = { sky = \"clear\" }\n";
    file(home.path(), "flowdeck.toml", profile);
    let path = file(home.path(), "spec.yaml", spec.replace("URL", &server.url));
    let path = path.to_str().unwrap();
    run(&[&["run", path, "--no-history"], arguments].concat())
}

/// Checks something against these servers; without them, says that it is skipped.
fn with_each(kinds: &[Kind], check: impl Fn(&Server)) {
    let folder = std::env::var_os(SERVERS).map(PathBuf::from);
    let Some(folder) = folder else {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!is_ci, "{SERVERS} must be set in CI");
        println!("skipped: {SERVERS} is not set to a folder with the servers");
        return;
    };
    for kind in kinds {
        println!("{kind:?}");
        check(&Server::start(*kind, &folder));
    }
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
    outputs: [{title: weather, type: object}]
";

#[test]
fn text_is_streamed_whole() {
    with_each(&[Kind::AiMock, Kind::MockLlm, Kind::StubLlm], |server| {
        let ran = run_against(server, AGENT, &["--message", "hello", "--format", "jsonl"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let events: Vec<Value> = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let chunks: Vec<&str> = events
            .iter()
            .filter(|event| event["type"] == "LlmGenerationChunkReceived")
            .filter_map(|event| event["content"].as_str())
            .collect();
        // In one or in many: what came together is told together.
        assert_eq!(chunks.concat(), REPLY);
        let end = events
            .iter()
            .find(|event| event["type"] == "RunEnd")
            .unwrap();
        assert_eq!(end["state"], json!("answered"));
        assert_eq!(end["messages"][1]["content"], json!(REPLY));
    });
}

#[test]
fn an_agent_calls_its_tool_and_goes_on_with_the_result() {
    // mock-llm streams text alone: of a tool call in its rules nothing comes over a stream.
    with_each(&[Kind::AiMock, Kind::StubLlm], |server| {
        let arguments = ["--message", "How is the weather?", "--format", "json"];
        let ran = run_against(server, AGENT, &arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let batch: Value = serde_json::from_str(&ran.stdout).unwrap();
        let record = &batch["runs"][0];
        let call = &record["tool_calls"][0];
        assert_eq!(call["name"], json!("get_weather"));
        assert_eq!(call["arguments"], json!({"city": "Agadir"}));
        assert_eq!(call["output"], json!({"sky": "clear"}));
        let last = record["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(last["content"], json!("It is sunny in Agadir."));
        assert_eq!(record["usage"]["llm_calls"], json!(2));
    });
}

#[test]
fn structured_output_has_the_declared_types() {
    let flow = "\
component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {$component_ref: start}
nodes: [{$component_ref: start}, {$component_ref: ask}, {$component_ref: end}]
control_flow_connections:
  - {component_type: ControlFlowEdge, name: a, from_node: {$component_ref: start}, to_node: {$component_ref: ask}}
  - {component_type: ControlFlowEdge, name: b, from_node: {$component_ref: ask}, to_node: {$component_ref: end}}
data_flow_connections:
  - {component_type: DataFlowEdge, name: c, source_node: {$component_ref: ask}, source_output: name,
     destination_node: {$component_ref: end}, destination_input: name}
  - {component_type: DataFlowEdge, name: d, source_node: {$component_ref: ask}, source_output: age,
     destination_node: {$component_ref: end}, destination_input: age}
outputs: [{title: name, type: string}, {title: age, type: integer}]
$referenced_components:
  start: {component_type: StartNode, id: start, name: start}
  ask:
    component_type: LlmNode
    id: ask
    name: ask
    prompt_template: Name a person.
    outputs: [{title: name, type: string}, {title: age, type: integer}]
    llm_config: {component_type: OpenAiCompatibleConfig, id: m, name: m, url: URL, model_id: mock-1}
  end:
    component_type: EndNode
    id: end
    name: end
    outputs: [{title: name, type: string}, {title: age, type: integer}]
";
    with_each(&[Kind::AiMock, Kind::MockLlm, Kind::StubLlm], |server| {
        let ran = run_against(server, flow, &["--format", "json"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let batch: Value = serde_json::from_str(&ran.stdout).unwrap();
        let expected = json!({"name": "Ada Lovelace", "age": 36});
        assert_eq!(batch["runs"][0]["outputs"], expected);
    });
}
