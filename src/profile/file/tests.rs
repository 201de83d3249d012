//! `flowdeck.toml` as text, and what is read of it.

use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::profile::{Binding, HttpBinding, Stub};

const PATH: &str = "/home/me/specs/flowdeck.toml";

fn parse(text: &str) -> ProfileFile {
    ProfileFile::parse(text, Path::new(PATH)).unwrap()
}

#[track_caller]
fn check_problems(text: &str, expected: &[&str]) {
    let error = ProfileFile::parse(text, Path::new("flowdeck.toml")).unwrap_err();
    let shown = error.to_string();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn without_a_file_there_are_two_profiles_and_models_are_as_written() {
    let file = ProfileFile::default();
    assert_eq!(file.names(), ["offline", "spec"]);
    assert_eq!(file.profile(None).unwrap(), Profile::spec());
    assert_eq!(file.profile(Some("offline")).unwrap(), Profile::offline());
}

#[test]
fn a_profile_has_its_own_settings_and_the_tools_of_all() {
    let file = parse(
        r#"
        default_profile = "local"
        [profiles.local]
        component_files = ["secrets.yaml"]
        at_once = 8
        max_concurrency = 3
        rate_limit = "60/min"
        call_timeout = "5m"
        idle_timeout = "90s"
        [[profiles.local.llm]]
        match = "gpt-*"
        url = "http://localhost:11434/v1"
        model_id = "llama3.2"
        api_key = { file = "key" }
        generation = { temperature = 0.2 }
        call_timeout = "20m"
        [[profiles.local.llm]]
        match = "*"
        [tools.lookup]
        value = { found = true }
        "#,
    );
    let profile = file.profile(None).unwrap();
    assert_eq!(profile.name, "local");
    assert_eq!(profile.folder, Path::new("/home/me/specs"));
    assert_eq!(profile.at_once, Some(8));
    assert_eq!(profile.max_concurrency, Some(3));
    assert_eq!(profile.requests_per_second, Some(1.0));
    assert_eq!(
        profile.component_files,
        [Path::new("/home/me/specs/secrets.yaml")]
    );
    let rule = LlmRule {
        pattern: "gpt-*".to_owned(),
        config: None,
        api_provider: None,
        api_type: None,
        url: Some("http://localhost:11434/v1".to_owned()),
        model_id: Some("llama3.2".to_owned()),
        api_key: Some(SecretSource::File("/home/me/specs/key".into())),
        generation: json!({"temperature": 0.2}).as_object().cloned().unwrap(),
        call_limits: CallLimits {
            call: Some(Duration::from_mins(20)),
            idle: None,
        },
    };
    let limits = CallLimits {
        call: Some(Duration::from_mins(5)),
        idle: Some(Duration::from_secs(90)),
    };
    assert_eq!(profile.call_limits, limits);
    assert_eq!(profile.llm.len(), 2);
    assert_eq!(profile.llm.first(), Some(&rule));
    let offline = file.profile(Some("offline")).unwrap();
    assert_eq!(offline.model, ModelSource::Offline);
    assert_eq!(offline.tools, profile.tools);
    assert_eq!(file.names(), ["offline", "spec", "local"]);
}

#[test]
fn every_way_to_bind_a_tool() {
    let profile = parse(
        r#"
        [python]
        command = "python3.12"
        workers = 3
        [tools.a]
        command = ["python3", "a.py"]
        timeout = "10s"
        [tools.b]
        python = "tools/b.py:run"
        [tools.c]
        http = { url = "http://localhost/c", method = "get", headers = { X-Key = { env = "KEY" } } }
        [tools.d]
        ask = true
        [tools."e f"]
        value = [1, "two"]
        "#,
    )
    .profile(None)
    .unwrap();
    let binding = |name: &str| profile.binding(name).unwrap().binding.clone();
    assert_eq!(
        binding("a"),
        Binding::Command {
            argv: vec!["python3".to_owned(), "a.py".to_owned()]
        }
    );
    assert_eq!(
        profile.binding("a").unwrap().timeout,
        Some(Duration::from_secs(10))
    );
    assert_eq!(
        binding("b"),
        Binding::Python {
            file: "/home/me/specs/tools/b.py".into(),
            function: "run".to_owned()
        }
    );
    let headers = [("X-Key".to_owned(), SecretSource::Env("KEY".to_owned()))];
    assert_eq!(
        binding("c"),
        Binding::Http(HttpBinding {
            url: "http://localhost/c".to_owned(),
            method: "GET".to_owned(),
            headers: headers.into(),
        })
    );
    assert_eq!(binding("d"), Binding::Ask);
    assert_eq!(
        binding("e f"),
        Binding::Stub(Stub {
            outcome: Ok(json!([1, "two"]).into()),
            delay: Duration::ZERO,
        })
    );
    assert_eq!(profile.python.workers, 3);
    assert_eq!(profile.python.command, "python3.12");
}

#[test]
fn everything_wrong_is_told_at_once_with_line_and_suggestion() {
    check_problems(
        r#"default_profil = "x"
[profiles.local]
at_onse = 3
rate_limit = "fast"
[[profiles.local.llm]]
url = "ftp://x"
[tools.a]
comand = ["x"]
[tools.b]
ask = true
value = 1
[tools.c]
command = []
timeout = "soon"
[tools.d]
python = "work.py"
"#,
        &[
            "flowdeck.toml:1:1: unknown key `default_profil`; did you mean `default_profile`?",
            "flowdeck.toml:3:1: unknown key `at_onse` in `[profiles.local]`; did you mean `at_once`?",
            "flowdeck.toml:4:14: `profiles.local.rate_limit` must be a rate like \"60/min\" or \"5/s\"",
            "flowdeck.toml:5:1: `profiles.local.llm[0]` needs `match`",
            "flowdeck.toml:6:7: `profiles.local.llm[0].url`: `ftp://x` is neither an `http` nor an `https` address",
            "flowdeck.toml:7:1: `[tools.a]` must have one of `command`, `python`, `http`, `ask`, `value` and `error`",
            "flowdeck.toml:8:1: unknown key `comand` in `[tools.a]`; did you mean `command`?",
            "flowdeck.toml:9:1: `[tools.b]` must have one of `command`, `python`, `http`, `ask`, `value` and `error`",
            "flowdeck.toml:13:11: `tools.c.command` names no program",
            "flowdeck.toml:14:11: `tools.c.timeout` must be a time like \"10s\" or \"500ms\"",
            "flowdeck.toml:16:10: `tools.d.python` must be like `tools/work.py:heavy_work`",
        ],
    );
}

#[test]
fn wrong_kinds_syntax_and_unknown_profiles_have_their_place() {
    check_problems(
        "default_profile = \"locl\"\n[profiles.local]\nat_once = 0\n",
        &[
            "flowdeck.toml:1:19: there is no profile `locl`; did you mean `local`?",
            "flowdeck.toml:3:11: `profiles.local.at_once` must be a whole number from 1 to 10000",
        ],
    );
    check_problems(
        "[profiles.offline]\nmodel = \"spec\"\n",
        &["flowdeck.toml:2:9: `profiles.offline.model` can only be \"offline\""],
    );
    check_problems(
        "tools = 3\n",
        &["flowdeck.toml:1:9: `tools` must be a table, not an integer"],
    );
    let error = ProfileFile::parse("a = [", Path::new("flowdeck.toml")).unwrap_err();
    assert!(error.to_string().starts_with("flowdeck.toml:1:"), "{error}");
}

#[test]
fn an_unknown_profile_is_told_with_those_there_are() {
    let error = ProfileFile::default().profile(Some("prod")).unwrap_err();
    assert_eq!(error.to_string(), "there is no profile `prod`");
    assert_eq!(
        error.hint().as_deref(),
        Some("profiles here are `offline`, `spec`")
    );
}

#[test]
fn the_nearest_file_upward_holds() {
    let root = tempfile::tempdir().unwrap();
    let inner = root.path().join("a/b");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::write(root.path().join(FILE_NAME), "").unwrap();
    assert_eq!(ProfileFile::find(&inner), Some(root.path().join(FILE_NAME)));
    std::fs::write(inner.join(FILE_NAME), "default_profile = \"offline\"").unwrap();
    let file = ProfileFile::find_and_read(&inner).unwrap();
    assert_eq!(file.default_profile(), "offline");
}

#[test]
fn an_example_belongs_to_the_path_of_its_spec() {
    let file = parse(
        r#"
        [examples."agents/x.yaml"]
        message = "hello {{name}}"
        inputs = "inputs/x.csv"
        input = { name = "Ada", id = 1.10 }
        runs = 12
        at_once = 4
        "#,
    );
    let example = file
        .example(Path::new("/home/me/specs/agents/x.yaml"))
        .unwrap();
    assert_eq!(
        example.inputs.as_deref(),
        Some(Path::new("/home/me/specs/inputs/x.csv"))
    );
    assert_eq!(example.input["name"].as_str(), Some("Ada"));
    assert_eq!(example.input["id"].to_string(), "1.10");
    assert_eq!((example.runs, example.at_once), (Some(12), Some(4)));
    assert_eq!(
        file.example(Path::new("/home/me/specs/agents/y.yaml")),
        None
    );
}

#[test]
fn a_tools_file_is_laid_over_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tools.toml");
    std::fs::write(&path, "[tools.lookup]\npython = \"t.py:f\"\n").unwrap();
    let mut profile = parse("[tools.lookup]\nvalue = 1\n[tools.other]\nvalue = 2\n")
        .profile(None)
        .unwrap();
    profile.layer_tools(ProfileFile::read_tools_file(&path).unwrap());
    let python = Binding::Python {
        file: folder.path().join("t.py"),
        function: "f".to_owned(),
    };
    assert_eq!(profile.binding("lookup").unwrap().binding, python);
    assert!(profile.binding("other").is_some());
}

#[test]
fn the_file_of_the_samples_is_right_and_its_examples_are_of_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_specs");
    let file = ProfileFile::read(&folder.join(FILE_NAME)).unwrap();
    assert_eq!(file.default_profile(), "offline");
    for (spec, example) in &file.examples {
        assert!(spec.is_file(), "{}", spec.display());
        for path in example.inputs.iter().chain(&example.answers) {
            assert!(path.is_file(), "{}", path.display());
        }
    }
    for (name, tool) in &file.tools {
        if let Binding::Python { file, .. } = &tool.binding {
            assert!(file.is_file(), "`{name}`: {}", file.display());
        }
    }
}

#[test]
fn generation_parameters_are_of_their_kinds_as_in_a_spec() {
    for (given, told) in [
        (
            "max_tokens = 12.7",
            "max_tokens` must be an integer, not 12.7",
        ),
        (
            "max_tokens = \"12\"",
            "max_tokens` must be an integer, not \"12\"",
        ),
        (
            "temperature = \"hot\"",
            "temperature` must be a number, not \"hot\"",
        ),
        ("top_p = true", "top_p` must be a number, not true"),
    ] {
        let text = format!(
            "[profiles.local]\n[[profiles.local.llm]]\nmatch = '*'\ngeneration = {{ {given} }}\n"
        );
        let error = ProfileFile::parse(&text, Path::new("flowdeck.toml")).expect_err(given);
        assert!(error.to_string().contains(told), "{error}");
    }
    let text = "[[profiles.local.llm]]\nmatch = '*'\ngeneration = { temperature = 1, stop = ['x'], max_tokens = 7 }\n";
    let file = ProfileFile::parse(text, Path::new("flowdeck.toml")).expect("nothing is wrong");
    let profile = file.profile(Some("local")).expect("it is there");
    let sent = serde_json::to_string(&profile.llm[0].generation).expect("JSON");
    assert_eq!(sent, r#"{"temperature":1.0,"stop":["x"],"max_tokens":7}"#);
}
