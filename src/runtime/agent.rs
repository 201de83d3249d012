//! The loop of an agent: the model answers, its tool calls are executed and their results sent to it, until there is a
//! reply or there are outputs.
//!
//! | outputs | tools | how it ends |
//! |---|---|---|
//! | none | any | text without tool calls: a person is asked to continue (`human_in_the_loop`), or it is done |
//! | declared | none | structured output (`response_format`), checked and asked for again |
//! | declared | some | the model calls `submit_result` with a value for each output |
//!
//! Flows and sub-agents count as tools; a [`Setup`] says what an agent has, whichever type it is written as.
//!
//! Where we differ from the reference runtime: the calls of one turn run at the same time; arguments that can't be read
//! are reported to the model and not dropped; values are never made up at the iteration limit; an agent without outputs
//! that may not talk to a person is done with its first text, not asked to submit a summary.

mod delegates;
mod offer;
mod prompt;
mod seat;
mod setup;
mod template;
mod textual_calls;
mod toolboxes;
mod transform;
mod turn;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::future::BoxFuture;

use super::values::fit;
use crate::conversation::{Message, Role, Values};
use crate::llm::CutBy;
use crate::runtime::{Halt, Limits, RunContext, structured};
use crate::spec::Component;
use crate::spec::property::Coercion;
use crate::trace::{ComponentName, Event, Failure, FailureKind, Reply, RequestKind, SpanKind};
pub(super) use delegates::{Delegates, outputs_as_text};
use offer::Offer;
use prompt::Prompt;
pub(super) use seat::{Post, Recipient, Seat};
use setup::Ending;
pub(super) use setup::{AgentOverrides, GREETING, Setup};
pub(super) use template::Template;
use turn::TurnEnd;

/// Executes an agent on the conversation of `context`.
///
/// # Errors
/// [`Halt`].
pub(super) async fn run(
    setup: &Setup,
    inputs: Values,
    context: &RunContext,
) -> Result<Values, Halt> {
    let delegates = Delegates::default();
    let end = in_span(setup.component(), inputs, context, |inputs, span| {
        let delegates = &delegates;
        Box::pin(async move {
            if span.depth() == 1 {
                for message in span.opening() {
                    span.add_message(message).await?;
                }
            }
            let session = Session::start(setup, inputs, &span, (delegates, None));
            let may_end = span.depth() == 1 && session.ending == Ending::Text;
            converse(&span, may_end, |number| session.exchange(number)).await
        })
    });
    match end.await? {
        ExchangeEnd::Finished { outputs, .. } => Ok(outputs),
        ExchangeEnd::Replied(_) | ExchangeEnd::HandedOff(_) => Ok(Values::new()),
    }
}

/// Executes an agent until it replies, is finished, or hands the conversation over. `message` is
/// the sender and the text of a new message; without one, the conversation continues unchanged.
/// `seat` is the agent's place in a team.
///
/// # Errors
/// [`Halt`].
pub(super) fn consult<'a>(
    setup: &'a Setup,
    inputs: Values,
    context: &'a RunContext,
    delegates: &'a Delegates,
    (message, seat): (Option<(String, String)>, Option<&'a Seat<'a>>),
) -> BoxFuture<'a, Result<ExchangeEnd, Halt>> {
    Box::pin(in_span(
        setup.component(),
        inputs,
        context,
        move |inputs, span| {
            Box::pin(async move {
                if let Some(message) = message {
                    add_message_from(message, setup.name(), &span).await?;
                }
                let session = Session::start(setup, inputs, &span, (delegates, seat));
                session.exchange(0).await
            })
        },
    ))
}

/// Adds a message from another component to the conversation, addressed to the component `name`.
///
/// # Errors
/// As [`RunContext::add_message`].
pub(super) async fn add_message_from(
    (caller, text): (String, String),
    name: &str,
    span: &RunContext,
) -> Result<(), Halt> {
    let message = Message::text(span.new_message_id(), Role::User, text);
    let message = message.from_sender(caller).to_recipient(name);
    span.add_message(message).await
}

/// Alternates with a person until there are outputs: `exchange` executes one exchange, given its
/// number. `may_end` says whether the run may also end after a reply.
///
/// # Errors
/// [`Halt`].
pub(super) async fn converse<W>(
    span: &RunContext,
    may_end: bool,
    exchange: impl Fn(usize) -> W,
) -> Result<ExchangeEnd, Halt>
where
    W: Future<Output = Result<ExchangeEnd, Halt>>,
{
    for number in 0.. {
        let last_words = match exchange(number).await? {
            ExchangeEnd::Replied(text) => text,
            end @ (ExchangeEnd::Finished { .. } | ExchangeEnd::HandedOff(_)) => return Ok(end),
        };
        let request = RequestKind::UserMessage {
            message: last_words,
            may_end,
        };
        let reply = span.at("reply", number).ask(request).await?;
        if let Reply::Message { text, images } = reply {
            span.add_user_message(text, images).await?;
        }
    }
    // The loop has no end but a return.
    Ok(ExchangeEnd::Replied(String::new()))
}

/// Executes an agent's work in a span of the agent.
///
/// # Errors
/// Those of the work; [`Halt::Cancelled`] if nobody reads the events any more.
pub(super) async fn in_span<'a, W>(
    component: &'a Arc<Component>,
    inputs: Values,
    context: &'a RunContext,
    work: W,
) -> Result<ExchangeEnd, Halt>
where
    W: FnOnce(Values, RunContext) -> BoxFuture<'a, Result<ExchangeEnd, Halt>> + Send,
{
    let name = ComponentName::of(component);
    let work = |span: RunContext| async move {
        span.trace(Event::AgentExecutionStart {
            agent: name.clone(),
            inputs: Arc::new(inputs.clone().into()),
        })
        .await?;
        let end = work(inputs, span.clone()).await?;
        let outputs = match &end {
            ExchangeEnd::Finished { outputs, .. } => outputs.clone(),
            ExchangeEnd::Replied(_) | ExchangeEnd::HandedOff(_) => Values::new(),
        };
        span.trace(Event::AgentExecutionEnd {
            agent: name,
            outputs: Arc::new(outputs.into()),
        })
        .await?;
        Ok(end)
    };
    context
        .in_span(SpanKind::AgentExecutionSpan, component, work)
        .await
}

/// One execution of an agent.
struct Session<'a> {
    setup: &'a Setup,
    context: &'a RunContext,
    ending: Ending,
    prompt: Prompt<'a>,
    delegates: &'a Delegates,
    seat: Option<&'a Seat<'a>>,
    /// Whether the model asked to end the conversation and was asked to confirm that.
    wants_to_end: AtomicBool,
}

/// The end of an exchange, which consists of all model calls between two messages of the user.
pub(super) enum ExchangeEnd {
    /// The agent is finished, with these outputs and this last text.
    Finished { outputs: Values, last_words: String },
    /// The agent replied and waits.
    Replied(String),
    /// The agent handed the conversation over to the team member with this index.
    HandedOff(usize),
}

impl<'a> Session<'a> {
    fn start(
        setup: &'a Setup,
        inputs: Values,
        context: &'a RunContext,
        (delegates, seat): (&'a Delegates, Option<&'a Seat<'a>>),
    ) -> Self {
        Self {
            setup,
            context,
            ending: setup.ending(seat),
            prompt: Prompt::new(setup, inputs, context, seat),
            delegates,
            seat,
            wants_to_end: AtomicBool::new(false),
        }
    }

    /// Calls the model until it replies or is finished. In an empty conversation, an agent with an
    /// initial message sends that first.
    async fn exchange(&self, exchange: usize) -> Result<ExchangeEnd, Halt> {
        if let Some(text) = &self.setup.initial_message
            && !self
                .context
                .messages()
                .iter()
                .any(|message| is_of_user(message))
        {
            self.say(text).await?;
            return Ok(ExchangeEnd::Replied(text.clone()));
        }
        let place = self.context.at("exchange", exchange);
        let limits = self.context.limits();
        let bound = limits.max_iterations.or(self.setup.max_iterations);
        let bound = bound.unwrap_or(Limits::USUAL_ITERATIONS);
        let mut corrections = 0;
        let mut offered = None;
        for iteration in 0..bound {
            let is_last = iteration + 1 == bound;
            let turn = place.at("turn", iteration);
            let offer = self.offer(offered.take(), &turn).await?;
            let offer = offered.insert(offer);
            let end = self.turn(&turn, offer, is_last).await?;
            let (text, cut) = match end {
                TurnEnd::Called => continue,
                TurnEnd::Submitted(outputs) => {
                    let last_words = String::new();
                    return Ok(ExchangeEnd::Finished {
                        outputs,
                        last_words,
                    });
                }
                TurnEnd::Ended => {
                    return Ok(ExchangeEnd::Finished {
                        outputs: Values::new(),
                        last_words: "The conversation is over.".to_owned(),
                    });
                }
                TurnEnd::HandedOff(member) => return Ok(ExchangeEnd::HandedOff(member)),
                TurnEnd::SpokeToUser(text) => return Ok(ExchangeEnd::Replied(text)),
                TurnEnd::Text { text, cut } => (text, cut),
            };
            let may_ask = self.setup.may_ask;
            let reminder = match self.ending {
                Ending::Text | Ending::Submit if may_ask => return Ok(ExchangeEnd::Replied(text)),
                Ending::Text => {
                    let outputs = Values::new();
                    return Ok(ExchangeEnd::Finished {
                        outputs,
                        last_words: text,
                    });
                }
                Ending::Submit => offer.submit_reminder(),
                Ending::Structured => match self.read_answer(&text, cut.as_ref()) {
                    Ok(outputs) => {
                        return Ok(ExchangeEnd::Finished {
                            outputs,
                            last_words: text,
                        });
                    }
                    // A model that is held to no format may ask back for what it needs.
                    Err(structured::Misfit::NotJson)
                        if may_ask && cut.is_none() && !text.trim().is_empty() =>
                    {
                        return Ok(ExchangeEnd::Replied(text));
                    }
                    Err(misfit) if corrections == self.context.limits().max_corrections => {
                        return Err(Halt::failed(
                            FailureKind::Model,
                            format!(
                                "the model gave no usable outputs in {} attempts; the last problem: {}",
                                corrections + 1,
                                misfit.in_words(cut.as_ref())
                            ),
                        ));
                    }
                    Err(misfit) => {
                        corrections += 1;
                        misfit.correction(self.setup.outputs(), cut.as_ref())
                    }
                },
            };
            self.remind(reminder).await?;
        }
        self.at_limit(bound)
    }

    /// Returns the tools for the model in a turn: those of the previous turn, unless they have
    /// changed. Servers are asked before each turn, because their tools may change.
    async fn offer(&self, before: Option<Offer>, turn: &RunContext) -> Result<Offer, Halt> {
        let tools = toolboxes::tools(self.setup, turn).await?;
        match before.filter(|offer| offer.is_of(&tools)) {
            Some(offer) => Ok(offer),
            None => Ok(Offer::of(self.setup, &tools, self.ending, self.seat)?),
        }
    }

    async fn say(&self, text: &str) -> Result<(), Halt> {
        let message = Message::text(self.context.new_message_id(), Role::Agent, text);
        let message = message.from_sender(self.setup.name());
        self.context.add_message(message).await
    }

    /// Reads the outputs from an answer that must contain them.
    fn read_answer(&self, answer: &str, cut: Option<&CutBy>) -> Result<Values, structured::Misfit> {
        let outputs = self.setup.outputs();
        if self.setup.is_strict {
            structured::read_strictly(answer, cut, outputs)
        } else {
            structured::read(answer, cut, outputs)
        }
    }

    /// Adds a message that steers the model; panes collapse it.
    async fn remind(&self, text: String) -> Result<(), Halt> {
        let message = Message {
            is_internal: true,
            ..Message::text(self.context.new_message_id(), Role::User, text)
        };
        self.context.add_message(message).await
    }

    /// Ends an exchange in which the model made all allowed calls. Outputs take their defaults if
    /// all of them have one; other values are not invented.
    fn at_limit(&self, bound: usize) -> Result<ExchangeEnd, Halt> {
        let outputs = self.setup.outputs();
        if !outputs.is_empty()
            && let Ok(defaults) = fit(&Values::new(), outputs, Coercion::Edge)
        {
            return Ok(ExchangeEnd::Finished {
                outputs: defaults,
                last_words: String::new(),
            });
        }
        let failure = Failure::new(
            FailureKind::Limit,
            format!(
                "the agent made {bound} model call{} without finishing",
                if bound == 1 { "" } else { "s" }
            ),
        )
        .with_hint("look at its last turns: often a tool keeps failing, or the prompt does not say when to stop");
        Err(failure.into())
    }
}

/// Returns whether a message is from a person, or from an agent that acts for one.
fn is_of_user(message: &Message) -> bool {
    message.role == Role::User && message.tool_result.is_none() && !message.is_internal
}
