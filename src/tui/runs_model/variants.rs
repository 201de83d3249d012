//! The comparison of runs: the numbers of each variant of a spec, and the step at which a run
//! differs from the others.

use super::RunsModel;
use super::tally::{Share, Tally};
use crate::base::hash::HashMap;
use crate::base::ids::BatchId;
use crate::runs::{Leaving, RunSummary};

impl RunsModel {
    /// Returns the numbers of each variant of a batch; empty if the spec was not varied.
    pub(crate) fn of_variants(&self, batch: &BatchId) -> &[Tally] {
        self.of_variants.get(batch).map_or(&[], Vec::as_slice)
    }

    /// Returns the numbers of the runs at these positions in the order of launches.
    pub(crate) fn tally_of(&self, runs: &[usize]) -> Tally {
        let mut tally = Tally::default();
        for run in runs.iter().filter_map(|index| self.at(*index)) {
            tally.add(&Share::of(run));
        }
        tally
    }

    /// Returns the step at which a run differs from most runs of its batch; `None` if it doesn't.
    pub(crate) fn leaving(&self, run: &RunSummary) -> Option<Leaving> {
        let divergence = self.divergence.get(&run.batch)?;
        divergence.leaving(self.index_of(&run.run)?, run)
    }
}

/// Adds a run to the numbers of its variant, if it has one.
pub(super) fn add_to_variant(
    of_variants: &mut HashMap<BatchId, Vec<Tally>>,
    run: &RunSummary,
    share: &Share,
) {
    let Some(variant) = run.plan.variant else {
        return;
    };
    let tallies = of_variants.entry(run.batch.clone()).or_default();
    if tallies.len() <= variant {
        tallies.resize_with(variant + 1, Tally::default);
    }
    if let Some(tally) = tallies.get_mut(variant) {
        tally.add(share);
    }
}
