//! Tools that flows call.

use serde_json::{Value, json};

use super::super::super::parts::{merge, node};
use super::super::case::Case;
use super::{boolean, call, fill, integer, list, row, server_tool, string, value};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = plain();
    cases.extend(special());
    cases
}

fn find() -> Value {
    server_tool("find", json!([string("x")]), json!([string("found")]))
}

fn plain() -> Vec<Case> {
    vec![
        Case::of(
            "a tool",
            row(
                "f",
                json!([string("x")]),
                &[call("look", find())],
                json!([string("found")]),
            ),
        )
        .inputs(json!({"x": "it"}))
        .tool("find", json!("found it")),
        Case::of("a tool with several outputs", {
            let tool = server_tool(
                "split",
                json!([string("x")]),
                json!([string("a"), integer("b"), boolean("c")]),
            );
            row(
                "f",
                json!([string("x")]),
                &[call("cut", tool), fill("join", "{{a}}{{b}}{{c}}", "d")],
                json!([string("a"), integer("b"), boolean("c"), string("d")]),
            )
        })
        .inputs(json!({"x": "it"}))
        .tool("split", json!({"a": "left", "b": 2, "c": true})),
        Case::of("a tool whose arguments have every type", {
            let inputs = json!([
                string("s"), integer("i"), value("n", "number"), boolean("b"), list("l", "integer"),
                {"title": "o", "type": "object", "properties": {"k": {"type": "string"}}},
                {"title": "d", "type": "string", "default": "usual"},
            ]);
            let tool = server_tool("take", inputs.clone(), json!([list("found", "string")]));
            row(
                "f",
                inputs,
                &[call("use", tool)],
                json!([list("found", "string")]),
            )
        })
        .inputs(json!({"s": "a", "i": 2, "n": 3, "b": false, "l": [1, 2], "o": {"k": "v"}}))
        .tool("take", json!(["x", "y"])),
        Case::of("what a tool gives is of another type", {
            let tool = server_tool("count", json!([string("x")]), json!([string("n")]));
            row(
                "f",
                json!([string("x")]),
                &[call("look", tool), fill("tell", "{{n}}!", "said")],
                json!([string("said"), string("n")]),
            )
        })
        .inputs(json!({"x": "it"}))
        .tool("count", json!(7)),
    ]
}

/// Tools that fail, that the caller has, and that want a yes.
fn special() -> Vec<Case> {
    vec![
        Case::of(
            "a tool that fails",
            row(
                "f",
                json!([string("x")]),
                &[call("look", find())],
                json!([string("found")]),
            ),
        )
        .inputs(json!({"x": "it"}))
        .tool("find", json!({"raises": "no such thing"}))
        .fails("no such thing"),
        Case::of("a tool after a tool", {
            let more = server_tool(
                "more",
                json!([string("found"), string("x")]),
                json!([string("all")]),
            );
            row(
                "f",
                json!([string("x")]),
                &[call("look", find()), call("look_on", more)],
                json!([string("found"), string("all")]),
            )
        })
        .inputs(json!({"x": "it"}))
        .tool("find", json!("found it"))
        .tool("more", json!("and more")),
        Case::of("a tool of the caller", {
            let mut tool = find();
            merge(&mut tool, json!({"component_type": "ClientTool"}));
            row(
                "f",
                json!([string("x")]),
                &[call("look", tool), fill("tell", "{{found}}!", "said")],
                json!([string("said")]),
            )
        })
        .inputs(json!({"x": "it"}))
        .tool("find", json!("given")),
        Case::of("a tool that wants a yes", confirmed(find()))
            .inputs(json!({"x": "it"}))
            .tool("find", json!("found it")),
        Case::of("a tool that may fail", may_fail(find()))
            .inputs(json!({"x": "it"}))
            .tool("find", json!({"raises": "no such thing"})),
    ]
}

fn confirmed(mut tool: Value) -> Value {
    tool["requires_confirmation"] = json!(true);
    row(
        "f",
        json!([string("x")]),
        &[call("look", tool)],
        json!([string("found")]),
    )
}

fn may_fail(tool: Value) -> Value {
    let fields = json!({"tool": tool, "raise_exceptions": false});
    let look = node("ExtendedToolNode", "look", fields);
    row(
        "f",
        json!([string("x")]),
        &[look, fill("tell", "{{found}}", "said")],
        json!([string("said")]),
    )
}
