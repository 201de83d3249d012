//! Effects outside of the screen: on the terminal, the runs and files. This module depends on no
//! screen and no dialog.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RequestId, RunId};
use crate::runs::{RunFormat, RunRecord, RunsCommand};
use crate::spec::{Component, Format};
use crate::trace::RunTerms;
use crate::tui::fork::{CallWish, ForkWish};
use crate::tui::history::HistoryCommand;
use crate::tui::launch_plan::PlanWish;
use crate::tui::launches::LaunchDraft;
use crate::tui::remembered::Remembered;
use crate::workspace::{SpecDigest, Trashed};

/// A command with an effect outside of the program's state.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Performed by [`perform`](super::perform) on a thread that may block; the result is a
    /// [`JobResult`](super::event::JobResult).
    File(FileCommand),
    /// Performed by the event loop with the terminal.
    Terminal(TerminalCommand),
    /// Sent to the history outside of the screen's thread; the result is a
    /// [`HistoryNews`](super::history::HistoryNews).
    History(HistoryCommand),
    /// Sent to the runs; the results arrive as events of the runs.
    Runs(RunsCommand),
    /// Makes a fork of a run on a thread that may block.
    Fork(Box<ForkWish>),
    /// Plans the repetition of a tool call of a run, on a thread that may block.
    CallAgain(Box<CallWish>),
    /// Plans a launch on a background thread; an earlier request whose planning has not begun is
    /// dropped.
    Plan(Box<PlanWish>),
    /// Draws a graph on a background thread.
    Draw {
        /// The subject of the drawing, returned with the result.
        subject: DrawSubject,
        /// The component.
        component: Arc<Component>,
        /// Whether the boxes have room for the state and the duration of a run.
        has_marks: bool,
    },
}

/// The kind of files that are searched for while a path is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathsOf {
    /// Files that hold rows of inputs, for the launch dialog.
    Rows,
    /// Files of answers, for the launch dialog.
    Answers,
    /// Pictures, for the answer box.
    Pictures,
}

/// The subject of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DrawSubject {
    /// A text of the Specs screen.
    Spec {
        /// The file that it belongs to.
        path: PathBuf,
        /// The version number of the text among the texts of this file.
        version: u64,
    },
    /// The component that a batch runs.
    Batch(BatchId),
}

/// One of two specs that are compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CompareSide {
    /// A file.
    File {
        /// The path of the file.
        path: PathBuf,
        /// The text; `None` reads the file.
        text: Option<Arc<str>>,
    },
    /// The component that runs hold.
    Ran(Arc<Component>),
    /// The component of a past run, by its stored text.
    Kept(Arc<RunTerms>),
}

/// Work on files.
#[derive(Debug)]
pub(crate) enum FileCommand {
    /// Search the workspace's folder for specs.
    Scan {
        /// The folder.
        root: PathBuf,
        /// The files that were specs at the last search.
        known: HashSet<PathBuf>,
        /// The files that are open or being opened.
        open: HashSet<PathBuf>,
    },
    /// Read a file.
    Read {
        /// The file.
        path: PathBuf,
    },
    /// Read a file with a row of inputs for each run. An earlier request that has not begun is
    /// dropped.
    ReadRows {
        /// The file.
        path: PathBuf,
        /// The time to wait for a newer request before reading.
        delay: Duration,
    },
    /// Open a trace that was recorded elsewhere.
    OpenTrace {
        /// The file.
        path: PathBuf,
        /// The number of this trace among the opened ones, from 1.
        number: usize,
        /// Whether no other trace is opened with it, so that a single run in it is shown
        /// immediately.
        is_alone: bool,
    },
    /// Find files whose paths begin with the typed text.
    ListPaths {
        /// The kind of files, returned with the paths.
        of: PathsOf,
        /// The folder that paths are relative to.
        root: PathBuf,
        /// The typed text, returned with the paths.
        typed: String,
    },
    /// Read the pictures of a message.
    ReadPictures {
        /// The request that the message answers.
        request: RequestId,
        /// The text of the message, returned with the pictures.
        text: String,
        /// The files, in order.
        paths: Vec<PathBuf>,
    },
    /// Check a text. An earlier check of the same file that has not begun is dropped.
    Check {
        /// The file that it belongs to.
        path: PathBuf,
        /// The version number of the text among the texts of this file, returned with the result.
        version: u64,
        /// The text.
        text: Arc<str>,
        /// The time to wait for a newer request before checking.
        delay: Duration,
    },
    /// Answer a question about a position in a text.
    Assist {
        /// The file that the text belongs to.
        path: PathBuf,
        /// The version number of the text among the texts of this file, returned with the answer.
        version: u64,
        /// The text.
        text: Arc<str>,
        /// The byte position that the question is about.
        at: usize,
        /// The question.
        question: crate::tui::assist::Question,
    },
    /// Check files that are not open and count their problems.
    Judge {
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// Write a text.
    Save {
        /// The file.
        path: PathBuf,
        /// The text.
        text: Arc<str>,
        /// The text that the file must still contain; `None` overwrites any contents.
        base: Option<Arc<str>>,
    },
    /// Write a text to a new file; an existing file is not overwritten.
    Create {
        /// The file.
        path: PathBuf,
        /// The text.
        text: Arc<str>,
    },
    /// Compare the meaning of two specs.
    Compare {
        /// The title of the comparison.
        title: String,
        /// The older spec and the newer one.
        sides: [CompareSide; 2],
    },
    /// Copy a file to a new file; an existing file is not overwritten.
    Duplicate {
        /// The file.
        from: PathBuf,
        /// The new file.
        to: PathBuf,
    },
    /// Move a file to the trash.
    Trash {
        /// The file.
        path: PathBuf,
        /// The folder of the trash.
        folder: PathBuf,
    },
    /// Restore a deleted file.
    Restore(Trashed),
    /// Rename a file; an existing file is not overwritten.
    Rename {
        /// The file.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
    },
    /// Record for later starts that the user has accepted a spec's permissions.
    RememberTrust {
        /// The file with all accepted specs.
        file: PathBuf,
        /// The digest of the spec and its permissions.
        digest: SpecDigest,
        /// The spec.
        spec: PathBuf,
    },
    /// Export a spec as canonical Agent Spec, in each of the formats.
    ExportSpec {
        /// The file of the spec, returned with the texts.
        path: PathBuf,
        /// The spec.
        component: Arc<Component>,
        /// The formats.
        formats: Vec<Format>,
    },
    /// Export a run. An existing file is not overwritten without a question.
    ExportRun {
        /// The record of the run at `now`.
        run: Arc<RunRecord>,
        /// The time of the record.
        now: Timestamp,
        /// The format.
        format: RunFormat,
        /// The destination of the text.
        to: ExportTarget,
    },
    /// Write an exported text to a file. An existing file is not overwritten without a question.
    Export {
        /// The file.
        path: PathBuf,
        /// The text of the file.
        text: Arc<str>,
        /// The exported runs; empty for a spec.
        runs: Vec<ExportedRun>,
        /// Whether the user has agreed to overwrite the file.
        overwrites: bool,
    },
    /// Read the user's settings and themes.
    ReadSettings {
        /// `config.toml`.
        file: PathBuf,
    },
    /// Save the layout for the next start.
    RememberScreen {
        /// The file of the layout.
        file: PathBuf,
        /// The layout.
        remembered: Remembered,
    },
    /// Save the inputs of a launch for later starts.
    RememberLaunch {
        /// The file with all saved launches.
        file: PathBuf,
        /// The spec.
        spec: PathBuf,
        /// The launch as filled in.
        draft: LaunchDraft,
    },
    /// Save the chosen theme for later starts.
    RememberTheme {
        /// The user's settings file, `config.toml`.
        file: PathBuf,
        /// The theme's name.
        name: String,
    },
}

/// A run in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportedRun {
    /// The run.
    pub run: RunId,
    /// The number of events that the run had.
    pub events: u64,
}

/// The destination of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExportTarget {
    /// A file.
    File(PathBuf),
    /// The clipboard.
    Clipboard,
}

/// Commands for the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TerminalCommand {
    /// Copy a text to the clipboard; `what` describes it in the notice.
    Copy {
        /// The text.
        text: String,
        /// The description of the copied text: `the selection`.
        what: String,
    },
    /// Open a file in the user's editor, which takes over the terminal.
    OpenEditor {
        /// The file.
        path: PathBuf,
        /// The line to open, from 1.
        line: usize,
    },
    /// Open a copy of a text in the user's editor, for reading.
    ShowInEditor {
        /// The text.
        text: String,
    },
    /// Signal the person while the terminal is not focused, with this text if the terminal can show
    /// it.
    Call(String),
    /// Suspend the program as a shell's job until `fg`.
    Suspend,
    /// Capture the mouse, or leave it to the terminal.
    SetMouse(bool),
}

impl FileCommand {
    /// Returns the effects that open files as traces; `n_opened` is the number of traces opened
    /// before.
    pub(super) fn open_traces(files: Vec<PathBuf>, n_opened: &mut usize) -> Vec<Self> {
        let is_alone = files.len() == 1;
        let mut opens = Vec::new();
        for path in files {
            *n_opened += 1;
            opens.push(Self::OpenTrace {
                path,
                number: *n_opened,
                is_alone,
            });
        }
        opens
    }

    /// Returns the file that the command reads in order to show it, whose later changes must be
    /// noticed; `None` if there is none.
    pub(super) fn shown_file(&self) -> Option<&Path> {
        match self {
            Self::Read { path } | Self::ReadRows { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Returns the file that the command writes; `None` if there is none.
    pub(super) fn written_file(&self) -> Option<&Path> {
        match self {
            Self::Save { path, .. }
            | Self::Create { path, .. }
            | Self::Trash { path, .. }
            | Self::Restore(Trashed { from: path, .. })
            | Self::Export { path, .. }
            | Self::Duplicate { to: path, .. }
            | Self::Rename { to: path, .. }
            | Self::RememberTrust { file: path, .. }
            | Self::RememberLaunch { file: path, .. }
            | Self::RememberTheme { file: path, .. }
            | Self::RememberScreen { file: path, .. }
            | Self::ExportRun {
                to: ExportTarget::File(path),
                ..
            } => Some(path),
            Self::Scan { .. }
            | Self::Read { .. }
            | Self::ReadSettings { .. }
            | Self::ReadRows { .. }
            | Self::OpenTrace { .. }
            | Self::ListPaths { .. }
            | Self::ReadPictures { .. }
            | Self::Check { .. }
            | Self::Assist { .. }
            | Self::Judge { .. }
            | Self::Compare { .. }
            | Self::ExportSpec { .. }
            | Self::ExportRun {
                to: ExportTarget::Clipboard,
                ..
            } => None,
        }
    }
}
