//! Models that are asked in flows.

use serde_json::json;

use super::super::super::parts::node;
use super::super::super::server::Answer::Text;
use super::super::case::Case;
use super::super::graph::Graph;
use super::{ask, branch, fill, integer, row, string};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::of("a question to the model", row("f", json!([string("x")]), &[ask("one", "What of {{x}}?", "said")], json!([string("said")])))
            .inputs(json!({"x": "Bern"}))
            .model(&[Text("Much.")]),
        Case::of("a question about the answer to another", {
            row("f", json!([string("x")]), &[
                ask("one", "What of {{x}}?", "said"), ask("two", "Is \"{{said}}\" true of {{ x }}?", "judged"),
            ], json!([string("said"), string("judged")]))
        })
        .inputs(json!({"x": "Zürich & <Bern>"}))
        .model(&[Text("  Much.\n"), Text("Ja, \"schön\".")]),
        Case::of("numbers and lists in a question", {
            let inputs = json!([integer("n"), {"title": "l", "type": "array", "items": {"type": "string"}}]);
            row("f", inputs, &[ask("one", "Of {{n}}: {{l}}", "said")], json!([string("said")]))
        })
        .inputs(json!({"n": 4, "l": ["a", "b"]}))
        .model(&[Text("Four.")]),
        Case::of("the model decides", {
            Graph::new("f", json!([string("x")]))
                .node(ask("one", "yes or no: {{x}}", "x"))
                .node(branch("which", json!({"yes": "good"})))
                .node(ask("more", "Why {{x}}?", "said"))
                .node(fill("less", "It was {{x}}.", "said"))
                .end("end", json!([string("said")]), "next")
                .control("start > one > which; which[good] > more > end; which[default] > less > end")
                .data("start.x > one.x; one.x > which.x; start.x > more.x; one.x > less.x; more.said > end.said; less.said > end.said")
                .build()
        })
        .inputs(json!({"x": "is it so"}))
        .model(&[Text("yes"), Text("Because.")]),
        Case::of("the model is asked until it is content", {
            Graph::new("f", json!([string("draft")]))
                .node(ask("improve", "Improve: {{draft}}", "draft"))
                .node(ask("judge", "Good? {{draft}}", "x"))
                .node(branch("again", json!({"good": "done"})))
                .end("end", json!([string("draft")]), "next")
                .control("start > improve > judge > again; again[done] > end; again[default] > improve")
                .data("start.draft > improve.draft; improve.draft > improve.draft; improve.draft > judge.draft; judge.x > again.x; improve.draft > end.draft")
                .build()
        })
        .inputs(json!({"draft": "v0"}))
        .model(&[Text("v1"), Text("bad"), Text("v2"), Text("bad"), Text("v3"), Text("good")]),
        Case::of("several values of one answer", {
            let fields = json!({
                "llm_config": {"$component_ref": "llm"}, "prompt_template": "Of {{x}}.",
                "outputs": [string("name"), integer("age")],
            });
            row("f", json!([string("x")]), &[node("LlmNode", "one", fields)], json!([string("name"), integer("age")]))
        })
        .inputs(json!({"x": "people"}))
        .model(&[Text(r#"{"name": "Ada", "age": 36}"#)])
        .theirs(&[Text("<final_answer>{\"name\": \"Ada\", \"age\": 36}</final_answer>")]),
    ]
}
