//! Flows that run for each item of a list, or side by side.

use serde_json::{Value, json};

use super::super::super::parts::node;
use super::super::super::server::Answer::Text;
use super::super::case::Case;
use super::super::graph::Graph;
use super::{ask, call, fill, integer, list, row, say, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::of("each item of a list", mapped("MapNode", each_filled())).inputs(json!({"items": ["a", "b", "c"]})),
        Case::of("each item of an empty list", mapped("MapNode", each_filled())).inputs(json!({"items": []})),
        Case::of("the model is asked for each item", mapped("MapNode", each_asked()))
            .inputs(json!({"items": ["a", "b"]}))
            .model(&[Text("one"), Text("two")]),
        Case::of("a tool is called for each item", mapped("MapNode", each_called()))
            .inputs(json!({"items": ["a", "b"]}))
            .tool("find", json!("found")),
        Case::of("the model is asked for each item at the same time", mapped("ParallelMapNode", each_asked()))
            .inputs(json!({"items": ["a", "b", "c"]}))
            .rules(&[("Of a.", Text("A")), ("Of b.", Text("B")), ("Of c.", Text("C"))])
            .parallel(),
        Case::of("a tool is called for each item at the same time", mapped("ParallelMapNode", each_called()))
            .inputs(json!({"items": ["a", "b", "c"]}))
            .tool("find", json!("found"))
            .parallel(),
        Case::of("flows side by side with a model", {
            let part = |id, number: &str, output: &str| {
                row(id, json!([string("x")]), &[ask(&format!("ask_{number}"), &format!("{number}: {{{{x}}}}"), output)], json!([string(output)]))
            };
            row("f", json!([string("x")]), &[
                node("ParallelFlowNode", "both", json!({"subflows": [part("left", "first", "a"), part("right", "second", "b")]})),
                fill("join", "{{a}} and {{b}}", "said"),
            ], json!([string("a"), string("b"), string("said")]))
        })
        .inputs(json!({"x": "tea"}))
        .rules(&[("first: tea", Text("green")), ("second: tea", Text("black"))])
        .parallel(),
        Case::of("flows side by side with tools", {
            let part = |id, name: &str, output: &str| {
                row(id, json!([string("x")]), &[call(&format!("call_{name}"), server_tool(name, json!([string("x")]), json!([string(output)])))], json!([string(output)]))
            };
            row("f", json!([string("x")]), &[
                node("ParallelFlowNode", "both", json!({"subflows": [part("left", "find", "a"), part("right", "seek", "b")]})),
            ], json!([string("a"), string("b")]))
        })
        .inputs(json!({"x": "tea"}))
        .tool("find", json!("found"))
        .tool("seek", json!("sought"))
        .parallel(),
    ];
    for (reducer, ours) in [
        ("sum", json!(6)),
        ("average", json!(2)),
        ("max", json!(3)),
        ("min", json!(1)),
    ] {
        cases.push(reduced(reducer, ours));
    }
    cases.extend(beyond());
    cases
}

/// What only one of the two can do, or does otherwise on purpose.
fn beyond() -> Vec<Case> {
    let asking = {
        let listen = super::messages::listen("name");
        let part = row("left", json!([]), &[listen], json!([string("name")]));
        let other = row("right", json!([]), &[say("in_say", "Well?")], json!([]));
        let both = json!({"subflows": [part, other]});
        row(
            "f",
            json!([]),
            &[node("ParallelFlowNode", "both", both)],
            json!([string("name")]),
        )
    };
    vec![
        Case::of("two lists in step", {
            let each = row(
                "each",
                json!([string("x"), string("y")]),
                &[fill("each_fill", "{{x}}{{y}}", "z")],
                json!([string("z")]),
            );
            Graph::new("f", json!([list("left", "string"), list("right", "string")]))
                .node(node("MapNode", "each_node", json!({"subflow": each})))
                .end("end", json!([list("all", "string")]), "next")
                .control("start > each_node > end")
                .data("start.left > each_node.iterated_x; start.right > each_node.iterated_y; each_node.collected_z > end.all")
                .build()
        })
        .inputs(json!({"left": ["a", "b"], "right": ["1", "2"]}))
        .differs(
            "a `MapNode` over several lists",
            json!({"outputs": {"all": ["a1", "b2"]}}),
            json!({"error": "Only one input can be iterated on"}),
        ),
        Case::of("a question side by side with other work", asking)
            .replies(&["Ada"])
            .differs(
                "parts in which a person is asked",
                json!({"outputs": {"name": "Ada"}}),
                json!({"error": "cannot yield"}),
            ),
    ]
}

fn each_filled() -> Value {
    row(
        "each",
        json!([string("x")]),
        &[fill("each_fill", "<{{x}}>", "y")],
        json!([string("y")]),
    )
}

fn each_asked() -> Value {
    row(
        "each",
        json!([string("x")]),
        &[ask("each_ask", "Of {{x}}.", "y")],
        json!([string("y")]),
    )
}

fn each_called() -> Value {
    let tool = server_tool("find", json!([string("x")]), json!([string("y")]));
    row(
        "each",
        json!([string("x")]),
        &[call("each_call", tool)],
        json!([string("y")]),
    )
}

/// A flow for each item of `items`.
fn mapped(kind: &str, subflow: Value) -> Value {
    Graph::new("f", json!([list("items", "string")]))
        .node(node(kind, "each_node", json!({"subflow": subflow})))
        .end("end", json!([list("all", "string")]), "next")
        .control("start > each_node > end")
        .data("start.items > each_node.iterated_x; each_node.collected_y > end.all")
        .build()
}

fn reduced(reducer: &str, ours: Value) -> Case {
    let each = row("each", json!([integer("n")]), &[], json!([integer("n")]));
    let output =
        json!({"title": "all", "type": if reducer == "average" { "number" } else { "integer" }});
    let flow = Graph::new("f", json!([list("items", "integer")]))
        .node(node(
            "MapNode",
            "each_node",
            json!({"subflow": each, "reducers": {"n": reducer}}),
        ))
        .end("end", json!([output]), "next")
        .control("start > each_node > end")
        .data("start.items > each_node.iterated_n; each_node.collected_n > end.all")
        .build();
    Case::of(format!("the {reducer} of a list"), flow)
        .inputs(json!({"items": [1, 2, 3]}))
        .differs(
            "reducers of a map over integers",
            json!({"outputs": {"all": ours}}),
            json!({"error": "is not supported"}),
        )
}
