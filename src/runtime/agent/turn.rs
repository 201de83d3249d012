//! A turn of an agent: a model call, and the tool calls that it requests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Session;
use super::delegates;
use super::offer::{Offer, Offered, talk_parameters};
use super::seat::{MESSAGE, RECIPIENT};
use super::setup::Ending;
use serde_json::Value;

use crate::base::ids::RequestId;
use crate::conversation::{Message, Role, ToolCall, ToolResult, Values};
use crate::llm::{CutBy, Generation, GenerationRequest};
use crate::runtime::{Halt, RunContext, structured, tool_result};
use crate::spec::Component;
use crate::spec::property::Property;
use crate::tools;
use crate::trace::{Failure, FailureKind};

/// The end of a turn.
pub(super) enum TurnEnd {
    /// Tools were called; their results must be sent to the model.
    Called,
    /// The model wrote text without calls; the text may be incomplete.
    Text { text: String, cut: Option<CutBy> },
    /// The model only called `talk_to_user`.
    SpokeToUser(String),
    /// The model submitted the outputs.
    Submitted(Values),
    /// The model ended the conversation.
    Ended,
    /// The model handed the conversation over to the team member with this index.
    HandedOff(usize),
}

/// What to do about a tool call.
enum Task<'s> {
    /// The tool is called.
    Call(&'s Arc<Component>, Values),
    /// The flow is executed.
    Execute(&'s Arc<Component>, Values),
    /// The sub-agent is asked.
    Consult(&'s Arc<Component>, Values),
    /// Answers the model with a text instead of a result.
    Reply { text: String, is_error: bool },
    /// Asks the member of the team with this index.
    Send(usize, String),
    /// Accepts the outputs.
    Finish(Values),
    /// Ends the conversation.
    End,
    /// Hands the conversation over to the team member with this index.
    HandOff(usize, String),
}

/// Calls to be executed one after another, with their indices.
type Lane<'s> = Vec<(usize, Task<'s>)>;

impl Session<'_> {
    /// Calls the model once, adds its answer to the conversation, and executes its tool calls.
    pub(super) async fn turn(
        &self,
        turn: &RunContext,
        offer: &Offer,
        is_last: bool,
    ) -> Result<TurnEnd, Halt> {
        let tools = offer.declarations(is_last);
        let mut request = GenerationRequest {
            messages: self.prompt.messages(tools, turn).await?,
            tools: Arc::clone(tools),
            tool_choice: offer.choice(is_last),
            response_format: (self.ending == Ending::Structured)
                .then(|| structured::response_format(self.setup.name(), self.setup.outputs())),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        if let Some(template) = &self.setup.template {
            template.shape(&mut request);
        }
        let mut generation = turn.generate(&self.setup.llm_config, request).await?;
        if let Some(template) = &self.setup.template {
            template.read_calls(&mut generation, turn);
        }
        let extra = generation.extra.take();
        let cut = Cut::of(&generation);
        let (model_text, calls) = split_talk(offer, generation, &cut);
        let message = Message {
            tool_calls: calls.clone(),
            extra,
            ..Message::text(turn.new_message_id(), Role::Agent, model_text.text.clone())
        };
        turn.add_message(message.from_sender(self.setup.name()))
            .await?;
        if calls.is_empty() {
            return Ok(if model_text.is_to_user {
                TurnEnd::SpokeToUser(model_text.text)
            } else {
                TurnEnd::Text {
                    text: model_text.text,
                    cut: cut.by,
                }
            });
        }
        self.carry_out(turn, offer, &calls, &cut).await
    }

    /// Executes the calls of one answer concurrently, and adds their results in the order of the
    /// calls.
    async fn carry_out(
        &self,
        turn: &RunContext,
        offer: &Offer,
        calls: &[ToolCall],
        cut: &Cut,
    ) -> Result<TurnEnd, Halt> {
        let mut end = None;
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let task = match cut.doubt(call) {
                Some(doubt) => reply_with_error(doubt),
                None => self.task(offer, call),
            };
            let task = match (&end, cut.explained(task)) {
                (Some(TurnEnd::HandedOff(_)), _) => reply_with_error(
                    "This was not done: the conversation was given over before it.",
                ),
                (Some(_), _) => {
                    reply_with_error("This was not done: the work was ended before it.")
                }
                (None, Task::Finish(outputs)) => {
                    end = Some(TurnEnd::Submitted(outputs));
                    reply_with("The results are taken.")
                }
                (None, Task::End) => {
                    end = Some(TurnEnd::Ended);
                    reply_with("The conversation is over.")
                }
                (None, Task::HandOff(member, name)) => {
                    end = Some(TurnEnd::HandedOff(member));
                    reply_with(format!(
                        "The conversation was given over from `{}` to `{name}`, who goes on with it at once: the user sees all of \
                         it, and needs no new welcome.",
                        self.setup.name()
                    ))
                }
                (None, task) => task,
            };
            // Calls of one sub-agent, and messages to one member, share its conversation.
            let lane = lanes.iter_mut().find(|lane| match (&task, lane.first()) {
                (Task::Consult(agent, _), Some((_, Task::Consult(other, _)))) => {
                    agent.id() == other.id()
                }
                (Task::Send(member, _), Some((_, Task::Send(other, _)))) => member == other,
                _ => false,
            });
            match lane {
                Some(lane) => lane.push((index, task)),
                None => lanes.push(vec![(index, task)]),
            }
        }
        let works = lanes.into_iter().map(|lane| self.follow(turn, calls, lane));
        let mut results: Vec<_> = turn
            .all(works.collect())
            .await
            .into_iter()
            .flatten()
            .collect();
        results.sort_by_key(|(index, _)| *index);
        let mut halt = None;
        for (_, result) in results {
            match result {
                Ok(result) => {
                    turn.add_message(Message::tool_result(turn.new_message_id(), result))
                        .await?;
                }
                // What is done stays in the conversation; then the first halt counts.
                Err(next) => halt = halt.or(Some(next)),
            }
        }
        match halt {
            Some(halt) => Err(halt),
            None => Ok(end.unwrap_or(TurnEnd::Called)),
        }
    }

    /// Executes calls one after another, up to the first halt.
    async fn follow(
        &self,
        turn: &RunContext,
        calls: &[ToolCall],
        lane: Lane<'_>,
    ) -> Vec<(usize, Result<ToolResult, Halt>)> {
        let mut results = Vec::new();
        for (index, task) in lane {
            let Some(call) = calls.get(index) else {
                continue;
            };
            let result = self.result(&turn.at("call", index), call, task).await;
            let is_halted = result.is_err();
            results.push((index, result));
            if is_halted {
                break;
            }
        }
        results
    }

    /// Returns the message with the result of a call for the model. If the agent is configured so,
    /// a failure ends the run instead.
    async fn result(
        &self,
        place: &RunContext,
        call: &ToolCall,
        task: Task<'_>,
    ) -> Result<ToolResult, Halt> {
        let outcome = match task {
            Task::Reply { text, is_error } => return Ok(result_of(call, text, is_error)),
            Task::Call(tool, arguments) => {
                let id = RequestId::new(call.id.as_str());
                let result = place.call_tool(tool, &id, arguments).await?;
                result
                    .map(|value| tool_result::as_text(&value))
                    .map_err(|failure| failure.in_component(tool.name()).into())
            }
            Task::Execute(flow, arguments) => delegates::call_flow(flow, arguments, place).await,
            Task::Consult(agent, arguments) => {
                let caller = self.setup.name();
                self.delegates.call(caller, agent, arguments, place).await
            }
            Task::Send(member, message) => match self.seat {
                Some(seat) => seat.post.send(member, message, place).await,
                None => Ok(String::new()),
            },
            Task::Finish(_) | Task::End | Task::HandOff(..) => Ok(String::new()),
        };
        match outcome {
            Ok(text) => Ok(result_of(call, text, false)),
            Err(Halt::Failed(failure)) if !self.setup.raises && is_for_model(&failure) => {
                Ok(result_of(call, failure.message, true))
            }
            Err(halt) => Err(halt),
        }
    }

    /// Decides what to do about a call.
    fn task<'o>(&self, offer: &'o Offer, call: &ToolCall) -> Task<'o> {
        match offer.find(&call.name) {
            Offered::Tool(tool, parameters) => match read_arguments(call, parameters) {
                Ok(arguments) => Task::Call(tool, arguments),
                Err(problem) => reply_with_error(problem),
            },
            Offered::Flow(flow, parameters) => match read_arguments(call, parameters) {
                Ok(arguments) => Task::Execute(flow, arguments),
                Err(problem) => reply_with_error(problem),
            },
            Offered::Agent(agent, parameters) => match read_arguments(call, parameters) {
                Ok(arguments) => Task::Consult(agent, arguments),
                Err(problem) => reply_with_error(problem),
            },
            Offered::Submit => match self.read_outputs(call) {
                Ok(outputs) => Task::Finish(outputs),
                Err(problem) => reply_with_error(problem),
            },
            // One that could be shown is no call any more.
            Offered::Talk => match read_arguments(call, &talk_parameters()) {
                Ok(_) => reply_with("It was shown to the user."),
                Err(problem) => reply_with_error(problem),
            },
            Offered::Send(parameters) => match self.addressed(call, parameters) {
                Ok((member, _, message)) => Task::Send(member, message),
                Err(problem) => reply_with_error(problem),
            },
            Offered::HandOff(parameters) => match self.addressed(call, parameters) {
                Ok((member, name, _)) => Task::HandOff(member, name),
                Err(problem) => reply_with_error(problem),
            },
            Offered::End if self.wants_to_end.swap(true, Ordering::Relaxed) => Task::End,
            Offered::End => reply_with(format!(
                "If the user asked for the end of the conversation, call `{}` again, and nothing else.",
                call.name
            )),
            Offered::Unknown => reply_with_error(offer.unknown(&call.name)),
        }
    }

    /// Returns the team member that a call addresses, by index and name, and the message; no
    /// message if the call only hands over.
    fn addressed(
        &self,
        call: &ToolCall,
        parameters: &[Property],
    ) -> Result<(usize, String, String), String> {
        let arguments = read_arguments(call, parameters)?;
        let text = |name: &str| {
            let value = arguments.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let name = text(RECIPIENT);
        let member = self.seat.and_then(|seat| seat.recipient(&name));
        let member = member.ok_or_else(|| format!("There is no `{name}` to address."))?;
        Ok((member, name, text(MESSAGE)))
    }

    /// Reads the outputs that the model submits.
    fn read_outputs(&self, call: &ToolCall) -> Result<Values, String> {
        let outputs = self.setup.outputs();
        if !self.setup.is_strict {
            return read_arguments(call, outputs);
        }
        structured::read_arguments_strictly(&call.arguments, outputs).map_err(|misfit| {
            format!(
                "The results were not taken: {}. Call `{}` again with exactly the declared fields and types.",
                misfit.in_words(None),
                call.name
            )
        })
    }
}

/// Moves the model's message to the user from its calls into its text.
///
/// If there are no other calls, the first such message is the reply. Otherwise it is shown while
/// the other calls run; the reference runtime discards it. A call without text is kept, so that the
/// model is informed of its mistake.
fn split_talk(offer: &Offer, generation: Generation, cut: &Cut) -> (ModelText, Vec<ToolCall>) {
    let mut calls = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for call in generation.tool_calls {
        let text = match offer.find(&call.name) {
            Offered::Talk if cut.doubt(&call).is_some() => None,
            Offered::Talk => read_arguments(&call, &talk_parameters())
                .ok()
                .and_then(|arguments| arguments.get("text")?.as_str().map(str::to_owned)),
            Offered::Tool(..)
            | Offered::Flow(..)
            | Offered::Agent(..)
            | Offered::Submit
            | Offered::Send(_)
            | Offered::HandOff(_)
            | Offered::End
            | Offered::Unknown => None,
        };
        match text {
            Some(text) => texts.push(text),
            None => calls.push(call),
        }
    }
    if calls.is_empty() {
        texts.truncate(1);
    }
    let is_to_user = !texts.is_empty();
    if !generation.content.is_empty() {
        texts.insert(0, generation.content);
    }
    let model_text = ModelText {
        text: texts.join("\n\n"),
        is_to_user,
    };
    (model_text, calls)
}

/// What is missing at the end of an answer.
struct Cut {
    by: Option<CutBy>,
    /// The call whose arguments may be incomplete.
    unsure_call: Option<String>,
}

impl Cut {
    fn of(generation: &Generation) -> Self {
        let last = generation.tool_calls.last();
        let last = last.filter(|_| generation.is_last_call_unsure);
        Self {
            by: generation.cut(),
            unsure_call: last.map(|call| call.id.clone()),
        }
    }

    /// Returns why a call is not executed although it can be read.
    fn doubt(&self, call: &ToolCall) -> Option<String> {
        let by = self.by.as_ref();
        let by = by.filter(|_| self.unsure_call.as_ref() == Some(&call.id))?;
        let name = &call.name;
        let cut = by.for_model();
        let shorter = if by.is_too_long() {
            " with shorter arguments"
        } else {
            ""
        };
        Some(format!(
            "`{name}` was not called: its arguments may be incomplete. The answer {cut}. Call it again{shorter}."
        ))
    }

    /// Replaces a call by an answer that explains why it can't be read.
    fn explained<'s>(&self, task: Task<'s>) -> Task<'s> {
        match (task, &self.by) {
            (
                Task::Reply {
                    text,
                    is_error: true,
                },
                Some(by),
            ) if self.unsure_call.is_none() => {
                reply_with_error(format!("{text} The answer {}.", by.for_model()))
            }
            (task, _) => task,
        }
    }
}

/// The text of a model.
struct ModelText {
    text: String,
    /// Whether the text was sent with the tool for messages to the user.
    is_to_user: bool,
}

fn reply_with<'s>(text: impl Into<String>) -> Task<'s> {
    Task::Reply {
        text: text.into(),
        is_error: false,
    }
}

fn reply_with_error<'s>(text: impl Into<String>) -> Task<'s> {
    Task::Reply {
        text: text.into(),
        is_error: true,
    }
}

fn result_of(call: &ToolCall, content: String, is_error: bool) -> ToolResult {
    ToolResult {
        call_id: call.id.clone(),
        content,
        is_error,
    }
}

/// Returns whether the model should be informed of a failure. A bug in flowdeck and the end of the
/// run are not, because the model can't do anything about them.
fn is_for_model(failure: &Failure) -> bool {
    !matches!(failure.kind, FailureKind::Internal | FailureKind::Cancelled)
}

/// Converts the arguments that a model wrote to the declared parameters; the error is a text for
/// the model.
fn read_arguments(call: &ToolCall, parameters: &[Property]) -> Result<Values, String> {
    tools::read_arguments(&call.name, parameters, &call.arguments)
        .map_err(|error| format!("{error}. Call it again with arguments that fit its parameters."))
}
