//! Two runs side by side, step by step: one that was forked, and the one that it comes from.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::base::ids::{RequestId, SpanId};
use crate::conversation::Role;
use crate::runs::{ModelCallRecord, RunRecord};
use crate::trace::{Event, Reply, RequestKind, RunEventBody, RunState};

/// Something that a run asked, was given, said or came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it is: `get_weather gives`.
    pub(crate) title: String,
    /// What was asked, given or said.
    pub(crate) text: String,
}

/// A step of both runs, or of one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepPair {
    /// Of each run.
    pub(crate) sides: [Option<Step>; 2],
}

impl StepPair {
    /// Whether both runs took it, and alike.
    pub(crate) fn is_same(&self) -> bool {
        let [left, right] = &self.sides;
        left == right
    }
}

/// By what a step is known again in the other run: its place there, which is the same in every execution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    kind: &'static str,
    place: String,
    /// As the how-manieth at that place.
    time: usize,
}

/// The steps of two runs in the order of the second, those of the first alone where they stand there.
pub(crate) fn side_by_side(left: &RunRecord, right: &RunRecord) -> Vec<StepPair> {
    let (left, right) = (steps(left), steps(right));
    let of_left: HashMap<&Identity, usize> = left
        .iter()
        .enumerate()
        .map(|(at, (identity, _))| (identity, at))
        .collect();
    let of_right: HashSet<&Identity> = right.iter().map(|(identity, _)| identity).collect();
    let mut pairs = Vec::new();
    let mut taken = 0;
    let mut alone = |pairs: &mut Vec<StepPair>, end: usize| {
        while taken < end {
            let (identity, step) = &left[taken];
            if !of_right.contains(identity) {
                let sides = [Some(step.clone()), None];
                pairs.push(StepPair { sides });
            }
            taken += 1;
        }
    };
    for (identity, step) in &right {
        let of_left = of_left.get(identity).copied();
        if let Some(at) = of_left {
            alone(&mut pairs, at);
        }
        let other = of_left.map(|at| left[at].1.clone());
        let sides = [other, Some(step.clone())];
        pairs.push(StepPair { sides });
    }
    alone(&mut pairs, left.len());
    pairs
}

/// The steps of a run, in their order.
fn steps(record: &RunRecord) -> Vec<(Identity, Step)> {
    let mut times: HashMap<(&'static str, String), usize> = HashMap::new();
    // What was answered is said once more as a message of the conversation.
    let mut told: HashSet<&str> = HashSet::new();
    let mut steps = Vec::new();
    for event in &record.log {
        let step = match &event.body {
            RunEventBody::Traced(Event::ConversationMessageAdded { message }) => {
                let is_new = !told.contains(message.content.as_str());
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
                    Event::LlmGenerationResponse { content: text, .. }
                    | Event::HumanInTheLoopResponse {
                        content: Reply::Message { text, .. },
                        ..
                    } => {
                        told.insert(text);
                    }
                    _ => {}
                }
                let span = event.span.as_ref().map_or("", SpanId::as_str);
                step_of(record, span, traced)
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
                    None => format!("{:#}", Value::Object(outputs.clone())),
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

/// A step with its kind and its place.
type Placed = (&'static str, String, Step);

/// What an event of a span tells; none of what is told by another one.
fn step_of(record: &RunRecord, span: &str, traced: &Event) -> Option<Placed> {
    let of_effect = of_model(record, traced).or_else(|| of_tool(traced));
    of_effect
        .or_else(|| of_person(traced))
        .or_else(|| of_span(span, traced))
}

/// The place of an effect.
fn place(key: Option<&String>, id: &RequestId) -> String {
    key.cloned().unwrap_or_else(|| id.to_string())
}

fn json(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => format!("{value:#}"),
    }
}

fn of_model(record: &RunRecord, traced: &Event) -> Option<Placed> {
    match traced {
        Event::LlmGenerationRequest {
            request_id,
            key,
            llm_config,
            ..
        } => {
            let mut calls = record.model_calls.iter();
            let call = calls.find(|call| call.id == *request_id)?;
            let title = format!("asks {}", llm_config.name);
            let text = asked(record, call);
            let place = place(key.as_ref(), request_id);
            Some(("ask", place, Step { title, text }))
        }
        Event::LlmGenerationResponse {
            request_id,
            key,
            llm_config,
            content,
            tool_calls,
            ..
        } => {
            let calls = tool_calls
                .iter()
                .map(|call| format!("calls {} {}", call.tool_name, call.arguments));
            let text = (!content.is_empty()).then(|| content.clone());
            let text: Vec<String> = text.into_iter().chain(calls).collect();
            let title = format!("{} answers", llm_config.name);
            let text = text.join("\n");
            let place = place(key.as_ref(), request_id);
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
            let text = match content {
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

/// What a model was asked by, beside the conversation, of which each message is a step of its own.
fn asked(record: &RunRecord, call: &ModelCallRecord) -> String {
    let mut lines = vec![call.model_id.clone()];
    if let Value::Object(parameters) = &call.parameters {
        let parameters = parameters.iter();
        lines.extend(parameters.map(|(name, value)| format!("{name}: {value}")));
    }
    let messages = record.prompt_of(call).messages.into_iter();
    let system = messages.filter(|message| message.role == "system");
    lines.extend(system.map(|message| message.content.clone()));
    lines.join("\n")
}

/// What a person is asked; none where the conversation says it.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::script::{
        Script, llm_request, llm_response, message, tool_request, tool_response,
    };
    use crate::trace::SpanKind;

    /// A run that asks, calls a tool with this failure, and says this.
    fn run(error: Option<&str>, said: &[&str]) -> RunRecord {
        let mut script = Script::new("r_1", 0);
        let span = script.start(None, SpanKind::AgentExecutionSpan, "weather");
        script.traced(&span, message(Role::User, "Paris?"));
        script.traced(&span, llm_request("q0"));
        script.traced(&span, llm_response("q0", ""));
        script.traced(&span, tool_request("c1", "look"));
        script.traced(&span, tool_response("c1", "look", error));
        for (at, text) in said.iter().enumerate() {
            let id = format!("q{}", at + 1);
            script.traced(&span, llm_request(&id));
            script.traced(&span, llm_response(&id, text));
            script.traced(&span, message(Role::Agent, text));
        }
        script.ended(RunState::Finished, None);
        let (first, rest) = script.events.split_first().unwrap();
        let mut record = RunRecord::from_planned(first).unwrap();
        assert!(rest.iter().all(|event| record.apply(event)));
        record
    }

    fn told(pairs: &[StepPair]) -> Vec<String> {
        let side = |step: &Option<Step>| match step {
            Some(step) => format!("{}: {}", step.title, step.text),
            None => "-".to_owned(),
        };
        let pairs = pairs.iter().filter(|pair| !pair.is_same());
        pairs
            .map(|pair| format!("{} | {}", side(&pair.sides[0]), side(&pair.sides[1])))
            .collect()
    }

    #[test]
    fn what_differs_is_told_and_what_one_run_did_alone() {
        let pairs = side_by_side(&run(None, &["Sun."]), &run(None, &["Sun."]));
        assert!(pairs.iter().all(StepPair::is_same));
        let pairs = side_by_side(
            &run(None, &["Sun.", "More?"]),
            &run(Some("down"), &["Alas."]),
        );
        assert_eq!(
            told(&pairs),
            [
                "look gives: sunny | look fails: down",
                "model answers: Sun. | model answers: Alas.",
                "asks model: offline | -",
                "model answers: More? | -",
            ]
        );
        let first = pairs.iter().position(|pair| !pair.is_same());
        assert_eq!(first, Some(4), "{pairs:?}");
    }
}
