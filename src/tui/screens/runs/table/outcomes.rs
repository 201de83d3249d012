//! The run table grouped by outcome; each group can be unfolded to its runs.

use std::collections::{HashMap, HashSet};

use super::{Row, Selected, Table};
use crate::base::clock::Timestamp;
use crate::base::ids::BatchId;
use crate::runs::{GroupId, KeptRun, OutcomeGroups, OutcomeSummary};
use crate::tui::runs_model::RunsModel;

/// The table's groups.
#[derive(Debug, Default)]
pub(super) struct ByOutcome {
    /// Whether the rows are grouped.
    is_on: bool,
    /// The unfolded groups.
    open: HashSet<(BatchId, GroupId)>,
    /// The groups of each batch with their sizes, as shown by the rows.
    listed: HashMap<BatchId, Vec<(GroupId, usize)>>,
    /// With a filter, the groups of the matching runs.
    kept: HashMap<BatchId, OutcomeGroups>,
}

impl ByOutcome {
    pub(super) const fn is_on(&self) -> bool {
        self.is_on
    }

    pub(super) fn is_open(&self, batch: &BatchId, group: GroupId) -> bool {
        self.open.contains(&(batch.clone(), group))
    }

    /// Returns the number of runs in a group when the rows were last sorted.
    pub(super) fn count(&self, batch: &BatchId, group: GroupId) -> usize {
        let groups = self.listed.get(batch).into_iter().flatten();
        let mut groups = groups.filter(|(listed, _)| *listed == group);
        groups.next().map_or(0, |(_, count)| *count)
    }

    /// Returns the groups of a batch, limited to the runs that match the filter.
    pub(super) fn groups<'a>(
        &'a self,
        batch: &BatchId,
        runs: &'a RunsModel,
    ) -> Option<&'a OutcomeGroups> {
        self.kept.get(batch).or_else(|| runs.outcomes(batch))
    }

    pub(super) fn total(&self) -> usize {
        let groups = self.listed.values().flatten();
        groups.map(|(_, count)| count).sum()
    }
}

impl Table {
    /// Switches between groups and single runs. The cursor moves to the group of its run, or to one
    /// of the runs of its group.
    pub(in crate::tui::screens::runs) fn toggle_outcomes(
        &mut self,
        runs: &RunsModel,
        now: Timestamp,
    ) {
        self.outcomes.is_on = !self.outcomes.is_on;
        self.selected = match self.selected.take() {
            Some(Selected::Run(run)) if self.outcomes.is_on => runs.get(&run).and_then(|run| {
                let groups = runs.outcomes(&run.batch)?;
                let group = groups.group_of(run.outcome());
                Some(Selected::Group(run.batch.clone(), group))
            }),
            Some(Selected::Group(batch, group)) => {
                let groups = self.outcomes.groups(&batch, runs);
                let members = groups.map(|groups| groups.members(group));
                let first = members.and_then(|members| runs.at(*members.first()?));
                first.map(|run| Selected::Run(run.run.clone()))
            }
            selected => selected,
        };
        self.arrange(runs, now);
    }

    /// Makes a row for each group, and for each run of unfolded groups. While a row is held, groups
    /// keep their positions and new ones come last.
    pub(super) fn arrange_by_outcome(&mut self, runs: &RunsModel, now: Timestamp) {
        self.outcomes.kept.clear();
        if !self.filter.is_empty() {
            let all = runs.runs().enumerate();
            for (index, run) in all.filter(|(index, _)| self.kept.get(*index)) {
                let kept = self.outcomes.kept.entry(run.batch.clone()).or_default();
                kept.add(index, run.outcome());
            }
        }
        let mut before = std::mem::take(&mut self.outcomes.listed);
        self.rows.clear();
        for batch in runs.batches().rev().map(|batch| &batch.id) {
            let groups = if self.filter.is_empty() {
                runs.outcomes(batch)
            } else {
                self.outcomes.kept.get(batch)
            };
            let Some(groups) = groups else { continue };
            let mut listed = groups.list();
            if self.is_held
                && let Some(before) = before.remove(batch)
            {
                let place = |group: &GroupId| before.iter().position(|(known, _)| known == group);
                listed.sort_by_key(|(group, _)| place(group).unwrap_or(usize::MAX));
            }
            let has_head = runs.batches().len() > 1;
            if has_head {
                self.rows.push(Row::Batch(batch.clone()));
            }
            if !has_head || !self.folded.contains(batch) || !self.filter.is_empty() {
                for (group, _) in &listed {
                    self.rows.push(Row::Group(batch.clone(), *group));
                    if self.outcomes.is_open(batch, *group) {
                        let mut members = groups.members(*group);
                        self.put_in_order(&mut members, runs, now);
                        self.rows.extend(members.into_iter().map(Row::Run));
                    }
                }
            }
            self.outcomes.listed.insert(batch.clone(), listed);
        }
    }

    /// Unfolds or folds the group under the cursor, or the group of the run under the cursor.
    /// Returns whether something changed; `None` if the cursor is in no group.
    pub(super) fn fold_group(&mut self, is_folded: bool, runs: &RunsModel) -> Option<bool> {
        if !self.outcomes.is_on {
            return None;
        }
        let key = match &self.selected {
            Some(Selected::Group(batch, group)) => (batch.clone(), *group),
            Some(Selected::Run(run)) if is_folded => {
                let run = runs.get(run)?;
                let groups = self.outcomes.groups(&run.batch, runs)?;
                (run.batch.clone(), groups.group_of(run.outcome()))
            }
            Some(Selected::Run(_) | Selected::Batch(_)) | None => return None,
        };
        let is_changed = if is_folded {
            self.outcomes.open.remove(&key)
        } else {
            self.outcomes.open.insert(key.clone())
        };
        if is_changed {
            self.selected = Some(Selected::Group(key.0, key.1));
        }
        Some(is_changed)
    }

    /// Unfolds the group of a run, so that the run has a row.
    pub(super) fn open_group_of(&mut self, run: &KeptRun, runs: &RunsModel) {
        if let Some(groups) = runs.outcomes(&run.batch) {
            let group = groups.group_of(run.outcome());
            self.outcomes.open.insert((run.batch.clone(), group));
        }
    }

    /// Whether the rows are grouped.
    pub(in crate::tui::screens::runs) const fn is_by_outcome(&self) -> bool {
        self.outcomes.is_on
    }

    /// Whether the group under the cursor is unfolded; `None` if the cursor is on no group.
    pub(in crate::tui::screens::runs) fn is_group_open(&self) -> Option<bool> {
        match &self.selected {
            Some(Selected::Group(batch, group)) => Some(self.outcomes.is_open(batch, *group)),
            Some(Selected::Run(_) | Selected::Batch(_)) | None => None,
        }
    }

    /// Whether any group is unfolded.
    pub(in crate::tui::screens::runs) fn has_open_group(&self) -> bool {
        self.outcomes.is_on && !self.outcomes.open.is_empty()
    }

    /// Returns the runs of the group under the cursor that match the filter; `None` if the cursor
    /// is on no group.
    pub(in crate::tui::screens::runs) fn group_under_cursor(
        &self,
        runs: &RunsModel,
    ) -> Option<Vec<usize>> {
        let Some(Selected::Group(batch, group)) = &self.selected else {
            return None;
        };
        let groups = self.outcomes.groups(batch, runs)?;
        Some(groups.members(*group))
    }

    /// Whether a run belongs to the group under the cursor; true for every run if the cursor is on
    /// no group.
    pub(in crate::tui::screens::runs) fn is_in_group_under_cursor(
        &self,
        index: usize,
        run: &KeptRun,
        runs: &RunsModel,
    ) -> bool {
        let Some(Selected::Group(batch, group)) = &self.selected else {
            return true;
        };
        let groups = self.outcomes.groups(batch, runs);
        groups.is_none_or(|groups| groups.holds(*group, index, run.outcome()))
    }

    /// Returns the outcomes of the current batch, as the rows show them.
    pub(in crate::tui::screens::runs) fn outcome_summary(
        &self,
        runs: &RunsModel,
    ) -> Option<OutcomeSummary> {
        let batch = self.batch(runs)?;
        let listed = self.outcomes.listed.get(&batch.id)?;
        self.outcomes.is_on.then(|| OutcomeSummary::of(listed))
    }

    /// Removes the groups of batches that no longer exist.
    pub(super) fn outcomes_forgotten(&mut self, runs: &RunsModel) {
        self.outcomes
            .open
            .retain(|(batch, _)| runs.batch(batch).is_some());
    }
}
