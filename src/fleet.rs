//! Runs on other machines: workers take them from a queue of NATS JetStream, and each run's record is a subject there.
//!
//! ```text
//! flowdeck run ── first entry ──────────► FLOWDECK_RECORDS ◄── every further entry ── worker
//!              ── "carry this run out" ─► FLOWDECK_RUNS ─────────────────────────────► worker
//!              ◄─ entries of the batch ── FLOWDECK_RECORDS
//! ```
//!
//! JetStream provides the queue, the leases and the transport. Only the record decides which worker has a run: every event names
//! the previous one (`expected-last-subject-sequence`). If two workers have the same run, the event of one is refused, and that
//! worker drops the run before it makes another effect.

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
pub(crate) use submit::{LiveText, Submitter};
pub(crate) use worker::{WorkerSettings, work};
