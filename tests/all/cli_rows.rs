//! `flowdeck run --inputs` on files as people and spreadsheets write them, and what `run` and `new` say
//! of components that can't be run yet.

use serde_json::{Value, json};

use crate::program::{Ran, file, run, run_with_input};

const SPEC: &str = "component_type: Agent
agentspec_version: 26.1.2
id: a
name: guide
system_prompt: About {{city}} for {{days}} days, {{wet}}
inputs:
- {title: city, type: string}
- {title: days, type: integer, default: 1}
- {title: wet, type: boolean, default: false}
llm_config: {component_type: OllamaConfig, id: m, name: m, url: 'http://localhost:1', model_id: x}
";

/// Runs the spec offline on a file of rows.
fn run_rows(name: &str, text: &[u8], more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let spec = file(folder.path(), "guide.yaml", SPEC);
    let rows = folder.path().join(name);
    std::fs::write(&rows, text).unwrap();
    let profile = "[profiles.here]\nmodel = \"offline\"\nat_once = 2\n";
    file(folder.path(), "flowdeck.toml", profile);
    let (spec, rows) = (spec.display().to_string(), rows.display().to_string());
    let arguments = [
        "run",
        &spec,
        "--inputs",
        &rows,
        "--message",
        "Hi",
        "--profile",
        "here",
        "--format",
        "json",
    ];
    run(&[&arguments, more].concat())
}

/// The inputs of each run.
fn inputs(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let batch: Value = serde_json::from_str(&ran.stdout).unwrap();
    let runs = batch["runs"].as_array().unwrap();
    runs.iter().map(|run| run["inputs"].clone()).collect()
}

#[test]
fn rows_are_read_as_people_and_spreadsheets_write_them_and_it_is_said_how() {
    let expected = [
        json!({"city": "São, Paulo", "days": 2, "wet": true}),
        json!({"city": " Rome", "days": 1, "wet": false}),
    ];
    let files: [(&str, &str, &[&str]); 5] = [
        (
            "a.csv",
            "\u{feff}City;Days;WET\r\nSão, Paulo;2;TRUE\r\n;;\r\n Rome;;no\r\n",
            &[
                "separated by `;`: City, Days, WET",
                "line 3 has no value",
                "column `City` is read as `city`",
            ],
        ),
        (
            "a.tsv",
            "city\tdays\twet\nSão, Paulo\t2\tyes\n Rome\t1\tFalse\n",
            &[],
        ),
        (
            "a.TXT.CSV",
            "city , \"days\",wet,\n\"São, Paulo\",2,True,\n Rome,,,\n,,,\n",
            &["line 4 has no value"],
        ),
        (
            "a.csv",
            "city\tdays\twet\n\"São, Paulo\"\t2\ton\n Rome\t\toff\n",
            &["separated by tabs"],
        ),
        (
            "a.jsonl",
            "{\"City\": \"São, Paulo\", \"days\": 2, \"wet\": true}\n{\"City\": \" Rome\"}\n",
            &["column `City` is read as `city`"],
        ),
    ];
    for (name, text, told) in files {
        let ran = run_rows(name, text.as_bytes(), &[]);
        assert_eq!(inputs(&ran), expected, "{name}: {text}");
        for words in told {
            assert!(
                ran.stderr.contains(words),
                "{name}: no `{words}` in {}",
                ran.stderr
            );
        }
        if told.is_empty() {
            let mut told = ran.stderr.lines();
            assert!(
                told.all(|line| line.starts_with("batch ")),
                "{name}: {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn what_can_not_be_understood_is_told_with_line_column_and_what_was_read() {
    let cases: [(&str, &[&str]); 5] = [
        (
            "city;wet\nParis;perhaps\n",
            &["line 2: row 1, column `wet`", "perhaps", "separated by `;`"],
        ),
        (
            "city,days\n\nParis,two\n",
            &["line 3: row 1, column `days`", "two"],
        ),
        (
            "Town,days\nParis,2\n",
            &[
                "line 2: row 1, column `city`: no value, and no default",
                "the row has `Town`, `days`",
            ],
        ),
        (
            "city,\nParis,7\n",
            &["line 2", "column 2 has no name in the head", "`7`"],
        ),
        (
            "City,CITY\nParis,Rome\n",
            &["`City` and `CITY` could both be meant"],
        ),
    ];
    for (text, told) in cases {
        let ran = run_rows("a.csv", text.as_bytes(), &[]);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (3, ""),
            "{text}: {}",
            ran.stderr
        );
        for words in told {
            assert!(
                ran.stderr.contains(words),
                "{text}: no `{words}` in {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn rows_come_from_standard_input_too_and_the_spec_then_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let spec = file(folder.path(), "guide.yaml", SPEC);
    let spec = spec.display().to_string();
    let options = ["--inputs", "-", "--message", "Hi", "--profile", "offline"];
    let arguments = [&["run", &spec, "--format", "json"], &options[..]].concat();
    let ran = run_with_input(&arguments, "city,days\nParis,2\nRome,\n");
    let expected = [
        json!({"city": "Paris", "days": 2, "wet": false}),
        json!({"city": "Rome", "days": 1, "wet": false}),
    ];
    assert_eq!(inputs(&ran), expected);
    let ran = run_with_input(
        &arguments,
        "{\"city\": \"Paris\"}\n{\"city\": \"Rome\", \"days\": \"two\"}\n",
    );
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("line 2: row 2, column `days`"),
        "{ran:?}"
    );
    let ran = run_with_input(&arguments, "");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("`<stdin>` has no rows"), "{ran:?}");
    let ran = run_with_input(&[&["run", "-"], &options[..]].concat(), SPEC);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_tagged_number_of_yaml_has_the_text_without_its_quotes() {
    let ran = run_rows("a.yaml", b"- {city: !!int \"5\", days: !!int '2'}\n", &[]);
    let expected = [json!({"city": "5", "days": 2, "wet": false})];
    assert_eq!(inputs(&ran), expected);
}

#[test]
fn at_once_on_the_command_line_goes_before_the_profiles() {
    let rows = "city\nA\nB\nC\nD\nE\nF\nG\nH\n";
    for (more, expected) in [(&["--at-once", "8"][..], 8), (&[][..], 2)] {
        let ran = run_rows("a.csv", rows.as_bytes(), more);
        let batch: Value = serde_json::from_str(&ran.stdout).unwrap();
        let most = batch["summary"]["max_at_once"].as_u64().unwrap();
        assert_eq!(most, expected, "{more:?}");
    }
}

#[test]
fn what_can_not_be_run_yet_says_so_alone() {
    let folder = tempfile::tempdir().unwrap();
    let spec = "\
component_type: Agent
agentspec_version: 26.1.2
id: searcher
name: searcher
system_prompt: Find {{city}}.
llm_config: {component_type: VllmConfig, id: model, name: model, url: 'http://model.example', model_id: m}
toolboxes: [{component_type: PluginToolBox, id: box, name: box}]
";
    let path = file(folder.path(), "searcher.yaml", spec)
        .display()
        .to_string();
    let ran = run(&["run", &path, "--input", "city=Paris", "--message", "hi"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("`PluginToolBox` can't be run yet"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("city"), "{}", ran.stderr);
}

#[test]
fn help_takes_the_name_of_every_command() {
    let help = run(&["help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    assert_eq!(help.stdout, run(&["--help"]).stdout);
    let commands = help.stdout.split("Commands:").nth(1).unwrap();
    let commands = commands
        .lines()
        .take_while(|line| !line.starts_with("Arguments:"));
    let names: Vec<&str> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(
        names.contains(&"run") && names.contains(&"mock-llm"),
        "{names:?}"
    );
    for name in names {
        let help = run(&["help", name]);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(help.stdout, run(&[name, "--help"]).stdout, "{name}");
    }
    assert_eq!(run(&["help", "rnu"]).code, 2);
}
