//! Answers that were prepared before the run (`--message`, `--answers`).
//!
//! They are distributed by position in the run, not by time of request: parallel steps wait until
//! every other activity has requested an answer or ended, and then get their answers in the order
//! of their keys. Therefore the same question always gets the same answer, however long the
//! previous steps take. A single step gets its answer at once, and so does a step whose answer is
//! the same for all (`--confirm`).

use std::sync::{Mutex, MutexGuard};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::activity::Activities;
use super::shared::Shared;
use crate::base::hash::HashMap;
use crate::base::lock::lock;
use crate::runtime::world::Answerer;
use crate::runtime::{EffectKey, Halt};
use crate::trace::{Reply, RequestKind};

/// An answer and its index among the answers used, from 0; `None` if none was prepared.
pub(super) type Given = Option<(Reply, u64)>;

/// The remaining answers, and the steps that request one.
#[derive(Debug)]
pub(super) struct PreparedAnswers(Mutex<State>);

#[derive(Debug)]
struct State {
    answerer: Box<dyn Answerer + Send>,
    /// The questions that were answered before the run was resumed, with their positions, in order.
    /// Their answers are removed later, after the messages that open the conversation.
    past: Vec<(EffectKey, RequestKind)>,
    n_given: u64,
    asking: HashMap<EffectKey, (RequestKind, oneshot::Sender<Given>)>,
}

impl PreparedAnswers {
    /// Makes the prepared answers; `past` has the questions that were answered before the run was
    /// resumed, in order.
    pub(super) fn new(
        answerer: Box<dyn Answerer + Send>,
        past: Vec<(EffectKey, RequestKind)>,
    ) -> Self {
        Self(Mutex::new(State {
            answerer,
            past,
            n_given: 0,
            asking: HashMap::default(),
        }))
    }

    /// Accesses the answerer for the messages and images that start the conversation, before any
    /// other request.
    pub(super) fn answerer<T>(&self, ask: impl FnOnce(&mut dyn Answerer) -> T) -> T {
        ask(self.state().answerer.as_mut())
    }

    /// Distributes the requested answers and returns the number of requests.
    pub(super) fn give_out(&self) -> usize {
        let mut state = self.state();
        let mut asking: Vec<_> = state.asking.drain().collect();
        asking.sort_by_cached_key(|(key, _)| key.order());
        let n_asking = asking.len();
        for (place, (kind, reply)) in asking {
            // Who is gone by now was cancelled with the run.
            let _gone = reply.send(state.give(&kind, &place));
        }
        n_asking
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl State {
    /// Removes the answers that were used before the run was resumed.
    fn take_past(&mut self) {
        for (place, kind) in std::mem::take(&mut self.past) {
            // The answer is in the past already.
            let _known = self.answerer.answer(&kind, &place);
            self.n_given += 1;
        }
    }

    fn give(&mut self, kind: &RequestKind, place: &EffectKey) -> Given {
        let reply = self.answerer.answer(kind, place)?;
        let number = self.n_given;
        self.n_given += 1;
        Some((reply, number))
    }
}

impl Shared {
    /// Returns the prepared answer for a question at this position.
    ///
    /// # Errors
    /// [`Halt::Cancelled`].
    pub(super) async fn prepared_answer(
        &self,
        key: &EffectKey,
        kind: &RequestKind,
        cancel: &CancellationToken,
    ) -> Result<Given, Halt> {
        {
            let mut state = self.prepared.state();
            state.take_past();
            if !state.answerer.is_in_turn(kind) {
                return Ok(state.give(kind, key));
            }
        }
        let (reply, given) = oneshot::channel();
        let question = (kind.clone(), reply);
        self.prepared.state().asking.insert(key.clone(), question);
        self.change(Activities::ask).await;
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            // Dropped unused only where another question has the same key, which ends the run when it is given back.
            given = given => return Ok(given.unwrap_or_default()),
        }
        let was_waiting = self.prepared.state().asking.remove(key).is_some();
        if was_waiting {
            self.change(|all| all.resume_asking(1)).await;
        }
        Err(Halt::Cancelled)
    }
}
