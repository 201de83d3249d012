//! Runs that die while several of their parts work: the flows of a parallel node, the members of a swarm.
//!
//! In each, one part hangs in a tool. The other has a tool and an answer of the model behind it, and then calls a tool that
//! waits for the first to hang before it writes the last line of the journal. A call is made when its request is on disk, and
//! with it all that came before; so with that line everything is on disk that the program must not do again.

use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::Bed;
use super::model::CountingModel;
use crate::program::file;
use crate::scripted_model::{calls, says};

/// The tools: each notes its name and its key in the journal, and hangs as long as there is no file `go`.
const TOOLS: &str = r#"
[tools.note]
command = ["sh", "-c", "cat >/dev/null; echo note $FLOWDECK_IDEMPOTENCY_KEY >> journal; echo noted"]
[tools.hang]
command = ["sh", "-c", "cat >/dev/null; echo hang $FLOWDECK_IDEMPOTENCY_KEY >> journal; [ -e go ] || { echo > gate; sleep 100; }; echo hung"]
[tools.last]
command = ["sh", "-c", "cat >/dev/null; [ -e go ] || cat gate; echo last $FLOWDECK_IDEMPOTENCY_KEY >> journal; [ -e go ] || sleep 100; echo at last"]
"#;

/// A workspace with a spec, which is killed when its journal is whole.
async fn killed(spec: &Value, arguments: &[&str]) -> Bed {
    let bed = Bed::with(&tool("note"), TOOLS).await;
    file(bed.path(), "spec.json", spec.to_string());
    let made = Command::new("mkfifo").arg(bed.path().join("gate")).status();
    assert!(made.unwrap().success());
    bed.killed_at(&[&["run", "spec.json"], arguments].concat(), 3)
        .await;
    bed
}

/// Resumes it, first without and then with an answer to what is in doubt, and looks whether that alone was done again.
fn resumed(bed: &Bed, model: &CountingModel) -> Value {
    let before = model.asked();
    let open = bed.run(&["run", "--resume", "last"]);
    assert_eq!(open.code, 4, "{}", open.stderr);
    let words = "was called when flowdeck ended, and may have done its work";
    assert!(open.stderr.contains(words), "{}", open.stderr);
    assert_eq!(lines(bed), ["hang", "last", "note"]);
    assert_eq!(model.asked(), before);
    file(bed.path(), "go", "");
    let ended = bed.json(&[
        "run",
        "--resume",
        "last",
        "--in-doubt",
        "again",
        "--format",
        "json",
    ]);
    assert_eq!(lines(bed), ["hang", "hang", "last", "last", "note"]);
    // The same call has the same key.
    let mut keys: Vec<String> = journal(bed);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    let again: Vec<_> = model
        .asked()
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .collect();
    assert_eq!(again, [], "asked again");
    assert!(model.asked().len() > before.len());
    ended["runs"][0].clone()
}

fn journal(bed: &Bed) -> Vec<String> {
    let text = std::fs::read_to_string(bed.journal()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The names of the tools in the journal, sorted.
fn lines(bed: &Bed) -> Vec<String> {
    let mut names: Vec<String> = journal(bed)
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn tool(name: &str) -> Value {
    json!({
        "component_type": "ServerTool", "id": format!("{name}_tool"), "name": name, "description": "Works.",
        "inputs": [string("x")], "outputs": [string(name)],
    })
}

pub(crate) fn string(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parallel_flow_goes_on_in_each_of_its_parts() {
    let model = CountingModel::start(|messages| {
        let asked = messages.last().unwrap()["content"].as_str().unwrap();
        says(&format!("answer to {asked}"))
    })
    .await;
    let bed = killed(&parallel(&model), &["--input", "x=tea"]).await;
    let run = resumed(&bed, &model);
    assert_eq!(run["state"], "finished");
    assert_eq!(
        run["outputs"],
        json!({"left": "answer to noted?", "last": "at last", "right": "answer to hung?"})
    );
}

/// A flow with two flows side by side: `note`, the model, `last`; and `hang`, the model.
fn parallel(model: &CountingModel) -> Value {
    let ask = |output: &str, of: &str| {
        json!({
            "component_type": "LlmNode", "id": format!("ask_{output}"), "name": format!("ask_{output}"),
            "llm_config": model.config(), "prompt_template": format!("{{{{{of}}}}}?"), "outputs": [string(output)],
        })
    };
    let call = |name: &str| json!({"component_type": "ToolNode", "id": name, "name": name, "tool": tool(name)});
    let left = row(
        "left_flow",
        &[call("note"), ask("left", "note"), call("last")],
        json!([string("left"), string("last")]),
    );
    let right = row(
        "right_flow",
        &[call("hang"), ask("right", "hang")],
        json!([string("right")]),
    );
    let both = json!({
        "component_type": "ParallelFlowNode", "id": "both", "name": "both", "subflows": [left, right],
    });
    row(
        "flow",
        &[both],
        json!([string("left"), string("last"), string("right")]),
    )
}

/// A flow of `x` through nodes in a row, with data by name.
pub(crate) fn row(id: &str, nodes: &[Value], outputs: Value) -> Value {
    let mut start =
        json!({"component_type": "StartNode", "id": format!("{id}_start"), "name": "start"});
    start["inputs"] = json!([string("x")]);
    let mut end = json!({"component_type": "EndNode", "id": format!("{id}_end"), "name": "end"});
    end["outputs"] = outputs;
    let all: Vec<&Value> = [&start].into_iter().chain(nodes).chain([&end]).collect();
    let reference = |node: &Value| json!({"$component_ref": node["id"]});
    let edges = all.windows(2).enumerate().map(|(index, pair)| {
        json!({
            "component_type": "ControlFlowEdge", "id": format!("{id}_{index}"), "name": format!("{id}_{index}"),
            "from_node": reference(pair[0]), "to_node": reference(pair[1]),
        })
    });
    let definitions: serde_json::Map<String, Value> = all
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), (*node).clone()))
        .collect();
    json!({
        "component_type": "Flow", "agentspec_version": "26.1.2", "id": id, "name": id, "start_node": reference(&start),
        "nodes": all.iter().map(|node| reference(node)).collect::<Vec<_>>(),
        "control_flow_connections": edges.collect::<Vec<_>>(), "data_flow_connections": null,
        "$referenced_components": definitions,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swarm_goes_on_in_each_of_its_members() {
    let model = CountingModel::start(|messages| {
        let system = messages[0]["content"].as_str().unwrap();
        let results = messages.iter().filter(|message| message["role"] == "tool");
        let is = |name: &str| system.starts_with(&format!("You are `{name}`"));
        let to = |name: &str| {
            (
                "send_message",
                json!({"recipient": name, "message": format!("Well, {name}?")}),
            )
        };
        let use_tool = |name: &str| calls(&[(name, json!({"x": "tea"}))]);
        match results.count() {
            0 if is("first") => calls(&[to("left"), to("right")]),
            0 if is("left") => use_tool("note"),
            1 if is("left") => use_tool("last"),
            0 if is("right") => use_tool("hang"),
            2 if is("left") => says("The left one is done."),
            1 if is("right") => says("The right one is done."),
            2 if is("first") => says("Both are done."),
            count => panic!("{count} results: {system}"),
        }
    })
    .await;
    let bed = killed(&swarm(&model), &["--message", "Go."]).await;
    let run = resumed(&bed, &model);
    assert_eq!(run["state"], "answered");
    let messages = run["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], "Both are done.");
    // What the members said reaches the first in the order of its messages to them.
    let asked = model.asked();
    let mut told = asked.keys().filter_map(|question| {
        let left = question.find("The left one is done.")?;
        Some(left < question.find("The right one is done.")?)
    });
    assert_eq!(told.next(), Some(true));
}

/// A swarm whose first member asks two others, which have tools.
fn swarm(model: &CountingModel) -> Value {
    let member = |name: &str, tools: &[&str]| {
        json!({
            "component_type": "Agent", "id": name, "name": name, "description": "Works.", "system_prompt": "Work.",
            "llm_config": model.config(), "tools": tools.iter().map(|name| tool(name)).collect::<Vec<_>>(),
        })
    };
    let named = |name: &str| json!({"$component_ref": name});
    json!({
        "component_type": "Swarm", "agentspec_version": "26.1.2", "id": "swarm", "name": "swarm",
        "first_agent": named("first"), "handoff": "never",
        "relationships": [[named("first"), named("left")], [named("first"), named("right")]],
        "$referenced_components": {
            "first": member("first", &[]), "left": member("left", &["note", "last"]), "right": member("right", &["hang"]),
        },
    })
}
