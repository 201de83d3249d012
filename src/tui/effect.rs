//! Effects outside of the screen: on the terminal, the runs, files. Knows no screen and no dialog.

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

/// A command whose effect is outside of the program's state.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Done by [`perform`](super::perform) on a thread that may block; a
    /// [`JobResult`](super::event::JobResult) comes back.
    File(FileCommand),
    /// Done by the event loop with the terminal.
    Terminal(TerminalCommand),
    /// Asked of the history off the screen's thread; a [`HistoryNews`](super::history::HistoryNews) comes back.
    History(HistoryCommand),
    /// Sent to the runs; what comes of it is seen as their events.
    Runs(RunsCommand),
    /// Makes a fork of a run on a thread that may block.
    Fork(Box<ForkWish>),
    /// Plans a tool call of a run once more, outside of it, on a thread that may block.
    CallAgain(Box<CallWish>),
    /// Plans a launch on a thread that may take its time; an earlier wish that is not planned yet is dropped.
    Plan(Box<PlanWish>),
    /// Draws a graph on a thread that may take its time.
    Draw {
        /// The subject of the drawing; comes back with it.
        subject: DrawSubject,
        /// The component.
        component: Arc<Component>,
        /// Whether its boxes have room for the state and the time of a run.
        has_marks: bool,
    },
}

/// Which files are looked for while a path is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathsOf {
    /// Files that hold rows of inputs, for the launch dialog.
    Rows,
    /// Files that hold answers, for the launch dialog.
    Answers,
    /// Pictures, for the box that answers a run.
    Pictures,
}

/// The subject of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DrawSubject {
    /// A text of the Specs screen.
    Spec {
        /// The file that it belongs to.
        path: PathBuf,
        /// Number of the text among those of this file.
        version: u64,
    },
    /// The component that a batch runs.
    Batch(BatchId),
}

/// A spec that is compared with another one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CompareSide {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its text; none takes what is on disk.
        text: Option<Arc<str>>,
    },
    /// The component that runs carry.
    Ran(Arc<Component>),
    /// The component of a run, by its text.
    Kept(Arc<RunTerms>),
}

/// Work on files.
#[derive(Debug)]
pub(crate) enum FileCommand {
    /// Look through the workspace's folder.
    Scan {
        /// The folder.
        root: PathBuf,
        /// The files that were specs when it was last looked through.
        known: HashSet<PathBuf>,
        /// The files that are open, or about to be.
        open: HashSet<PathBuf>,
    },
    /// Read a file.
    Read {
        /// The file.
        path: PathBuf,
    },
    /// Read a file that holds a row of inputs for each run; an earlier one that has not begun is dropped.
    ReadRows {
        /// The file.
        path: PathBuf,
        /// How long to wait for another one first.
        delay: Duration,
    },
    /// Open a trace that was written elsewhere.
    OpenTrace {
        /// The file.
        path: PathBuf,
        /// As the how-manieth it is opened, from 1.
        number: usize,
        /// Whether it is opened alone, so that the one run in it is shown at once.
        is_alone: bool,
    },
    /// Find files whose path goes on from what is typed.
    ListPaths {
        /// Which files; comes back with the paths.
        of: PathsOf,
        /// The folder that paths are relative to.
        root: PathBuf,
        /// The typed text; comes back with the paths.
        typed: String,
    },
    /// Read the pictures of a message.
    ReadPictures {
        /// The request that the message answers.
        request: RequestId,
        /// The text of the message; comes back with the pictures.
        text: String,
        /// The files, in their order.
        paths: Vec<PathBuf>,
    },
    /// Check a text; an earlier check of the same file that has not begun is dropped.
    Check {
        /// The file that it belongs to.
        path: PathBuf,
        /// Number of the text among those of this file; comes back with the result.
        version: u64,
        /// The text.
        text: Arc<str>,
        /// How long to wait for a newer one first.
        delay: Duration,
    },
    /// Answer a question about a place in a text.
    Assist {
        /// The file that the text belongs to.
        path: PathBuf,
        /// Number of the text among those of this file; comes back with the answer.
        version: u64,
        /// The text.
        text: Arc<str>,
        /// The byte that is asked about.
        at: usize,
        /// The question.
        question: crate::tui::assist::Question,
    },
    /// Check files that are not open.
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
        /// The text that the file must still hold; none overwrites whatever is there.
        base: Option<Arc<str>>,
    },
    /// Write a text to a free name.
    Create {
        /// The file.
        path: PathBuf,
        /// The text.
        text: Arc<str>,
    },
    /// Compare two specs in meaning.
    Compare {
        /// The name of the comparison for people.
        title: String,
        /// The older one and the newer one.
        sides: [CompareSide; 2],
    },
    /// Copy a file to a free name.
    Duplicate {
        /// The file.
        from: PathBuf,
        /// The name.
        to: PathBuf,
    },
    /// Move a file to the trash.
    Trash {
        /// The file.
        path: PathBuf,
        /// The folder of the trash.
        folder: PathBuf,
    },
    /// Bring a deleted file back.
    Restore(Trashed),
    /// Give a file a free name.
    Rename {
        /// The file.
        from: PathBuf,
        /// The name.
        to: PathBuf,
    },
    /// Keep over restarts that the person has agreed to what a spec may do.
    RememberTrust {
        /// The file of all that were agreed to.
        file: PathBuf,
        /// The spec and what it may do.
        digest: SpecDigest,
        /// The spec.
        spec: PathBuf,
    },
    /// Write a spec as canonical Agent Spec, in each of the formats.
    ExportSpec {
        /// The file that it was read from; comes back with the texts.
        path: PathBuf,
        /// The spec.
        component: Arc<Component>,
        /// The formats.
        formats: Vec<Format>,
    },
    /// Write a run as text. A file that is there is not overwritten without a question.
    ExportRun {
        /// The run as it was at `now`.
        run: Arc<RunRecord>,
        /// When that was.
        now: Timestamp,
        /// The format.
        format: RunFormat,
        /// Where the text goes.
        to: ExportTarget,
    },
    /// Write what was exported. A file that is there is not overwritten without a question.
    Export {
        /// The file.
        path: PathBuf,
        /// The text of the file.
        text: Arc<str>,
        /// The runs that it is of; none for a spec.
        runs: Vec<ExportedRun>,
        /// Whether the person has agreed to overwrite the file.
        overwrites: bool,
    },
    /// Read a person's settings and themes.
    ReadSettings {
        /// `config.toml`.
        file: PathBuf,
    },
    /// Keep the layout over restarts.
    RememberScreen {
        /// The file of the layout.
        file: PathBuf,
        /// The layout.
        remembered: Remembered,
    },
    /// Keep over restarts what was launched.
    RememberLaunch {
        /// The file of all launches that are kept.
        file: PathBuf,
        /// The spec.
        spec: PathBuf,
        /// The launch as filled in.
        draft: LaunchDraft,
    },
    /// Keep over restarts which theme is chosen.
    RememberTheme {
        /// The person's settings, `config.toml`.
        file: PathBuf,
        /// The theme's name.
        name: String,
    },
}

/// A run, as far as an export has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExportedRun {
    /// The run.
    pub run: RunId,
    /// How many events it had.
    pub events: u64,
}

/// Where an export goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExportTarget {
    /// Into a file.
    File(PathBuf),
    /// Into the clipboard.
    Clipboard,
}

/// Work with the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TerminalCommand {
    /// Put a text into the clipboard; `what` names it for the notice.
    Copy {
        /// The text.
        text: String,
        /// The copied thing, in words: `the selection`.
        what: String,
    },
    /// Give the terminal to the person's editor.
    OpenEditor {
        /// The file.
        path: PathBuf,
        /// The line to go to, from 1.
        line: usize,
    },
    /// Give the terminal to the person's editor with a copy of a text, to be read there.
    ShowInEditor {
        /// The text.
        text: String,
    },
    /// Call a person who looks elsewhere, in these words where the terminal can show them.
    Call(String),
    /// Stop as a shell's job until `fg`.
    Suspend,
    /// Take the mouse, or leave it to the terminal.
    SetMouse(bool),
}

impl FileCommand {
    /// Opens files as traces, where so many were opened before.
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

    /// The file that it reads to be shown, whose later changes are to be noticed; none if it shows none.
    pub(super) fn shown_file(&self) -> Option<&Path> {
        match self {
            Self::Read { path } | Self::ReadRows { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The file that it writes; none if it writes none.
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
