//! Queries of the screen to the history, and the news that it sends. The file is read off the screen's thread; other
//! programs write to it, too.

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

/// The least time that a comparison is shown before it is made again while its runs go on.
const COMPARED_AFTER: Duration = Duration::from_millis(250);

/// The history that a workbench is started with.
#[derive(Clone, Debug)]
pub struct PastRuns {
    /// The file, which need not be there.
    pub file: HistoryFile,
    /// Why nothing is added to it, in words; none where runs are kept.
    pub off: Option<String>,
    /// The queue by which runs are handed out to workers; none where they are carried out here.
    pub queue: Option<QueueName>,
}

/// The history as every screen may read it.
#[derive(Debug)]
pub(crate) struct HistoryView {
    /// Why nothing is added to it; none where runs are kept.
    pub off: Option<String>,
    /// The batches of this folder in which runs were interrupted, or go on at workers and are not followed here, the newest first.
    pub interrupted: Vec<InterruptedBatch>,
    /// The queue by which runs are handed out to workers; none where they are carried out here.
    pub queue: Option<QueueName>,
    /// Whether batches that are at the workers are followed without being asked for.
    pub follows: Follows,
}

/// How far batches that are at the workers of this workbench's queue are followed again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Batches are followed as soon as they are found.
    #[default]
    Ahead,
    /// The history was asked to follow batches, and has not answered yet.
    Asked,
    /// Following is done: later batches were left by another workbench, and a person decides on them.
    Done,
}

impl HistoryView {
    /// How many runs of this folder were interrupted, and how many go on at workers, with nobody here to follow them.
    pub(crate) fn n_left(&self) -> (usize, usize) {
        let count = |is_elsewhere: bool| {
            let batches = self.interrupted.iter();
            let batches = batches.filter(|batch| batch.queue.is_some() == is_elsewhere);
            batches.map(|batch| batch.n_runs).sum()
        };
        (count(false), count(true))
    }

    /// Whether runs of a batch can go on from here: they were interrupted, or are at workers of a queue.
    pub(crate) fn can_resume(&self, batch: &InterruptedBatch) -> bool {
        let Some(queue) = &batch.queue else {
            return true;
        };
        self.queue.as_ref().is_some_and(|ours| ours.is_same(queue))
    }

    /// Takes the batches out that are at the workers of this workbench's queue.
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
    /// Go on with batches that were interrupted.
    CarryOn {
        /// The batches.
        batches: Vec<BatchId>,
        /// The one run of them that goes on; none lets all go on.
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

/// A query that reads the history.
#[derive(Debug)]
pub(crate) enum HistoryQuery {
    /// List runs; an earlier listing that has not begun is dropped.
    List {
        /// Number of the question; comes back with the answer.
        question: u64,
        /// Which runs.
        filter: Box<HistoryFilter>,
        /// How long to wait for another question first.
        delay: Duration,
    },
    /// Find the batches of a folder in which runs were interrupted.
    FindInterrupted {
        /// The folder, as batches name it.
        workspace: String,
    },
    /// Read what happened in a run.
    Open {
        /// The run.
        run: RunId,
        /// The purpose that it is read for.
        goal: OpenGoal,
    },
    /// Read the spec that a run ran.
    Spec {
        /// The run.
        run: RunId,
    },
    /// Read what happened in a run or in the runs of a batch, to be played again.
    Replay {
        /// The run or the batch.
        named: Named,
        /// The run as it is here, with its batch: played where it is not kept.
        known: Option<(Arc<BatchRecord>, Arc<RunRecord>)>,
    },
    /// Lay a fork beside the run that it comes from.
    SideBySide {
        /// The run that it comes from, the fork.
        sides: Box<[Side; 2]>,
    },
    /// Lay runs beside each other, turn by turn.
    CompareRuns {
        /// The runs.
        sides: Vec<Side>,
        /// How long it waits first: live runs are compared again and again.
        delay: Duration,
    },
    /// Put the command line that does a run again into the clipboard.
    CommandLine {
        /// The run.
        run: RunId,
    },
    /// Read the runs of a batch that varied its spec, to be compared.
    Variants {
        /// The batch.
        batch: BatchId,
    },
    /// Write runs as one text; comes back to be put where it is wanted.
    ExportBatch(Box<BatchExport>),
    /// Compare the spec that a run ran with what is at its place now.
    Compare {
        /// The run.
        run: RunId,
    },
}

impl HistoryQuery {
    /// How long it waits for a newer one of its kind; none where each of them counts.
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

/// Runs that are to be written as one text.
#[derive(Clone, Debug)]
pub(crate) struct BatchExport {
    /// The runs.
    pub runs: ExportedRuns,
    /// The format.
    pub format: BatchFormat,
    /// Where the text goes.
    pub to: ExportTarget,
}

/// Which runs are exported.
#[derive(Clone, Debug)]
pub(crate) enum ExportedRuns {
    /// Runs as they are here; what was let go is read.
    Known(Arc<[KeptRun]>),
    /// All runs of a batch of the past.
    Past(BatchId),
}

/// A run that is laid beside others.
#[derive(Debug)]
pub(crate) struct Side {
    /// The run.
    pub run: RunId,
    /// The record of the run, where that is here; else it is read.
    pub known: Option<Arc<RunRecord>>,
    /// The name for people, where it is here.
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
    /// Lays a fork beside the run that it comes from.
    pub(crate) fn side_by_side(fork: &RunId, from: &RunId, runs: &RunsModel) -> Self {
        let sides = Box::new([Side::of(from, runs), Side::of(fork, runs)]);
        Self::Read(HistoryQuery::SideBySide { sides })
    }

    /// Lays runs beside each other, at once for the first time.
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

/// Runs beside each other.
#[derive(Debug)]
pub(crate) struct ComparedRuns {
    /// The numbers of each run.
    pub runs: Vec<RunSummary>,
    /// Their words and actions.
    pub comparison: Comparison,
}

/// Two runs side by side.
#[derive(Debug)]
pub(crate) struct Compared {
    /// The names for people.
    pub names: [String; 2],
    /// Their steps.
    pub pairs: Vec<StepPair>,
}

/// The purpose for which a run of the history is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenGoal {
    /// To be shown on Inspect.
    Inspect,
    /// To be exported.
    Export,
    /// To be forked.
    Fork,
}

/// News of the history.
#[derive(Debug)]
pub(crate) enum HistoryNews {
    /// Runs were listed.
    Listed {
        /// Which question it answers.
        question: u64,
        /// The runs; none where there is no history yet; or why it can't be read.
        result: Result<Option<Vec<ListedRun>>, String>,
    },
    /// Batches of this folder with interrupted runs were looked for.
    Interrupted(Vec<InterruptedBatch>),
    /// A run was read.
    Opened {
        /// The purpose that it was read for.
        goal: OpenGoal,
        /// The run, or why it can't be read.
        result: Result<Box<OpenedRun>, String>,
    },
    /// A recording was read, to be played again, or why it can't be.
    Replay(Result<Box<Recording>, String>),
    /// A fork was laid beside the run that it comes from, or why it can't be.
    SideBySide(Result<Compared, String>),
    /// Runs were laid beside each other, or why they can't be.
    RunsCompared {
        /// The runs.
        runs: Vec<RunId>,
        /// The runs side by side, or why they can't be compared.
        result: Result<Box<ComparedRuns>, String>,
    },
    /// The runs of a batch that varied its spec were read.
    Variants {
        /// The batch.
        batch: BatchId,
        /// The runs, or why they can't be compared.
        result: Result<Box<RunsModel>, String>,
    },
    /// The spec that a run ran was read.
    Spec {
        /// The name for a file of it.
        name: String,
        /// Its text.
        text: Arc<str>,
    },
    /// Batches go on.
    CarriedOn {
        /// How many runs of them do.
        n_runs: usize,
        /// How many of those are at workers, and are followed.
        n_followed: usize,
        /// Remarks on them for the person.
        remarks: Vec<String>,
        /// Why others don't.
        problems: Vec<String>,
    },
    /// Runs were deleted: how many, or why not.
    Deleted(Result<usize, String>),
}

/// A run of the history, to be shown like any other.
#[derive(Debug)]
pub(crate) struct OpenedRun {
    /// The record of the run.
    pub record: Arc<RunRecord>,
    /// The component that it ran, for its graph; none where that can't be loaded.
    pub component: Option<Arc<Component>>,
}
