//! A workspace whose runs are kept, with a model and a tool that count what they are asked.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Json, Router};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::awaited;
use crate::program::{Ran, file, program, ran};
use crate::scripted_model::{calls, says};

/// What the tools of specs are called.
const SPECS_TOOLS: [&str; 2] = ["note", "sign"];

/// How many runs the batch has that is killed.
pub(crate) const JOBS: usize = 200;

/// A model that calls the tool of the spec once, or twice where the job says so, and then says that the job is done, or with a job
/// that hangs nothing more; it counts what it is asked.
pub(crate) struct JobModel {
    pub(crate) url: String,
    asked: Asked,
    _server: JoinSet<()>,
}

type Asked = Arc<Mutex<Counted>>;

#[derive(Default)]
struct Counted {
    by_question: HashMap<(String, usize), usize>,
    /// When it was asked, each time.
    at: Vec<Instant>,
    /// Told each time.
    news: Arc<Notify>,
}

impl JobModel {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Asked::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(answer))
            .layer(DefaultBodyLimit::disable())
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
    pub(crate) fn asked(&self) -> HashMap<(String, usize), usize> {
        self.asked.lock().unwrap().by_question.clone()
    }

    /// Waits until it was asked that question of a job so often.
    pub(crate) async fn wait_for(&self, job: &str, question: usize, times: usize) {
        let news = Arc::clone(&self.asked.lock().unwrap().news);
        awaited::within(async {
            loop {
                let heard = news.notified();
                if self.asked().get(&(job.to_owned(), question)) >= Some(&times) {
                    return;
                }
                heard.await;
            }
        })
        .await;
    }

    /// When it was asked, in this order.
    pub(crate) fn asked_at(&self) -> Vec<Instant> {
        self.asked.lock().unwrap().at.clone()
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
    {
        let mut asked = asked.lock().unwrap();
        asked.at.push(Instant::now());
        *asked
            .by_question
            .entry((job.clone(), n_results))
            .or_default() += 1;
        asked.news.notify_one();
    }
    if n_results > 0 && job.contains("hang") {
        std::future::pending::<()>().await;
    }
    let n_calls = if job.contains("twice") { 2 } else { 1 };
    let delta = if n_results < n_calls {
        let offered = request["tools"].as_array().unwrap().iter();
        let offered = offered.map(|tool| &tool["function"]);
        // The runtime offers tools of its own, too.
        let wanted = offered.filter(|tool| SPECS_TOOLS.contains(&tool["name"].as_str().unwrap()));
        let wanted = wanted.map(|tool| {
            let inputs = tool["parameters"]["properties"].as_object().unwrap();
            let values = inputs.keys().map(|input| (input.clone(), json!(job)));
            let values: serde_json::Map<String, Value> = values.collect();
            (tool["name"].as_str().unwrap(), Value::Object(values))
        });
        let wanted: Vec<(&str, Value)> = wanted.collect();
        calls(&wanted)
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
pub(crate) struct Bed {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) model: JobModel,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with_tool(
            "sh -c 'cat >/dev/null; echo \"$FLOWDECK_IDEMPOTENCY_KEY\" >> journal; echo noted'",
            "",
        )
        .await
    }

    pub(crate) async fn with_tool(command: &str, options: &str) -> Self {
        let argv: Vec<&str> = match command.split_once(" -c ") {
            Some((shell, script)) => vec![shell, "-c", script.trim_matches('\'')],
            None => command.split(' ').collect(),
        };
        let binding = format!("[tools.note]\ncommand = {}\n{options}\n", json!(argv));
        Self::with(&Self::bound_tool(), &binding).await
    }

    /// The tool, which the profile binds.
    pub(crate) fn bound_tool() -> Value {
        json!({
            "component_type": "ServerTool", "id": "note", "name": "note", "description": "Notes a job.",
            "inputs": [{"title": "job", "type": "string"}], "outputs": [{"title": "noted", "type": "string"}],
        })
    }

    /// The same with another tool and what is in the profile file besides.
    pub(crate) async fn with(tool: &Value, profile: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = JobModel::start().await;
        let profile = format!("default_profile = \"spec\"\n{profile}");
        file(folder.path(), "flowdeck.toml", profile);
        let agent = json!({
            "component_type": "Agent", "agentspec_version": "26.1.2", "id": "noter", "name": "noter",
            "system_prompt": "Note the job, then say that it is done.",
            "llm_config": {
                "component_type": "OpenAiCompatibleConfig", "id": "model", "name": "model", "url": model.url,
                "model_id": "m",
            },
            "tools": [tool],
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

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.path().join("journal")
    }

    /// How often the tool was called, by run.
    pub(crate) fn noted(&self) -> HashMap<String, usize> {
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

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).stdin(Stdio::null()))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", ran.stdout, ran.stderr))
    }

    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Begins, and kills the program as soon as the journal has so many lines.
    pub(crate) async fn killed_at(&self, arguments: &[&str], lines: usize) {
        let mut child = self.begin(arguments);
        awaited::file(&self.journal(), |text| text.lines().count() >= lines).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn listed(&self) -> Vec<Value> {
        let list = self.json(&["history", "list", "--format", "json"]);
        list.as_array().unwrap().clone()
    }

    /// What is on record of the newest batch: how many answers of the model and results of the tool, by run.
    pub(crate) fn recorded(&self) -> HashMap<String, (usize, usize)> {
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
