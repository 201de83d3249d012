//! Extracts the answer of the current turn from a task.
//!
//! Servers put answers in different places: artifacts, the message of the last status, or the
//! history (WayFlow 26.3.1). Artifacts and the last message are the answer; the history is used
//! only if there are neither.

use std::collections::HashSet;

use serde_json::Value;

use super::target::Target;
use super::trouble::{Trouble, state_name};
use super::turn::{RemoteAnswer, RemoteThread};
use crate::a2a::{Message, Part, PartContent, Role, Task, TaskState, Version};

/// The kinds of data with which WayFlow (26.3.1) reports its agent's tool calls.
const TOOL_TALK: [&str; 2] = ["tool_request", "tool_result"];

/// The parts of a task that earlier turns have returned: ids of messages and artifacts, and the
/// time of the status.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenParts(HashSet<String>);

impl SeenParts {
    pub(super) fn of(thread: &RemoteThread) -> Self {
        Self(thread.heard.iter().cloned().collect())
    }

    /// Returns whether the task has new parts. A task seen for the first time is always new.
    pub(super) fn has_news(&self, task: &Task) -> bool {
        self.0.is_empty() || ids(task).iter().any(|id| !self.0.contains(id))
    }
}

/// Returns the answer of an agent that created no task.
pub(super) fn answer_of_message(
    message: Message,
    thread: &RemoteThread,
    target: &Target,
) -> RemoteAnswer {
    let context = message.context_id.or_else(|| thread.context.clone());
    let thread = RemoteThread {
        context,
        ..RemoteThread::default()
    };
    answer(&[&message.parts], RemoteAnswer::MESSAGE, thread, target)
}

/// Returns the answer of an agent at the end of a turn.
///
/// # Errors
/// The task failed, was cancelled, or was rejected.
pub(super) fn answer_of_task(
    task: &Task,
    heard: &SeenParts,
    context: Option<String>,
    target: &Target,
) -> Result<RemoteAnswer, Trouble> {
    let state = task.status.state;
    let last = task.status.message.as_ref();
    if matches!(
        state,
        TaskState::Failed | TaskState::Canceled | TaskState::Rejected
    ) {
        let said = last.map(|message| text_of_parts(&message.parts));
        return Err(Trouble::Ended {
            state,
            said: said.unwrap_or_default(),
        });
    }
    let is_new = |id: &str| !heard.0.contains(id);
    let of_status = last.filter(|message| is_new(&message_id(message, task.history.len())));
    let made = task.artifacts.iter();
    let made = made.filter(|made| is_new(&artifact_id(&made.artifact_id, made.parts.len())));
    let mut groups: Vec<&[Part]> = of_status.iter().map(|said| &*said.parts).collect();
    groups.extend(made.map(|made| &*made.parts));
    if groups.is_empty() {
        let history = task.history.iter().enumerate();
        let said = history.filter(|(place, message)| {
            message.role == Role::Agent && is_new(&message_id(message, *place))
        });
        groups.extend(said.map(|(_, message)| &*message.parts));
    }
    let waits = state.is_interrupted();
    let thread = RemoteThread {
        context: task.context_id.clone().or(context),
        task: waits.then(|| task.id.clone()),
        needs_authorization: state == TaskState::AuthRequired,
        heard: if waits { ids(task) } else { Vec::new() },
    };
    Ok(answer(&groups, state_name(state), thread, target))
}

/// Makes an answer from groups of parts, each of which is a message or an artifact.
fn answer(groups: &[&[Part]], state: &str, thread: RemoteThread, target: &Target) -> RemoteAnswer {
    let parts = groups.iter().copied().flatten();
    let (mut data, mut files) = (Vec::new(), Vec::new());
    for part in parts.filter(|part| !is_tool_talk(part)) {
        match &part.content {
            PartContent::Data(value) => data.push(cleaned(value.clone(), target)),
            PartContent::Bytes(_) | PartContent::Url(_) => {
                files.push(cleaned(part.to_json(Version::V1_0), target));
            }
            PartContent::Text(_) => {}
        }
    }
    let words = groups.iter().map(|parts| text_of_parts(parts));
    let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
    // Data is reported where nothing is said in words.
    let words = if words.is_empty() {
        data.iter().map(Value::to_string).collect()
    } else {
        words
    };
    RemoteAnswer {
        text: target.redactor.clean(&words.join("\n\n")),
        state: state.to_owned(),
        data,
        files,
        thread,
    }
}

/// Returns the text of a message's or an artifact's parts. Text that was sent in pieces is joined.
pub(super) fn text_of_parts(parts: &[Part]) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    for part in parts {
        match &part.content {
            PartContent::Text(text) => match paragraphs.last_mut().filter(|_| is_open) {
                Some(last) => last.push_str(text),
                None => paragraphs.push(text.clone()),
            },
            PartContent::Bytes(_) | PartContent::Url(_) => paragraphs.push(file_in_words(part)),
            PartContent::Data(_) => {}
        }
        is_open = matches!(part.content, PartContent::Text(_));
    }
    paragraphs.join("\n\n")
}

/// Describes a file: `[file: report.pdf, application/pdf, 1200 bytes]`.
fn file_in_words(part: &Part) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(part.filename.clone());
    words.extend(part.media_type.clone());
    match &part.content {
        PartContent::Bytes(bytes) => words.push(format!("{} bytes", bytes.len())),
        PartContent::Url(url) => words.push(url.clone()),
        PartContent::Text(_) | PartContent::Data(_) => {}
    }
    format!("[file: {}]", words.join(", "))
}

fn is_tool_talk(part: &Part) -> bool {
    let kind = part.metadata.get("type").and_then(Value::as_str);
    matches!(part.content, PartContent::Data(_)) && kind.is_some_and(|it| TOOL_TALK.contains(&it))
}

/// Returns the keys by which the parts of a task are recognized in later turns.
fn ids(task: &Task) -> Vec<String> {
    let history = task.history.iter().enumerate();
    let said = history.filter(|(_, message)| message.role == Role::Agent);
    let mut ids: Vec<String> = said
        .map(|(place, message)| message_id(message, place))
        .collect();
    if let Some(message) = &task.status.message {
        let id = message_id(message, task.history.len());
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let made = task.artifacts.iter();
    ids.extend(made.map(|made| artifact_id(&made.artifact_id, made.parts.len())));
    ids.extend(task.status.timestamp.map(|at| format!("at {}", at.as_ns())));
    ids
}

/// Returns the key of a message: its id, or its position if it has none.
fn message_id(message: &Message, place: usize) -> String {
    match message.message_id.as_str() {
        "" => format!("message {place}"),
        id => id.to_owned(),
    }
}

/// Returns the key of an artifact. The number of parts is included, so that an artifact with
/// additional parts is new.
fn artifact_id(id: &str, n_parts: usize) -> String {
    format!("artifact {id} {n_parts}")
}

/// Removes the secrets that were sent to the agent from the strings in a value.
fn cleaned(value: Value, target: &Target) -> Value {
    match value {
        Value::String(text) => Value::String(target.redactor.clean(&text)),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| cleaned(item, target));
            Value::Array(items.collect())
        }
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(name, value)| (name, cleaned(value, target)));
            Value::Object(members.collect())
        }
        other => other,
    }
}
