//! Runs on other machines: workers take them from a queue of NATS JetStream, and each run's record is a subject there.
//!
//! ```text
//! flowdeck run ── first entry ──────────► FLOWDECK_RECORDS ◄── every further entry ── worker
//!              ── "carry this run out" ─► FLOWDECK_RUNS ─────────────────────────────► worker
//!              ◄─ entries of the batch ── FLOWDECK_RECORDS
//! ```
//!
//! Nothing of a queue, a lease or a transport is written here: JetStream has them. Whose run it is, its record alone decides:
//! every entry names the one before it (`expected-last-subject-sequence`), so of two workers at one run the entry of one is
//! refused, and that worker drops the run before it makes another effect.

mod attach;
mod connection;
mod layout;
mod message;
mod object;
mod rate;
mod record;
mod roster;
mod submit;
mod worker;

pub(crate) use connection::{Connect, FleetError, Link, connect};
pub(crate) use message::{WhenInDoubt, WorkerCard};
pub(crate) use submit::Submitter;
pub(crate) use worker::{WorkerSettings, work};
