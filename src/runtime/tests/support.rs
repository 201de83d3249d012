//! The scripted world, and runs in it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::base::clock::SystemClock;
use crate::base::ids::{IdSource, RequestId, RunId};
use crate::conversation::{Message, ToolCall, Usage, Values};
use crate::llm::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ModelError, ModelErrorKind,
};
use crate::runtime::{
    Answerer, ContextParts, Halt, Limits, NoAnswers, Presence, RunContext, RunHandle, World,
    execute,
};
use crate::spec::{Component, LoadOptions, load};
use crate::tools::{
    Lane, ToolError, ToolErrorKind, ToolExecutor, ToolInvocation, ToolObserver, ToolOutcome,
    ToolPlan,
};
use crate::trace::{
    Event, Failure, Reply, RequestKind, RunEvent, RunEventBody, RunState, SpanKind, SpanOutcome,
};

/// What a scripted model answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Text(String),
    /// Text beside calls, each a name and arguments as the model writes them.
    Calls(String, Vec<(String, String)>),
    Error(ModelErrorKind),
    /// Never comes.
    Silence,
}

/// An answer of plain text.
pub(super) fn text(text: &str) -> Answer {
    Answer::Text(text.to_owned())
}

/// An answer that calls tools, with arguments as JSON text.
pub(super) fn calls(calls: &[(&str, &str)]) -> Answer {
    let own = |(name, arguments): &(&str, &str)| ((*name).to_owned(), (*arguments).to_owned());
    Answer::Calls(String::new(), calls.iter().map(own).collect())
}

/// What a scripted tool does.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// Gives this.
    Give(Value),
    /// Gives its arguments, after so many seconds.
    EchoAfter(u64),
    Fail(String),
    /// Never ends.
    Hang,
    /// A person does it.
    Ask,
}

#[derive(Debug, Default)]
struct ScriptedModel {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<GenerationRequest>>,
}

impl Model for ScriptedModel {
    fn describe(&self) -> ModelDescription {
        ModelDescription {
            model_id: "scripted".to_owned(),
            endpoint: "nowhere".to_owned(),
        }
    }

    fn generate<'a>(
        &'a self,
        request: &'a GenerationRequest,
        observer: &'a dyn GenerationObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Generation, ModelError>> {
        self.requests.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            let (content, calls) = match answer.expect("the script has an answer for every request")
            {
                Answer::Text(text) => (text, Vec::new()),
                Answer::Calls(text, calls) => (text, calls),
                Answer::Error(kind) => return Err(ModelError::new(kind, "the script says so")),
                Answer::Silence => {
                    cancel.cancelled().await;
                    return Err(ModelError::new(ModelErrorKind::Cancelled, "stopped"));
                }
            };
            for word in content.split_inclusive(' ') {
                observer.delta(GenerationDelta::Text(word.to_owned())).await;
            }
            let tool_calls = calls
                .into_iter()
                .enumerate()
                .map(|(index, (name, arguments))| ToolCall {
                    // As sloppy servers do, the same ids in every answer.
                    id: format!("call_{index}"),
                    name,
                    arguments,
                    extra: None,
                });
            Ok(Generation {
                content,
                tool_calls: tool_calls.collect(),
                usage: Usage {
                    input_tokens: 10,
                    output_tokens: 2,
                    total_tokens: 12,
                    llm_calls: 1,
                },
                attempts: 1,
                ..Generation::default()
            })
        })
    }
}

#[derive(Debug, Default)]
struct ScriptedTools {
    deeds: HashMap<String, Deed>,
}

impl ToolExecutor for ScriptedTools {
    fn plan(&self, tool: &Arc<Component>) -> ToolPlan {
        match self.deeds.get(tool.name()) {
            Some(Deed::Ask) => ToolPlan::AskPerson,
            Some(_) => ToolPlan::Run {
                lane: Lane::Async,
                binding: "scripted".to_owned(),
            },
            None => ToolPlan::Unbound {
                message: format!("`{}` is not available", tool.name()),
                hint: "bind it".to_owned(),
            },
        }
    }

    fn call<'a>(
        &'a self,
        invocation: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<ToolOutcome, ToolError>> {
        let deed = self.deeds.get(invocation.tool.name()).cloned();
        Box::pin(async move {
            let output = match deed.expect("only bound tools are called") {
                Deed::Give(value) => value,
                Deed::EchoAfter(seconds) => {
                    observer.chunk(json!("working")).await;
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    Value::String(Value::Object(invocation.arguments.clone()).to_string())
                }
                Deed::Fail(message) => return Err(ToolError::new(ToolErrorKind::Failed, message)),
                Deed::Hang | Deed::Ask => {
                    cancel.cancelled().await;
                    return Err(ToolError::new(ToolErrorKind::Cancelled, "stopped"));
                }
            };
            Ok(ToolOutcome {
                output,
                waited: Duration::ZERO,
            })
        })
    }
}

#[derive(Debug, Default)]
struct ScriptedWorld {
    model: Arc<ScriptedModel>,
    tools: ScriptedTools,
}

impl World for ScriptedWorld {
    fn model(&self, _: &Arc<Component>) -> Result<Arc<dyn Model>, Failure> {
        Ok(Arc::clone(&self.model) as Arc<dyn Model>)
    }

    fn tools(&self) -> &dyn ToolExecutor {
        &self.tools
    }
}

/// Replies in order, whatever is asked; opening messages first.
#[derive(Debug, Default)]
pub(super) struct Replies {
    pub(super) opening: Vec<String>,
    pub(super) replies: VecDeque<Reply>,
}

impl Answerer for Replies {
    fn opening(&mut self) -> Vec<String> {
        std::mem::take(&mut self.opening)
    }

    fn answer(&mut self, _: &RequestKind) -> Option<Reply> {
        self.replies.pop_front()
    }
}

/// Counts what it is told; gives the place back after a second.
#[derive(Debug, Default)]
pub(super) struct SlowGate {
    pub(super) parked: Mutex<usize>,
}

impl Presence for SlowGate {
    fn parked(&self) {
        *self.parked.lock().unwrap() += 1;
    }

    fn resume(&self) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_secs(1)))
    }
}

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
}

/// Loads a document that has no errors.
pub(super) fn component(document: &Value) -> Arc<Component> {
    let options = LoadOptions {
        ids: IdSource::counted(),
        ..LoadOptions::default()
    };
    let loaded = load(&document.to_string(), &options);
    let errors: Vec<String> = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .map(|problem| format!("{problem:?}"))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    loaded
        .component
        .expect("a document without errors has a component")
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
        }
    }

    pub(super) fn inputs(mut self, inputs: Value) -> Self {
        self.inputs = inputs.as_object().cloned().expect("inputs are an object");
        self
    }

    pub(super) fn model(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.world.model.answers.lock().unwrap().extend(answers);
        self
    }

    pub(super) fn tool(mut self, name: &str, deed: Deed) -> Self {
        self.world.tools.deeds.insert(name.to_owned(), deed);
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
        let (events_tx, events_rx) = mpsc::channel(100_000);
        let cancel = CancellationToken::new();
        let model = Arc::clone(&self.world.model);
        let (context, handle) = RunContext::new(ContextParts {
            run: RunId::new("r_test"),
            clock: SystemClock::shared(),
            world: Arc::new(self.world),
            events: events_tx,
            cancel: cancel.clone(),
            seed: self.seed,
            limits: self.limits,
            answerer: self.answerer,
            is_attended: self.is_attended,
            presence: Arc::clone(&self.presence) as Arc<dyn Presence>,
        });
        let (component, inputs) = (self.component, self.inputs);
        Started {
            work: Box::pin(async move {
                let result = execute(&component, inputs, &context).await;
                (result, context.messages())
            }),
            handle,
            cancel,
            events_rx,
            events: Vec::new(),
            model,
            presence: self.presence,
        }
    }

    /// Runs to the end.
    pub(super) async fn run(self) -> Ran {
        self.start().end().await
    }
}

type Work = BoxFuture<'static, (Result<Values, Halt>, Vec<Message>)>;

/// A run that goes on while it is waited for.
pub(super) struct Started {
    work: Work,
    pub(super) handle: RunHandle,
    pub(super) cancel: CancellationToken,
    events_rx: mpsc::Receiver<RunEvent>,
    pub(super) events: Vec<RunEvent>,
    model: Arc<ScriptedModel>,
    pub(super) presence: Arc<SlowGate>,
}

impl Started {
    /// Goes on until an event is what is looked for.
    pub(super) async fn until<T>(&mut self, mut look: impl FnMut(&RunEventBody) -> Option<T>) -> T {
        loop {
            tokio::select! {
                biased;
                Some(event) = self.events_rx.recv() => {
                    let found = look(&event.body);
                    self.events.push(event);
                    if let Some(found) = found {
                        return found;
                    }
                }
                (result, _) = &mut self.work => panic!("the run ended with {result:?} before it came so far"),
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
            }) => Some((request_id.clone(), content.clone())),
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
        self.events_rx.close();
        (&mut self.work).await.0
    }

    /// Goes on to the end.
    pub(super) async fn end(mut self) -> Ran {
        let (result, messages) = (&mut self.work).await;
        while let Ok(event) = self.events_rx.try_recv() {
            self.events.push(event);
        }
        let requests = self.model.requests.lock().unwrap().clone();
        let ran = Ran {
            result,
            messages,
            events: self.events,
            requests,
        };
        ran.check_spans();
        ran
    }
}

/// A run that ended.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) result: Result<Values, Halt>,
    pub(super) messages: Vec<Message>,
    pub(super) events: Vec<RunEvent>,
    pub(super) requests: Vec<GenerationRequest>,
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
            .map(|event| {
                serde_json::to_value(event).unwrap()["type"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
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
                    assert!(open.contains(&event.span), "outside its span: {event:?}")
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "left open: {open:?}");
    }
}

/// A model configuration.
pub(super) fn llm() -> Value {
    json!({"component_type": "OllamaConfig", "id": "llm", "name": "llm", "url": "http://localhost:1", "model_id": "m"})
}

/// A tool of that name with string inputs and outputs.
pub(super) fn tool(component_type: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> Value {
    json!({
        "component_type": component_type, "id": name, "name": name, "description": format!("Does {name}."),
        "inputs": strings(inputs), "outputs": strings(outputs),
    })
}

/// Properties of type string.
pub(super) fn strings(titles: &[&str]) -> Value {
    titles
        .iter()
        .map(|title| json!({"title": title, "type": "string"}))
        .collect()
}

/// An agent, as a component of a larger document or with [`document`] as one itself.
pub(super) fn agent(change: impl FnOnce(&mut Value)) -> Value {
    let mut agent = json!({
        "component_type": "Agent", "id": "agent", "name": "agent", "system_prompt": "Be good.", "llm_config": llm(),
    });
    change(&mut agent);
    agent
}

/// A whole document.
pub(super) fn document(mut component: Value) -> Value {
    component["agentspec_version"] = json!("26.1.2");
    component
}

/// A flow of these nodes, with control edges `(from, branch, to)` and data edges `("a.output", "b.input")`. The node
/// with the id `start` starts it.
pub(super) fn flow(
    id: &str,
    nodes: &[Value],
    control: &[(&str, &str, &str)],
    data: Option<&[(&str, &str)]>,
) -> Value {
    let node_id = |node: &Value| node["id"].as_str().unwrap().to_owned();
    let reference = |id: &str| json!({ "$component_ref": id });
    let control: Vec<Value> = control
        .iter()
        .enumerate()
        .map(|(index, (from, branch, to))| {
            json!({
                "component_type": "ControlFlowEdge", "id": format!("{id}_c{index}"), "name": format!("c{index}"),
                "from_node": reference(from), "from_branch": branch, "to_node": reference(to),
            })
        })
        .collect();
    let data: Option<Vec<Value>> = data.map(|edges| {
        let edge = |(index, (from, to)): (usize, &(&str, &str))| {
            let (from, output) = from.split_once('.').unwrap();
            let (to, input) = to.split_once('.').unwrap();
            json!({
                "component_type": "DataFlowEdge", "id": format!("{id}_d{index}"), "name": format!("d{index}"),
                "source_node": reference(from), "source_output": output,
                "destination_node": reference(to), "destination_input": input,
            })
        };
        edges.iter().enumerate().map(edge).collect()
    });
    let start = nodes
        .iter()
        .find(|node| node["component_type"] == "StartNode")
        .map(node_id)
        .expect("a flow has a start node");
    let definitions: Values = nodes
        .iter()
        .map(|node| (node_id(node), node.clone()))
        .collect();
    json!({
        "component_type": "Flow", "id": id, "name": id, "start_node": reference(&start),
        "nodes": nodes.iter().map(|node| reference(&node_id(node))).collect::<Vec<_>>(),
        "control_flow_connections": control, "data_flow_connections": data,
        "$referenced_components": definitions,
    })
}

/// A node of a type, with its further fields.
pub(super) fn node(component_type: &str, id: &str, fields: Value) -> Value {
    let mut node = json!({"component_type": component_type, "id": id, "name": id});
    for (name, value) in fields.as_object().cloned().unwrap_or_default() {
        node[name] = value;
    }
    node
}
