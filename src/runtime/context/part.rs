//! The parts of a run: the whole run and, inside, each item of a map and each flow of a parallel
//! node.
//!
//! A part has its own counters and names, so that they do not depend on the speed of other parts
//! and can be dropped at its end. Concurrent parts can be stopped when one of them fails; since it
//! is random where each was stopped, that is recorded ([`Stop`]).

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::RunContext;
use super::activity::Activities;
use crate::base::hash::{HashMap, HashSet};
use crate::base::ids::SpanId;
use crate::base::lock::lock;
use crate::conversation::Message;
use crate::runtime::past::Stop;
use crate::runtime::{EffectKey, Halt};
use crate::spec::Component;
use crate::trace::{Failure, FailureKind, RunEventBody};

/// The state of one part of a run.
#[derive(Debug)]
pub(super) struct Part {
    /// Cancelled with the run, and when a parallel part fails.
    pub(super) cancel: CancellationToken,
    node_visits: AtomicU64,
    /// The number of things of each kind that were made at each position.
    ordinals: Mutex<HashMap<(EffectKey, &'static str), u64>>,
    /// The ids of sources of tools that are left out.
    left_out: Mutex<HashSet<String>>,
}

impl Part {
    /// Makes the part for the whole run, which the token cancels.
    pub(super) fn whole(cancel: CancellationToken) -> Self {
        Self {
            cancel,
            node_visits: AtomicU64::new(0),
            ordinals: Mutex::default(),
            left_out: Mutex::default(),
        }
    }

    /// Makes a part inside this one. It starts with the same number of remaining node visits.
    fn part(&self, cancel: CancellationToken) -> Self {
        Self {
            cancel,
            node_visits: AtomicU64::new(self.node_visits.load(Ordering::Relaxed)),
            ordinals: Mutex::default(),
            left_out: Mutex::new(lock(&self.left_out).clone()),
        }
    }

    /// Returns how many things of a kind were made at a position of this part before. The steps at
    /// one position are sequential, so the number is the same in every execution.
    pub(super) fn ordinal(&self, place: &EffectKey, kind: &'static str) -> u64 {
        let mut ordinals = lock(&self.ordinals);
        let next = ordinals.entry((place.clone(), kind)).or_default();
        let ordinal = *next;
        *next += 1;
        ordinal
    }

    /// Returns the id of the next thing of a kind at a position.
    fn next_id(&self, place: &EffectKey, kind: &'static str) -> String {
        let ordinals = lock(&self.ordinals);
        let next = ordinals.get(&(place.clone(), kind)).copied();
        place.id(kind, next.unwrap_or_default())
    }

    /// Makes an id for something at a position.
    pub(super) fn new_id(&self, place: &EffectKey, kind: &'static str) -> String {
        place.id(kind, self.ordinal(place, kind))
    }

    /// Leaves out a source of tools, because one that does not answer would delay every turn.
    pub(super) fn leave_out(&self, source: &str) {
        lock(&self.left_out).insert(source.to_owned());
    }

    pub(super) fn is_left_out(&self, source: &str) -> bool {
        lock(&self.left_out).contains(source)
    }

    fn count_node_visit(&self, bound: u64) -> Result<(), Halt> {
        if self.node_visits.fetch_add(1, Ordering::Relaxed) < bound {
            return Ok(());
        }
        let message = format!("the run made {bound} node visits without finishing");
        Err(Failure::new(FailureKind::Limit, message)
            .with_hint("look for an endless loop, or raise `--max-node-visits`")
            .into())
    }
}

/// Concurrent parts.
struct Group {
    cancel: CancellationToken,
    /// The maximum number of parts that may begin.
    limit: usize,
    /// The index of the next part to begin.
    next: AtomicUsize,
    /// The first part that failed.
    failed: Mutex<Option<usize>>,
    /// Whether the stops of all parts are already recorded.
    is_over: bool,
}

impl Group {
    /// Returns the next part to begin. After the group was stopped, only parts begin that had begun
    /// before the run was resumed.
    fn begin_next(&self, has_begun: impl Fn(usize) -> bool) -> Option<usize> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let is_wanted = next < self.limit && (!self.cancel.is_cancelled() || has_begun(next));
        is_wanted.then_some(next)
    }

    fn fail(&self, index: usize) {
        lock(&self.failed).get_or_insert(index);
        if !self.is_over {
            self.cancel.cancel();
        }
    }

    fn is_stopped(&self) -> bool {
        self.is_over || self.cancel.is_cancelled()
    }
}

/// The results of parts executed one after another.
struct Lane<T> {
    over: Vec<Over<T>>,
    has_failed: bool,
}

/// A part that has ended.
struct Over<T> {
    index: usize,
    result: Result<T, Halt>,
    /// The messages that were added in the part.
    messages: Vec<Arc<Message>>,
}

impl RunContext {
    /// Counts a visit of a node.
    ///
    /// # Errors
    /// A `limit` failure if the part of the run has used up its visits.
    pub(in crate::runtime) fn count_node_visit(&self) -> Result<(), Halt> {
        self.part.count_node_visit(self.limits().max_node_visits)
    }

    /// Returns a position that is a part of the run with the same conversation, for an item of a
    /// sequential map.
    pub(in crate::runtime) fn part_at(&self, name: &str, index: usize) -> Self {
        self.part_with(name, index, self.part.cancel.clone())
    }

    fn part_with(&self, name: &str, index: usize, cancel: CancellationToken) -> Self {
        Self {
            part: Arc::new(self.part.part(cancel)),
            ..self.at(name, index)
        }
    }

    /// Executes numbered work concurrently, at most `at_once` at a time, each in a part of the run
    /// named `name`, and returns the results in order. They begin in order, too. Each executes the
    /// component with its number.
    ///
    /// Each starts with the conversation as it was before, and the new messages are appended in
    /// order at the end. The first failure stops the others. If one ends because no person is
    /// available, the others continue.
    ///
    /// # Errors
    /// The first failure in time; else the first halt.
    pub(in crate::runtime) async fn in_parts<T, W>(
        &self,
        name: &str,
        executed: &[&Arc<Component>],
        at_once: usize,
        work: impl Fn(usize, Self) -> W,
    ) -> Result<Vec<T>, Halt>
    where
        W: Future<Output = Result<T, Halt>>,
    {
        let count = executed.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let (limit, failed, is_over) = match self.shared.past.stop(&self.key) {
            Some(Stop::Parts { begun, failed }) => (begun.min(count), failed, true),
            Some(Stop::Before | Stop::During) | None => (count, None, false),
        };
        let group = Group {
            cancel: self.part.cancel.child_token(),
            limit,
            next: AtomicUsize::new(0),
            failed: Mutex::new(failed),
            is_over,
        };
        let lanes = at_once.clamp(1, count);
        self.shared.change(|all| all.split(lanes)).await;
        let lanes = (0..lanes).map(|_| self.lane(&group, name, executed, &work));
        let lanes = join_all(lanes).await;
        let still_counted = lanes.iter().filter(|lane| lane.has_failed).count();
        self.shared.change(|all| all.join(still_counted)).await;
        let mut over: Vec<Over<T>> = lanes.into_iter().flat_map(|lane| lane.over).collect();
        over.sort_unstable_by_key(|over| over.index);
        for messages in over
            .iter_mut()
            .map(|over| std::mem::take(&mut over.messages))
        {
            lock(&self.conversation).messages.extend(messages);
        }
        let failed = *lock(&group.failed);
        if group.is_stopped() && !self.shared.cancel.is_cancelled() {
            let begun = over.len();
            self.emit_stop(Stop::Parts { begun, failed }).await?;
        }
        let mut results = Vec::with_capacity(over.len());
        let mut halt = None;
        for over in over {
            match over.result {
                Ok(result) => results.push(result),
                Err(next) if failed == Some(over.index) => return Err(next),
                Err(next) => halt = halt.or(Some(next)),
            }
        }
        halt.map_or(Ok(results), Err)
    }

    /// Executes one piece of work after another, up to the first that fails.
    async fn lane<T, W>(
        &self,
        group: &Group,
        name: &str,
        executed: &[&Arc<Component>],
        work: &impl Fn(usize, Self) -> W,
    ) -> Lane<T>
    where
        W: Future<Output = Result<T, Halt>>,
    {
        let has_begun = |index: usize| {
            let place = self.key.child(name, index).child(executed[index].id(), 0);
            self.shared.past.has_opened(&SpanId::new(place.id("s", 0)))
        };
        let mut over = Vec::new();
        let mut has_failed = false;
        let mut is_halted = false;
        while !is_halted && let Some(index) = group.begin_next(has_begun) {
            let part = self
                .part_with(name, index, group.cancel.clone())
                .with_forked_conversation();
            let known = part.message_count();
            let result = work(index, part.clone()).await;
            is_halted = result.is_err();
            if matches!(result, Err(Halt::Failed(_))) {
                has_failed = true;
                group.fail(index);
            }
            let messages = lock(&part.conversation).messages.split_off(known);
            over.push(Over {
                index,
                result,
                messages,
            });
        }
        if !has_failed {
            self.shared.change(Activities::end_part).await;
        }
        Lane { over, has_failed }
    }

    /// Waits until the effect at this position may begin: at once, or after a pause.
    ///
    /// # Errors
    /// [`Halt::Cancelled`]; [`Halt::Stopped`].
    pub(super) async fn begin_effect(&self) -> Result<(), Halt> {
        match self.shared.past.stop(&self.key) {
            Some(Stop::Before) => {}
            Some(Stop::During | Stop::Parts { .. }) => return Ok(()),
            None => match self.checkpoint().await {
                Err(Halt::Cancelled) if !self.shared.cancel.is_cancelled() => {
                    // One that was under way when the run was killed is stopped where it was.
                    if self.was_under_way() {
                        return Ok(());
                    }
                }
                other => return other,
            },
        }
        self.emit_stop(Stop::Before).await?;
        Err(Halt::Stopped)
    }

    /// Returns whether the effect at this position had begun before the run was resumed.
    fn was_under_way(&self) -> bool {
        let past = &self.shared.past;
        let span = self.part.next_id(&self.key, "s");
        past.was_asked(self.key.as_str()) || past.has_opened(&SpanId::new(span))
    }

    /// Executes the effect at this position, and records if it is stopped with its part of the run.
    pub(super) async fn stoppable<T>(
        &self,
        effect: impl Future<Output = Result<T, Halt>>,
    ) -> Result<T, Halt> {
        match effect.await {
            Err(Halt::Cancelled) if !self.shared.cancel.is_cancelled() => {
                self.emit_stop(Stop::During).await?;
                Err(Halt::Stopped)
            }
            other => other,
        }
    }

    /// Returns whether the effect at this position was recorded as stopped in progress.
    pub(super) fn was_stopped(&self) -> bool {
        self.shared.past.stop(&self.key) == Some(Stop::During)
    }

    async fn emit_stop(&self, stop: Stop) -> Result<(), Halt> {
        self.emit(RunEventBody::Operated {
            key: self.key.child(RunEventBody::STOP, 0).to_string(),
            operation: RunEventBody::STOP.to_owned(),
            outcome: Box::new(Ok(json!(stop))),
        })
        .await
    }
}
