//! Values keep what they are, whichever door they come in by, and what a model did not finish is not taken.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{Ran, file, run};
use crate::scripted_model::{ScriptedModel, raw, says};

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
    let v = json!([{"title": "v", "type": kind}]);
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
        let ran = run_spec(&give("integer"), &all, &["--answers", "@answers.yaml"]);
        let error = batch(&ran)["runs"][0]["error"]["message"].to_string();
        assert!(error.contains("beyond 64 bits"), "{binding}: {error}");
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
async fn an_answer_that_is_none_fails_and_says_so() {
    let done = "data: [DONE]\n\n";
    let thought = event(&json!({"reasoning_content": "Hm."}), Some("length")) + done;
    let empty = event(&json!({"content": ""}), Some("stop")) + done;
    let comments = format!(": keep-alive\n\n: keep-alive\n\n{done}");
    for nothing in [thought, empty, comments] {
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
async fn a_text_that_the_limit_cut_is_told_in_the_result() {
    let cut = event(&json!({"content": "I will"}), Some("length")) + "data: [DONE]\n\n";
    let ran = run_against(vec![raw(&cut)]).await;
    let notices = &batch(&ran)["runs"][0]["notices"];
    assert!(
        notices
            .to_string()
            .contains("cut off at the limit of tokens"),
        "{notices}"
    );
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
