//! The steps of a run, each with the position by which it is found in another run.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Identity, Step};
use crate::base::ids::{RequestId, SpanId};
use crate::conversation::{Role, Values};
use crate::runs::{ModelCallRecord, RunRecord};
use crate::trace::{Event, PromptMessage, Reply, RequestKind, RunEventBody, RunState};

/// Returns the steps of a run in order.
pub(super) fn steps(record: &RunRecord) -> Vec<(Identity, Step)> {
    let mut times: HashMap<(&'static str, String), usize> = HashMap::new();
    // What was answered is said once more as a message of the conversation.
    let mut answered: HashSet<&str> = HashSet::new();
    let questions = Questions::of(record);
    let mut steps = Vec::new();
    for event in &record.log {
        let step = match &event.body {
            RunEventBody::Traced(Event::ConversationMessageAdded { message }) => {
                let is_new = !answered.contains(message.content.as_str());
                let is_said = message.tool_result.is_none() && !message.is_internal;
                let who = match (message.role, &message.sender) {
                    (Role::User, _) => "user".to_owned(),
                    (_, Some(sender)) => sender.clone(),
                    (_, None) => "agent".to_owned(),
                };
                (is_new && is_said && !message.content.is_empty()).then(|| {
                    let text = message.shown().into_owned();
                    ("message", message.id.clone(), Step { title: who, text })
                })
            }
            RunEventBody::Traced(traced) => {
                match traced {
                    Event::LlmGenerationResponse(response) => {
                        answered.insert(&response.content);
                    }
                    Event::HumanInTheLoopResponse { content, .. } => {
                        if let Reply::Message { text, .. } = content.as_ref() {
                            answered.insert(text);
                        }
                    }
                    _ => {}
                }
                let span = event.span.as_ref().map_or("", SpanId::as_str);
                step_of(&questions, span, traced)
            }
            RunEventBody::Ended {
                state,
                outputs,
                error,
                ..
            } if !matches!(state, RunState::Answered | RunState::Interrupted) => {
                let text = match error {
                    Some(error) => error.message.clone(),
                    None if outputs.is_empty() => String::new(),
                    None => format!("{:#}", Value::Object(Values::clone(outputs))),
                };
                let title = state.name().replace('_', " ");
                Some(("end", String::new(), Step { title, text }))
            }
            // What one of them may still do is no difference.
            RunEventBody::Ended { .. }
            | RunEventBody::Planned(_)
            | RunEventBody::StateChanged { .. }
            | RunEventBody::SpanStarted { .. }
            | RunEventBody::SpanEnded { .. }
            | RunEventBody::Operated { .. } => None,
        };
        if let Some((kind, place, step)) = step {
            let times = times.entry((kind, place.clone())).or_default();
            let time = std::mem::replace(times, *times + 1);
            steps.push((Identity { kind, place, time }, step));
        }
    }
    steps
}

/// A step with its kind and position.
type Placed = (&'static str, String, Step);

/// Returns the step that an event of a span makes; `None` if another event has its content.
fn step_of(questions: &Questions<'_>, span: &str, traced: &Event) -> Option<Placed> {
    let of_effect = of_model(questions, traced).or_else(|| of_tool(traced));
    of_effect
        .or_else(|| of_person(traced))
        .or_else(|| of_span(span, traced))
}

/// Returns the position of an effect.
fn place(key: Option<&String>, id: &RequestId) -> String {
    key.cloned().unwrap_or_else(|| id.to_string())
}

fn json(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => format!("{value:#}"),
    }
}

fn of_model(questions: &Questions<'_>, traced: &Event) -> Option<Placed> {
    match traced {
        Event::LlmGenerationRequest {
            request_id,
            key,
            llm_config,
            ..
        } => {
            let title = format!("asks {}", llm_config.name);
            let text = questions.asked(request_id)?;
            let place = place(key.as_ref(), request_id);
            Some(("ask", place, Step { title, text }))
        }
        Event::LlmGenerationResponse(response) => {
            let calls = response
                .tool_calls
                .iter()
                .map(|call| format!("calls {} {}", call.tool_name, call.arguments));
            let text = (!response.content.is_empty()).then(|| response.content.clone());
            let text: Vec<String> = text.into_iter().chain(calls).collect();
            let title = format!("{} answers", response.llm_config.name);
            let text = text.join("\n");
            let place = place(response.key.as_ref(), &response.request_id);
            Some(("answer", place, Step { title, text }))
        }
        _ => None,
    }
}

fn of_tool(traced: &Event) -> Option<Placed> {
    match traced {
        Event::ToolExecutionRequest {
            request_id,
            key,
            tool,
            inputs,
            ..
        } => {
            let title = format!("{} is called", tool.name);
            let text = json(inputs);
            let place = place(key.as_ref(), request_id);
            Some(("call", place, Step { title, text }))
        }
        Event::ToolExecutionResponse {
            request_id,
            key,
            tool,
            outputs,
            error,
            ..
        } => {
            let (verb, text) = match error {
                Some(error) => ("fails", error.message.clone()),
                None => ("gives", json(outputs)),
            };
            let title = format!("{} {verb}", tool.name);
            let place = place(key.as_ref(), request_id);
            Some(("result", place, Step { title, text }))
        }
        _ => None,
    }
}

fn of_person(traced: &Event) -> Option<Placed> {
    match traced {
        Event::HumanInTheLoopRequest {
            request_id,
            key,
            content,
        } => {
            let (title, text) = question(content)?;
            let place = place(key.as_ref(), request_id);
            Some(("question", place, Step { title, text }))
        }
        Event::HumanInTheLoopResponse {
            request_id,
            key,
            content,
            ..
        } => {
            let text = match content.as_ref() {
                Reply::Message { text, .. } => text.clone(),
                Reply::ToolResult(value) => json(value),
                Reply::Confirm { .. } | Reply::Reject { .. } => json(&content.to_content()),
            };
            let title = "you say".to_owned();
            let place = place(key.as_ref(), request_id);
            Some(("reply", place, Step { title, text }))
        }
        _ => None,
    }
}

fn of_span(span: &str, traced: &Event) -> Option<Placed> {
    match traced {
        Event::NodeExecutionEnd {
            node,
            outputs,
            branch_selected,
        } => {
            let title = match branch_selected {
                Some(branch) => format!("{} ends, to {branch}", node.name),
                None => format!("{} ends", node.name),
            };
            let text = json(outputs);
            Some(("node", span.to_owned(), Step { title, text }))
        }
        Event::ExceptionRaised {
            key,
            exception_message: text,
            ..
        } => {
            let place = key.clone().unwrap_or_else(|| span.to_owned());
            let (title, text) = ("failure".to_owned(), text.clone());
            Some(("failure", place, Step { title, text }))
        }
        _ => None,
    }
}

/// The model calls of a run, and the messages of its conversation.
struct Questions<'r> {
    calls: HashMap<&'r RequestId, &'r ModelCallRecord>,
    messages: HashSet<&'r str>,
}

impl<'r> Questions<'r> {
    fn of(record: &'r RunRecord) -> Self {
        let calls = record.model_calls.iter();
        let messages = record.messages.iter();
        Self {
            calls: calls.map(|call| (&call.id, call)).collect(),
            messages: messages.map(|message| message.content.as_str()).collect(),
        }
    }

    /// Returns the prompt of a model call without the messages of the conversation, which are
    /// separate steps.
    fn asked(&self, request: &RequestId) -> Option<String> {
        let call = self.calls.get(request)?;
        let mut lines = vec![call.model_id.clone()];
        if let Value::Object(parameters) = call.parameters.as_ref() {
            let parameters = parameters.iter();
            lines.extend(parameters.map(|(name, value)| format!("{name}: {value}")));
        }
        let prompt = call
            .prompt
            .whole(|id| self.calls.get(id).map(|call| call.prompt.as_ref()));
        let is_shown = |message: &PromptMessage| match message.role.as_str() {
            "system" => true,
            "user" => !self.messages.contains(message.content.as_str()),
            _ => false,
        };
        let shown = prompt.messages.iter().filter(|message| is_shown(message));
        lines.extend(shown.map(|message| message.content.clone()));
        Some(lines.join("\n"))
    }
}

/// Returns the question to a person; `None` if the conversation contains it.
fn question(kind: &RequestKind) -> Option<(String, String)> {
    let of_call = |what: &str, tool: &str, arguments: &Value| {
        Some((format!("{tool} {what}"), format!("{arguments:#}")))
    };
    match kind {
        RequestKind::UserMessage { .. } => None,
        RequestKind::ToolResult {
            tool, arguments, ..
        } => of_call("wants its result", tool, arguments),
        RequestKind::ToolConfirmation {
            tool, arguments, ..
        } => of_call("wants your yes", tool, arguments),
        RequestKind::CallInDoubt {
            tool, arguments, ..
        } => of_call("may have been called", tool, arguments),
        RequestKind::Authorization { server, .. } => {
            Some((format!("{server} wants you to sign in"), String::new()))
        }
        RequestKind::Elicitation {
            server, message, ..
        } => Some((format!("{server} asks"), message.clone())),
    }
}
