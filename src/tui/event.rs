//! Everything that can happen to the workbench, as one closed enum.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::files::ReadError;
use crate::base::ids::RequestId;
use crate::conversation::Image;
use crate::runs::{BytesRead, OpenedTrace, PlanError, Update};
use crate::settings::PersonFiles;
use crate::spec::Exported;
use crate::spec::diff::DiffLine;
pub(crate) use crate::tui::check::Checked;
use crate::tui::check::Verdict;
use crate::tui::effect::{DrawSubject, ExportTarget, ExportedRun, PathsOf};
use crate::tui::fork::{CallReady, ForkReady};
use crate::tui::history::HistoryNews;
use crate::tui::launch_plan::{LaunchPlan, Ticket};
use crate::tui::widgets::editor::Editor;
use crate::tui::widgets::graph::Drawings;
use crate::workspace::{Changes, Discovered, SaveError, Trashed};

/// An event that the program takes in.
#[derive(Debug)]
pub(crate) enum AppEvent {
    /// A key, the mouse, a paste, a resize, the focus.
    Terminal(crossterm::event::Event),
    /// Runs did something.
    Runs(Update),
    /// Files changed on disk.
    Workspace(Changes),
    /// A person's settings or themes changed on disk.
    Settings,
    /// A problem of the place where traces of runs are sent, in words for people.
    TraceTrouble(String),
    /// A job of [`perform`](super::perform) is done.
    Job(JobResult),
    /// The program was told to end (SIGTERM, SIGHUP, SIGINT).
    Terminate,
}

/// A trace that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceProgress {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its number among the traces that were opened.
    pub(crate) number: usize,
    /// How much of it has been read.
    pub(crate) bytes: BytesRead,
}

/// The result of a job. Each says what it was about, so that a late one can be dropped.
#[derive(Debug)]
pub(crate) enum JobResult {
    /// The folder was looked through.
    Scanned(Discovered),
    /// More of large traces has been read; these are all that are being read.
    TracesRead(Vec<TraceProgress>),
    /// A trace was read, or why it can't be.
    TraceOpened {
        /// The file.
        path: PathBuf,
        /// Whether it was opened alone.
        is_alone: bool,
        /// Its runs.
        result: Result<Box<OpenedTrace>, String>,
    },
    /// A file was read.
    Read {
        /// The file.
        path: PathBuf,
        /// Its text, ready to be edited.
        result: Result<Box<Editor>, ReadError>,
    },
    /// A text was checked.
    Checked {
        /// The file that it belongs to.
        path: PathBuf,
        /// The version of the text that was checked.
        version: u64,
        /// The findings.
        checked: Arc<Checked>,
    },
    /// A question about a place in a text was answered.
    Assisted {
        /// The file that the text belongs to.
        path: PathBuf,
        /// The version of the text that was asked about.
        version: u64,
        /// The byte that was asked about.
        at: usize,
        /// The answer.
        answer: crate::tui::assist::Answer,
    },
    /// Files that are not open were checked.
    Judged(Vec<(PathBuf, Verdict)>),
    /// A text was written, or not.
    Saved {
        /// The file.
        path: PathBuf,
        /// The text that was to be written.
        text: Arc<str>,
        /// How it went.
        result: Result<(), SaveError>,
    },
    /// A file was copied or renamed, or not.
    Moved {
        /// The file.
        from: PathBuf,
        /// Its new or its copy's name.
        to: PathBuf,
        /// Whether `from` is gone.
        is_rename: bool,
        /// How it went.
        result: Result<(), SaveError>,
    },
    /// A file was moved to the trash, or not.
    Trashed {
        /// Where it was.
        path: PathBuf,
        /// Where it is.
        result: Result<Trashed, SaveError>,
    },
    /// A deleted file was brought back, or not.
    Restored {
        /// The file.
        trashed: Trashed,
        /// How it went.
        result: Result<(), SaveError>,
    },
    /// A new file was written, or not.
    Created {
        /// The file.
        path: PathBuf,
        /// How it went.
        result: Result<(), SaveError>,
    },
    /// A spec was written as text, in each of the formats that were wanted.
    Exported {
        /// The file that it was read from.
        path: PathBuf,
        /// The texts, or why there are none.
        result: Result<Vec<Exported>, String>,
    },
    /// A text for the clipboard is there.
    ToCopy {
        /// The text.
        text: String,
        /// The copied thing, in words: `the run`.
        what: String,
    },
    /// Two specs were compared.
    Compared {
        /// The name of the comparison for people.
        title: String,
        /// The differences as lines, or why there are none to be told.
        result: Result<Vec<DiffLine>, String>,
    },
    /// A graph was drawn.
    Drawn {
        /// The subject of the drawings.
        subject: DrawSubject,
        /// The drawings; none if it has no graph.
        drawings: Option<Arc<Drawings>>,
    },
    /// The pictures of a message were read.
    Pictures {
        /// The request that the message answers.
        request: RequestId,
        /// The text of the message.
        text: String,
        /// The pictures, or why one can't be shown.
        result: Result<Vec<Image>, String>,
    },
    /// A file with a row of inputs for each run was read.
    Rows {
        /// The file.
        path: PathBuf,
        /// The rows, or what is wrong.
        result: Result<Arc<crate::runs::InputRows>, String>,
    },
    /// A launch was planned.
    Planned {
        /// Which wish it was.
        ticket: Ticket,
        /// The plan, or what is wrong.
        result: Result<LaunchPlan, PlanError>,
    },
    /// A fork was made.
    Forked {
        /// Which wish it was.
        ticket: Ticket,
        /// The fork, or why it can't be made.
        result: Result<Box<ForkReady>, String>,
    },
    /// A tool call was planned once more.
    CallPlanned {
        /// Which wish it was.
        ticket: Ticket,
        /// The plan, with what a person should know of it; or why there is none.
        result: Result<Box<CallReady>, String>,
    },
    /// A file was written by an export.
    ExportWritten {
        /// The file.
        path: PathBuf,
        /// The runs that it is of; none for a spec.
        runs: Vec<ExportedRun>,
    },
    /// Runs were written as one text.
    BatchExported {
        /// The text.
        text: String,
        /// Where it goes.
        to: ExportTarget,
        /// The runs.
        runs: Vec<ExportedRun>,
    },
    /// Nothing was exported, because the file is there already.
    ExportExists {
        /// The file.
        path: PathBuf,
        /// A name beside it that is free.
        free: PathBuf,
        /// The text that was to be written.
        text: Arc<str>,
        /// The runs that it is of; none for a spec.
        runs: Vec<ExportedRun>,
    },
    /// Files were looked for while a path is typed.
    Paths {
        /// Which files.
        of: PathsOf,
        /// The typed text that their paths go on from.
        typed: String,
        /// The paths, as they would be typed.
        found: Vec<String>,
    },
    /// The history sent news.
    History(HistoryNews),
    /// A person's settings and themes were read.
    Settings(Box<PersonFiles>),
    /// A file was written that nobody waits for.
    Kept,
    /// A job went well that a person waits for: what was done, in words.
    Done(String),
    /// A job went wrong in a way that a person should know, in words.
    Failed(String),
    /// The person's editor has ended.
    EditorClosed {
        /// The file that was open in it.
        path: PathBuf,
        /// Why it did not go well.
        problem: Option<String>,
    },
}
