//! A scripted world: models that say what a test wrote down, tools that do what it says.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::conversation::{ToolCall, Usage};
use crate::llm::{
    Generation, GenerationDelta, GenerationObserver, GenerationRequest, Model, ModelDescription,
    ModelError, ModelErrorKind,
};
use crate::runtime::{Answerer, EffectKey, Presence, World};
use crate::spec::language::A2AAgent;
use crate::spec::{Component, FoundTool};
use crate::tools::{
    Lane, RemoteAnswer, RemoteTurn, ToolError, ToolErrorKind, ToolExecutor, ToolInvocation,
    ToolObserver, ToolPlan,
};
use crate::trace::{Failure, Reply, RequestKind};

/// What a scripted model answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Text(String),
    /// Text beside calls, each a name and arguments as the model writes them.
    Calls(String, Vec<(String, String)>),
    /// With all that a model says of it.
    Whole(Box<Generation>),
    Error(ModelErrorKind),
    /// Begins with this, and never ends; of no text nothing comes.
    Begun(&'static str),
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
pub(super) enum ScriptedAction {
    /// Gives this.
    Give(Value),
    /// Gives its arguments, after so many seconds.
    EchoAfter(u64),
    /// Does what its argument `x` says: `3` gives `3` after three seconds, `fail 3` then fails.
    Obey,
    Fail(String),
    /// Fails after so many seconds.
    FailAfter(u64),
    /// Never ends.
    Hang,
    /// A person does it.
    Ask,
}

#[derive(Debug, Default)]
pub(super) struct ScriptedModel {
    pub(super) answers: Mutex<VecDeque<Answer>>,
    /// How long each answer takes, in seconds; those that follow take no time.
    pub(super) latencies: Mutex<VecDeque<u64>>,
    pub(super) requests: Mutex<Vec<GenerationRequest>>,
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
        let latency = self.latencies.lock().unwrap().pop_front();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(latency.unwrap_or_default())).await;
            let say = async |content: &str| {
                for word in content.split_inclusive(' ') {
                    observer.delta(GenerationDelta::Text(word.to_owned())).await;
                }
            };
            let (content, calls) = match answer.expect("the script has an answer for every request")
            {
                Answer::Text(text) => (text, Vec::new()),
                Answer::Calls(text, calls) => (text, calls),
                Answer::Whole(generation) => return Ok(*generation),
                Answer::Error(kind) => return Err(ModelError::new(kind, "the script says so")),
                Answer::Begun(content) => {
                    say(content).await;
                    cancel.cancelled().await;
                    return Err(ModelError::new(ModelErrorKind::Cancelled, "stopped"));
                }
            };
            say(&content).await;
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
                    ..Usage::default()
                },
                attempts: 1,
                ..Generation::default()
            })
        })
    }
}

/// What a scripted remote agent does.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Say(RemoteAnswer),
    Fail(String),
    /// Takes a task on, and never comes to its end.
    Begin(&'static str),
}

/// A remote agent, and what it was told.
#[derive(Debug, Default)]
pub(super) struct ScriptedRemote {
    pub(super) words: Mutex<VecDeque<Word>>,
    pub(super) heard: Mutex<Vec<(RemoteTurn, Option<Value>)>>,
}

#[derive(Debug, Default)]
pub(super) struct ScriptedTools {
    pub(super) deeds: HashMap<String, ScriptedAction>,
    /// What each source of tools has.
    pub(super) found: Vec<FoundTool>,
    /// The sources, by their names, whose tools can't be had.
    pub(super) unlisted: HashMap<String, ToolErrorKind>,
    /// The one remote agent.
    pub(super) remote: Arc<ScriptedRemote>,
}

impl ScriptedRemote {
    async fn call(
        &self,
        invocation: &ToolInvocation,
        observer: &dyn ToolObserver,
        cancel: &CancellationToken,
    ) -> Result<Value, ToolError> {
        let turn = serde_json::from_value(Value::Object(invocation.arguments.clone()));
        let heard = (turn.expect("it is told a turn"), invocation.begun.clone());
        self.heard.lock().unwrap().push(heard);
        let word = self.words.lock().unwrap().pop_front();
        match word.expect("the script has a word for every turn") {
            Word::Say(answer) => Ok(json!(answer)),
            Word::Fail(message) => Err(ToolError::new(ToolErrorKind::Failed, message)),
            Word::Begin(task) => {
                observer.began(json!({"task": task})).await;
                cancel.cancelled().await;
                Err(ToolError::new(ToolErrorKind::Cancelled, "stopped"))
            }
        }
    }
}

impl ToolExecutor for ScriptedTools {
    fn plan(&self, tool: &Arc<Component>) -> ToolPlan {
        if tool.is::<A2AAgent>() {
            return ToolPlan::Run {
                lane: Lane::A2a,
                binding: "scripted".to_owned(),
            };
        }
        match self.deeds.get(tool.name()) {
            Some(ScriptedAction::Ask) => ToolPlan::AskPerson,
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

    fn discover<'a>(
        &'a self,
        source: &'a Arc<Component>,
        _observer: &'a dyn ToolObserver,
        _cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Vec<Arc<Component>>, ToolError>> {
        let found = self
            .found
            .iter()
            .filter_map(|found| found.clone().at(source));
        let found = match self.unlisted.get(source.name()) {
            Some(kind) => Err(ToolError::new(*kind, "the script says so")),
            None => Ok(found.collect()),
        };
        Box::pin(std::future::ready(found))
    }

    fn call<'a>(
        &'a self,
        invocation: &'a ToolInvocation,
        observer: &'a dyn ToolObserver,
        cancel: &'a CancellationToken,
    ) -> BoxFuture<'a, Result<Value, ToolError>> {
        if invocation.tool.is::<A2AAgent>() {
            return Box::pin(self.remote.call(invocation, observer, cancel));
        }
        let deed = self.deeds.get(invocation.tool.name()).cloned();
        Box::pin(async move {
            let output = match deed.expect("only bound tools are called") {
                ScriptedAction::Give(value) => value,
                ScriptedAction::EchoAfter(seconds) => {
                    observer.chunk(json!("working")).await;
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    Value::String(Value::Object(invocation.arguments.clone()).to_string())
                }
                ScriptedAction::Obey => {
                    let order = invocation.arguments["x"].as_str().unwrap_or_default();
                    let seconds = order.trim_start_matches("fail ");
                    let wait = Duration::from_secs(seconds.parse().expect("a number of seconds"));
                    tokio::time::sleep(wait).await;
                    if order.starts_with("fail ") {
                        let message = format!("no {seconds}");
                        return Err(ToolError::new(ToolErrorKind::Failed, message));
                    }
                    Value::String(order.to_owned())
                }
                ScriptedAction::FailAfter(seconds) => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    return Err(ToolError::new(ToolErrorKind::Failed, "too late"));
                }
                ScriptedAction::Fail(message) => {
                    return Err(ToolError::new(ToolErrorKind::Failed, message));
                }
                ScriptedAction::Hang | ScriptedAction::Ask => {
                    cancel.cancelled().await;
                    return Err(ToolError::new(ToolErrorKind::Cancelled, "stopped"));
                }
            };
            Ok(output)
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct ScriptedWorld {
    pub(super) model: Arc<ScriptedModel>,
    pub(super) tools: ScriptedTools,
}

impl World for ScriptedWorld {
    fn model<'a>(
        &'a self,
        _: &'a Arc<Component>,
    ) -> BoxFuture<'a, Result<Arc<dyn Model>, Failure>> {
        Box::pin(std::future::ready(Ok(
            Arc::clone(&self.model) as Arc<dyn Model>
        )))
    }

    fn tools(&self) -> &dyn ToolExecutor {
        &self.tools
    }
}

/// Replies in order, whatever is asked. As with `--message`, those that open the conversation stand before them in one queue.
#[derive(Debug, Default)]
pub(super) struct Replies {
    pub(super) opening: Vec<String>,
    pub(super) replies: VecDeque<Reply>,
}

impl Answerer for Replies {
    fn opening(&mut self) -> Vec<String> {
        std::mem::take(&mut self.opening)
    }

    fn is_in_turn(&self, _: &RequestKind) -> bool {
        !self.opening.is_empty() || !self.replies.is_empty()
    }

    fn answer(&mut self, _: &RequestKind, _: &EffectKey) -> Option<Reply> {
        if self.opening.is_empty() {
            return self.replies.pop_front();
        }
        Some(Reply::message(self.opening.remove(0)))
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
