//! WayFlow's nodes around flows, and what its flows have themselves: variables and context providers.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::documents::{document, end, flow, llm, node, start, strings, tool};
use super::script::Script;
use super::wayflow_nodes::row;
use super::world::{ScriptedAction, text};

fn variable(title: &str, ty: &Value) -> Value {
    let mut schema = ty.clone();
    schema["title"] = json!(title);
    schema
}

#[tokio::test(start_paused = true)]
async fn variables_are_written_and_read() {
    let list = variable(
        "list",
        &json!({"type": "array", "items": {"type": "string"}, "default": ["a"]}),
    );
    let count = variable("count", &json!({"type": "integer", "default": 1}));
    let unset = variable("unset", &json!({"type": "string"}));
    let nodes = [
        node(
            "PluginWriteVariableNode",
            "add",
            json!({"variable": list, "operation": "insert", "input_mapping": {"value": "x"}}),
        ),
        node(
            "PluginVariableNode",
            "both",
            json!({
                "write_variables": [count], "write_operations": {"count": "overwrite"},
                "read_variables": [list, count], "input_mapping": {"count": "n"},
            }),
        ),
        node(
            "PluginReadVariableNode",
            "look",
            json!({"variable": list, "output_mapping": {"value": "again"}}),
        ),
    ];
    let inputs = json!([{"title": "x", "type": "string"}, {"title": "n", "type": "integer"}]);
    let mut again = list.clone();
    again["title"] = json!("again");
    let mut spec = document(row(&inputs, &nodes, &json!([list, count, again])));
    spec["component_type"] = json!("ExtendedFlow");
    spec["state"] = json!([list, count, unset]);
    let ran = Script::of(&spec)
        .inputs(json!({"x": "b", "n": 5}))
        .run()
        .await;
    assert_eq!(
        ran.outputs(),
        json!({"list": ["a", "b"], "count": 5, "again": ["a", "b"]})
    );
    let reader = node(
        "PluginReadVariableNode",
        "look",
        json!({ "variable": unset }),
    );
    let mut spec = document(row(&json!([]), &[reader], &strings(&["value"])));
    spec["component_type"] = json!("ExtendedFlow");
    spec["state"] = json!([unset]);
    let ran = Script::of(&spec).run().await;
    assert!(ran.failure().message.contains("`unset` was never written"));
}

/// Providers are asked each time that a node takes what they give.
#[tokio::test(start_paused = true)]
async fn context_providers_fill_inputs_of_nodes() {
    let provider = json!({
        "component_type": "PluginToolContextProvider", "id": "today", "name": "today", "output_name": "day",
        "outputs": strings(&["day"]), "tool": tool("ServerTool", "get_day", &[], &["day"]),
    });
    let edges = [
        ("start.name", "greet.name"),
        ("today.day", "greet.day"),
        ("greet.output", "end.output"),
    ];
    for edges in [Some(&edges[..]), None] {
        let greet = json!({"template": "It is {{day}}, {{name}}."});
        let mut spec = document(flow(
            "f",
            &[
                start(&["name"]),
                node("PluginTemplateNode", "greet", greet),
                end(&["output"]),
            ],
            &[("start", "next", "greet"), ("greet", "next", "end")],
            edges,
        ));
        spec["component_type"] = json!("ExtendedFlow");
        spec["$referenced_components"]["today"] = provider.clone();
        spec["context_providers"] = json!([{"$component_ref": "today"}]);
        let ran = Script::of(&spec)
            .inputs(json!({"name": "Ann"}))
            .tool("get_day", ScriptedAction::Give(json!("Monday")))
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({"output": "It is Monday, Ann."}));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_is_tried_until_it_succeeds() {
    let tried = |max: u64| {
        let guess = json!({"llm_config": llm(), "prompt_template": "Guess {{x}}.", "outputs": strings(&["r"])});
        let check = json!({"regex_pattern": "yes", "input_mapping": {"text": "r"}, "output_mapping": {"output": "ok"}});
        let mut inner = row(
            &strings(&["x"]),
            &[
                node("LlmNode", "guess", guess),
                node("PluginRegexNode", "check", check),
            ],
            &strings(&["r", "ok"]),
        );
        inner["id"] = json!("inner");
        for renamed in ["start", "end"] {
            let text = inner
                .to_string()
                .replace(&format!("\"{renamed}\""), &format!("\"inner_{renamed}\""));
            inner = serde_json::from_str(&text).unwrap();
        }
        let text = inner.to_string().replace("\"f_", "\"inner_");
        let inner: Value = serde_json::from_str(&text).unwrap();
        let retry = json!({"flow": inner, "success_condition": "ok", "max_num_trials": max});
        let outputs = json!([
            {"title": "r", "type": "string"}, {"title": "retry_step_num_retries", "type": "integer"},
            {"title": "retry_step_success", "type": "boolean"},
        ]);
        document(flow(
            "f",
            &[
                start(&["x"]),
                node("PluginRetryNode", "retry", retry),
                node("EndNode", "end", json!({ "outputs": outputs })),
            ],
            &[
                ("start", "next", "retry"),
                ("retry", "next", "end"),
                ("retry", "failure", "end"),
            ],
            None,
        ))
    };
    for (max, expected) in [
        (
            5,
            json!({"r": "yes", "retry_step_num_retries": 3, "retry_step_success": true}),
        ),
        (
            2,
            json!({"r": "no", "retry_step_num_retries": 2, "retry_step_success": false}),
        ),
    ] {
        let ran = Script::of(&tried(max))
            .inputs(json!({"x": "it"}))
            .model([text("no"), text("no"), text("yes")])
            .run()
            .await;
        assert_eq!(ran.outputs(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn maps_take_values_out_of_elements() {
    let work = tool("ServerTool", "work", &["x", "all"], &["r"]);
    let mut inner = row(
        &strings(&["x", "all"]),
        &[node("ToolNode", "inner_work", json!({ "tool": work }))],
        &strings(&["r"]),
    );
    let text = inner.to_string();
    let text = text
        .replace("\"start\"", "\"inner_start\"")
        .replace("\"end\"", "\"inner_end\"");
    inner = serde_json::from_str(
        &text
            .replace("\"f_", "\"inner_")
            .replace("\"f\"", "\"inner\""),
    )
    .unwrap();
    let outputs = json!([{"title": "r", "type": "array", "items": {"type": "string"}}]);
    for (component_type, parallel) in [
        ("ExtendedMapNode", json!({})),
        (
            "ExtendedMapNode",
            json!({"parallel_execution": true, "max_workers": 2}),
        ),
        ("ExtendedParallelMapNode", json!({})),
    ] {
        let mut fields = json!({
            "flow": inner, "unpack_input": {"x": ".v"}, "inputs": [
                {"title": "all", "type": "string"}, {"title": "iterated_input"},
            ],
            "outputs": outputs,
        });
        fields
            .as_object_mut()
            .unwrap()
            .extend(parallel.as_object().unwrap().clone());
        let inputs = json!([{"title": "all", "type": "string"}, {"title": "iterated_input"}]);
        let spec = document(row(
            &inputs,
            &[node(component_type, "each", fields)],
            &outputs,
        ));
        let ran = Script::of(&spec)
            .inputs(json!({"all": "a", "iterated_input": [{"v": "2"}, {"v": "1"}]}))
            .tool("work", ScriptedAction::Obey)
            .run()
            .await;
        assert_eq!(ran.outputs(), json!({"r": ["2", "1"]}), "{component_type}");
    }
}
