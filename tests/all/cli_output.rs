//! Where results go: files, pipes and devices, full disks.

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
use crate::cli_checks::{agent, offline};
use crate::program::{file, program, ran, run, state_home};

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
