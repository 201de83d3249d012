//! Questions of the editor about a text, and their answers, which are computed outside of the
//! screen's thread.

use std::path::Path;

use crate::spec::Place;
use crate::spec::assist::{
    self, Completions, Definition, Fix, FormatError, Hover, Reference, Renamable, RenameError,
    SetError, TextEdit, ToolChange,
};
use crate::tui::check::{AskedProfile, Surroundings};

/// A question about a position in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// Asks for completions.
    Complete,
    /// Asks for a description.
    Describe,
    /// Asks for fixes of the problems in this line.
    Fix,
    /// Asks for fixes of the problem at exactly this position.
    FixProblem(Place),
    /// Asks for the definition of the name here.
    Define,
    /// Asks for all references to the name here.
    Refer,
    /// Asks for the name here, to be renamed.
    Name,
    /// Asks for the edits that rename the name here.
    Rename(String),
    /// Asks for the canonical form of the text.
    Format,
    /// Asks for the edits that set a field of the component that begins here.
    SetField {
        /// The path of the field.
        path: Vec<String>,
        /// The new value; null removes the field.
        value: serde_json::Value,
    },
    /// Asks for the edits that set a numeric field of the component that begins here.
    SetNumber {
        /// The path of the field.
        path: Vec<String>,
        /// The number in the form in which it is written.
        written: String,
    },
    /// Asks for the edits that change the tools of the component that begins here.
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
    /// The definition and all references of the name.
    References(Vec<Reference>),
    /// The name that can be renamed.
    Name(Option<Renamable>),
    /// The edits that rename the name.
    Rename(Result<Vec<TextEdit>, RenameError>),
    /// The text in its canonical form.
    Formatted(Result<String, FormatError>),
    /// The edits that set a field or the tools.
    Set(Result<Vec<TextEdit>, SetError>),
}

/// Answers a question about a byte position in a file's text. Reads the parts that the file's
/// profile supplies, so it must run where blocking is allowed. `profile` is the requested profile.
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
