//! Where results go: files, pipes and devices, full disks; and what is told before anything is asked of a model.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use pretty_assertions::assert_eq;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::awaited;
use crate::program::{Ran, file, program, run, state_home};

/// An agent that asks a model at an address.
fn agent(address: &str) -> String {
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
fn offline() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "a.json", agent("127.0.0.1:9"));
    home
}

/// The program in a folder, with an agent that it runs twice.
fn twice(home: &Path, arguments: &[&str]) -> Command {
    let fixed = [
        "run",
        "a.json",
        "--profile",
        "offline",
        "--message",
        "Go.",
        "--runs",
        "2",
    ];
    let mut command = program(&[&fixed, arguments].concat());
    command
        .current_dir(home)
        .env("XDG_STATE_HOME", home.join("state"))
        .stdin(Stdio::null());
    command
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How many runs a text in JSON tells of.
fn n_runs(text: &str) -> usize {
    let batch: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"));
    batch["runs"].as_array().unwrap().len()
}

fn pipe(home: &Path) -> String {
    let path = home.join("pipe").display().to_string();
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
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

#[tokio::test]
async fn a_pipe_that_nobody_reads_holds_back_no_interrupt() {
    for signal in [Signal::TERM, Signal::INT] {
        let model = HeldModel::start();
        let home = tempfile::tempdir().unwrap();
        file(home.path(), "a.json", model.agent());
        let child = program(&["run", "a.json", "--message", "Go.", "--format", "json"])
            .args(["--output", &pipe(home.path())])
            .current_dir(home.path())
            .spawn()
            .unwrap();
        let asked = model.asked();
        answer(&asked);
        drop(asked);
        // The run ends now, or is cancelled; what comes of it has no reader in either case.
        let pid = Pid::from_child(&child);
        kill_process(pid, signal).unwrap();
        awaited::end_of(&pid.as_raw_pid().to_string()).await;
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{signal:?}: {told}");
        assert_eq!(n_runs(&String::from_utf8(ended.stdout).unwrap()), 1);
        assert!(
            told.contains("the results are on standard output"),
            "{told}"
        );
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

#[test]
fn a_pipe_gets_the_results_and_stays_a_pipe() {
    let home = offline();
    let pipe = pipe(home.path());
    let read = || {
        Command::new("cat")
            .arg(&pipe)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for format in ["json", "jsonl", "text"] {
        let reader = read();
        let ran = ran(&mut twice(
            home.path(),
            &["--format", format, "--output", &pipe],
        ));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
        let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
        assert!(text.contains("answered"), "{text}");
    }
    for arguments in [
        ["export", "a.json", "-o", &pipe],
        ["new", "agent", "--force", &pipe],
    ] {
        let reader = read();
        let ran = ran(program(&arguments).current_dir(home.path()));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
        assert!(text.contains("component_type"), "{text}");
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn standard_output_by_another_name_is_standard_output() {
    let home = offline();
    for name in ["-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"] {
        let ran = ran(&mut twice(
            home.path(),
            &["--format", "json", "--output", name],
        ));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(n_runs(&ran.stdout), 2, "{name}");
        let exported = run(&[
            "-C",
            home.path().to_str().unwrap(),
            "export",
            "a.json",
            "-o",
            name,
        ]);
        assert_eq!(exported.code, 0, "{}", exported.stderr);
        assert!(
            exported.stdout.contains("component_type"),
            "{name}: {}",
            exported.stdout
        );
        // Where that is a file, what was there before and what comes after stay.
        let script = "echo before > out; \"$0\" export a.json -o \"$1\" >> out; echo after >> out";
        let status = Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_flowdeck"), name])
            .current_dir(home.path())
            .env("XDG_STATE_HOME", state_home())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        let text = fs::read_to_string(home.path().join("out")).unwrap();
        assert!(
            text.starts_with("before\n{") && text.ends_with("}\nafter\n"),
            "{name}: {text}"
        );
    }
}

#[test]
fn a_device_is_written_to_and_stays_one() {
    let home = offline();
    for device in ["/dev/null", "/dev/full"] {
        for arguments in [
            [
                "run",
                "a.json",
                "--profile",
                "offline",
                "--message",
                "Go.",
                "--output",
                device,
            ]
            .as_slice(),
            &["export", "a.json", "-o", device],
            &["new", "flow", device],
        ] {
            let ran = ran(program(arguments)
                .current_dir(home.path())
                .env("XDG_STATE_HOME", home.path()));
            assert_eq!(
                ran.code,
                i32::from(device == "/dev/full"),
                "{arguments:?}: {}",
                ran.stderr
            );
        }
        assert!(fs::metadata(device).unwrap().file_type().is_char_device());
    }
}

#[test]
fn help_that_a_full_disk_refuses_is_an_error() {
    for arguments in [&["--help"][..], &["--version"], &["help", "run"]] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let ran = ran(program(arguments).stdout(full));
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.stderr.contains("No space left"), "{}", ran.stderr);
    }
}

#[test]
fn results_that_a_full_disk_refuses_are_not_lost() {
    let home = offline();
    for format in ["json", "jsonl"] {
        let printed = ran(&mut twice(
            home.path(),
            &["--format", format, "--output", "/dev/full"],
        ));
        assert_eq!(printed.code, 1);
        assert!(
            printed
                .stderr
                .contains("can't write `/dev/full`: No space left"),
            "{}",
            printed.stderr
        );
        assert!(
            printed
                .stderr
                .contains("the results are on standard output"),
            "{}",
            printed.stderr
        );
        assert_eq!(
            printed.stdout.matches("\"duration_ms\"").count(),
            2,
            "{}",
            printed.stdout
        );

        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let kept = ran(twice(home.path(), &["--format", format]).stdout(full));
        assert_eq!(kept.code, 1);
        let (_, path) = kept
            .stderr
            .split_once("the results are in `")
            .unwrap_or_else(|| panic!("{}", kept.stderr));
        let path = Path::new(path.split('`').next().unwrap());
        assert!(path.starts_with(home.path()), "{path:?}");
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(text.matches("\"duration_ms\"").count(), 2, "{text}");
    }
}

/// A model that a test answers for: one request, and its answer when that is wanted.
struct HeldModel {
    listener: TcpListener,
}

impl HeldModel {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { listener }
    }

    fn agent(&self) -> String {
        agent(&self.listener.local_addr().unwrap().to_string())
    }

    /// Waits until it is asked, and reads the whole request.
    fn asked(&self) -> TcpStream {
        let (stream, _) = self.listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut n_bytes = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim().to_lowercase();
            if let Some(length) = line.strip_prefix("content-length:") {
                n_bytes = length.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; n_bytes]).unwrap();
        reader.into_inner()
    }
}

fn answer(mut stream: &TcpStream) {
    let chunk = json!({"id": "c", "model": "m", "choices": [{
        "index": 0, "delta": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop",
    }]});
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    write!(stream, "{head}data: {chunk}\n\ndata: [DONE]\n\n").unwrap();
}

#[tokio::test]
async fn events_are_in_the_file_while_the_runs_go_on_and_a_hang_up_ends_them_in_good_order() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let model = HeldModel::start();
        let home = tempfile::tempdir().unwrap();
        file(home.path(), "a.json", model.agent());
        let path = file(
            home.path(),
            "events.jsonl",
            "older text, longer than a line of events is at the very least",
        );
        let mut child = program(&[
            "run",
            "a.json",
            "--message",
            "Go.",
            "--runs",
            "3",
            "--at-once",
            "1",
        ])
        .args(["--format", "jsonl", "--output", "events.jsonl"])
        .current_dir(home.path())
        .spawn()
        .unwrap();
        awaited::file(&path, |text| text.contains("\"LlmGenerationRequest\"")).await;
        let _held = model.asked();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect();
        let ends = lines.iter().filter(|line| line["type"] == "RunEnd");
        assert_eq!(ends.filter(|end| end["state"] == "cancelled").count(), 3);
        assert_eq!(lines.last().unwrap()["type"], "BatchEnd");
    }
}

#[test]
fn a_batch_under_nohup_outlives_its_terminal() {
    let model = HeldModel::start();
    let home = tempfile::tempdir().unwrap();
    file(home.path(), "a.json", model.agent());
    let script = "trap '' HUP; exec \"$0\" run a.json --message Go. --output answer";
    let mut child = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_flowdeck")])
        .current_dir(home.path())
        .env("XDG_STATE_HOME", state_home())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let asked = model.asked();
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    answer(&asked);
    drop(asked);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(
        fs::read_to_string(home.path().join("answer")).unwrap(),
        "Yes.\n"
    );
}
