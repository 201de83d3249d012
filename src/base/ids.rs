//! Identifiers: newtypes for runs, batches and effects, and the source of new ids. The program's
//! own ids are short enough to need no heap allocation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// Makes an id from its text.
            pub fn new(text: impl Into<CompactString>) -> Self {
                Self(text.into())
            }

            /// Returns the text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// The id of a run: `r_` and sixteen hexadecimal digits.
    RunId
}
id! {
    /// The id of a batch of runs that were launched together: `b_` and sixteen hexadecimal digits.
    BatchId
}
id! {
    /// The id of a span of Agent Spec Tracing; unique within its run.
    SpanId
}
id! {
    /// The id of a request that a run sends to the outside (model, tool, person); unique within its
    /// run.
    RequestId
}

/// A source of new ids: random normally, counted in tests so that they are reproducible.
#[derive(Clone, Debug)]
pub enum IdSource {
    /// UUID version 4.
    Random,
    /// A shared counter: `00000000-0000-4000-8000-000000000001`, `…002`, ….
    Counted(Arc<AtomicU64>),
}

impl IdSource {
    /// Makes a source that counts from one.
    pub fn counted() -> Self {
        Self::Counted(Arc::new(AtomicU64::new(0)))
    }

    /// Returns a new UUID in lower case with hyphens, as used in Agent Spec components.
    pub fn uuid(&self) -> String {
        match self {
            Self::Random => uuid::Uuid::new_v4().to_string(),
            Self::Counted(last) => {
                let number = last.fetch_add(1, Ordering::Relaxed) + 1;
                format!("00000000-0000-4000-8000-{number:012x}")
            }
        }
    }

    /// Returns sixteen hexadecimal digits.
    fn short(&self) -> String {
        match self {
            Self::Random => {
                let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
                format!("{high:016x}")
            }
            Self::Counted(last) => {
                format!("{:016x}", last.fetch_add(1, Ordering::Relaxed) + 1)
            }
        }
    }

    /// Returns a new [`RunId`].
    pub fn run(&self) -> RunId {
        RunId::new(format!("r_{}", self.short()))
    }

    /// Returns a new [`BatchId`].
    pub fn batch(&self) -> BatchId {
        BatchId::new(format!("b_{}", self.short()))
    }
}

/// Whether an id has the form of one that [`IdSource::uuid`] generates.
pub(crate) fn is_uuid(id: &str) -> bool {
    const HYPHENATED_BYTES: usize = 36;
    id.len() == HYPHENATED_BYTES && uuid::Uuid::parse_str(id).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_ids_repeat_and_random_ids_do_not() {
        let (first, second) = (IdSource::counted(), IdSource::counted());
        assert_eq!(first.run(), second.run());
        assert_eq!(first.uuid(), "00000000-0000-4000-8000-000000000002");
        assert_ne!(IdSource::Random.run(), IdSource::Random.run());
        assert!(is_uuid(&second.uuid()) && is_uuid(&IdSource::Random.uuid()));
        assert!(!is_uuid("llama") && !is_uuid("39fbfcfe5ca3497bac23eb3924968260"));
    }
}
