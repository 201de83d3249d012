//! The record of a run: the fold of its events, which panes, tables and result objects show.

mod facts;
mod fold;
mod results;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::base::ids::{RequestId, RunId, SpanId};
use crate::conversation::{Message, Usage, Values};
use crate::runs::RunSummary;
use crate::trace::{
    ComponentName, ExecutionStatusName, Failure, ForkPoint, Prompt, RequestKind, RunEvent,
    RunState, SpanKind, SpanOutcome, TracedToolCall,
};

/// Everything that is known about one run: its details, and its summary, to which it derefs.
///
/// Invariant: it is a pure fold: the same events in the same order make the same record. Made by
/// [`RunRecord::from_planned`] and changed only by [`RunRecord::apply`].
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// The summary for tables and counts.
    pub(in crate::runs) summary: RunSummary,
    /// The run that this run repeats.
    pub retry_of: Option<RunId>,
    /// The point in another run at which this run was forked.
    pub forked_from: Option<ForkPoint>,
    /// The status of the execution, as named in Agent Spec.
    pub status: Option<ExecutionStatusName>,
    /// The outputs, if the run has finished.
    pub outputs: Values,
    /// The reason of a failure.
    pub error: Option<Failure>,
    /// The time at which the run was planned.
    pub queued_at: Timestamp,
    /// The conversation and the actions in order, for the pane.
    pub transcript: Vec<TranscriptItem>,
    /// The messages of the conversation, for the result object.
    pub messages: Vec<Arc<Message>>,
    /// The notices about models and servers of tools, in order: an incomplete text, an unsupported
    /// feature, a tool that was left out.
    pub notices: Vec<String>,
    /// The tool calls, in the order of their requests.
    pub tool_calls: Vec<ToolCallRecord>,
    /// The model calls, in the order of their requests.
    pub model_calls: Vec<ModelCallRecord>,
    /// The spans, in the order of their starts.
    pub spans: Vec<SpanRecord>,
    /// The request that was open when the run ended in `needs_input` or `answered`.
    pub unanswered: Option<RequestKind>,
    /// The workers that claimed the run, in order, with the time of each; empty if the process that
    /// began the run executed it.
    workers: Vec<(Timestamp, Arc<str>)>,
    /// All events without text chunks, which the responses contain in full; used for exports.
    pub log: Vec<Arc<RunEvent>>,
    /// The intervals in which the run waited for a person, was paused or had answered; the last one
    /// may be open.
    rests: Vec<(Timestamp, Option<Timestamp>)>,
    /// The last time at which the run answered or began to wait for a person, if only its state has
    /// changed since.
    last_rest: Option<Rest>,
    /// The current activities, in order of their start, with those that wait for a person first;
    /// the last one is shown as `doing`.
    activities: Vec<Activity>,
    /// When the first of the last spans was cut off, and what it was doing then, if only the end of
    /// the run has followed.
    pub(in crate::runs) cut_off: Option<(Timestamp, String)>,
    /// The indices of the open spans in `spans`, in the order of their starts.
    open_spans: Vec<usize>,
    /// The time of the last event.
    pub last_event_at: Timestamp,
    /// The indices in `transcript` of model answers for which no conversation message has come yet.
    unclaimed_answers: Vec<usize>,
    /// The beginnings of turns in `transcript`, in ascending order, except for the first, which
    /// begins at 0.
    turn_starts: Vec<usize>,
}

impl Deref for RunRecord {
    type Target = RunSummary;

    fn deref(&self) -> &RunSummary {
        &self.summary
    }
}

/// An activity of a run: its description, its start and, if known, its end.
#[derive(Clone, Debug, PartialEq)]
struct Activity {
    span: SpanId,
    text: String,
    since: Timestamp,
    until: Option<Timestamp>,
}

/// A line or block of a run's transcript.
#[derive(Clone, Debug, PartialEq)]
pub enum TranscriptItem {
    /// A complete message.
    Message(Arc<Message>),
    /// A message that a model is still writing; grows, then becomes [`TranscriptItem::Message`].
    Streaming {
        /// The id that connects request and chunks.
        request: RequestId,
        /// The name of the agent or node.
        sender: String,
        /// The text so far.
        content: String,
    },
    /// A model's thoughts before its answer, as an index into [`RunRecord::model_calls`].
    Reasoning(usize),
    /// A tool call, as an index into [`RunRecord::tool_calls`].
    ToolCall(usize),
    /// A node of a flow, as an index into [`RunRecord::spans`].
    Node(usize),
    /// A failure.
    Error(Failure),
    /// A remark of the runtime, such as a retry or a rejected confirmation.
    Note(String),
}

/// The record of a tool call.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCallRecord {
    /// The provider's id for the call.
    pub id: RequestId,
    /// The name of the tool.
    pub name: String,
    /// The span of the call.
    pub span: Option<SpanId>,
    /// The arguments, an object.
    pub arguments: Arc<Value>,
    /// The binding of the tool.
    pub binding: String,
    /// The lane in which the tool runs.
    pub lane: String,
    /// The result; `None` while the call is running or if it failed.
    pub output: Option<Arc<Value>>,
    /// The error of the call.
    pub error: Option<String>,
    /// The pieces of output so far.
    pub chunks: Vec<Value>,
    /// The notices about the call.
    pub notices: Vec<String>,
    /// Whether a person confirmed the call, if one was asked.
    pub is_confirmed: Option<bool>,
    /// The time of the request.
    pub started_at: Timestamp,
    /// The time of the result.
    pub ended_at: Option<Timestamp>,
    /// The wait in milliseconds, for a slot of the run and then for a free worker.
    pub waited_ms: f64,
    /// The longest time in milliseconds for which an async function blocked its event loop, if that
    /// was too long.
    pub held_ms: Option<f64>,
}

/// The state of a run that has answered or waits for a person.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rest {
    state: RunState,
    since: Timestamp,
    /// The active time up to then.
    active: Duration,
}

/// The record of a model call.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCallRecord {
    /// The id that connects request, chunks and response.
    pub id: RequestId,
    /// The span of the call.
    pub span: Option<SpanId>,
    /// The model's configuration.
    pub llm_config: ComponentName,
    /// The name of the model at its provider.
    pub model_id: String,
    /// The destination of the request.
    pub endpoint: String,
    /// The generation parameters, as sent.
    pub parameters: Arc<Value>,
    /// The messages and tools, as sent; [`RunRecord::prompt_of`] returns them in full.
    pub prompt: Arc<Prompt>,
    /// The text so far.
    pub content: String,
    /// The reasoning so far.
    pub reasoning: String,
    /// The number of characters so far, including those of tool calls; 0 once the answer is
    /// complete.
    pub streamed_characters: u64,
    /// The tool calls in the answer.
    pub tool_calls: Vec<TracedToolCall>,
    /// The token counts of this call.
    pub usage: Usage,
    /// The finish reason.
    pub finish_reason: Option<String>,
    /// The time in milliseconds until the first piece.
    pub time_to_first_token_ms: Option<f64>,
    /// The failed attempts before: reason, and wait in seconds, of each retry.
    pub retries: Vec<(String, f64)>,
    /// The time of the request.
    pub started_at: Timestamp,
    /// The time at which the answer was complete.
    pub ended_at: Option<Timestamp>,
}

/// The record of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanRecord {
    /// The id of the span.
    pub id: SpanId,
    /// The parent span.
    pub parent: Option<SpanId>,
    /// The nesting depth; 0 for the root.
    pub depth: usize,
    /// The kind of the span.
    pub kind: SpanKind,
    /// The component of the span.
    pub component: ComponentName,
    /// The start time.
    pub started_at: Timestamp,
    /// The end time.
    pub ended_at: Option<Timestamp>,
    /// The outcome of the span.
    pub outcome: Option<SpanOutcome>,
    /// The inputs of an agent, flow or node.
    pub inputs: Arc<Value>,
    /// The outputs of an agent, flow or node.
    pub outputs: Arc<Value>,
    /// The branch that a node or flow took.
    pub branch: Option<String>,
    /// The events of the span in order, without text chunks.
    pub events: Vec<Arc<RunEvent>>,
}

/// An open request to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// The id of the request.
    pub id: RequestId,
    /// The kind of request.
    pub kind: RequestKind,
    /// The time of the request.
    pub since: Timestamp,
}
