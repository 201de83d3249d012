//! Components against the text that an export makes of them.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::spec::load::{LoadOptions, load};

#[track_caller]
fn component(text: &str) -> Arc<Component> {
    let loaded = load(text, &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.unwrap()
}

fn exported(text: &str, format: Format) -> Exported {
    export(&component(text), &ExportOptions::new(format)).unwrap()
}

fn as_json(text: &str) -> Value {
    serde_json::from_str(&exported(text, Format::Json).text).unwrap()
}

/// A tool whose metadata holds one value, written as YAML and read again.
#[track_caller]
fn survives_yaml(value: &Value) {
    let document = json!({
        "component_type": "ServerTool", "id": "t", "name": "t", "metadata": {"v": value},
        "agentspec_version": "26.1.2",
    });
    let original = component(&document.to_string());
    let text = export(&original, &ExportOptions::new(Format::Yaml))
        .unwrap()
        .text;
    let loaded = load(
        &text,
        &LoadOptions {
            format: Some(Format::Yaml),
            ..LoadOptions::default()
        },
    );
    assert_eq!(loaded.diagnostics, [], "{text}");
    assert_eq!(
        loaded.component.unwrap().metadata(),
        original.metadata(),
        "{text}"
    );
}

const TOOL: &str = "{component_type: ServerTool, id: t, name: clock, agentspec_version: 25.4.1}";

#[test]
fn every_field_of_the_version_is_written_in_order() {
    assert_eq!(
        exported(TOOL, Format::Yaml).text,
        "component_type: ServerTool\nid: t\nname: clock\ndescription: null\nmetadata: {}\ninputs: []\n\
         outputs: []\nagentspec_version: 25.4.1\n"
    );
    let newer = ExportOptions {
        version: Some(AgentSpecVersion::V26_3_1),
        ..ExportOptions::new(Format::Json)
    };
    assert_eq!(
        export(&component(TOOL), &newer).unwrap().text,
        "{\n  \"component_type\": \"ServerTool\",\n  \"id\": \"t\",\n  \"name\": \"clock\",\n  \
         \"description\": null,\n  \"metadata\": {},\n  \"inputs\": [],\n  \"outputs\": [],\n  \
         \"requires_confirmation\": false,\n  \"agentspec_version\": \"26.3.1\"\n}\n"
    );
}

#[test]
fn an_older_version_than_needed_is_refused_with_its_reason() {
    let text = "{component_type: ServerTool, id: t, name: clock, requires_confirmation: true, agentspec_version: 25.4.2}";
    let options = ExportOptions {
        version: Some(AgentSpecVersion::V25_4_1),
        ..ExportOptions::new(Format::Json)
    };
    assert_eq!(
        export(&component(text), &options).unwrap_err().to_string(),
        "version 25.4.1 is too old: `requires_confirmation` of ServerTool `t` needs 25.4.2"
    );
}

#[test]
fn leading_keys_stand_first_in_free_objects_too() {
    let text = "{component_type: ServerTool, id: t, name: t, agentspec_version: 25.4.1, metadata: {b: 1, name: x, a: {id: 2, z: 3, description: d}}}";
    assert_eq!(
        as_json(text)["metadata"].to_string(),
        "{\"name\":\"x\",\"b\":1,\"a\":{\"id\":2,\"description\":\"d\",\"z\":3}}"
    );
}

/// Agents in teams share models: `shared` by two nodes of the inner flow, `wide` across both flows.
const NESTED: &str = "\
component_type: Flow
id: outer
name: outer
start_node: {$component_ref: s}
nodes: [{$component_ref: s}, {$component_ref: inner_node}, {$component_ref: ask}, {$component_ref: e}]
control_flow_connections:
- {component_type: ControlFlowEdge, id: c1, name: c1, from_node: {$component_ref: s}, to_node: {$component_ref: inner_node}}
- {component_type: ControlFlowEdge, id: c2, name: c2, from_node: {$component_ref: inner_node}, to_node: {$component_ref: ask}}
- {component_type: ControlFlowEdge, id: c3, name: c3, from_node: {$component_ref: ask}, to_node: {$component_ref: e}}
agentspec_version: 25.4.1
$referenced_components:
  s: {component_type: StartNode, id: s, name: s}
  e: {component_type: EndNode, id: e, name: e}
  shared: {component_type: VllmConfig, id: shared, name: shared, url: u, model_id: m}
  wide: {component_type: VllmConfig, id: wide, name: wide, url: u, model_id: m}
  ask: {component_type: LlmNode, id: ask, name: ask, prompt_template: x, llm_config: {$component_ref: wide}}
  inner_node:
    component_type: FlowNode
    id: inner_node
    name: inner_node
    subflow:
      component_type: Flow
      id: inner
      name: inner
      start_node: {$component_ref: is}
      nodes: [{$component_ref: is}, {$component_ref: one}, {$component_ref: two}, {$component_ref: three}, {$component_ref: ie}]
      control_flow_connections:
      - {component_type: ControlFlowEdge, id: i1, name: i1, from_node: {$component_ref: is}, to_node: {$component_ref: one}}
      - {component_type: ControlFlowEdge, id: i2, name: i2, from_node: {$component_ref: one}, to_node: {$component_ref: two}}
      - {component_type: ControlFlowEdge, id: i3, name: i3, from_node: {$component_ref: two}, to_node: {$component_ref: three}}
      - {component_type: ControlFlowEdge, id: i4, name: i4, from_node: {$component_ref: three}, to_node: {$component_ref: ie}}
  is: {component_type: StartNode, id: is, name: is}
  ie: {component_type: EndNode, id: ie, name: ie}
  one: {component_type: LlmNode, id: one, name: one, prompt_template: x, llm_config: {$component_ref: shared}}
  two: {component_type: LlmNode, id: two, name: two, prompt_template: x, llm_config: {$component_ref: shared}}
  three: {component_type: LlmNode, id: three, name: three, prompt_template: x, llm_config: {$component_ref: wide}}
";

#[test]
fn a_component_is_defined_at_its_closest_common_owner() {
    let document = as_json(NESTED);
    let keys = |value: &Value| -> Vec<String> {
        value["$referenced_components"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(keys(&document), ["s", "inner_node", "wide", "ask", "e"]);
    let inner = &document["$referenced_components"]["inner_node"]["subflow"];
    assert_eq!(keys(inner), ["is", "one", "shared", "two", "three", "ie"]);
    assert_eq!(
        inner["$referenced_components"]["three"]["llm_config"],
        json!({"$component_ref": "wide"})
    );
}

#[test]
fn what_is_split_off_comes_back_with_its_set() {
    let split = |ids: &[&str]| {
        let disaggregate = ids.iter().map(|id| SplitOff::of(*id)).collect();
        let options = ExportOptions {
            disaggregate,
            ..ExportOptions::new(Format::Yaml)
        };
        export(&component(NESTED), &options)
    };
    let exported = split(&["wide", "two"]).unwrap();
    assert!(!exported.text.contains("id: wide\n"));
    let set = exported.set.unwrap();
    assert!(set.contains("  two:\n    component_type: LlmNode\n"));

    let supplied = vec![crate::spec::Supplied {
        name: "set.yaml".to_owned(),
        text: set,
    }];
    let again = load(
        &exported.text,
        &LoadOptions {
            supplied,
            ..LoadOptions::default()
        },
    );
    assert!(!again.has_errors(), "{:?}", again.diagnostics);
    assert_eq!(*again.component.unwrap(), *component(NESTED));

    let error = |ids: &[&str]| split(ids).unwrap_err().to_string();
    assert_eq!(
        error(&["nobody"]),
        "no component to split off is called `nobody`"
    );
    assert_eq!(
        error(&["outer"]),
        "`outer` is the document itself and can't be split off from it"
    );
}

#[test]
fn an_export_of_an_export_is_the_same_text() {
    for format in [Format::Json, Format::Yaml] {
        let first = exported(NESTED, format);
        assert_eq!(exported(&first.text, format), first);
        assert_eq!(*component(&first.text), *component(NESTED));
    }
}

#[test]
fn secrets_become_references_unless_asked_for() {
    let text = "{component_type: OpenAiCompatibleConfig, id: l, name: l, url: u, model_id: m, api_key: sk-1, key_file: '', agentspec_version: 26.1.2}";
    let exported = exported(text, Format::Json);
    assert_eq!(exported.masked, ["l.api_key"]);
    assert!(!exported.text.contains("sk-1"));
    assert_eq!(
        as_json(text)["api_key"],
        json!({"$component_ref": "l.api_key"})
    );
    assert_eq!(as_json(text)["key_file"], json!(""));
    // And what is masked stays so.
    assert_eq!(
        as_json(&exported.text)["api_key"],
        json!({"$component_ref": "l.api_key"})
    );

    let options = ExportOptions {
        include_sensitive: true,
        ..ExportOptions::new(Format::Json)
    };
    assert!(
        export(&component(text), &options)
            .unwrap()
            .text
            .contains("sk-1")
    );
}

#[test]
fn secrets_that_the_reference_leaks_are_masked_too() {
    let text = "{component_type: OAuthClientConfig, id: oc, name: oc, type: pre_registered, client_secret: s-1, agentspec_version: 26.1.2}";
    let exported = exported(text, Format::Yaml);
    assert_eq!(exported.masked, ["oc.client_secret"]);
    assert!(!exported.text.contains("s-1"));
}

#[test]
fn types_of_foreign_plugins_keep_what_was_written() {
    let text = "\
component_type: AcmeTool
component_plugin_name: AcmePlugin
component_plugin_version: 1.2.3
id: m
name: m
client_transport: {$component_ref: st}
extra: {deep: [1, {$component_ref: st}]}
agentspec_version: 26.1.2
$referenced_components:
  st: {component_type: StdioTransport, id: st, name: st, command: sh, args: [-c]}
";
    let document = as_json(text);
    assert_eq!(
        document["extra"],
        json!({"deep": [1, {"$component_ref": "st"}]})
    );
    assert_eq!(
        document["$referenced_components"]["st"]["args"],
        json!(["-c"])
    );
    assert_eq!(document["component_plugin_version"], json!("1.2.3"));
    assert_eq!(document.get("requires_confirmation"), None);
}

#[test]
fn an_incomplete_component_is_not_written() {
    let loaded = load(
        "{component_type: Agent, id: a, name: a, agentspec_version: 26.1.2}",
        &LoadOptions::default(),
    );
    let error = export(
        &loaded.component.unwrap(),
        &ExportOptions::new(Format::Json),
    )
    .unwrap_err();
    assert_eq!(error, ExportError::Incomplete { id: "a".to_owned() });
}

#[test]
fn text_that_yaml_takes_for_something_else_is_quoted() {
    for text in [
        "yes",
        "No",
        "on",
        "null",
        "~",
        "",
        "12",
        "0o14",
        "012",
        "1_000",
        "1:30",
        "1e3",
        "1.5e3",
        ".5",
        "0x1F",
        "2024-01-01",
        "=",
        "<<",
        "- a",
        "-",
        "?",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "'a'",
        "\"a\"",
        " a",
        "a ",
        "a\tb",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "\u{7f}",
        "\u{1}",
        "a\r\nb",
        "\u{1F600}",
        "---",
        "...",
        ".inf",
        "true",
        "y",
        "$component",
        "{{name}}",
        "a, b]",
    ] {
        survives_yaml(&json!(text));
        survives_yaml(&json!({text: [text]}));
    }
}

#[test]
fn text_of_several_lines_survives() {
    for text in [
        "one\ntwo",
        "one\ntwo\n",
        "one\n\ntwo\n\n",
        "\none",
        " one\ntwo",
        "one\n  two\n",
        "one \ntwo",
        "\n",
        "a\n\tb",
        "# one\n- two: {{three}}\n",
        "one\n ",
        "one\u{85}\ntwo",
    ] {
        survives_yaml(&json!(text));
        survives_yaml(&json!([[text]]));
    }
    let text = "{component_type: ServerTool, id: t, name: t, description: \"a\\nb\\n\", agentspec_version: 25.4.1}";
    assert!(
        exported(text, Format::Yaml)
            .text
            .contains("description: |\n  a\n  b\nmetadata")
    );
}

#[test]
fn numbers_and_shapes_survive() {
    for value in [
        json!(1e20),
        json!(1.5e-7),
        json!(30.0),
        json!(-0.1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!([]),
        json!({}),
        json!([[], {}, [[1], [{}]]]),
        json!({"a": {"b": []}}),
        json!([[{"a": 1, "b": [2]}]]),
    ] {
        survives_yaml(&value);
    }
    survives_yaml(&json!({"k".repeat(2_000): 1}));
}

#[test]
fn types_of_wayflow_name_their_plugin() {
    let text = "\
component_type: PluginSSEmTLSTransport
id: t
name: t
url: u
key_file: k
cert_file: c
ssl_ca_cert: a
component_plugin_version: 1.0.0
agentspec_version: 25.4.1
";
    let document = as_json(text);
    assert_eq!(document["ca_file"], json!("a"));
    assert_eq!(document["component_plugin_name"], json!("MCPPlugin"));
    assert_eq!(document["component_plugin_version"], json!("26.3.1"));
    let last = document.as_object().unwrap().keys().next_back();
    assert_eq!(last.map(String::as_str), Some("agentspec_version"));
}
