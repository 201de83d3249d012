//! Agents on the servers of others: A2A's SDK for Python, and WayFlow.

use std::path::Path;
use std::process::Stdio;

use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::{Call, failure, far, in_thread, words};
use crate::awaited::within;
use crate::interpreters::{A2A, WAYFLOW, python};
use crate::scripted_model::{ScriptedModel, calls, says};

/// A server in Python; ends with the value.
struct Server {
    url: String,
    _child: Child,
    _reader: JoinSet<()>,
}

impl Server {
    /// Starts a script of the tests, which prints the port where it listens.
    async fn start(python: &Path, script: &str, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data")
            .join(script);
        let mut child = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = within(async {
            while let Some(line) = said.next_line().await.unwrap() {
                if let Some(port) = line.strip_prefix("listening on ") {
                    return port.to_owned();
                }
            }
            panic!("the server has ended");
        })
        .await;
        let mut reader = JoinSet::new();
        reader.spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _child: child,
            _reader: reader,
        }
    }
}

/// What is tried with each way of speaking to the SDK's server.
async fn talks(python: &Path, interfaces: &str, streams: &str) {
    let server = Server::start(python, "a2a_sdk_server.py", &[interfaces, streams]).await;
    let label = format!("{interfaces}, {streams}");
    let call = Call::to(&server.url);
    let answer = call.say(words("hello")).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.state.as_str()),
        ("You said: hello.", "completed"),
        "{label}"
    );
    let told = call.told();
    assert_eq!(
        told.last().map(String::as_str),
        Some("completed"),
        "{label}: {told:?}"
    );

    let call = Call::to(&server.url);
    let question = call.say(words("ask")).await.unwrap();
    assert_eq!(
        (question.text.as_str(), question.state.as_str()),
        ("Which city?", "input-required"),
        "{label}"
    );
    let context = question.thread.context.clone();
    let answer = call
        .say(in_thread("Agadir", question.thread.clone()))
        .await
        .unwrap();
    assert_eq!(answer.text, "You answered: Agadir", "{label}");
    assert_eq!(answer.thread.context, context, "{label}");
    // The task is over by now: it is another one of the same conversation.
    let answer = call.say(in_thread("hello", question.thread)).await.unwrap();
    assert_eq!(answer.text, "You said: hello.", "{label}");
    assert_eq!(answer.thread.context, context, "{label}");

    let call = Call::to(&server.url);
    assert_eq!(
        failure(call.say(words("fail")).await),
        "`far` failed: it went wrong",
        "{label}"
    );
    let call = Call::to(&server.url);
    assert_eq!(
        failure(call.say(words("reject")).await),
        "`far` rejected the task: I will not do that",
        "{label}"
    );
    let call = Call::to(&server.url);
    let answer = call.say(words("message")).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.state.as_str()),
        ("just a message, no task", "message"),
        "{label}"
    );
    let call = Call::to(&server.url);
    let answer = call.say(words("files")).await.unwrap();
    assert_eq!(answer.text, "[file: a.png, image/png, 3 bytes]", "{label}");
    assert_eq!(
        answer.files,
        [json!({"raw": "AAEC", "filename": "a.png", "mediaType": "image/png"})],
        "{label}"
    );
    assert_eq!(answer.data, [json!({"sunny": true})], "{label}");

    // It waits until it is told to end, and is.
    let call = Call::to(&server.url);
    let stop = async {
        while !call.told().iter().any(|told| told == "working: waiting") {
            call.watcher.first_chunk().await;
        }
        call.cancel.cancel();
    };
    let (answer, ()) = tokio::join!(call.say(words("wait")), stop);
    assert_eq!(failure(answer), "`far` was stopped", "{label}");
    call.tools.shutdown().await;
    let call = Call::to(&server.url);
    let ended = call.say(words("what ended")).await.unwrap();
    assert_eq!(ended.text, "1", "{label}");

    // A call that was left behind is taken up.
    let mut call = Call::to(&server.url);
    let begun = call.say(words("slow")).await.unwrap();
    assert_eq!(begun.text, "slow result", "{label}");
    call.begun = call.watcher.seen().begun.pop();
    let again = call.say(words("slow")).await.unwrap();
    assert_eq!(
        (again.text, again.thread.context),
        (begun.text, begun.thread.context),
        "{label}"
    );
}

#[tokio::test]
async fn the_sdk_for_python_in_every_way_that_it_has() {
    let Some(python) = python(A2A) else {
        return;
    };
    for interfaces in ["JSONRPC 1.0", "HTTP+JSON 1.0", "JSONRPC 0.3"] {
        for streams in ["streams", "looks"] {
            talks(&python, interfaces, streams).await;
        }
    }
}

#[tokio::test]
async fn wayflow_answers_turn_by_turn() {
    let Some(python) = python(WAYFLOW) else {
        return;
    };
    let model = ScriptedModel::start([
        calls(&[("multiply", json!({"a": 6, "b": 7}))]),
        says("It is 42."),
        says("You are welcome."),
    ])
    .await;
    let config = model.config();
    let url = config["url"].as_str().unwrap();
    let server = Server::start(&python, "wayflow_a2a_server.py", &[url]).await;
    let call = Call::of(far(
        &server.url,
        &json!({"timeout": 60, "poll_interval": 0.1}),
        &json!({}),
    ));
    let answer = call.say(words("6 by 7")).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.state.as_str()),
        ("It is 42.", "input-required")
    );
    let next = call.say(in_thread("thanks", answer.thread)).await.unwrap();
    assert_eq!(next.text, "You are welcome.");
}
