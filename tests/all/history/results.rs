//! What `run` prints, which keeps of a run in memory no more than that needs, and what the history has of the same runs.

use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::program::{program, repository};

/// Runs a sample without a network, in a folder with a history of its own, and gives what was printed then and what is shown
/// of it later.
fn told_and_kept(spec: &str, arguments: &[&str]) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".flowdeck")).unwrap();
    let spec = repository().join("sample_specs").join(spec);
    let output = |arguments: &[&str]| -> Value {
        let mut command = program(arguments);
        let output = command.current_dir(folder.path()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {shown}"))
    };
    let run = [
        "run",
        spec.to_str().unwrap(),
        "--profile",
        "offline",
        "--format",
        "json",
    ];
    let told = output(&[&run, arguments].concat());
    let kept = output(&["history", "show", "last", "--format", "json"]);
    (told, kept)
}

#[test]
fn results_are_the_same_from_memory_and_from_the_history() {
    for (spec, arguments) in [
        ("flows/slogan_race.yaml", &[][..]),
        (
            "flows/review_digest.yaml",
            &["--input", r#"reviews=["Good.", "Bad."]"#],
        ),
        ("flows/newsletter.yaml", &["--input", "news=It rains."]),
        (
            "flows/guest_book.yaml",
            &[
                "--input",
                r#"entry={"name": "Ann"}"#,
                "--input",
                "city=Bern",
            ],
        ),
        ("agents/week_planner.yaml", &["--message", "Plan my week."]),
        ("teams/help_desk.yaml", &["--message", "My order is late."]),
        ("teams/news_desk.yaml", &["--message", "Write about tea."]),
    ] {
        let (told, kept) = told_and_kept(spec, arguments);
        assert_eq!(told["runs"], kept["runs"], "{spec}");
        assert!(told["runs"][0]["state"].is_string(), "{spec}: {told}");
    }
}
