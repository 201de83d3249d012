//! What the editor is asked about a text, and the answers; worked out off the screen's thread.

use std::path::Path;

use crate::spec::assist::{
    self, Completions, Definition, Fix, Hover, Reference, Renamable, RenameError, TextEdit,
};
use crate::tui::check::Surroundings;

/// What is asked about a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// What may be typed here?
    Complete,
    /// What is this?
    Describe,
    /// How are the problems of this line fixed?
    Fix,
    /// Where is this defined?
    Define,
    /// Where is this referred to?
    Refer,
    /// What is it called that can be renamed here?
    Name,
    /// What is to be changed to call it this?
    Rename(String),
}

/// The answer to the [`Question`] of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// What may be typed.
    Completions(Completions),
    /// What it is.
    Description(Option<Hover>),
    /// The fixes.
    Fixes(Vec<Fix>),
    /// The definition.
    Definition(Option<Definition>),
    /// The definition and all references.
    References(Vec<Reference>),
    /// The name that can be changed.
    Name(Option<Renamable>),
    /// The changes.
    Rename(Result<Vec<TextEdit>, RenameError>),
}

/// Answers a question about a byte of a file's text. Reads the parts that the file's profile supplies, so it is called
/// where that is allowed. `profile` is the one that was asked for.
pub(super) fn answer(
    path: &Path,
    text: &str,
    at: usize,
    question: &Question,
    profile: Option<&str>,
) -> Answer {
    let options = Surroundings::of(path, profile).options;
    match question {
        Question::Complete => Answer::Completions(assist::complete(text, &options, at)),
        Question::Describe => Answer::Description(assist::hover(text, &options, at)),
        Question::Fix => Answer::Fixes(assist::fixes(text, &options, at)),
        Question::Define => Answer::Definition(assist::definition(text, &options, at)),
        Question::Refer => Answer::References(assist::references(text, &options, at)),
        Question::Name => Answer::Name(assist::renamable(text, &options, at)),
        Question::Rename(name) => Answer::Rename(assist::rename(text, &options, at, name)),
    }
}
