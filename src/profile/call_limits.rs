//! `call_timeout` and `idle_timeout`: how long one model call may take.

use std::time::Duration;

use serde::Serialize;

use super::quantity::duration;
use crate::base::toml_table::{TableReader, TomlProblems};

/// The bounds that a profile may set; each key is text such as `"10m"`, from a second to a day.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(24);

/// Time limits of one model call; the defaults are in `docs/models.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallLimits {
    /// How long one call may take as a whole, with its retries.
    pub call: Option<Duration>,
    /// How long a model may give no piece of an answer.
    pub idle: Option<Duration>,
}

impl CallLimits {
    /// Reads the keys of a profile or of a rule.
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

    /// These bounds, and those of `others` where there is none.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            call: self.call.or(others.call),
            idle: self.idle.or(others.idle),
        }
    }
}
