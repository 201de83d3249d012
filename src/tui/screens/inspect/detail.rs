//! The detail of one span in tabs, each a list of lines.

mod timing;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::plural::counted;
use crate::base::text::sanitised;
use crate::base::written::Written;
use crate::runs::{ModelCallRecord, RunRecord, SpanRecord, ToolCallRecord};
use crate::trace::{Event, Failure, PromptMessage, RunEventBody, SpanKind, TracedToolCall};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::{Indent, Piece, Row, Tone, wrap};
use crate::tui::widgets::{failure, json_view};

/// A tab of the detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Tab {
    /// The input: arguments, parameters, values.
    #[default]
    Request,
    /// The outcome.
    Result,
    /// The messages of a model call, or of the conversation.
    Messages,
    /// The events as JSON.
    Raw,
    /// Start and duration.
    Timing,
}

impl Tab {
    /// Returns the tab's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Result => "result",
            Self::Messages => "messages",
            Self::Raw => "raw",
            Self::Timing => "timing",
        }
    }

    /// Returns the tabs for a kind of span.
    pub(super) const fn of(kind: SpanKind) -> &'static [Self] {
        match kind {
            SpanKind::LlmGenerationSpan | SpanKind::RootSpan | SpanKind::AgentExecutionSpan => &[
                Self::Request,
                Self::Result,
                Self::Messages,
                Self::Raw,
                Self::Timing,
            ],
            SpanKind::ToolExecutionSpan
            | SpanKind::SwarmExecutionSpan
            | SpanKind::ManagerWorkersExecutionSpan
            | SpanKind::FlowExecutionSpan
            | SpanKind::NodeExecutionSpan => {
                &[Self::Request, Self::Result, Self::Raw, Self::Timing]
            }
        }
    }
}

/// A line of a tab.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DetailLine {
    /// The pieces of the line, each in one colour.
    pub(super) pieces: Vec<(Role, String)>,
    /// The fold that begins at the line: its name, and whether it is closed.
    pub(super) fold: Option<(String, bool)>,
    /// The path of the line's value in its JSON, in the notation of `jq`; `None` outside of JSON.
    pub(super) path: Option<String>,
    /// The indent of further rows of the wrapped line, if it differs from the first one's.
    hanging_cells: usize,
}

impl DetailLine {
    /// Returns the line without colours.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Returns the line as rows, wrapped between words, or as one row of any width.
    pub(super) fn rows(&self, width: Option<usize>) -> Vec<Row> {
        let mut pieces: Vec<Piece> = self
            .pieces
            .iter()
            .map(|(role, text)| Piece::new(text.replace('\t', "    "), Tone::of(*role)))
            .collect();
        let Some(width) = width else {
            return vec![Row::of(pieces)];
        };
        let mut leading = 0;
        if let Some(first) = pieces.first_mut() {
            let words = first.text.trim_start_matches(' ').to_owned();
            leading = (first.text.len() - words.len()).min(width / 2);
            first.text = words;
        }
        let indent = Indent {
            first: vec![Piece::new(" ".repeat(leading), Tone::of(Role::Muted))],
            hanging_cells: leading.max(self.hanging_cells).min(width / 2),
        };
        wrap(&pieces, width, &indent)
    }
}

/// The prefix of the names of the events' folds, before the index of the event in the span.
const EVENT: &str = "event/";

/// Returns the index of the event to which a line of [`Tab::Raw`] belongs.
pub(super) fn event_at(lines: &[DetailLine], line: usize) -> Option<usize> {
    let above = lines.get(..=line)?.iter().rev();
    let mut folds = above.filter_map(|line| line.fold.as_ref());
    let (name, _) = folds.next()?;
    let place = name.strip_prefix(EVENT)?.split('/').next()?;
    place.parse().ok()
}

/// Returns the failure that happened in a span itself and not in a descendant.
fn raised_in(span: &SpanRecord) -> Option<&Failure> {
    span.events.iter().find_map(|event| match &event.body {
        RunEventBody::Traced(Event::ExceptionRaised { failure, .. }) => Some(failure.as_ref()),
        _ => None,
    })
}

/// The settings for showing a tab.
pub(super) struct DetailContext<'a> {
    /// The names of the closed folds.
    pub(super) folded: &'a HashSet<String>,
    /// The local time's distance from UTC.
    pub(super) utc_offset: chrono::FixedOffset,
}

/// Returns the lines of a tab.
pub(super) fn lines(
    record: &RunRecord,
    span: &SpanRecord,
    tab: Tab,
    look: &DetailContext<'_>,
) -> Vec<DetailLine> {
    let mut page = Page {
        folded: look.folded,
        utc_offset: look.utc_offset,
        lines: Vec::new(),
    };
    let model = record
        .model_calls
        .iter()
        .find(|call| call.span.as_ref() == Some(&span.id));
    let tool = record
        .tool_calls
        .iter()
        .find(|call| call.span.as_ref() == Some(&span.id));
    if tab == Tab::Result
        && tool.is_none()
        && span.kind != SpanKind::RootSpan
        && let Some(failure) = raised_in(span)
    {
        page.failure(record, failure);
    }
    match (tab, model, tool) {
        (Tab::Request, Some(call), _) => page.model_request(record, call, span),
        (Tab::Result, Some(call), _) => page.model_result(call),
        (Tab::Messages, Some(call), _) => page.prompt(record, call),
        (Tab::Timing, Some(call), _) => page.model_timing(record, call, span),
        (Tab::Request, None, Some(call)) => page.tool_request(record, call, span),
        (Tab::Result, None, Some(call)) => page.tool_result(call),
        (Tab::Timing, None, Some(call)) => page.tool_timing(record, call, span),
        (Tab::Request, None, None) => page.inputs(record, span),
        (Tab::Result, None, None) => page.outputs(record, span),
        (Tab::Messages, None, _) => page.conversation(record),
        (Tab::Raw, _, _) => page.raw(span),
        (Tab::Timing, None, None) => page.timing(record, span),
    }
    if page.lines.is_empty() {
        let words = if record.is_over() {
            "nothing: the run ended before"
        } else {
            "nothing yet"
        };
        page.word(Role::Muted, words);
    }
    page.lines
}

/// Returns the messages of the previous model call with the same beginning, to find the new ones in
/// this call.
fn messages_before(
    record: &RunRecord,
    call: &ModelCallRecord,
    messages: &[Arc<PromptMessage>],
) -> Option<Vec<Arc<PromptMessage>>> {
    let at = record
        .model_calls
        .iter()
        .position(|other| other.id == call.id)?;
    let before = record.model_calls.get(..at)?.iter().rev();
    let alike = before.filter(|other| other.llm_config == call.llm_config);
    alike
        .map(|other| record.prompt_of(other).messages)
        .find(|other| other.first() == messages.first())
}

/// A tab whose lines are being made.
struct Page<'a> {
    folded: &'a HashSet<String>,
    utc_offset: chrono::FixedOffset,
    lines: Vec<DetailLine>,
}

impl Page<'_> {
    fn word(&mut self, role: Role, text: &str) {
        self.lines.push(DetailLine {
            pieces: vec![(role, sanitised(text).replace('\n', " "))],
            ..DetailLine::default()
        });
    }

    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(DetailLine::default());
        }
        self.word(Role::Accent, text);
    }

    /// Adds a line with a name and a value, unless the value is empty, which happens in traces of
    /// other runtimes.
    fn fact(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let pieces = vec![
            (Role::Muted, format!("{name:<14}")),
            (Role::Text, sanitised(value).replace('\n', " ")),
        ];
        self.lines.push(DetailLine {
            pieces,
            hanging_cells: 14,
            ..DetailLine::default()
        });
    }

    fn text(&mut self, role: Role, text: &str) {
        for line in sanitised(text).lines() {
            self.lines.push(DetailLine {
                pieces: vec![(role, line.to_owned())],
                ..DetailLine::default()
            });
        }
    }

    fn json(&mut self, root: &str, value: &Value) {
        let lines = json_view::lines(value, root, self.folded);
        self.lines.extend(lines.into_iter().map(|line| DetailLine {
            pieces: line.pieces,
            fold: line.fold,
            path: Some(line.path),
            ..DetailLine::default()
        }));
    }

    /// Adds JSON text as JSON and any other text unchanged. JSON with a number that would be shown
    /// differently is added unchanged too.
    fn json_text(&mut self, root: &str, text: &str) {
        match Written::read(text) {
            Ok(Written::Plain(value)) => self.json(root, &value),
            Ok(_) | Err(_) => self.text(Role::Text, text),
        }
    }

    fn model_request(&mut self, record: &RunRecord, call: &ModelCallRecord, span: &SpanRecord) {
        self.fact("model", &call.model_id);
        self.fact("endpoint", &call.endpoint);
        self.workers(record, span);
        self.fact("messages", &call.prompt.message_count().to_string());
        self.heading("parameters");
        self.json("parameters", &call.parameters);
        let tools = record.prompt_of(call).tools;
        self.heading(&format!("tools offered: {}", tools.len()));
        for tool in tools.iter() {
            self.word(Role::Key, &tool.name);
            self.text(Role::Muted, &tool.description);
            self.json(&format!("tools/{}", tool.name), &tool.parameters);
        }
    }

    /// Adds the workers on which a span was run, if it was not run here; for a retried call, each
    /// worker that made it.
    fn workers(&mut self, record: &RunRecord, span: &SpanRecord) {
        let workers = record.workers_between(span.started_at, span.ended_at);
        if !workers.is_empty() {
            self.fact("at worker", &workers.join(", then "));
        }
    }

    fn model_result(&mut self, call: &ModelCallRecord) {
        if !call.reasoning.is_empty() {
            self.heading("reasoning");
            self.text(Role::Muted, &call.reasoning);
        }
        if !call.content.is_empty() {
            self.heading("text");
            self.text(Role::Text, &call.content);
        }
        for tool_call in &call.tool_calls {
            self.tool_call(tool_call);
        }
        if call.ended_at.is_some() {
            self.heading("usage");
            let tokens = |count: u64, part: u64, what: &str| match part {
                0 => counted(count, "token"),
                part => format!("{}, {part} of them {what}", counted(count, "token")),
            };
            let usage = call.usage;
            let input = tokens(usage.input_tokens, usage.cached_tokens, "cached");
            let output = tokens(usage.output_tokens, usage.reasoning_tokens, "reasoning");
            self.fact("input", &input);
            self.fact("output", &output);
            self.fact(
                "stopped by",
                call.finish_reason.as_deref().unwrap_or("unknown"),
            );
        }
    }

    fn tool_call(&mut self, call: &TracedToolCall) {
        self.heading(&format!("tool call {}  {}", call.tool_name, call.call_id));
        self.json_text(&format!("call/{}", call.call_id), &call.arguments);
    }

    /// Adds the messages that were sent; messages that the previous call didn't have are marked.
    fn prompt(&mut self, record: &RunRecord, call: &ModelCallRecord) {
        let messages = record.prompt_of(call).messages;
        let before = messages_before(record, call, &messages);
        let known = before.as_ref().map_or(0, |before| {
            let pairs = before.iter().zip(&messages);
            pairs.take_while(|(old, new)| old == new).count()
        });
        for (at, message) in messages.iter().enumerate() {
            let is_new = before.is_some() && at >= known;
            self.prompt_message(message, is_new);
        }
    }

    fn prompt_message(&mut self, message: &PromptMessage, is_new: bool) {
        let mut title = message.role.clone();
        if let Some(sender) = &message.sender {
            title = format!("{title} {sender}");
        }
        if let Some(call) = &message.tool_call_id {
            title = format!("{title} {call}");
        }
        if is_new {
            title.push_str("  + new since the call before");
        }
        self.heading(&title);
        self.text(Role::Text, &message.content);
        for picture in &message.pictures {
            self.text(Role::Muted, picture);
        }
        for call in &message.tool_calls {
            self.word(Role::Key, &format!("{} {}", call.tool_name, call.arguments));
        }
    }

    fn tool_request(&mut self, record: &RunRecord, call: &ToolCallRecord, span: &SpanRecord) {
        self.word(Role::Accent, "arguments");
        self.json("arguments", &call.arguments);
        self.lines.push(DetailLine::default());
        self.fact("bound to", &call.binding);
        self.fact("runs on", &call.lane);
        self.workers(record, span);
        self.fact("call", call.id.as_str());
        if let Some(is_confirmed) = call.is_confirmed {
            self.fact(
                "confirmation",
                if is_confirmed {
                    "a person said yes"
                } else {
                    "a person said no"
                },
            );
        }
        for notice in &call.notices {
            self.text(Role::Warning, notice);
        }
    }

    fn tool_result(&mut self, call: &ToolCallRecord) {
        if let Some(error) = &call.error {
            self.text(Role::Error, error);
        }
        match call.output.as_deref() {
            Some(Value::String(text)) => self.json_text("result", text),
            Some(value) => self.json("result", value),
            None => {}
        }
        if !call.chunks.is_empty() {
            self.heading("streamed");
            for (at, chunk) in call.chunks.iter().enumerate() {
                match chunk {
                    Value::String(text) => self.text(Role::Text, text),
                    other => self.json(&format!("chunk/{at}"), other),
                }
            }
        }
    }

    fn inputs(&mut self, record: &RunRecord, span: &SpanRecord) {
        self.word(Role::Accent, "inputs");
        if span.kind == SpanKind::RootSpan {
            self.json("inputs", &json!(record.plan.inputs));
            if let Some(seed) = record.plan.seed {
                self.fact("seed", &seed.to_string());
            }
        } else {
            self.json("inputs", &span.inputs);
        }
    }

    fn failure(&mut self, record: &RunRecord, failure: &Failure) {
        self.text(Role::Error, &failure.message);
        if let Some(hint) = failure::hint(record, failure) {
            self.text(Role::Info, hint);
        }
    }

    fn outputs(&mut self, record: &RunRecord, span: &SpanRecord) {
        if span.kind == SpanKind::RootSpan {
            if let Some(error) = &record.error {
                self.failure(record, error);
            }
            self.json("outputs", &json!(record.outputs));
            return;
        }
        if let Some(branch) = &span.branch {
            self.fact("branch", branch);
        }
        if span.ended_at.is_some() {
            self.word(Role::Accent, "outputs");
            self.json("outputs", &span.outputs);
        }
    }

    fn conversation(&mut self, record: &RunRecord) {
        for message in &record.messages {
            let mut title = match &message.tool_result {
                Some(_) => "tool result".to_owned(),
                None => format!("{:?}", message.role).to_lowercase(),
            };
            if let Some(sender) = &message.sender {
                title = format!("{title} {sender}");
            }
            if let Some(recipient) = &message.recipient {
                title = format!("{title} to {recipient}");
            }
            self.heading(&title);
            self.text(Role::Text, &message.shown());
            for call in &message.tool_calls {
                self.word(Role::Key, &format!("{} {}", call.name, call.arguments));
            }
            if let Some(result) = &message.tool_result {
                let role = if result.is_error {
                    Role::Error
                } else {
                    Role::Text
                };
                self.text(role, &result.content);
            }
        }
    }

    fn raw(&mut self, span: &SpanRecord) {
        for (at, event) in span.events.iter().enumerate() {
            match serde_json::to_value(&event.body) {
                Ok(value) => self.json(&format!("{EVENT}{at}"), &value),
                Err(refused) => self.text(Role::Error, &refused.to_string()),
            }
        }
    }
}
