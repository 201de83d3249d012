//! The parts of a run's turn, as texts for the comparison.

use std::ops::Range;

use serde_json::Value;

use crate::conversation::{Role, Values};
use crate::runs::{RunRecord, TranscriptItem};
use crate::trace::RunState;

/// The maximum number of bytes of JSON on a single line.
const MAX_LINE_BYTES: usize = 60;

/// The kind of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    Message,
    Call,
    /// The result of the call above.
    Result,
    Node,
    Failure,
    End,
}

/// A part of a turn: a message, a call or a result.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    pub(super) title: String,
    pub(super) text: String,
}

impl Part {
    fn new(kind: PartKind, title: &str, text: String) -> Self {
        let title = title.to_owned();
        Self { kind, title, text }
    }
}

/// Returns the parts of a turn, without remarks of the runtime and thoughts of models, whose
/// wording does not matter.
pub(super) fn parts_of(record: &RunRecord, turn: Range<usize>) -> Vec<Part> {
    let items = record.transcript.get(turn).unwrap_or_default();
    items
        .iter()
        .flat_map(|item| of_item(record, item))
        .collect()
}

fn of_item(record: &RunRecord, item: &TranscriptItem) -> Vec<Part> {
    let root = record.terms.component.name.as_str();
    let agent = |sender: Option<&str>| match sender {
        Some(sender) if sender != root => sender.to_owned(),
        _ => "agent".to_owned(),
    };
    match item {
        TranscriptItem::Message(message) if message.is_internal => Vec::new(),
        TranscriptItem::Message(message) => {
            let title = match message.role {
                Role::User => "user".to_owned(),
                Role::System => "system".to_owned(),
                Role::Agent => agent(message.sender.as_deref()),
            };
            let text = message.shown().into_owned();
            vec![Part::new(PartKind::Message, &title, text)]
        }
        TranscriptItem::Streaming {
            sender, content, ..
        } => {
            let title = agent(Some(sender));
            vec![Part::new(PartKind::Message, &title, content.clone())]
        }
        TranscriptItem::ToolCall(call) => {
            let Some(call) = record.tool_calls.get(*call) else {
                return Vec::new();
            };
            let given = in_words(&call.arguments);
            let mut parts = vec![Part::new(PartKind::Call, &call.name, given)];
            let result = match (&call.error, &call.output) {
                (Some(error), _) => Some(error.clone()),
                (None, output) => output.as_deref().map(in_words),
            };
            parts.extend(result.map(|text| Part::new(PartKind::Result, &call.name, text)));
            parts
        }
        TranscriptItem::Node(span) => {
            let Some(span) = record.spans.get(*span) else {
                return Vec::new();
            };
            let text = match &span.branch {
                Some(branch) => format!("to {branch}"),
                None => in_words(&span.outputs),
            };
            vec![Part::new(PartKind::Node, &span.component.name, text)]
        }
        TranscriptItem::Error(failure) => {
            vec![Part::new(
                PartKind::Failure,
                "error",
                failure.message.clone(),
            )]
        }
        TranscriptItem::Reasoning(_) | TranscriptItem::Note(_) => Vec::new(),
    }
}

/// Returns the outputs of a finished run; an empty text if it ended without any, and `None` while
/// it is active. The error is part of the last turn.
pub(super) fn end_of(record: &RunRecord) -> Option<Part> {
    if !record.is_over() && record.state != RunState::Answered {
        return None;
    }
    let outputs = Value::Object(Values::clone(&record.outputs));
    Some(Part::new(PartKind::End, "outcome", in_words(&outputs)))
}

/// Formats a value: a string unchanged, anything else as JSON.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(none) if none.is_empty() => String::new(),
        value => {
            let line = value.to_string();
            if line.len() <= MAX_LINE_BYTES {
                line
            } else {
                format!("{value:#}")
            }
        }
    }
}
