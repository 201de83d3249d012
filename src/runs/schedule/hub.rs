//! The hub: a task that accepts commands and owns the queue, the cancellation tokens and the tasks
//! of all runs.
//!
//! It never waits for the feed: announcements that do not fit into its queue are kept until they
//! do. It reads no events; it only learns that a run returned its slot, needs it again, or has
//! ended.

mod batch;
mod beginning;
mod elsewhere;
mod prepare;
mod steering;
mod stopping;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SharedClock;
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{BatchId, IdSource, RequestId, RunId};
use crate::base::keeping::Keeping;
use crate::runs::record::feed::{Announced, Announcement};
use crate::runs::schedule::bell::Bell;
use crate::runs::schedule::endpoints::Endpoints;
use crate::runs::schedule::gate::Admitted;
use crate::runs::schedule::runner::{Elsewhere, Order, Orders, next_notice, watch_over};
use crate::runs::schedule::standstill::Standstill;
use crate::runs::schedule::supervisor::{Ending, Execute, StopReason, supervise};
use crate::runs::schedule::worlds::WorldProvider;
use crate::runs::{RunsCommand, Target};
use crate::runtime::{EventSender, Keeper, Past, RunHandle};
use crate::trace::{Answer, RunEvent, RunEventBody, RunState};
use batch::Batch;
use beginning::Beginning;
use prepare::prepare;

/// The number of kept announcements from which the hub accepts no more commands.
const MAX_KEPT_ANNOUNCEMENTS: usize = 1024;

/// The parts with which the hub works.
#[derive(Debug)]
pub(in crate::runs) struct HubParts {
    pub(in crate::runs) clock: SharedClock,
    pub(in crate::runs) ids: IdSource,
    pub(in crate::runs) worlds: Arc<dyn WorldProvider>,
    pub(in crate::runs) executor: Arc<dyn Execute>,
    pub(in crate::runs) commands_rx: mpsc::Receiver<RunsCommand>,
    pub(in crate::runs) announcements_tx: mpsc::Sender<Announcement>,
    pub(in crate::runs) announced: Announced,
    pub(in crate::runs) events_tx: EventSender,
    /// Stores the events of runs.
    pub(in crate::runs) keeper: Arc<dyn Keeper>,
    /// The maximum detail that is kept of runs.
    pub(in crate::runs) keeping: Keeping,
    /// Where runs are executed; `None` for this process.
    pub(in crate::runs) elsewhere: Option<Elsewhere>,
    /// Ends everything when cancelled.
    pub(in crate::runs) shutdown: CancellationToken,
}

/// The state of the hub.
#[derive(Debug)]
pub(in crate::runs) struct Hub {
    parts: HubParts,
    batches: HashMap<BatchId, Batch>,
    /// The number of launched batches, including forgotten ones.
    n_batches: usize,
    runs: HashMap<RunId, Run>,
    tasks: JoinSet<Ending>,
    kept: VecDeque<Announcement>,
    /// Rung when batches or the limits of endpoints change.
    bell: Arc<Bell>,
    standstill: watch::Sender<Standstill>,
    /// The limits of the model endpoints.
    endpoints: Endpoints,
}

/// A run, as the hub knows it.
#[derive(Debug)]
struct Run {
    batch: BatchId,
    /// The index of the run in the batch's plan.
    plan_idx: usize,
    /// The past of the run, taken when it starts.
    past: Past,
    /// The active time of the run in earlier processes.
    spent: Duration,
    /// The events of the run so far, if it is to be executed elsewhere; taken when it starts.
    events: Vec<Arc<RunEvent>>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Queued,
    Live(Live),
    Over,
}

/// The connections to a run that is active or waits for a person.
#[derive(Debug)]
struct Live {
    cancel: CancellationToken,
    stop_reason: Arc<OnceLock<StopReason>>,
    /// How orders reach the run; `None` if its context could not be made, so that it is about to
    /// fail.
    reach: Option<Reach>,
}

/// How orders reach a run.
#[derive(Debug)]
enum Reach {
    /// Through its handle, because this process executes it.
    Here(RunHandle),
    /// Through the runner, because it is executed elsewhere.
    Elsewhere(Orders),
}

impl Reach {
    fn pause(&self, run: &RunId, is_paused: bool) {
        match self {
            Self::Here(handle) if is_paused => handle.pause(),
            Self::Here(handle) => handle.resume(),
            Self::Elsewhere(orders) => orders.give(run, Order::Pause(is_paused)),
        }
    }

    fn cut(&self, run: &RunId) {
        match self {
            Self::Here(handle) => handle.cut(),
            Self::Elsewhere(orders) => orders.give(run, Order::Cut),
        }
    }

    fn answer(&self, run: &RunId, request: &RequestId, answer: Answer) {
        match self {
            Self::Here(handle) => {
                if let Err(error) = handle.answer(request, answer) {
                    tracing::warn!(%run, %error, "an answer was not taken");
                }
            }
            Self::Elsewhere(orders) => {
                orders.give(run, Order::Answer(request.clone(), Box::new(answer)));
            }
        }
    }
}

impl Hub {
    pub(in crate::runs) fn new(parts: HubParts) -> Self {
        let bell = Arc::<Bell>::default();
        Self {
            endpoints: Endpoints::new(&bell),
            parts,
            batches: HashMap::default(),
            n_batches: 0,
            runs: HashMap::default(),
            tasks: JoinSet::new(),
            kept: VecDeque::new(),
            bell,
            standstill: watch::Sender::default(),
        }
    }

    /// Runs until a shutdown is requested and all runs have ended.
    pub(in crate::runs) async fn work(mut self) {
        let shutdown = self.parts.shutdown.clone();
        let announcements_tx = self.parts.announcements_tx.clone();
        let (mut is_stopping, mut has_senders) = (false, true);
        while !(is_stopping && self.tasks.is_empty() && self.kept.is_empty()) {
            let takes_commands =
                !is_stopping && has_senders && self.kept.len() < MAX_KEPT_ANNOUNCEMENTS;
            // In this order, so that a flood of commands delays nothing: a stop comes first; then runs that ended, whose
            // slots others wait for; what is to be announced goes out, where there is room, before a command adds to it.
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
                () = self.bell.rung() => {}
                notice = next_notice(self.parts.elsewhere.as_mut().map(|it| &mut it.notices_rx)) => {
                    self.announce(Announcement::Elsewhere(notice.batch, notice.news));
                }
                Ok(place) = announcements_tx.reserve(), if !self.kept.is_empty() => {
                    if let Some(announcement) = self.kept.pop_front() {
                        place.send(announcement);
                    }
                }
                command = self.parts.commands_rx.recv(), if takes_commands => match command {
                    Some(command) => self.handle_command(command),
                    None => has_senders = false,
                },
            }
            self.heed_endpoints();
            for batch in self.bell.take_changed() {
                self.heed_budget(&batch);
                self.admit(&batch);
            }
        }
    }

    fn handle_command(&mut self, command: RunsCommand) {
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
                client_message,
            } => {
                let answer = Answer {
                    reply,
                    client_message,
                };
                self.answer(&run, &request, answer);
            }
            RunsCommand::AnswerAlike { requests, reply } => {
                for (run, request) in requests {
                    self.answer(&run, &request, reply.clone().into());
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

    /// Forgets those of the runs that have ended, and batches without any runs left.
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

    /// Sends an announcement to the feed as soon as there is room.
    fn announce(&mut self, announcement: Announcement) {
        self.parts.announced.note();
        self.kept.push_back(announcement);
    }

    /// Gives free slots of a batch to its waiting runs.
    fn admit(&mut self, id: &BatchId) {
        let Self {
            parts,
            batches,
            runs,
            tasks,
            ..
        } = self;
        let Some(batch) = batches.get_mut(id) else {
            return;
        };
        while let Some(admitted) = batch.places.admit() {
            match admitted {
                Admitted::New(id) => {
                    let Some(run) = runs.get_mut(&id) else {
                        continue;
                    };
                    if let (Some(elsewhere), false) = (&parts.elsewhere, run.events.is_empty()) {
                        let events = std::mem::take(&mut run.events);
                        let ids = (id, run.batch.clone());
                        let (live, watched) =
                            elsewhere::prepare((parts, elsewhere), batch, ids, events);
                        run.stage = Stage::Live(live);
                        tasks.spawn(watch_over(watched));
                    } else {
                        let standstill = self.standstill.subscribe();
                        let past = std::mem::take(&mut run.past);
                        let before = (id, past, run.spent);
                        let (live, assignment) =
                            prepare(parts, batch, run.plan_idx, before, standstill);
                        run.stage = Stage::Live(live);
                        tasks.spawn(supervise(assignment));
                    }
                }
                Admitted::Back(id, wake) => {
                    if wake.send(()).is_err() {
                        // It was cancelled while it waited.
                        batch.places.release(&id);
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
        batch.places.release(&ending.run);
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

    /// Emits the same event for runs that have not started.
    fn emit_for_queued(&mut self, runs: Vec<RunId>, body: &RunEventBody) {
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

    fn answer(&self, run: &RunId, request: &RequestId, answer: Answer) {
        if let Some(reach) = self.live(run).and_then(|live| live.reach.as_ref()) {
            reach.answer(run, request, answer);
        }
    }

    fn live(&self, id: &RunId) -> Option<&Live> {
        match &self.runs.get(id)?.stage {
            Stage::Live(live) => Some(live),
            Stage::Queued | Stage::Over => None,
        }
    }
}
