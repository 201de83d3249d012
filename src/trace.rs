//! Events: everything that a run does, as one ordered stream of one type.
//!
//! The names are those of Agent Spec Tracing (spans and events as in pyagentspec 26.3.1), with
//! additional run states. Panes, counters, `jsonl`, the history, replay and compare are folds over
//! this stream; if a screen needs another fact, the fact is added to the stream.

mod client_message;
mod event;
mod failure;
mod jsonl;
mod limits;
mod outline;
mod planned;
mod prompt;
mod reading;
mod reply;
mod run_event;
mod span;
mod state;
mod weight;

pub use crate::base::clock::{Clock, FixedClock, SharedClock, SystemClock, Timestamp};
pub use crate::base::ids::{BatchId, RequestId, RunId, SpanId};
pub use crate::base::keeping::Keeping;
pub use crate::base::written::Written;
pub use client_message::ClientMessage;
pub use event::{ComponentName, Event, LlmGenerationResponse, Names, TracedToolCall};
pub use failure::{Failure, FailureKind};
pub use jsonl::{JsonLines, MASKED};
pub use limits::Limits;
pub use planned::{
    Answers, Confirmation, ForkPoint, Planned, PreparedReply, ProfileMark, RunPlan, RunTerms,
    SpecText,
};
pub use prompt::{Prompt, PromptMessage, PromptPart, WholePrompt};
pub(crate) use reading::{NotATrace, ReadTrace, TraceFormat, TraceReader};
pub use reply::{Answer, Reply};
pub use run_event::{RunEvent, RunEventBody};
pub use span::{SpanKind, SpanOutcome};
pub use state::{ExecutionStatusName, RequestKind, RunState};
