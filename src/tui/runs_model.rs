//! All runs as the screens see them: the fold of what the runs tell.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchRecord, RunRecord, Snapshot, Update};
use crate::trace::{RunEvent, RunState};

/// Runs and batches, in the order of their launch.
#[derive(Clone, Debug, Default)]
pub struct RunsModel {
    runs: IndexMap<RunId, Arc<RunRecord>>,
    batches: IndexMap<BatchId, Arc<BatchRecord>>,
    by_state: HashMap<RunState, usize>,
}

impl RunsModel {
    /// Folds news in. Returns whether some were missed, so that a snapshot must be taken.
    pub(crate) fn apply(&mut self, update: Update) -> bool {
        match update {
            Update::BatchStarted(batch)
            | Update::BatchChanged(batch)
            | Update::BatchEnded(batch) => {
                self.batches.insert(batch.id.clone(), batch);
                false
            }
            Update::Events(events) => {
                let mut is_whole = true;
                for event in events.iter() {
                    is_whole &= self.fold(event);
                }
                !is_whole
            }
            Update::Lagged { .. } => true,
        }
    }

    /// Takes everything anew; what is known further here already is kept.
    pub(crate) fn replace(&mut self, snapshot: Snapshot) {
        for batch in snapshot.batches {
            self.batches.insert(batch.id.clone(), batch);
        }
        for run in snapshot.runs {
            let is_ahead = self
                .runs
                .get(&run.run)
                .is_some_and(|known| known.events > run.events);
            if !is_ahead {
                self.runs.insert(run.run.clone(), run);
            }
        }
        self.by_state.clear();
        for run in self.runs.values() {
            *self.by_state.entry(run.state).or_default() += 1;
        }
    }

    /// Folds one event into its run. Returns false if an earlier one is missing.
    fn fold(&mut self, event: &Arc<RunEvent>) -> bool {
        let Some(known) = self.runs.get_mut(&event.run) else {
            let Some(record) = RunRecord::from_queued(event) else {
                return false;
            };
            *self.by_state.entry(record.state).or_default() += 1;
            self.runs.insert(event.run.clone(), Arc::new(record));
            return true;
        };
        if event.seq < known.events {
            return true;
        }
        let before = known.state;
        // A copy is made only where a snapshot still shares the record.
        let record = Arc::make_mut(known);
        let is_next = record.apply(event);
        let after = record.state;
        if before != after {
            if let Some(count) = self.by_state.get_mut(&before) {
                *count = count.saturating_sub(1);
            }
            *self.by_state.entry(after).or_default() += 1;
        }
        is_next
    }

    /// A run.
    pub fn get(&self, run: &RunId) -> Option<&Arc<RunRecord>> {
        self.runs.get(run)
    }

    /// All runs, in the order of their launch.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &Arc<RunRecord>> + ExactSizeIterator {
        self.runs.values()
    }

    /// All batches, in the order of their launch.
    pub fn batches(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Arc<BatchRecord>> + ExactSizeIterator {
        self.batches.values()
    }

    /// A batch.
    pub fn batch(&self, batch: &BatchId) -> Option<&Arc<BatchRecord>> {
        self.batches.get(batch)
    }

    /// How many runs are in a state.
    pub fn count(&self, state: RunState) -> usize {
        self.by_state.get(&state).copied().unwrap_or(0)
    }

    /// How many runs would be lost by quitting: they do something, or wait for a place or a person.
    pub fn live(&self) -> usize {
        [
            RunState::Queued,
            RunState::Running,
            RunState::Paused,
            RunState::NeedsInput,
        ]
        .into_iter()
        .map(|state| self.count(state))
        .sum()
    }
}
