//! An agent that another system runs, as one that takes part in a run here.
//!
//! It gets what was said since it spoke last, and its words join the conversation. With them is kept where its own
//! conversation was left, so that the next message continues from there, in this execution or a later one. A message is
//! one effect: the call of the agent, made, recorded and shown as that of a tool is.
//!
//! | its task | here |
//! |---|---|
//! | completed, or it answers without one | the turn has ended; in a flow the agent has finished |
//! | input required | the turn has ended: a person answers, or the agent that asked it |
//! | authorization required | a person is asked to give it, wherever the agent runs |
//! | failed, canceled, rejected | the run fails, or the agent that asked gets the failure |

mod unread;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use self::unread::{NextMessages, unread_messages};
pub(crate) use self::unread::{RemoteWait, remote_wait};
use super::agent::{AgentOverrides, ExchangeEnd, GREETING, add_message_from, converse, in_span};
use super::structured;
use super::{Halt, RunContext};
use crate::conversation::{Message, Role, Values};
use crate::spec::Component;
use crate::spec::language::{AgenticExecution, Execution};
use crate::spec::property::Property;
use crate::tools::{RemoteAnswer, RemoteTurn};
use crate::trace::{Failure, FailureKind, Reply, RequestKind};

/// The maximum number of authorizations that an agent may request before it answers.
const MAX_AUTHORIZATIONS: usize = 8;

/// A remote agent.
#[derive(Clone)]
pub(super) struct Remote {
    component: Arc<Component>,
    /// The outputs that the agent must produce.
    outputs: Vec<Property>,
    /// Whether the agent may ask a person before it is finished.
    may_ask: bool,
}

impl Remote {
    /// Returns the remote agent of a component; `None` if the component is something else.
    ///
    /// # Errors
    /// A `spec` failure, if the component is incomplete.
    pub(super) fn of(component: &Arc<Component>) -> Result<Option<Self>, Failure> {
        let is_remote = matches!(
            component.execution(),
            Execution::Agentic(AgenticExecution::A2AAgent | AgenticExecution::OciAgent)
        );
        if !is_remote {
            return Ok(None);
        }
        if !component.is_complete() {
            return Err(super::runnable::incomplete(component));
        }
        Ok(Some(Self {
            component: Arc::clone(component),
            outputs: component.outputs().to_vec(),
            may_ask: true,
        }))
    }

    /// Applies the settings of a flow's step: the outputs that it needs, and whether a person may
    /// be asked.
    pub(super) fn with_overrides(mut self, overrides: AgentOverrides) -> Self {
        self.outputs = overrides.outputs.unwrap_or(self.outputs);
        self.may_ask = overrides.may_ask.unwrap_or(self.may_ask);
        self
    }

    fn name(&self) -> &str {
        self.component.name()
    }
}

/// Executes a remote agent on the conversation of `context`.
///
/// # Errors
/// [`Halt`].
pub(super) async fn run(
    remote: &Remote,
    inputs: Values,
    context: &RunContext,
) -> Result<Values, Halt> {
    let end = in_span(&remote.component, inputs, context, |inputs, span| {
        Box::pin(async move {
            let is_root = span.depth() == 1;
            if is_root {
                for message in span.opening() {
                    span.add_message(message).await?;
                }
            }
            let session = Session {
                remote,
                inputs: &inputs,
                context: &span,
                is_done_with_a_task: !is_root,
            };
            let may_end = is_root && remote.outputs.is_empty();
            converse(&span, may_end, |number| session.exchange(number)).await
        })
    });
    match end.await? {
        ExchangeEnd::Finished { outputs, .. } => Ok(outputs),
        ExchangeEnd::Replied(_) | ExchangeEnd::HandedOff(_) => Ok(Values::new()),
    }
}

/// Executes a remote agent until it replies. `message` is the sender and the text of a new message.
///
/// # Errors
/// [`Halt`].
pub(super) fn consult<'a>(
    remote: &'a Remote,
    inputs: Values,
    context: &'a RunContext,
    message: Option<(String, String)>,
) -> BoxFuture<'a, Result<ExchangeEnd, Halt>> {
    Box::pin(in_span(
        &remote.component,
        inputs,
        context,
        move |inputs, span| {
            Box::pin(async move {
                if let Some(message) = message {
                    add_message_from(message, remote.name(), &span).await?;
                }
                let session = Session {
                    remote,
                    inputs: &inputs,
                    context: &span,
                    is_done_with_a_task: false,
                };
                session.exchange(0).await
            })
        },
    ))
}

/// One execution of a remote agent.
struct Session<'a> {
    remote: &'a Remote,
    inputs: &'a Values,
    context: &'a RunContext,
    /// Whether the agent is finished when its task is; otherwise, when its caller has nothing more
    /// to say.
    is_done_with_a_task: bool,
}

impl Session<'_> {
    /// Sends the new messages to the agent and receives its answer.
    async fn exchange(&self, number: usize) -> Result<ExchangeEnd, Halt> {
        let place = self.context.at("exchange", number);
        for round in 0..=MAX_AUTHORIZATIONS {
            let NextMessages { mut parts, thread } =
                unread_messages(&self.context.messages(), self.remote);
            if number == 0 && round == 0 && !self.inputs.is_empty() {
                // As text, because WayFlow's agents (26.3.1) break down over data.
                let text = serde_json::Value::Object(self.inputs.clone()).to_string();
                parts.push(json!({"text": text, "mediaType": "application/json"}));
            }
            if parts.is_empty() {
                return self.begin().await;
            }
            let turn = RemoteTurn {
                parts,
                thread: thread.clone(),
            };
            let call = place.at("call", round);
            let id = call.new_request_id("call");
            let arguments = turn.into_arguments();
            let result = call
                .call_tool(&self.remote.component, &id, arguments)
                .await?;
            let result = result.map_err(|failure| failure.in_component(self.remote.name()))?;
            let answer = RemoteAnswer::of(result, &thread);
            self.say(&answer).await?;
            if !answer.thread.needs_authorization {
                return self.end(answer);
            }
            let request = RequestKind::UserMessage {
                message: format!(
                    "{} needs an authorization. Give it, then answer, and the run continues: {}",
                    self.remote.name(),
                    answer.text
                ),
                may_end: false,
            };
            let reply = place.at("authorize", round).ask(request).await?;
            if let Reply::Message { text, images } = reply {
                self.context.add_user_message(text, images).await?;
            }
        }
        Err(Halt::failed(
            FailureKind::Limit,
            format!("the agent asked to be authorised more than {MAX_AUTHORIZATIONS} times"),
        ))
    }

    /// Begins a conversation in which there is nothing to send yet: the caller has to begin.
    async fn begin(&self) -> Result<ExchangeEnd, Halt> {
        if !self.remote.may_ask {
            return Err(Halt::failed(
                FailureKind::Input,
                "there is nothing to send to the agent: it has neither a message nor inputs",
            ));
        }
        if self.context.depth() > 1 {
            return Ok(ExchangeEnd::Replied(String::new()));
        }
        let greeting = Message::text(self.context.new_message_id(), Role::Agent, GREETING);
        let greeting = greeting.from_sender(self.remote.name());
        self.context.add_message(greeting).await?;
        Ok(ExchangeEnd::Replied(GREETING.to_owned()))
    }

    /// Adds the agent's text to the conversation, with the state of the agent's own conversation.
    async fn say(&self, answer: &RemoteAnswer) -> Result<(), Halt> {
        let id = self.context.new_message_id();
        let message = Message {
            extra: Some(unread::kept(self.remote, &answer.thread)),
            ..Message::text(id, Role::Agent, answer.text.clone())
        };
        let message = message.from_sender(self.remote.name());
        self.context.add_message(message).await
    }

    /// Converts an answer to the end of an exchange.
    fn end(&self, answer: RemoteAnswer) -> Result<ExchangeEnd, Halt> {
        let waits = answer.thread.task.is_some();
        let outputs = &self.remote.outputs;
        if outputs.is_empty() {
            let is_done = self.is_done_with_a_task && !(waits && self.remote.may_ask);
            return Ok(if is_done {
                ExchangeEnd::Finished {
                    outputs: Values::new(),
                    last_words: answer.text,
                }
            } else {
                ExchangeEnd::Replied(answer.text)
            });
        }
        let may_ask = waits && self.remote.may_ask;
        match outputs_of(&answer, outputs, !may_ask) {
            Ok(outputs) => Ok(ExchangeEnd::Finished {
                outputs,
                last_words: answer.text,
            }),
            // It may want to know more first.
            Err(_misfit) if may_ask => Ok(ExchangeEnd::Replied(answer.text)),
            Err(misfit) => Err(Halt::failed(
                FailureKind::Tool,
                format!(
                    "its answer does not hold its outputs: {}",
                    misfit.in_words(None)
                ),
            )),
        }
    }
}

/// Returns a value for each output, from the answer's data (the last first), or from its text as
/// JSON. A single string output is the text itself, unless the text is a question.
fn outputs_of(
    answer: &RemoteAnswer,
    outputs: &[Property],
    is_no_question: bool,
) -> Result<Values, structured::Misfit> {
    for data in answer.data.iter().rev() {
        if let Ok(values) = structured::read(&data.to_string(), None, outputs) {
            return Ok(values);
        }
    }
    let read = structured::read(&answer.text, None, outputs);
    match (read, outputs) {
        (Err(structured::Misfit::NotJson), [only])
            if is_no_question && only.json_type() == Some("string") =>
        {
            let value = answer.text.clone().into();
            Ok(Values::from_iter([(only.title().to_owned(), value)]))
        }
        (read, _) => read,
    }
}
