use pretty_assertions::assert_eq;

use super::*;
use crate::spec::assist::edit::apply;

fn at_bar(text: &str) -> (String, usize) {
    let at = text.find('|').expect("a bar stands for the cursor");
    (text.replacen('|', "", 1), at)
}

/// What is offered for the word at the bar.
fn offered(text: &str) -> Vec<String> {
    let (text, at) = at_bar(text);
    let completions = complete(&text, &LoadOptions::default(), at);
    let typed = text.get(completions.typed_from..at).unwrap_or_default();
    let items = completions.matching(typed);
    items.into_iter().map(|item| item.label.clone()).collect()
}

/// The text after the item of this label is accepted, with a bar at the cursor.
#[track_caller]
fn accepted(text: &str, label: &str) -> String {
    let (text, at) = at_bar(text);
    let completions = complete(&text, &LoadOptions::default(), at);
    let Some(item) = completions.items.iter().find(|item| item.label == label) else {
        let labels: Vec<_> = completions.items.iter().map(|item| &item.label).collect();
        panic!("`{label}` is not among {labels:?} in\n{text}");
    };
    let mut marked = item.clone();
    marked.insert.insert(item.cursor, '|');
    apply(&text, &marked.edits(completions.range.clone()))
}

#[track_caller]
fn check_first(text: &str, expected: &[&str]) {
    let mut offered = offered(text);
    offered.truncate(expected.len());
    assert_eq!(offered, expected, "{text}");
}

#[track_caller]
fn check_all(text: &str, expected: &[&str]) {
    assert_eq!(offered(text), expected, "{text}");
}

const FLOW: &str = "\
component_type: Flow
name: triage
start_node: {$component_ref: s}
nodes:
- {$component_ref: s}
- {$component_ref: b}
- {$component_ref: e}
control_flow_connections:
- component_type: ControlFlowEdge
  name: c1
  from_node: {$component_ref: b}
  from_branch: |
data_flow_connections:
- component_type: DataFlowEdge
  name: d1
  source_node: {$component_ref: s}
  source_output: ^
$referenced_components:
  s: {component_type: StartNode, name: s, inputs: [{title: text, type: string, description: The request.}]}
  b:
    component_type: BranchingNode
    name: b
    mapping: {yes: ok, no: bad}
  e: {component_type: EndNode, name: e}
  llm:
    component_type: LlmConfig
    name: llm
    model_id: m
";

#[test]
fn keys_that_a_component_lacks_required_ones_first() {
    check_first(
        "component_type: Agent\nname: a\n|",
        &["llm_config", "system_prompt", "id", "description"],
    );
    check_all("component_type: Agent\nname: a\nsys|", &["system_prompt"]);
    check_all("{\"component_type\": \"Agent\", \"sys|", &["system_prompt"]);
    check_first("|", &["component_type", "name"]);
    check_first(
        "component_type: Agent\nllm_config:\n  |\nname: a\n",
        &["component_type", "$component_ref", "name"],
    );
    check_all(
        "component_type: LlmConfig\ndefault_generation_parameters:\n  t|\n",
        &["temperature", "top_p", "max_tokens"],
    );
    check_all(
        "component_type: ServerTool\ninputs:\n- title: a\n  d|\n",
        &["description", "default", "required", "additionalProperties"],
    );
    check_all("component_type: ServerTool\nname: a # n|\n", &[]);
}

#[test]
fn items_of_a_list_on_a_blank_line() {
    let tool = "component_type: ServerTool\nname: t\ninputs:\n";
    check_first(&format!("{tool}|"), &["- title", "- type"]);
    check_first(&format!("{tool}  |\noutputs: []\n"), &["- title", "- type"]);
    assert_eq!(
        accepted(&format!("{tool}|\nid: t\n"), "- title"),
        format!("{tool}- title: |\nid: t\n")
    );
    // Below items that are there, keys go first.
    let listed = format!("{tool}- title: a\n|");
    check_first(&listed, &["id", "description"]);
    assert!(offered(&listed).contains(&"- title".to_owned()));
    check_first(
        "component_type: Agent\ntools:\n|\n",
        &["- component_type", "- $component_ref"],
    );
    let nodes = FLOW.replace("nodes:\n", "nodes:\n|\n");
    assert!(
        offered(&nodes).iter().any(|label| label.starts_with("- ")),
        "{nodes}"
    );
}

#[test]
fn types_that_fit_the_slot() {
    let llms = "component_type: Agent\nllm_config:\n  component_type: Ollama|\n";
    check_all(llms, &["OllamaConfig"]);
    check_all(
        "component_type: Agent\ntools:\n- component_type: Agent|\n",
        &[],
    );
    check_first("{\"component_type\": \"Fl|\"}", &["Flow"]);
}

#[test]
fn values_of_a_field() {
    check_all(
        "component_type: ServerTool\nrequires_confirmation: |\n",
        &["true", "false"],
    );
    check_all(
        "component_type: OpenAiConfig\napi_type: r|\n",
        &["responses"],
    );
    check_first(
        "component_type: Agent\nagentspec_version: |\n",
        &["26.3.1", "26.1.2"],
    );
    check_all(
        "component_type: ServerTool\noutputs:\n- {title: a, type: str|}\n",
        &["string"],
    );
}

#[test]
fn references_in_scope_that_fit() {
    let text = FLOW.replace('|', "next").replace('^', "text");
    check_all(
        &text.replace(
            "start_node: {$component_ref: s}",
            "start_node: {$component_ref: |}",
        ),
        &["s", "b", "e"],
    );
    check_first(
        &text.replace("start_node: {$component_ref: s}", "start_node: |"),
        &["s", "b", "e", "AgentNode"],
    );
    check_first(
        &text.replace("- {$component_ref: e}", "- {$component_ref: e}\n- |"),
        &["component_type", "$component_ref", "name"],
    );
    let inner = "\
component_type: Agent
name: a
llm_config: {$component_ref: |}
tools:
- component_type: ServerTool
  name: t
  $referenced_components:
    hidden: {component_type: LlmConfig, name: h, model_id: m}
$referenced_components:
  shown: {component_type: VllmConfig, name: s, model_id: m, url: u}
  tool: {component_type: ServerTool, name: tool}
";
    check_all(inner, &["shown"]);
}

#[test]
fn branches_and_outputs_of_the_node_beside() {
    check_all(
        &FLOW.replace('^', "text"),
        &["bad", "default", "ok", "null"],
    );
    check_all(&FLOW.replace('|', "ok").replace('^', "|"), &["text"]);
}

#[test]
fn inputs_between_braces() {
    let agent = "component_type: Agent\nname: a\nsystem_prompt: Answer {{qu|\ninputs:\n- {title: query, type: string}\n";
    check_all(agent, &["query"]);
    assert_eq!(
        accepted(agent, "query"),
        agent.replace("{{qu|", "{{query}}|")
    );
    check_all(
        "component_type: Agent\nname: a\nsystem_prompt: |\n"
            .replace('|', ">\n  About {{ |}} now")
            .as_str(),
        &[],
    );
    check_all(
        "{\"component_type\": \"LlmNode\", \"inputs\": [{\"title\": \"city\"}], \"prompt_template\": \"In {{c|",
        &["city"],
    );
}

#[test]
fn what_is_accepted_is_written_as_the_format_wants_it() {
    for (text, label, expected) in [
        (
            "component_type: Agent\nsy|\n",
            "system_prompt",
            "component_type: Agent\nsystem_prompt: |\n",
        ),
        (
            "component_type: Agent\nsys|: hi\n",
            "system_prompt",
            "component_type: Agent\nsystem_prompt|: hi\n",
        ),
        (
            "component_type: Agent\n|\n",
            "llm_config",
            "component_type: Agent\nllm_config:\n  |\n",
        ),
        (
            "component_type: Agent\nto|\n",
            "tools",
            "component_type: Agent\ntools:\n- |\n",
        ),
        (
            "component_type: Agent\ntools:\n- component_type: Serv|\n",
            "ServerTool",
            "component_type: Agent\ntools:\n- component_type: ServerTool\n  name: |\n",
        ),
        (
            "component_type: Agent\nname: a\nllm_config: |\ntools: []\n",
            "OllamaConfig",
            "component_type: Agent\nname: a\nllm_config:\n  component_type: OllamaConfig\n  name: |\n  model_id: \n  url: \ntools: []\n",
        ),
        (
            "component_type: Agent\nllm_config:|\n",
            "LlmConfig",
            "component_type: Agent\nllm_config:\n  component_type: LlmConfig\n  name: |\n  model_id: \n",
        ),
        (
            "component_type: Agent\ntools: |\n$referenced_components:\n  t: {component_type: ServerTool}\n",
            "t",
            "component_type: Agent\ntools:\n- $component_ref: t|\n$referenced_components:\n  t: {component_type: ServerTool}\n",
        ),
        (
            "component_type: Agent\nllm_config: |\n$referenced_components:\n  \"a, b\": {component_type: LlmConfig}\n",
            "a, b",
            "component_type: Agent\nllm_config: {$component_ref: \"a, b\"}|\n$referenced_components:\n  \"a, b\": {component_type: LlmConfig}\n",
        ),
        ("{\"component_type\": \"Agent\"|}", "name", ""),
        (
            "{\"component_type\": \"Agent\" |}",
            "name",
            "{\"component_type\": \"Agent\", \"name\": \"|\"}",
        ),
        (
            "{\n  \"component_type\": \"Agent\",\n  \"to|\n  \"name\": \"a\"\n}",
            "tools",
            "{\n  \"component_type\": \"Agent\",\n  \"tools\": [|],\n  \"name\": \"a\"\n}",
        ),
        (
            "{\n  \"component_type\": \"Oll|\",\n  \"name\": \"a\"\n}",
            "OllamaConfig",
            "{\n  \"component_type\": \"OllamaConfig\",\n  \"model_id\": \"|\",\n  \"url\": \"\",\n  \"name\": \"a\"\n}",
        ),
        (
            "{\n  \"component_type\": \"Agent\",\n  \"llm_config\": |\n}",
            "LlmConfig",
            "{\n  \"component_type\": \"Agent\",\n  \"llm_config\": {\n    \"component_type\": \"LlmConfig\",\n    \"name\": \"|\",\n    \"model_id\": \"\"\n  }\n}",
        ),
    ] {
        if !expected.is_empty() {
            assert_eq!(accepted(text, label), expected, "{label} in\n{text}");
        }
    }
}
