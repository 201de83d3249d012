//! `flowdeck open`, as scripts rely on it, and traces as pyagentspec writes them today.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::interpreters::{self, python};
use crate::program::{file, program, repository, run, run_with_input};

fn trace(name: &str) -> String {
    format!("tests/data/traces/{name}")
}

#[test]
fn what_was_said_is_written_without_a_screen() {
    let ran = run(&[
        "open",
        "--plain",
        &trace("flowdeck.jsonl"),
        &trace("wayflow.jsonl"),
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let heads = ran.stdout.lines().filter(|line| line.starts_with("# "));
    assert_eq!(
        heads.collect::<Vec<_>>(),
        [
            "# city_desk Paris",
            "# desk ×3",
            "# desk How is the weather in Paris?",
            "# desk How is the weather in Nowhere?",
            "# desk Hello",
            "# slogan soap",
        ]
    );
    let ran = run(&["open", "--plain", &trace("whole.jsonl")]);
    assert_eq!(ran.code, 0);
    let warnings = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "));
    assert_eq!(warnings.count(), 2, "{}", ran.stderr);
}

#[test]
fn runs_of_the_langgraph_adapter_are_shown_with_their_failures() {
    let ran = run(&["open", "--plain", &trace("langgraph.jsonl")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let parts: Vec<&str> = ran.stdout.split("\n# desk ").map(str::trim).collect();
    let [_, answered, failed] = parts.try_into().unwrap();
    assert!(
        answered.starts_with("How is the weather in Paris?"),
        "{answered}"
    );
    assert!(
        answered.contains("\"weather\": \"sunny, 21 degrees in Paris\""),
        "{answered}"
    );
    assert!(
        answered.contains("2 model calls, 1 tool call"),
        "{answered}"
    );
    assert!(failed.contains(", failed"), "{failed}");
    assert!(failed.ends_with("## Error\n\nno such city"), "{failed}");
}

#[test]
fn what_is_no_trace_ends_with_exit_code_3_and_the_reason() {
    let spec = run(&["open", "sample_specs/agents/invoice_reader.json"]);
    assert_eq!((spec.code, spec.stdout.as_str()), (3, ""));
    assert_eq!(
        spec.stderr,
        "error: `invoice_reader.json` is not a trace: it is a spec, not a trace of its runs\n  help: `flowdeck FILE` opens it\n"
    );
    let missing = run(&["open", "none.jsonl"]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.stderr.starts_with("error: can't read `"),
        "{}",
        missing.stderr
    );
    let folder = tempfile::tempdir().unwrap();
    let binary = file(folder.path(), "t.jsonl", [0, 159, 146, 150]);
    let ran = run(&["open", "--plain", binary.to_str().unwrap()]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn a_screen_needs_a_terminal() {
    let ran = run(&["open", &trace("flowdeck.jsonl")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("`--plain` prints"), "{}", ran.stderr);
    assert_eq!(run(&["open"]).code, 2);
    let piped = run(&["open", "-"]);
    assert_eq!(piped.code, 2);
    assert!(
        piped
            .stderr
            .contains("a screen takes its keys from standard input"),
        "{}",
        piped.stderr
    );
}

#[test]
fn a_trace_from_standard_input_is_printed_like_a_file() {
    let text = fs::read_to_string(trace("whole.jsonl")).unwrap();
    let of_file = run(&["open", "--plain", &trace("whole.jsonl")]);
    let piped = run_with_input(&["open", "--plain", "-"], &text);
    assert_eq!((piped.code, piped.stdout), (0, of_file.stdout));
    let empty = run_with_input(&["open", "--plain", "-"], "hello\n");
    assert_eq!(empty.code, 3);
    assert!(
        empty.stderr.contains("`<stdin>` is not a trace"),
        "{}",
        empty.stderr
    );
}

/// The span processor of docs/open.md.
fn documented() -> String {
    let page = fs::read_to_string(repository().join("docs/open.md")).unwrap();
    let (_, from) = page.split_once("```python file=trace_lines.py\n").unwrap();
    let (code, _) = from.split_once("```").unwrap();
    code.to_owned()
}

#[test]
fn what_the_documented_processor_writes_opens() {
    let Some(python) = python(interpreters::WAYFLOW) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "trace_lines.py", documented());
    let script = fs::read(repository().join(trace("wayflow_run.py"))).unwrap();
    let script: PathBuf = file(folder.path(), "wayflow_run.py", script);
    let mut server = program(&["mock-llm", "--port", "0", "--tokens", "6"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let written = folder.path().join("runs.jsonl");
    let ran = Command::new(python)
        .args([script.as_path(), url.as_ref(), written.as_path()])
        .current_dir(folder.path())
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let opened = run(&["open", "--plain", written.to_str().unwrap()]);
    assert_eq!((opened.code, opened.stderr.as_str()), (0, ""));
    // The same as of the lines that are kept for the other tests, but for ids, times and ports.
    let kept = run(&["open", "--plain", &trace("wayflow.jsonl")]);
    let shape = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| {
            ["- run `", "- started ", "- half of"]
                .iter()
                .all(|start| !line.starts_with(start))
        });
        lines.map(str::to_owned).collect()
    };
    assert_eq!(shape(&opened.stdout), shape(&kept.stdout));
}
