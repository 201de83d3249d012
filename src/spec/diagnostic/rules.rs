//! The rules of validation: for each code, the problem, its reason and its remedy.
//!
//! A code is used where the rule is checked, and described here; a test compares the two.
//! `docs/problems.md` is generated from this table.

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

/// The description of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code, such as `AS006`.
    pub code: Code,
    /// The possible severities of a problem with this rule.
    pub severities: Severities,
    /// The problem, in a few words.
    pub title: &'static str,
    /// Why it is a problem.
    pub why: &'static str,
    /// How to fix the problem.
    pub fix: &'static str,
}

/// The possible severities of a rule's problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severities {
    /// Always an error, except in a partial load (`--partial`).
    Error,
    /// Always a warning; `--strict` makes it an error.
    Warning,
    /// An error or a warning, as the rule's page explains.
    Either,
    /// An error that is checked only with `--strict`.
    StrictError,
}

/// A group of rules about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// The heading above the rules.
    pub heading: &'static str,
    /// The rules, sorted by code.
    pub rules: &'static [Rule],
}

/// All chapters, sorted by the codes of their rules.
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

/// Returns all rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHAPTERS.iter().flat_map(|chapter| chapter.rules)
}

/// Returns the rule of a code, in upper or lower case.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code.0.eq_ignore_ascii_case(code))
}

impl Severities {
    /// Returns whether a problem of the rule can have this severity.
    pub fn allow(self, severity: Severity) -> bool {
        match self {
            Self::Error | Self::StrictError => severity == Severity::Error,
            Self::Warning => severity == Severity::Warning,
            Self::Either => true,
        }
    }

    /// Returns the severities as text for the pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Either => "error or warning",
            Self::StrictError => "error, with `--strict` only",
        }
    }
}
