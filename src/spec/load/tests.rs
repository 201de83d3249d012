//! What a load makes of a text, beyond the documents of `tests/data/conformance`.

use std::fmt::Write;

use serde_json::json;

use super::*;
use crate::spec::component::FieldValue;
use crate::spec::diagnostic::Colours;
use crate::spec::language::{Agent, LlmConfig, OpenAiCompatibleConfig, ServerTool, Tool};
use crate::spec::sensitive::SensitiveValue;

fn loaded(text: &str) -> Loaded {
    load(
        text,
        &LoadOptions {
            ids: IdSource::counted(),
            ..LoadOptions::default()
        },
    )
}

fn loaded_with(text: &str, parts: &[&str]) -> Loaded {
    let part = |text: &&str| Supplied {
        name: "part.yaml".to_owned(),
        text: (*text).to_owned(),
    };
    let supplied = parts.iter().map(part).collect();
    load(
        text,
        &LoadOptions {
            supplied,
            ..LoadOptions::default()
        },
    )
}

#[track_caller]
fn component(loaded: &Loaded) -> &Arc<Component> {
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.as_ref().unwrap()
}

/// The problems of a text: `line:column code message`.
#[track_caller]
fn check(loaded: &Loaded, expected: &[&str]) {
    let problems: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|p| {
            format!(
                "{}:{} {} {}",
                p.place.line, p.place.column, p.code, p.message
            )
        })
        .collect();
    assert_eq!(problems, expected);
}

const AGENT: &str = "\
component_type: Agent
id: a
name: helper
system_prompt: You help {{who}}.
llm_config: {$component_ref: llm}
tools:
- {$component_ref: clock}
- {$component_ref: clock}
agentspec_version: 26.1.2
$referenced_components:
  llm: {component_type: VllmConfig, id: llm, name: llm, url: http://h, model_id: m}
  clock: {component_type: ServerTool, id: clock, name: clock, requires_confirmation: true}
";

#[test]
fn typed_views_read_fields_of_all_ancestors() {
    let loaded = loaded(AGENT);
    let root = component(&loaded);
    let agent = Agent::of(root).unwrap();
    assert_eq!(agent.system_prompt(), "You help {{who}}.");
    assert!(agent.human_in_the_loop());
    assert_eq!(agent.inputs()[0].title(), "who");
    let llm = OpenAiCompatibleConfig::of(agent.llm_config()).unwrap();
    assert_eq!(
        (llm.url(), llm.api_type(), llm.model_id()),
        ("http://h", "chat_completions", "m")
    );
    assert_eq!(
        LlmConfig::of(agent.llm_config()).unwrap().url(),
        Some("http://h")
    );
    assert_eq!(llm.api_key(), SensitiveValue::Absent);
    assert!(Tool::of(agent.tools()[0]).unwrap().requires_confirmation());
    assert!(ServerTool::of(root).is_none());
}

#[test]
fn what_is_one_component_in_the_text_is_one_in_memory() {
    let loaded = loaded(AGENT);
    let agent = Agent::of(component(&loaded)).unwrap();
    let tools = agent.tools();
    assert!(Arc::ptr_eq(tools[0], tools[1]));
    assert_eq!(agent.children().len(), 3);
    assert_eq!(agent.component().walk().len(), 3);
}

#[test]
fn an_alias_is_the_same_component() {
    let text = "\
component_type: Agent
id: a
name: a
system_prompt: hi
llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
tools: [&t {component_type: ServerTool, id: t, name: t}, *t]
agentspec_version: 25.4.1
";
    let loaded = loaded(text);
    let agent = Agent::of(component(&loaded)).unwrap();
    assert!(Arc::ptr_eq(agent.tools()[0], agent.tools()[1]));
}

#[test]
fn a_supplied_part_gives_values_and_wins_over_definitions() {
    let text = "\
component_type: VllmConfig
id: l
name: l
url: {$component_ref: address}
model_id: m
api_key: {$component_ref: l.api_key}
agentspec_version: 26.1.2
";
    let open = loaded(text);
    check(
        &open,
        &["4:23 AS101 nothing in this file or its registry is called `address`"],
    );

    let part = "$referenced_components: {address: 'http://h', l.api_key: secret-1}";
    let supplied = loaded_with(text, &[part]);
    let llm = OpenAiCompatibleConfig::of(component(&supplied)).unwrap();
    assert_eq!(llm.url(), "http://h");
    assert_eq!(
        llm.api_key().given().unwrap().reveal_text(),
        Some("secret-1")
    );

    let part = "$referenced_components: {llm: {component_type: OpenAiConfig, id: o, name: o, model_id: m}}";
    let replaced = loaded_with(AGENT, &[part]);
    let agent = Agent::of(component(&replaced)).unwrap();
    assert_eq!(agent.llm_config().type_name(), "OpenAiConfig");
}

#[test]
fn a_whole_component_may_be_supplied_by_its_id() {
    let text = AGENT.replace("{$component_ref: llm}", "{$component_ref: other}");
    let part = "{component_type: OpenAiConfig, id: other, name: o, model_id: m}";
    let loaded = loaded_with(&text, &[part]);
    assert_eq!(
        Agent::of(component(&loaded)).unwrap().llm_config().id(),
        "other"
    );
}

/// Two tools over one transport.
const TWO_TOOLS: &str = "\
component_type: Agent
id: a
name: a
system_prompt: x
llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
tools: [{$component_ref: one}, {$component_ref: two}]
agentspec_version: 26.1.2
";

#[test]
fn what_the_entries_of_a_set_share_is_one_component_again() {
    let tool = |id: &str| {
        format!(
            "  {id}: {{component_type: MCPTool, id: {id}, name: {id}, client_transport: {{component_type: StdioTransport, id: st, name: st, command: c}}}}\n"
        )
    };
    let set = format!("$referenced_components:\n{}{}", tool("one"), tool("two"));
    let loaded = loaded_with(TWO_TOOLS, &[&set]);
    let walked = component(&loaded).walk();
    let transports = walked.iter().filter(|found| found.id() == "st");
    assert_eq!(transports.count(), 1);

    let other = set.replacen("command: c", "command: d", 1);
    let loaded = loaded_with(TWO_TOOLS, &[&other]);
    let problem = loaded.diagnostics.first().unwrap();
    assert_eq!(problem.code, Code("AS106"), "one id for two components");
}

#[test]
fn a_whole_number_beyond_64_bits_is_refused_and_no_float() {
    let text = "component_type: ServerTool\nid: t\nname: t\nagentspec_version: 26.1.2\ninputs: [{title: a, type: integer, default: 123456789012345678901234}]\n";
    check(
        &loaded(text),
        &["5:45 AS008 whole numbers have at most 64 bits"],
    );
}

#[test]
fn equal_inline_copies_are_one_component() {
    let agent = |id: &str, model: &str| {
        format!(
            "{{component_type: Agent, id: {id}, name: {id}, system_prompt: x, llm_config: {{component_type: VllmConfig, id: m, name: m, model_id: {model}, url: u}}}}"
        )
    };
    let team = |second: &str| {
        format!(
            "component_type: ManagerWorkers\nid: w\nname: w\nagentspec_version: 26.1.2\ngroup_manager: {}\nworkers:\n- {}\n",
            agent("a", "x"),
            agent("b", second)
        )
    };
    let merged = loaded(&team("x"));
    let models = component(&merged).walk();
    let models: Vec<_> = models.iter().filter(|found| found.id() == "m").collect();
    assert_eq!(models.len(), 1);

    let differing = loaded(&team("y"));
    let problem = differing.diagnostics.first().unwrap();
    assert_eq!(problem.code, Code("AS106"), "one id for two components");
}

#[test]
fn a_supplied_part_may_not_leave_references_open() {
    let set = "$referenced_components:\n  one: {component_type: MCPTool, id: one, name: one, client_transport: {$component_ref: gone}}\n  two: {component_type: ServerTool, id: two, name: two}\n  unused: {$component_ref: also_gone}\n";
    check(
        &loaded_with(TWO_TOOLS, &[set]),
        &[
            "1:1 AS101 in `part.yaml` at 2:89: nothing in this file or its registry is called `gone`",
        ],
    );
}

#[test]
fn an_entry_of_a_set_has_its_own_version() {
    let set = "$referenced_components:\n  one: {component_type: ServerTool, id: one, name: one, agentspec_version: 26.3.1}\n  two: {component_type: ServerTool, id: two, name: two}\n";
    let loaded = loaded_with(TWO_TOOLS, &[set]);
    let versions: Vec<_> = component(&loaded)
        .walk()
        .iter()
        .map(|found| (found.id(), found.document_version()))
        .collect();
    assert_eq!(
        versions,
        [
            ("a", AgentSpecVersion::V26_1_2),
            ("l", AgentSpecVersion::V26_1_2),
            ("one", AgentSpecVersion::V26_3_1),
            ("two", AgentSpecVersion::V25_4_1),
        ]
    );
}

#[test]
fn problems_of_a_supplied_part_name_it() {
    let loaded = loaded_with(AGENT, &["$referenced_components: {x: ["]);
    assert!(loaded.has_errors());
    assert!(
        loaded.diagnostics[0]
            .message
            .starts_with("in `part.yaml` at ")
    );
    let part = "# secrets\nfoo: 1\n";
    let problems = loaded_with(AGENT, &[part]).diagnostics;
    let problem = problems.iter().find(|it| it.code == Code("AS110")).unwrap();
    assert_eq!(
        problem.message,
        "in `part.yaml` at 2:1: this file supplies nothing: it has no `$referenced_components` at its top"
    );
    let record = problem.record("agent.yaml");
    assert_eq!(
        (record.file, record.line, record.column),
        ("part.yaml", 2, 1)
    );
    // Nothing of the other file is shown, nor a line of the document that has nothing to do with it.
    assert_eq!(
        problem.render("agent.yaml", AGENT, Colours::Off),
        "part.yaml:2:1: error[AS110]: this file supplies nothing: it has no `$referenced_components` at its top\n"
    );
}

#[test]
fn a_masked_secret_is_missing_only_when_used() {
    let text = "\
component_type: OpenAiConfig
id: l
name: l
model_id: m
api_key: {$component_ref: l.api_key}
agentspec_version: 26.1.2
";
    let loaded = loaded(text);
    let llm = LlmConfig::of(component(&loaded)).unwrap();
    assert_eq!(llm.api_key(), SensitiveValue::Missing("l.api_key"));
}

#[test]
fn a_partial_load_keeps_open_references() {
    let text = AGENT.replace("{$component_ref: llm}", "{$component_ref: elsewhere}");
    let options = LoadOptions {
        partial: true,
        ..LoadOptions::default()
    };
    let loaded = load(&text, &options);
    let root = component(&loaded);
    assert_eq!(
        root.field("llm_config"),
        Some(&FieldValue::Reference("elsewhere".to_owned()))
    );
    assert!(
        Agent::of(root).is_none(),
        "an incomplete component has no view"
    );
}

#[test]
fn a_type_known_by_name_only_loads_whole_and_does_not_run() {
    let text = "\
component_type: Swarm
id: s
name: s
first_agent: {$component_ref: a}
relationships: [[{$component_ref: a}, {$component_ref: a}]]
handoff: never
agentspec_version: 25.4.2
$referenced_components:
  a: {component_type: Agent, id: a, name: a, system_prompt: x, llm_config: {$component_ref: l}}
  l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";
    let loaded = loaded(text);
    let swarm = component(&loaded);
    assert_eq!(swarm.children().len(), 3);
    assert_eq!(
        swarm.field("handoff"),
        Some(&FieldValue::Value(json!("never")))
    );
}

#[test]
fn keys_that_mean_nothing_are_told() {
    let text = "\
component_type: Agent
id: ''
name: a
system_prompt: hi
llm_config:
  $component_ref: l
  note: mine
tools: [{component_type: ServerTool, id: t, name: t, agentspec_version: 25.4.1}]
agentspec_version: 26.1.2
$referenced_components:
  l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";
    check(
        &loaded(text),
        &[
            "2:5 AS013 an `id` may not be empty; leave it out to get one",
            "7:3 AS108 `note` beside `$component_ref` is ignored",
            "8:54 AS012 `agentspec_version` has an effect at the root only",
        ],
    );
}

#[test]
fn four_different_faults_are_told_in_one_run() {
    let text = "\
component_type: Flow
id: f
name: f
descripton: typo
start_node: {$component_ref: s}
nodes: [{$component_ref: s}, {$component_ref: e}, {$component_ref: gone}]
control_flow_connections:
- {component_type: ControlFlowEdge, id: c1, name: c1, from_node: {$component_ref: s}, to_node: {$component_ref: e}}
data_flow_connections:
- {component_type: DataFlowEdge, id: d1, name: d1, source_node: {$component_ref: s}, source_output: a, destination_node: {$component_ref: e}, destination_input: bb}
agentspec_version: 26.1.2
$referenced_components:
  s: {component_type: StartNode, id: s, name: s, inputs: [{title: a, type: string}]}
  e: {component_type: EndNode, id: e, name: 7, outputs: [{title: b, type: string}]}
";
    check(
        &loaded(text),
        &[
            "4:1 AS006 Flow has no field `descripton`",
            "6:68 AS101 nothing in this file or its registry is called `gone`",
            "10:162 AS510 `e` has no input `bb`; it has `b`",
            "14:45 AS008 `name` must be a string, found the number 7",
        ],
    );
}

#[test]
fn chains_of_references_are_bounded() {
    let mut text = String::from(
        "component_type: FlowNode\nid: n\nname: n\nsubflow: {$component_ref: f0}\nagentspec_version: 26.1.2\n$referenced_components:\n",
    );
    for level in 0..5_000 {
        text.push_str("  f");
        text.push_str(&level.to_string());
        text.push_str(": {component_type: FlowNode, name: x, subflow: {$component_ref: f");
        text.push_str(&(level + 1).to_string());
        text.push_str("}}\n");
    }
    let loaded = loaded(&text);
    let deepest = loaded
        .diagnostics
        .iter()
        .find(|p| p.code == Code("AS103"))
        .unwrap();
    assert_eq!(
        deepest.message,
        "components are nested deeper than 64 levels"
    );
}

#[test]
fn references_in_a_circle_end() {
    let text = AGENT.replace(
        "  llm: {",
        "  llm: {$component_ref: other}\n  other: {$component_ref: llm}\n  unused: {",
    );
    let codes: Vec<_> = loaded(&text)
        .diagnostics
        .iter()
        .map(|problem| problem.code.0)
        .collect();
    assert!(codes.contains(&"AS103"), "{codes:?}");
}

#[test]
fn deep_documents_leave_room_on_the_stack() {
    let mut text = String::from(
        "component_type: AgentNode\nid: n\nname: n\nagent: {$component_ref: s0}\nagentspec_version: 26.1.2\n$referenced_components:\n",
    );
    for level in 0..31 {
        let next = level + 1;
        writeln!(
            text,
            "  s{level}: {{component_type: Swarm, id: s{level}, name: x, first_agent: {{$component_ref: a}}, \
             relationships: [[{{$component_ref: a}}, {{$component_ref: s{next}}}]]}}"
        )
        .unwrap();
    }
    text.push_str(
        "  s31: {component_type: ManagerWorkers, id: s31, name: w, group_manager: {$component_ref: a}, \
         workers: [{$component_ref: b}]}\n  \
         a: {component_type: OciAgent, id: a, name: a, agent_endpoint_id: e, client_config: {$component_ref: c}}\n  \
         b: {component_type: OciAgent, id: b, name: b, agent_endpoint_id: e, client_config: {$component_ref: c}}\n  \
         c: {component_type: OciClientConfigWithInstancePrincipal, id: c, name: c, service_endpoint: u}\n",
    );
    let loaded = loaded(&text);
    let root = component(&loaded);
    assert_eq!(root.walk().len(), 36);
    let options = crate::spec::ExportOptions::new(Format::Json);
    let text = crate::spec::export(root, &options).unwrap().text;
    assert_eq!(*component(&self::loaded(&text)).as_ref(), **root);
}

#[test]
fn ids_that_are_missing_come_from_the_source() {
    let loaded = loaded("{component_type: ServerTool, name: t, agentspec_version: 26.1.2}");
    assert_eq!(
        component(&loaded).id(),
        "00000000-0000-4000-8000-000000000001"
    );
}

#[test]
fn documents_are_told_from_other_files() {
    assert!(is_spec("component_type: Agent\nname: [broken"));
    assert!(is_spec(
        "{\"$component_ref\": \"a\", \"$referenced_components\": {}}"
    ));
    assert!(!is_spec("name: Bob\nage: 3"));
    assert!(!is_spec(""));
    assert!(!is_spec("[1, 2]"));
}

#[test]
fn an_empty_text_is_told() {
    check(
        &loaded(""),
        &["1:1 AS002 an Agent Spec document is an object; the text is empty"],
    );
    check(
        &loaded("# only a comment\n"),
        &["1:1 AS002 an Agent Spec document is an object; the text is empty"],
    );
}
