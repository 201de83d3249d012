//! A batch: what is known of runs that were launched together.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::Summary;
use crate::spec::Component;

/// What is known of a batch beside the records of its runs.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRecord {
    /// The batch.
    pub id: BatchId,
    /// As the how-manieth it was launched, from 0.
    pub number: usize,
    /// Name of the spec, for people.
    pub spec_name: String,
    /// What is run.
    pub component: Arc<Component>,
    /// Name of the profile.
    pub profile: String,
    /// What the profile binds it to, for people: `offline model · real tools`, `profile local`.
    pub bound_to: String,
    /// How many runs it has; retries add to it, and those that are forgotten are taken off.
    pub total: usize,
    /// How many may be in flight.
    pub at_once: usize,
    /// Whether a person holds it: none of its runs starts, and each that is in flight stops before its next step.
    pub is_paused: bool,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// When its last run ended or was answered; none while one goes on.
    pub ended_at: Option<Timestamp>,
    /// How many runs are in flight.
    pub in_flight: usize,
    /// Most runs that were in flight at the same moment.
    pub max_at_once: usize,
    /// What came of it, of runs that were forgotten since, too; there while `ended_at` is.
    pub summary: Option<Summary>,
}
