//! Which node follows which.

use serde_json::{Value, json};

use super::super::super::parts::node;
use super::super::case::Case;
use super::super::graph::Graph;
use super::{boolean, branch, call, fill, integer, row, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for word in ["a", "b", "c", "A", ""] {
        cases.push(
            Case::of(format!("a branch for `{word}`"), three_ways()).inputs(json!({"x": word})),
        );
    }
    cases.extend([
        Case::of("an output that not every end has", ends_with_defaults()).inputs(json!({"x": "b"})).differs(
            "an output that not every `EndNode` has",
            json!({"outputs": {"x": "no x", "y": "b"}}), json!({"error": "Unknown output descriptor specified"}),
        ),
        Case::of("a loop until a tool says so", {
            let tool = server_tool("next", json!([integer("n")]), json!([string("more")]));
            Graph::new("f", json!([integer("n")]))
                .node(call("step", tool))
                .node(branch("again", json!({"yes": "again"})))
                .node(fill("note", "noted {{more}}", "note"))
                .end("end", json!([string("note")]), "next")
                .control("start > step > note > again; again[again] > step; again[default] > end")
                .data("start.n > step.n; step.more > again.x; step.more > note.more; note.note > end.note")
                .build()
        })
        .inputs(json!({"n": 1}))
        .tool("next", json!("no")),
        Case::of("a loop that reads what it wrote", {
            Graph::new("f", json!([string("x")]))
                .node(fill("grow", "{{x}}+", "x"))
                .node(branch("enough", json!({"+++": "done", "a+++": "done"})))
                .end("end", json!([string("x")]), "next")
                .control("start > grow > enough; enough[done] > end; enough[default] > grow")
                .data("start.x > grow.x; grow.x > grow.x; grow.x > enough.x; grow.x > end.x")
                .build()
        })
        .inputs(json!({"x": "a"})),
        Case::of("a flow in a flow", {
            let inner = row("inner", json!([string("x")]), &[fill("in_fill", "{{x}} inside", "y")], json!([string("y")]));
            row("outer", json!([string("x")]), &[flow_node("sub", inner), fill("after", "{{y}}, outside", "z")], json!([string("z")]))
        })
        .inputs(json!({"x": "here"})),
        Case::of("flows three deep", {
            let inmost = row("inmost", json!([string("x")]), &[fill("fill_3", "3{{x}}", "x")], json!([string("x")]));
            let middle = row("middle", json!([string("x")]), &[fill("fill_2", "2{{x}}", "x"), flow_node("sub_3", inmost)], json!([string("x")]));
            row("outer", json!([string("x")]), &[fill("fill_1", "1{{x}}", "x"), flow_node("sub_2", middle)], json!([string("x")]))
        })
        .inputs(json!({"x": "0"})),
    ]);
    for word in ["a", "b"] {
        cases.push(
            Case::of(
                format!("a flow that is left by its branch for `{word}`"),
                left_by_branch(),
            )
            .inputs(json!({"x": word})),
        );
    }
    for given in [json!(true), json!(false)] {
        cases.push(Case::of(format!("a branch by a boolean: {given}"), {
            let mut which = branch("which", json!({"true": "yes", "false": "no"}));
            which["inputs"] = json!([string("x")]);
            Graph::new("f", json!([boolean("x")]))
                .node(which)
                .node(fill("on_yes", "{{x}} is yes", "said"))
                .node(fill("on_no", "{{x}} is no", "said"))
                .end("end", json!([string("said")]), "next")
                .control("start > which; which[yes] > on_yes > end; which[no] > on_no > end; which[default] > on_no")
                .data("start.x > which.x; start.x > on_yes.x; start.x > on_no.x; on_yes.said > end.said; on_no.said > end.said")
                .build()
        }).inputs(json!({"x": given})));
    }
    cases
}

pub(super) fn flow_node(id: &str, subflow: Value) -> Value {
    node("FlowNode", id, json!({"subflow": subflow}))
}

/// A branch to each of three ends.
fn three_ways() -> Value {
    Graph::new("f", json!([string("x")]))
        .node(branch("which", json!({"a": "left", "b": "right"})))
        .node(fill("on_left", "left {{x}}", "said"))
        .node(fill("on_right", "right {{x}}", "said"))
        .node(fill("on_other", "neither {{x}}", "said"))
        .end("end", json!([string("said")]), "next")
        .control("start > which; which[left] > on_left > end; which[right] > on_right > end; which[default] > on_other > end")
        .data("start.x > which.x; start.x > on_left.x; start.x > on_right.x; start.x > on_other.x; on_left.said > end.said; on_right.said > end.said; on_other.said > end.said")
        .build()
}

fn ends_with_defaults() -> Value {
    Graph::new("f", json!([string("x")]))
        .node(branch("which", json!({"a": "left"})))
        .end("one", json!([string("x")]), "next")
        .end("two", json!([{"title": "y", "type": "string"}]), "next")
        .control("start > which; which[left] > one; which[default] > two")
        .data("start.x > which.x; start.x > one.x; start.x > two.y")
        .with(json!({"outputs": [
            {"title": "x", "type": "string", "default": "no x"}, {"title": "y", "type": "string", "default": "no y"},
        ]}))
        .build()
}

/// A flow whose inner flow decides where it goes on.
fn left_by_branch() -> Value {
    let inner = Graph::new("inner", json!([string("x")]))
        .node(branch("in_which", json!({"a": "left"})))
        .end("good", json!([string("x")]), "fine")
        .end("bad", json!([string("x")]), "poor")
        .control("start > in_which; in_which[left] > good; in_which[default] > bad")
        .data("start.x > in_which.x; start.x > good.x; start.x > bad.x")
        .build();
    Graph::new("outer", json!([string("x")]))
        .node(flow_node("sub", inner))
        .node(fill("on_fine", "fine {{x}}", "said"))
        .node(fill("on_poor", "poor {{x}}", "said"))
        .end("end", json!([string("said")]), "next")
        .control("start > sub; sub[fine] > on_fine > end; sub[poor] > on_poor > end")
        .data("start.x > sub.x; sub.x > on_fine.x; sub.x > on_poor.x; on_fine.said > end.said; on_poor.said > end.said")
        .build()
}
