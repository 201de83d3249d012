//! A run, as the fold of its events: what panes, tables and result objects show.

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

/// Everything that is known of one run: its detail, and its summary, to which it derefs.
///
/// Invariant: it is a pure fold: the same events in the same order make the same record. Made by
/// [`RunRecord::from_planned`] and changed by [`RunRecord::apply`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// The summary that tables and counts show.
    pub(in crate::runs) summary: RunSummary,
    /// The run that it repeats.
    pub retry_of: Option<RunId>,
    /// The place in another run where it was forked off.
    pub forked_from: Option<ForkPoint>,
    /// Agent Spec's word for how it stopped.
    pub status: Option<ExecutionStatusName>,
    /// Its outputs, once it has finished.
    pub outputs: Values,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When it was planned.
    pub queued_at: Timestamp,
    /// The conversation and the actions, in order: the pane.
    pub transcript: Vec<TranscriptItem>,
    /// The messages of the conversation, for the result object.
    pub messages: Vec<Arc<Message>>,
    /// The notices on its models and servers of tools, in order: a text that was cut, what an endpoint lacks, a tool
    /// that was left out.
    pub notices: Vec<String>,
    /// The tool calls, in the order of their requests.
    pub tool_calls: Vec<ToolCallRecord>,
    /// The model calls, in the order of their requests.
    pub model_calls: Vec<ModelCallRecord>,
    /// The spans, in the order of their starts.
    pub spans: Vec<SpanRecord>,
    /// The request that the run needed a person for when it ended, where it ended in `needs_input` or `answered`.
    pub unanswered: Option<RequestKind>,
    /// The workers that claimed it, each with the time, in that order; empty if the process that began it executed it.
    workers: Vec<(Timestamp, Arc<str>)>,
    /// All its events without text chunks, which the responses hold whole: what an export writes.
    pub log: Vec<Arc<RunEvent>>,
    /// The times in which it waited for a person, was paused or had answered; the last one has no
    /// end while it still does.
    rests: Vec<(Timestamp, Option<Timestamp>)>,
    /// The last time at which it answered or began to wait for a person, while nothing but its state has changed since.
    last_rest: Option<Rest>,
    /// The activities that are going on, in the order in which they started, those that wait for a
    /// person before all else; the last one is `doing`.
    activities: Vec<Activity>,
    /// When the first of its last spans was cut off and what it was doing then, while nothing but its end has happened since.
    pub(in crate::runs) cut_off: Option<(Timestamp, String)>,
    /// Indexes of the open spans in `spans`, in the order of their starts.
    open_spans: Vec<usize>,
    /// When its last event happened.
    pub last_event_at: Timestamp,
    /// Indexes into `transcript` of answers of models that no message of the conversation took
    /// over yet.
    unclaimed_answers: Vec<usize>,
    /// Where turns begin in `transcript`, but for the first, which begins with it; in ascending order.
    turn_starts: Vec<usize>,
}

impl Deref for RunRecord {
    type Target = RunSummary;

    fn deref(&self) -> &RunSummary {
        &self.summary
    }
}

/// An activity of a run: its words, and from when to when.
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
    /// A message that is complete.
    Message(Arc<Message>),
    /// A message that a model is still writing; grows, then becomes [`TranscriptItem::Message`].
    Streaming {
        /// The id that joins request and chunks.
        request: RequestId,
        /// Name of the agent or node.
        sender: String,
        /// The text that has come so far.
        content: String,
    },
    /// A model's thoughts before it answers: index into [`RunRecord::model_calls`].
    Reasoning(usize),
    /// A tool call: index into [`RunRecord::tool_calls`].
    ToolCall(usize),
    /// A node of a flow: index into [`RunRecord::spans`].
    Node(usize),
    /// A failure.
    Error(Failure),
    /// A remark of the runtime: a retry, a refused confirmation.
    Note(String),
}

/// A tool call of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCallRecord {
    /// The provider's id of the call.
    pub id: RequestId,
    /// The tool's name.
    pub name: String,
    /// Its span.
    pub span: Option<SpanId>,
    /// Its arguments, an object.
    pub arguments: Arc<Value>,
    /// The binding of the tool.
    pub binding: String,
    /// Where it runs.
    pub lane: String,
    /// The result; none while it runs or when it failed.
    pub output: Option<Arc<Value>>,
    /// The error of the call.
    pub error: Option<String>,
    /// Pieces of output that came while it ran.
    pub chunks: Vec<Value>,
    /// The notices about the call.
    pub notices: Vec<String>,
    /// Whether a person allowed it, where one was asked.
    pub is_confirmed: Option<bool>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When its result came.
    pub ended_at: Option<Timestamp>,
    /// Milliseconds it waited for a free place of its run and then for a free worker.
    pub waited_ms: f64,
    /// Milliseconds at a time that an async function kept a loop to itself, if too many.
    pub held_ms: Option<f64>,
}

/// Where a run began to rest, because it has answered or waits for a person.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rest {
    state: RunState,
    since: Timestamp,
    /// How long it had been active.
    active: Duration,
}

/// A model call of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCallRecord {
    /// The id that joins request, chunks and response.
    pub id: RequestId,
    /// Its span.
    pub span: Option<SpanId>,
    /// The model's configuration.
    pub llm_config: ComponentName,
    /// The model's name at its provider.
    pub model_id: String,
    /// Where the request went.
    pub endpoint: String,
    /// Generation parameters, as sent.
    pub parameters: Arc<Value>,
    /// The messages and tools, as sent; [`RunRecord::prompt_of`] returns the whole.
    pub prompt: Arc<Prompt>,
    /// The text that came back, so far.
    pub content: String,
    /// Reasoning that came back, so far.
    pub reasoning: String,
    /// Characters that came so far, with those of tool calls; nothing once the answer is whole.
    pub streamed_characters: u64,
    /// The tool calls that came back.
    pub tool_calls: Vec<TracedToolCall>,
    /// Tokens of this call.
    pub usage: Usage,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Milliseconds until the first piece came.
    pub time_to_first_token_ms: Option<f64>,
    /// The attempts that failed before: reason and wait in seconds of each retry.
    pub retries: Vec<(String, f64)>,
    /// When it was asked.
    pub started_at: Timestamp,
    /// When the answer was whole.
    pub ended_at: Option<Timestamp>,
}

/// A span of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanRecord {
    /// The span.
    pub id: SpanId,
    /// The span it lies in.
    pub parent: Option<SpanId>,
    /// How deep it lies; the root is 0.
    pub depth: usize,
    /// Its kind.
    pub kind: SpanKind,
    /// The component it is about.
    pub component: ComponentName,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<SpanOutcome>,
    /// Inputs of an agent, flow or node.
    pub inputs: Arc<Value>,
    /// Outputs of an agent, flow or node.
    pub outputs: Arc<Value>,
    /// The branch that a node or flow took.
    pub branch: Option<String>,
    /// Its events, in order, without text chunks.
    pub events: Vec<Arc<RunEvent>>,
}

/// A request that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// The request.
    pub id: RequestId,
    /// The kind of request.
    pub kind: RequestKind,
    /// The time of the request.
    pub since: Timestamp,
}
