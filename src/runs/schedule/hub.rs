//! The hub: one task that takes commands, owns the queue, the tokens and the tasks of all runs.
//!
//! It never waits for the feed: announcements that do not fit into its queue are kept until they
//! do. It reads no events; all it learns of a run is that it gave its place back, wants it again,
//! or is over.

mod batch;
mod prepare;
mod steering;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, OnceLock};

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::base::clock::{SharedClock, Timestamp};
use crate::base::ids::{BatchId, IdSource, RunId};
use crate::runs::record::feed::{Announced, Announcement};
use crate::runs::schedule::endpoints::Endpoints;
use crate::runs::schedule::gate::Admitted;
use crate::runs::schedule::standstill::Standstill;
use crate::runs::schedule::supervisor::{Ending, Execute, StopReason, supervise};
use crate::runs::schedule::worlds::Worlds;
use crate::runs::{BatchPlan, BatchRecord, CarriedOn, PastRun, RunsCommand, Target};
use crate::runtime::{EventSender, Keeper, Past, RunHandle};
use crate::trace::{ExecutionStatusName, ForkPoint, Planned, RunEvent, RunEventBody, RunState};
use batch::Batch;
use prepare::prepare;

/// How many announcements the hub keeps before it takes no more commands.
const MAX_KEPT_ANNOUNCEMENTS: usize = 1024;

/// What the hub works with.
#[derive(Debug)]
pub(in crate::runs) struct HubParts {
    pub(in crate::runs) clock: SharedClock,
    pub(in crate::runs) ids: IdSource,
    pub(in crate::runs) worlds: Arc<dyn Worlds>,
    pub(in crate::runs) executor: Arc<dyn Execute>,
    pub(in crate::runs) commands_rx: mpsc::Receiver<RunsCommand>,
    pub(in crate::runs) announcements_tx: mpsc::Sender<Announcement>,
    pub(in crate::runs) announced: Announced,
    pub(in crate::runs) events_tx: EventSender,
    /// Keeps what runs do.
    pub(in crate::runs) keeper: Arc<dyn Keeper>,
    /// Whether runs that the end of the program stops can go on later.
    pub(in crate::runs) has_history: bool,
    /// Ends everything when cancelled.
    pub(in crate::runs) shutdown: CancellationToken,
}

/// The hub's state.
#[derive(Debug)]
pub(in crate::runs) struct Hub {
    parts: HubParts,
    batches: HashMap<BatchId, Batch>,
    /// How many batches were launched, those that are forgotten too.
    n_batches: usize,
    runs: HashMap<RunId, Run>,
    tasks: JoinSet<Ending>,
    kept: VecDeque<Announcement>,
    /// Woken when a place is given back or wanted again.
    wake: Arc<Notify>,
    standstill: watch::Sender<Standstill>,
    /// What the endpoints of models take.
    endpoints: Endpoints,
}

/// A run, as the hub knows it.
#[derive(Debug)]
struct Run {
    batch: BatchId,
    /// Which run of the batch's plan it carries out.
    plan_idx: usize,
    /// What it goes by until it is past it; taken when it starts.
    past: Past,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Queued,
    Live(Live),
    Over,
}

/// What reaches a run that is in flight or parked.
#[derive(Debug)]
struct Live {
    cancel: CancellationToken,
    stop_reason: Arc<OnceLock<StopReason>>,
    /// None where the run could not get a context, and so is about to fail.
    handle: Option<RunHandle>,
}

/// What a run begins with.
#[derive(Debug, Default)]
struct Beginning {
    retry_of: Option<RunId>,
    forked_from: Option<ForkPoint>,
    past: Past,
}

impl Hub {
    pub(in crate::runs) fn new(parts: HubParts) -> Self {
        let wake = Arc::new(Notify::new());
        Self {
            endpoints: Endpoints::new(&wake),
            parts,
            batches: HashMap::new(),
            n_batches: 0,
            runs: HashMap::new(),
            tasks: JoinSet::new(),
            kept: VecDeque::new(),
            wake,
            standstill: watch::Sender::default(),
        }
    }

    /// Works until shutdown is asked for and all runs are over.
    pub(in crate::runs) async fn work(mut self) {
        let shutdown = self.parts.shutdown.clone();
        let announcements_tx = self.parts.announcements_tx.clone();
        let (mut is_stopping, mut has_senders) = (false, true);
        while !(is_stopping && self.tasks.is_empty() && self.kept.is_empty()) {
            let takes_commands =
                !is_stopping && has_senders && self.kept.len() < MAX_KEPT_ANNOUNCEMENTS;
            tokio::select! {
                biased;
                () = shutdown.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    self.cancel(&Target::All, StopReason::Shutdown);
                }
                Some(ended) = self.tasks.join_next() => {
                    // A supervisor catches panics of its run and is never aborted.
                    if let Ok(ending) = ended {
                        self.end(&ending);
                    }
                }
                () = self.wake.notified() => {}
                Ok(place) = announcements_tx.reserve(), if !self.kept.is_empty() => {
                    if let Some(announcement) = self.kept.pop_front() {
                        place.send(announcement);
                    }
                }
                command = self.parts.commands_rx.recv(), if takes_commands => match command {
                    Some(command) => self.obey(command),
                    None => has_senders = false,
                },
            }
            self.heed_budgets();
            self.heed_endpoints();
            self.admit();
        }
    }

    fn obey(&mut self, command: RunsCommand) {
        match command {
            RunsCommand::Launch { batch, plan } => {
                self.launch(&batch, Arc::from(plan), &mut Beginning::default());
            }
            RunsCommand::Fork(fork) => {
                let mut beginning = Beginning {
                    forked_from: Some(fork.from),
                    past: fork.past,
                    ..Beginning::default()
                };
                self.launch(&fork.batch, Arc::from(fork.plan), &mut beginning);
            }
            RunsCommand::CarryOn(batch) => self.carry_on(*batch),
            RunsCommand::Cancel(target) => self.cancel(&target, StopReason::Person),
            RunsCommand::GiveUp(target) => self.cancel(&target, StopReason::Taken),
            RunsCommand::Answer {
                run,
                request,
                reply,
            } => {
                if let Some(handle) = self.live(&run).and_then(|live| live.handle.as_ref())
                    && let Err(error) = handle.answer(&request, reply)
                {
                    tracing::warn!(%run, %error, "an answer was not taken");
                }
            }
            RunsCommand::Retry(runs) => self.retry(&runs),
            RunsCommand::Forget(target) => self.forget(&target),
            RunsCommand::Pause { target, is_paused } => {
                if !is_paused {
                    self.extend_budgets(&target);
                }
                self.pause(&target, is_paused);
            }
            RunsCommand::PauseAtOnce(target) => {
                self.pause(&target, true);
                self.cut(&target);
            }
            RunsCommand::SetAtOnce { batch, at_once } => self.set_at_once(batch, at_once),
            RunsCommand::SetRate { batch, per_second } => self.set_rate(batch, per_second),
            RunsCommand::Release(batch) => self.release(&batch),
            RunsCommand::SetBudget { batch, max_tokens } => self.set_budget(batch, max_tokens),
            RunsCommand::StandStill { is_stopped, done } => {
                self.standstill
                    .send_modify(|still| still.set_stopped(is_stopped, Instant::now()));
                let now = self.parts.clock.now();
                self.announce(Announcement::StandStill(is_stopped, now, done));
            }
        }
    }

    fn launch(&mut self, id: &BatchId, plan: Arc<BatchPlan>, beginning: &mut Beginning) {
        let n_runs = plan.runs.len();
        let now = self.parts.clock.now();
        let Some(record) = self.open(id, plan, now) else {
            return;
        };
        let queued = (0..n_runs)
            .filter_map(|plan_idx| self.enqueue(id, plan_idx, beginning))
            .collect();
        self.announce(Announcement::Launched(Box::new(record), queued));
    }

    /// Takes a batch in; none if there is one of this id.
    fn open(
        &mut self,
        id: &BatchId,
        plan: Arc<BatchPlan>,
        launched_at: Timestamp,
    ) -> Option<BatchRecord> {
        if self.batches.contains_key(id) {
            tracing::warn!(batch = %id, "a batch of this id runs already");
            return None;
        }
        let record = batch::record(id, self.n_batches, &plan, launched_at);
        self.n_batches += 1;
        let batch = Batch::new(plan, &self.parts.shutdown, &self.wake, &self.endpoints);
        self.batches.insert(id.clone(), batch);
        Some(record)
    }

    /// Goes on with a batch that another process began: its runs are as they were left, and those that are not over wait for
    /// a place.
    fn carry_on(&mut self, carried_on: CarriedOn) {
        let CarriedOn {
            batch: id,
            launched_at,
            plan,
            runs,
        } = carried_on;
        let Some(mut record) = self.open(&id, Arc::from(plan), launched_at) else {
            return;
        };
        record.total = runs.len();
        let now = self.parts.clock.now();
        let (mut past_events, mut states) = (Vec::new(), Vec::new());
        for (plan_idx, past_run) in runs.into_iter().enumerate() {
            let PastRun { run, events, past } = past_run;
            let left_at = events.last().map_or(now, |event| event.timestamp);
            past_events.extend(events);
            let Some(batch) = self.batches.get_mut(&id) else {
                return;
            };
            batch.n_runs += 1;
            let stage = match past {
                Some(_) => {
                    batch.begin_run();
                    batch.places.gate().enqueue(run.clone());
                    let state = |state, timestamp| RunEvent {
                        run: run.clone(),
                        seq: 0,
                        joined: 0,
                        timestamp,
                        span: None,
                        body: RunEventBody::StateChanged { state },
                    };
                    states.push(state(RunState::Interrupted, left_at));
                    states.push(state(RunState::Queued, now));
                    Stage::Queued
                }
                None => Stage::Over,
            };
            let known = Run {
                batch: id.clone(),
                plan_idx,
                past: past.unwrap_or_default(),
                stage,
            };
            self.runs.insert(run, known);
        }
        // As they happened, so that counts over all runs are those of then.
        let past_events = in_time(past_events);
        self.announce(Announcement::CarriedOn(Box::new(record), past_events));
        self.announce(Announcement::OfQueued(states));
    }

    /// A batch of which nothing is left to hold is held no longer.
    fn let_go(&mut self, batches: impl IntoIterator<Item = BatchId>) {
        for id in batches {
            let is_alive = |run: &Run| run.batch == id && matches!(run.stage, Stage::Queued);
            if let Some(batch) = self.batches.get(&id)
                && batch.places.gate().is_paused()
                && !self.runs.values().any(is_alive)
            {
                batch.places.gate().set_paused(false);
                self.announce(Announcement::Paused(id, false));
            }
        }
    }

    fn retry(&mut self, runs: &[RunId]) {
        let batches: HashSet<BatchId> = runs
            .iter()
            .filter_map(|id| Some(self.runs.get(id)?.batch.clone()))
            .collect();
        for batch in batches.iter().cloned() {
            self.extend_budgets(&Target::Batch(batch));
        }
        self.let_go(batches);
        let mut added: HashMap<BatchId, Vec<RunEvent>> = HashMap::new();
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

    /// Forgets those of the runs that are over, and the batches of which no run is left.
    fn forget(&mut self, target: &Target) {
        let over: Vec<RunId> = self
            .targeted(target)
            .filter(|(_, run)| matches!(run.stage, Stage::Over))
            .map(|(id, _)| id.clone())
            .collect();
        if over.is_empty() {
            return;
        }
        let forgotten = over.iter().filter_map(|id| self.runs.remove(id));
        let batches: HashSet<BatchId> = forgotten.map(|run| run.batch).collect();
        let is_known = |id: &BatchId| self.runs.values().any(|run| run.batch == *id);
        let emptied: Vec<BatchId> = batches.into_iter().filter(|id| !is_known(id)).collect();
        for id in emptied {
            self.batches.remove(&id);
        }
        self.announce(Announcement::Forgotten(over));
    }

    /// Tells the feed, as soon as it has room.
    fn announce(&mut self, announcement: Announcement) {
        self.parts.announced.note();
        self.kept.push_back(announcement);
    }

    /// Puts a new run into the queue of its batch, and gives its first event.
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
        batch.n_runs += 1;
        batch.begin_run();
        match &beginning.retry_of {
            Some(_) if batch.canary.is_some() => batch.places.gate().enqueue_first(id.clone()),
            _ => batch.places.gate().enqueue(id.clone()),
        }
        let run = Run {
            batch: batch_id.clone(),
            plan_idx,
            past: std::mem::take(&mut beginning.past),
            stage: Stage::Queued,
        };
        self.runs.insert(id, run);
        Some(event)
    }

    /// Gives free places to those who wait for one.
    fn admit(&mut self) {
        let Self {
            parts,
            batches,
            runs,
            tasks,
            ..
        } = self;
        for batch in batches.values_mut() {
            while let Some(admitted) = batch.admit() {
                match admitted {
                    Admitted::New(id) => {
                        if let Some(run) = runs.get_mut(&id) {
                            let standstill = self.standstill.subscribe();
                            let past = std::mem::take(&mut run.past);
                            let (live, assignment) =
                                prepare(parts, batch, run.plan_idx, (id, past), standstill);
                            run.stage = Stage::Live(live);
                            tasks.spawn(supervise(assignment));
                        }
                    }
                    Admitted::Back(id, wake) => {
                        if wake.send(()).is_err() {
                            // It was cancelled while it waited.
                            batch.places.gate().release(&id);
                        }
                    }
                }
            }
        }
    }

    fn end(&mut self, ending: &Ending) {
        let Some(run) = self.runs.get_mut(&ending.run) else {
            return;
        };
        run.stage = Stage::Over;
        let Some(batch) = self.batches.get_mut(&run.batch) else {
            return;
        };
        batch.places.gate().release(&ending.run);
        if batch.end_run() {
            self.parts.worlds.released();
        }
        let is_failure = matches!(ending.state, RunState::Failed | RunState::TimedOut);
        if is_failure && batch.plan.is_fail_fast {
            let target = Target::Batch(run.batch.clone());
            self.cancel(&target, StopReason::FailFast);
        }
        self.watch_canary(ending);
    }

    fn cancel(&mut self, target: &Target, reason: StopReason) {
        let mut withdrawn = Vec::new();
        match target {
            Target::Runs(ids) => {
                withdrawn.extend(ids.iter().filter_map(|id| {
                    let batch = self.batches.get(&self.runs.get(id)?.batch)?;
                    batch.places.gate().withdraw(id).then(|| id.clone())
                }));
            }
            Target::Batch(id) => {
                if let Some(batch) = self.batches.get(id) {
                    withdrawn.extend(batch.places.gate().withdraw_all());
                }
            }
            Target::All => {
                for batch in self.batches.values() {
                    withdrawn.extend(batch.places.gate().withdraw_all());
                }
            }
        }
        for (_, run) in self.targeted(target) {
            if let Stage::Live(live) = &run.stage {
                // The first reason stands.
                let _ = live.stop_reason.set(reason);
                live.cancel.cancel();
            }
        }
        self.end_withdrawn(withdrawn, reason);
        let batches: Vec<BatchId> = match target {
            Target::Runs(_) => Vec::new(),
            Target::Batch(id) => vec![id.clone()],
            Target::All => self.batches.keys().cloned().collect(),
        };
        self.let_go(batches);
    }

    /// Writes the ends of runs that never started.
    fn end_withdrawn(&mut self, withdrawn: Vec<RunId>, reason: StopReason) {
        for id in &withdrawn {
            let Some(run) = self.runs.get_mut(id) else {
                continue;
            };
            run.stage = Stage::Over;
            let batch = self.batches.get_mut(&run.batch);
            if batch.is_some_and(Batch::end_run) {
                self.parts.worlds.released();
            }
        }
        let body = RunEventBody::Ended {
            state: reason.state(self.parts.has_history),
            status: Some(ExecutionStatusName::InterruptedExecutionStatus),
            outputs: crate::conversation::Values::new(),
            error: Some(reason.failure()),
        };
        self.tell_of_queued(withdrawn, &body);
    }

    /// Writes the same event for runs that have not started.
    fn tell_of_queued(&mut self, runs: Vec<RunId>, body: &RunEventBody) {
        if runs.is_empty() {
            return;
        }
        let timestamp = self.parts.clock.now();
        let event = |run| RunEvent {
            run,
            seq: 0,
            joined: 0,
            timestamp,
            span: None,
            body: body.clone(),
        };
        let events = runs.into_iter().map(event).collect();
        self.announce(Announcement::OfQueued(events));
    }

    fn pause(&mut self, target: &Target, is_paused: bool) {
        let mut announced = Vec::new();
        for (id, batch) in &self.batches {
            if *target == Target::All || *target == Target::Batch(id.clone()) {
                batch.places.gate().set_paused(is_paused);
                announced.push(Announcement::Paused(id.clone(), is_paused));
            }
        }
        for paused in announced {
            self.announce(paused);
        }
        // A batch holds all of its queue; what was held by itself before goes on with it.
        let is_by_run = matches!(target, Target::Runs(_));
        let mut changed = Vec::new();
        for (id, run) in self.targeted(target) {
            match &run.stage {
                Stage::Live(Live {
                    handle: Some(handle),
                    ..
                }) if is_paused => handle.pause(),
                Stage::Live(Live {
                    handle: Some(handle),
                    ..
                }) => handle.resume(),
                Stage::Queued if is_by_run || !is_paused => {
                    let batch = self.batches.get(&run.batch);
                    if batch.is_some_and(|batch| batch.places.gate().hold(id, is_paused)) {
                        changed.push(id.clone());
                    }
                }
                Stage::Live(_) | Stage::Queued | Stage::Over => {}
            }
        }
        let state = if is_paused {
            RunState::Paused
        } else {
            RunState::Queued
        };
        self.tell_of_queued(changed, &RunEventBody::StateChanged { state });
        self.wake.notify_one();
    }

    fn targeted<'t>(&'t self, target: &'t Target) -> impl Iterator<Item = (&'t RunId, &'t Run)> {
        let (ids, rest) = match target {
            Target::Runs(ids) => (ids.as_slice(), None),
            Target::Batch(_) | Target::All => (&[][..], Some(self.runs.iter())),
        };
        let named = ids.iter().filter_map(|id| self.runs.get_key_value(id));
        let rest = rest
            .into_iter()
            .flatten()
            .filter(move |(_, run)| match target {
                Target::Batch(batch) => run.batch == *batch,
                Target::Runs(_) | Target::All => true,
            });
        named.chain(rest)
    }

    fn live(&self, id: &RunId) -> Option<&Live> {
        match &self.runs.get(id)?.stage {
            Stage::Live(live) => Some(live),
            Stage::Queued | Stage::Over => None,
        }
    }
}

/// Events of many runs as they happened; those of one run in their own order, whatever the clocks said of the processes that
/// carried it out.
fn in_time(events: Vec<Arc<RunEvent>>) -> Vec<Arc<RunEvent>> {
    let mut latest: HashMap<RunId, Timestamp> = HashMap::new();
    let mut timed: Vec<(Timestamp, Arc<RunEvent>)> = events
        .into_iter()
        .map(|event| {
            let at = latest.entry(event.run.clone()).or_default();
            *at = event.timestamp.max(*at);
            (*at, event)
        })
        .collect();
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, event)| event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_a_run_keep_their_order_where_a_later_process_had_an_earlier_clock() {
        let event = |run: &str, seq, at| {
            Arc::new(RunEvent {
                run: RunId::new(run),
                seq,
                joined: 0,
                timestamp: Timestamp::from_ns(at),
                span: None,
                body: RunEventBody::StateChanged {
                    state: RunState::Running,
                },
            })
        };
        let events = vec![
            event("a", 0, 5),
            event("a", 1, 3),
            event("b", 0, 4),
            event("b", 1, 9),
        ];
        let ordered: Vec<_> = in_time(events)
            .iter()
            .map(|event| format!("{}{}", event.run, event.seq))
            .collect();
        assert_eq!(ordered, ["b0", "a0", "a1", "b1"]);
    }
}
