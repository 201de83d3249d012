//! Many runs: planning, execution within limits, supervision, and folding of their events into
//! records.
//!
//! Commands go down through [`RunsHandle`], and events come up through a [`Subscription`]; there is
//! no other connection. A failed run does not affect the others; results keep the order of their
//! inputs.

mod history;
mod opened;
mod plan;
mod record;
mod schedule;

#[cfg(test)]
mod tests;

pub use crate::runtime::{AnswerError, InDoubt, check_reply, check_runnable};
pub(crate) use crate::runtime::{RemoteWait, remote_wait};
pub use crate::trace::{Answers, Confirmation, Limits, Reply, RunPlan};
#[cfg(feature = "nats")]
pub(crate) use history::open_again;
pub(crate) use history::{CallAgain, Recording, RecordingError};
pub use history::{
    Change, Durability, EditError, ForkError, Forked, History, HistoryError, HistoryFile,
    HistoryFilter, HistoryReader, HistorySettings, InterruptedBatch, KeptBatch, ListPlace,
    ListedRun, LiveHistory, Named, Recorded, Recorder, ReloadError, ReloadOptions, Reloaded,
    Retention, TakenBatch, TakenRun, ToRecord, kept_spec, kept_text, read_entries, write_entry,
};
pub(crate) use opened::{
    BytesRead, OpenTraceError, OpenedTrace, TraceBounds, check_trace, open_trace, open_trace_from,
};
pub use plan::{
    BatchPlan, BatchTerms, Canary, Given, InputList, Origin, PlanError, PlanProblem, PlanRequest,
    PlannedBatch, QueueName, Variant, plan,
};
pub(crate) use plan::{
    DEFAULT_AT_ONCE, FileAnswers, InputRows, Row, Vary, count_combinations, count_variants,
    give_ids, is_answers_file, is_column_of, is_picture_file, is_rows_file, read_answers,
    read_json_result, read_picture, read_rows, read_rows_from, read_tool_arguments,
    read_tool_result, variants,
};
#[cfg(test)]
pub(crate) use record::script;
pub(crate) use record::{
    Alike, BatchFormat, ComparedPart, Comparison, Did, Divergence, GroupId, Inbox, Leaving, Matrix,
    OutcomeGroups, OutcomeSummary, PendingRequest, Speech, Step, StepPair, Thread, ThreadState,
    Threads, Words, batch_end, command_line, compare_runs, error_pattern, failure_object,
    milliseconds, one_line, percentile, pretty, run_end, side_by_side,
};
pub use record::{
    BatchBudget, BatchObject, BatchRecord, BudgetLevel, Content, KeptDetail, KeptRun,
    ModelCallRecord, OpenRequest, RunFormat, RunObject, RunRecord, RunSummary, Snapshot,
    SpanRecord, Subscription, Summary, ToolCallRecord, TranscriptItem, Update, WorkerPlaces,
    run_object, to_markdown,
};
pub(crate) use schedule::END_NOT_TAKEN;
#[cfg(test)]
pub(crate) use schedule::Unattended;
pub use schedule::{
    BatchNews, BatchNotice, BatchResults, CarriedOn, ClosingHistory, CommandRefused, Elsewhere,
    Errand, Fork, Order, PastRun, ProfileWorlds, RunMany, Runner, Runs, RunsCommand, RunsHandle,
    RunsSettings, SharedRate, Target, WorldProvider,
};
