//! The records of all runs and batches, and the pending updates for subscribers. No IO.

use std::sync::Arc;

use super::Announcement;
use super::details::Details;
use crate::base::clock::Timestamp;
use crate::base::hash::{HashSet, IndexMap, IndexSet};
use crate::base::ids::{BatchId, RunId};
use crate::conversation::Awaited;
use crate::runs::{
    BatchNews, BatchRecord, KeptDetail, KeptRun, RunRecord, RunSummary, Snapshot, Summary, Update,
};
use crate::trace::{Failure, RunEvent, RunEventBody, RunState, SpanOutcome};

/// All records.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    runs: IndexMap<RunId, KeptRun>,
    details: Details,
    /// Whether only the parts that results need are kept of active runs.
    is_for_results: bool,
    /// Runs to forget as soon as their last event is folded.
    dismissed: HashSet<RunId>,
    /// The number of processed announcements.
    pub(super) n_announced: u64,
    batches: IndexMap<BatchId, Batch>,
    events: Vec<Arc<RunEvent>>,
    updates: Vec<Update>,
    /// The number of pending updates.
    n_gathered: usize,
    /// The number of runs that have neither ended nor answered.
    n_going: usize,
    /// The runs that were running when the program was stopped, until they continue.
    stopped: IndexSet<RunId>,
    /// The runs whose state has changed since the last call of `changed`.
    changed: IndexSet<RunId>,
    /// The final summaries of runs that were forgotten since then.
    left: Vec<RunSummary>,
}

#[derive(Debug)]
struct Batch {
    record: Arc<BatchRecord>,
    runs: Vec<RunId>,
    /// The number of the batch's runs that have neither ended nor answered.
    n_going: usize,
}

impl Ledger {
    /// Makes a ledger without runs.
    pub(super) fn new(kept: KeptDetail) -> Self {
        let max_bytes = match kept {
            KeptDetail::Bytes(bytes) => Some(bytes),
            KeptDetail::All | KeptDetail::Results => None,
        };
        Self {
            details: Details::new(max_bytes),
            is_for_results: kept == KeptDetail::Results,
            ..Self::default()
        }
    }

    /// Returns whether the run was announced and not forgotten.
    #[cfg(test)]
    pub(super) fn knows(&self, run: &RunId) -> bool {
        self.runs.contains_key(run)
    }

    /// Returns all current records.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            batches: self
                .batches
                .values()
                .map(|batch| Arc::clone(&batch.record))
                .collect(),
            runs: self.runs.values().cloned().collect(),
        }
    }

    /// Returns the number of updates since the last call of [`Ledger::updates`].
    pub(super) fn n_gathered(&self) -> usize {
        self.n_gathered
    }

    /// Returns the number of runs that have neither ended nor answered.
    pub(super) fn n_going(&self) -> usize {
        self.n_going
    }

    /// Returns the updates since the last call.
    pub(super) fn updates(&mut self) -> Vec<Update> {
        self.flush();
        self.n_gathered = 0;
        std::mem::take(&mut self.updates)
    }

    /// Returns the summaries of runs whose state changed since the last call.
    pub(super) fn changed(&mut self) -> Vec<RunSummary> {
        let mut summaries = std::mem::take(&mut self.left);
        let changed = std::mem::take(&mut self.changed);
        let runs = changed.iter().filter_map(|run| self.runs.get(run));
        summaries.extend(runs.map(|run| RunSummary::clone(run)));
        summaries
    }

    /// Processes an announcement of the hub.
    pub(super) fn announce(&mut self, announcement: Announcement) {
        self.n_announced += 1;
        match announcement {
            Announcement::Forgotten(runs) => {
                let is_over = |run: &RunId| self.runs.get(run).is_none_or(|run| run.is_over());
                let (over, ending) = runs.into_iter().partition(is_over);
                self.dismissed.extend::<Vec<RunId>>(ending);
                self.forget(over);
            }
            Announcement::Launched(record, events) => {
                self.open(*record, events.len());
                for event in events {
                    self.record(event);
                }
            }
            Announcement::CarriedOn(record, events) => {
                if self.batches.contains_key(&record.id) {
                    self.add_runs(&record.id, record.total);
                } else {
                    self.open(*record, 0);
                }
                for event in events {
                    self.fold(event);
                }
            }
            Announcement::Added(id, events) => {
                self.add_runs(&id, events.len());
                for event in events {
                    self.record(event);
                }
            }
            Announcement::OfQueued(events) => {
                for event in events {
                    self.record(event);
                }
            }
            Announcement::AtOnce(id, at_once) => {
                self.change_batch(&id, |record| record.at_once = at_once);
            }
            Announcement::Rate(id, rate) => {
                self.change_batch(&id, |record| record.requests_per_second = rate);
            }
            Announcement::Endpoint(id, endpoint, at_once) => {
                self.change_batch(&id, |record| match at_once {
                    Some(at_once) => {
                        record.busy_endpoints.insert(endpoint, at_once);
                    }
                    None => {
                        record.busy_endpoints.shift_remove(&endpoint);
                    }
                });
            }
            Announcement::Released(id) => {
                self.change_batch(&id, |record| record.canary = None);
            }
            Announcement::Budget(id, budget) => {
                self.change_batch(&id, |record| record.budget = budget);
            }
            Announcement::Elsewhere(id, BatchNews::Trouble(words)) => {
                self.change_batch(&id, |record| record.notice = words);
            }
            Announcement::Elsewhere(id, BatchNews::Workers(workers)) => {
                self.change_batch(&id, |record| record.workers = Some(workers));
            }
            Announcement::Paused(id, is_paused) => {
                self.change_batch(&id, |record| record.is_paused = is_paused);
            }
            Announcement::StandStill(is_stopped, at, done) => {
                self.stand_still(is_stopped, at);
                // Who asked may be gone; the records are right all the same.
                let _gone = done.send(());
            }
        }
    }

    /// Adds runs to a batch, which becomes active again if it had ended.
    fn add_runs(&mut self, id: &BatchId, n_runs: usize) {
        self.change_batch(id, |record| {
            record.total += n_runs;
            record.ended_at = None;
            record.summary = None;
        });
    }

    fn open(&mut self, record: BatchRecord, n_runs: usize) {
        let record = Arc::new(record);
        self.emit(Update::BatchStarted(Arc::clone(&record)));
        let batch = Batch {
            record,
            runs: Vec::with_capacity(n_runs),
            n_going: 0,
        };
        self.batches.insert(batch.record.id.clone(), batch);
    }

    /// Pauses the running runs while the program is stopped, and resumes them afterwards.
    fn stand_still(&mut self, is_stopped: bool, at: Timestamp) {
        let (runs, state) = if is_stopped {
            let running = self
                .runs
                .values()
                .filter(|run| run.state == RunState::Running);
            (
                running.map(|run| run.run.clone()).collect(),
                RunState::Paused,
            )
        } else {
            (std::mem::take(&mut self.stopped), RunState::Running)
        };
        for run in &runs {
            self.record(RunEvent {
                run: run.clone(),
                seq: 0,
                joined: 0,
                timestamp: at,
                span: None,
                body: RunEventBody::StateChanged { state },
            });
        }
        if is_stopped {
            self.stopped = runs;
        }
    }

    /// Numbers an event and folds it. Before the end of a run, its open spans are closed, innermost
    /// first. Events after the end are dropped, because an aborted run may have left some in the
    /// queue.
    pub(super) fn record(&mut self, mut event: RunEvent) {
        let record = match self.runs.get(&event.run) {
            None => {
                event.seq = 0;
                return self.begin(Arc::new(event));
            }
            Some(KeptRun::Whole(record)) if !record.is_over() => record,
            Some(_) => return,
        };
        if matches!(event.body, RunEventBody::StateChanged { .. }) {
            // It says itself what it does.
            self.stopped.swap_remove(&event.run);
        }
        event.seq = record.events;
        // Another process may have begun it, whose clock was ahead of ours.
        event.timestamp = event.timestamp.max(record.last_event_at);
        if let RunEventBody::Ended { state, error, .. } = &mut event.body {
            if let (RunState::TimedOut, Some(failure)) = (*state, error) {
                name_what_it_waited_for(failure, record);
            }
            for closing in closing_spans(record, *state, event.timestamp) {
                event.seq = closing.seq + 1;
                self.fold(Arc::new(closing));
            }
        }
        self.fold(Arc::new(event));
    }

    /// Folds an event that already has its number.
    fn fold(&mut self, event: Arc<RunEvent>) {
        let record = match self.runs.get_mut(&event.run) {
            None => return self.begin(event),
            Some(KeptRun::Whole(record)) => record,
            Some(KeptRun::Summary(_)) => return,
        };
        let (before, state) = (CountedState::of(record), record.state);
        let record = Arc::make_mut(record);
        record.apply(&event);
        if self.is_for_results {
            record.keep_for_result(&event);
        }
        self.details.grow(&event);
        let (after, batch) = (CountedState::of(record), record.batch.clone());
        let (run, is_over, at) = (event.run.clone(), record.is_over(), event.timestamp);
        if is_over || record.state != state {
            self.changed.insert(run.clone());
        }
        self.gather(event);
        if before != after {
            self.count(&batch, before, after, at);
        }
        if is_over {
            self.ended(run);
        }
    }

    /// Ends a run: if the memory limit is exceeded, drops the details of the runs that ended first.
    fn ended(&mut self, run: RunId) {
        if self.dismissed.remove(&run) {
            self.forget(vec![run]);
            return;
        }
        let let_go = self.details.end(run);
        let summaries: Vec<Arc<RunSummary>> = let_go
            .iter()
            .filter_map(|run| {
                let kept = self.runs.get_mut(run)?;
                let summary = Arc::new(RunSummary::clone(kept));
                *kept = KeptRun::Summary(Arc::clone(&summary));
                Some(summary)
            })
            .collect();
        if !summaries.is_empty() {
            self.emit(Update::LetGo(summaries.into()));
        }
    }

    /// Forgets ended runs, and batches without any runs left.
    fn forget(&mut self, runs: Vec<RunId>) {
        let forgotten: HashSet<&RunId> = runs.iter().collect();
        let of_batches: IndexSet<BatchId> = runs
            .iter()
            .filter_map(|run| Some(self.runs.get(run)?.batch.clone()))
            .collect();
        // The end of a run that is forgotten as it ends must still be stored.
        let changed = runs.iter().filter(|run| self.changed.contains(*run));
        let stood = changed.filter_map(|run| self.runs.get(run));
        self.left.extend(stood.map(|run| RunSummary::clone(run)));
        self.runs.retain(|run, _| !forgotten.contains(run));
        self.details.forget(&forgotten);
        let mut batches = Vec::new();
        for id in of_batches {
            let Some(batch) = self.batches.get_mut(&id) else {
                continue;
            };
            batch.runs.retain(|run| !forgotten.contains(run));
            let n_left = batch.runs.len();
            if n_left > 0 {
                self.change_batch(&id, |record| record.total = n_left);
            } else {
                self.batches.shift_remove(&id);
                batches.push(id);
            }
        }
        self.emit(Update::Forgotten {
            runs: runs.into(),
            batches: batches.into(),
        });
    }

    /// Processes the first event of a run.
    fn begin(&mut self, event: Arc<RunEvent>) {
        let Some(mut record) = RunRecord::from_planned(&event) else {
            return;
        };
        if self.is_for_results {
            record.keep_for_result(&event);
        }
        if let Some(batch) = self.batches.get_mut(&record.batch) {
            batch.runs.push(record.run.clone());
            batch.n_going += 1;
            self.n_going += 1;
        }
        let run = KeptRun::Whole(Arc::new(record));
        self.changed.insert(run.run.clone());
        self.runs.insert(run.run.clone(), run);
        self.gather(event);
    }

    fn gather(&mut self, event: Arc<RunEvent>) {
        self.n_gathered += 1;
        self.events.push(event);
    }

    /// Updates the counts of a batch, and reports when the batch ends or becomes active again.
    fn count(&mut self, id: &BatchId, before: CountedState, after: CountedState, at: Timestamp) {
        let Some(batch) = self.batches.get_mut(id) else {
            return;
        };
        let record = Arc::make_mut(&mut batch.record);
        record.in_flight =
            record.in_flight + usize::from(after.has_place) - usize::from(before.has_place);
        record.max_at_once = record.max_at_once.max(record.in_flight);
        batch.n_going = batch.n_going + usize::from(after.is_going) - usize::from(before.is_going);
        self.n_going = self.n_going + usize::from(after.is_going) - usize::from(before.is_going);
        if before.is_going == after.is_going {
            return;
        }
        if batch.n_going == 0 {
            let runs = &self.runs;
            let records = batch.runs.iter().filter_map(|run| runs.get(run));
            let records = records.map(|run| &**run);
            let wall = at.since(record.launched_at);
            record.summary = Some(Summary::of(records, wall, record.max_at_once, at));
            record.ended_at = Some(at);
            let ended = Update::BatchEnded(Arc::clone(&batch.record));
            self.emit(ended);
        } else if record.ended_at.is_some() {
            self.change_batch(id, |record| {
                record.ended_at = None;
                record.summary = None;
            });
        }
    }

    fn change_batch(&mut self, id: &BatchId, change: impl FnOnce(&mut BatchRecord)) {
        if let Some(batch) = self.batches.get_mut(id) {
            change(Arc::make_mut(&mut batch.record));
            let changed = Update::BatchChanged(Arc::clone(&batch.record));
            self.emit(changed);
        }
    }

    /// Adds an update of a batch, after the events that caused it.
    fn emit(&mut self, update: Update) {
        self.flush();
        self.n_gathered += 1;
        self.updates.push(update);
    }

    fn flush(&mut self) {
        if !self.events.is_empty() {
            let events = std::mem::take(&mut self.events);
            self.updates.push(Update::Events(events.into()));
        }
    }
}

/// The state of a run as counted by its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CountedState {
    /// Whether the run has a slot.
    has_place: bool,
    /// Whether the run has neither ended nor answered.
    is_going: bool,
}

impl CountedState {
    fn of(record: &RunSummary) -> Self {
        Self {
            has_place: !record.is_over()
                && (record.state == RunState::Running
                    // One that has not started is held in the queue.
                    || (record.state == RunState::Paused && record.started_at.is_some())
                    || (record.state == RunState::Queued && is_held_up(record))),
            is_going: !record.is_over() && record.state != RunState::Answered,
        }
    }
}

/// Returns whether a run waits for a resource of another run while it keeps its slot.
fn is_held_up(record: &RunSummary) -> bool {
    Awaited::KEEPS_SLOT
        .iter()
        .any(|awaited| record.doing == *awaited.name())
}

/// Returns the events that close the open spans of a run.
fn closing_spans(record: &RunRecord, state: RunState, at: Timestamp) -> Vec<RunEvent> {
    let outcome = match state {
        RunState::Failed => SpanOutcome::Error,
        RunState::Answered | RunState::Finished => SpanOutcome::Ok,
        RunState::Queued
        | RunState::Running
        | RunState::NeedsInput
        | RunState::Paused
        | RunState::Cancelled
        | RunState::TimedOut
        | RunState::Interrupted => SpanOutcome::Cancelled,
    };
    let open = record.open_spans().cloned();
    (record.events..)
        .zip(open)
        .map(|(seq, span)| RunEvent {
            run: record.run.clone(),
            seq,
            joined: 0,
            timestamp: at,
            span: Some(span),
            body: RunEventBody::SpanEnded { outcome },
        })
        .collect()
}

/// Adds to a time limit's message what the run was doing, or had been doing when it closed its own
/// spans.
fn name_what_it_waited_for(failure: &mut Failure, record: &RunRecord) {
    let cut_off = record.cut_off.iter().map(|(_, waited)| waited.as_str());
    let mut waited = std::iter::once(record.waits_for()).chain(cut_off);
    if let Some(waited) = waited.find(|waited| !waited.is_empty()) {
        failure.message = format!("{}, waiting for `{waited}`", failure.message);
    }
}
