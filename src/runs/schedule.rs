//! The scheduling of runs: the hub with its gate, the supervisor of each run, and the worlds in
//! which they run.

mod bell;
mod budget;
mod command;
mod endpoints;
mod gate;
pub(super) mod handle;
mod hub;
mod pace;
mod places;
mod profile_worlds;
mod run_many;
mod runner;
mod standstill;
mod start;
mod steered_model;
mod stopwatch;
pub(super) mod supervisor;
mod worlds;

pub use command::{CarriedOn, Fork, PastRun, RunsCommand, Target};
#[cfg(test)]
pub(crate) use handle::Unattended;
pub use handle::{CommandRefused, RunsHandle};
pub use pace::SharedRate;
pub use profile_worlds::ProfileWorlds;
pub use run_many::{BatchResults, RunMany};
pub(crate) use runner::END_NOT_TAKEN;
pub use runner::{BatchNews, BatchNotice, Elsewhere, Errand, Order, Runner};
pub use start::{ClosingHistory, Runs, RunsSettings};
pub use worlds::WorldProvider;
