//! Small documents.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::ids::IdSource;
use crate::conversation::Values;
use crate::spec::{Component, LoadOptions, load};

/// Loads a document that has no errors.
pub(super) fn component(document: &Value) -> Arc<Component> {
    let options = LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    };
    let loaded = load(&document.to_string(), &options);
    let errors: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .map(|problem| format!("{problem:?}"))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    loaded
        .component
        .expect("a document without errors has a component")
}

/// A model configuration.
pub(super) fn llm() -> Value {
    json!({"component_type": "OllamaConfig", "id": "llm", "name": "llm", "url": "http://localhost:1", "model_id": "m"})
}

/// A tool of that name with string inputs and outputs.
pub(super) fn tool(component_type: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> Value {
    json!({
        "component_type": component_type, "id": name, "name": name, "description": format!("Does {name}."),
        "inputs": strings(inputs), "outputs": strings(outputs),
    })
}

/// Properties of type string.
pub(super) fn strings(titles: &[&str]) -> Value {
    titles
        .iter()
        .map(|title| json!({"title": title, "type": "string"}))
        .collect()
}

/// An agent, as a component of a larger document or with [`document`] as one itself.
pub(super) fn agent(change: impl FnOnce(&mut Value)) -> Value {
    let mut agent = json!({
        "component_type": "Agent", "id": "agent", "name": "agent", "system_prompt": "Be good.", "llm_config": llm(),
    });
    change(&mut agent);
    agent
}

/// A whole document.
pub(super) fn document(mut component: Value) -> Value {
    component["agentspec_version"] = json!("26.1.2");
    component
}

/// A flow of these nodes, with control edges `(from, branch, to)` and data edges `("a.output", "b.input")`. The node
/// with the id `start` starts it.
pub(super) fn flow(
    id: &str,
    nodes: &[Value],
    control: &[(&str, &str, &str)],
    data: Option<&[(&str, &str)]>,
) -> Value {
    let node_id = |node: &Value| node["id"].as_str().unwrap().to_owned();
    let reference = |id: &str| json!({ "$component_ref": id });
    let control: Vec<Value> = control
        .iter()
        .enumerate()
        .map(|(index, (from, branch, to))| {
            json!({
                "component_type": "ControlFlowEdge", "id": format!("{id}_c{index}"), "name": format!("c{index}"),
                "from_node": reference(from), "from_branch": branch, "to_node": reference(to),
            })
        })
        .collect();
    let data: Option<Vec<Value>> = data.map(|edges| {
        let edge = |(index, (from, to)): (usize, &(&str, &str))| {
            let (from, output) = from.split_once('.').unwrap();
            let (to, input) = to.split_once('.').unwrap();
            json!({
                "component_type": "DataFlowEdge", "id": format!("{id}_d{index}"), "name": format!("d{index}"),
                "source_node": reference(from), "source_output": output,
                "destination_node": reference(to), "destination_input": input,
            })
        };
        edges.iter().enumerate().map(edge).collect()
    });
    let start = nodes
        .iter()
        .find(|node| node["component_type"] == "StartNode")
        .map(node_id)
        .expect("a flow has a start node");
    let definitions: Values = nodes
        .iter()
        .map(|node| (node_id(node), node.clone()))
        .collect();
    json!({
        "component_type": "Flow", "id": id, "name": id, "start_node": reference(&start),
        "nodes": nodes.iter().map(|node| reference(&node_id(node))).collect::<Vec<_>>(),
        "control_flow_connections": control, "data_flow_connections": data,
        "$referenced_components": definitions,
    })
}

/// A node of a type, with its further fields.
pub(super) fn node(component_type: &str, id: &str, fields: Value) -> Value {
    let mut node = json!({"component_type": component_type, "id": id, "name": id});
    let Value::Object(fields) = fields else {
        panic!("fields are an object, not {fields}");
    };
    for (name, value) in fields {
        node[name] = value;
    }
    node
}

/// The node that starts a flow, with string inputs.
pub(super) fn start(titles: &[&str]) -> Value {
    node("StartNode", "start", json!({"inputs": strings(titles)}))
}

/// The node that ends a flow, with string outputs.
pub(super) fn end(titles: &[&str]) -> Value {
    node("EndNode", "end", json!({"outputs": strings(titles)}))
}
