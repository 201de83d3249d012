//! Configurations against what is inferred from them.

use serde_json::{Value, json};

use super::*;
use crate::spec::load::{LoadOptions, load};

const FLOW: &str = "\
component_type: Flow, id: sub, name: sub, start_node: {$component_ref: s}, nodes: [{$component_ref: s}, {$component_ref: e}], \
control_flow_connections: [{component_type: ControlFlowEdge, id: c, name: c, from_node: {$component_ref: s}, to_node: {$component_ref: e}}], \
$referenced_components: {s: {component_type: StartNode, id: s, name: s, inputs: [{title: x, type: number}]}, \
e: {component_type: EndNode, id: e, name: e, branch_name: done, outputs: [{title: x, type: number}]}}";

/// Loads a component from its YAML fields and gives its inputs, outputs and branches.
#[track_caller]
fn lists(component_type: &str, fields: &str) -> (Value, Value, Vec<String>) {
    let llm = "{component_type: VllmConfig, id: l, name: l, url: u, model_id: m}";
    let fields = fields.replace("LLM", llm).replace("FLOW", FLOW);
    let text = format!(
        "{{component_type: {component_type}, id: n, name: n, agentspec_version: 26.1.2, {fields}}}"
    );
    let options = LoadOptions {
        format: Some(crate::spec::Format::Yaml),
        ..LoadOptions::default()
    };
    let loaded = load(&text, &options);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let component = loaded.component.unwrap();
    let schemas = |list: &[Property]| {
        list.iter()
            .map(|property| property.schema().clone())
            .collect()
    };
    let branches = component.branches().to_vec();
    (
        schemas(component.inputs()),
        schemas(component.outputs()),
        branches,
    )
}

#[test]
fn placeholders_are_inputs_in_order_of_appearance() {
    let (inputs, _, _) = lists(
        "RemoteTool",
        "url: 'http://h/{{id}}', http_method: POST, data: {'{{k}}': [1, {deep: '{{v}} {{id}}'}]}, sensitive_headers: {T: '{{secret}}'}",
    );
    let titles: Vec<_> = inputs
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["title"])
        .collect();
    assert_eq!(titles, ["id", "k", "v"]);
}

#[test]
fn nodes_have_the_outputs_and_branches_of_their_kind() {
    let (_, outputs, branches) = lists("LlmNode", "prompt_template: hi, llm_config: LLM");
    assert_eq!(outputs[0]["title"], "generated_text");
    assert_eq!(branches, ["next"]);
    let (inputs, _, branches) = lists("BranchingNode", "mapping: {'1': high, '2': low, '3': high}");
    assert_eq!(inputs[0]["title"], "branching_mapping_key");
    assert_eq!(branches, ["default", "high", "low"]);
    let (_, outputs, _) = lists("InputMessageNode", "message: hi");
    assert_eq!(outputs[0]["title"], "user_input");
    let (inputs, outputs, branches) = lists("EndNode", "outputs: [{title: a, type: integer}]");
    assert_eq!(inputs, outputs);
    assert_eq!(branches, [""; 0]);
}

#[test]
fn a_node_around_a_flow_has_its_lists() {
    let (inputs, outputs, branches) = lists("FlowNode", "subflow: {FLOW}");
    let x = json!([{"title": "x", "type": "number"}]);
    assert_eq!(
        (inputs, outputs, branches),
        (x.clone(), x, vec!["done".to_owned()])
    );
}

#[test]
fn a_map_iterates_inputs_and_collects_outputs() {
    let x = json!({"title": "x", "type": "number"});
    let (inputs, outputs, _) = lists("MapNode", "subflow: {FLOW}");
    assert_eq!(
        inputs,
        json!([{"title": "iterated_x", "anyOf": [x, {"type": "array", "items": x}]}])
    );
    assert_eq!(
        outputs,
        json!([{"title": "collected_x", "type": "array", "items": x}])
    );
    let (_, outputs, _) = lists("MapNode", "subflow: {FLOW}, reducers: {x: sum}");
    assert_eq!(outputs, json!([{"title": "collected_x", "type": "number"}]));
    let (_, outputs, _) = lists("MapNode", "subflow: {FLOW}, reducers: {}");
    assert_eq!(outputs, json!([]));
}

#[test]
fn a_caught_failure_is_told_and_has_a_branch() {
    let flow = FLOW.replace(
        "done, outputs: [{title: x,",
        "done, outputs: [{default: 0, title: x,",
    );
    let (inputs, outputs, branches) = lists("CatchExceptionNode", &format!("subflow: {{{flow}}}"));
    assert_eq!(inputs, json!([{"title": "x", "type": "number"}]));
    assert_eq!(
        outputs,
        json!([
            {"title": "x", "type": "number", "default": 0},
            {"title": "caught_exception_info", "default": null, "anyOf": [{"type": "string"}, {"type": "null"}]},
        ])
    );
    assert_eq!(branches, ["caught_exception_branch", "done"]);
}

#[test]
fn flows_side_by_side_share_inputs_and_keep_all_outputs() {
    let (inputs, outputs, branches) = lists("ParallelFlowNode", "subflows: [{FLOW}]");
    let x = json!([{"title": "x", "type": "number"}]);
    assert_eq!((inputs, outputs), (x.clone(), x));
    assert_eq!(branches, ["next"]);
}

#[test]
fn a_specialized_agent_takes_what_prompt_and_instructions_take() {
    let agent =
        "{component_type: Agent, id: a, name: a, system_prompt: '{{x}} {{y}}', llm_config: LLM}";
    let parameters = "{component_type: AgentSpecializationParameters, id: p, name: p, additional_instructions: '{{y}} {{z}}'}";
    let (inputs, outputs, _) = lists(
        "SpecializedAgent",
        &format!("agent: {agent}, agent_specialization_parameters: {parameters}"),
    );
    let titles: Vec<_> = inputs
        .as_array()
        .unwrap()
        .iter()
        .map(|input| &input["title"])
        .collect();
    assert_eq!(titles, ["x", "y", "z"]);
    assert_eq!(outputs, json!([]));
}

#[test]
fn a_request_answers_with_anything() {
    let (inputs, outputs, _) = lists("ApiNode", "url: 'http://h/{{id}}', http_method: GET");
    assert_eq!(inputs, json!([{"title": "id", "type": "string"}]));
    assert_eq!(outputs, json!([{"title": "response"}]));
}

/// Titles of inputs and outputs, and branches.
#[track_caller]
fn titles(component_type: &str, fields: &str) -> [Vec<String>; 3] {
    let (inputs, outputs, branches) = lists(component_type, fields);
    let titles = |list: Value| {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|schema| schema["title"].as_str().map(str::to_owned))
            .collect()
    };
    [titles(inputs), titles(outputs), branches]
}

#[test]
fn nodes_of_wayflow_have_their_lists() {
    let store = "{component_type: InMemoryCollectionDatastore, id: d, name: d, datastore_schema: {c: {type: object, properties: {a: {type: string}}}}}";
    let cases = [
        (
            "PluginTemplateNode",
            "template: '{{a}} {{b.c}}', input_mapping: {a: q}, output_mapping: {output: o}",
            [&["q", "b"][..], &["o"], &["next"]],
        ),
        (
            "PluginCatchExceptionNode",
            "flow: {FLOW}, except_on: {KeyError: lost}, catch_all_exceptions: true",
            [
                &["x"],
                &["x", "exception_name", "exception_payload_name"],
                &["default_exception_branch", "done", "lost"],
            ],
        ),
        (
            "PluginRetryNode",
            "flow: {FLOW}, success_condition: x",
            [
                &["x"],
                &["retry_step_num_retries", "retry_step_success"],
                &["done", "failure"],
            ],
        ),
        (
            "PluginChoiceNode",
            "llm_config: LLM, next_branches: [[z, one], [a, two]]",
            [
                &["input"],
                &["selected_choice", "llm_output"],
                &["a", "default", "z"],
            ],
        ),
        (
            "ExtendedMapNode",
            "flow: {FLOW}, unpack_input: {x: .x}",
            [&["iterated_input"], &[], &["next"]],
        ),
        (
            "PluginDatastoreUpdateNode",
            "datastore: STORE, collection_name: '{{c}}', where: {a: '{{v}}'}",
            [&["c", "v", "update"], &["entities"], &["next"]],
        ),
        (
            "PluginVariableNode",
            "write_variables: [{title: w, type: number}], write_operations: {w: overwrite}, read_variables: [{title: r, type: string}]",
            [&["w"], &["r"], &["next"]],
        ),
        (
            "PluginGetChatHistoryNode",
            "output_template: '{{chat_history}} {{k}}'",
            [&["k"], &["chat_history"], &["next"]],
        ),
        (
            "ExtendedLlmNode",
            "llm_config: LLM, prompt_template: '{{p}}'",
            [&["p"], &["output"], &["next"]],
        ),
    ];
    for (component_type, fields, expected) in cases {
        let found = titles(component_type, &fields.replace("STORE", store));
        assert_eq!(
            found.each_ref().map(Vec::as_slice),
            expected,
            "{component_type}"
        );
    }
}

#[test]
fn an_element_of_a_list_variable_is_written() {
    let (inputs, _, _) = lists(
        "PluginWriteVariableNode",
        "variable: {title: v, type: array, items: {type: string}}, operation: insert",
    );
    assert_eq!(
        inputs,
        json!([{"type": "string", "description": "None (single element)", "title": "value"}])
    );
}
