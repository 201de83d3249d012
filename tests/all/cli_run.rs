//! `flowdeck run`, as scripts use it: the binary, over a real HTTP server and over the samples.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

fn flowdeck(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowdeck"));
    command
        .args(arguments)
        .env("XDG_STATE_HOME", crate::program::state_home())
        .stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    flowdeck(arguments).output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

fn sample(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs");
    folder.join(path).display().to_string()
}

/// `flowdeck mock-llm` on a free port; ends with the value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut process = flowdeck(&[&["mock-llm", "--port", "0"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let stdout = process.stdout.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("a line that says where it listens");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|address| address.strip_suffix("/v1"))
            .unwrap_or_else(|| panic!("{line:?}"))
            .to_owned();
        Self { process, address }
    }

    /// A counter of the server.
    fn count(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = "GET /stats HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let stats: Value = serde_json::from_str(body).expect("an object");
        stats[name].as_u64().unwrap_or_else(|| panic!("{stats}"))
    }

    /// A folder with an agent that asks this server.
    fn spec(&self) -> Spec {
        Spec::new(&format!("http://{}/v1", self.address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

struct Spec {
    folder: tempfile::TempDir,
}

impl Spec {
    fn new(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let agent = json!({
            "component_type": "Agent", "agentspec_version": "26.1.2", "id": "greeter",
            "name": "greeter", "system_prompt": "Greet number {{number}}.",
            "inputs": [{"title": "number", "type": "integer", "default": 0}],
            "llm_config": {"component_type": "OpenAiCompatibleConfig", "id": "brain",
                           "name": "model", "url": url, "model_id": "test"},
        });
        fs::write(folder.path().join("greeter.json"), agent.to_string()).expect("written");
        Self { folder }
    }

    fn path(&self) -> String {
        self.file("greeter.json").display().to_string()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.file(name), content).expect("written");
        self.file(name).display().to_string()
    }
}

#[test]
fn a_hundred_runs_keep_their_order_and_their_bound() {
    let server = Server::start(&["--latency-ms", "200", "--tokens", "5"]);
    let spec = server.spec();
    let numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let rows = spec.write("rows.csv", &format!("number\n{}\n", numbers.join("\n")));
    let output = output(&[
        "run",
        &spec.path(),
        "--inputs",
        &rows,
        "--message",
        "Hello {{number}}",
        "--at-once",
        "20",
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let batch = json_of(&output);
    let runs = batch["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 100);
    for (number, run) in runs.iter().enumerate() {
        assert_eq!(
            run["inputs"]["number"], number,
            "in the order of their inputs"
        );
        assert_eq!(run["state"], "answered");
        assert_eq!(run["messages"][0]["content"], format!("Hello {number}"));
        assert!(run["run"].as_str().is_some_and(|id| id.starts_with("r_")));
    }
    let summary = &batch["summary"];
    assert_eq!(summary["total"], 100);
    assert_eq!(summary["by_state"], json!({"answered": 100}));
    assert_eq!(summary["max_at_once"], 20);
    assert_eq!(summary["usage"]["llm_calls"], 100);
    assert_eq!(server.count("max_in_flight"), 20);
    // Five rounds of 0.2 s; one after the other would take 20 s.
    let wall = summary["wall_s"].as_f64().expect("a number");
    assert!((1.0..10.0).contains(&wall), "{wall} s");
}

#[test]
fn exit_codes_say_what_came_of_the_runs() {
    let server = Server::start(&["--tokens", "3"]);
    let spec = server.spec();
    let lost = Spec::new(&format!("http://{}/nowhere/v1", server.address));
    let bad_rows = spec.write("bad.csv", "number\n1\nseven\n");
    let no_answers = spec.write("answers.yaml", "mesages: []\n");
    let good = spec.path();
    let refunds = sample("agents/refund_desk.yaml");
    let cases: [(&[&str], i32, &str); 14] = [
        (&[&good, "--message", "hi"], 0, ""),
        (&[&lost.path(), "--message", "hi"], 1, "404"),
        (&[&good, "--runs", "0"], 2, "from 1 to 100000"),
        (
            &[&good, "--seed", "-1"],
            2,
            "invalid value '-1' for '--seed <N>'",
        ),
        (
            &[&good, "--timeout", "-1"],
            2,
            "invalid value '-1' for '--timeout <SECS>'",
        ),
        (&[&good, "--no-such-option"], 2, "unexpected argument"),
        (&[&good, "--profile", "none"], 2, "none"),
        (&["missing.yaml"], 3, "missing.yaml"),
        (&[&sample("flows/broken_greeting.yaml")], 3, "did you mean"),
        (&[&good, "--input", "nmber=1"], 3, "did you mean `number`?"),
        (&[&good, "--inputs", &bad_rows], 3, "row 2, column `number`"),
        (
            &[&good, "--answers", &no_answers],
            3,
            "did you mean `messages`?",
        ),
        (
            &[&good, "--set", "greeter.system_prmpt=x"],
            3,
            "system_prmpt",
        ),
        (
            &[&refunds, "--message", "Refund order A-1"],
            4,
            "refund_order",
        ),
    ];
    for (arguments, code, expected) in cases {
        let output = output(&[&["run"], arguments].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        if (2..=3).contains(&code) {
            assert_eq!(text(&output.stdout), "", "{arguments:?}: nothing was run");
        }
    }
}

#[test]
fn text_is_the_answer_and_nothing_else() {
    let server = Server::start(&["--tokens", "3"]);
    let spec = server.spec();
    let one = output(&["run", &spec.path(), "--message", "hi"]);
    let (stdout, stderr) = (text(&one.stdout), text(&one.stderr));
    // Three words of the model, on a line.
    assert_eq!(stdout.split_whitespace().count(), 3, "{stdout}");
    assert!(stdout.ends_with('\n'), "{stdout}");
    assert!(
        stderr.starts_with("batch b_") && stderr.lines().count() == 1,
        "{stderr}"
    );
    let many = output(&["run", &spec.path(), "--message", "hi", "--runs", "3"]);
    let lines = text(&many.stdout);
    assert_eq!(
        lines
            .lines()
            .filter(|line| line.contains(" answered    greeter "))
            .count(),
        3,
        "{lines}"
    );
    let masked = output(&["run", &spec.path(), "--message", "hi", "--mask"]);
    assert_eq!(text(&masked.stdout), "** MASKED **\n");
}

#[test]
fn an_input_given_twice_is_refused_and_a_masked_refusal_shows_no_value() {
    let spec = sample("flows/trip_plan.yaml");
    let twice = output(&["run", &spec, "--input", "city=Rome", "--input", "city=Oslo"]);
    assert_eq!(twice.status.code(), Some(3));
    let told = text(&twice.stderr);
    assert!(told.contains("`--input city=…` is given twice"), "{told}");
    let given = [
        "run",
        &spec,
        "--input",
        "city=Rome",
        "--input",
        "days=hopscotch",
    ];
    let open = text(&output(&given).stderr);
    assert!(open.contains("hopscotch"), "{open}");
    let masked = output(&[&given[..], &["--mask"]].concat());
    let told = text(&masked.stderr);
    assert_eq!(masked.status.code(), Some(3));
    assert!(
        told.contains("`days`") && !told.contains("hopscotch"),
        "{told}"
    );
}

#[test]
fn lines_of_json_come_in_order_and_end_with_the_ends() {
    let output = output(&[
        "run",
        &sample("agents/refund_desk.yaml"),
        "--message",
        "Refund order A-1, it broke",
        "--confirm",
        "never",
        "--runs",
        "2",
        "--format",
        "jsonl",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let types: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["type"].as_str())
        .collect();
    assert_eq!(types.len(), lines.len(), "every line has a type");
    assert_eq!(types.last(), Some(&"BatchEnd"));
    assert_eq!(types.iter().filter(|name| **name == "RunEnd").count(), 2);
    for wanted in [
        "ToolConfirmationResponse",
        "LlmGenerationRequest",
        "ToolExecutionResponse",
    ] {
        assert!(types.contains(&wanted), "{wanted} in {types:?}");
    }
    let ids: Vec<&str> = lines
        .iter()
        .filter(|line| line["type"] == "RunEnd")
        .filter_map(|line| line["run"].as_str())
        .collect();
    for run in ids {
        let of_run: Vec<&Value> = lines.iter().filter(|line| line["run"] == run).collect();
        let (last, events) = of_run.split_last().expect("there are lines");
        assert_eq!(last["type"], "RunEnd");
        assert_eq!(last["tool_calls"][0]["name"], "refund_order");
        assert!(last["tool_calls"][0]["error"].is_string(), "it was refused");
        let mut open = Vec::new();
        let mut before = 0;
        for (number, event) in events.iter().enumerate() {
            assert_eq!(event["seq"], number, "{event}");
            let timestamp = event["timestamp"].as_u64().expect("nanoseconds");
            assert!(timestamp >= before, "{event}");
            before = timestamp;
            match event["type"].as_str() {
                Some("SpanStart") => open.push(event["span"].clone()),
                Some("SpanEnd") => open.retain(|span| *span != event["span"]),
                _ => assert!(
                    event["span"].is_null() || open.contains(&event["span"]),
                    "{event}"
                ),
            }
        }
        assert_eq!(open, [Value::Null; 0], "every span is closed");
    }
}

#[test]
fn answers_stand_in_for_a_person() {
    let interview = output(&[
        "run",
        &sample("flows/interview.yaml"),
        "--input",
        "event=the open day",
        "--answers",
        &sample("inputs/interview_answers.yaml"),
        "--format",
        "json",
    ]);
    assert_eq!(
        interview.status.code(),
        Some(0),
        "{}",
        text(&interview.stderr)
    );
    let run = &json_of(&interview)["runs"][0];
    assert_eq!(
        (&run["state"], &run["status"]),
        (&json!("finished"), &json!("FinishedStatus"))
    );

    let refund = |confirm: &str| {
        let output = output(&[
            "run",
            &sample("agents/refund_desk.yaml"),
            "--message",
            "Refund order A-1",
            "--confirm",
            confirm,
            "--format",
            "json",
        ]);
        json_of(&output)["runs"][0]["tool_calls"][0].clone()
    };
    assert_eq!(refund("always")["output"], "R-2026-0117");
    assert!(refund("never")["error"].is_string());
}

#[test]
fn an_agent_asks_its_sub_agent_and_is_told_of_a_no() {
    let answers = tempfile::tempdir().expect("a folder");
    let path = answers.path().join("answers.yaml");
    fs::write(&path, "confirm: {book_room: {reason: it is too small}}\n").expect("written");
    let output = output(&[
        "run",
        &sample("agents/party_planner.yaml"),
        "--message",
        "Ask the caterer for a menu for 12 guests, and book the room.",
        "--answers",
        &path.display().to_string(),
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let run = &json_of(&output)["runs"][0];
    let calls = run["tool_calls"].as_array().expect("calls");
    let call = |name: &str| calls.iter().find(|call| call["name"] == name).expect(name);
    assert_eq!(call("find_menu")["arguments"], json!({"guests": 12}));
    let refused = call("book_room")["error"].as_str().expect("it was refused");
    assert!(refused.ends_with(": it is too small"), "{refused}");
    let messages = run["messages"].as_array().expect("messages");
    let said = |who: &str, what: &str| {
        let is_it = |message: &&Value| message["sender"] == who && text_of(message).contains(what);
        assert!(
            messages.iter().any(|message| is_it(&message)),
            "{who}: {what}"
        );
    };
    said("caterer", "tomato soup, mushroom pie, lemon sorbet");
    said("party_planner", "it is too small");
}

fn text_of(message: &Value) -> &str {
    message["content"].as_str().unwrap_or_default()
}

#[test]
fn a_field_is_set_and_the_result_goes_to_a_file() {
    let server = Server::start(&["--tokens", "3"]);
    let spec = Spec::new("http://127.0.0.1:9/v1");
    let path = spec.file("out.json").display().to_string();
    let output = output(&[
        "run",
        &spec.path(),
        "--message",
        "hi",
        "--format",
        "json",
        "--output",
        &path,
        "--set",
        &format!("brain.url=http://{}/v1", server.address),
        "--set",
        "greeter.llm_config.model_id=another",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "");
    let written: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("written")).expect("an object");
    assert_eq!(written["summary"]["total"], 1);
    assert_eq!(server.count("requests"), 1);
}

#[test]
fn an_interrupt_cancels_the_runs_and_prints_what_there_is() {
    let server = Server::start(&["--latency-ms", "600000"]);
    let spec = server.spec();
    let mut process = flowdeck(&[
        "run",
        &spec.path(),
        "--message",
        "hi",
        "--runs",
        "3",
        "--at-once",
        "2",
        "--format",
        "json",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .expect("the binary starts");
    while server.count("max_in_flight") < 2 {
        std::thread::yield_now();
        assert!(
            process.try_wait().expect("a child").is_none(),
            "it ended by itself"
        );
    }
    let id = rustix::process::Pid::from_child(&process);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it lives");
    let mut stdout = String::new();
    let mut pipe = process.stdout.take().expect("a pipe");
    pipe.read_to_string(&mut stdout).expect("text");
    assert_eq!(process.wait().expect("a child").code(), Some(130));
    let batch: Value = serde_json::from_str(&stdout).expect("an object");
    assert_eq!(batch["summary"]["by_state"], json!({"cancelled": 3}));
    assert_eq!(batch["runs"][2]["error"]["kind"], "cancelled");
}

#[test]
fn a_mistake_in_the_settings_keeps_nobody_from_running_unless_it_is_about_where() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("flowdeck");
    fs::create_dir(&folder).expect("a folder");
    let spec = sample("agents/week_planner.yaml");
    let run = |settings: &str, more: &[&str]| {
        fs::write(folder.join("config.toml"), settings).expect("a file");
        let arguments = ["run", &spec, "--profile", "offline", "--message", "Plan."];
        let mut command = flowdeck(&[&arguments[..], more].concat());
        let command = command.env("XDG_CONFIG_HOME", home.path());
        command.output().expect("the binary starts")
    };
    let ran = run("theme = 3\n", &[]);
    let told = text(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    assert_eq!(told.matches("config.toml: line 1").count(), 1, "{told}");
    let ran = run("theme = 3\n[nats]\nurl = \"nats://127.0.0.1:9\"\n", &[]);
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("--nats none"), "{told}");
    let ran = run(
        "theme = 3\n[nats]\nurl = \"nats://127.0.0.1:9\"\n",
        &["--nats", "none"],
    );
    assert!(ran.status.success(), "{}", text(&ran.stderr));
}
