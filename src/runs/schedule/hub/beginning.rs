//! The ways in which runs come to the hub: launched, forked, repeated, or begun by another process.

use std::sync::Arc;
use std::time::Duration;

use super::batch::{self, Batch};
use super::{Hub, Run, Stage};
use crate::base::clock::Timestamp;
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, RunId};
use crate::runs::history::in_time;
use crate::runs::record::feed::Announcement;
use crate::runs::schedule::bell::BatchBell;
use crate::runs::schedule::stopwatch::active_time;
use crate::runs::{BatchPlan, BatchRecord, CarriedOn, PastRun, QueueName, Target};
use crate::runtime::Past;
use crate::trace::{ForkPoint, Planned, RunEvent, RunEventBody, RunState};

/// The beginning of a run, with what it takes over.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    pub(super) retry_of: Option<RunId>,
    pub(super) forked_from: Option<ForkPoint>,
    pub(super) past: Past,
}

impl Hub {
    pub(super) fn launch(
        &mut self,
        id: &BatchId,
        mut plan: Arc<BatchPlan>,
        beginning: &mut Beginning,
    ) {
        let keeping = plan.keeping.max(self.parts.keeping);
        if keeping != plan.keeping {
            Arc::make_mut(&mut plan).keeping = keeping;
        }
        let n_runs = plan.runs.len();
        let now = self.parts.clock.now();
        let is_fork = beginning.forked_from.is_some();
        let queue = self.queue().filter(|_| !is_fork);
        let Some(record) = self.open(id, (plan, queue), now) else {
            return;
        };
        let queued = (0..n_runs)
            .filter_map(|plan_idx| self.enqueue(id, plan_idx, beginning))
            .collect();
        self.announce(Announcement::Launched(Box::new(record), queued));
    }

    /// Adds a batch; `None` if its id exists already.
    fn open(
        &mut self,
        id: &BatchId,
        (plan, queue): (Arc<BatchPlan>, Option<QueueName>),
        launched_at: Timestamp,
    ) -> Option<BatchRecord> {
        if self.batches.contains_key(id) {
            tracing::warn!(batch = %id, "a batch of this id runs already");
            return None;
        }
        let terms = (plan.as_ref(), queue.as_ref());
        let record = batch::record(id, self.n_batches, terms, launched_at);
        self.n_batches += 1;
        let bell = BatchBell {
            bell: Arc::clone(&self.bell),
            batch: id.clone(),
        };
        let batch = Batch::new(plan, &self.parts.shutdown, bell, &self.endpoints);
        self.batches.insert(id.clone(), batch);
        Some(record)
    }

    /// Returns the queue for runs that are executed elsewhere; `None` if they are executed here.
    fn queue(&self) -> Option<QueueName> {
        let elsewhere = self.parts.elsewhere.as_ref();
        elsewhere.map(|elsewhere| elsewhere.queue.clone())
    }

    /// Continues a batch that another process began: ended runs are added as they are, and the
    /// others wait for a slot. If the batch is already active here, the runs are added to it.
    pub(super) fn carry_on(&mut self, carried_on: CarriedOn) {
        let CarriedOn {
            batch: id,
            launched_at,
            plan,
            runs,
            n_runs,
            used_tokens,
            rates,
        } = carried_on;
        let plan: Arc<BatchPlan> = Arc::from(plan);
        let queue = self.queue();
        let (record, first) = if let Some(batch) = self.batches.get_mut(&id) {
            let plans = &mut Arc::make_mut(&mut batch.plan).runs;
            let first = plans.len();
            plans.extend(plan.runs.iter().cloned());
            let terms = (plan.as_ref(), queue.as_ref());
            let record = batch::record(&id, self.n_batches, terms, launched_at);
            (Some(record), first)
        } else {
            let record = self.open(&id, (plan, queue), launched_at);
            if let Some(batch) = self.batches.get(&id) {
                batch.bounds.budget.spend(used_tokens);
            }
            (record, 0)
        };
        let Some(mut record) = record else {
            return;
        };
        record.total = 0;
        if let Some(batch) = self.batches.get_mut(&id)
            && !rates.is_empty()
        {
            batch.bounds.rates = rates.into();
        }
        let now = self.parts.clock.now();
        let (mut past_events, mut states) = (Vec::new(), Vec::new());
        for (plan_idx, past_run) in (first..).zip(runs) {
            let PastRun {
                run,
                events,
                past,
                was_interrupted,
            } = past_run;
            if self.runs.contains_key(&run) {
                continue;
            }
            record.total += 1;
            let left_at = events.last().map_or(now, |event| event.timestamp);
            let kept = match (&self.parts.elsewhere, &past) {
                (Some(_), Some(_)) => events.clone(),
                _ => Vec::new(),
            };
            let spent = active_time(&events);
            past_events.extend(events);
            let Some(batch) = self.batches.get_mut(&id) else {
                return;
            };
            batch.n_runs = batch.n_runs.max(n_runs);
            let stage = match past {
                Some(_) => {
                    batch.begin_run();
                    batch.places.change(|gate| gate.enqueue(run.clone()));
                    let state = |state, timestamp| RunEvent {
                        run: run.clone(),
                        seq: 0,
                        joined: 0,
                        timestamp,
                        span: None,
                        body: RunEventBody::StateChanged { state },
                    };
                    if was_interrupted {
                        states.push(state(RunState::Interrupted, left_at));
                        states.push(state(RunState::Queued, now));
                    }
                    Stage::Queued
                }
                None => Stage::Over,
            };
            let known = Run {
                batch: id.clone(),
                plan_idx,
                past: past.unwrap_or_default(),
                spent,
                events: kept,
                stage,
            };
            self.runs.insert(run, known);
        }
        // As they happened, so that counts over all runs are those of then.
        let past_events = in_time(past_events).into_iter();
        let past_events = past_events.map(|(_, event)| event).collect();
        self.announce(Announcement::CarriedOn(Box::new(record), past_events));
        self.announce(Announcement::OfQueued(states));
    }

    pub(super) fn retry(&mut self, runs: &[RunId]) {
        let batches: HashSet<BatchId> = runs
            .iter()
            .filter_map(|id| Some(self.runs.get(id)?.batch.clone()))
            .collect();
        for batch in batches.iter().cloned() {
            self.extend_budgets(&Target::Batch(batch));
        }
        self.let_go(batches);
        let mut added: HashMap<BatchId, Vec<RunEvent>> = HashMap::default();
        for id in runs {
            let Some(run) = self.runs.get(id) else {
                continue;
            };
            let (batch, plan_idx) = (run.batch.clone(), run.plan_idx);
            let mut beginning = Beginning {
                retry_of: Some(id.clone()),
                ..Beginning::default()
            };
            if let Some(queued) = self.enqueue(&batch, plan_idx, &mut beginning) {
                added.entry(batch).or_default().push(queued);
            }
        }
        for (id, queued) in added {
            self.announce(Announcement::Added(id, queued));
        }
    }

    /// Queues a new run in its batch, and returns its first event.
    fn enqueue(
        &mut self,
        batch_id: &BatchId,
        plan_idx: usize,
        beginning: &mut Beginning,
    ) -> Option<RunEvent> {
        let batch = self.batches.get_mut(batch_id)?;
        let plan = batch.plan.runs.get(plan_idx)?;
        let terms = Arc::clone(batch.terms_of(plan)?);
        let id = self.parts.ids.run();
        let event = RunEvent {
            run: id.clone(),
            seq: 0,
            joined: 0,
            timestamp: self.parts.clock.now(),
            span: None,
            body: RunEventBody::Planned(Box::new(Planned {
                batch: batch_id.clone(),
                index: batch.n_runs,
                retry_of: beginning.retry_of.clone(),
                forked_from: beginning.forked_from.clone(),
                terms,
                run: Arc::clone(plan),
            })),
        };
        let is_elsewhere = self.parts.elsewhere.is_some() && beginning.forked_from.is_none();
        let events = is_elsewhere.then(|| Arc::new(event.clone()));
        batch.n_runs += 1;
        batch.begin_run();
        let is_first = beginning.retry_of.is_some() && batch.canary.is_some();
        let queued = id.clone();
        batch.places.change(|gate| {
            if is_first {
                gate.enqueue_first(queued);
            } else {
                gate.enqueue(queued);
            }
        });
        let run = Run {
            batch: batch_id.clone(),
            plan_idx,
            past: std::mem::take(&mut beginning.past),
            spent: Duration::ZERO,
            // What a fork has in common with another run is known here alone.
            events: events.into_iter().collect(),
            stage: Stage::Queued,
        };
        self.runs.insert(id, run);
        Some(event)
    }
}
