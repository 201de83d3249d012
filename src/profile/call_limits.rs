//! The keys `call_timeout` and `idle_timeout`, which limit the duration of a model call.

use std::time::Duration;

use serde::Serialize;

use super::quantity::duration;
use crate::base::toml_table::{TableReader, TomlProblems};

/// The shortest and the longest time limit that a profile may set; each key is text such as
/// `"10m"`.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(24);

/// Time limits of one model call; the defaults are in `docs/models.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallLimits {
    /// The maximum duration of a call, including its retries.
    pub call: Option<Duration>,
    /// The maximum time between two pieces of an answer.
    pub idle: Option<Duration>,
}

impl CallLimits {
    /// Reads the keys from the table of a profile or of a rule.
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut TomlProblems<'_>) -> Self {
        let mut bound = |key: &'static str| {
            let entry = table.get(key)?;
            let text = entry.string(problems)?;
            let read = duration(text)
                .ok()
                .filter(|read| (SHORTEST..=LONGEST).contains(read));
            if read.is_none() {
                let message = format!(
                    "`{}` must be a time from \"1s\" to \"24h\", such as \"10m\"",
                    entry.name
                );
                problems.add(entry.span(), message);
            }
            read
        };
        Self {
            call: bound("call_timeout"),
            idle: bound("idle_timeout"),
        }
    }

    /// Returns these limits, completed from `others` where one is not set.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            call: self.call.or(others.call),
            idle: self.idle.or(others.idle),
        }
    }
}
