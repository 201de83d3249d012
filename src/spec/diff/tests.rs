//! What is a difference, and how it is told.

use std::sync::Arc;

use pretty_assertions::assert_eq;

use super::*;
use crate::spec::{LoadOptions, load};

const AGENT: &str = "\
component_type: Agent
agentspec_version: 26.1.2
id: weather
name: weather
system_prompt: Tell the weather of {{city}}.
llm_config:
  component_type: VllmConfig
  id: model
  name: model
  url: http://h
  model_id: x
  default_generation_parameters: {temperature: 0.2}
tools:
  - {component_type: ServerTool, id: look, name: look, description: Look it up}
  - {component_type: ServerTool, id: book, name: book}
";

const FLOW: &str = "\
component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {$component_ref: start}
nodes:
  - {$component_ref: start}
  - {$component_ref: say}
  - {$component_ref: end}
control_flow_connections:
  - {component_type: ControlFlowEdge, name: e1, from_node: {$component_ref: start}, to_node: {$component_ref: say}}
  - {component_type: ControlFlowEdge, name: e2, from_node: {$component_ref: say}, to_node: {$component_ref: end}}
$referenced_components:
  start: {component_type: StartNode, id: start, name: start}
  say: {component_type: OutputMessageNode, id: say, name: say, message: Hello}
  end: {component_type: EndNode, id: end, name: end}
";

fn component(text: &str) -> Arc<Component> {
    let loaded = load(text, &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}\n{text}", loaded.diagnostics);
    loaded.component.unwrap()
}

/// Replaces parts of a text, compares, and tells the differences.
#[track_caller]
fn check(text: &str, replaced: &[(&str, &str)], expected: &[&str]) {
    let mut other = text.to_owned();
    for (from, to) in replaced {
        assert!(other.contains(from), "{from}");
        other = other.replace(from, to);
    }
    let (before, after) = (component(text), component(&other));
    let told: Vec<String> = lines(&diff(&before, &after))
        .iter()
        .map(DiffLine::text)
        .collect();
    assert_eq!(told, expected);
    let back = diff(&after, &before);
    assert_eq!(back.is_empty(), expected.is_empty(), "{back:?}");
}

#[test]
fn what_only_looks_different_is_no_difference() {
    check(AGENT, &[], &[]);
    // A default written out, another version, a comment.
    check(
        AGENT,
        &[(
            "name: weather\n",
            "name: weather\nhuman_in_the_loop: true # as ever\n",
        )],
        &[],
    );
    check(AGENT, &[("26.1.2", "26.3.1")], &[]);
    check(AGENT, &[("0.2}", "0.2, top_p: null}")], &[]);
    // What is inferred anyway, in words.
    check(
        AGENT,
        &[("tools:", "inputs:\n  - {type: string, title: city}\ntools:")],
        &[],
    );
    // A component that is defined elsewhere.
    check(
        AGENT,
        &[(
            "  - {component_type: ServerTool, id: book, name: book}\n",
            "  - {$component_ref: book}\n$referenced_components:\n  \
                 book: {component_type: ServerTool, id: book, name: book}\n",
        )],
        &[],
    );
    // Ids that are made up each time.
    let without_ids = AGENT.replace("id: book, ", "").replace("  id: model\n", "");
    check(&without_ids, &[], &[]);
    // The order of nodes and edges.
    check(
        FLOW,
        &[(
            "  - {$component_ref: start}\n  - {$component_ref: say}\n",
            "  - {$component_ref: say}\n  - {$component_ref: start}\n",
        )],
        &[],
    );
}

#[test]
fn a_difference_is_told_in_the_words_of_agent_spec() {
    check(
        AGENT,
        &[
            ("weather of", "weather now in"),
            ("0.2", "0.7"),
            ("id: book, name: book", "id: lookup, name: lookup"),
        ],
        &[
            "weather  Agent",
            "  ~ system_prompt \"Tell the weather of {{city}}.\" → \"Tell the weather now in {{city}}.\"",
            "model  VllmConfig",
            "  ~ default_generation_parameters.temperature 0.2 → 0.7",
            "lookup  ServerTool",
            "  ~ id \"book\" → \"lookup\"",
            "  ~ name \"book\" → \"lookup\"",
        ],
    );
    check(
        AGENT,
        &[
            (
                "tools:\n",
                "tools:\n  - {component_type: ServerTool, id: new, name: new}\n",
            ),
            (", description: Look it up", ""),
        ],
        &[
            "weather  Agent",
            "  + tool `new` (ServerTool)",
            "look  ServerTool",
            "  - description \"Look it up\"",
        ],
    );
}

#[test]
fn another_type_in_the_same_place_is_told_with_what_else_changes() {
    check(
        AGENT,
        &[("VllmConfig", "OllamaConfig")],
        &[
            "model  OllamaConfig",
            "  ~ component_type \"VllmConfig\" → \"OllamaConfig\"",
        ],
    );
}

#[test]
fn the_order_of_tools_is_a_difference() {
    let swapped = AGENT
        .replace("id: book, name: book", "id: swap, name: swap")
        .replace(
            "id: look, name: look, description: Look it up",
            "id: book, name: book",
        )
        .replace(
            "id: swap, name: swap",
            "id: look, name: look, description: Look it up",
        );
    let found = diff(&component(AGENT), &component(&swapped));
    let told: Vec<String> = lines(&found).iter().map(DiffLine::text).collect();
    assert_eq!(
        told,
        [
            "weather  Agent",
            "    tools in another order: [\"look\",\"book\"] → [\"book\",\"look\"]"
        ]
    );
}

#[test]
fn edges_are_told_by_what_they_connect() {
    check(
        FLOW,
        &[
            (
                "to_node: {$component_ref: say}}",
                "to_node: {$component_ref: ask}}\n  - {component_type: ControlFlowEdge, name: e3, \
                 from_node: {$component_ref: ask}, to_node: {$component_ref: say}}",
            ),
            (
                "  - {$component_ref: end}\n",
                "  - {$component_ref: ask}\n  - {$component_ref: end}\n",
            ),
            (
                "  say: {",
                "  ask: {component_type: InputMessageNode, id: ask, name: ask, outputs: [{title: x, type: string}]}\n  say: {",
            ),
        ],
        &[
            "f  Flow",
            "  + node `ask` (InputMessageNode)",
            "  - edge start → say",
            "  + edge start → ask",
            "  + edge ask → say",
        ],
    );
    // An edge may have another name, but that is no other edge.
    check(
        FLOW,
        &[("name: e2", "name: last")],
        &["last  ControlFlowEdge", "  ~ name \"e2\" → \"last\""],
    );
}

#[test]
fn components_are_matched_by_name_where_they_have_no_ids() {
    let bare = AGENT.replace("id: look, ", "").replace("id: book, ", "");
    check(
        &bare,
        &[(
            "  - {component_type: ServerTool, name: look, description: Look it up}\n",
            "",
        )],
        &["weather  Agent", "  - tool `look` (ServerTool)"],
    );
}

#[test]
fn inputs_are_compared_by_title() {
    let listed = AGENT.replace("tools:", "inputs:\n  - {title: city, type: string}\ntools:");
    check(
        &listed,
        &[(
            "{title: city, type: string}",
            "{title: city, type: string, default: Rome}",
        )],
        &["weather  Agent", "  + input city.default \"Rome\""],
    );
}

#[test]
fn long_texts_are_compared_word_by_word() {
    let long = AGENT.replace(
        "Tell the weather of {{city}}.",
        "|\n  You tell the weather of {{city}}.\n  Be kind.\n  Never guess.",
    );
    check(
        &long,
        &[("Be kind", "Be brief and kind")],
        &[
            "weather  Agent",
            "  ~ system_prompt changed",
            "    Be {+brief and +}kind.",
        ],
    );
}
