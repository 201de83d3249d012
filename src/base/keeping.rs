//! Says how much of a run outlives the program.

use serde::{Deserialize, Serialize};

/// How much the history keeps of a run; the later, the less.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// All that happened in it, so that it can be resumed and forked.
    #[default]
    All,
    /// Names, states, times and counts, without what was said, given and done.
    Outline,
    /// Nothing.
    Nothing,
}

impl Keeping {
    /// Returns what is kept by a choice of `[history]`: whether anything is, and whether that is with its content.
    pub fn chosen(is_enabled: Option<bool>, has_content: Option<bool>) -> Self {
        match (is_enabled, has_content) {
            (Some(false), _) => Self::Nothing,
            (_, Some(false)) => Self::Outline,
            (Some(true) | None, Some(true) | None) => Self::All,
        }
    }
}
