//! Commands of a screen or a script to the runs. A command returns nothing: its effects are visible
//! as events.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::{BatchPlan, SharedRate};
use crate::runtime::Past;
use crate::trace::{ClientMessage, ForkPoint, Reply, RunEvent};

/// The runs to which a command applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// These runs.
    Runs(Vec<RunId>),
    /// All runs of a batch.
    Batch(BatchId),
    /// All runs.
    All,
}

/// A batch that another process began and did not finish, or some of its runs.
#[derive(Debug)]
pub struct CarriedOn {
    /// The id of the batch.
    pub batch: BatchId,
    /// The launch time.
    pub launched_at: Timestamp,
    /// The plan of the batch; its runs correspond to those below, in order.
    pub plan: Box<BatchPlan>,
    /// The runs with their past.
    pub runs: Vec<PastRun>,
    /// One more than the highest index of a run in the batch, so that no index is used twice.
    pub n_runs: usize,
    /// The tokens that its runs used before, which count towards its budget.
    pub used_tokens: u64,
    /// Rates of model requests that several processes share.
    pub rates: Vec<Arc<dyn SharedRate>>,
}

/// A run that another process began.
#[derive(Debug)]
pub struct PastRun {
    /// The id of the run.
    pub run: RunId,
    /// All events of the run.
    pub events: Vec<Arc<RunEvent>>,
    /// The past with which the run continues; `None` if it has ended.
    pub past: Option<Past>,
    /// Whether the run was active when its process ended, which is reported.
    pub was_interrupted: bool,
}

/// A run that branches off at a point in the record of another one.
#[derive(Debug)]
pub struct Fork {
    /// The id of the new batch.
    pub batch: BatchId,
    /// The plan of the fork, with one run.
    pub plan: Box<BatchPlan>,
    /// The point in the other run.
    pub from: ForkPoint,
    /// The past that the fork shares with the other run.
    pub past: Past,
}

/// A command to the runs.
#[derive(Debug)]
pub enum RunsCommand {
    /// Launch a batch. The caller chooses its id, so that the id is known at once.
    Launch {
        /// The id of the batch.
        batch: BatchId,
        /// The plan of the batch.
        plan: Box<BatchPlan>,
    },
    /// Continue a batch that another process began, under its id, or add further runs of it.
    CarryOn(Box<CarriedOn>),
    /// Launch a batch of runs with a past.
    Fork(Box<Fork>),
    /// Cancel runs. Ended runs are not affected.
    Cancel(Target),
    /// Stop runs that another process has taken over. Nothing more is written about them.
    GiveUp(Target),
    /// Answer a request. If the request is no longer open, the answer is ignored.
    Answer {
        /// The id of the run.
        run: RunId,
        /// The id of the request.
        request: RequestId,
        /// The answer.
        reply: Reply,
        /// The message that contains the answer, if it came with an id from a client of a served
        /// spec.
        client_message: Option<Box<ClientMessage>>,
    },
    /// Answer several requests in the same way. Those that are no longer open are skipped.
    AnswerAlike {
        /// The runs, each with its request.
        requests: Vec<(RunId, RequestId)>,
        /// The answer.
        reply: Reply,
    },
    /// Repeat runs with the same inputs, as new runs of the same batch.
    Retry(Vec<RunId>),
    /// Forget everything about ended runs. Active runs are not affected.
    Forget(Target),
    /// Pause runs before their next step, or resume them. Resuming a batch that was paused by its
    /// exhausted budget increases the budget by its original size.
    Pause {
        /// The runs.
        target: Target,
        /// Whether to pause; otherwise the runs are resumed.
        is_paused: bool,
    },
    /// Let runs continue that are held by the canary or the exhausted budget of their batch. The
    /// budget is increased by its original size.
    Release(BatchId),
    /// Pause runs immediately: model calls, and tool calls that may be repeated, are aborted and
    /// repeated on resume. Other calls may finish.
    PauseAtOnce(Target),
    /// Change the maximum number of runs at once in a batch.
    SetAtOnce {
        /// The id of the batch.
        batch: BatchId,
        /// The new limit, at least 1.
        at_once: usize,
    },
    /// Change the maximum number of model requests per second in a batch; `None` for no limit.
    SetRate {
        /// The id of the batch.
        batch: BatchId,
        /// The new limit.
        per_second: Option<f64>,
    },
    /// Change the token budget of a batch. A batch that was paused by its exhausted budget is
    /// resumed if the new one is larger.
    SetBudget {
        /// The id of the batch.
        batch: BatchId,
        /// The new limit; `None` for no limit.
        max_tokens: Option<u64>,
    },
    /// The program is about to be stopped (`ctrl-z`), or was continued; see
    /// [`crate::runs::RunsHandle::stand_still`].
    StandStill {
        /// Whether the program is about to be stopped.
        is_stopped: bool,
        /// Notified when the records reflect the change.
        done: oneshot::Sender<()>,
    },
}
