//! The history, as scripts meet it: runs outlive the program, however it ends.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::awaited;
use crate::program::{Ran, file, program};
use crate::scripted_model::{calls, says};

/// How many runs the batch has that is killed.
const JOBS: usize = 200;

/// A model that lets each job be noted once and then says that it is done; it counts what it is asked.
struct JobModel {
    url: String,
    asked: Arc<Mutex<HashMap<(String, usize), usize>>>,
    _server: JoinSet<()>,
}

type Asked = Arc<Mutex<HashMap<(String, usize), usize>>>;

impl JobModel {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Asked::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .with_state(Arc::clone(&asked));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            asked,
            _server: server,
        }
    }

    /// How often it was asked, by job and by which question of the job it is.
    fn asked(&self) -> HashMap<(String, usize), usize> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(asked): State<Asked>,
    Json(request): Json<Value>,
) -> ([(&'static str, &'static str); 1], String) {
    let messages = request["messages"].as_array().unwrap();
    let user = messages.iter().find(|message| message["role"] == "user");
    let job = user.unwrap()["content"].as_str().unwrap().to_owned();
    let n_results = messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .count();
    *asked
        .lock()
        .unwrap()
        .entry((job.clone(), n_results))
        .or_default() += 1;
    let delta = if n_results == 0 {
        calls(&[("note", json!({ "job": job }))])
    } else {
        says(&format!("{job} is done"))
    };
    let chunk = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": "stop"}]});
    (
        [("content-type", "text/event-stream")],
        format!("data: {chunk}\n\ndata: [DONE]\n\n"),
    )
}

/// A workspace with an agent whose one tool keeps a journal, and a history of its own.
struct Bed {
    folder: tempfile::TempDir,
    model: JobModel,
}

impl Bed {
    async fn new() -> Self {
        Self::with_tool(
            "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; echo noted'",
            "",
        )
        .await
    }

    async fn with_tool(command: &str, options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = JobModel::start().await;
        let argv: Vec<&str> = match command.split_once(" -c ") {
            Some((shell, script)) => vec![shell, "-c", script.trim_matches('\'')],
            None => command.split(' ').collect(),
        };
        file(
            folder.path(),
            "flowdeck.toml",
            format!(
                "default_profile = \"spec\"\n[tools.note]\ncommand = {}\n{options}\n",
                json!(argv)
            ),
        );
        let agent = json!({
            "component_type": "Agent", "agentspec_version": "26.1.2", "id": "noter", "name": "noter",
            "system_prompt": "Note the job, then say that it is done.",
            "llm_config": {
                "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": model.url,
                "model_id": "m",
            },
            "tools": [{
                "component_type": "ServerTool", "id": "note", "name": "note", "description": "Notes a job.",
                "inputs": [{"title": "job", "type": "string"}], "outputs": [{"title": "noted", "type": "string"}],
            }],
        });
        file(folder.path(), "noter.json", agent.to_string());
        let rows: Vec<String> = (0..JOBS).map(|job| job.to_string()).collect();
        file(
            folder.path(),
            "jobs.csv",
            format!("n\n{}\n", rows.join("\n")),
        );
        fs::create_dir(folder.path().join(".flowdeck")).unwrap();
        Self { folder, model }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn journal(&self) -> PathBuf {
        self.path().join("journal")
    }

    /// How often the tool was called, by run.
    fn noted(&self) -> HashMap<String, usize> {
        let mut noted = HashMap::new();
        for line in fs::read_to_string(self.journal())
            .unwrap_or_default()
            .lines()
        {
            let (run, _) = line.split_once('/').unwrap();
            *noted.entry(run.to_owned()).or_default() += 1;
        }
        noted
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.stdout, ran.stderr))
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Begins, and kills the program as soon as the journal has so many lines.
    async fn killed_at(&self, arguments: &[&str], lines: usize) {
        let mut child = self.begin(arguments);
        awaited::file(&self.journal(), |text| text.lines().count() >= lines).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn listed(&self) -> Vec<Value> {
        let list = self.json(&["history", "list", "--format", "json"]);
        list.as_array().unwrap().clone()
    }

    /// What is on record of the newest batch: how many answers of the model and results of the tool, by run.
    fn recorded(&self) -> HashMap<String, (usize, usize)> {
        let shown = self.run(&["history", "show", "last", "--format", "jsonl"]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        let mut recorded: HashMap<String, (usize, usize)> = HashMap::new();
        for line in shown.stdout.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let run = event["run"].as_str().unwrap_or_default().to_owned();
            let counts = recorded.entry(run).or_default();
            match event["type"].as_str().unwrap() {
                "LlmGenerationResponse" => counts.0 += 1,
                "ToolExecutionResponse" => counts.1 += 1,
                _ => {}
            }
        }
        recorded
    }
}

const FIRST: [&str; 8] = [
    "run",
    "noter.json",
    "--inputs",
    "jobs.csv",
    "--message",
    "job {{n}}",
    "--format",
    "json",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_killed_again_and_again_ends_without_doing_anything_recorded_twice() {
    let bed = Bed::new().await;
    let mut random = fastrand::Rng::new();
    let mut told = Vec::new();
    let mut past = Vec::new();
    for kill in 0..5 {
        let so_far = bed.noted().values().sum::<usize>();
        let lines = so_far + random.usize(1..35);
        told.push(lines);
        if kill == 0 {
            bed.killed_at(&FIRST, lines).await;
        } else {
            bed.killed_at(&["run", "--resume", "last", "--in-doubt", "again"], lines)
                .await;
        }
        past.push((bed.recorded(), bed.noted(), bed.model.asked(), bed.listed()));
    }
    let ended = bed.json(&[
        "run",
        "--resume",
        "last",
        "--in-doubt",
        "again",
        "--format",
        "json",
    ]);
    let summary = &ended["summary"];
    assert_eq!(
        summary["by_state"],
        json!({"answered": JOBS}),
        "killed at {told:?}"
    );
    let (noted, asked) = (bed.noted(), bed.model.asked());
    let runs = ended["runs"].as_array().unwrap();
    for (job, run) in runs.iter().enumerate() {
        assert_eq!(run["messages"][1]["content"], format!("job {job} is done"));
        assert_eq!(run["tool_calls"][0]["output"], "noted");
    }
    for (recorded, noted_then, asked_then, listed) in past {
        for row in &listed {
            let (run, job) = (row["run"].as_str().unwrap(), row["index"].as_u64().unwrap());
            let (answers, results) = recorded.get(run).copied().unwrap_or_default();
            if results > 0 {
                assert_eq!(noted[run], noted_then[run], "job {job}, killed at {told:?}");
            }
            for question in 0..answers {
                let question = (format!("job {job}"), question);
                assert_eq!(
                    asked[&question], asked_then[&question],
                    "{question:?}, killed at {told:?}"
                );
            }
            if row["state"] == "answered" {
                let now = &runs[usize::try_from(job).unwrap()];
                assert_eq!(now["run"], row["run"]);
                assert_eq!(
                    now["duration_ms"], row["duration_ms"],
                    "a run that had ended went on"
                );
            }
        }
    }
    // In the file as in what was told.
    let shown = bed.json(&["history", "show", "last", "--format", "json"]);
    assert_eq!(shown["summary"]["by_state"], summary["by_state"]);
    assert_eq!(
        shown["runs"][7]["tool_calls"],
        ended["runs"][7]["tool_calls"]
    );
    assert_eq!(shown["batch"], ended["batch"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_doubt_is_asked_about_and_made_again_or_let_fail_as_it_is_said() {
    let hanging = "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; [ -e go ] || sleep 100; echo noted'";
    for (in_doubt, calls, words) in [
        ("again", 2, "noted"),
        ("fail", 1, "the program ended while `note` was called"),
    ] {
        let bed = Bed::with_tool(hanging, "").await;
        let one = ["run", "noter.json", "--message", "job x"];
        bed.killed_at(&one, 1).await;
        file(bed.path(), "go", "");
        let asked = bed.run(&["run", "--resume", "last", "--format", "json"]);
        assert_eq!(asked.code, 4, "{}", asked.stderr);
        let asked: Value = serde_json::from_str(&asked.stdout).unwrap();
        assert_eq!(asked["runs"][0]["state"], "needs_input");
        assert_eq!(bed.noted().values().sum::<usize>(), 1, "nothing is guessed");
        let ended = bed.json(&[
            "run",
            "--resume",
            "last",
            "--in-doubt",
            in_doubt,
            "--format",
            "json",
        ]);
        let run = &ended["runs"][0];
        assert_eq!(run["state"], "answered", "{in_doubt}");
        assert_eq!(bed.noted().values().sum::<usize>(), calls, "{in_doubt}");
        let call = run["tool_calls"][0].to_string();
        assert!(call.contains(words), "{call}");
        // The same key, so that the tool could have known it again.
        assert_eq!(bed.noted().len(), 1);
    }
    // One that says that it may be called twice is.
    let bed = Bed::with_tool(hanging, "idempotent = true").await;
    let mut child = bed.begin(&["run", "noter.json", "--message", "job x"]);
    awaited::file(&bed.journal(), |text| !text.is_empty()).await;
    // Its call does not wait for its request to be on disk.
    awaited::within(async {
        let show = ["history", "show", "last", "--format", "jsonl"];
        while !bed.run(&show).stdout.contains("ToolExecutionRequest") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    child.kill().unwrap();
    child.wait().unwrap();
    file(bed.path(), "go", "");
    let ended = bed.run(&["run", "--resume", "last"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (0, "job x is done\n"),
        "{}",
        ended.stderr
    );
    assert_eq!(bed.noted().values().sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_lives_is_not_taken_and_one_that_ended_has_nothing_left() {
    let waiting =
        "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; sleep 100'";
    let bed = Bed::with_tool(waiting, "").await;
    let mut child = bed.begin(&["run", "noter.json", "--message", "job x"]);
    awaited::file(&bed.journal(), |text| !text.is_empty()).await;
    let refused = bed.run(&["run", "--resume", "last"]);
    assert_eq!(refused.code, 3);
    let pid = child.id().to_string();
    assert!(refused.stderr.contains(&pid), "{}", refused.stderr);
    assert_eq!(bed.listed()[0]["state"], "running");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bed.listed()[0]["state"], "interrupted");
    for (id, code) in [("nonesuch", 2), ("r_", 2)] {
        assert_eq!(bed.run(&["run", "--resume", id]).code, code, "{id}");
    }
    let ended = bed.run(&["run", "--resume", "last", "--in-doubt", "fail"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let again = bed.run(&["run", "--resume", "last"]);
    assert_eq!((again.code, again.stdout), (0, ended.stdout));
    assert!(again.stderr.contains("left to do"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_what_they_said_shown_exported_and_deleted() {
    let bed = Bed::new().await;
    let ran = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job of the lighthouse",
        "--runs",
        "2",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let batch = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("batch "))
        .unwrap()
        .to_owned();
    let other = bed.run(&["run", "noter.json", "--message", "job of the mill"]);
    assert_eq!(other.code, 0);
    let kept = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job of nobody",
        "--no-history",
    ]);
    assert!(!kept.stderr.contains("batch "), "{}", kept.stderr);
    let count = |arguments: &[&str]| {
        let fixed = ["history", "list", "--format", "json"];
        let found = bed.json(&[&fixed[..], arguments].concat());
        found.as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 3);
    assert_eq!(count(&["--text", "light"]), 2);
    assert_eq!(count(&["--text", "lighthouse \"job"]), 2);
    assert_eq!(count(&["--text", "nobody"]), 0);
    assert_eq!(count(&["--tool", "note"]), 3);
    assert_eq!(count(&["--tool", "not"]), 0);
    assert_eq!(
        count(&["--spec", "noter", "--state", "answered", "--limit", "1"]),
        1
    );
    assert_eq!(count(&["--state", "failed"]), 0);
    assert_eq!(count(&["--batch", batch.get(..6).unwrap(), "--here"]), 2);
    assert_eq!(count(&["--since", "2999-01-01"]), 0);
    let newest = bed.listed();
    assert_eq!(
        newest[1]["index"], 0,
        "newest batch first, its runs in order"
    );
    let run = newest[0]["run"].as_str().unwrap();
    let shown = bed.run(&["history", "show", run]);
    assert!(
        shown.stdout.contains("job of the mill is done"),
        "{}",
        shown.stdout
    );
    let spec = bed.run(&["history", "export", run, "--to", "spec"]);
    let spec: Value = serde_json::from_str(&spec.stdout).unwrap();
    assert_eq!(spec["name"], "noter");
    let trace = bed.json(&["history", "export", run, "--to", "otlp"]);
    let spans = trace["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap();
    let ids: Vec<&Value> = spans.iter().map(|span| &span["spanId"]).collect();
    for span in spans {
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        assert_eq!(span["traceId"], spans[0]["traceId"]);
        let is_root = span.get("parentSpanId").is_none();
        assert!(is_root || ids.contains(&&span["parentSpanId"]), "{span}");
        assert!(span["endTimeUnixNano"].as_str() >= span["startTimeUnixNano"].as_str());
    }
    assert!(trace.to_string().contains("gen_ai.tool.name"), "{trace}");
    let table = bed.run(&["history", "export", &batch, "--to", "csv"]);
    assert_eq!(table.stdout.lines().count(), 3, "{}", table.stdout);
    let refused = bed.run(&["history", "delete", run]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert_eq!(
        bed.run(&["history", "delete", run, &batch, "--yes"]).code,
        0
    );
    assert_eq!(count(&[]), 0);
    assert_eq!(bed.run(&["history", "vacuum"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_run_again_as_a_batch_of_its_own() {
    let failing =
        "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; sleep 100'";
    let bed = Bed::with_tool(failing, "").await;
    let late = bed.run(&[
        "run",
        "noter.json",
        "--message",
        "job x",
        "--runs",
        "2",
        "--timeout",
        "1",
    ]);
    assert_eq!(late.code, 1, "{}", late.stderr);
    file(
        bed.path(),
        "flowdeck.toml",
        "default_profile = \"spec\"\n[tools.note]\nvalue = \"noted\"\n",
    );
    let again = bed.run(&["run", "--retry-failed", "last", "--format", "json"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("is not what it was"),
        "{}",
        again.stderr
    );
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["summary"]["by_state"], json!({"answered": 2}));
    assert_eq!(bed.listed().len(), 4);
    assert_eq!(
        bed.run(&["run", "--retry-failed", "last"]).code,
        3,
        "nothing failed there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_with_the_file_is_told_once_and_keeps_nobody_from_running() {
    let bed = Bed::new().await;
    let one = ["run", "noter.json", "--message", "job x"];
    let database = bed.path().join(".flowdeck/history.db");
    let runs_all_the_same = |what: &str, words: &str| {
        let before = fs::read(&database).unwrap();
        let ran = bed.run(&one);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (0, "job x is done\n"),
            "{what}: {}",
            ran.stderr
        );
        assert_eq!(
            ran.stderr.matches("nothing is kept").count(),
            1,
            "{what}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(words), "{what}: {}", ran.stderr);
        assert_eq!(
            fs::read(&database).unwrap(),
            before,
            "{what}: it is not overwritten"
        );
    };
    fs::write(
        &database,
        "no database at all, but a text that somebody keeps there".repeat(40),
    )
    .unwrap();
    runs_all_the_same("corrupt", "move `");
    fs::remove_file(&database).unwrap();
    assert_eq!(bed.run(&one).code, 0);
    assert_eq!(bed.run(&["history", "vacuum"]).code, 0);
    // The version is a number of four bytes in the head of the file.
    let mut bytes = fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&999_u32.to_be_bytes());
    fs::write(&database, bytes).unwrap();
    runs_all_the_same("newer", "newer flowdeck");
    let listed = bed.listed();
    assert_eq!(listed.len(), 1, "it is read all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_takes_over_what_was_before_and_goes_its_own_way_from_one_changed_thing() {
    let bed = Bed::new().await;
    let ran = bed.run(&["run", "noter.json", "--message", "job a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let parent = bed.listed()[0]["run"].as_str().unwrap().to_owned();
    let events = || -> Vec<Value> {
        let shown = bed.run(&["history", "show", &parent, "--format", "jsonl"]);
        shown
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let before = events();
    let seq_of = |kind: &str| {
        let event = before.iter().find(|event| event["type"] == kind).unwrap();
        event["seq"].to_string()
    };
    let fork = |at: &str, change: &[&str]| {
        let fixed = ["history", "fork", &parent, "--at", at, "--format", "json"];
        let ran = bed.run(&[&fixed[..], change].concat());
        assert_eq!(ran.code, 0, "{change:?}: {}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["runs"][0].clone()
    };
    let question = |job: &str, n_results| (job.to_owned(), n_results);
    // Another result of the tool, at its call or at its result: the model is asked on, and nothing before it is done again.
    for at in ["ToolExecutionRequest", "ToolExecutionResponse"] {
        let asked = bed.model.asked();
        let forked = fork(&seq_of(at), &["--result", "\"lost\""]);
        assert_eq!(forked["tool_calls"][0]["output"], "lost", "{at}");
        assert_eq!(bed.noted().len(), 1, "{at}");
        let now = bed.model.asked();
        assert_eq!(now[&question("job a", 0)], asked[&question("job a", 0)]);
        assert_eq!(now[&question("job a", 1)], asked[&question("job a", 1)] + 1);
    }
    // Another first message: all of it is done anew.
    let forked = fork("1", &["--message", "job b"]);
    assert_eq!(forked["messages"][1]["content"], "job b is done");
    assert_eq!(bed.noted().len(), 2);
    // Another prompt: the model is asked anew, and as it wants the same of the tool, that is taken over.
    let asked = bed.model.asked();
    let numbers = before.iter().filter_map(|event| event["seq"].as_u64());
    let end = numbers.max().unwrap().to_string();
    let forked = fork(&end, &["--set", "noter.system_prompt=Be brief."]);
    assert_eq!(forked["tool_calls"][0]["output"], "noted");
    assert_eq!(
        bed.model.asked()[&question("job a", 0)],
        asked[&question("job a", 0)] + 1
    );
    assert_eq!(bed.noted().len(), 2);
    // The parent stays as it was, and the forks say where they come from.
    assert_eq!(events(), before);
    let newest = &bed.listed()[0];
    assert_eq!(newest["forked_from"]["run"], parent.as_str());
    assert_eq!(newest["forked_from"]["seq"].to_string(), end);
    for (at, change, words) in [
        ("99999", vec![], "entries 0 to"),
        (
            &seq_of("ToolExecutionRequest"),
            vec!["--message", "no"],
            "a message can be changed where",
        ),
        ("1", vec!["--result", "1"], "a result can be changed where"),
    ] {
        let fixed = ["history", "fork", &parent, "--at", at];
        let refused = bed.run(&[&fixed[..], &change].concat());
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
}
