//! The rules that a document can break: for each code what it says, why it matters and what to do.
//!
//! A code is used where its rule is checked, and described here. A test holds the two together, and `docs/problems.md` is made
//! from this table.

mod agents;
mod flows;
mod form;
mod inputs_and_outputs;
mod properties;
mod references;
mod safety;
mod settings;
mod versions;

use super::{Code, Severity};

/// The rule of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code, such as `AS006`.
    pub code: Code,
    /// How bad a problem of this rule can be.
    pub severities: Severities,
    /// The problem, in a few words.
    pub title: &'static str,
    /// Why it is a problem.
    pub why: &'static str,
    /// The remedy for a problem of this rule.
    pub fix: &'static str,
}

/// How bad a problem of a rule can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severities {
    /// Always an error, but where parts may be missing (`--partial`).
    Error,
    /// Always a warning; an error with `--strict`.
    Warning,
    /// An error or a warning: the rule's page says when.
    Either,
    /// An error that is only looked for with `--strict`.
    StrictError,
}

/// Rules about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// The heading of the rules: what they are about.
    pub heading: &'static str,
    /// By code.
    pub rules: &'static [Rule],
}

/// All rules, in the order of their codes.
pub const CHAPTERS: &[&Chapter] = &[
    &form::CHAPTER,
    &references::CHAPTER,
    &versions::CHAPTER,
    &properties::CHAPTER,
    &inputs_and_outputs::CHAPTER,
    &flows::CHAPTER,
    &agents::CHAPTER,
    &settings::CHAPTER,
    &safety::CHAPTER,
];

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHAPTERS.iter().flat_map(|chapter| chapter.rules)
}

/// The rule of a code, in capitals or not.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code.0.eq_ignore_ascii_case(code))
}

impl Severities {
    /// Whether a problem of the rule may be as bad as this.
    pub fn allow(self, severity: Severity) -> bool {
        match self {
            Self::Error | Self::StrictError => severity == Severity::Error,
            Self::Warning => severity == Severity::Warning,
            Self::Either => true,
        }
    }

    /// Returns the severities in words, for pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Either => "error or warning",
            Self::StrictError => "error, with `--strict` only",
        }
    }
}
