//! What the table says of itself.

use super::*;

#[track_caller]
fn field_names(name: &str) -> Vec<&'static str> {
    find(name)
        .unwrap()
        .fields()
        .map(|field| field.name)
        .collect()
}

#[test]
fn inherited_fields_come_first_and_overrides_keep_their_place() {
    assert_eq!(
        field_names("VllmConfig"),
        [
            "id",
            "name",
            "description",
            "metadata",
            "model_id",
            "provider",
            "api_provider",
            "api_type",
            "url",
            "api_key",
            "default_generation_parameters",
            "retry_policy",
            "key_file",
            "cert_file",
            "ca_file",
        ]
    );
    let url = find("VllmConfig").unwrap().field("url").unwrap();
    assert_eq!(url.default, DefaultValue::Required);
}

#[test]
fn families_are_known_through_all_ancestors() {
    assert!(find("OllamaConfig").unwrap().is::<LlmConfig>());
    assert!(find("Flow").unwrap().is::<AgenticComponent>());
    assert!(!find("Flow").unwrap().is::<Tool>());
    assert!(find("ExtendedAgentNode").unwrap().is::<AgentNode>());
    let tools: Vec<_> = types_of(ComponentKind::Tool)
        .iter()
        .map(|ty| ty.name())
        .collect();
    assert!(
        tools.starts_with(&["BuiltinTool", "ClientTool", "MCPTool"]),
        "{tools:?}"
    );
}

#[test]
fn every_type_is_found_by_its_kind_and_descends_from_the_root() {
    for kind in ComponentKind::ALL {
        let ty = kind.component_type();
        assert_eq!(ty.kind(), *kind);
        assert!(ty.is_a(ComponentKind::Component), "{kind}");
    }
}

#[test]
fn every_declared_field_has_a_line_for_people() {
    for field in all().flat_map(ComponentType::fields) {
        assert!(!field.doc.trim().is_empty(), "{}", field.name);
    }
}

#[test]
fn a_type_runs_as_itself_or_as_one_that_it_descends_from() {
    for ty in all() {
        let way = match ty.execution() {
            Execution::None | Execution::Part => continue,
            Execution::Agentic(way) => format!("{way:?}"),
            Execution::Node(way) => format!("{way:?}"),
            Execution::PluginNode(way) => format!("{way:?}"),
            Execution::Tool(way) => format!("{way:?}"),
            Execution::Transform(way) => format!("{way:?}"),
            Execution::Provider(way) => format!("{way:?}"),
            Execution::Parser(way) => format!("{way:?}"),
        };
        // WayFlow's own tools of MCP servers are called as their successors.
        let is_succeeded = ty.kind() == ComponentKind::PluginMCPTool;
        let executed = find(&way).unwrap();
        assert!(is_succeeded || ty.is_a(executed.kind()), "{}", ty.name());
    }
}
