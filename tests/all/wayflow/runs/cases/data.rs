//! Values on their way from node to node.

use serde_json::{Value, json};

use super::super::case::Case;
use super::super::graph::Graph;
use super::{boolean, branch, fill, integer, list, row, string, value};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::of(
            "values of every type go through",
            row("f", every_type(), &[], every_type()),
        )
        .inputs(json!({"s": "a", "i": 3, "n": 1.5, "b": true, "l": ["x", "y"], "o": {"k": 1}})),
        Case::of("defaults of inputs", {
            let inputs = json!([
                {"title": "s", "type": "string", "default": "none"},
                {"title": "i", "type": "integer", "default": 7},
                {"title": "l", "type": "array", "items": {"type": "string"}, "default": ["a"]},
            ]);
            row("f", inputs.clone(), &[], inputs)
        })
        .inputs(json!({"s": "given"})),
        Case::of("the default of an input that no edge fills", {
            let mut fill = fill("fill", "{{x}} and {{y}}", "said");
            fill["inputs"] = json!([string("x"), {"title": "y", "type": "string", "default": "more"}]);
            Graph::new("f", json!([string("x")]))
                .node(fill)
                .end("end", json!([string("said")]), "next")
                .control("start > fill > end")
                .data("start.x > fill.x; fill.said > end.said")
                .build()
        })
        .inputs(json!({"x": "this"})),
        Case::of("the later of two edges into one input", {
            Graph::new("f", json!([string("x")]))
                .node(fill("first", "first {{x}}", "said"))
                .node(fill("second", "second {{x}}", "said"))
                .node(fill("last", "last: {{value}}", "said"))
                .end("end", json!([string("said")]), "next")
                .control("start > first > second > last > end")
                .data("start.x > first.x; start.x > second.x; second.said > last.value; first.said > last.value; last.said > end.said")
                .build()
        })
        .inputs(json!({"x": "word"})),
        Case::of("two branches into one input", {
            Graph::new("f", json!([string("x")]))
                .node(branch("which", json!({"a": "left", "b": "right"})))
                .node(fill("on_left", "left {{x}}", "said"))
                .node(fill("on_right", "right {{x}}", "said"))
                .end("end", json!([string("said")]), "next")
                .control("start > which; which[left] > on_left > end; which[right] > on_right > end; which[default] > on_left")
                .data("start.x > which.x; start.x > on_left.x; start.x > on_right.x; on_left.said > end.said; on_right.said > end.said")
                .build()
        })
        .inputs(json!({"x": "b"})),
        Case::of("one output into several inputs", {
            Graph::new("f", json!([string("x")]))
                .node(fill("one", "{{x}}!", "said"))
                .node(fill("two", "{{a}} {{b}}", "said"))
                .end("end", json!([string("said"), string("first")]), "next")
                .control("start > one > two > end")
                .data("start.x > one.x; one.said > two.a; one.said > two.b; two.said > end.said; one.said > end.first")
                .build()
        })
        .inputs(json!({"x": "hey"})),
        Case::of("data by name", {
            row("f", json!([string("x")]), &[
                fill("one", "{{x}} one", "a"), fill("two", "{{a}} two", "b"), fill("three", "{{x}}, {{a}}, {{b}}", "c"),
            ], json!([string("a"), string("b"), string("c")]))
        })
        .inputs(json!({"x": "by name"})),
    ];
    cases.extend(casts());
    cases
}

fn every_type() -> Value {
    json!([
        string("s"), integer("i"), value("n", "number"), boolean("b"), list("l", "string"),
        {"title": "o", "type": "object", "properties": {"k": {"type": "integer"}}},
    ])
}

/// A value of each type into an input of each type that takes it.
fn casts() -> Vec<Case> {
    let object = json!({"title": "x", "type": "object", "properties": {"k": {"type": "integer"}, "l": {"type": "array", "items": {"type": "string"}}}});
    let sets = [
        (
            "an integer",
            integer("x"),
            json!([3, -7, 0]),
            &["string", "number", "boolean"][..],
        ),
        (
            "a number",
            value("x", "number"),
            json!([2.75, -1.0, 0.0]),
            &["string", "integer", "boolean"],
        ),
        (
            "a boolean",
            boolean("x"),
            json!([true, false]),
            &["string", "integer", "number"],
        ),
        (
            "a list",
            list("x", "string"),
            json!([["a", "b"], []]),
            &["string"],
        ),
        (
            "an object",
            object,
            json!([{"k": 1, "l": ["ü", "\"q\""]}]),
            &["string"],
        ),
        (
            "a list of integers",
            list("x", "integer"),
            json!([[1, 0]]),
            &["string", "strings", "numbers", "booleans"],
        ),
    ];
    let mut cases = Vec::new();
    for (words, input, values, kinds) in sets {
        let outputs = kinds.iter().map(|kind| match kind.strip_suffix('s') {
            Some(item) => list(kind, item),
            None => value(kind, kind),
        });
        let outputs: Value = outputs.collect();
        let edges: Vec<String> = kinds
            .iter()
            .map(|kind| format!("start.x > end.{kind}"))
            .collect();
        let flow = Graph::new("f", json!([input]))
            .end("end", outputs, "next")
            .control("start > end")
            .data(&edges.join("; "))
            .build();
        for given in values.as_array().unwrap() {
            cases.push(
                Case::of(format!("{words} as others: {given}"), flow.clone())
                    .inputs(json!({"x": given})),
            );
        }
    }
    cases
}
