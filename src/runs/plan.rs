//! What a batch will run: one spec, one profile, and for each run its inputs, messages and seed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::base::written::Written;
use crate::conversation::{Image, Values};
use crate::profile::Profile;
use crate::spec::Component;

/// Runs that are launched together.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    /// Name of the spec, for people: its root component's.
    pub spec_name: String,
    /// The root component.
    pub component: Arc<Component>,
    /// What its models and tools are bound to.
    pub profile: Arc<Profile>,
    /// The runs, in the order of their inputs.
    pub runs: Vec<RunPlan>,
    /// How many may be in flight, at least 1.
    pub at_once: usize,
    /// Model requests a second over the whole batch; none is unbounded.
    pub requests_per_second: Option<f64>,
    /// How long one run may be active; time queued or waiting for a person does not count.
    pub timeout: Option<Duration>,
    /// Whether the first failure cancels what has not ended.
    pub is_fail_fast: bool,
    /// Whether a person watches: requests without an answer wait. Otherwise they end the run.
    pub is_attended: bool,
}

/// One run of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunPlan {
    /// The root component's inputs.
    pub inputs: Values,
    /// Seed of the offline model and of jitter.
    pub seed: Option<u64>,
    /// What is answered without asking a person.
    pub answers: Answers,
}

/// Answers that are known before a run starts (`--message`, `--answers`, `--confirm`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers {
    /// Messages of the user, first to last. For an agent the first one starts the conversation.
    pub messages: VecDeque<String>,
    /// Pictures that are shown with the message which starts the conversation.
    pub images: Vec<Image>,
    /// Results by tool name, first to last.
    pub tools: HashMap<String, VecDeque<Written>>,
    /// Yes or no by tool name.
    pub confirmations: HashMap<String, Confirmation>,
    /// Yes or no for every other tool; none asks.
    pub default_confirmation: Option<Confirmation>,
}

/// A yes or no that is known before the question.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmation {
    /// Yes, with these arguments in place of the model's where given.
    Confirm {
        /// All arguments; none keeps the model's.
        arguments: Option<Written>,
    },
    /// No.
    Reject {
        /// Why; the model is told.
        reason: Option<String>,
    },
}
