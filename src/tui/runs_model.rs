//! All runs in the form that the screens read, computed from the updates of the feed.

mod names;
mod opened;
mod past;
mod pending;
mod tally;
mod variants;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::hash::{HashMap, HashSet, IndexMap};
use crate::base::ids::{BatchId, RunId};
use crate::runs::{
    BatchRecord, Divergence, Inbox, KeptRun, OutcomeGroups, Recording, RunRecord, RunSummary,
    Snapshot, Update,
};
use crate::spec::Component;
use crate::trace::{Event, RunEvent, RunEventBody, RunState, RunTerms};
use crate::tui::effect::{DrawSubject, Effect};
use crate::tui::widgets::graph::Drawings;
use names::Differences;
pub(crate) use names::{fork_words, variant_letter};
pub(crate) use opened::OF_TRACE;
use past::PastRun;
use pending::PendingCommand;
use tally::Share;
pub(crate) use tally::Tally;
use variants::add_to_variant;

/// Runs and batches in the order of their launches.
#[derive(Clone, Debug, Default)]
pub struct RunsModel {
    runs: IndexMap<RunId, KeptRun>,
    /// Runs whose details the feed has dropped and this model still has, because they may be shown.
    /// The value is the summary that remains afterwards.
    to_let_go: HashMap<RunId, Arc<RunSummary>>,
    batches: IndexMap<BatchId, Arc<BatchRecord>>,
    /// The batches of opened traces, which can only be viewed.
    opened: HashSet<BatchId>,
    /// Runs of the history that are shown.
    past: HashMap<RunId, PastRun>,
    by_state: HashMap<RunState, usize>,
    tallies: HashMap<BatchId, Tally>,
    /// The numbers of each variant, for batches with varied specs.
    of_variants: HashMap<BatchId, Vec<Tally>>,
    /// The runs of each batch by outcome.
    outcomes: HashMap<BatchId, OutcomeGroups>,
    /// The steps of each batch's runs, and the runs that differ from the others.
    divergence: HashMap<BatchId, Divergence>,
    /// The open requests to the person, of all runs.
    inbox: Inbox,
    /// The inputs in which the runs of each batch differ.
    differences: HashMap<BatchId, Differences>,
    /// The terms of the first run of each batch.
    terms: HashMap<BatchId, Arc<RunTerms>>,
    /// The graph of each batch's component; `None` while it is being drawn, and for components
    /// without one.
    drawings: HashMap<BatchId, Option<Arc<Drawings>>>,
    /// Whether there may be a batch whose graph was not requested yet.
    has_undrawn: bool,
    /// The width of the widest run name, such as `A#100`, in cells.
    name_cells: u16,
    /// Indexes of the runs that are active or wait for a person.
    active: BTreeSet<usize>,
    /// The number of changes of runs.
    version: u64,
    /// The commands that runs received and have not performed yet.
    pending: HashMap<RunId, PendingCommand>,
    /// Whether all runs are from the history and named by their stored ids.
    is_of_history: bool,
    /// The number of runs of a recording that were left out for lack of room.
    left_out: usize,
}

impl RunsModel {
    /// Makes a model of the runs of a recording, with all their events.
    pub(crate) fn of_recording(recording: Recording) -> Self {
        let mut model = Self {
            is_of_history: true,
            left_out: recording.left_out,
            ..Self::default()
        };
        let events: Arc<[_]> = recording
            .events
            .into_iter()
            .map(|(_, event)| event)
            .collect();
        for update in [
            Update::BatchStarted(recording.batch),
            Update::Events(events),
        ] {
            // Nothing is forgotten in a recording.
            let _forgotten = model.apply(update);
        }
        model
    }

    /// Applies an update. Returns whether runs were removed.
    pub fn apply(&mut self, update: Update) -> bool {
        match update {
            Update::BatchStarted(batch)
            | Update::BatchChanged(batch)
            | Update::BatchEnded(batch) => {
                self.name_cells = self.name_cells.max(names::cells(&batch, false));
                self.has_undrawn |= self.batches.insert(batch.id.clone(), batch).is_none();
            }
            Update::Events(events) => {
                for event in events.iter() {
                    self.fold(event);
                }
            }
            Update::LetGo(summaries) => {
                let let_go = summaries
                    .iter()
                    .map(|summary| (summary.run.clone(), Arc::clone(summary)));
                self.to_let_go.extend(let_go);
            }
            Update::Forgotten { runs, batches } => {
                let (runs, batches): (HashSet<_>, HashSet<_>) =
                    (runs.iter().collect(), batches.iter().collect());
                self.keep(|run| !runs.contains(run), |batch| !batches.contains(batch));
                self.count_all();
                return true;
            }
            // A notice says it.
            Update::HistoryOff(_) => {}
            Update::Snapshot { missed, snapshot } => {
                tracing::debug!(missed, "the screen was behind and took a snapshot");
                return self.replace(snapshot);
            }
        }
        false
    }

    /// Replaces all runs by a snapshot. Returns whether runs were removed meanwhile.
    fn replace(&mut self, snapshot: Snapshot) -> bool {
        // Runs of traces come after those of the snapshot.
        let has_opened = !self.opened.is_empty();
        let kept: HashSet<BatchId> = snapshot
            .batches
            .iter()
            .map(|batch| batch.id.clone())
            .collect();
        self.has_undrawn = true;
        for batch in snapshot.batches {
            self.batches.insert(batch.id.clone(), batch);
        }
        let mut before: HashMap<_, _> = std::mem::take(&mut self.runs).into_iter().collect();
        for run in snapshot.runs {
            let id = run.run.clone();
            let known = before.remove(&id);
            if known.is_none() {
                self.note_inputs(&run);
            }
            let run = match (run, known) {
                // What is on show keeps its detail.
                (KeptRun::Summary(summary), Some(KeptRun::Whole(record))) if record.is_over() => {
                    self.to_let_go.insert(id.clone(), summary);
                    KeptRun::Whole(record)
                }
                (run, _) => run,
            };
            self.runs.insert(id, run);
        }
        self.take_back_opened(&mut before);
        let opened = self.opened.clone();
        self.keep(
            |run| !before.contains_key(run),
            |batch| kept.contains(batch) || opened.contains(batch),
        );
        self.count_all();
        !before.is_empty() || has_opened
    }

    /// Keeps the given runs and batches, and removes everything else.
    fn keep(
        &mut self,
        is_run_kept: impl Fn(&RunId) -> bool,
        is_batch_kept: impl Fn(&BatchId) -> bool,
    ) {
        self.runs.retain(|run, _| is_run_kept(run));
        self.to_let_go.retain(|run, _| is_run_kept(run));
        self.pending.retain(|run, _| is_run_kept(run));
        self.batches.retain(|batch, _| is_batch_kept(batch));
        self.tallies.retain(|batch, _| is_batch_kept(batch));
        self.of_variants.retain(|batch, _| is_batch_kept(batch));
        self.outcomes.retain(|batch, _| is_batch_kept(batch));
        self.divergence.retain(|batch, _| is_batch_kept(batch));
        self.differences.retain(|batch, _| is_batch_kept(batch));
        self.terms.retain(|batch, _| is_batch_kept(batch));
        self.drawings.retain(|batch, _| is_batch_kept(batch));
    }

    /// Drops the details of ended runs that are not in use, if the feed has dropped them.
    pub(crate) fn let_go(&mut self, is_in_use: impl Fn(&RunId) -> bool) {
        let runs = &mut self.runs;
        self.to_let_go.retain(|id, summary| {
            let is_kept = is_in_use(id);
            if !is_kept && let Some(run) = runs.get_mut(id) {
                *run = KeptRun::Summary(Arc::clone(summary));
            }
            is_kept
        });
        self.keep_past(is_in_use);
    }

    /// Recomputes all counts.
    fn count_all(&mut self) {
        self.by_state.clear();
        let names = self.batches.values();
        let names = names.map(|batch| names::cells(batch, self.opened.contains(&batch.id)));
        self.name_cells = names.max().unwrap_or(0);
        let mut replaced = std::mem::take(&mut self.tallies);
        self.of_variants.clear();
        self.outcomes.clear();
        self.divergence.clear();
        self.inbox.clear();
        self.active.clear();
        for (index, run) in self.runs.values().enumerate() {
            let share = Share::of(run);
            *self.by_state.entry(run.state).or_default() += 1;
            self.tallies
                .entry(run.batch.clone())
                .or_default()
                .add(&share);
            add_to_variant(&mut self.of_variants, run, &share);
            self.outcomes
                .entry(run.batch.clone())
                .or_default()
                .add(index, run.outcome());
            self.divergence
                .entry(run.batch.clone())
                .or_default()
                .update(index, run);
            if self.opened.contains(&run.batch) {
                // Nobody can answer them, and none of their steps continues.
                continue;
            }
            self.inbox.update(index, run);
            if is_active(run) {
                self.active.insert(index);
            }
        }
        for (batch, tally) in &mut self.tallies {
            if let Some(replaced) = replaced.remove(batch) {
                tally.continue_from(replaced);
            }
        }
        let pending: Vec<RunId> = self.pending.keys().cloned().collect();
        for run in pending {
            self.forget_pending(&run);
        }
        self.version += 1;
    }

    /// Applies one event to its run.
    fn fold(&mut self, event: &Arc<RunEvent>) {
        let Some((index, _, known)) = self.runs.get_full_mut(&event.run) else {
            // An event of a run that was forgotten begins none.
            let Some(record) = RunRecord::from_planned(event) else {
                return;
            };
            *self.by_state.entry(record.state).or_default() += 1;
            let tally = self.tallies.entry(record.batch.clone()).or_default();
            let share = Share::of(&record);
            tally.add(&share);
            add_to_variant(&mut self.of_variants, &record, &share);
            let outcomes = self.outcomes.entry(record.batch.clone()).or_default();
            outcomes.add(self.runs.len(), record.outcome());
            self.divergence.entry(record.batch.clone()).or_default();
            self.note_inputs(&record);
            let run = KeptRun::Whole(Arc::new(record));
            self.runs.insert(event.run.clone(), run);
            self.version += 1;
            return;
        };
        // What was let go was over.
        let KeptRun::Whole(known) = known else { return };
        let before = Share::of(known);
        let came_to = known.outcome();
        let asked_at = asked_at(known, event);
        // A copy is made only where a snapshot still shares the record.
        let record = Arc::make_mut(known);
        record.apply(event);
        let after = Share::of(record);
        if before != after
            && let Some(tally) = self.tallies.get_mut(&record.batch)
        {
            tally.change(&before, &after, event.timestamp, asked_at);
            let of_variants = self.of_variants.get_mut(&record.batch);
            let variant = record.plan.variant;
            if let Some(tally) = variant.and_then(|variant| of_variants?.get_mut(variant)) {
                tally.change(&before, &after, event.timestamp, asked_at);
            }
        }
        if let Some(outcomes) = self.outcomes.get_mut(&record.batch) {
            outcomes.change(index, came_to, record.outcome());
        }
        if let Some(divergence) = self.divergence.get_mut(&record.batch) {
            divergence.update(index, record);
        }
        self.inbox.update(index, record);
        if is_active(record) {
            self.active.insert(index);
        } else {
            self.active.remove(&index);
        }
        if let RunEventBody::Traced(Event::LlmGenerationRequest { model_id, .. }) = &event.body
            && let Some(tally) = self.tallies.get_mut(&record.batch)
        {
            tally.note_model(model_id);
        }
        let (before, after) = (before.state(), after.state());
        if before != after {
            if let Some(count) = self.by_state.get_mut(&before) {
                *count = count.saturating_sub(1);
            }
            *self.by_state.entry(after).or_default() += 1;
        }
        self.forget_pending(&event.run);
        self.version += 1;
    }

    fn note_inputs(&mut self, run: &RunSummary) {
        let terms = self.terms.entry(run.batch.clone());
        terms.or_insert_with(|| Arc::clone(&run.terms));
        self.differences
            .entry(run.batch.clone())
            .and_modify(|differences| differences.add(&run.plan.inputs))
            .or_insert_with(|| Differences::of(&run.plan.inputs));
    }

    /// Returns a number that changes with each change of a run.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the runs that are active or wait for a person, in the order of their launches.
    pub(crate) fn active(&self) -> impl Iterator<Item = &KeptRun> {
        self.active.iter().filter_map(|index| self.at(*index))
    }

    /// Returns the position of a run in the order of launches, from 0.
    pub(crate) fn index_of(&self, run: &RunId) -> Option<usize> {
        self.runs.get_index_of(run)
    }

    /// Returns the run at a position in the order of launches, from 0.
    pub(crate) fn at(&self, index: usize) -> Option<&KeptRun> {
        self.runs.get_index(index).map(|(_, run)| run)
    }

    /// Returns the numbers of a batch.
    pub(crate) fn tally(&self, batch: &BatchId) -> Option<&Tally> {
        self.tallies.get(batch)
    }

    /// Returns the open requests to the person, of all runs.
    pub(crate) const fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Returns the runs of a batch by outcome.
    pub(crate) fn outcomes(&self, batch: &BatchId) -> Option<&OutcomeGroups> {
        self.outcomes.get(batch)
    }

    /// Returns the terms of the first run of a batch.
    pub(crate) fn terms(&self, batch: &BatchId) -> Option<&Arc<RunTerms>> {
        self.terms.get(batch)
    }

    /// Returns a run; if only the history has its details, the run as read from there.
    pub(crate) fn get(&self, run: &RunId) -> Option<&KeptRun> {
        let known = self.runs.get(run);
        if known.is_some_and(|known| known.record().is_some()) {
            return known;
        }
        self.past.get(run).map(|past| &past.run).or(known)
    }

    /// Returns all runs in the order of their launches.
    pub(crate) fn runs(
        &self,
    ) -> impl DoubleEndedIterator<Item = &KeptRun> + ExactSizeIterator + Clone {
        self.runs.values()
    }

    /// Returns all batches in the order of their launches.
    pub(crate) fn batches(
        &self,
    ) -> impl DoubleEndedIterator<Item = &Arc<BatchRecord>> + ExactSizeIterator {
        self.batches.values()
    }

    /// A batch.
    pub(crate) fn batch(&self, batch: &BatchId) -> Option<&Arc<BatchRecord>> {
        self.batches.get(batch)
    }

    /// Returns the component of a run; `None` if it is no longer known.
    pub(crate) fn component(&self, run: &RunSummary) -> Option<&Arc<Component>> {
        let live = self.batches.get(&run.batch);
        let live = live.and_then(|batch| batch.component.as_ref());
        live.or_else(|| self.past.get(&run.run)?.component.as_ref())
    }

    /// Returns the graph of a run's component when it is drawn; `None` if it has none.
    pub(crate) fn drawings(&self, run: &RunSummary) -> Option<&Arc<Drawings>> {
        self.drawings.get(&run.batch)?.as_ref()
    }

    /// Returns the effects that draw the graphs of new batches.
    pub(crate) fn take_undrawn(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !std::mem::take(&mut self.has_undrawn) {
            return effects;
        }
        let past = self.past.values();
        let past = past.filter_map(|past| Some((&past.run.batch, past.component.as_ref()?)));
        let live = self.batches.iter();
        let live = live.filter_map(|(id, batch)| Some((id, batch.component.as_ref()?)));
        for (id, component) in live.chain(past) {
            if !self.drawings.contains_key(id) {
                self.drawings.insert(id.clone(), None);
                effects.push(Effect::Draw {
                    subject: DrawSubject::Batch(id.clone()),
                    component: Arc::clone(component),
                    has_marks: true,
                });
            }
        }
        effects
    }

    /// Stores the graph of a batch's component.
    pub(crate) fn take_drawings(&mut self, batch: &BatchId, drawings: Option<Arc<Drawings>>) {
        if let Some(known) = self.drawings.get_mut(batch) {
            *known = drawings;
        }
    }

    /// Returns the width of the widest short name of a run, in cells.
    pub(crate) fn name_cells(&self) -> u16 {
        self.name_cells.max(1)
    }

    /// Returns the number of runs of the recording that were left out for lack of room.
    pub(crate) const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the number of runs in a state.
    pub(crate) fn count(&self, state: RunState) -> usize {
        self.by_state.get(&state).copied().unwrap_or(0)
    }

    /// Returns the number of runs that wait for a person, including runs in which other calls are
    /// still active.
    pub(crate) fn needing_person(&self) -> usize {
        self.inbox.n_runs()
    }
}

/// Returns when the model answer that an event completes was requested.
fn asked_at(run: &RunRecord, event: &RunEvent) -> Option<Timestamp> {
    let RunEventBody::Traced(Event::LlmGenerationResponse(response)) = &event.body else {
        return None;
    };
    let mut newest_first = run.model_calls.iter().rev();
    newest_first
        .find(|call| call.id == response.request_id)
        .map(|call| call.started_at)
}

/// Whether a run is active or waits for a person.
fn is_active(run: &RunSummary) -> bool {
    matches!(run.state, RunState::Running | RunState::Paused) || run.needs_person()
}
