//! Where runs differ on purpose, beside how models are asked. Each difference makes both sides equal in what it is about, and
//! has a row in `docs/differences.md`.

use serde_json::{Value, json};

use super::members::as_member;
use super::run::Run;

/// A difference, and how it is taken out of the runs of a case.
pub(super) struct Known {
    pub(super) name: &'static str,
    /// Takes it out of ours and theirs.
    pub(super) even: fn(&mut Run, &mut Run),
}

/// All of them, in the order in which they are taken out.
pub(super) const KNOWN: [Known; 14] = [
    Known {
        name: "a whole number where a `number` is declared",
        even: |ours, theirs| {
            for run in [ours, theirs] {
                let values = std::iter::once(&mut run.outputs).chain(&mut run.calls);
                values.for_each(with_whole_numbers);
            }
        },
    },
    Known {
        name: "a boolean at an integer input, over a data edge",
        even: |ours, theirs| with_integers(&ours.outputs, &mut theirs.outputs),
    },
    Known {
        name: "a node that waits for an answer",
        even: |_, theirs| theirs.nodes = begun_once(std::mem::take(&mut theirs.nodes)),
    },
    Known {
        name: "the call of a `ClientTool` by a `ToolNode`",
        even: |ours, theirs| {
            // Agents' calls are messages on both sides.
            if !ours.messages.iter().any(has_call) {
                theirs
                    .messages
                    .retain(|message| !has_call(message) && message["result"].is_null());
            }
        },
    },
    Known {
        name: "the role of a tool's result",
        even: |ours, theirs| {
            for message in ours.messages.iter_mut().chain(&mut theirs.messages) {
                if !message["result"].is_null() {
                    message["role"] = json!("tool");
                }
            }
        },
    },
    Known {
        name: "the result of `submit_result`",
        even: |ours, theirs| {
            for run in [ours, theirs] {
                for value in run.messages.iter_mut().chain(&mut run.requests) {
                    each_text(value, &|text| {
                        let is_taken = text == "The results are taken."
                            || text == "The submission was successful";
                        is_taken.then(|| "taken".to_owned())
                    });
                }
            }
        },
    },
    Known {
        name: "structured output",
        even: |_, theirs| {
            for message in theirs.requests.iter_mut().flat_map(messages) {
                let text = message["content"].as_str().unwrap_or_default();
                if let Some((asked, _)) = text.split_once("\n\n\n## Additional instructions: ") {
                    let asked = asked.strip_suffix('\n').unwrap_or(asked);
                    message["content"] = json!(asked);
                }
            }
        },
    },
    Known {
        name: "an argument with a default that a model leaves out",
        even: |ours, theirs| {
            for (one, other) in ours.calls.iter_mut().zip(&theirs.calls) {
                let given = other[1].as_object().cloned().unwrap_or_default();
                if let Some(arguments) = one[1].as_object_mut() {
                    arguments.retain(|name, _| given.contains_key(name));
                }
            }
        },
    },
    Known {
        name: "the last line break of a prompt or a message",
        even: |ours, _| {
            let asked = ours.requests.iter_mut().flat_map(messages);
            let texts = asked.filter_map(|message| message.get_mut("content"));
            let said = ours.messages.iter_mut();
            let said = said.filter(|message| message["role"] == "assistant");
            for text in texts.chain(said.map(|message| &mut message["text"])) {
                let written = text.as_str().unwrap_or_default();
                if let Some(prompt) = written.strip_suffix('\n') {
                    *text = json!(prompt);
                }
            }
        },
    },
    Known {
        name: "what is said beside `talk_to_user`",
        even: |ours, _| {
            for value in ours.messages.iter_mut().chain(&mut ours.requests) {
                each_text(value, &|text| {
                    Some(text.strip_prefix("I ask.\n\n")?.to_owned())
                });
            }
        },
    },
    Known {
        name: "how members call",
        even: |ours, theirs| {
            for request in ours.requests.iter_mut().chain(&mut theirs.requests) {
                if let Some(member) = as_member(request) {
                    *request = member;
                }
            }
        },
    },
    Known {
        name: "the result of `handoff_conversation`",
        even: |ours, theirs| {
            for run in [ours, theirs] {
                for value in run.messages.iter_mut().chain(&mut run.requests) {
                    each_text(value, &handoff);
                }
            }
        },
    },
    Known {
        name: "nodes inside a node",
        even: |_, theirs| theirs.nodes = without_insides(std::mem::take(&mut theirs.nodes)),
    },
    Known {
        name: "a `PluginRetryNode` that tries again",
        even: |ours, theirs| {
            let begun = |nodes: &[Value]| nodes.iter().filter(|name| **name == "retry").count();
            while begun(&theirs.nodes) > begun(&ours.nodes) {
                let last = theirs.nodes.iter().rposition(|name| *name == "retry");
                theirs.nodes.remove(last.unwrap());
            }
        },
    },
];

fn messages(request: &mut Value) -> impl Iterator<Item = &mut Value> {
    request["messages"].as_array_mut().into_iter().flatten()
}

/// The steps of which WayFlow makes a choice; the last is followed by one for the branch.
const CHOICE: [&str; 4] = [
    "choice_selection_start",
    "prompt_execution",
    "next_step_extraction",
    "branching",
];

/// The nodes that a spec has.
fn without_insides(nodes: Vec<Value>) -> Vec<Value> {
    let mut kept = Vec::new();
    let mut rest = nodes.into_iter().peekable();
    while let Some(node) = rest.next() {
        let name = node.as_str().unwrap_or_default();
        if CHOICE.contains(&name) {
            if name == "branching" {
                rest.next();
            }
        } else if !name.starts_with("step_FlowExecutionStep_") {
            kept.push(node);
        }
    }
    kept
}

/// Who gave the conversation to whom, without the words about it.
fn handoff(text: &str) -> Option<String> {
    let (names, quote) = text
        .strip_prefix("The conversation was given over from `")
        .map(|names| (names, '`'))
        .or_else(|| {
            Some((
                text.strip_prefix("The conversation was transferred from agent '")?,
                '\'',
            ))
        })?;
    let mut names = names.split(quote);
    Some(format!("{:?} to {:?}", names.next()?, names.nth(1)?))
}

fn each_text(value: &mut Value, change: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| each_text(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn has_call(message: &Value) -> bool {
    message["calls"] != json!([])
}

/// Writes 3.0 as 3 wherever it is.
fn with_whole_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0);
            if let Some(float) = float
                && number.is_f64()
            {
                #[expect(clippy::cast_possible_truncation, reason = "cases have small numbers")]
                let whole = float as i64;
                *value = json!(whole);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(with_whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Puts 1 or 0 in place of a boolean among their outputs where ours is that number.
fn with_integers(ours: &Value, theirs: &mut Value) {
    let Some(theirs) = theirs.as_object_mut() else {
        return;
    };
    for (name, value) in theirs {
        if let Some(truth) = value.as_bool()
            && ours[name] == json!(u8::from(truth))
        {
            *value = ours[name].clone();
        }
    }
}

/// The nodes without those that begin again after each null: the ways to the one that waited.
fn begun_once(nodes: Vec<Value>) -> Vec<Value> {
    let mut once: Vec<Value> = Vec::new();
    let mut rest = nodes.into_iter();
    while let Some(node) = rest.next() {
        if node.is_null() {
            let waited = once.last().cloned();
            rest.find(|again| Some(again) == waited.as_ref());
        } else {
            once.push(node);
        }
    }
    once
}
