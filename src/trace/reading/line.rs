//! A line of what pyagentspec's tracing gives: the start or the end of a span, or an event in it.

use serde_json::Value;

use super::event::Attributes;
use crate::base::clock::Timestamp;
use crate::trace::SpanKind;

/// A line, as far as all lines are alike.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    /// The content of the line.
    pub(super) content: LineContent,
    /// The trace, where it is named.
    pub(super) trace: Option<String>,
    /// The span.
    pub(super) span: Option<String>,
    /// The span around it, where it is named.
    pub(super) parent: Option<String>,
    /// When it happened, where that is said.
    pub(super) time: Option<Timestamp>,
    /// All that it says.
    pub(super) attributes: Attributes,
}

/// The content of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LineContent {
    /// A span begins. Its kind by name: `AgentExecutionSpan`.
    Start(String),
    /// A span ends.
    End,
    /// A whole span with its events, written when it has ended.
    Whole(String),
    /// An event, by its name.
    Event(String),
}

impl Line {
    /// Reads a line; `None` if it is none of a trace.
    pub(super) fn read(number: usize, attributes: Attributes) -> Option<Self> {
        let text = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| attributes.get(*name));
            found.find_map(Value::as_str).map(str::to_owned)
        };
        let time = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| attributes.get(*name));
            found.find_map(Value::as_u64).map(Timestamp::from_ns)
        };
        let name = text(&["type"])?;
        let span_type = text(&["span_type"]);
        let (content, time) = match (name.as_str(), span_type) {
            ("SpanStart", Some(kind)) => {
                (LineContent::Start(kind), time(&["start_time", "timestamp"]))
            }
            ("SpanEnd", Some(_)) => (LineContent::End, time(&["end_time", "timestamp"])),
            (kind, _) if kind.ends_with("Span") && attributes.contains_key("start_time") => {
                (LineContent::Whole(name), time(&["start_time"]))
            }
            _ if attributes.contains_key("timestamp") => {
                (LineContent::Event(name), time(&["timestamp"]))
            }
            _ => return None,
        };
        let own_id = text(&["id"]).filter(|_| !matches!(content, LineContent::Event(_)));
        Some(Self {
            number,
            trace: text(&["trace", "trace_id"]),
            span: text(&["span", "span_id"]).or(own_id),
            parent: text(&["parent_span", "parent_span_id", "parent"]),
            time,
            content,
            attributes,
        })
    }

    /// Whether what a run is has been said before this: it does something.
    pub(super) fn is_work(&self) -> bool {
        match &self.content {
            LineContent::Start(kind) => matches!(
                kind_of(kind),
                Some(SpanKind::LlmGenerationSpan | SpanKind::ToolExecutionSpan)
            ),
            LineContent::End => true,
            LineContent::Whole(_) => false,
            LineContent::Event(name) => !name.ends_with("ExecutionStart"),
        }
    }
}

/// The kind of a span by its name.
pub(super) fn kind_of(name: &str) -> Option<SpanKind> {
    serde_json::from_value(Value::from(name)).ok()
}
