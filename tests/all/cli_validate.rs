//! `flowdeck validate`, as scripts rely on it.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{file, run, run_with_input};

const BROKEN: &str = "tests/data/validate/four_problems.yaml";

#[test]
fn problems_are_printed_with_their_places_and_counted() {
    let ran = run(&["validate", BROKEN]);
    assert_eq!(ran.code, 1);
    let expected = "tests/data/validate/four_problems.yaml:39:22: error[AS510]: ";
    assert!(ran.stdout.starts_with(expected), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("\n  39 |   destination_input: mesage\n     |                      ^^^^^^\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("help: did you mean `message`?"));
    assert!(
        ran.stdout.ends_with("1 file, 3 errors, 1 warning\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn json_is_one_list_with_every_key() {
    let ran = run(&["validate", "--format", "json", BROKEN]);
    assert_eq!(ran.code, 1);
    let problems: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(problems.as_array().unwrap().len(), 4);
    let first = problems[2].as_object().unwrap();
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "file",
            "line",
            "column",
            "end_line",
            "end_column",
            "severity",
            "code",
            "message",
            "help",
            "component"
        ]
    );
    assert_eq!(first["file"], json!(BROKEN));
    assert_eq!(first["line"], json!(68));
    assert_eq!(first["severity"], json!("warning"));
    let clean = run(&["validate", "--format", "json", "sample_specs/agents"]);
    assert_eq!((clean.code, clean.stdout.as_str()), (0, "[]\n"));
}

#[test]
fn two_runs_say_the_same() {
    let arguments = ["validate", "--format", "json", "sample_specs"];
    assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
}

#[test]
fn a_folder_stands_for_its_specs() {
    let ran = run(&["validate", "sample_specs/agents"]);
    let specs = std::fs::read_dir("sample_specs/agents").unwrap().count();
    assert_eq!(ran.stdout, format!("{specs} files, 0 errors, 0 warnings\n"));
    assert_eq!(ran.code, 0);
    let ran = run(&["-C", "sample_specs", "validate", "flows"]);
    assert!(
        ran.stdout.starts_with("flows/broken_greeting.yaml:"),
        "{}",
        ran.stdout
    );
}

#[test]
fn warnings_are_errors_only_when_asked() {
    let spec = "component_type: ServerTool\nagentspec_version: 26.1.2\nid: t\nname: t\nnmae: t\n";
    let ran = run_with_input(&["validate", "-"], spec);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.starts_with("<stdin>:5:1: warning[AS006]: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("1 file, 0 errors, 1 warning\n"));
    let ran = run_with_input(&["validate", "--strict", "-"], spec);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.starts_with("<stdin>:5:1: error[AS006]: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("1 file, 1 error, 0 warnings\n"));
}

#[test]
fn strict_checks_what_nothing_uses_and_types_that_do_not_cast() {
    let spec = "component_type: LlmNode\nagentspec_version: 26.1.2\nid: n\nname: n\n\
        prompt_template: \"{{n}}\"\ninputs: [{title: n, type: integer}]\n\
        llm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}\n\
        $referenced_components:\n  zz: {component_type: Nonsense}\n";
    let ran = run_with_input(&["validate", "-"], spec);
    assert!(
        ran.stdout.ends_with("1 file, 0 errors, 1 warning\n"),
        "{}",
        ran.stdout
    );
    let ran = run_with_input(&["validate", "--strict", "-"], spec);
    let codes: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| Some(line.split_once("error[")?.1.split_once(']')?.0))
        .collect();
    assert_eq!(codes, ["AS403", "AS107", "AS005"]);
}

#[test]
fn a_profile_that_is_asked_for_must_bind_the_tools() {
    let folder = tempfile::tempdir().unwrap();
    file(
        folder.path(),
        "flowdeck.toml",
        "[profiles.p]\n[tools.bound]\nask = true\n",
    );
    let spec = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\n\
        system_prompt: Hi\nllm_config: {component_type: VllmConfig, id: l, name: l, url: u, model_id: m}\n\
        tools:\n- {component_type: ServerTool, id: t1, name: bound}\n\
        - {component_type: ServerTool, id: t2, name: unbound}\n";
    let spec = file(folder.path(), "agent.yaml", spec);
    let spec = spec.to_str().unwrap();
    assert!(run(&["validate", spec]).stdout.ends_with("0 warnings\n"));
    let ran = run(&["validate", "--profile", "p", spec]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout
            .contains(":9:46: warning[AS902]: `unbound` is bound to nothing"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("1 file, 0 errors, 1 warning\n"));
}

#[test]
fn a_file_is_checked_once_with_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let spec = "component_type: VllmConfig\nagentspec_version: 26.1.2\nid: l\nname: l\n\
                url: {$component_ref: address}\nmodel_id: m\n";
    let path = file(folder.path(), "llm.yaml", spec);
    let set = file(
        folder.path(),
        "parts.json",
        "{\"$referenced_components\": {\"address\": \"http://h\"}}",
    );
    let path = path.to_str().unwrap();
    assert_eq!(run(&["validate", path]).code, 1);
    let ran = run(&["validate", path, path, "--component", set.to_str().unwrap()]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "1 file, 0 errors, 0 warnings\n")
    );
    let missing = run(&["validate", path, "--component", "missing.yaml"]);
    assert_eq!(missing.code, 3);
}

/// What is no spec, and a part of what is said about it.
#[test]
fn bad_files_are_problems_with_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        let list = before.trim_end_matches(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{list}]\n");
    }
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("empty.yaml", Vec::new(), ":1:1: error[AS002]: "),
        (
            "notes.yaml",
            b"- milk\n- eggs\n".to_vec(),
            ":1:1: error[AS002]: ",
        ),
        (
            "half.json",
            b"{\"component_type\": \"Ag".to_vec(),
            "error[AS001]: ",
        ),
        (
            "latin.yaml",
            b"name: \"caf\xe9\"\n".to_vec(),
            ":1:11: error[AS001]: ",
        ),
        ("bomb.yaml", bomb.into_bytes(), "error[AS001]: "),
        (
            "deep.json",
            "[".repeat(100_000).into_bytes(),
            "error[AS001]: ",
        ),
        (
            "huge.yaml",
            vec![b'a'; 33 * 1024 * 1024],
            "is larger than 32 MB",
        ),
    ];
    for (name, bytes, expected) in cases {
        let path = file(folder.path(), name, bytes);
        let ran = run(&["validate", path.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        assert!(ran.stdout.contains(expected), "{name}: {}", ran.stdout);
        assert!(ran.stdout.starts_with(path.to_str().unwrap()), "{name}");
    }
    let missing = folder.path().join("missing.yaml");
    let ran = run(&["validate", missing.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .contains("missing.yaml:1:1: error[AS001]: can't read"),
        "{ran:?}"
    );
}

#[test]
fn usage_errors_exit_with_2() {
    assert_eq!(run(&["validate"]).code, 2);
    assert_eq!(run(&["validate", "--format", "xml", "x"]).code, 2);
    let ran = run(&["vaildate", "x"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `validate`?"),
        "{}",
        ran.stderr
    );
    let ran = run(&[]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("the workbench needs a terminal"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_specs_may_do_is_explained_beside_their_problems() {
    let home = tempfile::tempdir().unwrap();
    let spec = "{component_type: Agent, agentspec_version: 26.3.1, id: a, name: a, system_prompt: x, \
                human_in_the_loop: false, llm_config: {component_type: OpenAiConfig, id: m, name: m, \
                model_id: gpt}, tools: [{component_type: RemoteTool, id: t, name: t, \
                url: 'https://{{host}}/x', http_method: GET}]}";
    let path = file(home.path(), "a.yaml", spec);
    let path = path.to_str().unwrap();
    let ran = run(&["validate", "--explain-access", path]);
    assert_eq!(ran.code, 0);
    let expected = format!(
        "{path}, profile `spec`:\n  calls these servers\n    \
         https://api.openai.com/v1/chat/completions  model `m` (gpt)\n    \
         https://{{{{host}}}}/x  RemoteTool `t`\n      \
         ! `{{{{host}}}}` decides which server is called, and nothing limits it\n  \
         calls these tools\n    t  sends a GET request, does not ask first\n  \
         uses these secrets\n    the environment variable OPENAI_API_KEY  key for OpenAiConfig `m`\n\
         1 file, 0 errors, 1 warning\n"
    );
    assert!(ran.stdout.ends_with(&expected), "{}", ran.stdout);

    let arguments = ["validate", "--explain-access", "--format", "json"];
    let ran = run(&[&arguments[..], &[path, BROKEN]].concat());
    assert_eq!(ran.code, 1, "the other file has errors");
    let files: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(files[0]["profile"], json!("spec"));
    assert_eq!(
        files[0]["access"][1],
        json!({
            "kind": "endpoint",
            "target": "https://{{host}}/x",
            "purpose": "RemoteTool `t`",
            "origin": "spec",
            "component": {"component_type": "RemoteTool", "id": "t", "name": "t"},
            "asks_first": null,
            "concern": "`{{host}}` decides which server is called, and nothing limits it",
        })
    );
    assert_eq!(files[0]["problems"][0]["code"], json!("AS802"));
    assert_eq!(files[1]["access"], Value::Null);

    let offline = ["--profile", "offline", "validate", "--explain-access"];
    let ran = run(&[&offline[..], &["sample_specs/flows/capital_facts.json"]].concat());
    assert!(
        ran.stdout
            .contains("profile `offline`: reaches nothing outside of flowdeck\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_set_of_components_is_checked_by_itself_and_serves_the_documents_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write(
        "agent.yaml",
        "component_type: Agent\nagentspec_version: 26.3.1\nid: a\nname: a\nsystem_prompt: hello\nllm_config:\n  $component_ref: model\n",
    );
    write(
        "parts.yaml",
        "$referenced_components:\n  model:\n    component_type: VllmConfig\n    id: model\n    name: m\n    model_id: x\n    url:\n      $component_ref: url\n",
    );
    write("more.yaml", "$referenced_components:\n  url: http://h\n");
    let folder = home.path().to_str().unwrap();
    let ran = run(&["validate", folder]);
    assert_eq!(ran.stdout, "3 files, 0 errors, 0 warnings\n");
    assert_eq!(ran.code, 0);

    // By itself a document has only what it is given, and a set is told its own faults.
    let alone = run(&["validate", &format!("{folder}/agent.yaml")]);
    assert!(alone.stdout.contains("AS101"), "{}", alone.stdout);
    write(
        "more.yaml",
        "$referenced_components:\n  url: http://h\n  tool:\n    component_type: ServerTool\n    nam: t\n",
    );
    let ran = run(&["validate", folder]);
    assert!(
        ran.stdout.contains("more.yaml:5:5: warning[AS006]"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn types_that_can_not_be_compared_say_what_to_write_instead() {
    for (schema, remedy) in [
        (
            "oneOf: [{type: string}, {type: integer}]",
            "help: list the alternatives in `anyOf`",
        ),
        (
            "allOf: [{type: string}]",
            "help: write it as one schema: one `type` with all its `properties`",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let property = format!("{{title: x, {schema}}}");
        let spec = format!(
            "component_type: Flow
agentspec_version: 26.1.2
id: f
name: f
start_node: {{$component_ref: start}}
nodes: [{{$component_ref: start}}, {{$component_ref: end}}]
control_flow_connections:
- {{component_type: ControlFlowEdge, id: c, name: c, from_node: {{$component_ref: start}}, to_node: {{$component_ref: end}}}}
data_flow_connections: []
inputs: [{property}]
outputs: [{property}]
$referenced_components:
  start: {{component_type: StartNode, id: start, name: start, inputs: [{property}]}}
  end: {{component_type: EndNode, id: end, name: end, outputs: [{property}]}}
"
        );
        let path = folder.path().join("f.yaml");
        std::fs::write(&path, spec).unwrap();
        let ran = run(&["validate", path.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{}", ran.stdout);
        assert!(ran.stdout.contains("error[AS306]"), "{}", ran.stdout);
        assert!(ran.stdout.contains(remedy), "{}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn what_can_not_be_read_of_a_folder_is_an_error() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    file(
        folder.path(),
        "fine.yaml",
        fs::read_to_string("sample_specs/agents/city_desk.yaml").unwrap(),
    );
    symlink("nowhere.yaml", folder.path().join("link.yaml")).unwrap();
    symlink("loop.yaml", folder.path().join("loop.yaml")).unwrap();
    let ran = run(&["validate", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    for name in ["link.yaml", "loop.yaml"] {
        assert!(ran.stdout.contains(name), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("3 files, 2 errors"), "{}", ran.stdout);
}

#[test]
fn what_ignore_files_name_is_left_out_of_a_folder_and_checked_when_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let spec = fs::read_to_string("sample_specs/agents/city_desk.yaml").unwrap();
    file(folder.path(), ".gitignore", "drafts/\n");
    fs::create_dir(folder.path().join("drafts")).unwrap();
    let draft = file(
        folder.path(),
        "drafts/broken.yaml",
        "component_type: Agnt\n",
    );
    let named = folder.path().to_str().unwrap();

    let ran = run(&["validate", named]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "0 files, 0 errors, 0 warnings\n")
    );
    assert!(
        ran.stderr
            .contains("except files that ignore files exclude"),
        "{}",
        ran.stderr
    );

    file(folder.path(), "fine.yaml", spec);
    let ran = run(&["validate", named]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "1 file, 0 errors, 0 warnings\n")
    );
    assert_eq!(ran.stderr, "");
    let ran = run(&["--plain", named]);
    assert!(!ran.stdout.contains("drafts"), "{}", ran.stdout);

    let ran = run(&["validate", draft.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{}", ran.stdout);
}
