//! Problems of a document, each with its position, formatted for people and for programs.

pub mod page;
mod render;
pub mod rules;

use std::fmt;

use serde::Serialize;

use crate::spec::syntax::Place;

pub use self::render::Colours;

/// The code of a rule, such as `AS006`. [`rules`] describes each; the meaning of a code never
/// changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The severity of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document can't be used: it can be neither run nor exported.
    Error,
    /// The document works, but perhaps not as its author expects.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A problem of a document.
///
/// Made by loading and validation; shown by the editor, the command line and the exporter. Messages
/// have no full stop, put names in backticks, and contain the offending value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that the document breaks.
    pub code: Code,
    /// The severity of the problem.
    pub severity: Severity,
    /// The place to underline.
    pub place: Place,
    /// The problem, on one line.
    pub message: String,
    /// A suggestion for a fix, if there is one: ``did you mean `url`?``.
    pub help: Option<String>,
    /// The id of the component with the problem, if the problem belongs to one.
    pub component: Option<String>,
    /// Other positions that belong to the problem, each with a label: ``first given here``.
    pub related: Vec<(Place, String)>,
    /// The position in another file, if the problem is in a file that was loaded with the document.
    /// [`Self::place`] is then the start of the document, and [`Self::message`] names the file.
    pub elsewhere: Option<Box<Elsewhere>>,
}

/// The position of a problem in a file that was loaded with the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The path of the file.
    pub file: String,
    /// The position in the file.
    pub place: Place,
    /// The message, without the name of the file.
    pub message: String,
}

impl Diagnostic {
    /// Makes an error from a position and a message.
    pub fn error(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, place, message.into())
    }

    /// Makes a warning from a position and a message.
    pub fn warning(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, place, message.into())
    }

    fn new(code: Code, severity: Severity, place: Place, message: String) -> Self {
        Self {
            code,
            severity,
            place,
            message,
            help: None,
            component: None,
            related: Vec::new(),
            elsewhere: None,
        }
    }

    /// Makes a problem that is in a file loaded with the document.
    pub(crate) fn elsewhere(code: Code, severity: Severity, elsewhere: Elsewhere) -> Self {
        let Elsewhere {
            file,
            place,
            message,
        } = &elsewhere;
        let words = format!("in `{file}` at {}:{}: {message}", place.line, place.column);
        Self {
            elsewhere: Some(Box::new(elsewhere)),
            ..Self::new(code, severity, Place::START, words)
        }
    }

    /// Returns the file, the position in it and the message, for display; `file` is the name of the
    /// document.
    fn shown<'d>(&'d self, file: &'d str) -> (&'d str, Place, &'d str) {
        match &self.elsewhere {
            Some(elsewhere) => (&elsewhere.file, elsewhere.place, &elsewhere.message),
            None => (file, self.place, &self.message),
        }
    }

    /// Adds the help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the id of the component with the problem.
    #[must_use]
    pub fn with_component(mut self, id: impl Into<String>) -> Self {
        self.component = Some(id.into());
        self
    }

    /// Adds another position that belongs to the problem.
    #[must_use]
    pub fn with_related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push((place, message.into()));
        self
    }

    /// Returns whether the problem is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Converts the problem to its JSON form. `file` is the path as the user gave it.
    pub fn record<'d>(&'d self, file: &'d str) -> DiagnosticRecord<'d> {
        let (file, place, message) = self.shown(file);
        DiagnosticRecord {
            file,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            severity: self.severity,
            code: self.code,
            message,
            help: self.help.as_deref(),
            component: self.component.as_deref(),
        }
    }
}

/// A [`Diagnostic`] in its JSON form, with the keys in this order. Lines and columns count from 1;
/// columns count characters; the end is exclusive. `help` and `component` are null if absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiagnosticRecord<'d> {
    /// The path of the file.
    pub file: &'d str,
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line of the character after the last one.
    pub end_line: usize,
    /// The column of the character after the last one.
    pub end_column: usize,
    /// `error` or `warning`.
    pub severity: Severity,
    /// The code of the rule.
    pub code: Code,
    /// The message.
    pub message: &'d str,
    /// The suggestion for a fix.
    pub help: Option<&'d str>,
    /// The id of the component with the problem.
    pub component: Option<&'d str>,
}

/// The number of problems of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of errors.
    pub errors: usize,
    /// The number of warnings.
    pub warnings: usize,
}

impl Counts {
    /// Counts the problems of a list.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        Self {
            errors,
            warnings: diagnostics.len() - errors,
        }
    }
}

/// Sorts problems by position, errors first at the same position, and removes exact duplicates.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let key = |diagnostic: &Diagnostic| {
        (
            diagnostic.place.start,
            diagnostic.place.end,
            diagnostic.severity,
            diagnostic.code,
        )
    };
    // By their words too, so that equal ones are neighbours and the order is the same each time.
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message)));
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn place(line: usize) -> Place {
        Place {
            line,
            column: 3,
            end_line: line,
            end_column: 7,
            start: line * 10,
            end: line * 10 + 4,
        }
    }

    #[test]
    fn a_record_has_the_keys_of_the_command_line() {
        let diagnostic = Diagnostic::warning(Code("AS006"), place(8), "no field `urll`")
            .with_help("did you mean `url`?")
            .with_component("llm");
        assert_eq!(
            serde_json::to_string(&diagnostic.record("a.yaml")).unwrap(),
            r#"{"file":"a.yaml","line":8,"column":3,"end_line":8,"end_column":7,"severity":"warning","code":"AS006","message":"no field `urll`","help":"did you mean `url`?","component":"llm"}"#,
        );
        let bare = Diagnostic::error(Code("AS001"), place(1), "m");
        assert_eq!(
            serde_json::to_value(bare.record("a")).unwrap()["help"],
            json!(null)
        );
    }

    #[test]
    fn problems_are_ordered_by_place_and_counted() {
        let late = Diagnostic::error(Code("AS001"), place(2), "late");
        let warning = Diagnostic::warning(Code("AS001"), place(1), "warning");
        let error = Diagnostic::error(Code("AS009"), place(1), "error");
        let other = Diagnostic::error(Code("AS009"), place(1), "another");
        let mut all = vec![
            late.clone(),
            warning.clone(),
            error.clone(),
            other.clone(),
            error.clone(),
            warning.clone(),
        ];
        sort(&mut all);
        assert_eq!(all, [other, error, warning, late]);
        assert_eq!(
            Counts::of(&all),
            Counts {
                errors: 3,
                warnings: 1
            }
        );
    }
}
