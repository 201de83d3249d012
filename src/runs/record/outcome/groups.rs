//! Groups of runs by outcome, updated with each change of a run.

use std::collections::BTreeSet;

use super::Outcome;
use crate::base::hash::HashMap;
use crate::trace::RunState;

/// The key of a group of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GroupId {
    /// Runs with the same outcome.
    Of(Outcome),
    /// Runs in this state whose output no other run has.
    Unlike(RunState),
}

/// The runs of a batch, grouped by outcome. A run is identified by its number in the order of
/// launch.
///
/// When a run changes, it moves from one group to another; no other run is processed.
///
/// Invariant: any order of changes has the same result as adding each run once in its final state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OutcomeGroups {
    members: HashMap<Outcome, BTreeSet<usize>>,
}

/// A summary of a batch's outcomes: `438 same answer · 41 other · 21 failed in 3 ways`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutcomeSummary {
    /// The number of runs with the most frequent answer; 0 if all answers differ.
    pub(crate) same: usize,
    /// The number of runs with another answer.
    pub(crate) other: usize,
    /// The number of runs that failed or timed out.
    pub(crate) failed: usize,
    /// The number of different failures.
    pub(crate) ways: usize,
    /// The number of runs that wait for a person.
    pub(crate) asking: usize,
    /// The number of runs that are queued, running or paused.
    pub(crate) open: usize,
    /// The number of runs that were cancelled or interrupted.
    pub(crate) stopped: usize,
}

impl OutcomeGroups {
    /// Adds a run.
    pub(crate) fn add(&mut self, run: usize, outcome: Outcome) {
        self.members.entry(outcome).or_default().insert(run);
    }

    /// Moves a run from one outcome to another.
    pub(crate) fn change(&mut self, run: usize, before: Outcome, after: Outcome) {
        if before == after {
            return;
        }
        if let Some(members) = self.members.get_mut(&before) {
            members.remove(&run);
            if members.is_empty() {
                self.members.remove(&before);
            }
        }
        self.add(run, after);
    }

    /// Returns the group of runs with this outcome.
    pub(crate) fn group_of(&self, outcome: Outcome) -> GroupId {
        let is_alone = has_output(outcome.state)
            && self.members.get(&outcome).is_none_or(|runs| runs.len() < 2);
        if is_alone {
            GroupId::Unlike(outcome.state)
        } else {
            GroupId::Of(outcome)
        }
    }

    /// Returns the groups with their numbers of runs, in the order of display: waiting for a
    /// person, outputs, errors, stopped, active; within these, large groups first.
    pub(crate) fn list(&self) -> Vec<(GroupId, usize)> {
        let mut unlike = [0_usize; RunState::ALL.len()];
        let mut groups: Vec<(u8, usize, usize, GroupId)> = Vec::new();
        for (outcome, members) in &self.members {
            if members.len() < 2 && has_output(outcome.state) {
                unlike[outcome.state as usize] += members.len();
                continue;
            }
            let first = members.first().copied().unwrap_or_default();
            let group = GroupId::Of(*outcome);
            groups.push((rank(outcome.state), members.len(), first, group));
        }
        for state in RunState::ALL.into_iter().filter(|state| has_output(*state)) {
            let count = unlike[state as usize];
            if count > 0 {
                // After those that agree.
                groups.push((rank(state) + 1, count, 0, GroupId::Unlike(state)));
            }
        }
        groups.sort_by_key(|(rank, count, first, _)| (*rank, std::cmp::Reverse(*count), *first));
        groups
            .into_iter()
            .map(|(_, count, _, group)| (group, count))
            .collect()
    }

    /// Returns the runs of a group, in the order of launch.
    pub(crate) fn members(&self, group: GroupId) -> Vec<usize> {
        match group {
            GroupId::Of(outcome) => {
                let members = self.members.get(&outcome).into_iter().flatten();
                members.copied().collect()
            }
            GroupId::Unlike(state) => {
                let alone = self
                    .members
                    .iter()
                    .filter(|(outcome, members)| outcome.state == state && members.len() < 2);
                let mut members: Vec<usize> = alone.flat_map(|(_, runs)| runs).copied().collect();
                members.sort_unstable();
                members
            }
        }
    }

    /// Returns whether a run with this outcome is in a group.
    pub(crate) fn holds(&self, group: GroupId, run: usize, outcome: Outcome) -> bool {
        let of = match group {
            GroupId::Of(outcome) => self.members.get(&outcome),
            GroupId::Unlike(state) => {
                let own = self.members.get(&outcome);
                own.filter(|members| outcome.state == state && members.len() < 2)
            }
        };
        of.is_some_and(|members| members.contains(&run))
    }

    /// Returns one run of a group, which stays the same as long as it is in the group.
    pub(crate) fn example(&self, group: GroupId) -> Option<usize> {
        match group {
            GroupId::Of(outcome) => self.members.get(&outcome)?.first().copied(),
            GroupId::Unlike(_) => None,
        }
    }
}

impl OutcomeSummary {
    /// Summarizes listed groups.
    pub(crate) fn of(groups: &[(GroupId, usize)]) -> Self {
        let mut sum = Self::default();
        let mut with_output = 0;
        for (group, count) in groups {
            let state = match group {
                GroupId::Of(outcome) => outcome.state,
                GroupId::Unlike(state) => *state,
            };
            match state {
                RunState::Answered | RunState::Finished => {
                    with_output += count;
                    if let GroupId::Of(_) = group {
                        sum.same = sum.same.max(*count);
                    }
                }
                RunState::Failed | RunState::TimedOut => {
                    sum.failed += count;
                    sum.ways += 1;
                }
                RunState::NeedsInput => sum.asking += count,
                RunState::Queued | RunState::Running | RunState::Paused => sum.open += count,
                RunState::Cancelled | RunState::Interrupted => sum.stopped += count,
            }
        }
        sum.other = with_output - sum.same;
        sum
    }
}

/// Returns whether a run in this state has its output.
const fn has_output(state: RunState) -> bool {
    matches!(state, RunState::Answered | RunState::Finished)
}

/// Returns the position of a state in the list of groups, with a gap after each for runs with
/// unique outputs.
const fn rank(state: RunState) -> u8 {
    match state {
        RunState::NeedsInput => 0,
        RunState::Answered | RunState::Finished => 2,
        RunState::Failed => 4,
        RunState::TimedOut => 6,
        RunState::Interrupted => 8,
        RunState::Cancelled => 10,
        RunState::Running => 12,
        RunState::Paused => 14,
        RunState::Queued => 16,
    }
}
