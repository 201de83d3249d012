//! The flows and teams that are run.

mod agents;
mod control;
mod data;
mod generated;
mod maps;
mod messages;
mod models;
mod plugins;
mod samples;
mod teams;
mod tools;

use serde_json::{Value, json};

use super::super::parts::node;
use super::case::Case;
use super::graph::Graph;

pub(super) fn all() -> Vec<Case> {
    let mut cases = data::cases();
    cases.extend(control::cases());
    cases.extend(models::cases());
    cases.extend(tools::cases());
    cases.extend(messages::cases());
    cases.extend(agents::cases());
    cases.extend(maps::cases());
    cases.extend(plugins::cases());
    cases.extend(teams::cases());
    cases.extend(samples::cases());
    cases.extend(generated::cases());
    cases
}

/// A value of a type.
fn value(title: &str, kind: &str) -> Value {
    json!({"title": title, "type": kind})
}

fn string(title: &str) -> Value {
    value(title, "string")
}

fn integer(title: &str) -> Value {
    value(title, "integer")
}

fn boolean(title: &str) -> Value {
    value(title, "boolean")
}

fn list(title: &str, kind: &str) -> Value {
    json!({"title": title, "type": "array", "items": {"type": kind}})
}

/// A node that asks the model, and gives what it says as `output`.
fn ask(id: &str, template: &str, output: &str) -> Value {
    let fields = json!({
        "llm_config": {"$component_ref": "llm"}, "prompt_template": template, "outputs": [string(output)],
    });
    node("LlmNode", id, fields)
}

/// A node that fills a template of text.
fn fill(id: &str, template: &str, output: &str) -> Value {
    let fields = json!({"template": template, "output_mapping": {"output": output}});
    node("PluginTemplateNode", id, fields)
}

/// A node that leads on by its one input `x`.
fn branch(id: &str, mapping: Value) -> Value {
    let mut node = node("BranchingNode", id, json!({"inputs": [string("x")]}));
    node["mapping"] = mapping;
    node
}

fn server_tool(name: &str, inputs: Value, outputs: Value) -> Value {
    let mut tool = node(
        "ServerTool",
        &format!("{name}_tool"),
        json!({"name": name, "description": "Works."}),
    );
    tool["inputs"] = inputs;
    tool["outputs"] = outputs;
    tool
}

/// A node that calls a tool.
fn call(id: &str, tool: Value) -> Value {
    node("ToolNode", id, json!({"tool": tool}))
}

fn say(id: &str, message: &str) -> Value {
    node("OutputMessageNode", id, json!({"message": message}))
}

/// A flow from inputs to outputs through nodes in a row, with data by name.
fn row(id: &str, inputs: Value, nodes: &[Value], outputs: Value) -> Value {
    let mut graph = Graph::new(id, inputs);
    let mut way = "start".to_owned();
    for node in nodes {
        way = format!("{way} > {}", node["name"].as_str().unwrap());
        graph = graph.node(node.clone());
    }
    let graph = graph.end("end", outputs, "next");
    graph.control(&format!("{way} > end")).build()
}
