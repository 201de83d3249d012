//! What `run` tells before anything is asked of a model: options, logs, models and tools that can't be used.

use std::fs;
use std::net::TcpListener;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{file, program, ran};

/// An agent that asks a model at an address.
pub(crate) fn agent(address: &str) -> String {
    json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "a", "name": "a", "system_prompt": "Hi.",
        "llm_config": {
            "component_type": "OpenAiCompatibleConfig", "id": "m", "name": "m",
            "url": format!("http://{address}/v1"), "model_id": "m",
        },
    })
    .to_string()
}

/// A folder with an agent that has the offline model.
pub(crate) fn offline() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "a.json", agent("127.0.0.1:9"));
    home
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
#[test]
fn what_is_wrong_with_an_option_is_told_before_the_first_request() {
    let model = TcpListener::bind("127.0.0.1:0").unwrap();
    model.set_nonblocking(true).unwrap();
    let home = tempfile::tempdir().unwrap();
    file(
        home.path(),
        "a.json",
        agent(&model.local_addr().unwrap().to_string()),
    );
    file(home.path(), "tool.py", "def work(): return 1\n");
    let profile =
        "[tools.work]\npython = \"tool.py:work\"\n[tools.other]\ncommand = [\"sh\", \"a.sh\"]\n";
    file(home.path(), "flowdeck.toml", profile);
    file(home.path(), "a.sh", "echo 1\n");
    for (option, value, code, told) in [
        ("--output", "tool.py", 2, "this run reads `tool.py`"),
        ("--output", "./a.sh", 2, "this run reads `./a.sh`"),
        (
            "--output",
            "results/x.json",
            2,
            "can't write `results/x.json`: there is no folder `results`",
        ),
        ("--output", ".", 2, "can't write `.`: it is a folder"),
        ("--output", "a.json", 2, "this run reads `a.json`"),
        (
            "--output",
            "a.json/x",
            2,
            "can't write `a.json/x`: Not a directory",
        ),
        ("--log", "a.json/x", 2, "can't log to `a.json/x`"),
        (
            "--log",
            "a.json",
            2,
            "this command uses `a.json`, so the log",
        ),
        ("--inputs", "none.csv", 3, "none.csv"),
        ("--answers", "none.yaml", 3, "none.yaml"),
        ("--tools", "none.toml", 3, "none.toml"),
        ("--component", "none.yaml", 3, "none.yaml"),
        ("--image", "none.png", 3, "none.png"),
        (
            "--runs",
            "1000000000000",
            2,
            "a whole number from 1 to 100000",
        ),
        (
            "--at-once",
            "9223372036854775807",
            2,
            "a whole number from 1 to 10000",
        ),
        (
            "--at-once",
            "99999999999999999999",
            2,
            "a whole number from 1 to 10000",
        ),
        (
            "--seed",
            "18446744073709551615",
            2,
            "a whole number from 0 to 9000000000000000000",
        ),
        ("--max-rounds", "1e3", 2, "a whole number from 1 to 100000"),
        ("--max-tokens", "-1", 2, "-1"),
        ("--timeout", "1e400", 2, "a time like \"10s\""),
        (
            "--timeout",
            "9223372036854775807",
            2,
            "a time from 1ms to 8760h",
        ),
        ("--rate", "1e400/s", 2, "a rate like \"60/min\""),
        ("--rate", "0.0001/h", 2, "a rate from 0.05/h"),
    ] {
        for format in ["json", "jsonl"] {
            let ran = ran(program(&[
                "run",
                "a.json",
                "--message",
                "Go.",
                "--format",
                format,
                option,
                value,
            ])
            .current_dir(home.path()));
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (code, ""),
                "{option} {value}: {}",
                ran.stderr
            );
            assert!(
                ran.stderr.contains(told),
                "{option} {value}: {}",
                ran.stderr
            );
        }
    }
    let refused = model.accept().unwrap_err();
    assert_eq!(
        refused.kind(),
        std::io::ErrorKind::WouldBlock,
        "nobody came"
    );
}

#[test]
fn a_log_is_never_written_into_what_a_command_reads_or_writes() {
    let home = offline();
    let files = [
        ("flowdeck.toml", ""),
        ("rows.csv", "n\n1\n"),
        ("answers.yaml", "messages: [Go.]\n"),
    ];
    for (name, text) in files {
        file(home.path(), name, text);
    }
    fs::hard_link(home.path().join("rows.csv"), home.path().join("linked.csv")).unwrap();
    let run = ["run", "a.json", "--profile", "offline"];
    let with_rows = [&run[..], &["--inputs", "rows.csv"]].concat();
    let with_answers = [&run[..], &["--answers", "answers.yaml"]].concat();
    let with_output = [&run[..], &["--message", "Go.", "--output", "new.txt"]].concat();
    for (command, log) in [
        (&run[..], "a.json"),
        (&run, "flowdeck.toml"),
        (&run, "../NAME/a.json"),
        (&with_rows, "rows.csv"),
        (&with_rows, "linked.csv"),
        (&with_answers, "answers.yaml"),
        (&with_output, "new.txt"),
        (&["validate", "."], "a.json"),
        (&["export", "a.json", "--output", "b.yaml"], "./b.yaml"),
        (&["profiles", "show"], "flowdeck.toml"),
    ] {
        let name = home.path().file_name().unwrap().to_str().unwrap();
        let log = log.replace("NAME", name);
        let ran = ran(program(command)
            .args(["-vv", "--log", &log])
            .current_dir(home.path()));
        assert_eq!(ran.code, 2, "{command:?} {log}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("so the log can't be written there"),
            "{log}: {}",
            ran.stderr
        );
        assert!(!home.path().join("new.txt").exists() && !home.path().join("b.yaml").exists());
    }
    for (name, text) in files {
        assert_eq!(fs::read_to_string(home.path().join(name)).unwrap(), text);
    }
}

#[test]
fn models_and_tools_that_can_not_be_used_are_told_before_the_runs_begin() {
    let home = tempfile::tempdir().unwrap();
    let mut spec: Value = serde_json::from_str(&agent("127.0.0.1:9")).unwrap();
    let tool = |name: &str| json!({"component_type": "ServerTool", "id": name, "name": name, "description": "Works."});
    spec["tools"] = json!([tool("gone"), tool("lost"), tool("there")]);
    file(home.path(), "a.json", spec.to_string());
    let tools = "[tools.gone]\ncommand = [\"./gone.sh\"]\n[tools.lost]\npython = \"lost.py:f\"\n[tools.there]\ncommand = [\"true\"]\n";
    let profile = "default_profile = \"p\"\n[[profiles.p.llm]]\nmatch = \"*\"\napi_key = { env = \"FLOWDECK_NO_SUCH_KEY\" }\n";
    file(home.path(), "flowdeck.toml", format!("{profile}{tools}"));
    file(
        home.path(),
        "answers.yaml",
        "tools: {thera: [1]}\nconfirm: {there: true}\n",
    );
    let mut command = program(&[
        "run",
        "a.json",
        "--message",
        "Go.",
        "--runs",
        "2",
        "--answers",
        "answers.yaml",
    ]);
    let ran = ran(command.current_dir(home.path()));
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("`m` can't be used here"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`FLOWDECK_NO_SUCH_KEY` is not set"),
        "{}",
        ran.stderr
    );
    for (name, is_told) in [("gone", true), ("lost", true), ("there", false)] {
        let told = format!("`{name}` can't be called here: there is no");
        assert_eq!(ran.stderr.contains(&told), is_told, "{}", ran.stderr);
    }
    let told = "`thera` in the answers is not a tool of the spec; did you mean `there`?";
    assert_eq!(
        ran.stderr.matches("in the answers").count(),
        1,
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn more_runs_than_a_batch_has_are_told() {
    let home = offline();
    file(home.path(), "rows.jsonl", "{}\n{}\n{}\n");
    let ran = ran(
        program(&["run", "a.json", "--inputs", "rows.jsonl", "--runs", "50000"])
            .current_dir(home.path()),
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    let told = "3 rows, each run 50000 times, are 150000 runs; a batch has at most 100000";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}
