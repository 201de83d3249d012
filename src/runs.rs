//! Many runs: plan, launch under a bound, supervise, and fold what they do into records.
//!
//! Commands go down through [`RunsHandle`], events come up through a [`Subscription`]; nothing
//! else passes. A run that fails leaves the others alone; results keep the order of their inputs.

mod command;
mod plan;
mod record;

pub use crate::trace::Reply;
pub use command::{RunsCommand, Target};
pub use plan::{Answers, BatchPlan, Confirmation, RunPlan};
pub use record::{
    ModelCallRecord, OpenRequest, RunRecord, SpanRecord, ToolCallRecord, TranscriptItem,
};
