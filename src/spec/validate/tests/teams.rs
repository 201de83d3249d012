//! Rules of teams, of nodes that run flows, of models, caches and requests: for each what breaks it, and what is fine.

use super::check;

const AGENTS: &str = "\
agentspec_version: 26.1.2
$referenced_components:
  one: {component_type: Agent, id: one, name: one, system_prompt: x, llm_config: @l}
  two: {component_type: Agent, id: two, name: two, system_prompt: x, llm_config: @l}
  l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}
";

#[track_caller]
fn check_team(expected: &[&str], fields: &str) {
    check(expected, &format!("id: t\nname: t\n{fields}{AGENTS}"));
}

#[test]
fn a_swarm_has_relationships_of_its_first_agent() {
    let swarm = "component_type: Swarm\nfirst_agent: ";
    check_team(
        &[],
        &format!("{swarm}@one\nrelationships: [[@one, @two]]\n"),
    );
    let alone = format!("id: t\nname: t\n{swarm}@one\nrelationships: «[]»\n{AGENTS}");
    let without_two: Vec<_> = alone
        .lines()
        .filter(|line| !line.starts_with("  two:"))
        .collect();
    check(&["error AS601"], &without_two.join("\n"));
}

#[test]
fn the_first_agent_of_a_swarm_takes_part() {
    check(
        &["warning AS606"],
        "component_type: Swarm\nid: t\nname: t\nfirst_agent: {$component_ref: «three»}\n\
         relationships: [[@one, @two]]\nagentspec_version: 26.1.2\n$referenced_components:\n  \
         one: {component_type: Agent, id: one, name: one, system_prompt: x, llm_config: @l}\n  \
         two: {component_type: Agent, id: two, name: two, system_prompt: x, llm_config: @l}\n  \
         three: {component_type: Agent, id: three, name: three, system_prompt: x, llm_config: @l}\n  \
         l: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}\n",
    );
}

#[test]
fn relationships_are_pairs() {
    check_team(
        &["error AS602"],
        "component_type: Swarm\nfirst_agent: @one\nrelationships: [«[@one, @two, @one]»]\n",
    );
}

#[test]
fn a_manager_has_workers_other_than_itself() {
    let team = "component_type: ManagerWorkers\ngroup_manager: @one\n";
    check_team(&[], &format!("{team}workers: [@two]\n"));
    check_team(
        &["error AS604"],
        &format!("{team}workers: [@two, {{$component_ref: «one»}}]\n"),
    );
    check(
        &["error AS603"],
        "component_type: ManagerWorkers\nid: t\nname: t\nagentspec_version: 26.1.2\nworkers: «[]»\n\
         group_manager: {component_type: Agent, id: a, name: a, system_prompt: x, llm_config: \
         {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}}\n",
    );
}

/// A node over flows with one output each.
fn over_flows(component_type: &str, fields: &str, flows: &[(&str, &str)]) -> String {
    let flow = |(id, value): &(&str, &str)| {
        format!(
            "  {id}: {{component_type: Flow, id: {id}, name: {id}, start_node: @s{id}, nodes: [@s{id}, @e{id}], \
             control_flow_connections: [{{component_type: ControlFlowEdge, name: c, from_node: @s{id}, to_node: @e{id}}}], \
             $referenced_components: {{s{id}: {{component_type: StartNode, id: s{id}, name: s, inputs: [{value}]}}, \
             e{id}: {{component_type: EndNode, id: e{id}, name: e, outputs: [{value}]}}}}}}\n"
        )
    };
    let flows: String = flows.iter().map(flow).collect();
    format!(
        "component_type: {component_type}\nid: n\nname: n\nagentspec_version: 26.1.2\n{fields}\
         $referenced_components:\n{flows}"
    )
}

#[test]
fn what_catches_failures_has_defaults_and_the_outputs_of_its_flow() {
    let node = |fields: &str, value| over_flows("CatchExceptionNode", fields, &[("f", value)]);
    let sound = "{title: x, type: number, default: 0}";
    check(&[], &node("subflow: @f\n", sound));
    check(
        &["error AS407"],
        &node(
            "subflow: {$component_ref: «f»}\n",
            "{title: x, type: number}",
        ),
    );
    let caught =
        "{title: caught_exception_info, anyOf: [{type: string}, {type: 'null'}], default: null}";
    check(
        &["error AS407"],
        &node(
            &format!("subflow: @f\noutputs: [«{{title: x, type: number}}», {caught}]\n"),
            sound,
        ),
    );
    check(
        &["error AS408"],
        &node(&format!("subflow: @f\noutputs: «[{caught}]»\n"), sound),
    );
    check(
        &["error AS408"],
        &node(
            &format!(
                "subflow: @f\noutputs: [{sound}, {caught}, {{title: «y», type: number, default: 1}}]\n"
            ),
            sound,
        ),
    );
    check(
        &["error AS409"],
        &node("subflow: {$component_ref: «f»}\n", sound).replace(
            "name: e, outputs",
            "name: e, branch_name: caught_exception_branch, outputs",
        ),
    );
    check(
        &["error AS409"],
        &node(
            &format!("outputs: [{caught}]\nsubflow: {{$component_ref: «f»}}\n"),
            "{title: caught_exception_info, type: string, default: ''}",
        ),
    );
}

#[test]
fn flows_side_by_side_share_no_output_and_agree_on_inputs() {
    let number = "{title: x, type: number, default: 0}";
    let node = |fields: &str, second| {
        over_flows("ParallelFlowNode", fields, &[("f", number), ("g", second)])
    };
    check(
        &[],
        &node(
            "subflows: [@f, @g]\n",
            "{title: y, type: string, default: ''}",
        ),
    );
    check(
        &["error AS410"],
        &node("subflows: [@f, {$component_ref: «g»}]\n", number),
    );
    check(
        &["error AS410"],
        &node(
            "outputs: []\nsubflows: [@f, {$component_ref: «g»}]\n",
            "{title: x, type: string, default: ''}",
        ),
    );
    check(
        &[],
        &node(
            "inputs: []\noutputs: []\nsubflows: [@f, @g]\n",
            "{title: x, type: string, default: ''}",
        ),
    );
}

#[test]
fn models_behind_a_database_are_reached_in_one_way() {
    let model = |fields: &str| {
        format!(
            "component_type: «DbmsVectorChainLlmConfig»\nid: d\nname: d\nagentspec_version: 26.3.1\n\
             model_id: m\nurl: u\n{fields}"
        )
    };
    let sound = |fields: &str| model(fields).replace(['«', '»'], "");
    check(&["error AS702"], &model("provider: openai\n"));
    check(&[], &sound("provider: cohere\ncredential_name: c\n"));
    check(&[], &sound("provider: ollama\nhost: local\n"));
    let marked = |fields: &str| sound("") + fields;
    check(
        &["error AS702"],
        &marked("provider: ollama\nhost: local\ncredential_name: «c»\n"),
    );
    check(
        &["error AS702"],
        &marked("provider: cohere\nhost: «local»\n"),
    );
    check(
        &["warning AS205", "error AS702"],
        &marked("provider: cohere\ncredential_name: c\n«api_type»: «chat»\n"),
    );
}

const CONVERSATIONS: &str = "component_type: ConversationSummarizationTransform\nid: t\nname: t\n\
    agentspec_version: 26.1.2\nllm: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}\n";

#[test]
fn a_conversation_has_one_threshold() {
    let check =
        |expected: &[&str], fields: &str| check(expected, &format!("{CONVERSATIONS}{fields}"));
    check(&[], "");
    check(&[], "max_num_messages: null\nmax_num_characters: 1000\n");
    check(&["error AS703"], "max_num_characters: «1000»\n");
    check(&["error AS703"], "max_num_messages: «null»\n");
    check(&["error AS703"], "max_num_messages: «10»\n");
    check(&["error AS703"], "min_num_messages: «50»\n");
    check(&["error AS010"], "min_num_messages: «0»\n");
    let messages = CONVERSATIONS.replace("Conversation", "Message");
    super::check(
        &["error AS010"],
        &format!("{messages}max_message_size: «0»\n"),
    );
}

#[test]
fn a_cache_has_the_columns_that_are_written() {
    let store = |schema: &str| {
        format!(
            "{CONVERSATIONS}cache_collection_name: mine\n\
             datastore: «{{component_type: InMemoryCollectionDatastore, id: d, name: d, datastore_schema: {{{schema}}}}}»\n"
        )
    };
    let columns = "cache_key: {type: string}, cache_content: {type: string}, prefix_size: {type: integer}, \
                   created_at: {type: number}, last_used_at: {type: number}";
    let sound = format!("mine: {{type: object, properties: {{{columns}}}}}");
    check(&[], &store(&sound).replace(['«', '»'], ""));
    check(&["error AS704"], &store(&sound.replace("mine", "other")));
    check(
        &["error AS704"],
        &store(&sound.replace("prefix_size: {type: integer}, ", "")),
    );
    check(
        &["error AS704"],
        &store(&sound.replace("created_at: {type: number}", "created_at: {type: array}")),
    );
    check(
        &["error AS704"],
        "component_type: InMemoryCollectionDatastore\nid: d\nname: d\nagentspec_version: 26.1.2\n\
         datastore_schema: {rows: «{type: array}»}\n",
    );
}

#[test]
fn fields_that_tell_a_type_again_tell_the_same() {
    check(
        &["error AS706"],
        "component_type: OciClientConfigWithInstancePrincipal\nid: o\nname: o\nagentspec_version: 26.1.2\n\
         service_endpoint: s\nauth_type: «API_KEY»\n",
    );
    check(
        &["error AS706"],
        "component_type: OpenAiConfig\nid: o\nname: o\nagentspec_version: 26.1.2\nmodel_id: m\n\
         provider: «azure»\n",
    );
}

#[test]
fn reducers_are_known_methods() {
    check(
        &["error AS412"],
        &over_flows(
            "MapNode",
            "subflow: @f\nreducers: {x: «total»}\n",
            &[("f", "{title: x, type: number, default: 0}")],
        ),
    );
}

#[test]
fn placeholders_in_a_host_are_bounded() {
    let tool = |url: &str, more: &str| {
        format!(
            "component_type: RemoteTool\nid: r\nname: r\nagentspec_version: 26.1.2\nhttp_method: GET\nurl: {url}\n{more}"
        )
    };
    check(&[], &tool("\"http://h/{{x}}\"", ""));
    check(
        &["warning AS802"],
        &tool("«\"http://{{x}}.example.com/y\"»", ""),
    );
    check(&["warning AS802"], &tool("«\"{{base}}/y\"»", ""));
    check(
        &[],
        &tool("\"{{base}}/y\"", "url_allow_list: [\"http://h/\"]\n"),
    );
}
