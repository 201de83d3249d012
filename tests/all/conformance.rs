//! What the loader says about each document of `tests/data/conformance`: which are accepted, and which
//! problem is told where. The places and codes were settled against the reference SDK (pyagentspec
//! 26.3.1): what it refuses is an error here. The other way round two of its silent losses are errors
//! here: a key that is given twice (c11) and an id of two components (c24).

use std::fs;
use std::path::{Path, PathBuf};

use flowdeck::base::ids::IdSource;
use flowdeck::spec::{LoadOptions, load};
use pretty_assertions::assert_eq;

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
        &[
            "4:13 error AS502",
            "4:13 error AS503",
            "6:35 error AS106",
            "7:3 error AS506",
        ],
    ),
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

/// The problems of a document, as they stand in the table.
fn problems(name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let options = LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    };
    let loaded = load(&text, &options);
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
        let found = problems(name);
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
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let listed: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed);
}
