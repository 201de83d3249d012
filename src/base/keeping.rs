//! The choice how much of a run is stored in the history.

use serde::{Deserialize, Serialize};

/// How much the history stores of a run; later variants store less.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// All events, so that the run can be resumed and forked.
    #[default]
    All,
    /// Names, states, times and counts, without messages, inputs, outputs and results.
    Outline,
    /// Nothing.
    Nothing,
}

impl Keeping {
    /// Returns the choice for the settings of `[history]`: whether runs are stored, and whether
    /// with their content.
    pub fn chosen(is_enabled: Option<bool>, has_content: Option<bool>) -> Self {
        match (is_enabled, has_content) {
            (Some(false), _) => Self::Nothing,
            (_, Some(false)) => Self::Outline,
            (Some(true) | None, Some(true) | None) => Self::All,
        }
    }
}
