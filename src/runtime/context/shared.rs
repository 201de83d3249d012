//! The state that all positions of a run share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::ContextParts;
use super::activity::{Activities, Change, Return, WaitsFor};
use super::handle::{Control, RunHandle};
use super::prepared::PreparedAnswers;
use crate::base::clock::SharedClock;
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::{RunId, SpanId};
use crate::base::lock::lock;
use crate::runtime::datastore::Datastores;
use crate::runtime::event_queue::EventSender;
use crate::runtime::past::Past;
use crate::runtime::world::{Keeper, Presence, World};
use crate::runtime::{Halt, Limits};
use crate::trace::{FailureKind, RunEvent, RunEventBody, RunState};

pub(super) struct Shared {
    pub(super) run: RunId,
    pub(super) clock: SharedClock,
    pub(super) world: Arc<dyn World>,
    pub(super) cancel: CancellationToken,
    pub(super) seed: Option<u64>,
    pub(super) limits: Limits,
    pub(super) prepared: PreparedAnswers,
    pub(super) is_attended: bool,
    pub(super) past: Past,
    pub(super) datastores: Datastores,
    /// Limits the number of concurrent tool calls.
    pub(super) tool_places: Arc<Semaphore>,
    pub(super) control: Arc<Control>,
    presence: Arc<dyn Presence>,
    pub(super) keeper: Arc<dyn Keeper>,
    events: EventSender,
    /// The activities in a watch channel instead of a mutex with a signal: an activity that waits
    /// for the run's slot subscribes and sees every change, without missing one between check and
    /// wait, and no lock is held across an await.
    activities: watch::Sender<Activities>,
    /// The number of tokens that models have written.
    output_tokens: AtomicU64,
    /// The ids of tool calls that are in use, because a provider may return the same id in two
    /// answers.
    call_ids: Mutex<HashSet<String>>,
    /// The last notice of each source of tools, by its id, so that it is not repeated in each turn.
    source_notices: Mutex<HashMap<String, String>>,
}

impl Shared {
    pub(super) fn new(parts: ContextParts) -> (Self, RunHandle) {
        let control = Arc::new(Control::new());
        let handle = RunHandle::new(Arc::clone(&control));
        let prepared = PreparedAnswers::new(parts.answerer, parts.past.prepared());
        let shared = Self {
            run: parts.run,
            clock: parts.clock,
            world: parts.world,
            cancel: parts.cancel,
            seed: parts.seed,
            limits: parts.limits,
            prepared,
            is_attended: parts.is_attended,
            call_ids: Mutex::new(parts.past.call_ids().map(str::to_owned).collect()),
            past: parts.past,
            datastores: Datastores::default(),
            tool_places: Arc::new(Semaphore::new(
                parts
                    .limits
                    .tool_calls_at_once
                    .clamp(1, Semaphore::MAX_PERMITS),
            )),
            control,
            presence: parts.presence,
            keeper: parts.keeper,
            events: parts.events,
            activities: watch::Sender::new(Activities::start()),
            output_tokens: AtomicU64::new(0),
            source_notices: Mutex::default(),
        };
        (shared, handle)
    }

    /// Reserves the id of a call; returns false if it is already in use.
    pub(super) fn take_call_id(&self, id: &str) -> bool {
        lock(&self.call_ids).insert(id.to_owned())
    }

    /// Returns whether a notice of a source of tools is new.
    pub(super) fn is_news(&self, source: &str, notice: &str) -> bool {
        let told = lock(&self.source_notices).insert(source.to_owned(), notice.to_owned());
        told.as_deref() != Some(notice)
    }

    /// Counts tokens that a model wrote.
    pub(super) fn count_output_tokens(&self, tokens: u64) {
        self.output_tokens.fetch_add(tokens, Ordering::Relaxed);
    }

    /// Checks that the token limit is not reached.
    pub(super) fn check_output_tokens(&self) -> Result<(), Halt> {
        let written = self.output_tokens.load(Ordering::Relaxed);
        match self.limits.max_output_tokens {
            Some(bound) if written >= bound => {
                Err(Halt::failed(FailureKind::Limit, passed(written, bound)))
            }
            _ => Ok(()),
        }
    }

    /// Returns the number of tokens that models may still write; `None` without a limit.
    pub(super) fn tokens_left(&self) -> Option<u64> {
        let written = self.output_tokens.load(Ordering::Relaxed);
        let bound = self.limits.max_output_tokens?;
        Some(bound.saturating_sub(written))
    }

    /// Returns a notice for the user if an answer has exceeded the token limit.
    pub(super) fn passed_tokens(&self) -> Option<String> {
        let written = self.output_tokens.load(Ordering::Relaxed);
        let bound = self.limits.max_output_tokens?;
        (written > bound).then(|| passed(written, bound))
    }

    /// Emits an event, unless the run emitted it before it was resumed.
    pub(super) async fn emit(&self, span: Option<SpanId>, body: RunEventBody) -> Result<(), Halt> {
        if self.past.has_emitted(span.as_ref(), &body) {
            return Ok(());
        }
        let sent = self.events.send_with(body, |body| RunEvent {
            run: self.run.clone(),
            seq: 0,
            joined: 0,
            timestamp: self.clock.now(),
            span,
            body,
        });
        sent.await.map_err(|_unread| Halt::Cancelled)
    }

    /// Waits until the part of the run with this token may take its next step.
    pub(super) async fn checkpoint(&self, cancel: &CancellationToken) -> Result<(), Halt> {
        if cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        let mut paused = self.control.paused();
        if !*paused.borrow_and_update() {
            return Ok(());
        }
        self.change(Activities::hold).await;
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            // An error means that the sender is gone, which `self` holds.
            _ = paused.wait_for(|is_paused| !is_paused) => {}
        }
        self.change(Activities::release).await;
        if cancel.is_cancelled() {
            return Err(Halt::Cancelled);
        }
        Ok(())
    }

    /// Begins to wait for a person.
    pub(super) async fn begin_wait(&self, whom: WaitsFor) {
        self.change(|all| all.wait(whom)).await;
    }

    /// Ends the wait for a person because the run is cancelled.
    pub(super) async fn give_up_wait(&self, whom: WaitsFor) {
        self.change(|all| all.give_up_wait(whom)).await;
    }

    /// Continues after a person's answer, as soon as the run has its slot.
    pub(super) async fn end_wait(&self, whom: WaitsFor) -> Result<(), Halt> {
        let mut next = self.try_change(|all| all.answer(whom)).await;
        loop {
            let is_cancelled = match next {
                Return::GoOn => return Ok(()),
                Return::Fetch => tokio::select! {
                    biased;
                    () = self.cancel.cancelled() => true,
                    () = self.presence.resume() => {
                        self.change(Activities::arrive).await;
                        return Ok(());
                    }
                },
                Return::Wait => {
                    let mut activities = self.activities.subscribe();
                    tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => true,
                        // An error means that the sender is gone, which `self` holds.
                        _ = activities.wait_for(|all| !all.is_returning()) => false,
                    }
                }
            };
            if is_cancelled {
                self.change(Activities::give_up_return).await;
                return Err(Halt::Cancelled);
            }
            next = self.try_change(Activities::try_return).await;
        }
    }

    async fn try_change(&self, apply: impl FnOnce(&mut Activities) -> (Return, Change)) -> Return {
        let mut next = Return::GoOn;
        self.change(|all| {
            let (step, change) = apply(all);
            next = step;
            change
        })
        .await;
        next
    }

    /// Changes the activities, emits the new state and informs the owner of the slot. Does neither
    /// if the run is being cancelled, because its owner emits the end.
    pub(super) async fn change(&self, apply: impl FnOnce(&mut Activities) -> Change) {
        let mut change = None;
        self.activities.send_modify(|activities| {
            let changed = apply(activities);
            if changed.has_settled {
                // In the same change, so that nobody finds the run at rest in between. An activity that asks counts as
                // active, so this changes no state.
                activities.resume_asking(self.prepared.give_out());
            }
            change = Some(changed);
        });
        let Some(change) = change.filter(|_| !self.cancel.is_cancelled()) else {
            return;
        };
        if let Some(state) = change.state {
            self.presence.held(state == RunState::Paused);
            // If nobody reads events, the next step of the run finds out and ends it.
            let _ = self.emit(None, RunEventBody::StateChanged { state }).await;
        }
        if let Some(is_blocked) = change.is_blocked {
            self.presence.blocked(is_blocked);
        }
        if change.has_parked {
            self.presence.parked();
        }
    }
}

fn passed(written: u64, bound: u64) -> String {
    format!("the models of the run wrote {written} tokens, and {bound} are allowed")
}
