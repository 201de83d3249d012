//! `flowdeck diff`, as scripts rely on it.

use std::fs;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{file, run, run_with_input};

const SPEC: &str = "sample_specs/agents/city_desk.yaml";

#[test]
fn every_sample_equals_its_exports_in_both_formats() {
    for folder in ["agents", "flows", "teams"] {
        for entry in fs::read_dir(format!("sample_specs/{folder}")).unwrap() {
            let path = entry.unwrap().path();
            let path = path.to_str().unwrap();
            for format in ["json", "yaml"] {
                let exported = run(&["export", "--to", format, path]);
                if exported.code == 0 {
                    let ran = run_with_input(&["diff", path, "-"], &exported.stdout);
                    assert_eq!(
                        (ran.code, ran.stdout.as_str()),
                        (0, ""),
                        "{path} as {format}"
                    );
                }
            }
        }
    }
}

#[test]
fn differences_are_told_in_words_and_end_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(SPEC).unwrap();
    let changed = text
        .replace("one or two friendly sentences", "one friendly sentence")
        .replace("model_id: llama3.2", "model_id: llama3.3");
    let changed = file(folder.path(), "b.yaml", changed);
    let ran = run(&["diff", SPEC, changed.to_str().unwrap()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_eq!(
        ran.stdout,
        "city_desk  Agent\n  ~ system_prompt changed\n    \
         Call the tool that fits the question, then answer in one [-or two -]friendly \
         [-sentences.-]{+sentence.+}\nllama  OllamaConfig\n  ~ model_id \"llama3.2\" → \"llama3.3\"\n"
    );
}

#[test]
fn json_has_a_stable_shape() {
    let spec = "component_type: VllmConfig\nagentspec_version: 26.1.2\nid: m\nname: m\nurl: http://h\nmodel_id: x\n";
    let folder = tempfile::tempdir().unwrap();
    let old = file(folder.path(), "a.yaml", spec);
    let new = spec.to_owned() + "default_generation_parameters: {temperature: 0.7}\n";
    let ran = run_with_input(
        &["diff", old.to_str().unwrap(), "-", "--format", "json"],
        &new,
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let object: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        object,
        json!({"equal": false, "differences": [{
            "kind": "added",
            "component": {"component_type": "VllmConfig", "id": "m", "name": "m"},
            "field": "default_generation_parameters",
            "after": {"temperature": 0.7},
        }]})
    );
    let same = run(&["diff", SPEC, SPEC, "--format", "json"]);
    let object: Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!(
        (same.code, object),
        (0, json!({"equal": true, "differences": []}))
    );
}

#[test]
fn secrets_are_never_told() {
    let spec = |key: &str| {
        format!(
            "component_type: OpenAiCompatibleConfig\nagentspec_version: 26.1.2\nid: m\nname: m\n\
             url: http://h\nmodel_id: x\napi_key: {key}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let old = file(folder.path(), "a.yaml", spec("sk-old-secret"));
    for format in ["text", "json"] {
        let arguments = ["diff", old.to_str().unwrap(), "-", "--format", format];
        let ran = run_with_input(&arguments, &spec("sk-new-secret"));
        assert_eq!(ran.code, 1);
        assert!(ran.stdout.contains("api_key"), "{}", ran.stdout);
        assert!(!format!("{ran:?}").contains("-secret"), "{ran:?}");
        assert_eq!(run_with_input(&arguments, &spec("sk-old-secret")).code, 0);
    }
}

#[test]
fn what_cannot_be_compared_is_refused_with_its_problems() {
    let ran = run(&["diff", "sample_specs/flows/broken_greeting.yaml", SPEC]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("error[AS"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("it can't be compared"),
        "{}",
        ran.stderr
    );
    assert_eq!(run(&["diff", "-", "-"]).code, 2);
    assert_eq!(run(&["diff", SPEC]).code, 2);
}
