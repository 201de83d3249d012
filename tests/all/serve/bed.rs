//! A served spec, and a client of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::awaited::within;
use crate::program::{file, program};
use crate::scripted_model::ScriptedModel;

/// A server that is killed with the value.
pub(super) struct Served {
    pub(super) url: String,
    pub(super) child: Child,
    client: reqwest::Client,
}

impl Served {
    /// Serves `agent.json` of a folder.
    pub(super) fn start(folder: &Path, options: &[&str]) -> Self {
        Self::start_with(folder, options, Stdio::null())
    }

    /// The same, with what it says on standard error.
    pub(super) fn start_heard(folder: &Path) -> (Self, ChildStderr) {
        let mut served = Self::start_with(folder, &[], Stdio::piped());
        let stderr = served.child.stderr.take().unwrap();
        (served, stderr)
    }

    fn start_with(folder: &Path, options: &[&str], stderr: Stdio) -> Self {
        let arguments = [&["serve", "agent.json", "--port", "0"], options].concat();
        let mut child = program(&arguments)
            .current_dir(folder)
            .env("KEY", "secret-of-tests")
            .stdin(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap();
        Self {
            url: url.to_owned(),
            child,
            client: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .build()
                .unwrap(),
        }
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = within(request.send()).await.unwrap();
        let status = response.status().as_u16();
        let text = within(response.text()).await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(json!(text)))
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url));
        request.json(body)
    }

    pub(super) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    /// What comes of an operation over JSON-RPC: the result, or the error's code.
    pub(super) async fn rpc(&self, method: &str, params: Value) -> Result<Value, i64> {
        let body = json!({"jsonrpc": "2.0", "id": "r", "method": method, "params": params});
        let (status, mut answer) = self.send(self.post("/a2a", &body)).await;
        assert_eq!((status, &answer["id"]), (200, &json!("r")), "{answer}");
        match answer["error"]["code"].as_i64() {
            Some(code) => Err(code),
            None => Ok(answer["result"].take()),
        }
    }

    /// The task that a message makes.
    pub(super) async fn say(&self, message: Value) -> Value {
        let mut sent = self.rpc("SendMessage", json!({ "message": message })).await;
        sent.as_mut().unwrap()["task"].take()
    }

    /// The events of a stream.
    pub(super) async fn events(&self, path: &str, body: &Value) -> Vec<Value> {
        let response = within(self.post(path, body).send()).await.unwrap();
        let text = within(response.text()).await.unwrap();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// A response, which must come.
    pub(super) async fn respond(&self, body: Value) -> Value {
        let (status, response) = self.send(self.post("/v1/responses", &body)).await;
        assert_eq!(status, 200, "{response}");
        response
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A message of text, under an id of its own.
pub(super) fn text(words: &str) -> Value {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    named(&format!("message-{number:016}"), words)
}

/// A message of text under this id.
pub(super) fn named(id: &str, words: &str) -> Value {
    json!({"messageId": id, "role": "ROLE_USER", "parts": [{"text": words}]})
}

/// The same, in a context or for a task.
pub(super) fn text_in(words: &str, field: &str, id: &Value) -> Value {
    let mut message = text(words);
    message[field] = id.clone();
    message
}

/// The text of a task's artifact.
pub(super) fn answer(task: &Value) -> &str {
    let artifacts = task["artifacts"].as_array().unwrap();
    artifacts.last().unwrap()["parts"][0]["text"]
        .as_str()
        .unwrap()
}

/// A folder with an agent of a scripted model; fields of it are given besides.
pub(super) fn agent(model: &ScriptedModel, further: &Value) -> tempfile::TempDir {
    let mut agent = json!({
        "component_type": "Agent", "agentspec_version": "26.1.2", "id": "helper", "name": "helper",
        "description": "Helps.", "system_prompt": "Help.", "llm_config": model.config(),
    });
    let further = further.as_object().unwrap().clone();
    agent.as_object_mut().unwrap().extend(further);
    spec(&agent)
}

/// A folder with a spec, and a history of its own.
pub(super) fn spec(spec: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    file(folder.path(), "agent.json", spec.to_string());
    let profile = "default_profile = \"spec\"\n[tools.look]\nvalue = \"sunny\"\n";
    file(folder.path(), "flowdeck.toml", profile);
    fs::create_dir(folder.path().join(".flowdeck")).unwrap();
    folder
}

/// A tool of one input and one output.
pub(super) fn tool(kind: &str, is_confirmed: bool) -> Value {
    json!({
        "component_type": kind, "id": "look", "name": "look", "description": "Looks.", "requires_confirmation": is_confirmed,
        "inputs": [{"title": "at", "type": "string"}], "outputs": [{"title": "seen", "type": "string"}],
    })
}
