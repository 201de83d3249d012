//! Faults of lists of inputs, outputs and branches.

use serde_json::{Value, json};

use super::{Fault, with};
use crate::differential::flows;
use crate::differential::generator::Generator;

pub(super) fn faults(g: &mut Generator) -> Vec<Fault> {
    let mut faults = lists(g);
    faults.extend(subflows(g));
    faults
}

fn text(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

/// Lists that are not those that the other fields ask for.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn lists(g: &mut Generator) -> Vec<Fault> {
    let asks = "{{x}} and {{y}}";
    let cases = [
        (
            "AS401",
            "Agent",
            json!({"system_prompt": asks, "inputs": [text("x")]}),
        ),
        (
            "AS401",
            "Agent",
            json!({"system_prompt": asks, "inputs": []}),
        ),
        (
            "AS401",
            "LlmNode",
            json!({"prompt_template": asks, "inputs": [text("y")]}),
        ),
        (
            "AS401",
            "ApiNode",
            json!({"url": asks, "inputs": [text("y")]}),
        ),
        (
            "AS401",
            "RemoteTool",
            json!({"data": {"{{x}}": ["{{y}}"]}, "inputs": [text("x")]}),
        ),
        (
            "AS401",
            "OutputMessageNode",
            json!({"message": asks, "inputs": [text("x")]}),
        ),
        (
            "AS401",
            "InputMessageNode",
            json!({"message": asks, "inputs": [text("x")]}),
        ),
        (
            "AS401",
            "AgentSpecializationParameters",
            json!({"additional_instructions": asks, "inputs": [text("x")]}),
        ),
        (
            "AS402",
            "AgentSpecializationParameters",
            json!({"outputs": [text("x")]}),
        ),
        (
            "AS402",
            "Agent",
            json!({"system_prompt": "", "inputs": [text("x")]}),
        ),
        (
            "AS402",
            "LlmNode",
            json!({"prompt_template": "", "inputs": [text("x")]}),
        ),
        (
            "AS402",
            "OutputMessageNode",
            json!({"outputs": [text("x")]}),
        ),
        ("AS402", "BranchingNode", json!({"outputs": [text("x")]})),
        (
            "AS402",
            "BranchingNode",
            json!({"inputs": [text("x"), text("y")]}),
        ),
        ("AS401", "BranchingNode", json!({"inputs": []})),
        ("AS401", "LlmNode", json!({"outputs": []})),
        ("AS401", "FlowNode", json!({"outputs": []})),
        ("AS401", "MapNode", json!({"inputs": []})),
        ("AS401", "ParallelMapNode", json!({"outputs": []})),
        ("AS402", "ToolNode", json!({"inputs": [text("x")]})),
        ("AS402", "AgentNode", json!({"outputs": [text("x")]})),
        ("AS402", "SpecializedAgent", json!({"outputs": [text("x")]})),
        (
            "AS403",
            "Agent",
            json!({"system_prompt": "{{x}}", "inputs": [{"title": "x", "type": "integer"}]}),
        ),
        (
            "AS403",
            "LlmNode",
            json!({"prompt_template": "{{x}}", "inputs": [{"title": "x", "type": "array"}]}),
        ),
        (
            "AS404",
            "BranchingNode",
            json!({"mapping": {"a": "b"}, "branches": ["b"]}),
        ),
        (
            "AS404",
            "BranchingNode",
            json!({"mapping": {"a": "b"}, "branches": ["b", "default", "c"]}),
        ),
        (
            "AS404",
            "BranchingNode",
            json!({"mapping": {"a": "b"}, "branches": ["b", "default", "b"]}),
        ),
        ("AS404", "LlmNode", json!({"branches": ["other"]})),
        ("AS404", "StartNode", json!({"branches": ["next", "next"]})),
        ("AS404", "EndNode", json!({"branches": ["next"]})),
        ("AS404", "FlowNode", json!({"branches": ["elsewhere"]})),
        ("AS404", "CatchExceptionNode", json!({"branches": ["next"]})),
        (
            "AS404",
            "AgentNode",
            json!({"branches": ["twice", "twice"]}),
        ),
        (
            "AS405",
            "StartNode",
            json!({"inputs": [text("x")], "outputs": [text("y")]}),
        ),
        (
            "AS405",
            "StartNode",
            json!({"inputs": [text("x")], "outputs": [{"title": "x", "type": "integer"}]}),
        ),
        (
            "AS405",
            "EndNode",
            json!({"inputs": [text("x"), text("y")], "outputs": [text("y"), text("x")]}),
        ),
        (
            "AS405",
            "EndNode",
            json!({"inputs": [text("x")], "outputs": [{"title": "x", "type": "string", "description": "d"}]}),
        ),
        (
            "AS405",
            "StartNode",
            json!({"inputs": [text("x")], "outputs": []}),
        ),
        (
            "AS405",
            "EndNode",
            json!({"inputs": [], "outputs": [text("x")]}),
        ),
        (
            "AS406",
            "InputMessageNode",
            json!({"outputs": [{"title": "x", "type": "integer"}]}),
        ),
        (
            "AS406",
            "InputMessageNode",
            json!({"outputs": [{"title": "x"}]}),
        ),
        (
            "AS406",
            "InputMessageNode",
            json!({"outputs": [text("x"), text("y")]}),
        ),
        ("AS406", "InputMessageNode", json!({"outputs": []})),
        (
            "AS607",
            "MCPToolSpec",
            json!({"outputs": [{"title": "x", "type": "integer"}]}),
        ),
        (
            "AS607",
            "MCPToolSpec",
            json!({"outputs": [text("x"), text("y")]}),
        ),
    ];
    let fault = |(code, type_name, fields): (&'static str, &str, Value)| {
        let what = format!("{type_name} with {fields}");
        let component = with(g, type_name, fields);
        Fault::new(code, &what, &component)
    };
    cases.into_iter().map(fault).collect()
}

/// A flow that takes and gives one value.
fn subflow(g: &mut Generator, input: &Value, output: &Value) -> Value {
    let mut flow = json!(flows::plain(g));
    let definitions = flow["$referenced_components"]
        .as_object_mut()
        .expect("nodes");
    for node in definitions.values_mut() {
        if node["component_type"] == "StartNode" {
            node["inputs"] = json!([input]);
        } else {
            node["outputs"] = json!([output]);
        }
    }
    flow["data_flow_connections"] = json!([]);
    flow
}

/// What nodes ask of the flows that they run.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn subflows(g: &mut Generator) -> Vec<Fault> {
    let optional = |title: &str| json!({"title": title, "type": "string", "default": ""});
    let mut faults = Vec::new();
    let mut add = |g: &mut Generator, code, what: &str, type_name: &str, fields: Value| {
        let component = with(g, type_name, fields);
        faults.push(Fault::new(
            code,
            &format!("{type_name}: {what}"),
            &component,
        ));
    };

    let flow = subflow(g, &text("in"), &text("out"));
    add(
        g,
        "AS407",
        "an output without a default",
        "CatchExceptionNode",
        json!({"subflow": flow}),
    );
    let flow = subflow(g, &text("in"), &optional("out"));
    let without_default =
        json!([text("out"), {"title": "caught_exception_info", "type": "string", "default": ""}]);
    let fields = json!({"subflow": flow, "outputs": without_default});
    add(
        g,
        "AS407",
        "a declared output without a default",
        "CatchExceptionNode",
        fields,
    );
    let fields = json!({"subflow": flow, "outputs": [optional("out")]});
    add(
        g,
        "AS408",
        "no output for the exception",
        "CatchExceptionNode",
        fields,
    );
    let info = json!({"title": "caught_exception_info", "type": "string", "default": ""});
    let fields = json!({"subflow": flow, "outputs": [optional("out"), info, optional("more")]});
    add(
        g,
        "AS408",
        "an output too many",
        "CatchExceptionNode",
        fields,
    );
    let reserved = subflow(g, &text("in"), &optional("caught_exception_info"));
    add(
        g,
        "AS409",
        "the output is taken",
        "CatchExceptionNode",
        json!({"subflow": reserved}),
    );
    let mut reserved = flow.clone();
    let nodes = reserved["$referenced_components"]
        .as_object_mut()
        .expect("nodes");
    for node in nodes
        .values_mut()
        .filter(|node| node["component_type"] == "EndNode")
    {
        node["branch_name"] = json!("caught_exception_branch");
    }
    add(
        g,
        "AS409",
        "the branch is taken",
        "CatchExceptionNode",
        json!({"subflow": reserved}),
    );

    let one = subflow(g, &text("in"), &text("out"));
    let same_output = subflow(g, &text("other"), &text("out"));
    let other_type = subflow(g, &json!({"title": "in", "type": "integer"}), &text("more"));
    add(
        g,
        "AS410",
        "one title for two outputs",
        "ParallelFlowNode",
        json!({"subflows": [one, same_output]}),
    );
    add(
        g,
        "AS410",
        "one input of two types",
        "ParallelFlowNode",
        json!({"subflows": [one, other_type]}),
    );

    let untitled = subflow(g, &json!({"type": "string"}), &text("out"));
    for type_name in ["MapNode", "ParallelMapNode"] {
        add(
            g,
            "AS303",
            "an input without a title",
            type_name,
            json!({"subflow": untitled}),
        );
        let fields = json!({"subflow": one, "reducers": {"ghost": "append"}});
        add(g, "AS411", "a reducer for nothing", type_name, fields);
        let fields = json!({"subflow": one, "reducers": {"out": "sum"}});
        add(g, "AS411", "the sum of texts", type_name, fields);
        let fields = json!({"subflow": one, "reducers": {"out": "concat"}});
        add(g, "AS412", "an unknown reducer", type_name, fields);
    }
    faults
}
