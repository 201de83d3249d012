use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

const YAML: &str = "# my agent
component_type: Agent
agentspec_version: 26.1.2
id: a
name: 'weather'   # quoted
system_prompt: |
  You tell the weather.

  Be kind.
# the model
llm_config:
  component_type: OllamaConfig
  id: m
  name: m
  url: http://h   # here
  model_id: \"x\"
tools:
# first
- {$component_ref: one} # keep
- component_type: ServerTool
  id: own
  name: own
$referenced_components:
  one: {component_type: ServerTool, id: one, name: one}
  two: {component_type: ServerTool, id: two, name: two}
";

const JSON: &str = "{
  \"agentspec_version\": \"26.1.2\", \"component_type\": \"Agent\", \"id\": \"a\", \"name\": \"weather\",
  \"system_prompt\": \"You tell.\",
  \"llm_config\": {\"component_type\": \"OllamaConfig\", \"id\": \"m\", \"name\": \"m\", \"url\": \"http://h\", \"model_id\": \"x\",
    \"default_generation_parameters\": {\"top_p\": 0.5, \"temperature\": 1}},
  \"tools\": [
    {\"$component_ref\": \"one\"}
  ],
  \"$referenced_components\": {
    \"one\": {\"component_type\": \"ServerTool\", \"id\": \"one\", \"name\": \"one\"},
    \"two\": {\"component_type\": \"ServerTool\", \"id\": \"two\", \"name\": \"two\"}
  }
}
";

fn at(text: &str, id: &str) -> usize {
    let loaded = load(text, &LoadOptions::default());
    let parts = loaded.component.as_ref().unwrap().walk();
    let part = parts.iter().find(|part| part.id() == id).unwrap();
    loaded.tree.place(part.origin.node).start
}

#[track_caller]
fn set(text: &str, id: &str, path: &[&str], value: &Value, (old, new): (&str, &str)) {
    let edits = set_field(text, &LoadOptions::default(), at(text, id), path, value).unwrap();
    assert!(text.contains(old), "{old:?}");
    assert_eq!(apply(text, &edits), text.replacen(old, new, 1));
}

const TEMPERATURE: &[&str] = &["default_generation_parameters", "temperature"];

#[test]
fn only_the_value_changes_in_its_place() {
    let text = |text: &str| Value::String(text.to_owned());
    let model_id: &[&str] = &["model_id"];
    set(
        YAML,
        "m",
        model_id,
        &text("qwen: 3"),
        ("\"x\"", "\"qwen: 3\""),
    );
    set(
        YAML,
        "m",
        &["url"],
        &text("http://other"),
        ("http://h ", "http://other "),
    );
    set(
        YAML,
        "m",
        TEMPERATURE,
        &json!(0.2),
        (
            "OllamaConfig\n",
            "OllamaConfig\n  default_generation_parameters:\n    temperature: 0.2\n",
        ),
    );
    set(
        YAML,
        "a",
        &["system_prompt"],
        &text("One.\n\n  Two: #3\n"),
        (
            "  You tell the weather.\n\n  Be kind.\n",
            "  One.\n\n    Two: #3\n",
        ),
    );
    set(
        YAML,
        "a",
        &["system_prompt"],
        &text("Short"),
        ("|\n  You tell the weather.\n\n  Be kind.\n", "Short\n"),
    );
    set(JSON, "m", model_id, &text("q\"w"), ("\"x\"", "\"q\\\"w\""));
    set(
        JSON,
        "m",
        TEMPERATURE,
        &json!(0.2),
        ("\"temperature\": 1", "\"temperature\": 0.2"),
    );
    set(
        JSON,
        "m",
        TEMPERATURE,
        &Value::Null,
        (", \"temperature\": 1", ""),
    );
    set(
        JSON,
        "a",
        &["system_prompt"],
        &text("a\nb"),
        ("You tell.", "a\\nb"),
    );
}

#[test]
fn a_number_stays_as_it_is_written_where_all_readers_take_it_for_the_same() {
    let written = |text: &str, path: &[&str], number: &str| {
        let edits = set_number(text, &LoadOptions::default(), at(text, "m"), path, number);
        let text = apply(text, &edits.unwrap());
        let rest = text.split(path.last().unwrap()).nth(1).unwrap();
        let rest = rest.trim_start_matches(['"', ':', ' ']);
        rest.split([',', '}', '\n', ' ']).next().unwrap().to_owned()
    };
    let top_p: &[&str] = &["default_generation_parameters", "top_p"];
    for (number, in_yaml, in_json) in [
        ("1.10", "1.10", "1.10"),
        (" 7 ", "7", "7"),
        ("1e3", "1000.0", "1e3"),
        ("0.750", "0.750", "0.750"),
    ] {
        for path in [TEMPERATURE, top_p] {
            assert_eq!(written(YAML, path, number), in_yaml, "{path:?}");
            assert_eq!(written(JSON, path, number), in_json, "{path:?}");
        }
    }
    let hot = set_number(
        YAML,
        &LoadOptions::default(),
        at(YAML, "m"),
        TEMPERATURE,
        "hot",
    );
    assert!(hot.unwrap_err().to_string().contains("is not a number"));
}

#[test]
fn line_ends_of_windows_stay() {
    let text = YAML.replace('\n', "\r\n");
    let edits = set_field(
        &text,
        &LoadOptions::default(),
        at(&text, "m"),
        &["model_id"],
        &json!("y"),
    );
    assert_eq!(apply(&text, &edits.unwrap()), text.replace("\"x\"", "y"));
}

#[test]
fn tools_are_added_and_taken_out_by_themselves() {
    let change = |text: &str, change: ToolChange| {
        let edits = set_tools(text, &LoadOptions::default(), at(text, "a"), &change);
        apply(text, &edits.unwrap())
    };
    let two = || ToolChange::Add("two".to_owned());
    assert_eq!(
        change(YAML, two()),
        YAML.replace("  name: own\n", "  name: own\n- {$component_ref: two}\n")
    );
    assert_eq!(
        change(YAML, ToolChange::Remove(1)),
        YAML.replace("- component_type: ServerTool\n  id: own\n  name: own\n", "")
    );
    assert_eq!(
        change(YAML, ToolChange::Remove(0)),
        YAML.replace("- {$component_ref: one} # keep\n", "")
    );
    assert_eq!(
        change(JSON, two()),
        JSON.replace(
            "\"one\"}\n  ]",
            "\"one\"},\n    {\"$component_ref\": \"two\"}\n  ]"
        )
    );
    let none = change(JSON, ToolChange::Remove(0));
    assert!(none.contains("\"tools\": ["), "{none}");
    assert!(change(&none, two()).contains("{\"$component_ref\": \"two\"}"));
}

#[test]
fn what_does_not_fit_is_told_and_changes_nothing() {
    let refused = |path: &[&str], value: Value| {
        let refused = set_field(YAML, &LoadOptions::default(), at(YAML, "m"), path, &value);
        refused.unwrap_err().to_string()
    };
    assert!(refused(&["model_id"], Value::Null).contains("needs `model_id`"));
    assert!(!refused(TEMPERATURE, json!("hot")).is_empty());
    let gone = set_field(YAML, &LoadOptions::default(), 1, &["model_id"], &json!("y"));
    assert_eq!(gone, Err(SetError::Elsewhere));
}
