//! The context of a run: the only access of agents and flows to models, tools and people.
//!
//! It calls a model ([`RunContext::generate`]), calls a tool ([`RunContext::call_tool`]), asks a
//! person ([`RunContext::ask`]) and executes other operations (`RunContext::operate`: the time, the
//! tools of a server). Each of these first checks whether the run is cancelled or paused, emits
//! [`RunEvent`](crate::trace::RunEvent)s, and has a stable [`EffectKey`]. If the run has a [`Past`]
//! with the outcome of the effect, that outcome is returned and nothing is done. Nothing else in
//! the runtime reads a clock, draws a random number or waits.

mod activity;
mod ask;
mod calls;
mod discovery;
mod generation;
mod handle;
mod observer;
mod operate;
mod part;
mod prepared;
mod prompt;
mod shared;
mod wait;

pub(super) use calls::BEGUN;
pub use calls::ToolCallResult;
pub(super) use generation::{failure_of as failure_of_model, no_answer};
pub use handle::{AnswerError, RunHandle, check_reply};

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SharedClock;
use crate::base::ids::{RequestId, RunId, SpanId};
use crate::base::lock::lock;
use crate::conversation::{Image, Message, Role};
use crate::runtime::datastore::{Datastore, MemoryStore, not_in_memory};
use crate::runtime::event_queue::EventSender;
use crate::runtime::key::EffectKey;
use crate::runtime::past::Past;
use crate::runtime::world::{Answerer, Keeper, Presence, World};
use crate::runtime::{Halt, Limits};
use crate::spec::Component;
use crate::trace::{ComponentName, Event, Failure, RunEventBody, SpanKind, SpanOutcome};
use activity::Activities;
use part::Part;
use prompt::MessageLog;
use shared::Shared;

/// The parts from which the owner of a run makes its context.
#[derive(Debug)]
pub struct ContextParts {
    /// The id of the run.
    pub run: RunId,
    /// The clock for the times of events.
    pub clock: SharedClock,
    /// The models and tools.
    pub world: Arc<dyn World>,
    /// The queue for the run's events. If it is full, the run waits; if it has no reader, the run
    /// ends as cancelled.
    pub events: EventSender,
    /// Cancels the run.
    pub cancel: CancellationToken,
    /// The seed that makes the offline model and retry jitter reproducible.
    pub seed: Option<u64>,
    /// The limits of the run.
    pub limits: Limits,
    /// The source of prepared answers.
    pub answerer: Box<dyn Answerer + Send>,
    /// Whether a person is available: a request without a prepared answer then waits. Otherwise it
    /// ends the run.
    pub is_attended: bool,
    /// The owner of the run's slot, which is informed when the run waits for a person.
    pub presence: Arc<dyn Presence>,
    /// The outcomes of effects in an earlier execution of the run.
    pub past: Past,
    /// Stores the run's record.
    pub keeper: Arc<dyn Keeper>,
}

/// A conversation that several positions of a run may read and write.
pub(super) type SharedConversation = Arc<Mutex<MessageLog>>;

/// A position in a run, with access to the world. Cheap to clone; a clone is the same position.
#[derive(Clone)]
pub struct RunContext {
    shared: Arc<Shared>,
    part: Arc<Part>,
    span: Option<SpanId>,
    key: EffectKey,
    /// The nesting depth of agents and flows at this position.
    depth: usize,
    /// The conversation at this position.
    conversation: SharedConversation,
}

impl RunContext {
    /// Makes the context of a whole run, and the handle with which its owner answers and pauses it.
    pub fn new(parts: ContextParts) -> (Self, RunHandle) {
        let part = Arc::new(Part::whole(parts.cancel.clone()));
        let (shared, handle) = Shared::new(parts);
        let context = Self {
            shared: Arc::new(shared),
            part,
            span: None,
            key: EffectKey::default(),
            depth: 0,
            conversation: Arc::default(),
        };
        (context, handle)
    }

    /// Returns the limits of the run.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Returns the nesting depth of agents and flows: 0 for the whole run, 1 in its root component.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the datastore of a component.
    ///
    /// # Errors
    /// The datastore's type is not supported.
    pub(super) fn datastore(&self, component: &Arc<Component>) -> Result<Datastore, Failure> {
        self.shared.datastores.open(component)
    }

    /// Returns the datastore of a component, which must be in memory.
    ///
    /// # Errors
    /// The datastore is not in memory.
    pub(super) fn memory_store(
        &self,
        component: &Arc<Component>,
    ) -> Result<Arc<MemoryStore>, Failure> {
        match self.datastore(component)? {
            Datastore::Memory(store) => Ok(store),
            Datastore::Database(_) => Err(not_in_memory(component)),
        }
    }

    /// Returns a position within this one: `name` is a component's id or a step's name, and `index`
    /// the number of the visit, item or call.
    #[must_use]
    pub fn at(&self, name: &str, index: usize) -> Self {
        Self {
            key: self.key.child(name, index),
            ..self.clone()
        }
    }

    /// Returns this position one level deeper, for a nested agent or flow.
    #[must_use]
    pub(super) fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    /// Returns this position with a new, empty conversation.
    #[must_use]
    pub(super) fn with_own_conversation(&self) -> Self {
        Self {
            conversation: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns this position with another conversation.
    #[must_use]
    pub(super) fn with_conversation(&self, conversation: &SharedConversation) -> Self {
        Self {
            conversation: Arc::clone(conversation),
            ..self.clone()
        }
    }

    /// Returns this position with a copy of its conversation, so that new messages stay separate.
    /// Calls without a result are left out, because models reject them.
    #[must_use]
    pub(super) fn with_forked_conversation(&self) -> Self {
        let mut fork = lock(&self.conversation).clone();
        if let Some(last) = fork.messages.last_mut()
            && !last.tool_calls.is_empty()
        {
            Arc::make_mut(last).tool_calls.clear();
        }
        self.with_conversation(&Arc::new(Mutex::new(fork)))
    }

    /// Returns the prepared user messages that start the conversation.
    pub(super) fn opening(&self) -> Vec<Message> {
        let (texts, mut images) = {
            let prepared = &self.shared.prepared;
            prepared.answerer(|answerer| (answerer.opening(), answerer.images()))
        };
        let message = |text| Message {
            images: std::mem::take(&mut images),
            ..Message::text(self.new_message_id(), Role::User, text)
        };
        texts.into_iter().map(message).collect()
    }

    /// Returns the conversation so far.
    pub fn messages(&self) -> Vec<Arc<Message>> {
        lock(&self.conversation).messages.clone()
    }

    /// Returns the number of messages in the conversation.
    pub(super) fn message_count(&self) -> usize {
        lock(&self.conversation).messages.len()
    }

    /// Makes an id for a message, unique in the run and the same in every execution.
    pub fn new_message_id(&self) -> String {
        self.part.new_id(&self.key, "m")
    }

    /// Makes an id for a request of a kind (`call`, `ask`), unique in the run and the same in every
    /// execution.
    pub fn new_request_id(&self, kind: &'static str) -> RequestId {
        RequestId::new(self.part.new_id(&self.key, kind))
    }

    /// Adds a message to the conversation and emits it.
    ///
    /// # Errors
    /// As [`RunContext::trace`].
    pub async fn add_message(&self, message: Message) -> Result<(), Halt> {
        let message = Arc::new(message);
        let said = Arc::clone(&message);
        lock(&self.conversation).messages.push(said);
        self.trace(Event::ConversationMessageAdded { message })
            .await
    }

    /// Shows a text to people without adding it to a conversation, so that no model reads it.
    ///
    /// # Errors
    /// As [`RunContext::trace`].
    pub(super) async fn show(&self, text: String, sender: &str) -> Result<(), Halt> {
        let message = Message::text(self.new_message_id(), Role::Agent, text);
        let message = Arc::new(message.from_sender(sender));
        self.trace(Event::ConversationMessageAdded { message })
            .await
    }

    /// Adds a user message.
    ///
    /// # Errors
    /// As [`RunContext::trace`].
    pub async fn add_user_message(
        &self,
        text: impl Into<String>,
        images: Vec<Image>,
    ) -> Result<(), Halt> {
        self.add_message(Message {
            images,
            ..Message::text(self.new_message_id(), Role::User, text)
        })
        .await
    }

    /// Emits an event in the span of this position. Waits while the queue is full.
    ///
    /// # Errors
    /// [`Halt::Cancelled`] if nobody reads the events any more.
    pub async fn trace(&self, event: Event) -> Result<(), Halt> {
        self.emit(RunEventBody::Traced(event)).await
    }

    /// Executes work in a new span. The span is closed afterwards, unless the future is dropped
    /// (then the owner of the run closes it). A failure is emitted in the innermost span.
    ///
    /// # Errors
    /// Those of the work; [`Halt::Cancelled`] if nobody reads the events any more.
    pub async fn in_span<T, F, W>(
        &self,
        kind: SpanKind,
        component: &Component,
        work: F,
    ) -> Result<T, Halt>
    where
        F: FnOnce(Self) -> W,
        W: Future<Output = Result<T, Halt>>,
    {
        let span = self.open_span(kind, component).await?;
        let mut result = work(span.clone()).await;
        if let Err(Halt::Failed(failure)) = &mut result {
            span.emit_failure(failure, component).await?;
        }
        let outcome = result.as_ref().err().map_or(SpanOutcome::Ok, Halt::outcome);
        span.close_span(outcome).await?;
        result
    }

    /// Opens a span and returns the position inside it, which must be closed by
    /// [`RunContext::close_span`].
    async fn open_span(&self, kind: SpanKind, component: &Component) -> Result<Self, Halt> {
        let span = Self {
            span: Some(SpanId::new(self.part.new_id(&self.key, "s"))),
            ..self.clone()
        };
        span.emit(RunEventBody::SpanStarted {
            parent: self.span.clone(),
            kind,
            component: ComponentName::of(component),
        })
        .await?;
        Ok(span)
    }

    async fn close_span(&self, outcome: SpanOutcome) -> Result<(), Halt> {
        self.emit(RunEventBody::SpanEnded { outcome }).await
    }

    /// Emits a failure that was not emitted yet, which is one without a component.
    async fn emit_failure(&self, failure: &mut Failure, component: &Component) -> Result<(), Halt> {
        if failure.component.is_some() {
            return Ok(());
        }
        failure.component = Some(component.name().to_owned());
        self.trace(Event::ExceptionRaised {
            key: Some(self.key.to_string()),
            exception_type: failure.kind.name().to_owned(),
            exception_message: failure.message.clone(),
            failure: Box::new(failure.clone()),
        })
        .await
    }

    /// Returns the id of a call, or a generated one if it is missing or not unique in the run.
    fn unique_call_id(&self, id: &str) -> String {
        if !id.is_empty() && self.shared.take_call_id(id) {
            return id.to_owned();
        }
        let own = self.part.new_id(&self.key, "call");
        self.shared.take_call_id(&own);
        own
    }

    /// Executes several futures concurrently and returns their results in order. The run counts as
    /// waiting for a person only if all unfinished ones wait.
    pub(super) async fn all<W: Future>(&self, works: Vec<W>) -> Vec<W::Output> {
        let parts = works.len();
        if parts == 0 {
            return Vec::new();
        }
        let shared = &self.shared;
        shared.change(|all| all.split(parts)).await;
        let results = join_all(works.into_iter().map(|work| async move {
            let result = work.await;
            shared.change(Activities::end_part).await;
            result
        }))
        .await;
        shared.change(|all| all.join(0)).await;
        results
    }

    /// Waits until the run may continue; returns at once unless the run is paused.
    ///
    /// # Errors
    /// [`Halt::Cancelled`].
    pub(super) async fn checkpoint(&self) -> Result<(), Halt> {
        self.shared.checkpoint(&self.part.cancel).await
    }

    async fn emit(&self, body: RunEventBody) -> Result<(), Halt> {
        self.shared.emit(self.span.clone(), body).await
    }
}

impl fmt::Debug for RunContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunContext")
            .field("run", &self.shared.run)
            .field("span", &self.span)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
