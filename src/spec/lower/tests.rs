//! Values by their kinds: what is accepted, what becomes of it, what is told.

use serde_json::json;

use super::*;
use crate::spec::language::{LlmConfig, Swarm};
use crate::spec::load::{LoadOptions, Loaded, load};
use crate::spec::{ExportOptions, Format, export};

#[track_caller]
fn loaded_of(text: &str) -> Loaded {
    load(text, &LoadOptions::default())
}

#[track_caller]
fn component(loaded: &Loaded) -> &Arc<Component> {
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.as_ref().unwrap()
}

#[test]
fn a_field_of_several_kinds_is_read_as_the_one_that_is_written() {
    let text = "\
component_type: MCPToolBox
id: b
name: b
agentspec_version: 26.3.1
client_transport:
  component_type: SSETransport
  id: t
  name: t
  url: u
  auth:
    component_type: OAuthConfig
    id: o
    name: o
    redirect_uri: r
    scopes: [a, b]
    client: {component_type: OAuthClientConfig, id: c, name: c, type: pre_registered}
tool_filter: [first, {component_type: MCPToolSpec, id: s, name: second}]
";
    let loaded = loaded_of(text);
    let toolbox = component(&loaded);
    let filter = toolbox.field("tool_filter").unwrap().as_list().unwrap();
    assert_eq!(filter[0], FieldValue::Value(json!("first")));
    assert_eq!(filter[1].as_component().unwrap().name(), "second");
    let auth = &toolbox.children()[0].children()[0];
    assert_eq!(
        auth.field("scopes"),
        Some(&FieldValue::Value(json!(["a", "b"])))
    );
}

#[test]
fn a_value_of_none_of_the_kinds_is_told_once() {
    let text = "\
component_type: BuiltinTool
id: b
name: b
agentspec_version: 26.3.1
tool_type: x
executor_name: 3
";
    let problems: Vec<_> = loaded_of(text)
        .diagnostics
        .iter()
        .map(|problem| (problem.code.0, problem.message.clone()))
        .collect();
    let message = "`executor_name` must be a string or an array, found the number 3";
    assert_eq!(problems, [("AS008", message.to_owned())]);
}

#[test]
fn a_boolean_handoff_is_read_as_the_mode_that_it_meant() {
    let llm = "{component_type: VllmConfig, id: l, name: l, url: u, model_id: m}";
    let text = format!(
        "{{component_type: Swarm, id: s, name: s, first_agent: {{$component_ref: a}}, handoff: true, \
         relationships: [[{{$component_ref: a}}, {{$component_ref: b}}]], agentspec_version: 25.4.2, \
         $referenced_components: {{l: {llm}, \
         a: {{component_type: Agent, id: a, name: a, system_prompt: x, llm_config: {{$component_ref: l}}}}, \
         b: {{component_type: Agent, id: b, name: b, system_prompt: x, llm_config: {{$component_ref: l}}}}}}}}"
    );
    let loaded = loaded_of(&text);
    let codes: Vec<_> = loaded.diagnostics.iter().map(|p| p.code.0).collect();
    assert_eq!(codes, ["AS605"]);
    let swarm = Swarm::of(component(&loaded)).unwrap();
    assert_eq!(swarm.handoff(), "optional");
    assert_eq!(swarm.relationships()[0][1].id(), "b");
}

#[test]
fn a_cache_is_made_where_the_text_names_none() {
    let llm = "{component_type: VllmConfig, id: l, name: l, url: u, model_id: m}";
    let text = format!(
        "{{component_type: MessageSummarizationTransform, id: t, name: t, agentspec_version: 26.1.2, cache_collection_name: mine, llm: {llm}}}"
    );
    let loaded = loaded_of(&text);
    let store = component(&loaded).children()[1];
    assert_eq!(
        (store.type_name(), store.id()),
        ("InMemoryCollectionDatastore", "t.datastore")
    );
    let schema = store
        .field("datastore_schema")
        .and_then(FieldValue::as_value);
    assert!(schema.is_some_and(|schema| schema.get("mine").is_some()));
    let options = ExportOptions::new(Format::Json);
    let text = export(component(&loaded), &options).unwrap().text;
    assert_eq!(
        component(&loaded_of(&text)).as_ref(),
        component(&loaded).as_ref()
    );
}

#[test]
fn bounds_of_numbers_and_texts_are_kept() {
    let text = "\
component_type: DbmsVectorChainLlmConfig
id: d
name: d
agentspec_version: 26.3.1
model_id: ''
provider: openai
url: u
credential_name: c
transfer_timeout: -1
";
    let problems: Vec<_> = loaded_of(text)
        .diagnostics
        .iter()
        .map(|problem| (problem.code.0, problem.message.clone()))
        .collect();
    assert_eq!(
        problems,
        [
            (
                "AS010",
                "`model_id` must be not empty, found the text \"\"".to_owned()
            ),
            (
                "AS010",
                "`transfer_timeout` must be not below 0, found the number -1".to_owned()
            ),
        ]
    );
}

#[test]
fn text_for_an_integer_is_what_the_sdk_takes() {
    let model = |written: &str| {
        loaded_of(&format!(
            "component_type: VllmConfig\nid: m\nname: m\nmodel_id: x\nurl: u\nagentspec_version: 26.1.2\ndefault_generation_parameters: {{max_tokens: {written}}}\n"
        ))
    };
    for written in [
        "1000",
        "'1000'",
        "1000.0",
        "1.0e+3",
        "' 1_000 '",
        "'1000.00'",
        "'+1000'",
    ] {
        let model = model(written);
        let parameters = LlmConfig::of(component(&model)).unwrap();
        let parameters = parameters.default_generation_parameters().unwrap();
        assert_eq!(parameters["max_tokens"], 1000, "{written}");
    }
    for written in [
        "1e3", "1E3", "'1e3'", "1000.5", "'1000.'", "'0x10'", "''", "'.0'",
    ] {
        assert!(model(written).has_errors(), "{written}");
    }
}
