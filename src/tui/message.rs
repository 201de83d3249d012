//! Messages between the parts of the screen, and the effects that they want outside.

use std::path::PathBuf;

use crate::base::ids::{BatchId, RunId};
use crate::runs::RunsCommand;
use crate::tui::action::Action;
use crate::tui::answer::Answer as RunAnswer;
use crate::tui::effect::{Effect, FileCommand, TerminalCommand};
use crate::tui::history::HistoryCommand;
use crate::tui::launches::LaunchDraft;
use crate::tui::notices::Notice;
use crate::tui::overlays::{CallOf, Overlay};
use crate::tui::screens::Screen;
use crate::tui::screens::specs::Answer;
use crate::workspace::SpecDigest;

/// A command that an update returns, to be done by the program or outside of it.
#[derive(Debug)]
pub(crate) enum Command {
    /// Done by [`app`](super::app) at once, within the same update.
    Tell(Message),
    /// Done outside.
    Outside(Effect),
}

/// A message of one part of the screen to another.
#[derive(Debug)]
pub(crate) enum Message {
    /// Show a screen.
    Show(Screen),
    /// Put an overlay on top.
    Open(Box<Overlay>),
    /// Close the topmost overlay.
    Close,
    /// Tell something.
    Notify(Notice),
    /// Keep answers that are written and not sent, to be gone on with on the Runs screen.
    KeepAnswers(Vec<RunAnswer>),
    /// Keep the arguments with which a tool call was about to be made once more; none keeps none any more.
    KeepCall(CallOf, Option<String>),
    /// Open files as traces.
    OpenTraces(Vec<PathBuf>),
    /// Show a run on the Inspect screen.
    Inspect(RunId),
    /// Show a run on the Runs screen.
    ShowRun(RunId),
    /// Show some runs on the Runs screen, marked and beside each other.
    ShowRuns(Vec<RunId>),
    /// Lay runs beside each other on the Compare screen.
    Compare(Vec<RunId>),
    /// Show the variants of a batch on the Compare screen.
    CompareVariants(BatchId),
    /// Show a spec in the editor.
    ShowSpec(PathBuf),
    /// Keep what was launched, to be filled in when the spec is launched again.
    RememberLaunch {
        /// The spec.
        path: PathBuf,
        /// The launch as filled in.
        draft: Box<LaunchDraft>,
        /// Whether it may be kept over restarts: runs of a profile that keeps no content leave none here, either.
        is_kept: bool,
    },
    /// Keep that the person has agreed to what a spec may do.
    Trust {
        /// The spec and what it may do.
        digest: SpecDigest,
        /// The spec.
        spec: PathBuf,
    },
    /// The answer to a question of the Specs screen.
    Specs(Answer),
    /// Do an action as if its key had been pressed, after the overlay is closed (the palette).
    Do(Action),
    /// Write all unsaved edits, and end the program once they are written.
    SaveAndQuit,
    /// End the program.
    Quit,
}

impl Command {
    /// Tells something.
    pub(crate) fn notify(notice: Notice) -> Self {
        Self::Tell(Message::Notify(notice))
    }

    /// Opens an overlay.
    pub(crate) fn open(overlay: Overlay) -> Self {
        Self::Tell(Message::Open(Box::new(overlay)))
    }

    /// Closes the topmost overlay.
    pub(crate) const fn close() -> Self {
        Self::Tell(Message::Close)
    }

    /// Works on files.
    pub(crate) const fn file(command: FileCommand) -> Self {
        Self::Outside(Effect::File(command))
    }

    /// Asks something of the history.
    pub(crate) const fn history(command: HistoryCommand) -> Self {
        Self::Outside(Effect::History(command))
    }

    /// Works with the terminal.
    pub(crate) const fn terminal(command: TerminalCommand) -> Self {
        Self::Outside(Effect::Terminal(command))
    }

    /// Tells the runs.
    pub(crate) const fn runs(command: RunsCommand) -> Self {
        Self::Outside(Effect::Runs(command))
    }
}
