//! `flowdeck mock-llm`: the binary as a server that other programs talk to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::program::{file, program, run};

/// A server that is stopped with the test.
struct Server {
    child: Child,
    /// Ends in `/v1`.
    base: String,
    client: reqwest::Client,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let arguments = [&["mock-llm", "--port", "0"], options].concat();
        let mut child = program(&arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let base = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        assert!(
            base.starts_with("http://127.0.0.1:") && base.ends_with("/v1"),
            "{base}"
        );
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        Self {
            child,
            base,
            client,
        }
    }

    async fn ask(&self, body: &Value) -> (u16, String) {
        let url = format!("{}/chat/completions", self.base);
        let response = self.client.post(url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn get(&self, url: &str) -> Value {
        let response = self.client.get(url).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// Asks it to stop and gives its exit code.
    fn stop(&mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail where a test has stopped it already.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn hello() -> Value {
    json!({"model": "any", "messages": [{"role": "user", "content": "Tell me about tea."}]})
}

#[tokio::test]
async fn it_speaks_the_protocol() {
    let mut server = Server::start(&["--tokens", "7"]);
    let (status, body) = server.ask(&hello()).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["object"]), (200, &json!("chat.completion")));
    let text = body
        .pointer("/choices/0/message/content")
        .unwrap()
        .as_str()
        .unwrap();
    assert_eq!(text.split(' ').count(), 7);
    assert!(body["usage"]["total_tokens"].as_u64().unwrap() > 0);

    let mut streamed = hello();
    streamed["stream"] = json!(true);
    streamed["stream_options"] = json!({"include_usage": true});
    let (status, stream) = server.ask(&streamed).await;
    assert_eq!(status, 200);
    let events: Vec<&str> = stream
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .collect();
    assert_eq!(*events.last().unwrap(), "data: [DONE]");
    let pieces: String = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event.strip_prefix("data: ")?).ok())
        .filter_map(|chunk| {
            let content = chunk.pointer("/choices/0/delta/content")?;
            Some(content.as_str()?.to_owned())
        })
        .collect();
    assert_eq!(pieces, text);
    assert!(events[events.len() - 2].contains("\"usage\""), "{stream}");

    let models = server.get(&format!("{}/models", server.base)).await;
    assert_eq!(models["data"][0]["id"], json!("offline"));
    let counted = server.get(&server.base.replace("/v1", "/stats")).await;
    assert_eq!(
        counted,
        json!({"requests": 2, "in_flight": 0, "max_in_flight": 1, "errors": 0, "disconnected": 0})
    );
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let server = Server::start(&[]);
    let cases = [
        (json!({"messages": []}), "model"),
        (json!({"model": "m", "messages": []}), "messages"),
        (
            json!({"model": "m", "messages": [{"role": "boss"}]}),
            "role",
        ),
    ];
    for (body, expected) in cases {
        let (status, answer) = server.ask(&body).await;
        assert_eq!(status, 400, "{body}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn every_request_fails_at_a_rate_of_one() {
    let server = Server::start(&["--error-rate", "1"]);
    for _ in 0..5 {
        let (status, answer) = server.ask(&hello()).await;
        assert!([429, 500].contains(&status), "{status} {answer}");
    }
}

#[test]
fn bad_options_are_refused() {
    for arguments in [
        ["--error-rate", "2"],
        ["--latency-ms", "-1"],
        ["--port", "70000"],
    ] {
        assert_eq!(
            run(&[&["mock-llm"], &arguments[..]].concat()).code,
            2,
            "{arguments:?}"
        );
    }
}

#[tokio::test]
async fn models_are_reached_through_the_proxy_of_the_environment() {
    let server = Server::start(&["--tokens", "3"]);
    let proxy = server.base.strip_suffix("/v1").unwrap();
    let home = tempfile::tempdir().unwrap();
    let agent = file(
        home.path(),
        "agent.yaml",
        b"component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: a\nsystem_prompt: You talk.\n\
          llm_config: {component_type: OpenAiCompatibleConfig, id: m, name: m, url: 'http://model.invalid', model_id: m}\n",
    );
    let agent = agent.to_str().unwrap();
    let arguments = ["run", agent, "--profile", "spec", "--message", "Hello."];
    let asked = |no_proxy: &str| {
        let mut command = program(&arguments);
        command.env("HTTP_PROXY", proxy).env("http_proxy", proxy);
        command.env("NO_PROXY", no_proxy).env("no_proxy", no_proxy);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let through = asked("127.0.0.1");
    let said = String::from_utf8_lossy(&through.stdout).into_owned();
    assert!(through.status.success(), "{through:?}");
    assert_eq!(said.split_whitespace().count(), 3, "{said}");
    let past = asked("model.invalid");
    assert!(!past.status.success(), "{past:?}");
}
