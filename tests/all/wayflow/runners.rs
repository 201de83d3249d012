//! Running one case in WayFlow and in flowdeck.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use flowdeck::profile::Profile;
use flowdeck::runtime::{Engine, ExecutionStatus};
use flowdeck::spec::{LoadOptions, load};
use flowdeck::tools::ToolRegistry;
use serde_json::{Value, json};

use super::cases::Case;
use crate::interpreters::{WAYFLOW, python};

/// A Python process that runs cases in WayFlow.
pub(crate) struct Wayflow {
    process: Child,
    jobs: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Wayflow {
    /// Starts it, unless there is none.
    pub(crate) fn start() -> Option<Self> {
        let python = python(WAYFLOW)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wayflow_runner.py");
        let mut process = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            jobs: process.stdin.take(),
            answers: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
        })
    }

    /// Runs a case to its end, or says why it has none.
    pub(super) fn run(&mut self, case: &Case, url: &str) -> Result<(), String> {
        let answer = self.reply(&json!({
            "spec": case.document(url).to_string(), "inputs": case.inputs, "messages": case.messages,
            "tools": Case::tools(), "starts": case.starts,
        }));
        answer["error"]
            .as_str()
            .map_or(Ok(()), |error| Err(error.to_owned()))
    }

    /// What the program replies to a job.
    pub(crate) fn reply(&mut self, job: &Value) -> Value {
        writeln!(self.jobs.as_mut().unwrap(), "{job}").unwrap();
        let reply = self.answers.next().unwrap().unwrap();
        serde_json::from_str(&reply).unwrap()
    }
}

impl Drop for Wayflow {
    fn drop(&mut self) {
        // It ends with its input.
        self.jobs = None;
        let _ = self.process.wait();
    }
}

/// The same in flowdeck, through the library.
pub(super) async fn run(case: &Case, url: &str) -> Result<(), String> {
    let loaded = load(&case.document(url).to_string(), &LoadOptions::default());
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .collect();
    if !errors.is_empty() {
        return Err(format!("{errors:#?}"));
    }
    let mut registry = ToolRegistry::new();
    let tools: BTreeMap<String, Value> = Case::tools();
    for (name, result) in tools {
        registry.register_async(name, move |_| {
            let result = result.clone();
            async move { Ok(result) }
        });
    }
    let engine = Engine::builder()
        .profile(Profile::spec())
        .tools(registry)
        .build();
    let component = loaded.component.unwrap();
    let inputs = case.inputs.as_object().unwrap();
    let started = engine.start_conversation(&component, inputs);
    let mut conversation = started.map_err(|failure| format!("{failure:?}"))?;
    let mut messages = case.messages.iter();
    if case.starts {
        conversation.append_user_message(*messages.next().unwrap());
    }
    loop {
        match conversation.execute().await {
            Err(error) => return Err(format!("{error:?}")),
            Ok(ExecutionStatus::Finished { .. }) => return Ok(()),
            Ok(ExecutionStatus::UserMessageRequest { .. }) => match messages.next() {
                Some(message) => conversation.append_user_message(*message),
                None => return Ok(()),
            },
            Ok(ExecutionStatus::ToolExecutionConfirmation { calls }) => {
                for call in calls {
                    conversation.confirm(&call.request, None).unwrap();
                }
            }
            Ok(
                status @ (ExecutionStatus::ToolRequest { .. }
                | ExecutionStatus::AuthChallengeRequest { .. }
                | ExecutionStatus::Elicitation { .. }),
            ) => {
                return Err(format!("nobody answers {status:?}"));
            }
        }
    }
}
