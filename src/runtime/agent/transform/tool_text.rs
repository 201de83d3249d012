//! Transforms that convert tool calls and their results to text, for models that do not get tools
//! through their API. Source: WayFlow 26.3.1.
//!
//! Results are JSON without the characters of tags, so that no result can be mistaken for the
//! prompt around it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::base::python_text;
use crate::base::text::ellipsis;
use crate::base::written::Written;
use crate::conversation::{Message, Role, ToolCall, ToolResult};
use crate::spec::property::settle_untyped;

/// The maximum number of cells of a call that are repeated above its result.
const MAX_HEADER: usize = 140;

/// Writes messages in the format on which Llama models were trained: calls as JSON, all results of
/// an answer in one message.
pub(super) fn llama(messages: Vec<Message>) -> Vec<Message> {
    with_results(messages, |message, results| {
        let calls: Vec<String> = message.tool_calls.iter().map(call_on_one_line).collect();
        let content = match calls.as_slice() {
            [only] => only.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let results: Vec<String> = results
            .iter()
            .map(|result| format!("<tool_response>{}</tool_response>", result_text(result)))
            .collect();
        (content, results.join("\n"))
    })
}

/// Writes messages as thought, action and observation.
pub(super) fn react(messages: Vec<Message>) -> Vec<Message> {
    with_results(messages, |message, results| {
        let thoughts = match message.content.as_str() {
            "" => String::new(),
            thoughts => format!("Thoughts: {thoughts}"),
        };
        let calls = message.tool_calls.iter();
        let actions: Vec<String> = calls
            .map(|call| python_text::indented(&call_as_json(call)))
            .collect();
        let results: Vec<String> = results.iter().map(|result| result_text(result)).collect();
        (
            format!("{thoughts}\nAction:\n```json\n{}\n```", actions.join("\n")),
            format!("## Observation: {}", results.join("\n")),
        )
    })
}

/// Writes messages for the agents of a group: above each message its author, above each result its
/// call.
pub(super) fn group(messages: Vec<Message>) -> Vec<Message> {
    let calls: HashMap<String, ToolCall> = messages
        .iter()
        .flat_map(|message| &message.tool_calls)
        .map(|call| (call.id.clone(), call.clone()))
        .collect();
    messages
        .into_iter()
        .map(|message| {
            let content = match &message.tool_result {
                Some(result) => {
                    let call = calls.get(&result.call_id);
                    let header = call.map(|call| {
                        let call = call_as_json(call);
                        format!(
                            ": name={}, parameters={}",
                            call["name"].as_str().unwrap_or_default(),
                            python_text::on_one_line(&call["parameters"])
                        )
                    });
                    let header = ellipsis(&header.unwrap_or_default(), MAX_HEADER);
                    format!("--- TOOL RESULT{header} ---\n{}", result_text(result))
                }
                None if message.role == Role::System => message.content.clone(),
                None => with_sender(&message),
            };
            Message {
                content,
                tool_calls: Vec::new(),
                tool_result: None,
                ..message
            }
        })
        .collect()
}

fn with_sender(message: &Message) -> String {
    let sender = message.sender.as_deref().unwrap_or("HUMAN USER");
    let mut text = format!("--- MESSAGE: From: {sender} ---\n{}", message.content);
    let calls: Vec<String> = message.tool_calls.iter().map(call_on_one_line).collect();
    if !calls.is_empty() {
        text.push('\n');
        text.push_str(&calls.join("\n"));
    }
    text
}

/// Converts an answer with tool calls and its results to two texts: one of the agent and one of the
/// user.
fn with_results(
    messages: Vec<Message>,
    texts: impl Fn(&Message, &[&ToolResult]) -> (String, String),
) -> Vec<Message> {
    let results: HashMap<String, ToolResult> = messages
        .iter()
        .filter_map(|message| message.tool_result.clone())
        .map(|result| (result.call_id.clone(), result))
        .collect();
    let mut put = Vec::new();
    for message in messages {
        if message.tool_result.is_some() {
            continue;
        }
        if message.tool_calls.is_empty() {
            put.push(message);
            continue;
        }
        let of_calls: Vec<&ToolResult> = message
            .tool_calls
            .iter()
            .filter_map(|call| results.get(&call.id))
            .collect();
        let (said, told) = texts(&message, &of_calls);
        let told = (!of_calls.is_empty())
            .then(|| Message::text(format!("{}_results", message.id), Role::User, told));
        put.push(Message {
            content: said,
            tool_calls: Vec::new(),
            ..message
        });
        put.extend(told);
    }
    put
}

fn call_as_json(call: &ToolCall) -> Value {
    let arguments = json_of(&call.arguments).unwrap_or_else(|| json!({}));
    json!({"name": call.name, "parameters": arguments})
}

/// Parses a text as JSON; `None` if it is not JSON or a key occurs twice. An integer that no
/// machine number can hold becomes text.
fn json_of(text: &str) -> Option<Value> {
    let written = Written::read(text).ok()?;
    settle_untyped(&written).ok()
}

fn call_on_one_line(call: &ToolCall) -> String {
    python_text::on_one_line(&call_as_json(call))
}

/// Returns a result as JSON text; a result that is not JSON becomes a string.
fn result_text(result: &ToolResult) -> String {
    let value = json_of(&result.content).unwrap_or_else(|| result.content.as_str().into());
    python_text::without_tags(&python_text::on_one_line(&value))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn conversation(calls: &[&str]) -> Vec<Message> {
        let call = |id: &&str| ToolCall {
            id: (*id).to_owned(),
            name: "find".to_owned(),
            arguments: format!("{{\"n\":{id}}}"),
            extra: None,
        };
        let answer = Message {
            tool_calls: calls.iter().map(call).collect(),
            ..Message::text("m2", Role::Agent, "I look.").from_sender("ann")
        };
        let result = |id: &&str| {
            let result = ToolResult {
                call_id: (*id).to_owned(),
                content: format!("<b>{id}</b>"),
                is_error: false,
            };
            Message::tool_result("m3", result)
        };
        let mut messages = vec![Message::text("m1", Role::User, "Go."), answer];
        messages.extend(calls.iter().map(result));
        messages
    }

    fn texts(messages: &[Message]) -> Vec<&str> {
        assert!(
            messages
                .iter()
                .all(|message| message.tool_calls.is_empty() && message.tool_result.is_none())
        );
        messages
            .iter()
            .map(|message| message.content.as_str())
            .collect()
    }

    #[test]
    fn calls_and_results_become_text() {
        let one = r#"{"name": "find", "parameters": {"n": 1}}"#;
        let found = r#""\u003cb\u003e1\u003c/b\u003e""#;
        assert_eq!(
            texts(&llama(conversation(&["1"]))),
            [
                "Go.",
                one,
                &format!("<tool_response>{found}</tool_response>")
            ]
        );
        let several = llama(conversation(&["1", "2"]));
        assert_eq!(
            several[1].content,
            format!("[{one}, {}]", one.replace('1', "2"))
        );
        assert_eq!(several[2].content.lines().count(), 2);
        assert_eq!(
            texts(&react(conversation(&["1"]))),
            [
                "Go.",
                "Thoughts: I look.\nAction:\n```json\n{\n    \"name\": \"find\",\n    \"parameters\": {\n        \"n\": 1\n    }\n}\n```",
                &format!("## Observation: {found}"),
            ]
        );
        assert_eq!(
            texts(&group(conversation(&["1"]))),
            [
                "--- MESSAGE: From: HUMAN USER ---\nGo.",
                &format!("--- MESSAGE: From: ann ---\nI look.\n{one}"),
                &format!("--- TOOL RESULT: name=find, parameters={{\"n\": 1}} ---\n{found}"),
            ]
        );
    }
}
