//! Runs whose inputs say what they do, and a reader that folds what is told of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::base::clock::{Clock, SharedClock, SystemClock, Timestamp};
use crate::base::ids::{BatchId, IdSource, RequestId, RunId};
use crate::base::keeping::Keeping;
use crate::conversation::{Awaited, Message, Role, Usage, Values};
use crate::llm::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ModelError,
};
use crate::profile::Profile;
use crate::runs::schedule::supervisor::Execute;
use crate::runs::{
    Answers, BatchPlan, BatchRecord, KeptDetail, Origin, Reply, RunPlan, RunRecord, Runs,
    RunsCommand, RunsHandle, RunsSettings, Subscription, Update, WorldProvider,
};
use crate::runtime::{Halt, Limits, RunContext, World};
use crate::spec::{Component, LoadOptions, load};
use crate::tools::{Lane, ToolError, ToolExecutor, ToolInvocation, ToolObserver, ToolPlan};
use crate::trace::{Failure, FailureKind, RequestKind, SpanKind, SpecText};

/// A batch of runs with these inputs, in a terminal where a person watches.
pub(super) fn plan(inputs: impl IntoIterator<Item = Value>, at_once: usize) -> BatchPlan {
    plan_with_answers(inputs, at_once, 0)
}

/// The same, where each run has so many answers prepared.
pub(super) fn plan_with_answers(
    inputs: impl IntoIterator<Item = Value>,
    at_once: usize,
    n_answers: usize,
) -> BatchPlan {
    let runs = inputs.into_iter().map(|inputs| {
        Arc::new(RunPlan {
            inputs: match inputs {
                Value::Object(inputs) => inputs,
                other => panic!("inputs are an object, not {other}"),
            },
            answers: Answers {
                messages: vec!["go on".to_owned(); n_answers].into(),
                ..Answers::default()
            },
            ..RunPlan::default()
        })
    });
    BatchPlan {
        spec_name: "scripted".to_owned(),
        spec: Arc::new(SpecText::of(&component()).expect("it is complete")),
        component: component(),
        variants: Vec::new(),
        limits: Limits::default(),
        profile: Arc::new(Profile::offline()),
        runs: runs.collect(),
        at_once,
        requests_per_second: None,
        max_tokens_total: None,
        canary: None,
        timeout: None,
        is_fail_fast: false,
        is_attended: true,
        is_steered: true,
        keeping: Keeping::All,
        origin: Origin::default(),
    }
}

/// Inputs of some runs that all do the same for a second.
pub(super) fn runs_that(what: &str, count: usize) -> Vec<Value> {
    vec![json!({"do": what, "seconds": 1}); count]
}

fn component() -> Arc<Component> {
    let text = "component_type: Agent\nagentspec_version: 26.1.2\nid: a\nname: slow\n\
                system_prompt: ''\nllm_config:\n  component_type: OllamaConfig\n  name: m\n  \
                url: localhost:1\n  model_id: m\n";
    let loaded = load(text, &LoadOptions::default());
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    loaded.component.expect("the text is an agent")
}

/// The machinery, and a reader that folds what it tells.
#[derive(Debug)]
pub(super) struct Harness {
    handle: RunsHandle,
    owner: Runs,
    subscription: Subscription,
    clock: SharedClock,
    runs: IndexMap<RunId, RunRecord>,
    batches: IndexMap<BatchId, BatchRecord>,
    pub(super) server: Arc<Server>,
}

impl Harness {
    pub(super) fn start() -> Self {
        let clock = SystemClock::shared();
        let server = Arc::new(Server::default());
        let settings = RunsSettings {
            worlds: Arc::new(TestWorlds {
                server: Arc::clone(&server),
            }),
            journal: None,
            history: None,
            kept_detail: KeptDetail::All,
            elsewhere: None,
        };
        let (handle, owner) = Runs::start_with(
            Arc::clone(&clock),
            IdSource::counted(),
            settings,
            Arc::new(ByInputs),
        );
        Self {
            subscription: handle.subscribe(),
            handle,
            owner,
            clock,
            runs: IndexMap::new(),
            batches: IndexMap::new(),
            server,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        Clock::now(self.clock.as_ref())
    }

    pub(super) async fn send(&self, command: RunsCommand) {
        self.handle.send(command).await.expect("the hub works");
    }

    pub(super) async fn stand_still(&self, is_stopped: bool) {
        self.handle.stand_still(is_stopped).await;
    }

    /// Launches a batch and waits until its runs are known.
    pub(super) async fn launch(&mut self, plan: BatchPlan) -> BatchId {
        let batch = self.handle.new_batch_id();
        let known = self.runs.len() + plan.runs.len();
        let plan = Box::new(plan);
        self.send(RunsCommand::Launch {
            batch: batch.clone(),
            plan,
        })
        .await;
        self.until(|bench| bench.runs.len() == known).await;
        batch
    }

    /// Answers the oldest open request of a run.
    pub(super) async fn answer(&self, index: usize, reply: Reply) {
        let run = self.run(index);
        let request = run.requests.first().expect("the run asks").id.clone();
        self.send(RunsCommand::Answer {
            run: run.run.clone(),
            request,
            reply,
            client_message: None,
        })
        .await;
    }

    /// Reads until something holds; fails if it does not within hours.
    pub(super) async fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        let wait = async {
            while !holds(self) {
                let update = self.subscription.next().await.expect("the feed works");
                self.fold(update);
            }
        };
        let is_in_time = tokio::time::timeout(Duration::from_hours(9), wait).await;
        assert!(is_in_time.is_ok(), "it never came: {:#?}", self.summary());
    }

    pub(super) async fn until_ended(&mut self, batch: &BatchId) {
        self.until(|bench| {
            let record = bench.batches.get(batch);
            record.is_some_and(|record| record.ended_at.is_some())
        })
        .await;
    }

    fn fold(&mut self, update: Update) {
        match update {
            Update::BatchStarted(batch)
            | Update::BatchChanged(batch)
            | Update::BatchEnded(batch) => {
                self.batches
                    .insert(batch.id.clone(), BatchRecord::clone(&batch));
            }
            Update::Events(events) => {
                for event in events.iter() {
                    if let Some(record) = self.runs.get_mut(&event.run) {
                        assert!(record.apply(event), "out of turn: {event:?}");
                    } else {
                        let record = RunRecord::from_planned(event).expect("queued first");
                        self.runs.insert(event.run.clone(), record);
                    }
                }
            }
            Update::LetGo(_) | Update::HistoryOff(_) => {}
            Update::Forgotten { runs, batches } => {
                self.runs.retain(|run, _| !runs.contains(run));
                self.batches.retain(|batch, _| !batches.contains(batch));
            }
            Update::Snapshot { snapshot, .. } => {
                let runs = snapshot.records().into_iter();
                self.runs = runs
                    .map(|run| (run.run.clone(), RunRecord::clone(&run)))
                    .collect();
            }
        }
    }

    fn summary(&self) -> Vec<String> {
        let runs = self.runs.values().map(|run| {
            let (id, state, tokens) = (&run.run, run.state, run.tokens());
            format!("{id} {state:?} {} {tokens} tokens", run.doing)
        });
        let batches = self.batches.values().map(|batch| {
            let (paused, canary) = (batch.is_paused, batch.canary);
            let (budget, at_once) = (batch.budget, batch.at_once);
            format!("paused {paused}, {at_once} at once, {canary:?}, {budget:?}")
        });
        runs.chain(batches).collect()
    }

    pub(super) fn runs(&self) -> Vec<RunRecord> {
        self.runs.values().cloned().collect()
    }

    pub(super) fn run(&self, index: usize) -> &RunRecord {
        &self.runs[index]
    }

    pub(super) fn batch(&self, batch: &BatchId) -> &BatchRecord {
        &self.batches[batch]
    }

    /// Shuts down, and checks that the subscription ends.
    pub(super) async fn shutdown(mut self) -> Vec<Arc<RunRecord>> {
        let snapshot = self.owner.shutdown().await;
        while self.subscription.next().await.is_some() {}
        snapshot.records()
    }
}

/// Does what the inputs say.
#[derive(Debug)]
struct ByInputs;

impl Execute for ByInputs {
    fn execute<'a>(
        &'a self,
        component: &'a Arc<Component>,
        inputs: Values,
        context: &'a RunContext,
    ) -> BoxFuture<'a, Result<Values, Halt>> {
        Box::pin(async move {
            let seconds = inputs.get("seconds").and_then(Value::as_u64).unwrap_or(0);
            let work = || tokio::time::sleep(Duration::from_secs(seconds));
            match inputs["do"].as_str().expect("`do` is a text") {
                "work" => work().await,
                "work in steps" => {
                    for _ in 0..3 {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        // Its answer is prepared; a pause holds it here.
                        context.ask(question(false)).await?;
                    }
                }
                "ask" => {
                    context.ask(question(false)).await?;
                    work().await;
                }
                "reply" => loop {
                    context.ask(question(true)).await?;
                },
                "fail" => {
                    work().await;
                    return Err(Halt::failed(FailureKind::Tool, "it broke"));
                }
                "panic" => panic!("as it was told"),
                "hang" => std::future::pending().await,
                "ask a model" => {
                    for _ in 0..inputs["calls"].as_u64().unwrap_or(1) {
                        context.generate(component, said()).await?;
                    }
                }
                "wait for" => {
                    let call = RequestId::new("c1");
                    let called = context.call_tool(component, &call, inputs.clone()).await?;
                    called.map_err(Halt::Failed)?;
                }
                "hang in a span" => return slow(component, context).await,
                other => panic!("what is {other:?}?"),
            }
            Ok(inputs)
        })
    }
}

/// Never ends, and heeds no cancel.
async fn slow(component: &Arc<Component>, context: &RunContext) -> Result<Values, Halt> {
    context
        .in_span(SpanKind::ToolExecutionSpan, component, |_| {
            std::future::pending()
        })
        .await
}

fn question(may_end: bool) -> RequestKind {
    RequestKind::UserMessage {
        message: "what now?".to_owned(),
        may_end,
    }
}

#[derive(Debug, Default)]
struct TestWorlds {
    server: Arc<Server>,
}

impl WorldProvider for TestWorlds {
    fn world(&self, profile: &Arc<Profile>) -> Result<Arc<dyn World>, Failure> {
        if profile.name == "offline" {
            Ok(Arc::new(Nowhere {
                server: Arc::clone(&self.server),
            }))
        } else {
            let message = format!("no key for `{}`", profile.name);
            Err(Failure::new(FailureKind::Profile, message))
        }
    }
}

/// What is asked of a model.
fn said() -> GenerationRequest {
    let mut request = GenerationRequest::default();
    let message = Message::text("m1".to_owned(), Role::User, "go on");
    request.messages.push(Arc::new(message));
    request
}

/// How many requests a server gets, and how many it takes at once.
#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) takes: AtomicUsize,
    under_way: AtomicUsize,
    pub(super) n_begun: AtomicUsize,
    pub(super) n_refused: AtomicUsize,
    /// Whether calls of tools may be made again, and how many were.
    pub(super) may_repeat: AtomicBool,
    pub(super) n_tool_calls: AtomicUsize,
}

/// A request at it.
struct AtServer<'s>(&'s Server, usize);

impl Server {
    fn begin(&self) -> AtServer<'_> {
        self.n_begun.fetch_add(1, Ordering::Relaxed);
        AtServer(self, self.under_way.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl AtServer<'_> {
    fn is_too_much(&self) -> bool {
        let takes = self.0.takes.load(Ordering::Relaxed);
        let is_too_much = takes > 0 && self.1 > takes;
        self.0
            .n_refused
            .fetch_add(usize::from(is_too_much), Ordering::Relaxed);
        is_too_much
    }
}

impl Drop for AtServer<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A model that takes a second and 100 tokens for each answer.
#[derive(Debug)]
struct Talker(Arc<Server>);

impl Model for Talker {
    fn describe(&self) -> ModelDescription {
        ModelDescription::default()
    }

    fn generate<'a>(
        &'a self,
        _: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        _: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        Box::pin(async move {
            let under_way = loop {
                let under_way = self.0.begin();
                if !under_way.is_too_much() {
                    break under_way;
                }
                drop(under_way);
                let wait = Duration::from_millis(100);
                let status = Some(429);
                observer.waits(Some(Awaited::Retry { wait, status })).await;
                tokio::time::sleep(wait).await;
                observer.waits(None).await;
            };
            observer.delta(GenerationDelta::Text("ye".to_owned())).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(under_way);
            let usage = Usage {
                input_tokens: 90,
                output_tokens: 10,
                total_tokens: 100,
                llm_calls: 1,
                ..Usage::default()
            };
            Ok(Generation {
                content: "yes".to_owned(),
                usage,
                ..Generation::default()
            })
        })
    }
}

/// A world with nothing else in it.
#[derive(Debug, Default)]
struct Nowhere {
    server: Arc<Server>,
}

impl World for Nowhere {
    fn model<'a>(
        &'a self,
        _: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(async move {
            let model: Arc<dyn Model> = Arc::new(Talker(Arc::clone(&self.server)));
            Ok(model)
        })
    }

    fn tools(&self) -> &dyn ToolExecutor {
        self
    }
}

impl ToolExecutor for Nowhere {
    fn plan(&self, _: &Arc<Component>) -> ToolPlan {
        ToolPlan::Run {
            lane: Lane::PythonWorker,
            binding: "work.py:wait".to_owned(),
        }
    }

    fn may_repeat<'a>(
        &'a self,
        _: &'a Arc<Component>,
        _: &'a dyn ToolObserver,
    ) -> BoxFuture<'a, bool> {
        let may_repeat = self.server.may_repeat.load(Ordering::Relaxed);
        Box::pin(std::future::ready(may_repeat))
    }

    /// Waits for what others hold, as long as the arguments say.
    fn call<'a>(
        &'a self,
        call: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        _: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Value, ToolError>> {
        Box::pin(async move {
            self.server.n_tool_calls.fetch_add(1, Ordering::Relaxed);
            let seconds = call.arguments.get("seconds").and_then(Value::as_u64);
            let on = match call.arguments["on"].as_str() {
                Some("worker") => Awaited::Worker,
                Some("sign-in") => Awaited::SignIn,
                other => panic!("what is {other:?}?"),
            };
            observer.waits(Some(on)).await;
            tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(0))).await;
            observer.waits(None).await;
            Ok(Value::Null)
        })
    }
}
