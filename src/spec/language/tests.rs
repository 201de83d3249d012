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
    assert!(find("OllamaConfig").unwrap().is_a("LlmConfig"));
    assert!(find("Flow").unwrap().is_a("AgenticComponent"));
    assert!(!find("Flow").unwrap().is_a("Tool"));
    assert!(find("ExtendedAgentNode").unwrap().is_a("AgentNode"));
    let tools: Vec<_> = types_of("Tool").iter().map(|ty| ty.name()).collect();
    assert!(
        tools.starts_with(&["BuiltinTool", "ClientTool", "MCPTool"]),
        "{tools:?}"
    );
}

#[test]
fn every_parent_and_every_slot_is_in_the_table() {
    for ty in all() {
        for parent in &ty.ancestry {
            assert!(
                find(parent).is_some(),
                "{} descends from {parent}",
                ty.name()
            );
        }
        assert!(ty.is_a("Component"), "{}", ty.name());
        for field in ty.fields() {
            let mut kind = field.kind.inner();
            while let FieldKind::List(inner) | FieldKind::Map(inner) = kind {
                kind = inner.inner();
            }
            if let FieldKind::Component(family) = kind {
                assert!(
                    find(family).is_some(),
                    "{}.{} takes {family}",
                    ty.name(),
                    field.name
                );
            }
        }
    }
}

#[test]
fn every_declared_field_has_a_line_for_people() {
    for field in all().flat_map(ComponentType::fields) {
        assert!(!field.doc.trim().is_empty(), "{}", field.name);
    }
}
