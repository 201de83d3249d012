//! The loop of an agent: the model answers, its tool calls are carried out and told to it, until there is a reply or
//! there are outputs.
//!
//! | outputs | tools | how it ends |
//! |---|---|---|
//! | none | any | text without tool calls: a person is asked to go on (`human_in_the_loop`), or it is done |
//! | declared | none | structured output (`response_format`), checked and asked for again |
//! | declared | some | the model calls `submit_result` with a value for each output |
//!
//! Where we differ from the reference runtime: the calls of one turn run at the same time; arguments that can't be read
//! are told to the model and not dropped; values are never made up at the iteration limit; an agent without outputs
//! that may not talk to a person is done with its first text, not asked to submit a summary.

mod offer;
mod prompt;
mod turn;

use crate::conversation::{Message, Role, Values};
use crate::runtime::{Halt, RunContext, structured};
use crate::spec::language::Agent;
use crate::spec::placeholder;
use crate::spec::property::fill_property_defaults;
use crate::trace::{ComponentName, Event, Failure, FailureKind, Reply, RequestKind, SpanKind};
use offer::Offer;
use prompt::Prompt;
use turn::TurnEnd;

/// Executes an agent on the conversation of `context`.
///
/// # Errors
/// [`Halt`].
pub(super) async fn run(
    agent: &Agent,
    inputs: Values,
    context: &RunContext,
) -> Result<Values, Halt> {
    context
        .in_span(
            SpanKind::AgentExecutionSpan,
            agent.component(),
            |span| async move {
                let name = ComponentName::of(agent.component());
                span.trace(Event::AgentExecutionStart {
                    agent: name.clone(),
                    inputs: inputs.clone().into(),
                })
                .await?;
                let outputs = Session::start(agent, &inputs, &span)
                    .await?
                    .converse()
                    .await?;
                span.trace(Event::AgentExecutionEnd {
                    agent: name,
                    outputs: outputs.clone().into(),
                })
                .await?;
                Ok(outputs)
            },
        )
        .await
}

/// How an agent comes to its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It has none: it ends with text.
    Text,
    /// Every answer is to be the outputs.
    Structured,
    /// It calls a tool of ours with them.
    Submit,
}

/// One execution of an agent.
struct Session<'a> {
    agent: &'a Agent,
    context: &'a RunContext,
    ending: Ending,
    offer: Offer,
    prompt: Prompt,
}

/// What an exchange, all model calls from one message of the user to the next, came to.
enum ExchangeEnd {
    /// The agent is done.
    Finished(Values),
    /// It said something and waits.
    Replied(String),
}

impl<'a> Session<'a> {
    async fn start(
        agent: &'a Agent,
        inputs: &Values,
        context: &'a RunContext,
    ) -> Result<Self, Halt> {
        if context.depth() == 1 {
            for text in context.opening() {
                context.add_user_message(text).await?;
            }
        }
        let ending = match (agent.outputs(), agent.tools().as_slice()) {
            ([], _) => Ending::Text,
            (_, []) => Ending::Structured,
            _ => Ending::Submit,
        };
        let system = placeholder::render(agent.system_prompt(), inputs)
            .map_err(|missing| Failure::from_error(FailureKind::Input, &missing))?;
        Ok(Self {
            agent,
            context,
            ending,
            offer: Offer::of(agent, ending),
            prompt: Prompt::new(system, context),
        })
    }

    /// Exchanges with a person until there are outputs.
    async fn converse(&self) -> Result<Values, Halt> {
        let is_root = self.context.depth() == 1;
        for exchange in 0.. {
            let said = match self.exchange(exchange).await? {
                ExchangeEnd::Finished(outputs) => return Ok(outputs),
                ExchangeEnd::Replied(text) => text,
            };
            let request = RequestKind::UserMessage {
                message: said,
                may_end: is_root && self.ending == Ending::Text,
            };
            let reply = self.context.at("reply", exchange).ask(request).await?;
            if let Reply::Message(text) = reply {
                self.context.add_user_message(text).await?;
            }
        }
        // The loop has no end but a return.
        Ok(Values::new())
    }

    /// Calls the model until it replies or is done.
    async fn exchange(&self, exchange: usize) -> Result<ExchangeEnd, Halt> {
        let place = self.context.at("exchange", exchange);
        let bound = self.context.limits().max_iterations;
        let mut corrections = 0;
        for iteration in 0..bound {
            let is_last = iteration + 1 == bound;
            let turn = place.at("turn", iteration);
            let end = self.turn(&turn, is_last).await?;
            let text = match end {
                TurnEnd::Called => continue,
                TurnEnd::Submitted(outputs) => return Ok(ExchangeEnd::Finished(outputs)),
                TurnEnd::ToldUser(text) => return Ok(ExchangeEnd::Replied(text)),
                TurnEnd::Text(text) => text,
            };
            let may_ask = self.agent.human_in_the_loop();
            let reminder = match self.ending {
                Ending::Text | Ending::Submit if may_ask => return Ok(ExchangeEnd::Replied(text)),
                Ending::Text => return Ok(ExchangeEnd::Finished(Values::new())),
                Ending::Submit => self.offer.submit_reminder(),
                Ending::Structured => match structured::read(&text, self.agent.outputs()) {
                    Ok(outputs) => return Ok(ExchangeEnd::Finished(outputs)),
                    // A model that is held to no format may ask back for what it needs.
                    Err(structured::Misfit::NotJson) if may_ask && !text.trim().is_empty() => {
                        return Ok(ExchangeEnd::Replied(text));
                    }
                    Err(misfit) if corrections == self.context.limits().max_corrections => {
                        return Err(Halt::failed(
                            FailureKind::Model,
                            format!(
                                "the model gave no usable outputs in {} tries; at last: {}",
                                corrections + 1,
                                misfit.in_words()
                            ),
                        ));
                    }
                    Err(misfit) => {
                        corrections += 1;
                        misfit.correction(self.agent.outputs())
                    }
                },
            };
            self.remind(reminder).await?;
        }
        self.at_limit(bound)
    }

    /// A message that steers the model; panes fold it away.
    async fn remind(&self, text: String) -> Result<(), Halt> {
        let message = Message {
            is_internal: true,
            ..Message::text(self.context.new_message_id(), Role::User, text)
        };
        self.context.add_message(message).await
    }

    /// The model made all the calls that it may. Outputs that all have a default take them; nothing else is made up.
    fn at_limit(&self, bound: usize) -> Result<ExchangeEnd, Halt> {
        let outputs = self.agent.outputs();
        let mut defaults = Values::new();
        fill_property_defaults(&mut defaults, outputs);
        if !outputs.is_empty()
            && outputs
                .iter()
                .all(|output| defaults.contains_key(output.title()))
        {
            return Ok(ExchangeEnd::Finished(defaults));
        }
        let failure = Failure::new(
            FailureKind::Limit,
            format!("the agent made {bound} model calls without coming to an end"),
        )
        .with_hint("look at its last turns: often a tool keeps failing, or the prompt does not say when to stop");
        Err(failure.into())
    }
}
