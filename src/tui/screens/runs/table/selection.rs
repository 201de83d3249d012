//! The row under the cursor of the table. The cursor stays on its run, group or batch while rows
//! move.

use super::{Filter, Row, Selected, Table};
use crate::base::clock::Timestamp;
use crate::runs::KeptRun;
use crate::tui::action::Action;
use crate::tui::runs_model::RunsModel;

impl Table {
    pub(super) fn find_selected(&mut self, runs: &RunsModel) {
        let selected_run = match &self.selected {
            Some(Selected::Run(run)) => runs.index_of(run),
            Some(Selected::Batch(_) | Selected::Group(..)) | None => None,
        };
        let is_selected = |row: &Row| match (&self.selected, row) {
            (Some(Selected::Batch(selected)), Row::Batch(batch)) => selected == batch,
            (Some(Selected::Group(of, selected)), Row::Group(batch, group)) => {
                selected == group && of == batch
            }
            (Some(Selected::Run(_)), Row::Run(index)) => Some(*index) == selected_run,
            _ => false,
        };
        if let Some(row) = self.rows.iter().position(is_selected) {
            if self.outcomes.is_on() && self.is_held {
                self.cursor.follow(row);
            } else {
                self.cursor.select(row);
            }
            return;
        }
        // What was selected is gone from view: the row that has taken its place, or the first run.
        // The head of a batch whose runs are not there yet is not taken for one.
        if self.selected.is_some() {
            let last = self.rows.len().saturating_sub(1);
            self.cursor.select(self.cursor.selected().min(last));
            self.take_selected(runs);
            return;
        }
        let is_no_head = |row: &Row| !matches!(row, Row::Batch(_));
        let first_run = self.rows.iter().position(is_no_head);
        self.cursor.select(first_run.unwrap_or(0));
        if first_run.is_some() {
            self.take_selected(runs);
        }
    }

    /// Selects the item in the cursor's row.
    fn take_selected(&mut self, runs: &RunsModel) {
        self.selected = match self.rows.get(self.cursor.selected()) {
            Some(Row::Batch(batch)) => Some(Selected::Batch(batch.clone())),
            Some(Row::Group(batch, group)) => Some(Selected::Group(batch.clone(), *group)),
            Some(Row::Run(index)) => runs.at(*index).map(|run| Selected::Run(run.run.clone())),
            None => None,
        };
    }

    /// Moves the cursor by an action, after which the rows keep their order. Returns whether the
    /// action was a movement.
    pub(in crate::tui::screens::runs) fn act(
        &mut self,
        action: Action,
        height: usize,
        runs: &RunsModel,
    ) -> bool {
        let is_moved = self.cursor.act(action, self.rows.len(), height);
        if is_moved {
            self.is_held = true;
            self.take_selected(runs);
        }
        is_moved
    }

    /// Moves by steps of the mouse wheel.
    pub(in crate::tui::screens::runs) fn wheel(
        &mut self,
        steps: isize,
        height: usize,
        runs: &RunsModel,
    ) {
        self.cursor.wheel(steps, self.rows.len(), height);
        self.is_held = true;
        self.take_selected(runs);
    }

    /// Selects the clicked row. Returns `None` if there is none, or whether the row was already
    /// selected.
    pub(in crate::tui::screens::runs) fn click(
        &mut self,
        line: usize,
        height: usize,
        runs: &RunsModel,
    ) -> Option<bool> {
        let row = self.cursor.in_view(self.rows.len(), height).start + line;
        self.rows.get(row)?;
        let was_selected = self.cursor.selected() == row;
        self.cursor.select(row);
        self.is_held = true;
        self.take_selected(runs);
        Some(was_selected)
    }

    /// Moves the cursor to a run and unfolds its batch. A filter that hides the run is cleared.
    pub(in crate::tui::screens::runs) fn show(
        &mut self,
        run: &KeptRun,
        runs: &RunsModel,
        now: Timestamp,
    ) {
        if !self.filter.keeps(run, runs) {
            self.filter = Filter::default();
        }
        self.folded.remove(&run.batch);
        self.open_group_of(run, runs);
        self.selected = Some(Selected::Run(run.run.clone()));
        self.is_held = true;
        self.arrange(runs, now);
    }

    /// Moves the cursor to the next or the previous run, skipping the heads of batches.
    pub(in crate::tui::screens::runs) fn step(&mut self, is_forward: bool, runs: &RunsModel) {
        self.step_to(is_forward, runs, |_| true);
    }

    /// Moves the cursor to the next or the previous run for which the predicate is true. Returns
    /// whether there is one.
    pub(in crate::tui::screens::runs) fn step_to(
        &mut self,
        is_forward: bool,
        runs: &RunsModel,
        is_wanted: impl Fn(&KeptRun) -> bool,
    ) -> bool {
        let is_run = |row: &usize| match self.rows.get(*row) {
            Some(Row::Run(index)) => runs.at(*index).is_some_and(&is_wanted),
            _ => false,
        };
        let now = self.cursor.selected();
        let row = if is_forward {
            (now + 1..self.rows.len()).find(is_run)
        } else {
            (0..now.min(self.rows.len())).rev().find(is_run)
        };
        if let Some(row) = row {
            self.cursor.select(row);
            self.is_held = true;
            self.take_selected(runs);
        }
        row.is_some()
    }

    /// Folds or unfolds the batch under the cursor. Returns whether something changed.
    pub(in crate::tui::screens::runs) fn fold(
        &mut self,
        is_folded: bool,
        runs: &RunsModel,
        now: Timestamp,
    ) -> bool {
        if self.fold_group(is_folded, runs) == Some(true) {
            self.arrange(runs, now);
            return true;
        }
        let batch = match &self.selected {
            Some(Selected::Batch(batch)) => batch.clone(),
            Some(Selected::Group(batch, _)) if is_folded && self.n_batches > 1 => batch.clone(),
            Some(Selected::Run(run)) if is_folded && self.n_batches > 1 => match runs.get(run) {
                Some(run) => run.batch.clone(),
                None => return false,
            },
            Some(Selected::Group(..) | Selected::Run(_)) | None => return false,
        };
        let is_changed = if is_folded {
            self.folded.insert(batch.clone())
        } else {
            self.folded.remove(&batch)
        };
        if is_changed {
            self.selected = Some(Selected::Batch(batch));
            self.arrange(runs, now);
        }
        is_changed
    }
}
