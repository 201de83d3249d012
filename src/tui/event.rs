//! All events of the workbench, as one closed enum.

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

/// An event that the program handles.
#[derive(Debug)]
pub(crate) enum AppEvent {
    /// A key, the mouse, a paste, a resize, the focus.
    Terminal(crossterm::event::Event),
    /// An update of runs.
    Runs(Update),
    /// Files changed on disk.
    Workspace(Changes),
    /// The user's settings or themes changed on disk.
    Settings,
    /// A problem with the destination to which traces of runs are sent, as text.
    TraceTrouble(String),
    /// A job of [`perform`](super::perform) has ended.
    Job(JobResult),
    /// The program received a signal to end (SIGTERM, SIGHUP, SIGINT).
    Terminate,
}

/// A trace that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceProgress {
    /// The file.
    pub(crate) path: PathBuf,
    /// The number of the trace among the opened ones.
    pub(crate) number: usize,
    /// The amount that has been read.
    pub(crate) bytes: BytesRead,
}

/// The result of a job. Each result names its subject, so that an outdated one can be dropped.
#[derive(Debug)]
pub(crate) enum JobResult {
    /// The folder was searched for specs.
    Scanned(Discovered),
    /// The progress of all large traces that are being read.
    TracesRead(Vec<TraceProgress>),
    /// A trace was read, or could not be.
    TraceOpened {
        /// The file.
        path: PathBuf,
        /// Whether no other trace was opened with it.
        is_alone: bool,
        /// The runs of the trace, or the error.
        result: Result<Box<OpenedTrace>, String>,
    },
    /// A file was read.
    Read {
        /// The file.
        path: PathBuf,
        /// The editor for its text, or the error.
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
        /// The byte position that the question was about.
        at: usize,
        /// The answer.
        answer: crate::tui::assist::Answer,
    },
    /// Files that are not open were checked and their problems counted.
    Judged(Vec<(PathBuf, Verdict)>),
    /// A text was saved, or could not be.
    Saved {
        /// The file.
        path: PathBuf,
        /// The text that was to be written.
        text: Arc<str>,
        /// The outcome.
        result: Result<(), SaveError>,
    },
    /// A file was copied or renamed, or could not be.
    Moved {
        /// The file.
        from: PathBuf,
        /// The new name, or the name of the copy.
        to: PathBuf,
        /// Whether the file was renamed, so that `from` no longer exists.
        is_rename: bool,
        /// The outcome.
        result: Result<(), SaveError>,
    },
    /// A file was moved to the trash, or could not be.
    Trashed {
        /// The former path.
        path: PathBuf,
        /// The file in the trash, or the error.
        result: Result<Trashed, SaveError>,
    },
    /// A deleted file was restored, or could not be.
    Restored {
        /// The file.
        trashed: Trashed,
        /// The outcome.
        result: Result<(), SaveError>,
    },
    /// A new file was written, or could not be.
    Created {
        /// The file.
        path: PathBuf,
        /// The outcome.
        result: Result<(), SaveError>,
    },
    /// A spec was exported as text, in each of the requested formats.
    Exported {
        /// The file of the spec.
        path: PathBuf,
        /// The texts, or the error.
        result: Result<Vec<Exported>, String>,
    },
    /// A text for the clipboard is ready.
    ToCopy {
        /// The text.
        text: String,
        /// The description of the text: `the run`.
        what: String,
    },
    /// Two specs were compared.
    Compared {
        /// The title of the comparison.
        title: String,
        /// The differences as lines, or the error.
        result: Result<Vec<DiffLine>, String>,
    },
    /// A graph was drawn.
    Drawn {
        /// The subject of the drawings.
        subject: DrawSubject,
        /// The drawings; `None` if the subject has no graph.
        drawings: Option<Arc<Drawings>>,
    },
    /// The pictures of a message were read.
    Pictures {
        /// The request that the message answers.
        request: RequestId,
        /// The text of the message.
        text: String,
        /// The pictures, or the reason why one could not be read.
        result: Result<Vec<Image>, String>,
    },
    /// A file with a row of inputs for each run was read.
    Rows {
        /// The file.
        path: PathBuf,
        /// The rows, or the error.
        result: Result<Arc<crate::runs::InputRows>, String>,
    },
    /// A launch was planned.
    Planned {
        /// The ticket of the request.
        ticket: Ticket,
        /// The plan, or the error.
        result: Result<LaunchPlan, PlanError>,
    },
    /// A fork was made.
    Forked {
        /// The ticket of the request.
        ticket: Ticket,
        /// The fork, or the reason why it can't be made.
        result: Result<Box<ForkReady>, String>,
    },
    /// The repetition of a tool call was planned.
    CallPlanned {
        /// The ticket of the request.
        ticket: Ticket,
        /// The plan and a remark for the person, or the error.
        result: Result<Box<CallReady>, String>,
    },
    /// A file was written by an export.
    ExportWritten {
        /// The file.
        path: PathBuf,
        /// The exported runs; empty for a spec.
        runs: Vec<ExportedRun>,
    },
    /// Runs were exported as one text.
    BatchExported {
        /// The text.
        text: String,
        /// The destination of the text.
        to: ExportTarget,
        /// The runs.
        runs: Vec<ExportedRun>,
    },
    /// Nothing was exported, because the file already exists.
    ExportExists {
        /// The file.
        path: PathBuf,
        /// A free file name beside it.
        free: PathBuf,
        /// The text that was to be written.
        text: Arc<str>,
        /// The exported runs; empty for a spec.
        runs: Vec<ExportedRun>,
    },
    /// Files were searched for while a path is typed.
    Paths {
        /// The kind of files.
        of: PathsOf,
        /// The typed text with which their paths begin.
        typed: String,
        /// The paths, in the form in which they are typed.
        found: Vec<String>,
    },
    /// The history sent news.
    History(HistoryNews),
    /// The user's settings and themes were read.
    Settings(Box<PersonFiles>),
    /// A file was saved, and no notice is needed.
    Kept,
    /// A job has succeeded; the text for the notice.
    Done(String),
    /// A job has failed; the text for the notice.
    Failed(String),
    /// The user's editor was closed.
    EditorClosed {
        /// The file that was open in it.
        path: PathBuf,
        /// The problem, if the editor failed.
        problem: Option<String>,
    },
}
