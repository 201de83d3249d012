//! Faults of flows: their nodes, edges and outputs.

use serde_json::{Value, json};

use super::{Change, Fault, changed, push, set, take};

fn to(node: &str) -> Value {
    json!({"$component_ref": node})
}

fn control(from: &str, branch: Option<&str>, into: &str) -> Value {
    let name = format!("{from} {branch:?} {into}");
    json!({"component_type": "ControlFlowEdge", "id": name, "name": name, "from_node": to(from),
        "from_branch": branch, "to_node": to(into)})
}

fn data(from: &str, output: &str, into: &str, input: &str) -> Value {
    let name = format!("{from}.{output} {into}.{input}");
    json!({"component_type": "DataFlowEdge", "id": name, "name": name, "source_node": to(from),
        "source_output": output, "destination_node": to(into), "destination_input": input})
}

fn node(ty: &str, id: &str, fields: Value) -> Value {
    let mut node = json!({"component_type": ty, "id": id, "name": id});
    if let (Value::Object(node), Value::Object(fields)) = (&mut node, fields) {
        node.extend(fields);
    }
    node
}

/// A flow that says what it is given, and ends in one of two ways by what that is.
fn flow() -> Value {
    json!({
        "component_type": "Flow",
        "id": "flow",
        "name": "flow",
        "start_node": to("start"),
        "nodes": [to("start"), to("say"), to("choose"), to("end"), to("other")],
        "control_flow_connections": [
            control("start", None, "say"),
            control("say", None, "choose"),
            control("choose", Some("left"), "other"),
            control("choose", Some("default"), "end"),
        ],
        "data_flow_connections": [
            data("start", "x", "say", "x"),
            data("start", "x", "choose", "way"),
            data("start", "x", "end", "y"),
            data("start", "x", "other", "y"),
        ],
        "agentspec_version": "26.3.1",
        "$referenced_components": {
            "start": node("StartNode", "start", json!({"inputs": [{"title": "x", "type": "string"}]})),
            "say": node("OutputMessageNode", "say", json!({"message": "{{x}}"})),
            "choose": node("BranchingNode", "choose", json!({
                "mapping": {"l": "left"}, "inputs": [{"title": "way", "type": "string"}],
            })),
            "end": node("EndNode", "end", json!({"outputs": [{"title": "y", "type": "string"}]})),
            "other": node("EndNode", "other", json!({"outputs": [{"title": "y", "type": "string"}], "branch_name": "o"})),
        },
    })
}

/// A definition of the flow's.
fn define(flow: &mut Value, node: Value) {
    let id = node["id"].as_str().expect("an id").to_owned();
    flow["$referenced_components"][id] = node;
}

/// A node before the end by `default`.
fn before_end(flow: &mut Value, node: Value) {
    let id = node["id"].as_str().expect("an id").to_owned();
    push(flow, "/nodes", to(&id));
    set(flow, "/control_flow_connections/3/to_node", to(&id));
    push(flow, "/control_flow_connections", control(&id, None, "end"));
    define(flow, node);
}

const CHANGES: &[Change] = &[
    ("AS501", "two start nodes", |it| {
        push(it, "/nodes", to("second"));
        push(
            it,
            "/control_flow_connections",
            control("second", None, "end"),
        );
        define(it, node("StartNode", "second", json!({})));
    }),
    ("AS502", "the start node is another node", |it| {
        set(it, "/start_node", to("say"));
    }),
    ("AS503", "two edges from the start node", |it| {
        push(
            it,
            "/control_flow_connections",
            control("start", None, "end"),
        );
    }),
    ("AS503", "no edge from the start node", |it| {
        take(it, "/control_flow_connections/0");
    }),
    ("AS504", "an edge into the start node", |it| {
        push(
            it,
            "/control_flow_connections",
            control("say", Some("again"), "start"),
        );
    }),
    ("AS506", "an end node without an edge into it", |it| {
        set(it, "/control_flow_connections/2/to_node", to("end"));
    }),
    ("AS507", "an edge from an end node", |it| {
        push(
            it,
            "/control_flow_connections",
            control("other", None, "end"),
        );
    }),
    ("AS508", "an edge to a node that is not in the flow", |it| {
        define(
            it,
            node("OutputMessageNode", "away", json!({"message": ""})),
        );
        push(
            it,
            "/control_flow_connections",
            control("say", None, "away"),
        );
    }),
    (
        "AS508",
        "an edge from a node that is not in the flow",
        |it| {
            define(
                it,
                node("OutputMessageNode", "away", json!({"message": ""})),
            );
            push(
                it,
                "/control_flow_connections",
                control("away", None, "say"),
            );
        },
    ),
    ("AS509", "data from a node that is not in the flow", |it| {
        let outputs = json!([{"title": "y", "type": "string"}]);
        let tool = json!({"component_type": "ServerTool", "id": "tool", "name": "tool", "outputs": outputs});
        define(it, node("ToolNode", "away", json!({"tool": tool})));
        set(
            it,
            "/data_flow_connections/0",
            data("away", "y", "say", "x"),
        );
    }),
    ("AS509", "data to a node that is not in the flow", |it| {
        define(
            it,
            node("OutputMessageNode", "away", json!({"message": "{{z}}"})),
        );
        push(
            it,
            "/data_flow_connections",
            data("start", "x", "away", "z"),
        );
    }),
    ("AS510", "data from an output that is not there", |it| {
        set(it, "/data_flow_connections/0/source_output", json!("z"));
    }),
    ("AS510", "data to an input that is not there", |it| {
        set(it, "/data_flow_connections/0/destination_input", json!("z"));
    }),
    ("AS511", "text to an integer", |it| {
        set(
            it,
            "/$referenced_components/say/inputs",
            json!([{"title": "x", "type": "integer"}]),
        );
    }),
    ("AS511", "an open object to a closed one", |it| {
        set(
            it,
            "/$referenced_components/start/inputs/0",
            json!({"title": "x", "type": "object"}),
        );
        let closed = json!([{"title": "x", "type": "object", "additionalProperties": false}]);
        set(it, "/$referenced_components/say/inputs", closed);
    }),
    ("AS511", "a nullable text to an array", |it| {
        set(
            it,
            "/$referenced_components/start/inputs/0",
            json!({"title": "x", "type": ["string", "null"]}),
        );
        set(
            it,
            "/$referenced_components/say/inputs",
            json!([{"title": "x", "type": ["array", "null"]}]),
        );
    }),
    ("AS512", "end nodes that give one title two types", |it| {
        set(
            it,
            "/$referenced_components/other/outputs/0/type",
            json!("integer"),
        );
        set(
            it,
            "/data_flow_connections/3",
            data("start", "n", "other", "y"),
        );
        push(
            it,
            "/$referenced_components/start/inputs",
            json!({"title": "n", "type": "integer"}),
        );
    }),
    ("AS513", "an output that one end node lacks", |it| {
        let outputs = json!([{"title": "y", "type": "string"}, {"title": "z", "type": "string"}]);
        set(it, "/$referenced_components/end/outputs", outputs.clone());
        push(it, "/data_flow_connections", data("start", "x", "end", "z"));
        set(it, "/outputs", outputs);
    }),
    (
        "AS513",
        "an output of another type than the end nodes'",
        |it| {
            set(it, "/outputs", json!([{"title": "y", "type": "integer"}]));
        },
    ),
    ("AS514", "an input that the start node lacks", |it| {
        set(
            it,
            "/inputs",
            json!([{"title": "x", "type": "string"}, {"title": "z", "type": "string"}]),
        );
    }),
    ("AS514", "no inputs though the start node has one", |it| {
        set(it, "/inputs", json!([]));
    }),
    ("AS520", "two edges from one branch", |it| {
        push(
            it,
            "/control_flow_connections",
            control("choose", Some("left"), "end"),
        );
    }),
    ("AS521", "an edge from a branch that is not there", |it| {
        push(
            it,
            "/control_flow_connections",
            control("choose", Some("right"), "end"),
        );
    }),
    ("AS522", "a branch without an edge", |it| {
        set(
            it,
            "/$referenced_components/choose/mapping/r",
            json!("right"),
        );
    }),
    ("AS523", "a node that is never reached", |it| {
        push(it, "/nodes", to("island"));
        push(
            it,
            "/control_flow_connections",
            control("island", None, "end"),
        );
        define(
            it,
            node("OutputMessageNode", "island", json!({"message": ""})),
        );
    }),
    ("AS524", "a node that is listed twice", |it| {
        push(it, "/nodes", to("say"));
    }),
    ("AS525", "an input that nothing feeds", |it| {
        take(it, "/data_flow_connections/0");
    }),
    ("AS526", "one data edge twice", |it| {
        let mut again = data("start", "x", "say", "x");
        again["id"] = json!("again");
        push(it, "/data_flow_connections", again);
    }),
    ("AS527", "data from a node that runs later", |it| {
        before_end(it, node("InputMessageNode", "ask", json!({})));
        set(
            it,
            "/data_flow_connections/0",
            data("ask", "user_input", "say", "x"),
        );
    }),
    ("AS528", "a title that nothing writes", |it| {
        set(it, "/data_flow_connections", Value::Null);
        set(
            it,
            "/$referenced_components/choose/inputs/0/title",
            json!("x"),
        );
        set(
            it,
            "/$referenced_components/say/message",
            json!("{{nobody}}"),
        );
        set(
            it,
            "/$referenced_components/end/outputs/0/title",
            json!("x"),
        );
        set(
            it,
            "/$referenced_components/other/outputs/0/title",
            json!("x"),
        );
    }),
    ("AS303", "an end node's output without a title", |it| {
        take(it, "/data_flow_connections/3");
        take(it, "/$referenced_components/other/outputs/0/title");
    }),
    ("AS306", "allOf in an end node's output", |it| {
        let schema = json!({"title": "y", "allOf": [{"type": "string"}]});
        set(
            it,
            "/$referenced_components/other/outputs/0",
            schema.clone(),
        );
        set(it, "/$referenced_components/end/outputs/0", schema);
        take(it, "/data_flow_connections/3");
        take(it, "/data_flow_connections/2");
    }),
    ("AS306", "oneOf at an edge", |it| {
        let schema = json!({"title": "x", "oneOf": [{"type": "string"}]});
        set(it, "/$referenced_components/say/inputs", json!([schema]));
    }),
];

/// A flow without one of the nodes that every flow has.
fn without_ends() -> Vec<Fault> {
    let mut no_start = flow();
    for from_start in [
        "/$referenced_components/start",
        "/data_flow_connections",
        "/control_flow_connections/0",
        "/nodes/0",
    ] {
        take(&mut no_start, from_start);
    }
    no_start["start_node"] = to("say");
    let mut no_end = flow();
    no_end["nodes"] = json!([to("start"), to("say")]);
    no_end["control_flow_connections"] = json!([control("start", None, "say")]);
    no_end["data_flow_connections"] = json!([data("start", "x", "say", "x")]);
    for unused in ["choose", "end", "other"] {
        take(&mut no_end, &format!("/$referenced_components/{unused}"));
    }
    vec![
        Fault::new("AS501", "no start node among the nodes", &no_start),
        Fault::new("AS505", "no end node", &no_end),
    ]
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = changed(&flow(), CHANGES);
    faults.extend(without_ends());
    faults
}
