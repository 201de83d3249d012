//! Queries of the screen to the history, and the answers. The file is read outside of the screen's
//! thread; other programs may write to it too.

use std::sync::Arc;
use std::time::Duration;

use crate::base::ids::{BatchId, RunId};
use crate::runs::{
    BatchFormat, BatchRecord, Comparison, HistoryFile, HistoryFilter, InterruptedBatch, KeptRun,
    ListedRun, Named, QueueName, Recording, RunRecord, RunSummary, StepPair,
};
use crate::spec::Component;
use crate::tui::effect::ExportTarget;
use crate::tui::runs_model::RunsModel;

/// The minimum time before a comparison of active runs is computed again.
const COMPARED_AFTER: Duration = Duration::from_millis(250);

/// The history with which a workbench starts.
#[derive(Clone, Debug)]
pub struct PastRuns {
    /// The file, which need not exist.
    pub file: HistoryFile,
    /// The reason why nothing is stored in the history; `None` if runs are stored.
    pub off: Option<String>,
    /// The queue through which runs are sent to workers; `None` if runs execute in this process.
    pub queue: Option<QueueName>,
}

/// The history in the form that every screen may read.
#[derive(Debug)]
pub(crate) struct HistoryView {
    /// The reason why nothing is stored; `None` if runs are stored.
    pub off: Option<String>,
    /// The batches of this folder with interrupted runs, or with runs at workers that this
    /// workbench doesn't follow; the newest first.
    pub interrupted: Vec<InterruptedBatch>,
    /// The queue through which runs are sent to workers; `None` if runs execute in this process.
    pub queue: Option<QueueName>,
    /// The progress of following batches at the workers again.
    pub follows: Follows,
}

/// The progress of following the batches again that an earlier workbench left at the workers of
/// this queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Batches are followed as soon as they are found.
    #[default]
    Ahead,
    /// The history was asked to follow batches and has not answered yet.
    Asked,
    /// Batches found from now on belong to another workbench, and the person decides about them.
    Done,
}

impl HistoryView {
    /// Returns the number of interrupted runs of this folder, and the number of its runs at workers
    /// that nobody follows here.
    pub(crate) fn n_left(&self) -> (usize, usize) {
        let count = |is_elsewhere: bool| {
            let batches = self.interrupted.iter();
            let batches = batches.filter(|batch| batch.queue.is_some() == is_elsewhere);
            batches.map(|batch| batch.n_runs).sum()
        };
        (count(false), count(true))
    }

    /// Whether runs of a batch can be continued from here: they were interrupted, or are at workers
    /// of a queue.
    pub(crate) fn can_resume(&self, batch: &InterruptedBatch) -> bool {
        let Some(queue) = &batch.queue else {
            return true;
        };
        self.queue.as_ref().is_some_and(|ours| ours.is_same(queue))
    }

    /// Removes and returns the batches that are at the workers of this workbench's queue.
    pub(crate) fn take_followed(&mut self) -> Vec<BatchId> {
        let Some(queue) = &self.queue else {
            return Vec::new();
        };
        let is_ours = |batch: &InterruptedBatch| {
            let named = batch.queue.as_ref();
            named.is_some_and(|named| named.is_same(queue))
        };
        let (ours, others) = std::mem::take(&mut self.interrupted)
            .into_iter()
            .partition(is_ours);
        self.interrupted = others;
        let ours: Vec<InterruptedBatch> = ours;
        ours.into_iter().map(|batch| batch.batch).collect()
    }
}

/// A command to the history.
#[derive(Debug)]
pub(crate) enum HistoryCommand {
    /// Read something.
    Read(HistoryQuery),
    /// Continue interrupted batches.
    CarryOn {
        /// The batches.
        batches: Vec<BatchId>,
        /// The only run to continue; `None` continues all.
        only: Option<RunId>,
    },
    /// Delete runs, and batches with all their runs.
    Delete {
        /// The runs.
        runs: Vec<RunId>,
        /// The batches.
        batches: Vec<BatchId>,
    },
}

/// A query to the history.
#[derive(Debug)]
pub(crate) enum HistoryQuery {
    /// List runs. An earlier query that has not begun is dropped.
    List {
        /// The number of the query, returned with the answer.
        question: u64,
        /// The filter for the runs.
        filter: Box<HistoryFilter>,
        /// The time to wait for a newer query before reading.
        delay: Duration,
    },
    /// Find the batches of a folder that have interrupted runs.
    FindInterrupted {
        /// The folder, as it is named in batches.
        workspace: String,
    },
    /// Read the events of a run.
    Open {
        /// The run.
        run: RunId,
        /// The purpose of the query.
        goal: OpenGoal,
    },
    /// Read the spec that a run used.
    Spec {
        /// The run.
        run: RunId,
    },
    /// Read the events of a run or a batch for a replay.
    Replay {
        /// The run or the batch.
        named: Named,
        /// The run and its batch as known to this process, used if the history doesn't have the
        /// run.
        known: Option<(Arc<BatchRecord>, Arc<RunRecord>)>,
    },
    /// Compare a fork with the run that it was forked from.
    SideBySide {
        /// The original run and the fork.
        sides: Box<[Side; 2]>,
    },
    /// Compare runs turn by turn.
    CompareRuns {
        /// The runs.
        sides: Vec<Side>,
        /// The time to wait first, because active runs are compared repeatedly.
        delay: Duration,
    },
    /// Copy the command line that repeats a run to the clipboard.
    CommandLine {
        /// The run.
        run: RunId,
    },
    /// Read the runs of a batch with varied specs, for a comparison.
    Variants {
        /// The batch.
        batch: BatchId,
    },
    /// Export runs as one text, which is returned.
    ExportBatch(Box<BatchExport>),
    /// Compare the spec that a run used with the spec's present version.
    Compare {
        /// The run.
        run: RunId,
    },
}

impl HistoryQuery {
    /// Returns the time to wait for a newer query of the same kind; `None` if every query counts.
    pub(super) const fn delay(&self) -> Option<Duration> {
        match self {
            Self::List { delay, .. } | Self::CompareRuns { delay, .. } => Some(*delay),
            Self::FindInterrupted { .. }
            | Self::Open { .. }
            | Self::Spec { .. }
            | Self::SideBySide { .. }
            | Self::Replay { .. }
            | Self::Variants { .. }
            | Self::CommandLine { .. }
            | Self::ExportBatch(_)
            | Self::Compare { .. } => None,
        }
    }
}

/// Runs to be exported as one text.
#[derive(Clone, Debug)]
pub(crate) struct BatchExport {
    /// The runs.
    pub runs: ExportedRuns,
    /// The format.
    pub format: BatchFormat,
    /// The destination of the text.
    pub to: ExportTarget,
}

/// The runs of an export.
#[derive(Clone, Debug)]
pub(crate) enum ExportedRuns {
    /// Runs known to this process; dropped details are read from the history.
    Known(Arc<[KeptRun]>),
    /// All runs of a batch of the past.
    Past(BatchId),
}

/// A run in a comparison.
#[derive(Debug)]
pub(crate) struct Side {
    /// The run.
    pub run: RunId,
    /// The record of the run, if this process has it; otherwise it is read.
    pub known: Option<Arc<RunRecord>>,
    /// The display name, if this process has the run.
    pub name: Option<String>,
}

impl Side {
    fn of(run: &RunId, runs: &RunsModel) -> Self {
        let known = runs.get(run);
        Self {
            run: run.clone(),
            known: known.and_then(KeptRun::record).cloned(),
            name: known.map(|known| runs.name(known)),
        }
    }
}

impl HistoryCommand {
    /// Returns the query that compares a fork with its original run.
    pub(crate) fn side_by_side(fork: &RunId, from: &RunId, runs: &RunsModel) -> Self {
        let sides = Box::new([Side::of(from, runs), Side::of(fork, runs)]);
        Self::Read(HistoryQuery::SideBySide { sides })
    }

    /// Returns the query that compares runs; the first comparison doesn't wait.
    pub(crate) fn compare(sides: &[RunId], is_first: bool, runs: &RunsModel) -> Self {
        Self::Read(HistoryQuery::CompareRuns {
            sides: sides.iter().map(|run| Side::of(run, runs)).collect(),
            delay: if is_first {
                Duration::ZERO
            } else {
                COMPARED_AFTER
            },
        })
    }
}

/// Several runs compared.
#[derive(Debug)]
pub(crate) struct ComparedRuns {
    /// The summary of each run.
    pub runs: Vec<RunSummary>,
    /// Their messages and actions.
    pub comparison: Comparison,
}

/// Two runs compared step by step.
#[derive(Debug)]
pub(crate) struct Compared {
    /// The display names.
    pub names: [String; 2],
    /// Their steps.
    pub pairs: Vec<StepPair>,
}

/// The purpose for which a run of the history is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenGoal {
    /// The run is shown on the Inspect screen.
    Inspect,
    /// The run is exported.
    Export,
    /// The run is forked.
    Fork,
}

/// An answer of the history.
#[derive(Debug)]
pub(crate) enum HistoryNews {
    /// Runs were listed.
    Listed {
        /// The number of the query.
        question: u64,
        /// The runs, or the error; `None` if there is no history yet.
        result: Result<Option<Vec<ListedRun>>, String>,
    },
    /// Batches of this folder with interrupted runs were searched for.
    Interrupted(Vec<InterruptedBatch>),
    /// A run was read.
    Opened {
        /// The purpose of the query.
        goal: OpenGoal,
        /// The run, or why it can't be read.
        result: Result<Box<OpenedRun>, String>,
    },
    /// A recording was read for a replay, or could not be.
    Replay(Result<Box<Recording>, String>),
    /// A fork was compared with its original run, or could not be.
    SideBySide(Result<Compared, String>),
    /// Runs were compared, or could not be.
    RunsCompared {
        /// The runs.
        runs: Vec<RunId>,
        /// The comparison, or the error.
        result: Result<Box<ComparedRuns>, String>,
    },
    /// The runs of a batch with varied specs were read.
    Variants {
        /// The batch.
        batch: BatchId,
        /// The runs, or the error.
        result: Result<Box<RunsModel>, String>,
    },
    /// The spec that a run used was read.
    Spec {
        /// The name for its file.
        name: String,
        /// The text of the spec.
        text: Arc<str>,
    },
    /// Batches were continued.
    CarriedOn {
        /// The number of continued runs.
        n_runs: usize,
        /// The number of these runs that are at workers and are followed.
        n_followed: usize,
        /// Remarks for the person.
        remarks: Vec<String>,
        /// The reasons why other batches were not continued.
        problems: Vec<String>,
    },
    /// Runs were deleted: their number, or the error.
    Deleted(Result<usize, String>),
}

/// A run of the history, shown like any other.
#[derive(Debug)]
pub(crate) struct OpenedRun {
    /// The record of the run.
    pub record: Arc<RunRecord>,
    /// The component that the run used, for its graph; `None` if it can't be loaded.
    pub component: Option<Arc<Component>>,
}
