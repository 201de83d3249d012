//! `flowdeck new`, as people and scripts use it.

use std::fs;

use pretty_assertions::assert_eq;

use crate::program::{file, run};

#[test]
fn a_template_is_listed_written_and_valid() {
    let list = run(&["new", "--list"]);
    assert_eq!((list.code, list.stderr.as_str()), (0, ""));
    let folder = tempfile::tempdir().unwrap();
    for line in list.stdout.lines() {
        let name = line.split_whitespace().next().unwrap();
        for format in ["yaml", "json"] {
            let path = folder.path().join(format!("{name}.{format}"));
            let ran = run(&["new", name, path.to_str().unwrap()]);
            assert_eq!(
                (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
                (0, "", "")
            );
        }
    }
    let checked = run(&["validate", "--strict", folder.path().to_str().unwrap()]);
    let count = list.stdout.lines().count() * 2;
    assert!(count > 40);
    assert_eq!(
        checked.stdout,
        format!("{count} files, 0 errors, 0 warnings\n")
    );
}

#[test]
fn without_a_path_it_goes_to_standard_output() {
    let yaml = run(&["new", "agent"]);
    assert!(yaml.stdout.starts_with("# An agent: "), "{}", yaml.stdout);
    assert_eq!(run(&["new", "agent", "-"]).stdout, yaml.stdout);
    let json = run(&["new", "agent", "--format", "json"]).stdout;
    let object: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(object["component_type"], "Agent");
}

#[test]
fn a_file_is_never_overwritten_unless_it_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "mine.yaml", "mine");
    let path = path.to_str().unwrap();
    let ran = run(&["new", "agent", path]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("already exists"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`--force` overwrites it"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    assert_eq!(run(&["new", "agent", path, "--force"]).code, 0);
    let nowhere = folder.path().join("no/mine.yaml");
    let ran = run(&["new", "agent", nowhere.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("there is no folder"), "{ran:?}");
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        run(&["new", "agent"]).stdout
    );
}

#[test]
fn a_wrong_name_is_told_with_the_right_one() {
    let ran = run(&["new", "swam"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.contains("did you mean `swarm`?"),
        "{}",
        ran.stderr
    );
    assert_eq!(run(&["new"]).code, 2);
}
