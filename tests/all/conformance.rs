//! What the loader says about each document of `tests/data/conformance`: which are accepted, and which
//! problem is told where. The places and codes were settled against the reference SDK (pyagentspec
//! 26.3.1): what it refuses is an error here. The other way round two of its silent losses are errors
//! here: a key that is given twice (c11) and an id of two components (c24).

use std::fs;
use std::path::{Path, PathBuf};

use flowdeck::spec::IdSource;
use flowdeck::spec::version::AgentSpecVersion;
use flowdeck::spec::{
    ExportOptions, Exported, Format, LoadOptions, LoadPolicy, Loaded, Loss, Supplied, export, load,
    losses,
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

/// A document and its problems in the order of their places, each as `line:column severity code`.
const CASES: &[(&str, &[&str])] = &[
    ("c01_smallest_useful_document.yaml", &[]),
    ("c02_missing_id.yaml", &[]),
    ("c03_unknown_key.yaml", &["4:1 warning AS006"]),
    (
        "c04_missing_required_fields_all_reported.yaml",
        &["1:17 error AS007"],
    ),
    ("c05_unknown_type.yaml", &["1:17 error AS005"]),
    ("c06_abstract_type.yaml", &["1:17 error AS005"]),
    ("c07_old_spelling.yaml", &["2:1 error AS003"]),
    (
        "c08_wrong_kinds_of_values.yaml",
        &["3:7 error AS008", "5:8 error AS008"],
    ),
    (
        "c09_lenient_conversions.yaml",
        &["4:10 warning AS008", "5:9 warning AS008"],
    ),
    (
        "c10_literal_not_allowed.yaml",
        &[
            "4:7 warning AS801",
            "5:11 warning AS801",
            "7:10 error AS009",
        ],
    ),
    ("c11_duplicate_key.yaml", &["4:1 error AS011"]),
    ("c12_broken_json.json", &["1:45 error AS001"]),
    ("c13_root_is_a_list.yaml", &["1:1 error AS002"]),
    (
        "c14_extra_generation_parameters_survive_nulls_do_not.yaml",
        &[],
    ),
    (
        "c15_reference_used_once_is_inlined_on_export.yaml",
        &["8:3 warning AS109"],
    ),
    ("c16_shared_component_stays_a_reference.yaml", &[]),
    (
        "c17_undefined_reference_listed_once_per_place.yaml",
        &["5:30 error AS101", "6:26 error AS101"],
    ),
    ("c18_reference_to_an_inline_id.yaml", &["8:20 error AS101"]),
    ("c19_wrong_family_by_reference.yaml", &["5:30 error AS102"]),
    ("c20_wrong_family_inline.yaml", &["5:30 error AS102"]),
    ("c21_cycle.yaml", &["12:37 error AS103"]),
    (
        "c22_key_defined_at_two_levels.yaml",
        &["12:5 error AS104", "15:3 warning AS109"],
    ),
    (
        "c23_definition_in_a_sibling_used_before_it_is_loaded.yaml",
        &["7:20 warning AS105"],
    ),
    (
        "c24_same_id_different_components.yaml",
        &["8:36 error AS106"],
    ),
    (
        "c25_unused_definition_is_not_checked.yaml",
        &["6:3 warning AS107"],
    ),
    ("c26_root_is_a_reference.yaml", &[]),
    ("c27_value_from_the_registry.yaml", &["4:23 error AS101"]),
    ("c28_disaggregated_set.yaml", &["1:1 error AS110"]),
    ("c29_no_version.yaml", &["1:17 warning AS201"]),
    ("c30_development_version.yaml", &["4:20 error AS202"]),
    ("c31_version_read_as_a_number.yaml", &["4:20 error AS202"]),
    ("c32_pre_release_and_old_key.yaml", &["4:1 warning AS204"]),
    (
        "c33_version_too_low_for_a_nested_component.yaml",
        &["7:20 error AS203"],
    ),
    (
        "c34_version_too_low_for_a_value.yaml",
        &["6:10 error AS203"],
    ),
    (
        "c35_newer_field_with_its_default_is_dropped_quietly.yaml",
        &[],
    ),
    (
        "c36_newer_field_lost_without_a_version_error.yaml",
        &["6:1 warning AS205"],
    ),
    ("c37_export_to_another_version.yaml", &[]),
    (
        "c38_forbidden_character_in_a_title.yaml",
        &["4:18 error AS302"],
    ),
    ("c39_default_does_not_fit.yaml", &["4:45 error AS305"]),
    ("c40_invalid_schema.yaml", &["4:27 error AS301"]),
    ("c41_duplicate_title.yaml", &["4:44 error AS307"]),
    ("c42_keywords_the_reader_does_not_know_are_kept.yaml", &[]),
    ("c43_anything_casts_to_string.yaml", &[]),
    ("c44_string_to_integer.yaml", &["9:162 error AS511"]),
    (
        "c45_object_to_a_union_containing_it.yaml",
        &["9:162 error AS511"],
    ),
    ("c46_placeholders.yaml", &[]),
    ("c47_a_placeholder_may_be_given_another_type.yaml", &[]),
    (
        "c48_explicit_list_that_misses_an_input.yaml",
        &["6:9 error AS401"],
    ),
    ("c49_default_output_names.yaml", &[]),
    ("c50_branches_of_a_branchingnode.yaml", &[]),
    ("c51_wrong_explicit_branches.yaml", &["5:11 error AS404"]),
    ("c52_mapnode.yaml", &["4:452 warning AS528"]),
    (
        "c53_reducer_that_names_no_output.yaml",
        &["4:452 warning AS528", "5:12 warning AS411"],
    ),
    (
        "c54_catchexceptionnode_needs_defaults.yaml",
        &["4:10 error AS407", "4:452 warning AS528"],
    ),
    (
        "c55_flownode_branches_come_from_end_nodes.yaml",
        &["4:452 warning AS528"],
    ),
    ("c56_smallest_flow.yaml", &[]),
    ("c57_no_start_node.yaml", &["5:8 error AS501"]),
    ("c58_start_node_with_two_edges.yaml", &["8:83 error AS503"]),
    ("c59_end_node_nobody_reaches.yaml", &["5:68 error AS506"]),
    (
        "c60_edge_to_a_node_outside_the_flow.yaml",
        &["8:83 error AS508"],
    ),
    (
        "c61_data_edge_to_an_unknown_input.yaml",
        &["9:162 error AS510"],
    ),
    (
        "c62_flow_output_that_one_end_node_lacks.yaml",
        &["10:19 error AS513"],
    ),
    ("c63_branch_with_no_edge.yaml", &["12:3 warning AS522"]),
    (
        "c64_unknown_branch_two_edges_on_one_branch.yaml",
        &["8:100 warning AS521", "10:83 warning AS520"],
    ),
    ("c65_unreachable_node.yaml", &["5:47 warning AS523"]),
    ("c66_input_without_a_source.yaml", &["13:68 warning AS525"]),
    (
        "c67_node_written_twice_instead_of_referenced.yaml",
        &["4:13 error AS502", "4:13 error AS503", "7:3 error AS506"],
    ),
    ("c68_boolean_handoff.yaml", &["6:10 warning AS605"]),
    ("c69_manager_among_the_workers.yaml", &["5:28 error AS604"]),
    (
        "c70_header_in_both_maps.yaml",
        &["7:20 warning AS801", "7:21 error AS701"],
    ),
    ("c71_placeholders_in_keys_and_nested_values.yaml", &[]),
    ("c72_shared_llm_moves_to_the_common_owner.yaml", &[]),
    ("c73_key_order_also_in_free_objects.yaml", &[]),
    (
        "c74_sensitive_values_become_references.yaml",
        &["6:10 warning AS801"],
    ),
    (
        "c75_redacted_document_loads_with_a_registry_and_can_be_edited_without.yaml",
        &[],
    ),
    (
        "c76_secrets_the_sdk_leaks.yaml",
        &["5:12 warning AS801", "6:16 warning AS801"],
    ),
    ("c77_everything_is_idempotent.yaml", &[]),
    ("c78_yaml_1_1_trap.yaml", &["4:11 warning AS008"]),
    (
        "c79_anchor_used_for_two_tools.yaml",
        &["7:49 warning AS606"],
    ),
    ("c80_wayflow_node_in_a_flow.yaml", &[]),
    ("c81_foreign_plugin_type.yaml", &["1:17 warning AS005"]),
    (
        "c82_process_starting_transport_in_an_untrusted_file.yaml",
        &[],
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/conformance")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn loaded(name: &str) -> Loaded {
    load(&text(name), &options())
}

fn options() -> LoadOptions {
    LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    }
}

/// What a document without errors is exported as, at its own version.
fn exported(name: &str, format: Format) -> Exported {
    let component = loaded(name).component.unwrap();
    export(&component, &ExportOptions::new(format)).unwrap()
}

/// The problems of a text, as they stand in the table.
fn problems(loaded: &Loaded) -> Vec<String> {
    let tell = |problem: &flowdeck::spec::Diagnostic| {
        let (line, column) = (problem.place.line, problem.place.column);
        format!(
            "{line}:{column} {} {}",
            problem.severity.name(),
            problem.code
        )
    };
    loaded.diagnostics.iter().map(tell).collect()
}

#[test]
fn every_document_has_exactly_its_problems() {
    let mut wrong = Vec::new();
    for (name, expected) in CASES {
        let found = problems(&loaded(name));
        if found != *expected {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_document_is_in_the_table() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    let listed: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed);
}

/// The documents whose export is given to the byte, in `exports`.
#[test]
fn exports_are_exactly_those_that_are_given() {
    let mut compared = 0;
    for entry in fs::read_dir(folder().join("exports")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let expected = fs::read_to_string(&path).unwrap();
        let name = format!("{stem}.yaml");
        assert_eq!(exported(&name, Format::Json).text, expected, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}

/// A document, a place in its export, and what stands there.
#[test]
fn exports_say_what_was_inferred_moved_and_masked() {
    let titles = |names: &[&str]| -> Value {
        let string = |title: &&str| json!({"title": title, "type": "string"});
        names.iter().map(string).collect()
    };
    let y = json!({"title": "y", "type": "number"});
    let cases: [(&str, &str, Value); 31] = [
        ("c09_", "/timeout", json!(30.0)),
        ("c09_", "/verify", json!(false)),
        ("c16_", "/$referenced_components/tr/command", json!("serve")),
        (
            "c16_",
            "/tools/0/client_transport",
            json!({"$component_ref": "tr"}),
        ),
        (
            "c16_",
            "/tools/1/client_transport",
            json!({"$component_ref": "tr"}),
        ),
        ("c29_", "/agentspec_version", json!("26.3.1")),
        ("c32_", "/agentspec_version", json!("25.4.1")),
        ("c42_", "/inputs/0/x-widget", json!("menu")),
        ("c46_", "/inputs", titles(&["x", "y", "z", "w"])),
        ("c47_", "/inputs/0/type", json!("array")),
        (
            "c49_",
            "/outputs/0",
            json!({"description": "Raw text generated by the LLM", "title": "generated_text", "type": "string"}),
        ),
        ("c50_", "/branches", json!(["default", "high", "low"])),
        (
            "c52_",
            "/inputs/0/anyOf",
            json!([{"title": "x", "type": "number"}, {"type": "array", "items": {"title": "x", "type": "number"}}]),
        ),
        (
            "c52_",
            "/outputs",
            json!([{"title": "collected_y", "type": "number"}]),
        ),
        ("c53_", "/outputs", json!([])),
        ("c55_", "/branches", json!(["done"])),
        ("c55_", "/outputs", json!([y])),
        ("c56_", "/data_flow_connections", json!(null)),
        (
            "c56_",
            "/$referenced_components/e/component_type",
            json!("EndNode"),
        ),
        ("c56_", "/nodes/0", json!({"$component_ref": "s"})),
        ("c68_", "/handoff", json!("never")),
        ("c71_", "/inputs", titles(&["id", "k", "v"])),
        ("c72_", "/$referenced_components/l/model_id", json!("m")),
        ("c72_", "/$referenced_components/n2/agent/id", json!("ag")),
        ("c75_", "/api_key", json!({"$component_ref": "l.api_key"})),
        (
            "c76_",
            "/client_id",
            json!({"$component_ref": "oc.client_id"}),
        ),
        (
            "c76_",
            "/client_secret",
            json!({"$component_ref": "oc.client_secret"}),
        ),
        ("c78_", "/mapping", json!({"yes": "go"})),
        (
            "c79_",
            "/tools",
            json!([{"$component_ref": "t1"}, {"$component_ref": "t1"}]),
        ),
        ("c81_", "/component_plugin_name", json!("acme")),
        ("c81_", "/component_plugin_version", json!("1.0.0")),
    ];
    for (case, place, expected) in cases {
        let (name, _) = CASES
            .iter()
            .find(|(name, _)| name.starts_with(case))
            .unwrap();
        let text = exported(name, Format::Json).text;
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document.pointer(place),
            Some(&expected),
            "{place} of {name}"
        );
    }
    assert!(
        !exported("c76_secrets_the_sdk_leaks.yaml", Format::Json)
            .text
            .contains("min_agentspec")
    );
    let yaml = exported("c78_yaml_1_1_trap.yaml", Format::Yaml).text;
    assert!(yaml.contains("mapping:\n  \"yes\": go\n"), "{yaml}");
}

/// C77: exporting an export changes nothing, and both formats say the same.
#[test]
fn every_document_without_errors_is_exported_once_and_for_all() {
    for (name, _) in CASES {
        if loaded(name).has_errors() {
            continue;
        }
        let component = loaded(name).component.unwrap();
        for format in [Format::Json, Format::Yaml] {
            let first = exported(name, format);
            let again = load(&first.text, &options()).component.unwrap();
            let second = export(&again, &ExportOptions::new(format)).unwrap();
            assert_eq!(second.text, first.text, "{name}");
            let lost = losses(&component, &first, format);
            assert!(lost.iter().all(Loss::is_intended), "{name}: {lost:?}");
        }
    }
}

/// C27 and C28: a set supplies components and plain values, also to exports.
#[test]
fn a_set_is_a_registry_for_other_documents() {
    let with_set = LoadOptions {
        supplied: vec![Supplied {
            name: "set.yaml".to_owned(),
            text: text("c28_disaggregated_set.yaml"),
        }],
        ..options()
    };
    let loaded = load(&text("c27_value_from_the_registry.yaml"), &with_set);
    assert_eq!(problems(&loaded), Vec::<String>::new());
    let component = loaded.component.unwrap();
    let text = export(&component, &ExportOptions::new(Format::Json))
        .unwrap()
        .text;
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["url"], "http://h:8000");
}

/// C17 with references left open, C25 and C47 in strict validation, C82 where local programs are not allowed.
#[test]
fn options_change_what_is_told() {
    let name = "c17_undefined_reference_listed_once_per_place.yaml";
    let partial = LoadOptions {
        partial: true,
        ..options()
    };
    let open = load(&text(name), &partial);
    assert_eq!(
        problems(&open),
        ["5:30 warning AS101", "6:26 warning AS101"]
    );
    let component = open.component.unwrap();
    let written = export(&component, &ExportOptions::new(Format::Yaml))
        .unwrap()
        .text;
    assert!(
        written.contains("llm_config:\n  $component_ref: llm-main\n"),
        "{written}"
    );

    let strict = LoadOptions {
        strict: true,
        ..options()
    };
    for (name, expected) in [
        (
            "c25_unused_definition_is_not_checked.yaml",
            ["6:3 warning AS107", "6:24 error AS005"].as_slice(),
        ),
        (
            "c47_a_placeholder_may_be_given_another_type.yaml",
            &["6:10 error AS403"],
        ),
    ] {
        assert_eq!(problems(&load(&text(name), &strict)), expected, "{name}");
    }

    let guarded = LoadOptions {
        policy: LoadPolicy::without_local_programs(),
        ..options()
    };
    let name = "c82_process_starting_transport_in_an_untrusted_file.yaml";
    assert_eq!(problems(&load(&text(name), &guarded)), ["4:36 error AS901"]);
}

/// C37: up is possible, below the version of the document is not.
#[test]
fn a_document_is_exported_at_its_own_version_or_a_later_one() {
    let component = loaded("c37_export_to_another_version.yaml")
        .component
        .unwrap();
    let at = |version| {
        let options = ExportOptions {
            version: Some(version),
            ..ExportOptions::new(Format::Json)
        };
        export(&component, &options).map(|exported| exported.version)
    };
    assert_eq!(at(AgentSpecVersion::V26_3_1), Ok(AgentSpecVersion::V26_3_1));
    let refused = at(AgentSpecVersion::V25_4_1).unwrap_err().to_string();
    assert_eq!(
        refused,
        "version 25.4.1 is too old: the document it was read from needs 25.4.2"
    );
}
