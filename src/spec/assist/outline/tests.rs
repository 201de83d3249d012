use pretty_assertions::assert_eq;

use super::*;
use crate::base::ids::IdSource;
use crate::spec::load::{LoadOptions, load};

/// The outline as text: two blanks for each level, then label, detail in parentheses, kind and line.
fn drawn(text: &str) -> String {
    let options = LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    };
    let draw = |item: OutlineItem| {
        let indent = "  ".repeat(item.depth);
        let detail = match item.detail.as_str() {
            "" => String::new(),
            detail => format!(" ({detail})"),
        };
        let line = item
            .place
            .map_or("-".to_owned(), |place| place.line.to_string());
        format!("{indent}{}{detail} {:?} {line}\n", item.label, item.kind)
    };
    outline(&load(text, &options))
        .into_iter()
        .map(draw)
        .collect()
}

#[test]
fn an_agent_with_its_tools_and_model() {
    let text = "\
component_type: Agent
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: Answer about {{query}}.
outputs:
- {title: report, type: string}
llm_config:
  component_type: OllamaConfig
  id: llm
  name: llm
  url: http://localhost
  model_id: llama3.2
tools:
- component_type: ServerTool
  id: get_weather
  name: get_weather
  inputs:
  - {title: city, type: string}
- $component_ref: book_taxi
$referenced_components:
  book_taxi:
    component_type: ClientTool
    id: book_taxi
    name: book_taxi
";
    assert_eq!(
        drawn(text),
        "\
weather (Agent) Agent 1
  inputs Group -
    query (string) Input -
  outputs Group 6
    report (string) Output 7
  llama3.2 (OllamaConfig) Model 9
  tools Group 14
    get_weather (ServerTool) Tool 15
    book_taxi (ClientTool) Tool 23
"
    );
}

#[test]
fn a_flow_with_its_nodes_and_edges() {
    let text = "\
component_type: Flow
agentspec_version: 26.1.2
id: f
name: triage
start_node: {$component_ref: s}
nodes: [{$component_ref: s}, {$component_ref: b}, {$component_ref: e}]
control_flow_connections:
- {component_type: ControlFlowEdge, name: c1, from_node: {$component_ref: s}, to_node: {$component_ref: b}}
- {component_type: ControlFlowEdge, name: c2, from_node: {$component_ref: b}, from_branch: go, to_node: {$component_ref: e}}
- {component_type: ControlFlowEdge, name: c3, from_node: {$component_ref: b}, from_branch: default, to_node: {$component_ref: e}}
data_flow_connections:
- {component_type: DataFlowEdge, name: d1, source_node: {$component_ref: s}, source_output: k, destination_node: {$component_ref: b}, destination_input: k}
$referenced_components:
  s: {component_type: StartNode, id: s, name: start, inputs: [{title: k, type: string}]}
  b: {component_type: BranchingNode, id: b, name: route, mapping: {y: go}, inputs: [{title: k, type: string}]}
  e: {component_type: EndNode, id: e, name: done}
";
    assert_eq!(
        drawn(text),
        "\
triage (Flow) Agent 1
  inputs Group -
    k (string) Input -
  nodes Group 6
    start (StartNode) Node 14
    route (BranchingNode) Node 15
    done (EndNode) Node 16
  control edges Group 7
    start → route ControlEdge 8
    route → done (go) ControlEdge 9
    route → done (default) ControlEdge 10
  data edges Group 11
    start.k → route.k DataEdge 12
"
    );
}

#[test]
fn a_broken_document_still_has_an_outline() {
    let text = "\
component_type: Agnt
name: weather
inputs:
- {title: query, type: [string, 'null']}
llm_config: {component_type: OllamaConfig, name: llm}
";
    assert_eq!(
        drawn(text),
        "\
weather (Agnt) Other 1
  query (string or null) Input 4
  llm (OllamaConfig) Other 5
"
    );
    assert_eq!(drawn("- just\n- text\n"), "");
    assert_eq!(drawn(""), "");
}

#[test]
fn a_component_is_taken_apart_once() {
    let text = "\
component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {$component_ref: s}
nodes: [{$component_ref: s}, {$component_ref: n1}, {$component_ref: n2}]
control_flow_connections: []
$referenced_components:
  s: {component_type: StartNode, id: s, name: s}
  n1: {component_type: AgentNode, id: n1, name: n1, agent: {$component_ref: a}}
  n2: {component_type: AgentNode, id: n2, name: n2, agent: {$component_ref: a}}
  a:
    component_type: Agent
    id: a
    name: helper
    system_prompt: hi
    llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";
    let drawn = drawn(text);
    assert_eq!(drawn.matches("helper (Agent)").count(), 2, "{drawn}");
    assert_eq!(drawn.matches("m (VllmConfig)").count(), 1, "{drawn}");
}
