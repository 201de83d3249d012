//! Hover, definition, references and rename; what all functions keep on any text is in `tests/all`.

use pretty_assertions::assert_eq;

use super::*;
use crate::spec::load::{LoadOptions, Supplied};

const AGENT: &str = "\
component_type: Agent
name: helper
system_prompt: Answer about {{city}}.
inputs:
- {title: city, type: string, description: Where.}
llm_config: {$component_ref: llm}
tools:
- $component_ref: look
- $component_ref: look
$referenced_components:
  llm:
    component_type: OllamaConfig
    id: llm
    name: Llama
    url: u
    model_id: m
    api_key: {$component_ref: llm.api_key}
  look: {component_type: ServerTool, id: look, name: look_up}
";

const JSON: &str = r#"{
  "component_type": "Agent",
  "llm_config": {"$component_ref": "llm"},
  "$referenced_components": {"llm": {"component_type": "LlmConfig", "id": "llm"}}
}"#;

/// The byte of the first place of a text in another, plus one: inside it.
fn inside(text: &str, what: &str) -> usize {
    text.find(what).expect("the text is there") + 1
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap().matches('\n').count() + 1
}

fn options() -> LoadOptions {
    LoadOptions::default()
}

#[track_caller]
fn check_hover(text: &str, what: &str, expected: &str) {
    let hover = hover(text, &options(), inside(text, what));
    let words = hover.map(|hover| {
        let facts = hover.facts.join(", ");
        let covered = text.get(hover.range).unwrap();
        format!("{covered} | {} | {facts} | {}", hover.title, hover.doc)
    });
    assert_eq!(words.as_deref(), Some(expected));
}

#[test]
fn hover_says_what_things_are() {
    check_hover(
        AGENT,
        "system_prompt",
        "system_prompt | system_prompt of Agent | a string, required | The instructions before the conversation; `{{name}}` inserts an input.",
    );
    check_hover(
        AGENT,
        "api_key:",
        "api_key | api_key of OllamaConfig | a string or null, default null, since 25.4.2, secret | The API key for the endpoint.",
    );
    check_hover(
        AGENT,
        "OllamaConfig",
        "OllamaConfig | OllamaConfig | since 25.4.1, needs name, model_id, url | A model served by Ollama.",
    );
    check_hover(
        AGENT,
        "llm}",
        "llm | llm | OllamaConfig, called Llama, line 11 | A model served by Ollama.",
    );
    check_hover(
        AGENT,
        "{{city",
        "{{city}} | {{city}} | an input, string | Where.",
    );
    check_hover(
        AGENT,
        "title",
        "title | title of a JSON Schema | a string | The name of the property.",
    );
    check_hover(
        JSON,
        "\"llm_config",
        "\"llm_config\" | llm_config of Agent | an LlmConfig, required | The model of the agent.",
    );
}

#[test]
fn hover_works_while_another_line_is_half_typed() {
    let broken = AGENT.replace("name: helper", "nam");
    check_hover(
        &broken,
        "OllamaConfig",
        "OllamaConfig | OllamaConfig | since 25.4.1, needs name, model_id, url | A model served by Ollama.",
    );
    check_hover(
        "{\"component_type\": \"Agent\", \"name\": \"",
        "\"name",
        "\"name\" | name of Agent | a string, required | The name for people and models.",
    );
}

#[test]
fn definitions_are_found_here_and_in_supplied_parts() {
    let find = |text: &str, what: &str, options: &LoadOptions| match definition(
        text,
        options,
        inside(text, what),
    ) {
        Some(Definition::Here(range)) => {
            let line = line_of(text, range.start);
            format!("{line}: {}", text.get(range).unwrap())
        }
        Some(Definition::Supplied(name)) => name,
        None => String::new(),
    };
    assert_eq!(find(AGENT, "llm}", &options()), "11: llm");
    assert_eq!(find(AGENT, "$component_ref: llm", &options()), "11: llm");
    assert_eq!(find(AGENT, "{{city", &options()), "5: city");
    assert_eq!(find(JSON, "\"llm\"}", &options()), "4: \"llm\"");
    assert_eq!(find(AGENT, "helper", &options()), "");
    let supplied = LoadOptions {
        supplied: vec![Supplied {
            name: "models.yaml".to_owned(),
            text: "$referenced_components:\n  far: {component_type: LlmConfig}\n".to_owned(),
        }],
        ..options()
    };
    let text = AGENT.replace("{$component_ref: llm}", "{$component_ref: far}");
    assert_eq!(find(&text, "far", &supplied), "models.yaml");
    assert_eq!(find(&text, "far", &options()), "");
}

#[test]
fn an_output_that_an_edge_names_is_defined_at_its_node() {
    let text = "\
component_type: Flow
start_node: {$component_ref: s}
nodes: [{$component_ref: s}]
data_flow_connections:
- component_type: DataFlowEdge
  source_node: {$component_ref: s}
  source_output: city
$referenced_components:
  s: {component_type: StartNode, name: s, inputs: [{title: city, type: string}]}
";
    let found = definition(text, &options(), inside(text, "city"));
    let Some(Definition::Here(range)) = found else {
        panic!("it is here");
    };
    assert_eq!(range.start, text.rfind("city").unwrap());
}

#[test]
fn references_are_the_definition_and_every_use() {
    let lines = |text: &str, what: &str| -> Vec<(usize, bool)> {
        let found = references(text, &options(), inside(text, what));
        found
            .into_iter()
            .map(|found| (line_of(text, found.range.start), found.is_definition))
            .collect()
    };
    let expected = [(8, false), (9, false), (18, true)];
    assert_eq!(lines(AGENT, "look\n"), expected);
    assert_eq!(lines(AGENT, "look:"), expected);
    assert_eq!(lines(AGENT, "look,"), expected);
    assert_eq!(lines(AGENT, "helper"), []);
}

#[test]
fn renaming_changes_key_id_references_and_what_stands_for_secrets() {
    let renamed = |text: &str, what: &str, name: &str| {
        rename(text, &options(), inside(text, what), name).map(|edits| apply(text, &edits))
    };
    assert_eq!(
        renamed(AGENT, "llm}", "big").unwrap(),
        AGENT
            .replace("{$component_ref: llm}", "{$component_ref: big}")
            .replace("  llm:", "  big:")
            .replace("id: llm", "id: big")
            .replace("llm.api_key", "big.api_key")
    );
    assert_eq!(
        renamed(JSON, "\"llm\"}", "a \"b\"").unwrap(),
        JSON.replace("\"llm\"", r#""a \"b\"""#)
    );
    assert_eq!(
        renamed(AGENT, "llm}", "look"),
        Err(RenameError::Taken("look".to_owned()))
    );
    assert_eq!(renamed(AGENT, "llm}", " "), Err(RenameError::Empty));
    assert_eq!(renamed(AGENT, "helper", "x"), Err(RenameError::Nothing));
    let target = renamable(AGENT, &options(), inside(AGENT, "look\n")).unwrap();
    assert_eq!((target.name.as_str(), target.n_places), ("look", 4));
}
