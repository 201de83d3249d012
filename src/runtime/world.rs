//! The traits through which a run reaches models, tools and its owner.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::base::ids::{RequestId, RunId};
use crate::conversation::Image;
use crate::llm::Model;
use crate::runtime::EffectKey;
use crate::spec::Component;
use crate::tools::ToolExecutor;
use crate::trace::{Failure, Reply, RequestKind};

/// The models and tools of a run. One is shared by all runs of a batch.
pub trait World: fmt::Debug + Send + Sync {
    /// Returns the model of a configuration in this world. May take a while: a key may come from a
    /// program.
    ///
    /// # Errors
    /// The configuration or the profile can't be used, for example because a key is missing.
    fn model<'a>(
        &'a self,
        llm_config: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>>;

    /// Returns the executor of tool calls.
    fn tools(&self) -> &dyn ToolExecutor;
}

/// Answers that were prepared before the run, in place of a person's.
///
/// Implementers keep: the same questions in the same order get the same answers.
pub trait Answerer: fmt::Debug + Send {
    /// The messages of the user that start the conversation of an agent at the root; asked once, before anything else.
    fn opening(&mut self) -> Vec<String>;

    /// The pictures that are shown with the first of these messages.
    fn images(&mut self) -> Vec<Image> {
        Vec::new()
    }

    /// Whether an answer is left for a request that depends on how many such requests there were before. Steps that run at
    /// the same time are then answered in the order of their places, and not of their arrival.
    fn is_in_turn(&self, request: &RequestKind) -> bool;

    /// The answer to a request that is made in this place, if one is left. It is of the kind that the request asks for
    /// ([`Reply::answers`]).
    fn answer(&mut self, request: &RequestKind, place: &EffectKey) -> Option<Reply>;
}

/// Informs the owner of a run when all of it waits for a person, so that its slot can serve another
/// run.
pub trait Presence: fmt::Debug + Send + Sync {
    /// Called when everything in the run waits for a person: the slot is given back.
    fn parked(&self);

    /// Called when all that could go on in the run is held by a pause, or is so no longer. It keeps
    /// its slot.
    fn held(&self, _is_held: bool) {}

    /// Called when all that could go on in the run waits for something that other runs hold, or
    /// does so no longer. It keeps its slot.
    fn blocked(&self, _is_blocked: bool) {}

    /// Called when an answer came: ready as soon as the run has a slot again. Dropped when the run
    /// is cancelled meanwhile.
    fn resume(&self) -> BoxFuture<'_, ()>;
}

/// Keeps the events of a run, so that it can be carried on when the program is gone.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Begins to wait until the request of an effect is kept. Called before the request is emitted.
    ///
    /// # Errors
    /// The run is another process's by now: the effect must not be made.
    fn kept(&self, run: &RunId, request: &RequestId) -> BoxFuture<'static, Result<(), Failure>>;
}

/// A keeper that keeps nothing, so that nobody waits for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepsNothing;

impl Keeper for KeepsNothing {
    fn kept(&self, _: &RunId, _: &RequestId) -> BoxFuture<'static, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The presence of a run that no bound applies to: it always has a slot.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysPresent;

impl Presence for AlwaysPresent {
    fn parked(&self) {}

    fn resume(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// An answerer without answers: every request goes to a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAnswers;

impl Answerer for NoAnswers {
    fn opening(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn is_in_turn(&self, _: &RequestKind) -> bool {
        false
    }

    fn answer(&mut self, _: &RequestKind, _: &EffectKey) -> Option<Reply> {
        None
    }
}
