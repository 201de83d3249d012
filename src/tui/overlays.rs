//! What lies over a screen: dialogs, the palette, help. The topmost gets all keys.

mod comparison;
mod confirm;
mod export;
mod export_form;
mod export_run;
mod help;
mod launch;
mod new_spec;
mod notices;
mod palette;
mod prompt;
mod trust;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::action::{Action, ActionInfo, KeyContext};
use crate::tui::app::{Context, Look, Offer};
use crate::tui::command::Command;

pub use confirm::Choice;
pub use launch::Draft as LaunchDraft;
pub(crate) use launch::State as LaunchState;
pub use prompt::PromptPurpose;

/// One overlay.
#[derive(Debug)]
pub enum Overlay {
    /// The launch dialog.
    Launch(Box<launch::State>),
    /// The palette.
    Palette(palette::State),
    /// The keys of the screen below.
    Help(help::State),
    /// A question with a few answers.
    Confirm(confirm::State),
    /// All notices.
    Notices(notices::State),
    /// The export dialog.
    Export(export::State),
    /// The export dialog of a run.
    ExportRun(export_run::State),
    /// A question for one line of text.
    Prompt(prompt::State),
    /// Two specs compared.
    Comparison(comparison::State),
    /// A new spec from a template.
    NewSpec(new_spec::State),
    /// What a spec may do, before its first run.
    Trust(trust::State),
}

/// Calls a function of the overlay's own module.
macro_rules! each {
    ($overlay:expr, $function:ident($($argument:expr),*)) => {
        match $overlay {
            Overlay::Launch(state) => launch::$function(state, $($argument),*),
            Overlay::Palette(state) => palette::$function(state, $($argument),*),
            Overlay::Help(state) => help::$function(state, $($argument),*),
            Overlay::Confirm(state) => confirm::$function(state, $($argument),*),
            Overlay::Notices(state) => notices::$function(state, $($argument),*),
            Overlay::Export(state) => export::$function(state, $($argument),*),
            Overlay::ExportRun(state) => export_run::$function(state, $($argument),*),
            Overlay::Prompt(state) => prompt::$function(state, $($argument),*),
            Overlay::Comparison(state) => comparison::$function(state, $($argument),*),
            Overlay::NewSpec(state) => new_spec::$function(state, $($argument),*),
            Overlay::Trust(state) => trust::$function(state, $($argument),*),
        }
    };
}

impl Overlay {
    /// The palette over these actions and specs and the newest runs, with nothing typed.
    pub(in crate::tui) fn palette<'p>(
        offers: Vec<(&'static ActionInfo, Offer)>,
        specs: impl Iterator<Item = &'p std::path::Path>,
        context: &Context<'_>,
    ) -> Self {
        Self::Palette(palette::State::new(offers, specs, context))
    }

    /// Help for the screen below.
    pub fn help() -> Self {
        Self::Help(help::State::default())
    }

    /// The log of notices.
    pub fn notices() -> Self {
        Self::Notices(notices::State::default())
    }

    /// A question; `text` may have several lines, the first choice is selected.
    pub fn question(
        title: impl Into<String>,
        text: impl Into<String>,
        choices: Vec<Choice>,
    ) -> Self {
        Self::Confirm(confirm::State::new(title.into(), text.into(), choices))
    }

    /// The question whether to quit.
    pub(crate) fn quit_question(text: String, choices: Vec<Choice>) -> Self {
        Self::Confirm(confirm::State::new("quit?".to_owned(), text, choices).about_quitting())
    }

    /// Whether this is the question whether to quit.
    pub(crate) fn is_quit_question(&self) -> bool {
        matches!(self, Self::Confirm(state) if state.is_about_quitting())
    }

    /// A question for one line, filled in with `text`.
    pub fn prompt(purpose: PromptPurpose, text: impl Into<String>) -> Self {
        Self::Prompt(prompt::State::new(purpose, text.into()))
    }

    /// The differences of two specs; `title` says which two.
    pub fn comparison(title: String, lines: Vec<crate::spec::diff::DiffLine>) -> Self {
        Self::Comparison(comparison::State::new(title, lines))
    }

    /// A new spec, in this folder below the workspace unless the person says otherwise.
    pub fn new_spec(folder: std::path::PathBuf) -> Self {
        Self::NewSpec(new_spec::State::new(folder))
    }

    /// The launch dialog for a spec as it was last checked, in the workspace at `root`.
    pub fn launch(
        root: &std::path::Path,
        path: std::path::PathBuf,
        checked: std::sync::Arc<crate::tui::event::Checked>,
    ) -> Self {
        Self::Launch(Box::new(launch::State::new(root, path, checked)))
    }

    /// The export dialog for a run as it is now.
    pub fn export_run(run: &std::sync::Arc<crate::runs::RunRecord>) -> Self {
        Self::ExportRun(export_run::State::new(std::sync::Arc::clone(run)))
    }

    /// The export dialog for a spec as it was last checked.
    pub fn export_spec(path: std::path::PathBuf, checked: &crate::tui::event::Checked) -> Self {
        Self::Export(export::State::new(path, checked))
    }

    /// The profile that is chosen in a launch dialog.
    pub(crate) fn profile(&self) -> Option<&crate::profile::Profile> {
        match self {
            Self::Launch(state) => Some(state.profile()),
            _ => None,
        }
    }

    /// Whether both are the same kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Why an action would do nothing now; none if it does something.
    pub(crate) fn refusal(&self, action: Action) -> Option<&'static str> {
        match self {
            Self::Launch(state) => state.refusal(action),
            _ => None,
        }
    }

    /// Where keys mean something, the innermost first.
    pub(crate) fn contexts(&self) -> Vec<KeyContext> {
        each!(self, contexts())
    }
}

/// Does an action in an overlay.
pub(crate) fn update(overlay: &mut Overlay, action: Action, context: &Context<'_>) -> Vec<Command> {
    each!(overlay, update(action, context))
}

/// Gives an overlay a key that is text.
pub(crate) fn text(overlay: &mut Overlay, key: KeyEvent, context: &Context<'_>) -> Vec<Command> {
    each!(overlay, text(key, context))
}

/// Gives an overlay text that was pasted.
pub(crate) fn paste(overlay: &mut Overlay, pasted: &str, context: &Context<'_>) -> Vec<Command> {
    each!(overlay, paste(pasted, context))
}

/// Gives an overlay a click or the wheel.
pub(crate) fn mouse(
    overlay: &mut Overlay,
    event: MouseEvent,
    context: &Context<'_>,
) -> Vec<Command> {
    each!(overlay, mouse(event, context))
}

/// Draws an overlay over a screen. Returns where the cursor stands, if it takes text.
pub(crate) fn draw(
    overlay: &Overlay,
    look: &Look<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Option<Position> {
    each!(overlay, draw(look, area, buffer))
}
