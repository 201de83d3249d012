//! `flowdeck run` and the tools of a spec: what a person is asked, what tools give, what is told of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{Ran, file, run};

/// A tool that gives back its arguments, after a yes.
const PAY: &str = "{component_type: ServerTool, id: pay, name: pay, description: Pays., requires_confirmation: true, \
    inputs: [{title: to, type: string}, {title: euros, type: integer}], \
    outputs: [{title: to, type: string}, {title: euros, type: number}]}";

/// A flow that only calls that tool.
fn flow() -> String {
    let node = |id: &str, ty: &str, more: &str| {
        format!("  {id}: {{component_type: {ty}, id: {id}, name: {id}{more}}}\n")
    };
    let edge = |name: &str, from: &str, to: &str| {
        format!(
            "  - {{component_type: ControlFlowEdge, name: {name}, from_node: {{$component_ref: {from}}}, \
             to_node: {{$component_ref: {to}}}}}\n"
        )
    };
    let values = "[{title: to, type: string}, {title: euros, type: integer}]";
    let paid = "[{title: to, type: string}, {title: euros, type: number}]";
    [
        "component_type: Flow\nagentspec_version: 26.1.2\nid: f\nname: f\nstart_node: {$component_ref: start}\n",
        "nodes: [{$component_ref: start}, {$component_ref: call}, {$component_ref: end}]\n",
        "control_flow_connections:\n",
        &edge("a", "start", "call"),
        &edge("b", "call", "end"),
        "$referenced_components:\n",
        &node("start", "StartNode", &format!(", inputs: {values}")),
        &node("call", "ToolNode", &format!(", tool: {PAY}")),
        &node("end", "EndNode", &format!(", outputs: {paid}")),
    ]
    .concat()
}

/// An agent that has that tool and the offline model, which calls it.
fn agent() -> String {
    format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\nsystem_prompt: You pay.\n\
         llm_config: {{component_type: OllamaConfig, id: m, name: m, url: u, model_id: m}}\ntools: [{PAY}]\n"
    )
}

/// Runs a spec in a folder of its own, with these answers.
fn run_spec(spec: &str, answers: &str, arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let profile = "default_profile = \"offline\"\n[tools.pay]\ncommand = [\"cat\"]\n";
    file(home.path(), "flowdeck.toml", profile);
    let spec = file(home.path(), "spec.yaml", spec);
    let answers = file(home.path(), "answers.yaml", answers);
    let [spec, answers] = [&spec, &answers].map(|path| path.to_str().unwrap());
    let fixed = ["run", spec, "--answers", answers];
    run(&[&fixed, arguments].concat())
}

fn first_run(ran: &Ran) -> Value {
    let batch: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    batch["runs"][0].clone()
}

#[test]
fn a_tool_of_a_flow_runs_after_a_yes_with_what_was_changed() {
    let inputs = [
        "--input", "to=Ada", "--input", "euros=5", "--format", "json",
    ];
    for (answers, expected) in [
        ("confirm: {pay: true}", json!({"to": "Ada", "euros": 5})),
        (
            "confirm: {pay: {arguments: {euros: 4}}}",
            json!({"to": "Ada", "euros": 4}),
        ),
    ] {
        let ran = run_spec(&flow(), answers, &inputs);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let record = first_run(&ran);
        assert_eq!(record["tool_calls"][0]["arguments"], expected);
        assert_eq!(record["outputs"], expected, "of several outputs, by name");
    }
    for (answers, told) in [
        (
            "confirm: {pay: {reason: too dear}}",
            "a person refused the call of `pay`: too dear",
        ),
        (
            "confirm: {pay: false}",
            "a person refused the call of `pay`, without giving a reason",
        ),
    ] {
        let ran = run_spec(&flow(), answers, &inputs);
        assert_eq!(ran.code, 1, "{answers}: {}", ran.stderr);
        let record = first_run(&ran);
        assert_eq!(record["error"]["message"], json!(told));
        assert_eq!(record["tool_calls"][0]["error"], json!(told));
    }
    // What does not fit is known before anything runs.
    for (answers, told) in [
        (
            "confirm: {pay: {arguments: {euro: 4}}}",
            "the arguments of `pay` in the answers do not fit: `euro`: is not an argument (did you mean `euros`?)",
        ),
        (
            "confirm: {pay: {arguments: {euros: many}}}",
            "the arguments of `pay` in the answers do not fit: `euros`: expected integer, found string \"many\"",
        ),
        (
            "confirm: {pay: {arguments: {euros: 4, euros: 5}}}",
            "`euros` is given twice",
        ),
        (
            "tools: {pay: [{to: Ada, euros: 4}, {to: Ada, euros: some}]}",
            "result 2 of `pay` in the answers does not fit: `euros`: expected number, found string \"some\"",
        ),
        (
            "rows: {1: {tools: {pay: [nothing]}}}",
            "row 1: result 1 of `pay` in the answers does not fit: expected an object with",
        ),
    ] {
        let ran = run_spec(&flow(), answers, &inputs);
        assert_eq!(ran.code, 3, "{answers}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{answers}: {}", ran.stderr);
    }
    let ran = run_spec(&flow(), "messages: []", &inputs);
    assert_eq!(ran.code, 4, "nobody can say yes: {}", ran.stderr);
    let status = &first_run(&ran)["status"];
    assert_eq!(status, "ToolExecutionConfirmationStatus");
}

#[test]
fn a_model_is_told_why_its_call_was_refused() {
    let arguments = [
        "--message",
        "Please pay 5 euros to Ada.",
        "--format",
        "jsonl",
    ];
    let told = |answers: &str| {
        let ran = run_spec(&agent(), answers, &arguments);
        assert_eq!(ran.code, 0, "{answers}: {}{}", ran.stdout, ran.stderr);
        let events = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut requests = events.filter(|event| event["type"] == "LlmGenerationRequest");
        let prompt = requests.next_back().unwrap()["prompt"].clone();
        prompt.as_array().unwrap().last().unwrap()["content"].clone()
    };
    assert_eq!(
        told("confirm: {pay: {reason: too dear}}"),
        json!("a person refused the call of `pay`: too dear")
    );
    assert_eq!(
        told("confirm: {pay: {arguments: {to: Bo, euros: 4}}}"),
        json!(r#"{"to":"Bo","euros":4}"#)
    );
}

#[test]
fn rounds_of_an_agent_and_tokens_of_a_run_are_bounded() {
    let fixed = [
        "--message",
        "Please pay 5 euros to Ada.",
        "--format",
        "json",
    ];
    let ran = |bounds: &[&str]| {
        let ran = run_spec(&agent(), "confirm: {pay: true}", &[&fixed, bounds].concat());
        (ran.code, first_run(&ran))
    };
    // On the last call that a model has, it is offered no tool whose result it could not use.
    for (bounds, n_tool_calls, n_model_calls) in [
        (&[][..], 1, 2),
        (&["--max-rounds", "2"], 1, 2),
        (&["--max-rounds", "1"], 0, 1),
        (&["--max-tokens", "100000"], 1, 2),
    ] {
        let (code, record) = ran(bounds);
        assert_eq!(
            (code, &record["state"]),
            (0, &json!("answered")),
            "{bounds:?}"
        );
        let calls = record["tool_calls"].as_array().unwrap();
        assert_eq!(calls.len(), n_tool_calls, "{bounds:?}");
        assert_eq!(record["usage"]["llm_calls"], n_model_calls, "{bounds:?}");
    }
    let (code, record) = ran(&["--max-tokens", "1"]);
    assert_eq!((code, &record["state"]), (1, &json!("failed")));
    assert_eq!(record["error"]["kind"], "limit");
    let told = record["error"]["message"].as_str().unwrap();
    assert!(told.ends_with("tokens, and 1 are allowed"), "{told}");
}

#[test]
fn bounds_that_are_none_are_told() {
    for (bound, value, told) in [
        ("--max-rounds", "0", "from 1 to 100000"),
        (
            "--max-rounds",
            "many",
            "invalid value 'many' for '--max-rounds <N>'",
        ),
        ("--max-tokens", "0", "from 1 to 1000000000000"),
        (
            "--max-tokens",
            "1.5",
            "invalid value '1.5' for '--max-tokens <N>'",
        ),
    ] {
        let ran = run_spec(&agent(), "", &[bound, value]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{bound} {value}");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

/// A model that answers once and gives the request that it was sent.
fn model_once() -> (String, std::thread::JoinHandle<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut n_bytes = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(length) = line.to_lowercase().strip_prefix("content-length:") {
                n_bytes = length.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; n_bytes];
        reader.read_exact(&mut body).unwrap();
        let chunk = json!({"choices": [{"index": 0, "delta": {"content": "A dot."}, "finish_reason": "stop"}]});
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        write!(stream, "{head}data: {chunk}\n\ndata: [DONE]\n\n").unwrap();
        serde_json::from_slice(&body).unwrap()
    });
    (url, served)
}

#[test]
fn pictures_go_with_the_first_message() {
    let (url, served) = model_once();
    let home = tempfile::tempdir().unwrap();
    let png = file(home.path(), "dot.dat", b"\x89PNG\r\n\x1a\nrest");
    let text = file(home.path(), "dot.png", "text");
    let [png, text] = [&png, &text].map(|path| path.to_str().unwrap());
    let agent = format!(
        "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\nsystem_prompt: You see.\n\
         llm_config: {{component_type: OpenAiCompatibleConfig, id: m, name: m, url: '{url}', model_id: m}}\n"
    );
    let looks = ["--message", "What is this?", "--profile", "spec", "--image"];
    let ran = run_spec(&agent, "", &[&looks[..], &[png]].concat());
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "A dot.\n"),
        "{}",
        ran.stderr
    );
    let request = served.join().unwrap();
    let messages = request["messages"].as_array().unwrap();
    let expected = json!([
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgpyZXN0"}},
    ]);
    assert_eq!(messages.last().unwrap()["content"], expected);

    for (spec, arguments, code, told) in [
        (
            &agent,
            &[&looks[..], &[text]].concat()[..],
            3,
            "is not a PNG, JPEG, GIF or WebP picture",
        ),
        (&agent, &["--image", png][..], 2, "--message"),
        (
            &flow(),
            &[&looks[..], &[png]].concat()[..],
            3,
            "`f` is a `Flow`",
        ),
    ] {
        let ran = run_spec(spec, "", arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (code, ""),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_named_while_the_other_tools_work() {
    // Nothing listens on a port that was just given back.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let spec = agent()
        + &format!(
            "toolboxes: [{{component_type: MCPToolBox, id: box, name: box, client_transport: \
             {{component_type: StreamableHTTPTransport, id: t, name: t, url: \"http://127.0.0.1:{port}/mcp\"}}}}]\n"
        );
    let ran = run_spec(
        &spec,
        "confirm: {pay: true}",
        &["--message", "Pay.", "--format", "json"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let run = first_run(&ran);
    let notice = run["notices"][0].as_str().unwrap();
    assert!(
        notice.starts_with("`box`: the tools of `box` can't be listed: the MCP server `http"),
        "{notice}"
    );
    assert!(notice.ends_with("; its tools are left out"), "{notice}");
    assert_eq!(run["tool_calls"][0]["name"], json!("pay"), "{run}");
}

#[test]
fn a_tool_is_replaced_for_one_launch_and_its_runs_say_so_wherever_they_are_seen() {
    let home = tempfile::tempdir().unwrap();
    let spec = file(home.path(), "spec.yaml", flow());
    let spec = spec.to_str().unwrap();
    let fixed = ["run", spec, "--input", "to=Ada", "--confirm", "always"];
    let json = ["--format", "json"];
    let stub = ["--stub", r#"pay={"to": "Bob", "euros": 1.5}"#];
    let combine = ["--combine", "euros=5,6"];
    let ran = run(&[&fixed[..], &json, &stub, &combine].concat());
    let batch: Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // No profile binds it, and that is not missed.
    assert!(!ran.stderr.contains("bound to nothing"), "{}", ran.stderr);
    for (run, euros) in batch["runs"].as_array().unwrap().iter().zip([5, 6]) {
        assert_eq!(run["inputs"]["euros"], json!(euros));
        assert_eq!(run["outputs"], json!({"to": "Bob", "euros": 1.5}));
        assert_eq!(run["stubbed"], json!(["pay"]));
    }
    let id = batch["runs"][0]["run"].as_str().unwrap();
    for (arguments, words) in [
        (
            [
                "history",
                "list",
                "--batch",
                batch["batch"].as_str().unwrap(),
            ],
            "stubbed \u{b7} f",
        ),
        (["history", "export", id, "--to=md"], "- stubbed pay"),
        (["history", "export", id, "--to=csv"], ",stubbed,"),
        (
            ["history", "export", id, "--to=jsonl"],
            r#""stubbed":["pay"]"#,
        ),
    ] {
        let seen = run(&arguments);
        assert!(
            seen.stdout.contains(words),
            "{arguments:?}: {}{}",
            seen.stdout,
            seen.stderr
        );
    }

    // What is run again goes by the same stand-in.
    let ran = run(&[
        &fixed[..],
        &json,
        &["--input", "euros=5", "--stub", "pay@10ms!=no money"],
    ]
    .concat());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let batch: Value = serde_json::from_str(&ran.stdout).unwrap();
    let batch = batch["batch"].as_str().unwrap();
    let again = run(&[
        &["run", "--retry-failed", batch, "--confirm", "always"][..],
        &json,
    ]
    .concat());
    let again = first_run(&again);
    assert!(
        again["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no money"),
        "{again}"
    );
    assert_eq!(again["stubbed"], json!(["pay"]));

    for (stub, code, words) in [
        ("pai=1", 3, "did you mean `pay`?"),
        ("pay", 2, "TOOL=RESULT"),
        ("pay@never=1", 2, "the delay after `@`"),
    ] {
        let ran = run(&[&fixed[..], &["--input", "euros=5", "--stub", stub]].concat());
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}
