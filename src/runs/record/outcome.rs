//! Outcomes of runs, and the groups that many runs fall into by them.
//!
//! Two runs have the same outcome if they are in the same state, failed with the same kind of error or gave the same output.
//! Errors are compared without their numbers, ids and addresses, outputs without regard to case and blanks.

mod groups;
mod pattern;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::conversation::Values;
use crate::trace::{Failure, FailureKind, RunState};
pub(crate) use groups::{GroupId, OutcomeGroups, OutcomeSummary};
pub(crate) use pattern::error_pattern;

/// The outcome of a run, as far as groups go by it: small and cheap to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    /// The run's state; `NeedsInput` also while other calls of a run that asks a person go on.
    pub(crate) state: RunState,
    /// The kind of its error, if it ended with one.
    pub(crate) failure: Option<FailureKind>,
    /// A digest of the normalised error, output or request; 0 where the state says all.
    pub(crate) words: u64,
}

/// A digest of an error in which numbers, ids and addresses do not count.
pub(super) fn digest_of_failure(failure: &Failure) -> u64 {
    digest_of_text(&error_pattern(&failure.message))
}

/// A digest of outputs; the order of their names, case and blanks do not count.
pub(super) fn digest_of_outputs(outputs: &Values) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_object(outputs, &mut hasher);
    hasher.finish()
}

/// A digest of a value, as [`digest_of_outputs`] has it; never 0.
pub(super) fn digest_of_value(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_value(value, &mut hasher);
    hasher.finish().max(1)
}

/// How much of a text is read in words; what follows counts as written, for a text may be megabytes
/// long.
const MAX_READ_BYTES: usize = 64 << 10;

/// A digest of a text in which case, blanks and the punctuation at its end do not count.
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
