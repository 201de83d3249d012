//! The parts that specs are made of.

use serde_json::{Value, json};

pub(super) fn llm(id: &str, url: &str, parameters: &Value) -> Value {
    json!({
        "component_type": "OpenAiCompatibleConfig", "id": id, "name": id, "url": url, "model_id": "m",
        "default_generation_parameters": parameters,
    })
}

pub(super) fn text(title: &str) -> Value {
    json!({"title": title, "type": "string", "description": format!("The {title}.")})
}

pub(super) fn tool(name: &str, inputs: Value) -> Value {
    let outputs = match name {
        "weather" => {
            json!([{"title": "weather", "type": "object", "properties": {"sky": {"type": "string"}, "degrees": {"type": "number"}}}])
        }
        "count" => json!([{"title": "n", "type": "integer"}]),
        "typed" => json!([{"title": "ok", "type": "boolean"}]),
        _ => json!([text("result")]),
    };
    let mut tool = json!({
        "component_type": "ServerTool", "id": name, "name": name, "description": format!("Does {name}."), "outputs": outputs,
    });
    tool["inputs"] = inputs;
    tool
}

pub(super) fn agent(fields: Value) -> Value {
    let mut agent = json!({
        "component_type": "Agent", "id": "agent", "name": "agent", "description": "An agent.",
        "system_prompt": "Be good.", "llm_config": {"$component_ref": "llm"},
    });
    merge(&mut agent, fields);
    agent
}

pub(super) fn extended(fields: Value) -> Value {
    let mut agent = agent(json!({
        "component_type": "ExtendedAgent", "component_plugin_name": "AgentPlugin",
        "component_plugin_version": "26.3.1", "initial_message": null,
    }));
    merge(&mut agent, fields);
    agent
}

pub(super) fn merge(component: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else {
        panic!("fields are an object, not {fields}");
    };
    component.as_object_mut().unwrap().extend(fields);
}

pub(super) fn find() -> Value {
    tool("find", json!([text("query")]))
}

pub(super) fn expert(fields: Value) -> Value {
    let mut expert = agent(json!({
        "id": "expert", "name": "the expert", "description": "Knows all.", "system_prompt": "You are an expert.",
        "llm_config": {"$component_ref": "small"},
    }));
    merge(&mut expert, fields);
    expert
}

/// A flow of nodes in a row, with data by name.
pub(super) fn flow(id: &str, inputs: Value, nodes: &[Value], outputs: Value) -> Value {
    let mut start =
        json!({"component_type": "StartNode", "id": format!("{id}_start"), "name": "start"});
    start["inputs"] = inputs;
    let mut end = json!({"component_type": "EndNode", "id": format!("{id}_end"), "name": "end"});
    end["outputs"] = outputs;
    let all: Vec<Value> = [&start]
        .into_iter()
        .chain(nodes)
        .chain([&end])
        .cloned()
        .collect();
    let reference = |node: &Value| json!({"$component_ref": node["id"]});
    let edge = |(index, pair): (usize, &[Value])| {
        json!({
            "component_type": "ControlFlowEdge", "id": format!("{id}_{index}"), "name": format!("e{index}"),
            "from_node": reference(&pair[0]), "to_node": reference(&pair[1]),
        })
    };
    let edges: Vec<Value> = all.windows(2).enumerate().map(edge).collect();
    let definitions: serde_json::Map<String, Value> = all
        .iter()
        .map(|node| (node["id"].as_str().unwrap().to_owned(), node.clone()))
        .collect();
    json!({
        "component_type": "Flow", "id": id, "name": id, "description": "A flow.", "start_node": reference(&start),
        "nodes": all.iter().map(reference).collect::<Vec<_>>(), "control_flow_connections": edges,
        "data_flow_connections": null, "$referenced_components": definitions,
    })
}

pub(super) fn node(kind: &str, id: &str, fields: Value) -> Value {
    let mut node = json!({"component_type": kind, "id": id, "name": id});
    merge(&mut node, fields);
    node
}

pub(super) fn summaries(kind: &str, fields: Value) -> Value {
    let mut transform =
        json!({"component_type": kind, "id": "t", "name": "t", "llm": {"$component_ref": "small"}});
    merge(&mut transform, fields);
    transform
}
