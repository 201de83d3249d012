//! The overlays of a screen: dialogs, the palette and help. The topmost overlay receives all keys.

mod call_again;
mod comparison;
mod confirm;
mod export;
mod export_batch;
mod export_form;
mod export_run;
mod fork;
mod form;
mod help;
mod inbox;
mod launch;
mod list_over_text;
mod new_spec;
mod notices;
mod palette;
mod prompt;
mod replay;
mod side_by_side;
mod trust;

use crate::base::clock::Timestamp;
use crate::runs::{Recording, RunSummary, RunsCommand};
use crate::tui::action::{ActionInfo, KeyContext};
use crate::tui::app::{Context, Offer};
use crate::tui::fork::{ForkSource, Place};
use crate::tui::history::Compared;
use crate::tui::layer::Layer;
use crate::tui::message::{Command, Message};
use crate::tui::notices::Notice;
use crate::tui::screens::Screen;

pub(crate) use call_again::CallOf;
pub(crate) use confirm::Choice;
pub(crate) use export_batch::batch_stem;
pub(crate) use launch::State as LaunchState;
pub(crate) use prompt::{Bound, PromptPurpose};

/// An open overlay with its state.
#[derive(Debug)]
pub(crate) enum Overlay {
    /// The launch dialog.
    Launch(Box<launch::State>),
    /// The palette.
    Palette(palette::State),
    /// The keys of the layer below.
    Help(help::State),
    /// A question with a few answers.
    Confirm(confirm::State),
    /// All requests that wait for the person.
    Inbox(Box<inbox::State>),
    /// All notices.
    Notices(notices::State),
    /// The export dialog.
    Export(export::State),
    /// The export dialog of a batch.
    ExportBatch(export_batch::State),
    /// The export dialog of a run.
    ExportRun(export_run::State),
    /// A question for one line of text.
    Prompt(prompt::State),
    /// A comparison of two specs.
    Comparison(comparison::State),
    /// A replay of a run or a batch.
    Replay(Box<replay::State>),
    /// A comparison of a fork with its original run.
    SideBySide(side_by_side::State),
    /// The fork dialog.
    Fork(Box<fork::State>),
    /// The form of a spec.
    Form(Box<form::State>),
    /// The dialog that repeats a tool call with other arguments.
    CallAgain(Box<call_again::State>),
    /// A new spec from a template.
    NewSpec(new_spec::State),
    /// The permissions of a spec, before its first run.
    Trust(trust::State),
}

/// Opens the fork dialog for a run whose details are in memory.
pub(crate) fn fork_dialog(
    record: &std::sync::Arc<crate::runs::RunRecord>,
    place: Place<'_>,
    context: &Context<'_>,
) -> Command {
    let name = context.runs.name(record);
    let source = ForkSource::of(record, context.runs);
    Command::open(Overlay::fork(name, source, record, place))
}

/// Closes a dialog whose run starts, and shows the runs; `remark` is added to the notice `words`.
fn begun(run: RunsCommand, words: String, remark: Option<String>) -> Vec<Command> {
    let mut commands = vec![
        Command::close(),
        Command::runs(run),
        Command::Tell(Message::Show(Screen::Runs)),
        Command::notify(Notice::info(words)),
    ];
    commands.extend(remark.map(|remark| Command::notify(Notice::warning(remark))));
    commands
}

impl Overlay {
    /// Makes the palette with these actions, these specs and the newest runs.
    pub(in crate::tui) fn palette<'p>(
        offers: Vec<(&'static ActionInfo, Offer)>,
        specs: impl Iterator<Item = &'p std::path::Path>,
        context: &Context<'_>,
    ) -> Self {
        Self::Palette(palette::State::new(offers, specs, context))
    }

    /// Makes the list of other runs, to choose one for a comparison.
    pub(crate) fn compare_with(run: &RunSummary, context: &Context<'_>) -> Self {
        Self::Palette(palette::State::of_others(run, context))
    }

    /// Makes the help page for the layer with these contexts.
    pub(crate) fn help(below: Vec<KeyContext>) -> Self {
        Self::Help(help::State::new(below))
    }

    /// Makes the inbox.
    pub(crate) fn inbox() -> Self {
        Self::Inbox(Box::default())
    }

    /// Makes the log of notices.
    pub(crate) fn notices() -> Self {
        Self::Notices(notices::State::default())
    }

    /// Makes a question. `text` may have several lines; the first choice is selected.
    pub(crate) fn question(
        title: impl Into<String>,
        text: impl Into<String>,
        choices: Vec<Choice>,
    ) -> Self {
        Self::Confirm(confirm::State::new(title.into(), text.into(), choices))
    }

    /// Makes the question whether to quit.
    pub(crate) fn quit_question(text: String, choices: Vec<Choice>) -> Self {
        Self::Confirm(confirm::State::new("quit?".to_owned(), text, choices).about_quitting())
    }

    /// Whether the overlay is the question whether to quit.
    pub(crate) fn is_quit_question(&self) -> bool {
        matches!(self, Self::Confirm(state) if state.is_about_quitting())
    }

    /// Replaces text and choices if the overlay is the question whether to quit.
    pub(crate) fn renew_quit_question(&mut self, text: String, choices: Vec<Choice>) {
        if let Self::Confirm(state) = self
            && state.is_about_quitting()
        {
            state.renew(text, choices);
        }
    }

    /// Makes a question for one line of text, with `text` as its initial value.
    pub(crate) fn prompt(purpose: PromptPurpose, text: impl Into<String>) -> Self {
        Self::Prompt(prompt::State::new(purpose, text.into()))
    }

    /// Makes the page with the differences of two specs, named in `title`.
    pub(crate) fn comparison(title: String, lines: Vec<crate::spec::diff::DiffLine>) -> Self {
        Self::Comparison(comparison::State::new(title, lines))
    }

    /// Makes the dialog for a new spec, with this folder of the workspace as the default.
    pub(crate) fn new_spec(folder: std::path::PathBuf) -> Self {
        Self::NewSpec(new_spec::State::new(folder))
    }

    /// Makes the launch dialog for a checked spec, in the workspace at `root`.
    pub(crate) fn launch(
        root: &std::path::Path,
        path: std::path::PathBuf,
        checked: std::sync::Arc<crate::tui::event::Checked>,
    ) -> Self {
        Self::Launch(Box::new(launch::State::new(root, path, checked)))
    }

    /// Makes the export dialog for a run in its present state.
    pub(crate) fn export_run(run: &std::sync::Arc<crate::runs::RunRecord>) -> Self {
        Self::ExportRun(export_run::State::new(std::sync::Arc::clone(run)))
    }

    /// Makes the export dialog for runs of a batch; `subject` describes them, `stem` is the
    /// suggested file name.
    pub(crate) fn export_batch(
        subject: String,
        runs: crate::tui::history::ExportedRuns,
        stem: String,
    ) -> Self {
        Self::ExportBatch(export_batch::State::new(subject, runs, stem))
    }

    /// Makes the form of a checked spec, for this version of its text.
    pub(crate) fn form(
        path: std::path::PathBuf,
        version: u64,
        checked: &crate::tui::event::Checked,
    ) -> Self {
        Self::Form(Box::new(form::State::new(path, version, checked)))
    }

    /// Makes the export dialog for a checked spec.
    pub(crate) fn export_spec(
        path: std::path::PathBuf,
        checked: &crate::tui::event::Checked,
    ) -> Self {
        Self::Export(export::State::new(path, checked))
    }

    /// Makes the replay of a recording, starting at once.
    pub(crate) fn replay(recording: Recording, now: Timestamp) -> Self {
        Self::Replay(Box::new(replay::State::new(recording, now)))
    }

    /// Makes the comparison of a fork with its original run.
    pub(crate) fn side_by_side(compared: Compared) -> Self {
        Self::SideBySide(side_by_side::State::new(compared))
    }

    /// Makes the dialog that forks a run at a position.
    pub(crate) fn fork(
        name: String,
        source: ForkSource,
        record: &std::sync::Arc<crate::runs::RunRecord>,
        place: Place<'_>,
    ) -> Self {
        Self::Fork(Box::new(fork::State::new(name, source, record, place)))
    }

    /// Makes the dialog that repeats a tool call of a run.
    pub(crate) fn call_again(
        run: (String, CallOf),
        source: ForkSource,
        tool: crate::trace::ComponentName,
        arguments: &serde_json::Value,
        draft: Option<&str>,
    ) -> Self {
        Self::CallAgain(Box::new(call_again::State::new(
            run, source, tool, arguments, draft,
        )))
    }

    /// Whether both overlays are of the same kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Returns the overlay as a layer.
    pub(crate) fn layer(&self) -> &dyn Layer {
        match self {
            Self::Launch(state) => &**state,
            Self::Palette(state) => state,
            Self::Help(state) => state,
            Self::Confirm(state) => state,
            Self::Inbox(state) => &**state,
            Self::Notices(state) => state,
            Self::Export(state) => state,
            Self::ExportBatch(state) => state,
            Self::ExportRun(state) => state,
            Self::Prompt(state) => state,
            Self::Comparison(state) => state,
            Self::NewSpec(state) => state,
            Self::Trust(state) => state,
            Self::Fork(state) => &**state,
            Self::Form(state) => &**state,
            Self::CallAgain(state) => &**state,
            Self::SideBySide(state) => state,
            Self::Replay(state) => &**state,
        }
    }

    /// Returns the overlay as a mutable layer.
    pub(crate) fn layer_mut(&mut self) -> &mut dyn Layer {
        match self {
            Self::Launch(state) => &mut **state,
            Self::Palette(state) => state,
            Self::Help(state) => state,
            Self::Confirm(state) => state,
            Self::Inbox(state) => &mut **state,
            Self::Notices(state) => state,
            Self::Export(state) => state,
            Self::ExportBatch(state) => state,
            Self::ExportRun(state) => state,
            Self::Prompt(state) => state,
            Self::Comparison(state) => state,
            Self::NewSpec(state) => state,
            Self::Trust(state) => state,
            Self::Fork(state) => &mut **state,
            Self::Form(state) => &mut **state,
            Self::CallAgain(state) => &mut **state,
            Self::SideBySide(state) => state,
            Self::Replay(state) => &mut **state,
        }
    }
}
