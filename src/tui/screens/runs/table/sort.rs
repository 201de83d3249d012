//! The order of the run table.

use std::cmp::Reverse;

use crate::base::clock::Timestamp;
use crate::runs::RunSummary;
use crate::trace::RunState;
use crate::tui::runs_model::RunsModel;

/// The value by which rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui::screens::runs) enum SortKey {
    /// The order of launches.
    #[default]
    Number,
    /// Runs that need a person first, then failed ones, then running ones.
    State,
    /// The slowest first.
    Time,
    /// The most tokens first.
    Tokens,
    /// The most tool calls first.
    Tools,
    /// The labels in alphabetical order.
    Name,
}

impl SortKey {
    /// Returns the next sort key, wrapping around.
    pub(in crate::tui::screens::runs) const fn next(self) -> Self {
        match self {
            Self::Number => Self::State,
            Self::State => Self::Time,
            Self::Time => Self::Tokens,
            Self::Tokens => Self::Tools,
            Self::Tools => Self::Name,
            Self::Name => Self::Number,
        }
    }

    /// Returns the description of the order for the title of the table.
    pub(in crate::tui::screens::runs) const fn words(self, is_reversed: bool) -> &'static str {
        match (self, is_reversed) {
            (Self::Number, false) => "by number",
            (Self::Number, true) => "by number, last first",
            (Self::State, false) => "by state",
            (Self::State, true) => "by state, calm ones first",
            (Self::Time, false) => "slowest first",
            (Self::Time, true) => "fastest first",
            (Self::Tokens, false) => "most tokens first",
            (Self::Tokens, true) => "fewest tokens first",
            (Self::Tools, false) => "most tools first",
            (Self::Tools, true) => "fewest tools first",
            (Self::Name, false) => "by name",
            (Self::Name, true) => "by name, z to a",
        }
    }

    /// Whether the order can change while runs are active.
    pub(in crate::tui::screens::runs) const fn is_live(self) -> bool {
        !matches!(self, Self::Number | Self::Name)
    }

    /// Sorts indexes of runs; equal runs stay in the order of launches.
    pub(super) fn sort(self, indexes: &mut [usize], runs: &RunsModel, now: Timestamp) {
        let of = |index: &usize| runs.at(*index).map(|run| &**run);
        match self {
            Self::Number => {}
            Self::State => indexes.sort_by_cached_key(|i| of(i).map(urgency)),
            Self::Time => {
                indexes.sort_by_cached_key(|i| Reverse(of(i).map(|run| run.duration(now))));
            }
            Self::Tokens => {
                let tokens = |run: &RunSummary| run.tokens() + run.streamed_tokens();
                indexes.sort_by_cached_key(|i| Reverse(of(i).map(tokens)));
            }
            Self::Tools => {
                indexes.sort_by_cached_key(|i| Reverse(of(i).map(|run| run.n_tool_calls)));
            }
            Self::Name => indexes.sort_by_cached_key(|i| of(i).map(RunSummary::label)),
        }
    }
}

/// Returns the rank of a run by how soon a person wants to see it.
fn urgency(run: &RunSummary) -> u8 {
    if run.needs_person() {
        return 0;
    }
    match run.state {
        RunState::NeedsInput => 0,
        RunState::Failed => 1,
        RunState::TimedOut => 2,
        RunState::Interrupted => 3,
        RunState::Running => 4,
        RunState::Paused => 5,
        RunState::Queued => 6,
        RunState::Answered => 7,
        RunState::Finished => 8,
        RunState::Cancelled => 9,
    }
}
