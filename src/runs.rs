//! Many runs: plan, launch under a bound, supervise, and fold what they do into records.
//!
//! Commands go down through [`RunsHandle`], events come up through a [`Subscription`]; nothing
//! else passes. A run that fails leaves the others alone; results keep the order of their inputs.

mod answers;
mod answers_file;
mod command;
mod input_rows;
mod picture;
mod plan;
mod planning;

mod batch;
mod export;
mod markdown;
mod record;
mod result;
mod stats;

mod feed;
mod handle;
mod subscription;

mod gate;
mod hub;
mod pace;
mod places;
mod profile_worlds;
mod run_many;
mod standstill;
mod start;
mod stopwatch;
mod supervisor;
mod template;
mod worlds;

#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;

pub use crate::runtime::{AnswerError, check_reply, check_runnable};
pub use crate::trace::{Answers, Confirmation, Limits, Reply, RunPlan};
pub use answers::{read_tool_arguments, read_tool_result};
pub use answers_file::{AnswersError, read_answers};
pub use batch::BatchRecord;
pub use command::{RunsCommand, Target};
pub use export::RunFormat;
#[cfg(test)]
pub(crate) use handle::Unattended;
pub use handle::{CommandRefused, RunsHandle};
pub use input_rows::{Given, InputRows, Row, RowsError, is_column_of, is_rows_file, read_rows};
pub use markdown::to_markdown;
pub use picture::{PictureError, is_picture_file, read_picture};
pub use plan::BatchPlan;
pub use planning::{DEFAULT_AT_ONCE, PlanError, PlanProblem, PlanRequest, PlannedBatch, plan};
pub use profile_worlds::ProfileWorlds;
pub use record::{
    ModelCallRecord, OpenRequest, RunRecord, SpanRecord, ToolCallRecord, TranscriptItem,
};
pub use result::{Content, batch_end, batch_object, run_end, run_object};
pub use run_many::{BatchResults, RunMany};
pub use start::{Runs, RunsSettings};
pub use stats::{Summary, milliseconds, percentile};
pub use subscription::{Snapshot, Subscription, Update};
pub use template::cannot_run as template_cannot_run;
pub use worlds::Worlds;
