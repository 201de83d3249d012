//! Records of runs and batches: the feed folds their events into records, and gives both to subscribers.

mod batch_export;
mod batch_record;
mod call_path;
mod comparison;
mod csv;
mod divergence;
mod export;
pub(super) mod feed;
mod inbox;
mod kept_detail;
mod markdown;
mod matrix;
mod outcome;
mod result;
mod run_again;
mod run_record;
mod run_summary;
#[cfg(test)]
pub(crate) mod script;
mod side_by_side;
mod spec_mark;
mod stats;
pub(super) mod subscription;
mod threads;

pub(crate) use batch_export::BatchFormat;
pub use batch_record::{BatchBudget, BatchRecord, BudgetLevel, WorkerPlaces};
pub(crate) use comparison::{ComparedPart, Comparison, Words, compare_runs};
pub(crate) use divergence::{Did, Divergence, Leaving};
pub use export::RunFormat;
pub(crate) use inbox::{Alike, Inbox, PendingRequest};
pub use kept_detail::KeptDetail;
pub use markdown::to_markdown;
pub(crate) use matrix::Matrix;
pub(crate) use outcome::{GroupId, OutcomeGroups, OutcomeSummary, error_pattern};
pub use result::{BatchObject, Content, RunObject, run_object};
pub(crate) use result::{batch_end, failure_object, one_line, pretty, run_end};
pub(crate) use run_again::command_line;
pub use run_record::{
    ModelCallRecord, OpenRequest, RunRecord, SpanRecord, ToolCallRecord, TranscriptItem,
};
pub use run_summary::{KeptRun, RunSummary};
pub(crate) use side_by_side::{Step, StepPair, side_by_side};
pub use stats::Summary;
pub(crate) use stats::{milliseconds, percentile};
pub use subscription::{Snapshot, Subscription, Update};
pub(crate) use threads::{Speech, Thread, ThreadState, Threads};
