//! Failures that are caught, and what can't be.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, flow, node, strings, tool};
use super::script::Script;
use super::world::{Replies, ScriptedAction};
use crate::runtime::Halt;
use crate::trace::{FailureKind, Reply, SpanKind, SpanOutcome};

/// A flow that catches the failure of a flow around `middle`, and says which way it went.
fn caught(middle: Value) -> Value {
    let id = middle["id"].as_str().unwrap().to_owned();
    let result = json!([{"title": "r", "type": "string", "default": "none"}]);
    let mut inner = flow(
        "inner",
        &[
            node(
                "StartNode",
                "inner_start",
                json!({"inputs": strings(&["x"])}),
            ),
            middle,
            node(
                "EndNode",
                "inner_end",
                json!({"outputs": result, "branch_name": "fine"}),
            ),
        ],
        &[("inner_start", "next", &id), (&id, "next", "inner_end")],
        None,
    );
    inner["outputs"] = result.clone();
    let told = json!({"title": "caught_exception_info", "anyOf": [{"type": "string"}, {"type": "null"}], "default": null});
    let outputs = json!([result[0], told, {"title": "way", "type": "string", "default": "fine"}]);
    let way = |id: &str, way: &str| {
        let values = json!({"constant_values": {"way": way}});
        node("PluginConstantValuesNode", id, values)
    };
    document(flow(
        "f",
        &[
            node("StartNode", "start", json!({"inputs": strings(&["x"])})),
            node("CatchExceptionNode", "catch", json!({ "subflow": inner })),
            way("bad", "caught"),
            node("EndNode", "end", json!({ "outputs": outputs })),
        ],
        &[
            ("start", "next", "catch"),
            ("catch", "fine", "end"),
            ("catch", "caught_exception_branch", "bad"),
            ("bad", "next", "end"),
        ],
        None,
    ))
}

fn working() -> Value {
    let work = tool("ServerTool", "work", &["x"], &["r"]);
    node("ToolNode", "do_work", json!({ "tool": work }))
}

#[tokio::test(start_paused = true)]
async fn without_a_failure_the_branch_is_that_of_the_flow() {
    let ran = Script::of(&caught(working()))
        .inputs(json!({"x": "1"}))
        .tool("work", ScriptedAction::Obey)
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"r": "1", "caught_exception_info": null, "way": "fine"})
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_takes_its_own_branch_and_gives_the_defaults() {
    let ran = Script::of(&caught(working()))
        .inputs(json!({"x": "fail 1"}))
        .tool("work", ScriptedAction::Obey)
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"r": "none", "caught_exception_info": "no 1", "way": "caught"})
    );
    let ends = ran.span_ends();
    assert!(ends.contains(&(SpanKind::ToolExecutionSpan, SpanOutcome::Error)));
    assert_eq!(
        ends.last(),
        Some(&(SpanKind::RootSpan, SpanOutcome::Ok)),
        "{ends:?}"
    );
}

/// A parallel map over `iterated_x` whose failure is caught.
pub(super) fn caught_map() -> Value {
    let mut work = tool("ServerTool", "work", &["x"], &["x"]);
    work["id"] = json!("item_tool");
    let item = flow(
        "item",
        &[
            node(
                "StartNode",
                "item_start",
                json!({"inputs": strings(&["x"])}),
            ),
            node("ToolNode", "item_work", json!({ "tool": work })),
            node("EndNode", "item_end", json!({"outputs": strings(&["x"])})),
        ],
        &[
            ("item_start", "next", "item_work"),
            ("item_work", "next", "item_end"),
        ],
        None,
    );
    let mut document = caught(node("ParallelMapNode", "each", json!({ "subflow": item })));
    for place in [
        "/$referenced_components/start/inputs/0",
        "/$referenced_components/catch/subflow/$referenced_components/inner_start/inputs/0",
    ] {
        *document.pointer_mut(place).unwrap() = json!({"title": "iterated_x"});
    }
    document
}

/// What the failure stopped is over before the run goes on; its end executes it again.
#[tokio::test(start_paused = true)]
async fn a_failure_of_parallel_items_is_caught_with_all_that_it_stopped() {
    let ran = Script::of(&caught_map())
        .inputs(json!({"iterated_x": ["7", "fail 2", "1"]}))
        .tool("work", ScriptedAction::Obey)
        .run()
        .await;
    assert_eq!(ran.outputs()["caught_exception_info"], json!("no 2"));
    let stopped = (SpanKind::ToolExecutionSpan, SpanOutcome::Cancelled);
    assert!(ran.span_ends().contains(&stopped));
}

#[tokio::test(start_paused = true)]
async fn a_missing_person_is_no_failure() {
    let asks = json!({"message": "{{x}}?", "outputs": strings(&["r"])});
    let asker = caught(node("InputMessageNode", "ask", asks));
    let ran = Script::of(&asker).inputs(json!({"x": "1"})).run().await;
    assert!(matches!(ran.result, Err(Halt::Unanswered(_))));
    let ran = Script::of(&asker)
        .inputs(json!({"x": "1"}))
        .answers(Replies {
            opening: Vec::new(),
            replies: [Reply::message("Yes.")].into(),
        })
        .run()
        .await;
    assert_eq!(ran.outputs()["r"], json!("Yes."));
}

/// WayFlow's node: by names of exceptions.
#[tokio::test(start_paused = true)]
async fn failures_are_told_apart_by_their_names() {
    let plugin = |except_on: Value, catch_all: bool| {
        let mut document = caught(working());
        let catch = &mut document["$referenced_components"]["catch"];
        let inner = catch["subflow"].clone();
        *catch = node(
            "PluginCatchExceptionNode",
            "catch",
            json!({"flow": inner, "except_on": except_on, "catch_all_exceptions": catch_all}),
        );
        let branch = if catch_all {
            "default_exception_branch"
        } else {
            "bad_tool"
        };
        document["control_flow_connections"][2]["from_branch"] = json!(branch);
        let outputs = json!([
            {"title": "r", "type": "string"}, {"title": "exception_name", "type": "string"},
            {"title": "exception_payload_name", "type": "string"},
        ]);
        document["$referenced_components"]["end"]["outputs"] = outputs;
        Script::of(&document).tool("work", ScriptedAction::Obey)
    };
    let by_kind = || plugin(json!({"tool": "bad_tool"}), false);
    let ran = by_kind().inputs(json!({"x": "1"})).run().await;
    assert_eq!(
        ran.outputs(),
        json!({"r": "1", "exception_name": "", "exception_payload_name": ""})
    );
    let told = json!({"r": "none", "exception_name": "tool", "exception_payload_name": "no 1"});
    let failing = json!({"x": "fail 1"});
    let ran = by_kind().inputs(failing.clone()).run().await;
    assert_eq!(ran.outputs(), told);
    let ran = plugin(Value::Null, true)
        .inputs(failing.clone())
        .run()
        .await;
    assert_eq!(ran.outputs(), told);
    let ran = plugin(json!({"model": "bad_tool"}), false)
        .inputs(failing)
        .run()
        .await;
    assert_eq!(ran.failure().kind, FailureKind::Tool);
}
