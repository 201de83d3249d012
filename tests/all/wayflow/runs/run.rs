//! What a run came to, in flowdeck and in WayFlow.

use std::sync::{Arc, Mutex};

use flowdeck::conversation::{Message, Role};
use flowdeck::profile::Profile;
use flowdeck::runtime::{Conversation, ConversationStep, Engine, ExecutionStatus};
use flowdeck::spec::{LoadOptions, load};
use flowdeck::tools::{ToolError, ToolErrorKind, ToolRegistry};
use flowdeck::trace::{Event, RunEventBody};
use serde_json::{Value, json};

use super::super::runners::Wayflow;
use super::case::Case;

/// A run as it is compared.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Why it failed.
    pub(super) error: Option<String>,
    /// Null where it waits for somebody, or failed.
    pub(super) outputs: Value,
    /// The messages of the conversation: who said what, with calls and results.
    pub(super) messages: Vec<Value>,
    /// The names of the nodes in the order in which they began.
    pub(super) nodes: Vec<Value>,
    /// The calls of tools: a name and arguments.
    pub(super) calls: Vec<Value>,
    /// The bodies of the requests to the model.
    pub(super) requests: Vec<Value>,
}

/// Runs a case in WayFlow.
pub(super) fn theirs(case: &Case, url: &str, wayflow: &mut Wayflow) -> Run {
    let reply = wayflow.reply(&json!({
        "spec": case.document(url).to_string(), "inputs": case.inputs, "messages": case.messages,
        "tools": case.tools(), "starts": case.starts,
    }));
    let list = |name: &str| reply[name].as_array().unwrap().clone();
    Run {
        error: reply["error"].as_str().map(str::to_owned),
        outputs: reply["outputs"].clone(),
        messages: list("messages").into_iter().map(as_text).collect(),
        nodes: list("nodes"),
        calls: list("calls"),
        requests: Vec::new(),
    }
}

/// A message whose result is the text that a model reads.
fn as_text(mut message: Value) -> Value {
    let result = &message["result"];
    if !result.is_null() && !result.is_string() {
        message["result"] = json!(result.to_string());
    }
    message
}

/// Runs a case in flowdeck, through the library.
pub(super) async fn ours(case: &Case, url: &str) -> Run {
    let mut run = Run::default();
    let calls = Arc::default();
    match converse(case, url, &calls, &mut run).await {
        Ok(outputs) => run.outputs = outputs,
        Err(error) => run.error = Some(error),
    }
    run.calls = std::mem::take(&mut calls.lock().unwrap());
    run
}

type Calls = Arc<Mutex<Vec<Value>>>;

async fn converse(case: &Case, url: &str, calls: &Calls, run: &mut Run) -> Result<Value, String> {
    let loaded = load(&case.document(url).to_string(), &LoadOptions::default());
    let problems = loaded.diagnostics.iter();
    let errors: Vec<_> = problems.filter(|problem| problem.is_error()).collect();
    if !errors.is_empty() {
        return Err(format!("{errors:#?}"));
    }
    let engine = Engine::builder()
        .profile(Profile::spec())
        .tools(registry(case, calls))
        .build();
    let component = loaded.component.unwrap();
    let inputs = case.inputs.as_object().unwrap();
    let started = engine.start_conversation(&component, inputs);
    let mut conversation = started.map_err(|failure| format!("{failure:?}"))?;
    let result = answered(case, calls, run, &mut conversation).await;
    run.messages = conversation
        .messages()
        .iter()
        .map(|message| told(message))
        .collect();
    result
}

/// Goes on until the run is over, or nobody answers any more.
async fn answered(
    case: &Case,
    calls: &Calls,
    run: &mut Run,
    conversation: &mut Conversation,
) -> Result<Value, String> {
    let mut messages = case.messages.iter();
    if case.starts {
        conversation.append_user_message(*messages.next().unwrap());
    }
    loop {
        let step = conversation.next().await;
        match step.map_err(|error| format!("{error:?}"))? {
            ConversationStep::Event(event) => {
                if let RunEventBody::Traced(Event::NodeExecutionStart { node, .. }) = &event.body {
                    run.nodes.push(json!(node.name));
                }
            }
            ConversationStep::Status(ExecutionStatus::Finished { outputs }) => {
                return Ok(outputs.into());
            }
            ConversationStep::Status(ExecutionStatus::UserMessageRequest { .. }) => {
                match messages.next() {
                    Some(message) => conversation.append_user_message(*message),
                    None => return Ok(Value::Null),
                }
            }
            ConversationStep::Status(ExecutionStatus::ToolExecutionConfirmation { calls }) => {
                for call in calls {
                    conversation.confirm(&call.request, None).unwrap();
                }
            }
            ConversationStep::Status(ExecutionStatus::ToolRequest { calls: asked }) => {
                for call in asked {
                    let made = json!([call.tool, call.arguments]);
                    calls.lock().unwrap().push(made);
                    let result = case.tools()[&call.tool].clone();
                    conversation
                        .submit_tool_result(&call.request, result)
                        .unwrap();
                }
            }
            ConversationStep::Status(status) => return Err(format!("nobody answers {status:?}")),
        }
    }
}

/// The tools, which note what they are called with.
fn registry(case: &Case, calls: &Calls) -> ToolRegistry {
    let mut registry = ToolRegistry::new();
    for (name, result) in case.tools() {
        let (called, result, calls) = (name.clone(), result.clone(), Arc::clone(calls));
        registry.register_async(name, move |arguments| {
            let (called, result, calls) = (called.clone(), result.clone(), Arc::clone(&calls));
            async move {
                calls.lock().unwrap().push(json!([called, arguments]));
                match result["raises"].as_str() {
                    Some(text) => Err(ToolError::new(ToolErrorKind::Failed, text)),
                    None => Ok(result),
                }
            }
        });
    }
    registry
}

/// A message as WayFlow's are told.
fn told(message: &Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Agent => "assistant",
        Role::System => "system",
    };
    let arguments = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let calls = message.tool_calls.iter();
    let calls: Vec<Value> = calls
        .map(|call| json!([call.name, arguments(&call.arguments)]))
        .collect();
    let result = message.tool_result.as_ref().map(|result| &result.content);
    json!({"role": role, "text": message.content, "calls": calls, "result": result})
}
