//! `flowdeck export`, as scripts rely on it.

use std::fs;
use std::io::Read;

use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::program::{file, program, run, run_with_input};

const SPEC: &str = "sample_specs/agents/city_desk.yaml";

#[test]
fn what_is_exported_is_canonical_in_both_formats() {
    for format in ["json", "yaml"] {
        let exported = run(&["export", "--to", format, SPEC]);
        let said = (exported.code, exported.stderr.as_str());
        assert_eq!(said, (0, "round trip lossless\n"));
        let again = run_with_input(&["export", "-"], &exported.stdout);
        assert_eq!(again.stdout, exported.stdout);
        let checked = run_with_input(&["export", "--check", "-"], &exported.stdout);
        assert_eq!((checked.code, checked.stdout.as_str()), (0, ""), "{format}");
    }
    let json: Value = serde_json::from_str(&run(&["export", "--to", "json", SPEC]).stdout).unwrap();
    assert_eq!(json["component_type"], "Agent");
}

#[test]
fn the_format_is_the_inputs_unless_said_otherwise() {
    assert!(
        run(&["export", SPEC])
            .stdout
            .starts_with("component_type: Agent\n")
    );
    let json = run(&["export", "sample_specs/agents/invoice_reader.json"]);
    assert!(json.stdout.starts_with("{\n"), "{}", json.stdout);
}

#[test]
fn a_file_that_is_not_canonical_is_told_and_left() {
    let before = fs::read_to_string(SPEC).unwrap();
    let ran = run(&["export", "--check", SPEC]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("not in canonical form"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(SPEC).unwrap(), before);
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let target = file(folder.path(), "out.yaml", "old");
    let ran = run(&["export", SPEC, "-o", target.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(
        fs::read_to_string(&target).unwrap(),
        run(&["export", SPEC]).stdout
    );
    let nowhere = folder.path().join("missing/out.yaml");
    let ran = run(&["export", SPEC, "-o", nowhere.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("can't write"), "{}", ran.stderr);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no other file is left behind");
}

#[test]
fn secrets_become_references_and_are_named() {
    let spec = "component_type: OpenAiCompatibleConfig\nagentspec_version: 26.1.2\nid: llm\n\
                name: llm\nurl: http://h\nmodel_id: m\napi_key: sk-very-secret\n";
    for format in ["json", "yaml"] {
        let ran = run_with_input(&["export", "--to", format, "-"], spec);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("llm.api_key"), "{}", ran.stdout);
        assert!(ran.stderr.contains("`llm.api_key`"), "{}", ran.stderr);
        assert!(!format!("{ran:?}").contains("sk-very-secret"), "{ran:?}");
    }
}

#[test]
fn parts_come_from_component_files() {
    let folder = tempfile::tempdir().unwrap();
    let agent = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\n\
                 system_prompt: Hi\nllm_config: {$component_ref: shared_model}\n";
    let agent = file(folder.path(), "agent.yaml", agent);
    let parts = "$referenced_components:\n  shared_model:\n    component_type: VllmConfig\n    \
                 id: shared_model\n    name: v\n    url: http://h\n    model_id: m\n";
    let parts = file(folder.path(), "parts.yaml", parts);
    let (agent, parts) = (agent.to_str().unwrap(), parts.to_str().unwrap());
    let alone = run(&["export", agent]);
    assert_eq!(alone.code, 3);
    assert!(alone.stderr.contains("`shared_model`"), "{}", alone.stderr);
    let whole = run(&["export", agent, "--component", parts]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert!(
        whole.stdout.contains("component_type: VllmConfig"),
        "{}",
        whole.stdout
    );
}

#[test]
fn what_an_export_loses_is_told() {
    let spec = "component_type: OpenAiCompatibleConfig\nagentspec_version: 25.4.2\nid: llm\n\
                name: llm\nurl: http://h\nmodel_id: m\nprovider: meta\nmodle: m\n";
    let ran = run_with_input(&["export", "-"], spec);
    assert_eq!(ran.code, 0);
    let lost: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("lost: "))
        .collect();
    assert_eq!(
        lost,
        [
            "lost: 8:1: OpenAiCompatibleConfig has no field `modle`",
            "lost: `provider` of `llm`: it exists since 26.1.2, and 25.4.2 was written",
        ]
    );
    let raised = ["export", "--agentspec-version", "26.1.2", "-"];
    let ran = run_with_input(&raised, &spec.replace("modle: m\n", ""));
    assert!(ran.stderr.ends_with("round trip lossless\n"), "{ran:?}");
    assert!(ran.stdout.contains("provider: meta"), "{ran:?}");
}

const SHARED: &str = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\n\
    system_prompt: Hi\nllm_config: {component_type: VllmConfig, id: v, name: v, url: u, model_id: m}\n\
    tools: [{$component_ref: one}, {$component_ref: two}]\n$referenced_components:\n  \
    st: {component_type: StdioTransport, id: st, name: st, command: c}\n  \
    one: {component_type: MCPTool, id: one, name: one, client_transport: {$component_ref: st}}\n  \
    two: {component_type: MCPTool, id: two, name: two, client_transport: {$component_ref: st}}\n";

#[test]
fn parts_that_are_split_off_come_back_with_what_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let agent = file(folder.path(), "agent.yaml", SHARED);
    let target = folder.path().join("out.yaml");
    let (agent, target) = (agent.to_str().unwrap(), target.to_str().unwrap());
    let split = ["--disaggregate", "one", "--disaggregate", "two=second"];
    let ran = run(&[&["export", agent, "-o", target], &split[..]].concat());
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, "round trip lossless\n")
    );

    let written = fs::read_to_string(target).unwrap();
    assert!(written.contains("- $component_ref: one\n- $component_ref: second\n"));
    assert!(!written.contains("StdioTransport"), "{written}");
    let set = folder.path().join("out.components.yaml");
    let whole = ["export", target, "--component", set.to_str().unwrap()];
    let again = run(&whole);
    assert_eq!(again.stdout, run(&["export", agent]).stdout);
    assert_eq!(again.stdout, run(&["convert", agent]).stdout);
    let without = run(&["export", target]);
    assert_eq!(without.code, 3);
    let help = "`out.components.yaml` beside it defines `second`";
    assert!(without.stderr.contains(help), "{}", without.stderr);

    let taken = ["export", agent, "-o", target, "--disaggregate", "one=v"];
    let ran = run(&taken);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("can't be called `v`"), "{}", ran.stderr);
}

#[test]
fn references_stay_open_when_asked() {
    let spec = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\n\
                system_prompt: Hi\nllm_config: {$component_ref: elsewhere}\n\
                tools: [{$component_ref: tool}]\n";
    let ran = run_with_input(&["export", "-"], spec);
    assert_eq!(ran.code, 3);
    let ran = run_with_input(&["export", "--partial", "-"], spec);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("warning[AS101]"), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("round trip lossless\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout
            .contains("llm_config:\n  $component_ref: elsewhere\n")
    );
    assert!(ran.stdout.contains("tools:\n- $component_ref: tool\n"));
    let ran = run_with_input(&["validate", "--partial", "-"], spec);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 file, 0 errors, 2 warnings\n"));
}

#[test]
fn what_cannot_be_exported_is_told() {
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["sample_specs/flows/broken_greeting.yaml"],
            3,
            "nothing is written",
        ),
        (&["missing.yaml"], 3, "can't read `missing.yaml`"),
        (
            &[SPEC, "--agentspec-version", "25.4.1"],
            2,
            "version 25.4.1 is too old",
        ),
        (
            &[SPEC, "--agentspec-version", "1"],
            2,
            "the versions are 25.4.1",
        ),
        (&[SPEC, "--check", "-o", "x"], 2, "cannot be used with"),
        (&[SPEC, "--profile", "nonesuch"], 2, "nonesuch"),
        (&[], 2, "SPEC"),
    ];
    for (arguments, code, expected) in cases {
        let ran = run(&[&["export"], *arguments].concat());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (*code, ""),
            "{arguments:?}"
        );
        assert!(
            ran.stderr.contains(expected),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let mut child = program(&["man"]).spawn().unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
