//! Values keep what they are, whichever door they come in by, and what a model did not finish is not taken.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{Ran, file, run};
use crate::scripted_model::{ScriptedModel, calls, raw, says};

const ID: &str = "123456789012345678901234";

/// A flow of these nodes in a row, with a value `v` that goes from each to the next.
fn flow(nodes: &[Value]) -> Value {
    let reference = |node: &Value| json!({"$component_ref": node["id"]});
    let pairs = || nodes.windows(2).enumerate();
    let control: Vec<Value> = pairs()
        .map(|(index, pair)| {
            json!({
                "component_type": "ControlFlowEdge", "id": format!("c{index}"), "name": "c",
                "from_node": reference(&pair[0]), "to_node": reference(&pair[1]),
            })
        })
        .collect();
    let data: Vec<Value> = pairs()
        .filter(|(_, pair)| {
            pair[0]["component_type"] != "StartNode" || !pair[0]["inputs"].is_null()
        })
        .map(|(index, pair)| {
            json!({
                "component_type": "DataFlowEdge", "id": format!("d{index}"), "name": "d",
                "source_node": reference(&pair[0]), "source_output": "v",
                "destination_node": reference(&pair[1]), "destination_input": "v",
            })
        })
        .collect();
    let definitions: serde_json::Map<String, Value> = nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), node.clone()))
        .collect();
    json!({
        "component_type": "Flow", "id": "f", "name": "f", "agentspec_version": "26.1.2",
        "start_node": reference(&nodes[0]),
        "nodes": nodes.iter().map(reference).collect::<Vec<_>>(),
        "control_flow_connections": control, "data_flow_connections": data,
        "$referenced_components": definitions,
    })
}

fn node(component_type: &str, fields: Value) -> Value {
    let mut node =
        json!({"component_type": component_type, "id": component_type, "name": component_type});
    let Value::Object(fields) = fields else {
        panic!("fields are an object, not {fields}");
    };
    for (name, value) in fields {
        node[name] = value;
    }
    node
}

/// Gives back its input.
fn echo(kind: &str) -> Value {
    let v = json!([{"title": "v", "type": kind}]);
    flow(&[
        node("StartNode", json!({"inputs": v})),
        node("EndNode", json!({"outputs": v})),
    ])
}

/// Gives what the tool `give` gives.
fn give(kind: &str) -> Value {
    give_one(&json!({"title": "v", "type": kind}))
}

fn give_one(property: &Value) -> Value {
    let v = json!([property]);
    let tool = json!({
        "component_type": "ServerTool", "id": "give", "name": "give", "description": "Gives.", "outputs": v,
    });
    flow(&[
        node("StartNode", json!({})),
        node("ToolNode", json!({"tool": tool})),
        node("EndNode", json!({"outputs": v})),
    ])
}

/// Runs a spec in a folder with these files.
fn run_spec(spec: &Value, files: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "flowdeck.toml", "");
    for (name, text) in files {
        file(home.path(), name, text);
    }
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let spec = file(home.path(), "spec.json", spec.to_string());
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| match argument.strip_prefix('@') {
            Some(name) => path(name),
            None => (*argument).to_owned(),
        })
        .collect();
    let fixed = [
        "run",
        spec.to_str().unwrap(),
        "--format",
        "json",
        "--no-history",
    ];
    let arguments = arguments.iter().map(String::as_str);
    run(&fixed.into_iter().chain(arguments).collect::<Vec<_>>())
}

fn batch(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
}

fn values(ran: &Ran) -> Vec<String> {
    let batch = batch(ran);
    let runs = batch["runs"].as_array().unwrap().iter();
    runs.map(|run| {
        run["outputs"]["v"]
            .as_str()
            .unwrap_or_else(|| panic!("{run}"))
            .to_owned()
    })
    .collect()
}

#[test]
fn a_row_keeps_the_text_that_is_written_for_a_declared_string() {
    let json_rows = format!(r#"[{{"v": 1.10}}, {{"v": 1e3}}, {{"v": {ID}}}, {{"v": "007"}}]"#);
    let from_json = ["1.10", "1e3", ID, "007"];
    let lines = json_rows.trim_matches(['[', ']']).replace("}, ", "}\n");
    let yaml = format!("- v: 1.10\n- v: 007\n- v: 1e3\n- v: yes\n- v: {ID}\n- v: 'null'\n");
    let csv = format!("v\n1.10\n007\n1e3\ntrue\nnull\n{ID}\n");
    for (name, text, expected) in [
        (
            "rows.csv",
            csv.as_str(),
            &["1.10", "007", "1e3", "true", "null", ID][..],
        ),
        ("rows.json", &json_rows, &from_json),
        ("rows.jsonl", &lines, &from_json),
        (
            "rows.yaml",
            &yaml,
            &["1.10", "007", "1e3", "yes", ID, "null"],
        ),
    ] {
        let ran = run_spec(
            &echo("string"),
            &[(name, text)],
            &["--inputs", &format!("@{name}")],
        );
        assert_eq!(values(&ran), expected, "{name}");
    }
    for text in ["1.10", "007", "1e3", "true", "null", ID] {
        let ran = run_spec(&echo("string"), &[], &["--input", &format!("v={text}")]);
        assert_eq!(values(&ran), [text]);
    }
}

#[test]
fn an_integer_beyond_64_bits_is_refused_before_anything_runs() {
    for (name, text) in [
        ("rows.csv", format!("v\n{ID}\n")),
        ("rows.json", format!("[{{\"v\": {ID}}}]")),
        ("rows.jsonl", format!("{{\"v\": {ID}}}\n")),
        ("rows.yaml", format!("- v: {ID}\n")),
    ] {
        let ran = run_spec(
            &echo("integer"),
            &[(name, &text)],
            &["--inputs", &format!("@{name}")],
        );
        assert_eq!(ran.code, 3, "{name}: {}", ran.stdout);
        assert!(
            ran.stderr.contains("beyond 64 bits"),
            "{name}: {}",
            ran.stderr
        );
    }
    let ran = run_spec(&echo("integer"), &[], &["--input", &format!("v={ID}")]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stderr.contains("beyond 64 bits"), "{}", ran.stderr);
}

#[test]
fn what_a_tool_gives_is_the_text_that_is_written_for_a_declared_string() {
    let answers = ("answers.yaml", format!("tools: {{give: [{ID}]}}"));
    let python = ("give.py", format!("def give():\n    return {ID}\n"));
    let files = [
        (answers.0, answers.1.as_str()),
        (python.0, python.1.as_str()),
    ];
    let printed = |text: &str| format!("command = [\"printf\", \"%s\\\\n\", '{text}']");
    for (binding, expected) in [
        (printed("1.10"), "1.10"),
        (printed("007"), "007"),
        (printed("1e3"), "1e3"),
        (printed("true"), "true"),
        (printed("null"), "null"),
        (printed(ID), ID),
        (printed("{\"a\":  1.10}"), "{\"a\":  1.10}"),
        (printed("{\"v\": 1.10}"), "1.10"),
        (printed("\"007\""), "007"),
        ("value = 1.10".to_owned(), "1.10"),
        ("value = 0x10".to_owned(), "0x10"),
        ("value = 0b101".to_owned(), "0b101"),
        ("value = 0o17".to_owned(), "0o17"),
        ("python = \"give.py:give\"".to_owned(), ID),
        ("ask = true".to_owned(), ID),
    ] {
        let toml = format!("[tools.give]\n{binding}\n");
        let all = [&files[..], &[("flowdeck.toml", toml.as_str())]].concat();
        let ran = run_spec(&give("string"), &all, &["--answers", "@answers.yaml"]);
        assert_eq!(values(&ran), [expected], "{binding}");
    }
    for binding in [printed(ID), "python = \"give.py:give\"".to_owned()] {
        let toml = format!("[tools.give]\n{binding}\n");
        let all = [&files[..], &[("flowdeck.toml", toml.as_str())]].concat();
        let ran = run_spec(&give("integer"), &all, &[]);
        let error = batch(&ran)["runs"][0]["error"]["message"].to_string();
        assert!(error.contains("beyond 64 bits"), "{binding}: {error}");
    }
    let ran = run_spec(&give("integer"), &files, &["--answers", "@answers.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("beyond 64 bits"), "{ran:?}");
}

#[test]
fn a_fraction_is_refused_at_every_door_where_an_integer_is_declared() {
    let refused = "expected integer, found number 7.9";
    for (name, text) in [
        ("rows.csv", "v\n7.9\n"),
        ("rows.json", "[{\"v\": 7.9}]"),
        ("rows.yaml", "- v: 7.9\n"),
    ] {
        let ran = run_spec(
            &echo("integer"),
            &[(name, text)],
            &["--inputs", &format!("@{name}")],
        );
        assert_eq!(ran.code, 3, "{name}: {}", ran.stdout);
        assert!(ran.stderr.contains(refused), "{name}: {}", ran.stderr);
    }
    let ran = run_spec(&echo("integer"), &[], &["--input", "v=7.9"]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stderr.contains(refused), "{}", ran.stderr);

    for binding in [
        "command = [\"echo\", \"7.9\"]",
        "command = [\"echo\", \"{\\\"v\\\": 7.9}\"]",
        "value = 7.9",
        "python = \"give.py:give\"",
    ] {
        let toml = format!("[tools.give]\n{binding}\n");
        let files = [
            ("flowdeck.toml", toml.as_str()),
            ("give.py", "def give():\n    return 7.9\n"),
        ];
        let ran = run_spec(&give("integer"), &files, &[]);
        let run = &batch(&ran)["runs"][0];
        assert_eq!((ran.code, &run["state"]), (1, &json!("failed")), "{run}");
        let message = run["error"]["message"].as_str().unwrap();
        assert!(message.contains("expected integer"), "{binding}: {message}");
    }
    let answers = [("answers.yaml", "tools: {give: [7.9]}")];
    let ran = run_spec(&give("integer"), &answers, &["--answers", "@answers.yaml"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains(refused), "{ran:?}");
}

#[test]
fn null_is_a_value_where_null_is_declared() {
    let property = json!({"title": "v", "anyOf": [{"type": "string"}, {"type": "null"}]});
    for binding in ["command = [\"echo\", \"null\"]", "ask = true"] {
        let toml = format!("[tools.give]\n{binding}\n");
        let files = [
            ("flowdeck.toml", toml.as_str()),
            ("answers.yaml", "tools: {give: [~]}"),
        ];
        let ran = run_spec(
            &give_one(&property),
            &files,
            &["--answers", "@answers.yaml"],
        );
        let run = &batch(&ran)["runs"][0];
        assert_eq!((ran.code, &run["outputs"]["v"]), (0, &json!(null)), "{run}");
        assert_eq!(run["state"], "finished", "{run}");
    }
}

/// Runs an agent with the tool `pay` against a server that answers so.
async fn run_against(answers: Vec<Value>) -> Ran {
    let server = ScriptedModel::start(answers).await;
    let spec = json!({
        "component_type": "Agent", "id": "a", "name": "a", "agentspec_version": "26.1.2", "system_prompt": "You pay.",
        "llm_config": server.config(), "tools": [{
            "component_type": "ServerTool", "id": "pay", "name": "pay", "description": "Pays.",
            "inputs": [{"title": "to", "type": "string"}, {"title": "amount", "type": "integer"}],
            "outputs": [{"title": "receipt", "type": "string"}],
        }],
    });
    let ran = tokio::task::spawn_blocking(move || {
        let toml = "[tools.pay]\nvalue = \"paid\"\n";
        run_spec(
            &spec,
            &[("flowdeck.toml", toml)],
            &["--message", "Pay Ann 12500."],
        )
    });
    ran.await.unwrap()
}

fn event(delta: &Value, finish_reason: Option<&str>) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
    format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_limit_cut_is_not_made() {
    let arguments = r#"{"to": "Ann", "amount": 12"#;
    let call = json!({"tool_calls": [{
        "index": 0, "id": "x", "function": {"name": "pay", "arguments": arguments},
    }]});
    let cut = event(&call, Some("length")) + "data: [DONE]\n\n";
    let ran = run_against(vec![raw(&cut), says("I could not pay.")]).await;
    let run = &batch(&ran)["runs"][0];
    assert_eq!(run["tool_calls"], json!([]), "{run}");
    assert_eq!(
        run["messages"].as_array().unwrap().last().unwrap()["content"],
        "I could not pay."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_arguments_would_have_to_be_changed_is_not_made() {
    for amount in [json!(12.7), json!("12.9"), json!(true)] {
        let call = calls(&[("pay", json!({"to": "Ann", "amount": amount}))]);
        let ran = run_against(vec![call, says("I could not pay.")]).await;
        let run = &batch(&ran)["runs"][0];
        assert_eq!(run["tool_calls"], json!([]), "{run}");
        let messages = run["messages"].as_array().unwrap();
        assert_eq!(messages.last().unwrap()["content"], "I could not pay.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_fails_and_says_so() {
    let done = "data: [DONE]\n\n";
    let thought = event(&json!({"reasoning_content": "Hm."}), Some("length")) + done;
    let empty = event(&json!({"content": ""}), Some("stop")) + done;
    let only_thoughts = event(&json!({"content": "<think>Hm.</think>"}), Some("stop")) + done;
    let comments = format!(": keep-alive\n\n: keep-alive\n\n{done}");
    for nothing in [thought, empty, only_thoughts, comments] {
        let ran = run_against(vec![raw(&nothing), raw(&nothing), says("Too late.")]).await;
        let run = &batch(&ran)["runs"][0];
        assert_eq!((ran.code, &run["state"]), (1, &json!("failed")), "{run}");
        assert_eq!(run["error"]["kind"], "model");
        let message = run["error"]["message"].as_str().unwrap();
        assert!(message.contains("gave no answer, twice"), "{message}");
        assert!(run["error"]["hint"].is_string());
        let again = run_against(vec![raw(&nothing), says("Paid.")]).await;
        assert_eq!(again.code, 0, "{}", again.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_cut_is_told_in_the_result_with_what_cut_it() {
    for (reason, words) in [
        ("length", "cut off at the limit of tokens"),
        (
            "content_filter",
            "cut off by the server's content filter (finish reason `content_filter`)",
        ),
    ] {
        let cut = event(&json!({"content": "I will"}), Some(reason)) + "data: [DONE]\n\n";
        let ran = run_against(vec![raw(&cut)]).await;
        let notices = &batch(&ran)["runs"][0]["notices"];
        assert!(notices.to_string().contains(words), "{notices}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_choices_the_first_counts() {
    let piece = |index: u32, text: &str| {
        let choice = json!({"index": index, "delta": {"content": text}, "finish_reason": null});
        format!("data: {}\n\n", json!({"id": "c", "choices": [choice]}))
    };
    let both = [
        piece(1, "No"),
        piece(0, "I "),
        piece(1, " way"),
        piece(0, "paid."),
        event(&json!({}), Some("stop")),
        "data: [DONE]\n\n".to_owned(),
    ];
    let ran = run_against(vec![raw(&both.concat())]).await;
    let run = &batch(&ran)["runs"][0];
    assert_eq!(
        run["messages"].as_array().unwrap().last().unwrap()["content"],
        "I paid."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_arguments_have_a_key_twice_is_not_made_and_the_model_is_told() {
    let function =
        json!({"name": "pay", "arguments": "{\"to\": \"Ann\", \"amount\": 1, \"amount\": 2}"});
    let call = json!({"index": 0, "id": "c", "type": "function", "function": function});
    let twice = event(&json!({"tool_calls": [call]}), Some("tool_calls")) + "data: [DONE]\n\n";
    let ran = run_against(vec![raw(&twice), says("I could not pay.")]).await;
    let run = &batch(&ran)["runs"][0];
    assert_eq!(run["tool_calls"], json!([]), "{run}");
    let messages = run["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], "I could not pay.");
}

#[test]
fn what_a_tool_gives_with_a_key_twice_is_refused_by_its_name() {
    let python =
        "def give():\n    return {1: 'a', '1': 'b'}\n\ndef half():\n    return 'x\\ud83d'\n";
    for (binding, words) in [
        (
            "command = ['echo', '{\"a\": 1, \"a\": 2}']",
            "`a`: is given twice",
        ),
        ("python = 'give.py:give'", "`1`: is given twice"),
        ("python = 'give.py:half'", "half of a character"),
        ("command = ['printf', '\\377']", "is not UTF-8"),
    ] {
        let toml = format!("[tools.give]\n{binding}\n");
        let files = [("flowdeck.toml", toml.as_str()), ("give.py", python)];
        let ran = run_spec(&give("object"), &files, &[]);
        assert_eq!(ran.code, 1, "{binding}: {}", ran.stdout);
        let message = batch(&ran)["runs"][0]["error"]["message"].clone();
        assert!(
            message.as_str().unwrap().contains(words),
            "{binding}: {message}"
        );
    }
}

#[test]
fn numbers_in_a_list_of_strings_keep_what_is_written_at_every_depth() {
    let property = json!({"title": "v", "type": "array", "items": {"type": "object", "properties": {
        "codes": {"type": "array", "items": {"type": "string"}}}}});
    let expected = json!([{"codes": ["1.10", "1e16", "007", ID]}]);
    let toml = format!("[tools.give]\nvalue = [{{ codes = [1.10, 1e16, \"007\", \"{ID}\"] }}]\n");
    let ran = run_spec(&give_one(&property), &[("flowdeck.toml", &toml)], &[]);
    assert_eq!(batch(&ran)["runs"][0]["outputs"]["v"], expected);
    let v = json!([property]);
    let echo = flow(&[
        node("StartNode", json!({"inputs": v})),
        node("EndNode", json!({"outputs": v})),
    ]);
    let yaml = format!("- v:\n  - codes: [1.10, 1e16, 007, {ID}]\n");
    let lines = format!("{{\"v\": [{{\"codes\": [1.10, 1e16, \"007\", {ID}]}}]}}\n");
    for (name, text) in [("rows.yaml", &yaml), ("rows.jsonl", &lines)] {
        let inputs = format!("@{name}");
        let ran = run_spec(&echo, &[(name, text)], &["--inputs", &inputs]);
        assert_eq!(batch(&ran)["runs"][0]["outputs"]["v"], expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_cut_is_told_for_many_runs_too() {
    let cut = event(&json!({"content": "I will"}), Some("length")) + "data: [DONE]\n\n";
    let server = ScriptedModel::start([raw(&cut), raw(&cut)]).await;
    let spec = json!({
        "component_type": "Agent", "id": "a", "name": "a", "agentspec_version": "26.1.2", "system_prompt": "You pay.",
        "llm_config": server.config(),
    });
    let ran = tokio::task::spawn_blocking(move || {
        let home = tempfile::tempdir().unwrap();
        let path = file(home.path(), "spec.json", spec.to_string());
        let path = path.to_str().unwrap();
        run(&[
            "run",
            path,
            "--message",
            "Pay.",
            "--runs",
            "2",
            "--no-history",
        ])
    });
    let ran = ran.await.unwrap();
    assert!(
        ran.stderr.contains("runs 1, 2: ") && ran.stderr.contains("cut off at the limit of tokens"),
        "{}",
        ran.stderr
    );
}
