//! Flows of WayFlow's own nodes. A model is asked last for what came of the others, so that the requests show their values.

use serde_json::{Value, json};

use super::super::parts::{flow, node, text, tool};
use super::super::server::Answer::Text;
use super::Case;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = with_values();
    cases.extend(around_flows());
    cases
}

fn with_values() -> Vec<Case> {
    vec![
        of(
            "constants and a template",
            row(&[
                node(
                    "PluginConstantValuesNode",
                    "fixed",
                    json!({"constant_values": {"n": 3, "b": true}}),
                ),
                fill("fill", "{% if b %}{{x}}-{{n}}{% endif %}", "value"),
            ]),
        ),
        of(
            "a pattern in text",
            row(&[node(
                "PluginRegexNode",
                "find",
                json!({
                    "regex_pattern": "(e.)", "input_mapping": {"text": "x"}, "output_mapping": {"output": "value"},
                }),
            )]),
        ),
        of(
            "a value in JSON",
            row(&[
                fill(
                    "fill",
                    "```json\n{\"a\": {\"b\": [\"{{x}}\", 1]}}\n```",
                    "json",
                ),
                node(
                    "PluginExtractNode",
                    "take",
                    json!({
                        "output_values": {"value": ".a.b[0] + \"?\""}, "input_mapping": {"text": "json"},
                    }),
                ),
            ]),
        ),
        of(
            "what was said before",
            row(&[
                node(
                    "OutputMessageNode",
                    "say",
                    json!({"message": "First {{x}}."}),
                ),
                node(
                    "PluginOutputMessageNode",
                    "more",
                    json!({"message": "Then {{x}}."}),
                ),
                node(
                    "PluginGetChatHistoryNode",
                    "look",
                    json!({
                        "n": 2, "output_mapping": {"chat_history": "value"},
                    }),
                ),
            ]),
        ),
        of(
            "a tool that may fail",
            row(&[node(
                "ExtendedToolNode",
                "call",
                json!({
                    "tool": tool("find", json!([text("query")])), "raise_exceptions": false,
                    "input_mapping": {"query": "x"}, "output_mapping": {"result": "value"},
                }),
            )]),
        ),
    ]
}

fn around_flows() -> Vec<Case> {
    let list =
        json!({"title": "list", "type": "array", "items": {"type": "string"}, "default": ["a"]});
    let mut with_variables = row(&[
        node(
            "PluginWriteVariableNode",
            "add",
            json!({"variable": list, "operation": "insert", "input_mapping": {"value": "x"}}),
        ),
        node(
            "PluginReadVariableNode",
            "look",
            json!({"variable": list, "output_mapping": {"value": "value"}}),
        ),
    ]);
    with_variables["component_type"] = json!("ExtendedFlow");
    with_variables["state"] = json!([list]);
    let failing = json!({
        "flow": inner("tried", "ok", node("PluginTemplateNode", "never", json!({
            "template": "{% if x == 'never' %}{{x}}{% endif %}", "output_mapping": {"output": "ok"},
            "inputs": [string("x")],
        }))),
        "success_condition": "ok", "max_num_trials": 3,
        "output_mapping": {"retry_step_num_retries": "value"},
    });
    let retried = with_branch("failure", row(&[node("PluginRetryNode", "retry", failing)]));
    let safe = json!({
        "flow": inner("safe", "value", fill("safe_fill", "{{x}}!", "value")), "catch_all_exceptions": true,
    });
    let caught = with_branch(
        "default_exception_branch",
        row(&[node("PluginCatchExceptionNode", "catch", safe)]),
    );
    vec![
        of("variables", with_variables),
        of("a flow that never succeeds", retried),
        of("a flow whose failure would be caught", caught),
        of(
            "flows side by side",
            row(&[
                node("ParallelFlowNode", "both", json!({"subflows": [
                    inner("left", "a", fill("fill_left", "left {{x}}", "a")),
                    inner("right", "b", fill("fill_right", "right {{x}}", "b")),
                ]})),
                fill("join", "{{a}}, {{b}}", "value"),
            ]),
        ),
        Case::of(
            "a flow for each element of a list",
            {
                let elements = json!({"title": "iterated_input", "type": "array", "items": {"type": "object"}});
                let values = json!({"title": "value", "type": "array", "items": {"type": "string"}});
                let each = json!({
                    "flow": inner("each_flow", "value", fill("each_fill", "{{x}}!", "value")),
                    "unpack_input": {"x": ".v"}, "inputs": [elements], "outputs": [values],
                });
                flow(
                    "f",
                    json!([elements]),
                    &[node("ExtendedMapNode", "each", each), ask()],
                    json!([string("said")]),
                )
            },
            &[],
            &[Text("Well.")],
        )
        .inputs(json!({"iterated_input": [{"v": "b"}, {"v": "a"}]})),
    ]
}

/// A flow from `x` to an output, with one node.
fn inner(id: &str, output: &str, middle: Value) -> Value {
    flow(id, json!([string("x")]), &[middle], json!([string(output)]))
}

fn fill(id: &str, template: &str, output: &str) -> Value {
    let fields = json!({"template": template, "output_mapping": {"output": output}});
    node("PluginTemplateNode", id, fields)
}

fn of(name: &'static str, spec: Value) -> Case {
    Case::of(name, spec, &[], &[Text("Well.")]).inputs(json!({"x": "yes"}))
}

fn string(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

/// A model is asked for `value`.
fn ask() -> Value {
    node(
        "LlmNode",
        "ask",
        json!({
            "llm_config": {"$component_ref": "llm"}, "prompt_template": "Of {{value}}.", "outputs": [string("said")],
        }),
    )
}

/// The same, where the first of its nodes leads on by another branch, too.
fn with_branch(branch: &str, mut flow: Value) -> Value {
    let mut other = flow["control_flow_connections"][1].clone();
    other["id"] = json!("f_other");
    other["from_branch"] = json!(branch);
    let edges = flow["control_flow_connections"].as_array_mut();
    edges.unwrap().push(other);
    flow
}

/// A flow of these nodes from `x` to `value`, for which a model is asked.
fn row(nodes: &[Value]) -> Value {
    let all: Vec<Value> = nodes.iter().cloned().chain([ask()]).collect();
    flow("f", json!([string("x")]), &all, json!([string("said")]))
}
