//! The desk, which begins and continues served conversations and knows their states.
//!
//! ```text
//! client ─ Desk::begin, say ─► jobs ─► dispatcher ─ a free place ─► RunsCommand ─► hub
//! client ◄─ Turn ◄─ Conversation ◄─ follower ◄─ Subscription ◄─ feed
//! ```
//!
//! A conversation is a batch of one run and has the batch's id. A turn holds a slot from its beginning to its end. The number
//! of turns that wait for a slot is limited, and so is the number of open conversations: the conversation that was idle for
//! longest is closed, and is read from the history again when its client sends the next message.

mod branch;
mod carry_on;
mod conversation;
mod follow;
mod repeats;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub(super) use self::conversation::Conversation;
pub(super) use self::repeats::MessageKey;
use super::reply::Saying;
use super::turn::Turn;
use super::{ServeError, Served};
use crate::base::clock::SharedClock;
use crate::base::ids::BatchId;
use crate::base::lock::lock;
use crate::runs::{Origin, PlanRequest, RunsCommand, RunsHandle, Target, plan};
use crate::spec::language::Flow;

/// The maximum number of waiting turns for each slot.
const WAITING_PER_PLACE: usize = 16;

/// The maximum number of open conversations.
const MAX_OPEN: usize = 1_000;

/// A conversation and the number of one of its turns.
#[derive(Clone, Debug)]
pub(super) struct TurnOf {
    pub(super) conversation: Arc<Conversation>,
    pub(super) number: usize,
}

/// A job that begins as soon as a slot is free.
#[derive(Debug)]
struct Job {
    conversation: Arc<Conversation>,
    commands: Vec<RunsCommand>,
}

/// Begins and continues conversations. Cheap to clone; all clones share the same state.
#[derive(Clone, Debug)]
pub(super) struct ConversationStarter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    served: Served,
    runs: RunsHandle,
    clock: SharedClock,
    jobs_tx: mpsc::Sender<Job>,
    conversations: Mutex<HashMap<BatchId, Arc<Conversation>>>,
    /// The messages that are being accepted now, so that a message that arrives twice at once is
    /// accepted once.
    taking: Mutex<HashMap<MessageKey, watch::Sender<()>>>,
    /// Whether new turns are refused because the server is shutting down.
    is_closed: AtomicBool,
}

impl ConversationStarter {
    /// Makes a desk and starts its tasks, which end when `stop` is cancelled.
    pub(super) fn open(
        served: Served,
        runs: RunsHandle,
        clock: SharedClock,
        stop: &CancellationToken,
    ) -> (Self, JoinSet<()>) {
        let places = served.at_once.get();
        let (jobs_tx, jobs_rx) = mpsc::channel(places.saturating_mul(WAITING_PER_PLACE));
        let updates = runs.subscribe();
        let desk = Self(Arc::new(Shared {
            served,
            runs,
            clock,
            jobs_tx,
            conversations: Mutex::default(),
            taking: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }));
        let mut tasks = JoinSet::new();
        let (following, follows) = (desk.clone(), stop.clone());
        tasks.spawn(async move {
            let following = following.follow(updates);
            follows.run_until_cancelled(following).await;
        });
        let (dispatching, dispatches) = (desk.clone(), stop.clone());
        let places = Arc::new(Semaphore::new(places));
        tasks.spawn(async move {
            let dispatching = dispatching.dispatch(jobs_rx, places);
            dispatches.run_until_cancelled(dispatching).await;
        });
        (desk, tasks)
    }

    /// Returns the served component and its settings.
    pub(super) fn served(&self) -> &Served {
        &self.0.served
    }

    /// Refuses new turns from now on.
    pub(super) fn close(&self) {
        self.0.is_closed.store(true, Ordering::Release);
    }

    fn check_open(&self) -> Result<(), ServeError> {
        if self.0.is_closed.load(Ordering::Acquire) {
            return Err(ServeError::Closing);
        }
        Ok(())
    }

    /// Waits until no turn is running.
    pub(super) async fn quiet(&self) {
        for conversation in self.open_ones() {
            conversation.quiet().await;
        }
    }

    /// Begins a conversation with its first turn.
    ///
    /// # Errors
    /// [`ServeError`].
    pub(super) fn begin(
        &self,
        saying: Saying,
        context: Option<String>,
    ) -> Result<TurnOf, ServeError> {
        let served = &self.0.served;
        let batch = self.0.runs.new_batch_id();
        let context = context.unwrap_or_else(|| batch.to_string());
        let origin = Origin {
            served: Some(context.clone()),
            ..served.origin.clone()
        };
        let mut request = PlanRequest {
            is_attended: true,
            timeout: served.timeout,
            origin,
            client_message: saying.client_message.clone().map(Box::new),
            ..PlanRequest::new(Arc::clone(&served.component), Arc::clone(&served.profile))
        };
        let message = saying.client_message.clone();
        saying
            .begin(&mut request)
            .map_err(|refused| ServeError::Invalid(refused.0))?;
        let planned = plan(request).map_err(|error| ServeError::Invalid(error.to_string()))?;
        let conversation = self.admit(Conversation::new(batch.clone(), context, message))?;
        let launch = RunsCommand::Launch {
            batch,
            plan: Box::new(planned.plan),
        };
        self.submit(&conversation, vec![launch])
            .inspect_err(|_refused| self.forget(&conversation))?;
        Ok(TurnOf {
            conversation,
            number: 1,
        })
    }

    /// Continues a conversation. If its run is a flow that has ended, a new conversation with the
    /// same context begins.
    ///
    /// # Errors
    /// [`ServeError`].
    pub(super) async fn go_on(
        &self,
        conversation: Arc<Conversation>,
        saying: Saying,
        context: Option<String>,
    ) -> Result<TurnOf, ServeError> {
        let conversation = self.reopen(conversation).await?;
        if conversation.is_over() && self.0.served.component.is::<Flow>() {
            return self.begin(saying, context);
        }
        self.say(&conversation, saying)
    }

    /// Answers a conversation that waits for its client, and returns the turn that begins.
    ///
    /// # Errors
    /// [`ServeError`].
    fn say(&self, conversation: &Arc<Conversation>, saying: Saying) -> Result<TurnOf, ServeError> {
        self.check_open()?;
        let turn = self.latest(conversation);
        if !turn.state.is_over() {
            return Err(ServeError::Busy);
        }
        if conversation.is_over() || turn.requests.is_empty() {
            return Err(ServeError::Over);
        }
        let message = saying.client_message.clone();
        let replies = saying
            .answer(&turn.requests)
            .map_err(|refused| ServeError::Invalid(refused.0))?;
        let number = turn.number + replies.len();
        let run = conversation.run().ok_or(ServeError::Over)?;
        let n_replies = replies.len();
        let commands = replies.into_iter().enumerate().map(|(index, reply)| {
            let (request, reply) = reply;
            // It began the turn that continues when all requests are answered.
            let brought = message.as_ref().filter(|_| index + 1 == n_replies);
            RunsCommand::Answer {
                run: run.clone(),
                request,
                reply,
                client_message: brought.cloned().map(Box::new),
            }
        });
        let commands = commands.collect();
        if !conversation.begin_turn(turn.number, number, message.as_ref()) {
            return Err(ServeError::Busy);
        }
        self.submit(conversation, commands)
            .inspect_err(|_refused| conversation.take_back(turn.number))?;
        Ok(TurnOf {
            conversation: Arc::clone(conversation),
            number,
        })
    }

    /// Returns the conversations that are open in this process.
    pub(super) fn open_ones(&self) -> Vec<Arc<Conversation>> {
        lock(&self.0.conversations).values().cloned().collect()
    }

    /// Returns the latest turn of a conversation.
    pub(super) fn latest(&self, conversation: &Arc<Conversation>) -> Turn {
        self.turn(&TurnOf {
            conversation: Arc::clone(conversation),
            number: conversation.latest(),
        })
    }

    /// Returns a turn in its present state.
    pub(super) fn turn(&self, turn: &TurnOf) -> Turn {
        turn.conversation
            .turn(turn.number)
            .unwrap_or_else(|| Turn::waiting(turn.number, self.0.clock.now()))
    }

    /// Returns the turns of the task that a turn belongs to, in their present state.
    pub(super) fn task(&self, turn: &TurnOf) -> Vec<Turn> {
        let (first, last) = turn.conversation.task_of(turn.number);
        let of_number = |number| {
            self.turn(&TurnOf {
                conversation: Arc::clone(&turn.conversation),
                number,
            })
        };
        (first..=last).map(of_number).collect()
    }

    /// Waits until a turn is recorded. Its client may not be sent a confirmation earlier.
    pub(super) async fn begun(&self, turn: &TurnOf) {
        let mut changes = turn.conversation.changes();
        while turn.conversation.turn(turn.number).is_none() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Stops the run of a conversation.
    pub(super) async fn cancel(&self, conversation: &Arc<Conversation>) {
        conversation.cancel();
        let target = Target::Batch(conversation.id().clone());
        // Runs that have ended have nothing to be stopped.
        let _ended = self.0.runs.send(RunsCommand::Cancel(target)).await;
    }

    fn submit(
        &self,
        conversation: &Arc<Conversation>,
        commands: Vec<RunsCommand>,
    ) -> Result<(), ServeError> {
        let job = Job {
            conversation: Arc::clone(conversation),
            commands,
        };
        self.0.jobs_tx.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ServeError::TooMany,
            mpsc::error::TrySendError::Closed(_) => ServeError::Closing,
        })
    }

    /// Runs the jobs in their order, each as soon as a slot is free.
    async fn dispatch(self, mut jobs_rx: mpsc::Receiver<Job>, places: Arc<Semaphore>) {
        while let Some(Job {
            conversation,
            commands,
        }) = jobs_rx.recv().await
        {
            // The places are never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            if !conversation.occupy(place) {
                self.forget(&conversation);
                continue;
            }
            for command in commands {
                if self.0.runs.send(command).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Adds a conversation to the open ones, closing an idle one if the limit is reached.
    fn admit(&self, conversation: Conversation) -> Result<Arc<Conversation>, ServeError> {
        self.check_open()?;
        let conversation = Arc::new(conversation);
        let mut open = lock(&self.0.conversations);
        let is_same = |other: &Arc<Conversation>| other.context() == conversation.context();
        if open
            .values()
            .any(|other| is_same(other) && !other.is_over())
        {
            return Err(ServeError::Busy);
        }
        if open.len() >= MAX_OPEN {
            let quiet = open.values().filter(|other| other.is_quiet());
            let longest = quiet.min_by_key(|other| other.changed_at()).cloned();
            let longest = longest.ok_or(ServeError::TooMany)?;
            open.remove(longest.id());
            let target = Target::Batch(longest.id().clone());
            // Where the runs accept no command now it stays open, and its client finds it in the history.
            let _refused = self.0.runs.try_send(RunsCommand::Cancel(target));
        }
        open.insert(conversation.id().clone(), Arc::clone(&conversation));
        Ok(conversation)
    }

    fn forget(&self, conversation: &Conversation) {
        lock(&self.0.conversations).remove(conversation.id());
    }
}
