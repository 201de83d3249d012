//! Nodes one by one: models, tools, casts, and what can't be run.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{component, document, flow, llm, node, strings, tool};
use super::script::Script;
use super::world::{ScriptedAction, text};
use crate::runtime::{check_inputs, check_runnable};
use crate::trace::FailureKind;

/// A flow of one node between start and end, wired by name.
fn around(middle: Value, inputs: &Value, outputs: &Value) -> Value {
    let id = middle["id"].as_str().unwrap().to_owned();
    document(flow(
        "f",
        &[
            node("StartNode", "start", json!({"inputs": inputs})),
            middle,
            node("EndNode", "end", json!({"outputs": outputs})),
        ],
        &[("start", "next", &id), (&id, "next", "end")],
        None,
    ))
}

fn llm_node(outputs: &Value) -> Value {
    let fields = json!({"llm_config": llm(), "prompt_template": "Of {{x}}.", "outputs": outputs});
    around(
        node("LlmNode", "ask", fields),
        &json!([{"title": "x", "type": "integer"}]),
        outputs,
    )
}

#[tokio::test(start_paused = true)]
async fn a_single_text_is_taken_as_it_is() {
    let ran = Script::of(&llm_node(&strings(&["y"])))
        .inputs(json!({"x": 3}))
        .model([text("{\"y\": 1}")])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"y": "{\"y\": 1}"}));
    assert_eq!(ran.requests[0].messages[0].content, "Of 3.");
    assert_eq!(ran.requests[0].messages.len(), 1);
    assert_eq!(ran.requests[0].response_format, None);
    assert_eq!(ran.said(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn structured_generation_is_checked_and_asked_for_again() {
    let outputs = json!([{"title": "y", "type": "string", "enum": ["a", "b"]}]);
    let ran = Script::of(&llm_node(&outputs))
        .inputs(json!({"x": 3}))
        .model([text(r#"{"y": "c"}"#), text(r#"{"y": "b"}"#)])
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"y": "b"}));
    let again = &ran.requests[1].messages;
    assert_eq!(again.len(), 3);
    assert!(again[2].content.contains("is not one of"), "{again:?}");

    let never = Script::of(&llm_node(&outputs))
        .inputs(json!({"x": 3}))
        .model([text("c"), text("c"), text("c")])
        .run()
        .await;
    assert_eq!(never.failure().kind, FailureKind::Model);
    assert_eq!(never.failure().component.as_deref(), Some("ask"));
}

#[tokio::test(start_paused = true)]
async fn a_tool_with_several_outputs_gives_them_by_name() {
    let mut work = tool("ServerTool", "work", &[], &[]);
    work["outputs"] = json!([{"title": "n", "type": "integer"}, {"title": "s", "type": "string", "default": "d"}]);
    let outputs = work["outputs"].clone();
    let spec = around(
        node("ToolNode", "call", json!({"tool": work})),
        &json!([]),
        &outputs,
    );
    let good = Script::of(&spec)
        .tool("work", ScriptedAction::Give(json!({"n": 2.0, "more": 1})))
        .run()
        .await;
    assert_eq!(good.outputs(), json!({"n": 2, "s": "d"}));
    let bad = Script::of(&spec)
        .tool("work", ScriptedAction::Give(json!([1, 2])))
        .run()
        .await;
    assert_eq!(bad.failure().kind, FailureKind::Tool);
    assert!(
        bad.failure().message.contains("`n`, `s`"),
        "{}",
        bad.failure()
    );
}

/// A request is recorded as a call is: its end executes the run again without it.
#[tokio::test(start_paused = true)]
async fn a_request_gives_its_outputs_and_is_recorded() {
    let outputs = json!([{"title": "n", "type": "integer"}, {"title": "s", "type": "string", "default": "d"}]);
    let fields = json!({"url": "http://h/{{x}}", "http_method": "GET", "outputs": outputs});
    let spec = around(node("ApiNode", "ask", fields), &strings(&["x"]), &outputs);
    let script = |deed: ScriptedAction| {
        let script = Script::of(&spec).inputs(json!({"x": "a"}));
        script.tool("ask", deed).run()
    };
    let good = script(ScriptedAction::Give(json!({"n": 2, "s": "t"}))).await;
    assert_eq!(good.outputs(), json!({"n": 2, "s": "t"}));
    let bad = script(ScriptedAction::Fail("404".to_owned())).await;
    assert_eq!(bad.failure().kind, FailureKind::Tool);
    assert_eq!(bad.failure().component.as_deref(), Some("ask"));
}

#[tokio::test(start_paused = true)]
async fn values_are_cast_on_their_way() {
    let mut work = tool("ServerTool", "work", &["s"], &[]);
    work["outputs"] = json!([{"title": "r", "type": "number"}]);
    let spec = document(flow(
        "f",
        &[
            node(
                "StartNode",
                "start",
                json!({"inputs": [{"title": "n", "type": "number"}]}),
            ),
            node("ToolNode", "call", json!({"tool": work})),
            node(
                "EndNode",
                "end",
                json!({"outputs": [
                    {"title": "b", "type": "boolean"}, {"title": "s", "type": "string"},
                    {"title": "i", "type": "integer"},
                ]}),
            ),
        ],
        &[("start", "next", "call"), ("call", "next", "end")],
        Some(&[
            ("start.n", "call.s"),
            ("call.r", "end.b"),
            ("call.r", "end.i"),
            ("start.n", "end.s"),
        ]),
    ));
    let ran = Script::of(&spec)
        .inputs(json!({"n": 1.5}))
        .tool("work", ScriptedAction::Give(json!(7.9)))
        .run()
        .await;
    assert_eq!(ran.outputs(), json!({"b": true, "s": "1.5", "i": 7}));
    let arguments = ran.traced().find_map(|event| match event {
        crate::trace::Event::ToolExecutionRequest { inputs, .. } => {
            Some(serde_json::Value::clone(inputs))
        }
        _ => None,
    });
    assert_eq!(arguments, Some(json!({"s": "1.5"})));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_never_given_names_the_node_and_the_input() {
    let spec = document(flow(
        "f",
        &[
            node("StartNode", "start", json!({"inputs": strings(&["v"])})),
            node(
                "BranchingNode",
                "skip",
                json!({"inputs": strings(&["v"]), "mapping": {"yes": "yes"}}),
            ),
            node(
                "ToolNode",
                "call",
                json!({"tool": tool("ServerTool", "work", &[], &["r"])}),
            ),
            node("EndNode", "end", json!({"outputs": strings(&["r"])})),
        ],
        &[
            ("start", "next", "skip"),
            ("skip", "yes", "end"),
            ("skip", "default", "call"),
            ("call", "next", "end"),
        ],
        Some(&[("start.v", "skip.v"), ("call.r", "end.r")]),
    ));
    let ran = Script::of(&spec).inputs(json!({"v": "yes"})).run().await;
    let failure = ran.failure();
    assert_eq!(failure.component.as_deref(), Some("end"));
    assert!(
        failure.message.contains("input `r` has no value"),
        "{failure}"
    );
}

#[test]
fn inputs_are_checked_before_anything_starts() {
    let spec = component(&around(
        node("OutputMessageNode", "say", json!({"message": "{{s}}"})),
        &json!([{"title": "s", "type": "string"}, {"title": "n", "type": "integer", "default": 1}]),
        &json!([]),
    ));
    let inputs =
        |inputs: Value| check_inputs(&spec, inputs.as_object().unwrap()).map(Value::Object);
    assert_eq!(
        inputs(json!({"s": 5, "n": 5.0})),
        Ok(json!({"s": "5", "n": 5}))
    );
    let failure = inputs(json!({"s": "x", "n": 5.7})).unwrap_err();
    assert!(
        failure
            .message
            .contains("`n`: expected integer, found number 5.7"),
        "{failure}"
    );
    assert_eq!(inputs(json!({"s": null})), Ok(json!({"s": "", "n": 1})));
    let failure = inputs(json!({"n": "5", "other": 1})).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Input);
    for part in [
        "`s`: is missing",
        "`n`: expected integer",
        "`other`: is not an input",
    ] {
        assert!(failure.message.contains(part), "{failure}");
    }
}

#[test]
fn what_can_not_be_run_is_told_by_its_type() {
    let runnable = component(&llm_node(&strings(&["y"])));
    assert_eq!(check_runnable(&runnable), Ok(()));
    let tool = component(&document(tool("ServerTool", "work", &[], &[])));
    assert!(
        check_runnable(&tool)
            .unwrap_err()
            .message
            .contains("can be run")
    );
    let with_box = component(&document(json!({
        "component_type": "Agent", "id": "a", "name": "a", "system_prompt": "x",
        "llm_config": {"component_type": "VllmConfig", "id": "l", "name": "l", "url": "u", "model_id": "m"},
        "toolboxes": [{"component_type": "PluginToolBox", "id": "b", "name": "b"}],
    })));
    assert_eq!(
        check_runnable(&with_box).unwrap_err().message,
        "`PluginToolBox` can't be run yet"
    );
}
