//! The rules of the language, and what each side does when one is broken.

use flowdeck::spec::{Diagnostic, Severity};

use super::document::Findings;
use super::faults::Fault;

/// What we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ours {
    /// Tells an error.
    Error,
    /// Tells a warning.
    Warning,
    /// Tells an error in strict validation, nothing otherwise.
    StrictError,
    /// Tells an error where the SDK refuses, else a warning.
    AsTheirs,
}

/// What the SDK does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theirs {
    /// Refuses the document.
    Refuses,
    /// Accepts the document.
    Accepts,
    /// One or the other, by which form the fault has.
    Depends,
}

use Ours::{AsTheirs, Error, StrictError, Warning};
use Theirs::{Accepts, Depends, Refuses};

/// Every rule about documents by its code, with what the SDK and we do. Not here: AS111, which is something to accept,
/// and AS901, which is about what a caller allows.
pub(super) const RULES: &[(&str, Theirs, Ours)] = &[
    ("AS001", Refuses, Error),
    ("AS002", Refuses, Error),
    ("AS003", Refuses, Error),
    ("AS004", Refuses, Error),
    ("AS005", Refuses, Error),
    ("AS006", Accepts, Warning),
    ("AS007", Refuses, Error),
    ("AS008", Refuses, Error),
    ("AS009", Refuses, Error),
    ("AS010", Refuses, Error),
    ("AS011", Accepts, Error),
    ("AS012", Accepts, Warning),
    ("AS013", Accepts, Error),
    ("AS101", Refuses, Error),
    ("AS102", Refuses, Error),
    ("AS103", Refuses, Error),
    ("AS104", Refuses, Error),
    ("AS105", Depends, Warning),
    ("AS106", Accepts, Error),
    ("AS107", Accepts, Warning),
    ("AS108", Accepts, Warning),
    ("AS109", Accepts, Warning),
    ("AS110", Refuses, Error),
    ("AS201", Accepts, Warning),
    ("AS202", Refuses, Error),
    ("AS203", Refuses, Error),
    ("AS204", Depends, AsTheirs),
    ("AS205", Accepts, Warning),
    ("AS301", Refuses, Error),
    ("AS302", Refuses, Error),
    ("AS303", Depends, AsTheirs),
    ("AS305", Depends, AsTheirs),
    ("AS306", Refuses, Error),
    ("AS307", Refuses, Error),
    ("AS308", Accepts, Warning),
    ("AS401", Refuses, Error),
    ("AS402", Refuses, Error),
    ("AS403", Accepts, StrictError),
    ("AS404", Refuses, Error),
    ("AS405", Refuses, Error),
    ("AS406", Refuses, Error),
    ("AS407", Refuses, Error),
    ("AS408", Refuses, Error),
    ("AS409", Refuses, Error),
    ("AS410", Refuses, Error),
    ("AS411", Accepts, Warning),
    ("AS412", Refuses, Error),
    ("AS501", Refuses, Error),
    ("AS502", Refuses, Error),
    ("AS503", Refuses, Error),
    ("AS504", Refuses, Error),
    ("AS505", Refuses, Error),
    ("AS506", Refuses, Error),
    ("AS507", Refuses, Error),
    ("AS508", Refuses, Error),
    ("AS509", Refuses, Error),
    ("AS510", Refuses, Error),
    ("AS511", Refuses, Error),
    ("AS512", Refuses, Error),
    ("AS513", Refuses, Error),
    ("AS514", Refuses, Error),
    ("AS520", Accepts, Warning),
    ("AS521", Accepts, Warning),
    ("AS522", Accepts, Warning),
    ("AS523", Accepts, Warning),
    ("AS524", Accepts, Warning),
    ("AS525", Accepts, Warning),
    ("AS526", Accepts, Warning),
    ("AS527", Accepts, Warning),
    ("AS528", Accepts, Warning),
    ("AS601", Refuses, Error),
    ("AS602", Refuses, Error),
    ("AS603", Refuses, Error),
    ("AS604", Refuses, Error),
    ("AS605", Accepts, Warning),
    ("AS606", Accepts, Warning),
    ("AS607", Accepts, StrictError),
    ("AS608", Accepts, Warning),
    ("AS701", Refuses, Error),
    ("AS702", Refuses, Error),
    ("AS703", Refuses, Error),
    ("AS704", Refuses, Error),
    ("AS705", Refuses, Error),
    ("AS706", Refuses, Error),
    ("AS801", Accepts, Warning),
];

/// What is not as the rules say when one is broken, one line each. A wrong value of a field may break further rules.
pub(super) fn objections(fault: &Fault, findings: &Findings) -> Vec<String> {
    let Fault { code, document, .. } = fault;
    let rule = RULES.iter().find(|(of, ..)| of == code);
    let (_, theirs, ours) = rule.expect("a rule of the table");
    let mut objections = Vec::new();
    let refusal = findings.theirs.refused.as_deref();
    match (theirs, refusal) {
        (Theirs::Refuses, None) => objections.push("the SDK accepts it".to_owned()),
        (Theirs::Accepts, Some(reason)) => objections.push(format!("the SDK refuses it: {reason}")),
        _ => {}
    }
    let told = codes(&findings.ours.diagnostics, Severity::Error);
    let is_error = match ours {
        Ours::Error => true,
        Ours::Warning | Ours::StrictError => false,
        Ours::AsTheirs => refusal.is_some(),
    };
    let is_told = told == [*code] || (fault.is_of_field && told.contains(code));
    if is_error && !is_told {
        objections.push(format!("we tell the errors {told:?}"));
    }
    if !is_error && !told.is_empty() {
        objections.push(format!("we refuse it with {told:?}"));
    }
    if !is_error {
        let (told, kind) = if *ours == Ours::StrictError {
            let told = codes(&document.load_strictly().diagnostics, Severity::Error);
            (told, "strict errors")
        } else {
            let told = codes(&findings.ours.diagnostics, Severity::Warning);
            (told, "warnings")
        };
        if !told.contains(code) {
            objections.push(format!("we tell the {kind} {told:?}"));
        }
    }
    objections
}

/// The rules of problems of one severity, each once.
fn codes(problems: &[Diagnostic], severity: Severity) -> Vec<&'static str> {
    let of_severity = problems.iter().filter(|it| it.severity == severity);
    let mut codes: Vec<_> = of_severity.map(|it| it.code.0).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
