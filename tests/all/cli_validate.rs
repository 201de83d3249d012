//! `flowdeck validate`, as scripts rely on it.

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
        ran.stdout.ends_with("1 files, 3 errors, 1 warnings\n"),
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
    assert!(ran.stdout.ends_with("1 files, 0 errors, 1 warnings\n"));
    let ran = run_with_input(&["validate", "--strict", "-"], spec);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.starts_with("<stdin>:5:1: error[AS006]: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("1 files, 1 errors, 0 warnings\n"));
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
