//! Commands of a screen or a script to the runs. A command answers nothing: its effect is seen as
//! events.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::{BatchPlan, SharedRate};
use crate::runtime::Past;
use crate::trace::{ClientMessage, ForkPoint, Reply, RunEvent};

/// The runs that a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Some runs.
    Runs(Vec<RunId>),
    /// All runs of a batch.
    Batch(BatchId),
    /// All runs.
    All,
}

/// A batch that another process began and did not end, or some of its runs.
#[derive(Debug)]
pub struct CarriedOn {
    /// The batch.
    pub batch: BatchId,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// The plan of the batch; its runs are those below, in their order.
    pub plan: Box<BatchPlan>,
    /// The past of the batch's runs.
    pub runs: Vec<PastRun>,
    /// One more than the highest index of a run in the batch, so that no index is given twice.
    pub n_runs: usize,
    /// Rates of model requests that it keeps together with other processes.
    pub rates: Vec<Arc<dyn SharedRate>>,
}

/// A run that another process began.
#[derive(Debug)]
pub struct PastRun {
    /// The run.
    pub run: RunId,
    /// The events of the run, from its first one on.
    pub events: Vec<Arc<RunEvent>>,
    /// The past with which it continues; none if it has ended.
    pub past: Option<Past>,
    /// Whether it was under way when it was left, which is reported.
    pub was_interrupted: bool,
}

/// A run that branches off at a place in the record of another one.
#[derive(Debug)]
pub struct Fork {
    /// The id of its batch.
    pub batch: BatchId,
    /// The plan of the fork, with one run.
    pub plan: Box<BatchPlan>,
    /// The place in the other run.
    pub from: ForkPoint,
    /// The past that the fork shares with the other run.
    pub past: Past,
}

/// A command to the runs.
#[derive(Debug)]
pub enum RunsCommand {
    /// Launch a batch; the caller chooses its id, so that it is known at once.
    Launch {
        /// The batch's id.
        batch: BatchId,
        /// The plan of the batch.
        plan: Box<BatchPlan>,
    },
    /// Go on with a batch that another process began, under its id, or with further runs of it.
    CarryOn(Box<CarriedOn>),
    /// Launch a batch of runs that have a past.
    Fork(Box<Fork>),
    /// Stop runs. Those already over are left alone.
    Cancel(Target),
    /// Stop runs that another process carries on. Nothing further is written of them.
    GiveUp(Target),
    /// Answer a request. An answer to a request that is no longer open is dropped.
    Answer {
        /// The run.
        run: RunId,
        /// The request.
        request: RequestId,
        /// The answer.
        reply: Reply,
        /// The message that brings it, where a client of a served spec sent one with a name.
        client_message: Option<Box<ClientMessage>>,
    },
    /// Answer several requests alike. Those that are no longer open are left out.
    AnswerAlike {
        /// The runs, each with its request.
        requests: Vec<(RunId, RequestId)>,
        /// The answer.
        reply: Reply,
    },
    /// Run again, with the same inputs, as new runs of the same batch.
    Retry(Vec<RunId>),
    /// Drop all that is known of runs that are over. Those that are not are left alone.
    Forget(Target),
    /// Pause runs before their next step, or resume them. A batch that a spent budget paused may use as much again then.
    Pause {
        /// The runs.
        target: Target,
        /// Whether they are paused, or resumed.
        is_paused: bool,
    },
    /// Resume the runs that a canary or a spent budget of their batch holds. It may use as many tokens again as it might.
    Release(BatchId),
    /// Pause runs at once: calls of models, and of tools that may be repeated, are aborted and made again when the runs resume.
    /// Other calls may finish.
    PauseAtOnce(Target),
    /// Change how many runs of a batch may be in flight.
    SetAtOnce {
        /// The batch.
        batch: BatchId,
        /// The new bound, at least 1.
        at_once: usize,
    },
    /// Change how many requests a second the models of a batch may be sent; none sets no bound.
    SetRate {
        /// The batch.
        batch: BatchId,
        /// The new bound.
        per_second: Option<f64>,
    },
    /// Change how many tokens the model calls of a batch may use. A batch that a spent budget paused resumes if that is more.
    SetBudget {
        /// The batch.
        batch: BatchId,
        /// The new bound; none sets no bound.
        max_tokens: Option<u64>,
    },
    /// The program is about to be stopped (`ctrl-z`), or was continued: see [`crate::runs::RunsHandle::stand_still`].
    StandStill {
        /// Whether it is about to be stopped.
        is_stopped: bool,
        /// Notified once the records say so.
        done: oneshot::Sender<()>,
    },
}
