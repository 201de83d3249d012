//! The matrix of a batch with variants: a row for each set of inputs, a column for each variant.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::base::hash::HashMap;
use crate::runs::RunSummary;
use crate::trace::RunTerms;

/// The assignment of runs to inputs and variants. A run is identified by its number in the order of
/// launch.
///
/// Runs are added when they are planned; their results are in their own records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matrix {
    /// The runs by row and column; rows are in the order of their first runs and may have different
    /// lengths.
    cells: Vec<Vec<Vec<usize>>>,
    /// The settings that the runs of each variant share; `None` if the variant has no known run.
    columns: Vec<Option<Arc<RunTerms>>>,
    /// The largest number of runs in a cell.
    most_in_a_cell: usize,
    /// The row of each set of inputs, by a digest.
    rows: HashMap<u64, usize>,
}

impl Matrix {
    /// Adds a run; a run without a variant is ignored.
    pub(crate) fn add(&mut self, index: usize, run: &RunSummary) {
        let Some(column) = run.plan.variant else {
            return;
        };
        let next = self.cells.len();
        let row = *self.rows.entry(digest_of_row(run)).or_insert(next);
        if row == next {
            self.cells.push(Vec::new());
        }
        if self.columns.len() <= column {
            self.columns.resize(column + 1, None);
        }
        if let Some(terms) = self.columns.get_mut(column) {
            terms.get_or_insert_with(|| Arc::clone(&run.terms));
        }
        if let Some(cells) = self.cells.get_mut(row) {
            if cells.len() <= column {
                cells.resize(column + 1, Vec::new());
            }
            if let Some(cell) = cells.get_mut(column) {
                cell.push(index);
                self.most_in_a_cell = self.most_in_a_cell.max(cell.len());
            }
        }
    }

    pub(crate) const fn n_rows(&self) -> usize {
        self.cells.len()
    }

    pub(crate) const fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Returns the runs of a row with a variant, in the order of launch.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &[usize] {
        let cell = self.cells.get(row).and_then(|cells| cells.get(column));
        cell.map_or(&[], Vec::as_slice)
    }

    /// Returns the largest number of runs in a cell.
    pub(crate) const fn most_in_a_cell(&self) -> usize {
        self.most_in_a_cell
    }

    /// Returns the settings that the runs of a variant share.
    pub(crate) fn terms(&self, column: usize) -> Option<&Arc<RunTerms>> {
        self.columns.get(column)?.as_ref()
    }
}

/// Returns a digest of what the runs of a row have in common: their input row in the batch, else
/// their inputs and messages. Inputs alone are not enough, because a variant may have fewer inputs
/// than another one.
fn digest_of_row(run: &RunSummary) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(row) = run.plan.row {
        row.hash(&mut hasher);
        return hasher.finish();
    }
    for (name, value) in &run.plan.inputs {
        name.hash(&mut hasher);
        value.to_string().hash(&mut hasher);
    }
    run.plan.answers.messages.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::runs::RunPlan;
    use crate::runs::script::Script;

    fn run(index: usize, city: &str, variant: Option<usize>) -> RunSummary {
        let mut run = RunSummary::clone(&Script::new(&format!("r_{index}"), index).record());
        let mut plan = RunPlan::clone(&run.plan);
        plan.inputs.insert("city".to_owned(), json!(city));
        plan.variant = variant;
        run.plan = Arc::new(plan);
        run
    }

    #[test]
    fn runs_stand_in_the_row_of_their_inputs_and_the_column_of_their_variant() {
        let mut matrix = Matrix::default();
        for (index, (row, city)) in [(1, "Bern"), (1, ""), (0, "Bern")].into_iter().enumerate() {
            let mut run = run(index, city, Some(index));
            let mut plan = RunPlan::clone(&run.plan);
            plan.row = Some(row);
            run.plan = Arc::new(plan);
            matrix.add(index, &run);
        }
        assert_eq!(matrix.n_rows(), 2, "a variant may lack an input");
        let mut matrix = Matrix::default();
        let runs = [
            ("Rome", Some(0)),
            ("Rome", Some(1)),
            ("Oslo", Some(0)),
            ("Oslo", Some(1)),
            ("Rome", Some(1)),
            ("Lima", Some(2)),
            ("Lima", None),
        ];
        for (index, (city, variant)) in runs.into_iter().enumerate() {
            matrix.add(index, &run(index, city, variant));
        }
        assert_eq!((matrix.n_rows(), matrix.n_columns()), (3, 3));
        assert_eq!(matrix.cell(0, 1), [1, 4]);
        assert_eq!(matrix.cell(1, 0), [2]);
        assert_eq!(matrix.cell(1, 2), [0_usize; 0]);
        assert_eq!(matrix.cell(2, 2), [5]);
        assert_eq!(matrix.most_in_a_cell(), 2);
        assert!(matrix.terms(2).is_some() && matrix.terms(3).is_none());
    }
}
