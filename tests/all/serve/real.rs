//! Clients that others wrote: OpenAI's, A2A's and WayFlow's, for Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::bed::{Served, agent};
use crate::interpreters::{A2A, WAYFLOW, python};
use crate::scripted_model::{ScriptedModel, says};

/// What a script says of a server, as JSON.
async fn told(python: PathBuf, script: &str, served: &Served) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/serve")
        .join(script);
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(&served.url)
        .env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_s_client_speaks_with_it_plainly_and_in_a_stream() {
    let Some(python) = python(A2A) else {
        return;
    };
    let model = ScriptedModel::start(["One.", "Two.", "Three.", "Other."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let told = told(python, "openai_client.py", &served).await;
    assert_eq!(
        told,
        json!({"texts": ["One.", "Two.", "Three.", "Other."], "read": "Two.", "pieces": "Three.", "models": ["helper"], "refused": 404})
    );
    assert_eq!(model.asked()[2].len(), 6, "it is one conversation");
    assert_eq!(
        model.asked()[3].len(),
        4,
        "it branches off after the first turn"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a2a_s_client_speaks_with_it_in_both_bindings_streamed_and_not() {
    let Some(python) = python(A2A) else {
        return;
    };
    let answers = (1..=8).map(|number| format!("Answer {number}."));
    let answers: Vec<String> = answers.collect();
    let model = ScriptedModel::start(answers.iter().map(|answer| says(answer))).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let told = told(python, "a2a_client.py", &served).await;
    assert_eq!(told["answers"], json!(answers));
    assert_eq!(
        told["errors"],
        json!(["TaskNotCancelableError", "TaskNotFoundError"])
    );
    assert_eq!(
        told["repeated"], true,
        "a message that comes again makes no task"
    );
    assert_eq!(told["listed"], json!([3, 3, 2]));
    assert_eq!(model.asked().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_of_wayflow_that_is_remote_speaks_with_it() {
    let Some(python) = python(WAYFLOW) else {
        return;
    };
    let model = ScriptedModel::start(["One.", "Two."].map(says)).await;
    let folder = agent(&model, &json!({}));
    let served = Served::start(folder.path(), &[]);
    let told = told(python, "wayflow_client.py", &served).await;
    assert_eq!(told, json!(["One.", "Two."]));
    assert_eq!(model.asked()[1].len(), 4, "it is one conversation");
}
