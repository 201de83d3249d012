//! The rules about single components.

use pretty_assertions::assert_eq;

use super::check;
use crate::spec::load::{LoadOptions, load};

/// A tool with these inputs.
fn tool(inputs: &str) -> String {
    format!(
        "component_type: ServerTool\nid: t\nname: t\nagentspec_version: 26.1.2\ninputs: [{inputs}]\n"
    )
}

#[test]
fn properties_are_sound_schemas() {
    for (code, inputs) in [
        ("error AS301", "{title: n, type: «int»}"),
        (
            "error AS301",
            "{title: n, anyOf: [{type: string}, {type: «int»}]}",
        ),
        ("error AS302", "{title: «\"user name\"», type: string}"),
        (
            "error AS302",
            "{title: n, type: array, items: {title: «a.b»}}",
        ),
        ("warning AS303", "«{type: string}»"),
        ("error AS305", "{title: n, type: integer, default: «\"5\"»}"),
        (
            "error AS307",
            "{title: a, type: string}, {title: «a», type: integer}",
        ),
    ] {
        check(&[code], &tool(inputs));
    }
    check(
        &[],
        &tool("{title: a, type: string, enum: [x, y], x-widget: menu}"),
    );
}

#[test]
fn a_list_with_something_that_is_no_property_is_not_compared() {
    let lines = "prompt_template: \"Hi {{who}}\"\ninputs: [«word», {title: «5»}]\noutputs: [«x»]\n";
    check(&["error AS301"; 3], &prompt(lines));
}

#[test]
fn end_nodes_need_titles() {
    check(
        &["error AS303"],
        "component_type: EndNode\nid: e\nname: e\nagentspec_version: 26.1.2\noutputs: [«{type: string}»]\n",
    );
}

#[test]
fn inputs_of_a_mapped_flow_need_titles() {
    check(
        &["error AS303", "warning AS303"],
        "\
component_type: MapNode
id: m
name: m
agentspec_version: 26.1.2
subflow:
  component_type: «Flow»
  id: sub
  name: sub
  start_node: @s
  nodes: [@s, @e]
  control_flow_connections:
  - {component_type: ControlFlowEdge, name: c, from_node: @s, to_node: @e}
  $referenced_components:
    s: {component_type: StartNode, id: s, name: s, inputs: [«{type: string}»]}
    e: {component_type: EndNode, id: e, name: e}
",
    );
}

#[test]
fn tools_of_an_agent_have_names_of_their_own() {
    check(
        &["warning AS606"],
        "\
component_type: Agent
id: a
name: a
agentspec_version: 26.1.2
system_prompt: hi
llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
tools:
- {component_type: ServerTool, id: t1, name: look}
- {component_type: ServerTool, id: t2, name: «look»}
",
    );
}

#[test]
fn what_an_agent_calls_has_names_of_its_own() {
    let llm = |id: &str| {
        format!("{{component_type: VllmConfig, id: {id}, name: l, url: u, model_id: m}}")
    };
    let agent = format!(
        "\
component_type: ExtendedAgent
id: a
name: a
agentspec_version: 26.1.2
system_prompt: hi
llm_config: {}
tools:
- {{component_type: ServerTool, id: t1, name: look}}
- {{component_type: ServerTool, id: t2, name: ask}}
",
        llm("l")
    );
    let expert = |name: &str| {
        format!(
            "agents:\n- {{component_type: Agent, id: e, name: {name}, description: d, system_prompt: hi, llm_config: {}}}\n",
            llm("m")
        )
    };
    let toolbox = |filter: &str| {
        format!(
            "toolboxes:\n- component_type: MCPToolBox\n  id: b\n  name: b\n  tool_filter: {filter}\n  \
             client_transport: {{component_type: StdioTransport, id: s, name: s, command: c}}\n"
        )
    };
    let spec = "{component_type: MCPToolSpec, id: p, name: look}";
    check(&["warning AS606"], &format!("{agent}{}", expert("«look»")));
    check(&[], &format!("{agent}{}", expert("other")));
    check(
        &["warning AS606"],
        &format!("{agent}{}", toolbox("[find, «ask»]")),
    );
    check(
        &["warning AS606"],
        &format!("{agent}{}", toolbox(&format!("[find, «{spec}»]"))),
    );
    check(&[], &format!("{agent}{}", toolbox("[find]")));
}

#[test]
fn tools_of_a_specialization_have_names_of_their_own() {
    check(
        &["warning AS606"],
        "\
component_type: SpecializedAgent
id: s
name: s
agentspec_version: 26.1.2
agent:
  component_type: Agent
  id: a
  name: a
  system_prompt: hi
  llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
  tools: [{component_type: ServerTool, id: t1, name: look}]
agent_specialization_parameters:
  component_type: AgentSpecializationParameters
  id: p
  name: p
  additional_tools: [{component_type: ServerTool, id: t2, name: «look»}]
",
    );
}

#[test]
fn requests_are_sound() {
    let tool = "component_type: RemoteTool\nid: r\nname: r\nagentspec_version: 26.1.2\nurl: http://h\nhttp_method: GET\n";
    check(
        &["warning AS801", "error AS701"],
        &format!("{tool}headers: {{A: x}}\nsensitive_headers: «{{«A»: y}}»\n"),
    );
    check(
        &["error AS705", "error AS705", "error AS705"],
        &format!(
            "{tool}retry_policy: {{max_attempts: «-1», request_timeout: «0», initial_retry_delay: 9, max_retry_delay: «8»}}\n"
        ),
    );
}

#[test]
fn a_secret_is_not_written_in_the_file() {
    let config = "component_type: OpenAiCompatibleConfig\nid: l\nname: l\nagentspec_version: 26.1.2\nurl: u\nmodel_id: m\n";
    check(&["warning AS801"], &format!("{config}api_key: «sk-1»\n"));
    check(
        &[],
        &format!("{config}api_key: {{$component_ref: l.api_key}}\n"),
    );
    let tool = "component_type: RemoteTool\nid: r\nname: r\nagentspec_version: 26.1.2\nurl: u\nhttp_method: GET\n";
    check(
        &[],
        &format!("{tool}sensitive_headers: {{A: \"Bearer {{{{token}}}}\"}}\n"),
    );
}

const LLM: &str = "llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}";

/// A prompt node with these further lines.
fn prompt(lines: &str) -> String {
    format!("component_type: LlmNode\nid: n\nname: n\nagentspec_version: 26.1.2\n{LLM}\n{lines}")
}

#[test]
fn declared_inputs_are_the_placeholders() {
    check(
        &["error AS401"],
        &prompt(
            "prompt_template: \"Hi {{who}} and {{whom}}\"\ninputs: «[{title: who, type: string}]»\n",
        ),
    );
    check(
        &["error AS402"],
        &prompt("prompt_template: \"Hi {{who}}\"\ninputs: [{title: who}, {title: «whom»}]\n"),
    );
    check(
        &[],
        &prompt(
            "prompt_template: \"Sum {{n}}\"\ninputs: [{title: n, type: array, items: {type: number}}]\n",
        ),
    );
    check(
        &["error AS401"],
        &prompt("prompt_template: hi\noutputs: «[]»\n"),
    );
}

#[test]
fn declared_lists_are_those_of_the_tool_inside() {
    let node = "component_type: ToolNode\nid: n\nname: n\nagentspec_version: 26.1.2\n\
                tool: {component_type: ServerTool, id: t, name: look, inputs: [{title: a}], outputs: [{title: o}]}\n";
    check(
        &["error AS401", "error AS402"],
        &format!("{node}inputs: «[{{title: «b»}}]»\n"),
    );
    check(
        &["error AS402"],
        &format!("{node}outputs: [{{title: o}}, {{title: «p»}}]\n"),
    );
}

#[test]
fn branches_follow_from_the_mapping() {
    let node = "component_type: BranchingNode\nid: b\nname: b\nagentspec_version: 26.1.2\n\
                mapping: {\"1\": high}\n";
    check(&["error AS404"], &format!("{node}branches: «[high]»\n"));
    check(
        &["error AS404"],
        &format!("{node}branches: [high, default, «hi»]\n"),
    );
    check(
        &["error AS404"],
        &format!("{node}branches: [high, default, «high»]\n"),
    );
    check(&[], &format!("{node}branches: [high, default]\n"));
    check(
        &["error AS402"],
        &format!("{node}inputs: [{{title: a}}, {{title: «b»}}]\n"),
    );
    check(&["error AS401"], &format!("{node}inputs: «[]»\n"));
    check(
        &["error AS402"],
        &format!("{node}outputs: [{{title: «o»}}]\n"),
    );
}

#[test]
fn start_and_end_nodes_pass_their_inputs_on() {
    let node = "component_type: StartNode\nid: s\nname: s\nagentspec_version: 26.1.2\ninputs: [{title: a}]\n";
    check(
        &["error AS405"],
        &format!("{node}outputs: «[{{title: b}}]»\n"),
    );
    check(&[], &format!("{node}outputs: [{{title: a}}]\n"));
    check(&[], &format!("{node}outputs: null\n"));
    for component_type in ["StartNode", "EndNode"] {
        let node = format!(
            "component_type: {component_type}\nid: n\nname: n\nagentspec_version: 26.1.2\n"
        );
        for (lists, code) in [
            (
                "inputs: [{title: a}]\noutputs: «[]»\n",
                &["error AS405"][..],
            ),
            (
                "inputs: «[]»\noutputs: [{title: a}]\n",
                &["error AS405"][..],
            ),
            ("inputs: []\noutputs: []\n", &[]),
        ] {
            check(code, &format!("{node}{lists}"));
        }
    }
}

#[test]
fn an_input_message_is_text() {
    let node = "component_type: InputMessageNode\nid: i\nname: i\nagentspec_version: 26.1.2\n";
    check(
        &["error AS406"],
        &format!("{node}outputs: «[{{title: a, type: integer}}]»\n"),
    );
    check(
        &[],
        &format!("{node}outputs: [{{title: a, type: string}}]\n"),
    );
}

#[test]
fn reducers_name_outputs_of_their_kind() {
    let node = "\
component_type: MapNode
id: m
name: m
agentspec_version: 26.1.2
subflow:
  component_type: Flow
  id: sub
  name: sub
  start_node: @s
  nodes: [@s, @e]
  control_flow_connections:
  - {component_type: ControlFlowEdge, name: c, from_node: @s, to_node: @e}
  $referenced_components:
    s: {component_type: StartNode, id: s, name: s, inputs: [{title: x, type: string}]}
    e: {component_type: EndNode, id: e, name: e, outputs: [{title: x, type: string}]}
";
    check(
        &["warning AS411"],
        &format!("{node}reducers: {{«total»: append}}\n"),
    );
    check(
        &["warning AS411"],
        &format!("{node}reducers: {{x: «sum»}}\n"),
    );
    check(&[], &format!("{node}reducers: {{x: append}}\n"));
}

#[test]
fn strict_validation_also_compares_inferred_types() {
    let text = prompt(
        "prompt_template: \"Sum {{n}} {{t}}\"\n\
         inputs: [{title: n, type: array, items: {type: number}}, {title: t, type: string}]\n",
    );
    let options = LoadOptions {
        strict: true,
        ..LoadOptions::default()
    };
    let found = load(&text, &options).diagnostics;
    let codes: Vec<&str> = found.iter().map(|problem| problem.code.0).collect();
    assert_eq!(codes, ["AS403"]);
    assert_eq!(
        text.get(found[0].place.bytes()),
        Some("{title: n, type: array, items: {type: number}}")
    );
    assert_eq!(load(&text, &LoadOptions::default()).diagnostics, []);
}

#[test]
fn titles_of_autogen_are_told_where_its_exporter_wrote_the_agent() {
    let agent = |prompt: &str, title: &str| {
        format!(
            "component_type: Agent\nid: a\nname: desk\nagentspec_version: 26.1.2\nsystem_prompt: \"{prompt}\"\n\
             llm_config: {{component_type: OllamaConfig, id: m, name: m, url: u, model_id: m}}\n\
             tools: [{{component_type: ServerTool, id: t, name: t, inputs: [{{title: {title}, type: string}}]}}]\n"
        )
    };
    let exported = "Help. This is the user input: {{desk_input}}";
    check(&["warning AS308"], &agent(exported, "«City»"));
    check(&[], &agent(exported, "city"));
    check(&[], &agent(exported, "cityCode"));
    check(&[], &agent("Help.", "City"));
}
