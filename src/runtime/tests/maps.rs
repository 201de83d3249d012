//! Map nodes: what is iterated, what is broadcast, and how results are put together.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, flow, node, tool};
use super::script::{Ran, Script};
use super::world::ScriptedAction;
use crate::trace::FailureKind;

/// A flow that maps a subflow with inputs `a` (string) and `n` (integer) over its own inputs `iterated_a` and
/// `iterated_n`.
fn mapped(reducers: &Value, outputs: &Value) -> Value {
    let inner_io = json!([{"title": "a", "type": "string"}, {"title": "n", "type": "integer"}]);
    let inner = flow(
        "inner",
        &[
            node("StartNode", "inner_start", json!({"inputs": inner_io})),
            node(
                "ToolNode",
                "do_work",
                json!({"tool": tool("ServerTool", "work", &["a"], &["echo"])}),
            ),
            node(
                "EndNode",
                "inner_end",
                json!({"outputs": [
                    {"title": "n", "type": "integer"}, {"title": "a", "type": "string"},
                ]}),
            ),
        ],
        &[
            ("inner_start", "next", "do_work"),
            ("do_work", "next", "inner_end"),
        ],
        None,
    );
    let inputs = json!([{"title": "iterated_a"}, {"title": "iterated_n"}]);
    document(flow(
        "f",
        &[
            node("StartNode", "start", json!({ "inputs": inputs })),
            node(
                "MapNode",
                "each",
                json!({"subflow": inner, "reducers": reducers}),
            ),
            node("EndNode", "end", json!({ "outputs": outputs })),
        ],
        &[("start", "next", "each"), ("each", "next", "end")],
        None,
    ))
}

async fn run(reducers: Value, outputs: Value, inputs: Value) -> Ran {
    Script::of(&mapped(&reducers, &outputs))
        .inputs(inputs)
        .tool("work", ScriptedAction::EchoAfter(0))
        .run()
        .await
}

fn lists() -> Value {
    json!([
        {"title": "collected_n", "type": "array", "items": {"type": "integer"}},
        {"title": "collected_a", "type": "array", "items": {"type": "string"}},
    ])
}

#[tokio::test(start_paused = true)]
async fn lists_are_iterated_and_values_broadcast() {
    let ran = run(
        Value::Null,
        lists(),
        json!({"iterated_a": ["x", 2], "iterated_n": 7}),
    )
    .await;
    assert_eq!(
        ran.outputs(),
        json!({"collected_n": [7, 7], "collected_a": ["x", "2"]})
    );
}

#[tokio::test(start_paused = true)]
async fn several_lists_go_in_step_and_must_have_one_length() {
    let ran = run(
        Value::Null,
        lists(),
        json!({"iterated_a": ["x", "y"], "iterated_n": [1, 2]}),
    )
    .await;
    assert_eq!(
        ran.outputs(),
        json!({"collected_n": [1, 2], "collected_a": ["x", "y"]})
    );
    let ran = run(
        Value::Null,
        lists(),
        json!({"iterated_a": ["x"], "iterated_n": [1, 2]}),
    )
    .await;
    let failure = ran.failure();
    assert_eq!(failure.kind, FailureKind::Input);
    assert!(
        failure
            .message
            .contains("`iterated_a` has 1 items, `iterated_n` has 2"),
        "{failure}"
    );
    assert_eq!(failure.component.as_deref(), Some("each"));
}

#[tokio::test(start_paused = true)]
async fn reducers_put_results_together() {
    let number = json!([{"title": "collected_n", "type": "integer"}]);
    for (method, items, expected) in [
        ("sum", json!([1, 2, 4]), json!(7)),
        ("max", json!([1, 4, 2]), json!(4)),
        ("min", json!([3, 1, 2]), json!(1)),
        ("average", json!([1, 3]), json!(2)),
        ("sum", json!([]), json!(0)),
    ] {
        let ran = run(
            json!({"n": method}),
            number.clone(),
            json!({"iterated_a": "x", "iterated_n": items}),
        )
        .await;
        assert_eq!(ran.outputs(), json!({"collected_n": expected}), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_gives_empty_lists_and_nothing_runs() {
    let ran = run(
        Value::Null,
        lists(),
        json!({"iterated_a": [], "iterated_n": 7}),
    )
    .await;
    assert_eq!(ran.outputs(), json!({"collected_n": [], "collected_a": []}));
    assert!(
        !ran.event_names()
            .iter()
            .any(|name| name == "ToolExecutionRequest")
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_list_there_is_one_round() {
    let ran = run(
        Value::Null,
        lists(),
        json!({"iterated_a": "x", "iterated_n": 7}),
    )
    .await;
    assert_eq!(
        ran.outputs(),
        json!({"collected_n": [7], "collected_a": ["x"]})
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_failing_round_ends_the_map() {
    let ran = Script::of(&mapped(&Value::Null, &lists()))
        .inputs(json!({"iterated_a": ["x", "y"], "iterated_n": 7}))
        .tool("work", ScriptedAction::Fail("broken".to_owned()))
        .run()
        .await;
    assert_eq!(ran.failure().message, "broken");
    let calls = ran
        .event_names()
        .iter()
        .filter(|name| *name == "ToolExecutionRequest")
        .count();
    assert_eq!(calls, 1);
}
