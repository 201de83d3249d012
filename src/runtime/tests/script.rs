//! Runs in the scripted world.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::documents::component;
use super::oracle;
use super::world::{
    Answer, Replies, ScriptedAction, ScriptedModel, ScriptedRemote, ScriptedWorld, SlowGate, Word,
};
use crate::base::clock::SystemClock;
use crate::base::ids::{RequestId, RunId};
use crate::conversation::{Message, Values};
use crate::llm::GenerationRequest;
use crate::runtime::{
    Answerer, ContextParts, EventReceiver, Halt, KeepsNothing, Limits, NoAnswers, Past, Presence,
    RunContext, RunHandle, World, event_queue, execute,
};
use crate::spec::{Component, FoundTool};
use crate::tools::{RemoteTurn, ToolErrorKind};
use crate::trace::{
    Event, Failure, Reply, RequestKind, RunEvent, RunEventBody, RunState, SpanKind, SpanOutcome,
};

/// A run to be.
pub(super) struct Script {
    component: Arc<Component>,
    inputs: Values,
    world: ScriptedWorld,
    answerer: Box<dyn Answerer + Send>,
    is_attended: bool,
    limits: Limits,
    presence: Arc<SlowGate>,
    seed: Option<u64>,
    /// The messages that start the conversation; they are part of the plan of a run.
    opening: Vec<String>,
}

impl Script {
    pub(super) fn of(document: &Value) -> Self {
        Self {
            component: component(document),
            inputs: Values::new(),
            world: ScriptedWorld::default(),
            answerer: Box::new(NoAnswers),
            is_attended: false,
            limits: Limits::default(),
            presence: Arc::default(),
            seed: None,
            opening: Vec::new(),
        }
    }

    pub(super) fn inputs(mut self, inputs: Value) -> Self {
        let Value::Object(inputs) = inputs else {
            panic!("inputs are an object, not {inputs}");
        };
        self.inputs = inputs;
        self
    }

    pub(super) fn model(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.world.model.answers.lock().unwrap().extend(answers);
        self
    }

    /// How long the answers of models take, in seconds.
    pub(super) fn latencies(self, seconds: impl IntoIterator<Item = u64>) -> Self {
        self.world.model.latencies.lock().unwrap().extend(seconds);
        self
    }

    /// What the remote agent does, turn by turn.
    pub(super) fn remote(self, words: impl IntoIterator<Item = Word>) -> Self {
        self.world.tools.remote.words.lock().unwrap().extend(words);
        self
    }

    pub(super) fn tool(mut self, name: &str, deed: ScriptedAction) -> Self {
        self.world.tools.deeds.insert(name.to_owned(), deed);
        self
    }

    /// What sources of tools have.
    pub(super) fn found(mut self, tool: FoundTool) -> Self {
        self.world.tools.found.push(tool);
        self
    }

    /// The tools of a source can't be had.
    pub(super) fn unlisted(mut self, source: &str, kind: ToolErrorKind) -> Self {
        let unlisted = &mut self.world.tools.unlisted;
        unlisted.insert(source.to_owned(), kind);
        self
    }

    pub(super) fn opening(self, message: &str) -> Self {
        self.answers(Replies {
            opening: vec![message.to_owned()],
            ..Replies::default()
        })
    }

    pub(super) fn replies(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.answers(Replies {
            replies: replies.into_iter().collect(),
            ..Replies::default()
        })
    }

    pub(super) fn answers(mut self, replies: Replies) -> Self {
        self.opening.clone_from(&replies.opening);
        self.answerer = Box::new(replies);
        self
    }

    pub(super) fn attended(mut self) -> Self {
        self.is_attended = true;
        self
    }

    pub(super) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(super) fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the run; nothing happens until it is waited for.
    pub(super) fn start(self) -> Started {
        let model = Arc::clone(&self.world.model);
        let remote = Arc::clone(&self.world.tools.remote);
        let plan = Plan {
            component: self.component,
            inputs: self.inputs,
            is_attended: self.is_attended,
            limits: self.limits,
            seed: self.seed,
            opening: self.opening,
        };
        let presence = Arc::clone(&self.presence) as Arc<dyn Presence>;
        let execution = plan.execution(
            Arc::new(self.world),
            self.answerer,
            presence,
            Past::default(),
        );
        Started {
            plan,
            execution,
            events: Vec::new(),
            model,
            remote,
            presence: self.presence,
        }
    }

    /// Runs to the end.
    pub(super) async fn run(self) -> Ran {
        self.start().end().await
    }
}

/// What is the same in each execution of a run.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) component: Arc<Component>,
    inputs: Values,
    is_attended: bool,
    limits: Limits,
    seed: Option<u64>,
    pub(super) opening: Vec<String>,
}

impl Plan {
    pub(super) fn execution(
        &self,
        world: Arc<dyn World>,
        answerer: Box<dyn Answerer + Send>,
        presence: Arc<dyn Presence>,
        past: Past,
    ) -> Execution {
        let (events_tx, events_rx) = event_queue(100_000);
        let cancel = CancellationToken::new();
        let (context, handle) = RunContext::new(ContextParts {
            keeper: Arc::new(KeepsNothing),
            run: RunId::new("r_test"),
            clock: SystemClock::shared(),
            world,
            events: events_tx,
            cancel: cancel.clone(),
            seed: self.seed,
            limits: self.limits,
            answerer,
            is_attended: self.is_attended,
            presence,
            past,
        });
        let (component, inputs) = (Arc::clone(&self.component), self.inputs.clone());
        Execution {
            work: Box::pin(async move {
                let result = execute(&component, inputs, &context).await;
                (result, context.messages())
            }),
            handle,
            cancel,
            events_rx,
        }
    }
}

type Work = BoxFuture<'static, (Result<Values, Halt>, Vec<Arc<Message>>)>;

/// One execution of a run; nothing happens until it is waited for.
pub(super) struct Execution {
    pub(super) work: Work,
    handle: RunHandle,
    cancel: CancellationToken,
    pub(super) events_rx: EventReceiver,
}

/// A run that goes on while it is waited for.
pub(super) struct Started {
    plan: Plan,
    execution: Execution,
    pub(super) events: Vec<RunEvent>,
    model: Arc<ScriptedModel>,
    remote: Arc<ScriptedRemote>,
    pub(super) presence: Arc<SlowGate>,
}

impl Started {
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn handle(&self) -> &RunHandle {
        &self.execution.handle
    }

    pub(super) fn cancel(&self) {
        self.execution.cancel.cancel();
    }

    /// Goes on until an event is what is looked for.
    pub(super) async fn until<T>(&mut self, mut look: impl FnMut(&RunEventBody) -> Option<T>) -> T {
        loop {
            tokio::select! {
                biased;
                Some(event) = self.execution.events_rx.recv() => {
                    let found = look(&event.body);
                    self.events.push(event);
                    if let Some(found) = found {
                        return found;
                    }
                }
                (result, _) = &mut self.execution.work => panic!("the run ended with {result:?} before it came so far"),
            }
        }
    }

    /// Goes on until a person is asked.
    pub(super) async fn asked(&mut self) -> (RequestId, RequestKind) {
        self.until(|body| match body {
            RunEventBody::Traced(Event::HumanInTheLoopRequest {
                request_id,
                content,
                ..
            }) => Some((request_id.clone(), RequestKind::clone(content))),
            _ => None,
        })
        .await
    }

    /// Goes on until the run is in a state.
    pub(super) async fn state(&mut self, wanted: RunState) {
        self.until(|body| match body {
            RunEventBody::StateChanged { state } if *state == wanted => Some(()),
            _ => None,
        })
        .await;
    }

    /// Goes on to the end while nobody reads its events.
    pub(super) async fn unheard(mut self) -> Result<Values, Halt> {
        self.execution.events_rx.close();
        (&mut self.execution.work).await.0
    }

    /// Goes on to the end.
    pub(super) async fn end(mut self) -> Ran {
        let (result, messages) = (&mut self.execution.work).await;
        while let Some(event) = self.execution.events_rx.try_recv() {
            self.events.push(event);
        }
        let requests = self.model.requests.lock().unwrap().clone();
        let heard = self.remote.heard.lock().unwrap().clone();
        let ran = Ran {
            result,
            messages,
            events: self.events,
            requests,
            heard,
        };
        ran.check_spans();
        // One that was stopped from outside stopped wherever it was.
        if !self.execution.cancel.is_cancelled() {
            oracle::check(&self.plan, &ran).await;
        }
        ran
    }
}

/// A run that ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) result: Result<Values, Halt>,
    pub(super) messages: Vec<Arc<Message>>,
    pub(super) events: Vec<RunEvent>,
    pub(super) requests: Vec<GenerationRequest>,
    /// What the remote agent was told, and what was known of each turn from before.
    pub(super) heard: Vec<(RemoteTurn, Option<Value>)>,
}

impl Ran {
    /// Its outputs.
    pub(super) fn outputs(&self) -> Value {
        Value::Object(self.result.clone().expect("the run has outputs"))
    }

    /// Its failure.
    pub(super) fn failure(&self) -> Failure {
        match &self.result {
            Err(Halt::Failed(failure)) => failure.clone(),
            other => panic!("expected a failure, the run came to {other:?}"),
        }
    }

    /// What its models and people said, as `role: text` and `role = result`.
    pub(super) fn said(&self) -> Vec<String> {
        self.messages
            .iter()
            .map(|message| {
                let role = serde_json::to_value(message.role).unwrap();
                let role = role.as_str().unwrap_or_default();
                match &message.tool_result {
                    Some(result) => format!("= {}", result.content),
                    None if message.tool_calls.is_empty() => format!("{role}: {}", message.content),
                    None => {
                        let names: Vec<&str> = message
                            .tool_calls
                            .iter()
                            .map(|call| call.name.as_str())
                            .collect();
                        format!("{role}: {} → {}", message.content, names.join(", "))
                    }
                }
            })
            .collect()
    }

    pub(super) fn traced(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter_map(|event| match &event.body {
            RunEventBody::Traced(event) => Some(event),
            _ => None,
        })
    }

    /// The names of its traced events but chunks and messages, in order.
    pub(super) fn event_names(&self) -> Vec<String> {
        self.traced()
            .map(|event| event.name().to_owned())
            .filter(|name| !name.contains("Chunk") && name != "ConversationMessageAdded")
            .collect()
    }

    /// The spans that ended, with how, in the order of their ends.
    pub(super) fn span_ends(&self) -> Vec<(SpanKind, SpanOutcome)> {
        let mut kinds = HashMap::new();
        let mut ends = Vec::new();
        for event in &self.events {
            match &event.body {
                RunEventBody::SpanStarted { kind, .. } => {
                    kinds.insert(event.span.clone(), *kind);
                }
                RunEventBody::SpanEnded { outcome } => ends.push((kinds[&event.span], *outcome)),
                _ => {}
            }
        }
        ends
    }

    /// Invariants of every run that ended by itself: each span ends once, inside its parent; events of a span come
    /// while it is open; times never go back.
    fn check_spans(&self) {
        let mut open = Vec::new();
        let mut last = None;
        for event in &self.events {
            assert!(last <= Some(event.timestamp), "time goes back at {event:?}");
            last = Some(event.timestamp);
            match &event.body {
                RunEventBody::SpanStarted { parent, .. } => {
                    assert!(
                        parent.is_none() || open.contains(parent),
                        "the parent is closed at {event:?}"
                    );
                    assert!(!open.contains(&event.span), "opened twice: {event:?}");
                    open.push(event.span.clone());
                }
                RunEventBody::SpanEnded { .. } => {
                    let index = open.iter().position(|span| *span == event.span);
                    open.remove(
                        index.unwrap_or_else(|| panic!("closed without being open: {event:?}")),
                    );
                }
                RunEventBody::Traced(_) => {
                    assert!(open.contains(&event.span), "outside its span: {event:?}");
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "left open: {open:?}");
    }
}
