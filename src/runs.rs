//! Many runs: plan, launch under a bound, supervise, and fold what they do into records.
//!
//! Commands go down through [`RunsHandle`], events come up through a [`Subscription`]; nothing
//! else passes. A run that fails leaves the others alone; results keep the order of their inputs.

mod answers;
mod command;
mod plan;

mod batch;
mod record;
mod stats;

mod feed;
mod handle;
mod subscription;

mod bound_worlds;
mod gate;
mod hub;
mod pace;
mod places;
mod start;
mod stopwatch;
mod supervisor;
mod worlds;

#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;

pub use crate::trace::Reply;
pub use batch::BatchRecord;
pub use bound_worlds::BoundWorlds;
pub use command::{RunsCommand, Target};
pub use handle::{CommandRefused, RunsHandle};
pub use plan::{Answers, BatchPlan, Confirmation, RunPlan};
pub use record::{
    ModelCallRecord, OpenRequest, RunRecord, SpanRecord, ToolCallRecord, TranscriptItem,
};
pub use start::{Runs, RunsSettings};
pub use stats::{Summary, milliseconds, percentile};
pub use subscription::{Snapshot, Subscription, Update};
pub use worlds::Worlds;
