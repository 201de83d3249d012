//! A line of pyagentspec's tracing: the start or end of a span, or an event in a span.

use serde_json::Value;

use super::event::Attributes;
use crate::base::clock::Timestamp;
use crate::trace::SpanKind;

/// The parts that all lines have in common.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The number of the line in the file, from 1.
    pub(super) number: usize,
    /// The content of the line.
    pub(super) content: LineContent,
    /// The id of the trace, if the line has it.
    pub(super) trace: Option<String>,
    /// The id of the span.
    pub(super) span: Option<String>,
    /// The id of the parent span, if the line has it.
    pub(super) parent: Option<String>,
    /// The time of the event, if the line has it.
    pub(super) time: Option<Timestamp>,
    /// All attributes of the line.
    pub(super) attributes: Attributes,
}

/// The content of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LineContent {
    /// The start of a span, with the name of its kind: `AgentExecutionSpan`.
    Start(String),
    /// The end of a span.
    End,
    /// A complete span with its events, written at its end.
    Whole(String),
    /// An event, with its name.
    Event(String),
}

impl Line {
    /// Reads a line; `None` if it is not part of a trace.
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

    /// Returns whether the line belongs to the execution, so that everything that describes the run
    /// comes before it.
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

/// Returns the kind of a span by its name.
pub(super) fn kind_of(name: &str) -> Option<SpanKind> {
    serde_json::from_value(Value::from(name)).ok()
}
