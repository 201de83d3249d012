//! Messages between the parts of the screen, and the commands that updates return.

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

/// A command that an update returns, for the screen itself or for the outside.
#[derive(Debug)]
pub(crate) enum Command {
    /// Performed by [`app`](super::app) immediately, within the same update.
    Tell(Message),
    /// Performed outside of the screen's state.
    Outside(Effect),
}

/// A message from one part of the screen to another.
#[derive(Debug)]
pub(crate) enum Message {
    /// Show a screen.
    Show(Screen),
    /// Open an overlay on top.
    Open(Box<Overlay>),
    /// Close the topmost overlay.
    Close,
    /// Show a notice.
    Notify(Notice),
    /// Keep answers that were typed and not sent, so that they can be finished on the Runs screen.
    KeepAnswers(Vec<RunAnswer>),
    /// Keep the typed arguments for repeating a tool call; `None` removes them.
    KeepCall(CallOf, Option<String>),
    /// Open files as traces.
    OpenTraces(Vec<PathBuf>),
    /// Show a run on the Inspect screen.
    Inspect(RunId),
    /// Show a run on the Runs screen.
    ShowRun(RunId),
    /// Show runs on the Runs screen, marked and side by side.
    ShowRuns(Vec<RunId>),
    /// Compare runs on the Compare screen.
    Compare(Vec<RunId>),
    /// Show the variants of a batch on the Compare screen.
    CompareVariants(BatchId),
    /// Show a spec in the editor.
    ShowSpec(PathBuf),
    /// Save the inputs of a launch, to fill in the next launch of the same spec.
    RememberLaunch {
        /// The spec.
        path: PathBuf,
        /// The launch as filled in.
        draft: Box<LaunchDraft>,
        /// Whether the inputs may be saved for the next start. A profile that stores no content
        /// must not leave any here either.
        is_kept: bool,
    },
    /// Record that the person has accepted a spec's permissions.
    Trust {
        /// The digest of the spec and its permissions.
        digest: SpecDigest,
        /// The spec.
        spec: PathBuf,
    },
    /// The answer to a question of the Specs screen.
    Specs(Answer),
    /// Perform an action as if its key had been pressed, after the overlay is closed (used by the
    /// palette).
    Do(Action),
    /// Save all unsaved edits, and end the program when they are saved.
    SaveAndQuit,
    /// End the program.
    Quit,
}

impl Command {
    /// Returns a command that shows a notice.
    pub(crate) fn notify(notice: Notice) -> Self {
        Self::Tell(Message::Notify(notice))
    }

    /// Returns a command that opens an overlay.
    pub(crate) fn open(overlay: Overlay) -> Self {
        Self::Tell(Message::Open(Box::new(overlay)))
    }

    /// Returns a command that closes the topmost overlay.
    pub(crate) const fn close() -> Self {
        Self::Tell(Message::Close)
    }

    /// Returns a command that works on files.
    pub(crate) const fn file(command: FileCommand) -> Self {
        Self::Outside(Effect::File(command))
    }

    /// Returns a command for the history.
    pub(crate) const fn history(command: HistoryCommand) -> Self {
        Self::Outside(Effect::History(command))
    }

    /// Returns a command for the terminal.
    pub(crate) const fn terminal(command: TerminalCommand) -> Self {
        Self::Outside(Effect::Terminal(command))
    }

    /// Returns a command for the runs.
    pub(crate) const fn runs(command: RunsCommand) -> Self {
        Self::Outside(Effect::Runs(command))
    }
}
