//! Questions of the editor about a text, and the answers; worked out off the screen's thread.

use std::path::Path;

use crate::spec::Place;
use crate::spec::assist::{
    self, Completions, Definition, Fix, FormatError, Hover, Reference, Renamable, RenameError,
    SetError, TextEdit, ToolChange,
};
use crate::tui::check::{AskedProfile, Surroundings};

/// A question about a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Asks for completions.
    Complete,
    /// Asks for a description.
    Describe,
    /// How are the problems of this line fixed?
    Fix,
    /// How is the problem in exactly this place fixed?
    FixProblem(Place),
    /// Where is this defined?
    Define,
    /// Where is this referred to?
    Refer,
    /// Asks for the name that can be changed here.
    Name,
    /// Asks for the edits that give it this name.
    Rename(String),
    /// Asks for the canonical form of the text.
    Format,
    /// Asks for the edits that give a field of the component that begins here another value.
    SetField {
        /// The way to the field.
        path: Vec<String>,
        /// The value; null takes it out.
        value: serde_json::Value,
    },
    /// Asks for the edits that give a field of the component that begins here another number.
    SetNumber {
        /// The way to the field.
        path: Vec<String>,
        /// The number as it is to be written.
        written: String,
    },
    /// Asks for the edits that give the component that begins here other tools.
    SetTools(ToolChange),
}

/// The answer to the [`Question`] of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The completions.
    Completions(Completions),
    /// The description.
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
    /// The text in its canonical form.
    Formatted(Result<String, FormatError>),
    /// The changes, for a field or for tools.
    Set(Result<Vec<TextEdit>, SetError>),
}

/// Answers a question about a byte of a file's text. Reads the parts that the file's profile supplies, so it is called
/// where that is allowed. `profile` is the one that was asked for.
pub(super) fn answer(
    path: &Path,
    text: &str,
    at: usize,
    question: &Question,
    profile: AskedProfile<'_>,
) -> Answer {
    let options = Surroundings::of(path, profile).options;
    match question {
        Question::Complete => Answer::Completions(assist::complete(text, &options, at)),
        Question::Describe => Answer::Description(assist::hover(text, &options, at)),
        Question::Fix => Answer::Fixes(assist::fixes(text, &options, at)),
        Question::FixProblem(place) => Answer::Fixes(assist::fixes_at(text, &options, *place)),
        Question::Define => Answer::Definition(assist::definition(text, &options, at)),
        Question::Refer => Answer::References(assist::references(text, &options, at)),
        Question::Name => Answer::Name(assist::renamable(text, &options, at)),
        Question::Rename(name) => Answer::Rename(assist::rename(text, &options, at, name)),
        Question::Format => Answer::Formatted(assist::format(text, &options)),
        Question::SetField { path, value } => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            Answer::Set(assist::set_field(text, &options, at, &path, value))
        }
        Question::SetNumber { path, written } => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            Answer::Set(assist::set_number(text, &options, at, &path, written))
        }
        Question::SetTools(change) => Answer::Set(assist::set_tools(text, &options, at, change)),
    }
}
