//! Numeric limits of a batch that a person can change.

use crate::base::ids::BatchId;
use crate::profile::quantity::{AT_ONCE, TOKENS, rate, whole_number};
use crate::runs::RunsCommand;

/// A limit of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The maximum number of concurrent runs.
    AtOnce,
    /// The maximum number of model requests per second; an empty line removes the limit.
    Rate,
    /// The maximum number of tokens of all runs together; an empty line removes the limit.
    Tokens,
}

impl Bound {
    /// Returns the title of the question.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::AtOnce => "runs at once",
            Self::Rate => "model requests, such as 5/s or 60/min",
            Self::Tokens => "tokens that the batch may use",
        }
    }

    /// Returns the meaning of an empty line.
    pub(super) const fn help(self) -> &'static str {
        match self {
            Self::AtOnce => "enter takes it, esc leaves it",
            Self::Rate | Self::Tokens => "enter takes it (nothing: no bound), esc leaves it",
        }
    }

    /// Returns the command that sets the limit to the typed number.
    ///
    /// # Errors
    /// A description of the expected text, beginning with `must`.
    pub(super) fn command(self, batch: &BatchId, text: &str) -> Result<RunsCommand, String> {
        let batch = batch.clone();
        let is_empty = text.is_empty();
        Ok(match self {
            Self::AtOnce => RunsCommand::SetAtOnce {
                batch,
                at_once: whole_number(text, &AT_ONCE)?,
            },
            Self::Rate => RunsCommand::SetRate {
                batch,
                per_second: (!is_empty).then(|| rate(text)).transpose()?,
            },
            Self::Tokens => RunsCommand::SetBudget {
                batch,
                max_tokens: (!is_empty)
                    .then(|| whole_number(text, &TOKENS))
                    .transpose()?,
            },
        })
    }
}
