//! The traits through which a run accesses models, tools and its owner.

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

/// The models and tools of a run, shared by all runs of a batch.
pub trait World: fmt::Debug + Send + Sync {
    /// Returns the model of a configuration. May take a while, because a key may come from a
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

/// A source of prepared answers, which replace a person's.
///
/// Implementers guarantee that the same questions in the same order get the same answers.
pub trait Answerer: fmt::Debug + Send {
    /// Returns the user messages that start the conversation of a root agent; called once, before
    /// any other method.
    fn opening(&mut self) -> Vec<String>;

    /// Returns the images that accompany the first of these messages.
    fn images(&mut self) -> Vec<Image> {
        Vec::new()
    }

    /// Returns whether an answer is left for a request whose answer depends on the number of
    /// earlier requests. Concurrent steps then get their answers in the order of their positions
    /// instead of their arrival.
    fn is_in_turn(&self, request: &RequestKind) -> bool;

    /// Returns the answer to a request at this position, if one is left. It is of the kind that the
    /// request needs ([`Reply::answers`]).
    fn answer(&mut self, request: &RequestKind, place: &EffectKey) -> Option<Reply>;
}

/// Informs the owner of a run when the whole run waits for a person, so that its slot can serve
/// another run.
pub trait Presence: fmt::Debug + Send + Sync {
    /// Called when everything in the run waits for a person: the slot is returned.
    fn parked(&self);

    /// Called when everything that could continue in the run is paused, or no longer is. The slot
    /// is kept.
    fn held(&self, _is_held: bool) {}

    /// Called when everything that could continue in the run waits for resources of other runs, or
    /// no longer does. The slot is kept.
    fn blocked(&self, _is_blocked: bool) {}

    /// Called after an answer; completes as soon as the run has a slot again. Dropped if the run is
    /// cancelled meanwhile.
    fn resume(&self) -> BoxFuture<'_, ()>;
}

/// Stores the events of a run, so that the run can be resumed after the end of the program.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Waits until the request of an effect is stored. Called before the request is emitted.
    ///
    /// # Errors
    /// The run belongs to another process now, so that the effect must not be executed.
    fn kept(&self, run: &RunId, request: &RequestId) -> BoxFuture<'static, Result<(), Failure>>;
}

/// A keeper that stores nothing, so that nothing waits for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepsNothing;

impl Keeper for KeepsNothing {
    fn kept(&self, _: &RunId, _: &RequestId) -> BoxFuture<'static, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The presence of a run without a concurrency limit, which always has a slot.
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
