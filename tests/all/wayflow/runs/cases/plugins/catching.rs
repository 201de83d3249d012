//! Flows that fail and are caught, and flows that are tried again.

use serde_json::{Value, json};

use super::super::super::super::parts::node;
use super::super::super::super::server::Answer::Text;
use super::super::super::case::Case;
use super::super::super::graph::Graph;
use super::super::{ask, call, fill, integer, row, say, server_tool, string};

pub(super) fn cases() -> Vec<Case> {
    let find = || server_tool("find", json!([string("x")]), json!([string("found")]));
    let failing = || {
        row(
            "tried",
            json!([string("x")]),
            &[call("look", find())],
            json!([{"title": "found", "type": "string", "default": "nothing"}]),
        )
    };
    vec![
        Case::of(
            "a failure that is caught",
            caught(json!({"flow": failing(), "catch_all_exceptions": true})),
        )
        .inputs(json!({"x": "it"}))
        .tool("find", json!({"raises": "no such thing"})),
        Case::of(
            "no failure where one would be caught",
            caught(json!({"flow": failing(), "catch_all_exceptions": true})),
        )
        .inputs(json!({"x": "it"}))
        .tool("find", json!("found it")),
        Case::of(
            "a failure that nobody catches",
            caught(
                json!({"flow": failing(), "except_on": {"KeyError": "default_exception_branch"}}),
            ),
        )
        .inputs(json!({"x": "it"}))
        .tool("find", json!({"raises": "no such thing"}))
        .fails("no such thing"),
        Case::of("a failure that the specification's own node catches", {
            let fields = json!({"subflow": failing()});
            Graph::new("f", json!([string("x")]))
                .node(node("CatchExceptionNode", "catch", fields))
                .end("end", json!([string("found")]), "next")
                .control("start > catch > end; catch[caught_exception_branch] > end")
                .data("start.x > catch.x; catch.found > end.found")
                .build()
        })
        .inputs(json!({"x": "it"}))
        .tool("find", json!({"raises": "no such thing"}))
        .differs(
            "`CatchExceptionNode`",
            json!({"outputs": {"found": "nothing"}}),
            json!({"error": "is not yet supported for conversion"}),
        ),
        Case::of("a flow that succeeds at last", {
            let tried = row(
                "tried",
                json!([string("x")]),
                &[
                    ask("guess", "Guess {{x}}.", "guess"),
                    good("{% if guess == 'right' %}yes{% endif %}"),
                ],
                json!([string("guess"), string("ok")]),
            );
            retried(&tried, 5)
        })
        .inputs(json!({"x": "it"}))
        .model(&[Text("wrong"), Text("worse"), Text("right")])
        .differs(
            "a `PluginRetryNode` whose flow succeeds",
            json!({"outputs": {"guess": "right", "retry_step_num_retries": 3}}),
            json!({"error": "completed with branch 'end'"}),
        ),
        Case::of("a flow that never succeeds, with a model", {
            let tried = row(
                "tried",
                json!([string("x")]),
                &[
                    ask("guess", "Guess {{x}}.", "guess"),
                    good("{% if guess == 'right' %}yes{% endif %}"),
                ],
                json!([string("guess"), string("ok")]),
            );
            retried(&tried, 2)
        })
        .inputs(json!({"x": "it"}))
        .model(&[Text("wrong"), Text("worse"), Text("right")]),
    ]
}

fn good(template: &str) -> Value {
    fill("good", template, "ok")
}

/// A flow that goes on by another branch when the node fails.
fn caught(fields: Value) -> Value {
    Graph::new("f", json!([string("x")]))
        .node(node("PluginCatchExceptionNode", "catch", fields))
        .node(say("well", "Well: {{found}}."))
        .node(say("badly", "Badly: {{found}}."))
        .end("end", json!([string("found")]), "next")
        .control("start > catch > well > end; catch[default_exception_branch] > badly > end")
        .data("start.x > catch.x; catch.found > well.found; catch.found > badly.found; catch.found > end.found")
        .build()
}

fn retried(tried: &Value, trials: u64) -> Value {
    Graph::new("f", json!([string("x")]))
        .node(node(
            "PluginRetryNode",
            "retry",
            json!({"flow": tried, "success_condition": "ok", "max_num_trials": trials}),
        ))
        .end(
            "end",
            json!([string("guess"), integer("retry_step_num_retries")]),
            "next",
        )
        .control("start > retry > end; retry[failure] > end")
        .build()
}
