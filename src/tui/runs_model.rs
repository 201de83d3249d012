//! All runs as the screens see them: the fold of what the runs tell.

mod names;
mod tally;
mod told;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::clock::Timestamp;
use crate::base::ids::{BatchId, RunId};
use crate::runs::{BatchRecord, RunRecord, Snapshot, Update};
use crate::trace::{Event, RunEvent, RunEventBody, RunState};
use crate::tui::effect::{DrawSubject, Effect};
use crate::tui::widgets::graph::Drawings;
use names::Differences;
use tally::Share;
pub(crate) use tally::Tally;
use told::Told;

/// Runs and batches, in the order of their launch.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunsModel {
    runs: IndexMap<RunId, Arc<RunRecord>>,
    batches: IndexMap<BatchId, Arc<BatchRecord>>,
    by_state: HashMap<RunState, usize>,
    tallies: HashMap<BatchId, Tally>,
    /// In which inputs the runs of each batch differ.
    differences: HashMap<BatchId, Differences>,
    /// The graph of what each batch runs; none while it is drawn, and for what has none.
    drawings: HashMap<BatchId, Option<Arc<Drawings>>>,
    /// Indexes of the runs that do something or wait for a person.
    active: BTreeSet<usize>,
    /// Counts the changes of runs.
    version: u64,
    /// What runs were told to do and have not done yet.
    told: HashMap<RunId, Told>,
}

impl RunsModel {
    /// Folds news in.
    pub(crate) fn apply(&mut self, update: Update) {
        match update {
            Update::BatchStarted(batch)
            | Update::BatchChanged(batch)
            | Update::BatchEnded(batch) => {
                self.batches.insert(batch.id.clone(), batch);
            }
            Update::Events(events) => {
                for event in events.iter() {
                    self.fold(event);
                }
            }
            Update::Snapshot { missed, snapshot } => {
                tracing::debug!(missed, "the screen was behind and took a snapshot");
                self.replace(snapshot);
            }
        }
    }

    /// Takes everything anew.
    fn replace(&mut self, snapshot: Snapshot) {
        for batch in snapshot.batches {
            self.batches.insert(batch.id.clone(), batch);
        }
        for run in snapshot.runs {
            let before = self.runs.insert(run.run.clone(), Arc::clone(&run));
            if before.is_none() {
                self.note_inputs(&run);
            }
        }
        self.by_state.clear();
        let mut replaced = std::mem::take(&mut self.tallies);
        self.active.clear();
        for (index, run) in self.runs.values().enumerate() {
            let share = Share::of(run);
            *self.by_state.entry(run.state).or_default() += 1;
            self.tallies
                .entry(run.batch.clone())
                .or_default()
                .add(&share);
            if is_active(run) {
                self.active.insert(index);
            }
        }
        for (batch, tally) in &mut self.tallies {
            if let Some(replaced) = replaced.remove(batch) {
                tally.continue_from(replaced);
            }
        }
        let told: Vec<RunId> = self.told.keys().cloned().collect();
        for run in told {
            self.forget_told(&run);
        }
        self.version += 1;
    }

    /// Folds one event into its run.
    fn fold(&mut self, event: &Arc<RunEvent>) {
        let Some((index, _, known)) = self.runs.get_full_mut(&event.run) else {
            let Some(record) = RunRecord::from_planned(event) else {
                return;
            };
            *self.by_state.entry(record.state).or_default() += 1;
            let tally = self.tallies.entry(record.batch.clone()).or_default();
            tally.add(&Share::of(&record));
            self.note_inputs(&record);
            self.runs.insert(event.run.clone(), Arc::new(record));
            self.version += 1;
            return;
        };
        let before = Share::of(known);
        let asked_at = asked_at(known, event);
        // A copy is made only where a snapshot still shares the record.
        let record = Arc::make_mut(known);
        record.apply(event);
        let after = Share::of(record);
        if before != after
            && let Some(tally) = self.tallies.get_mut(&record.batch)
        {
            tally.change(&before, &after, event.timestamp, asked_at);
        }
        if is_active(record) {
            self.active.insert(index);
        } else {
            self.active.remove(&index);
        }
        let (before, after) = (before.state(), after.state());
        if before != after {
            if let Some(count) = self.by_state.get_mut(&before) {
                *count = count.saturating_sub(1);
            }
            *self.by_state.entry(after).or_default() += 1;
        }
        self.forget_told(&event.run);
        self.version += 1;
    }

    fn note_inputs(&mut self, run: &RunRecord) {
        self.differences
            .entry(run.batch.clone())
            .and_modify(|differences| differences.add(&run.inputs))
            .or_insert_with(|| Differences::of(&run.inputs));
    }

    /// Another one after each change of a run.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Runs that do something or wait for a person, in the order of their launch.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Arc<RunRecord>> {
        self.active.iter().filter_map(|index| self.at(*index))
    }

    /// As the how-manieth, from 0, a run was launched.
    pub(crate) fn index_of(&self, run: &RunId) -> Option<usize> {
        self.runs.get_index_of(run)
    }

    /// The run that was launched as the `index`-th, from 0.
    pub(crate) fn at(&self, index: usize) -> Option<&Arc<RunRecord>> {
        self.runs.get_index(index).map(|(_, run)| run)
    }

    /// The numbers of a batch.
    pub(crate) fn tally(&self, batch: &BatchId) -> Option<&Tally> {
        self.tallies.get(batch)
    }

    /// A run.
    pub(crate) fn get(&self, run: &RunId) -> Option<&Arc<RunRecord>> {
        self.runs.get(run)
    }

    /// All runs, in the order of their launch.
    pub(crate) fn runs(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Arc<RunRecord>> + ExactSizeIterator + Clone {
        self.runs.values()
    }

    /// All batches, in the order of their launch.
    pub(crate) fn batches(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Arc<BatchRecord>> + ExactSizeIterator {
        self.batches.values()
    }

    /// A batch.
    pub(crate) fn batch(&self, batch: &BatchId) -> Option<&Arc<BatchRecord>> {
        self.batches.get(batch)
    }

    /// The graph of what a run runs, once it is drawn; none for what has none.
    pub(crate) fn drawings(&self, run: &RunRecord) -> Option<&Arc<Drawings>> {
        self.drawings.get(&run.batch)?.as_ref()
    }

    /// Asks for the graphs of batches that are new.
    pub(crate) fn take_undrawn(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (id, batch) in &self.batches {
            if !self.drawings.contains_key(id) {
                self.drawings.insert(id.clone(), None);
                effects.push(Effect::Draw {
                    subject: DrawSubject::Batch(id.clone()),
                    component: Arc::clone(&batch.component),
                    has_marks: true,
                });
            }
        }
        effects
    }

    /// Takes the graph of what a batch runs.
    pub(crate) fn take_drawings(&mut self, batch: BatchId, drawings: Option<Arc<Drawings>>) {
        self.drawings.insert(batch, drawings);
    }

    /// How many runs are in a state.
    pub(crate) fn count(&self, state: RunState) -> usize {
        self.by_state.get(&state).copied().unwrap_or(0)
    }

    /// How many runs wait for a person, other calls of theirs going on or not.
    pub(crate) fn needing_person(&self) -> usize {
        self.active().filter(|run| run.needs_person()).count()
    }

    /// How many runs would be lost by quitting: they do something, or wait for a place or a person.
    pub(crate) fn live(&self) -> usize {
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

/// When the answer was asked for that becomes whole by an event.
fn asked_at(run: &RunRecord, event: &RunEvent) -> Option<Timestamp> {
    let RunEventBody::Traced(Event::LlmGenerationResponse { request_id, .. }) = &event.body else {
        return None;
    };
    let mut newest_first = run.model_calls.iter().rev();
    newest_first
        .find(|call| call.id == *request_id)
        .map(|call| call.started_at)
}

/// Whether a run does something or waits for a person.
fn is_active(run: &RunRecord) -> bool {
    matches!(run.state, RunState::Running | RunState::Paused) || run.needs_person()
}
