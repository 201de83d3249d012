//! What flows say, and what people answer.

use serde_json::{Value, json};

use super::super::super::parts::node;
use super::super::super::server::Answer::Text;
use super::super::case::Case;
use super::super::graph::Graph;
use super::control::flow_node;
use super::{ask, branch, fill, row, say, string};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::of("a word to the user", row("f", json!([string("x")]), &[say("hello", "Hello {{x}}.")], json!([string("x")])))
            .inputs(json!({"x": "Ada"})),
        Case::of("a question to the user", row("f", json!([]), &[listen("name"), say("hello", "Hello {{name}}.")], json!([string("name")])))
            .replies(&["Ada"]),
        Case::of("a question that nobody answers", row("f", json!([]), &[listen("name")], json!([string("name")]))),
        Case::of("words and questions in turn", {
            row("f", json!([]), &[
                say("who", "Who are you?"), listen("name"), say("what", "What do you want, {{name}}?"), listen("wish"),
                fill("both", "{{name}} wants {{wish}}", "said"),
            ], json!([string("said")]))
        })
        .replies(&["Ada", "  tea\n"]),
        Case::of("the user is asked until the model is content", {
            Graph::new("f", json!([]))
                .node(say("which", "Which city?"))
                .node(listen("city"))
                .node(ask("judge", "Is {{city}} a city?", "x"))
                .node(branch("known", json!({"yes": "known"})))
                .end("end", json!([string("city")]), "next")
                .control("start > which > city > judge > known; known[known] > end; known[default] > which")
                .data("city.city > judge.city; judge.x > known.x; city.city > end.city")
                .build()
        })
        .replies(&["Bernn", "Bern"])
        .model(&[Text("no"), Text("yes")]),
        Case::of("a question in an inner flow", {
            let inner = row("inner", json!([]), &[say("in_say", "Inside: who?"), listen("name")], json!([string("name")]));
            row("outer", json!([]), &[say("before", "Before."), flow_node("sub", inner), say("after", "After {{name}}.")], json!([string("name")]))
        })
        .replies(&["Ada"]),
    ]
}

/// A node that waits for the user, called like its output.
pub(super) fn listen(output: &str) -> Value {
    node(
        "InputMessageNode",
        output,
        json!({"outputs": [string(output)]}),
    )
}
