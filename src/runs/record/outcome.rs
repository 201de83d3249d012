//! The outcomes of runs, by which many runs are grouped.
//!
//! Two runs have the same outcome if they are in the same state and failed with the same kind of
//! error or have the same output. Errors are compared without numbers, ids and addresses, and
//! outputs without regard to case and blanks.

mod groups;
mod pattern;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::conversation::Values;
use crate::trace::{Failure, FailureKind, RunState};
pub(crate) use groups::{GroupId, OutcomeGroups, OutcomeSummary};
pub(crate) use pattern::error_pattern;

/// The outcome of a run, as used for grouping: small and cheap to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    /// The state; `NeedsInput` even if other activities of a run that asks a person are still
    /// working.
    pub(crate) state: RunState,
    /// The kind of the error, if the run ended with one.
    pub(crate) failure: Option<FailureKind>,
    /// A digest of the normalized error, output or request; 0 if the state alone is the outcome.
    pub(crate) words: u64,
}

/// Returns a digest of an error that ignores numbers, ids and addresses.
pub(super) fn digest_of_failure(failure: &Failure) -> u64 {
    digest_of_text(&error_pattern(&failure.message))
}

/// Returns a digest of outputs that ignores the order of names, case and blanks.
pub(super) fn digest_of_outputs(outputs: &Values) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_object(outputs, &mut hasher);
    hasher.finish()
}

/// Returns a digest of a value by the rules of [`digest_of_outputs`]; never 0.
pub(super) fn digest_of_value(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_value(value, &mut hasher);
    hasher.finish().max(1)
}

/// The number of bytes of a text that are normalized; the rest is compared exactly, because a text
/// may have megabytes.
const MAX_READ_BYTES: usize = 64 << 10;

/// Returns a digest of a text that ignores case, blanks and final punctuation.
pub(super) fn digest_of_text(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_text(text, &mut hasher);
    hasher.finish()
}

fn hash_text(text: &str, hasher: &mut DefaultHasher) {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '!'));
    let (read, rest) = text.split_at(text.floor_char_boundary(MAX_READ_BYTES));
    for word in read.split_whitespace() {
        // Nearly all words are hashed as written.
        if word
            .bytes()
            .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
        {
            hasher.write(word.to_lowercase().as_bytes());
        } else {
            hasher.write(word.as_bytes());
        }
        hasher.write_u8(b' ');
    }
    hasher.write(rest.as_bytes());
}

fn hash_object(object: &Values, hasher: &mut DefaultHasher) {
    let mut names: Vec<&String> = object.keys().collect();
    names.sort_unstable();
    for name in names {
        name.hash(hasher);
        hash_value(object.get(name).unwrap_or(&Value::Null), hasher);
    }
    '}'.hash(hasher);
}

fn hash_value(value: &Value, hasher: &mut DefaultHasher) {
    // The kind, so that `"1"` and `1` differ.
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(truth) => truth.hash(hasher),
        // `14` and `14.0` are one number.
        Value::Number(number) => match number.as_f64() {
            Some(number) => number.to_bits().hash(hasher),
            None => number.hash(hasher),
        },
        Value::String(text) => hash_text(text, hasher),
        Value::Array(items) => {
            items.len().hash(hasher);
            for item in items {
                hash_value(item, hasher);
            }
        }
        Value::Object(object) => hash_object(object, hasher),
    }
}

#[cfg(test)]
mod tests;
