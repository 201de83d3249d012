//! One turn of an agent: a model call, and the tool calls that it asks for.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::offer::{Offered, talk_parameters};
use super::{Ending, Session};
use crate::base::ids::RequestId;
use crate::conversation::{Message, Role, ToolCall, ToolResult, Values};
use crate::llm::{Generation, GenerationRequest};
use crate::runtime::{Halt, RunContext, structured, tool_result};
use crate::spec::Component;
use crate::spec::property::Property;
use crate::tools;

/// What a turn came to.
pub(super) enum TurnEnd {
    /// Tools were called; the model is to be told.
    Called,
    /// The model wrote text and called nothing.
    Text(String),
    /// The model called only `talk_to_user`.
    ToldUser(String),
    /// The model handed in the outputs.
    Submitted(Values),
}

/// What is done about one call.
enum Task<'s> {
    /// The tool is called.
    Call(&'s Arc<Component>, Values),
    /// The model is told this in place of a result.
    Tell { text: String, is_error: bool },
    /// The outputs are taken.
    Finish(Values),
}

impl Session<'_> {
    /// Calls the model once, adds its answer to the conversation, and carries out its tool calls.
    pub(super) async fn turn(&self, turn: &RunContext, is_last: bool) -> Result<TurnEnd, Halt> {
        let request = GenerationRequest {
            messages: self.prompt.messages(turn),
            tools: self.offer.declarations(is_last),
            tool_choice: self.offer.choice(is_last),
            response_format: (self.ending == Ending::Structured)
                .then(|| structured::response_format(self.agent.name(), self.agent.outputs())),
            is_streamed: true,
            ..GenerationRequest::default()
        };
        let generation = turn.generate(self.agent.llm_config(), request).await?;
        let (said, calls) = self.split_talk(generation);
        let message = Message {
            tool_calls: calls.clone(),
            ..Message::text(turn.new_message_id(), Role::Agent, said.text.clone())
        };
        turn.add_message(message.from_sender(self.agent.name()))
            .await?;
        if calls.is_empty() {
            return Ok(if said.is_to_user {
                TurnEnd::ToldUser(said.text)
            } else {
                TurnEnd::Text(said.text)
            });
        }
        self.carry_out(turn, &calls).await
    }

    /// Takes what the model says to the user by a tool out of its calls and into its text.
    ///
    /// Alone, the first such call is the reply. Beside other calls, it is shown while those run: the reference drops
    /// it. A call without text stays, to be told as a mistake.
    fn split_talk(&self, generation: Generation) -> (Said, Vec<ToolCall>) {
        let mut calls = Vec::new();
        let mut told: Vec<String> = Vec::new();
        for call in generation.tool_calls {
            let text = match self.offer.find(&call.name) {
                Offered::Talk => read_arguments(&call, &talk_parameters())
                    .ok()
                    .and_then(|arguments| arguments.get("text")?.as_str().map(str::to_owned)),
                Offered::Tool(_) | Offered::Submit | Offered::Unknown => None,
            };
            match text {
                Some(text) => told.push(text),
                None => calls.push(call),
            }
        }
        if calls.is_empty() {
            told.truncate(1);
        }
        let is_to_user = !told.is_empty();
        if !generation.content.is_empty() {
            told.insert(0, generation.content);
        }
        let said = Said {
            text: told.join("\n\n"),
            is_to_user,
        };
        (said, calls)
    }

    /// Carries out the calls of one answer, at the same time, and adds their results in the order of the calls.
    async fn carry_out(&self, turn: &RunContext, calls: &[ToolCall]) -> Result<TurnEnd, Halt> {
        let mut finished = None;
        let mut works: Vec<BoxFuture<'_, Result<ToolResult, Halt>>> = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let task = if finished.is_some() {
                tell_error("This was not done: the results were handed in before it.")
            } else {
                self.task(call)
            };
            let place = turn.at("call", index);
            works.push(match task {
                Task::Call(tool, arguments) => Box::pin(call_tool(place, tool, call, arguments)),
                Task::Tell { text, is_error } => Box::pin(std::future::ready(Ok(ToolResult {
                    call_id: call.id.clone(),
                    content: text,
                    is_error,
                }))),
                Task::Finish(outputs) => {
                    finished = Some(outputs);
                    Box::pin(std::future::ready(Ok(ToolResult {
                        call_id: call.id.clone(),
                        content: "The results are taken.".to_owned(),
                        is_error: false,
                    })))
                }
            });
        }
        let mut halt = None;
        for result in turn.all(works).await {
            match result {
                Ok(result) => {
                    turn.add_message(Message::tool_result(turn.new_message_id(), result))
                        .await?;
                }
                // What is done stays in the conversation; then the first halt counts.
                Err(next) => halt = halt.or(Some(next)),
            }
        }
        match (halt, finished) {
            (Some(halt), _) => Err(halt),
            (None, Some(outputs)) => Ok(TurnEnd::Submitted(outputs)),
            (None, None) => Ok(TurnEnd::Called),
        }
    }

    /// Decides what is done about a call.
    fn task(&self, call: &ToolCall) -> Task<'_> {
        match self.offer.find(&call.name) {
            Offered::Tool(tool) => match read_arguments(call, tool.inputs()) {
                Ok(arguments) => Task::Call(tool, arguments),
                Err(problem) => tell_error(problem),
            },
            Offered::Submit => match read_arguments(call, self.agent.outputs()) {
                Ok(outputs) => Task::Finish(outputs),
                Err(problem) => tell_error(problem),
            },
            // One that could be shown is no call any more.
            Offered::Talk => match read_arguments(call, &talk_parameters()) {
                Ok(_) => Task::Tell {
                    text: "It was shown to the user.".to_owned(),
                    is_error: false,
                },
                Err(problem) => tell_error(problem),
            },
            Offered::Unknown => tell_error(self.offer.unknown(&call.name)),
        }
    }
}

/// What a model said.
struct Said {
    text: String,
    /// It was said by the tool for talking to the user.
    is_to_user: bool,
}

fn tell_error<'s>(text: impl Into<String>) -> Task<'s> {
    Task::Tell {
        text: text.into(),
        is_error: true,
    }
}

/// Calls a tool of the agent and words what came of it for the model.
async fn call_tool(
    place: RunContext,
    tool: &Arc<Component>,
    call: &ToolCall,
    arguments: Values,
) -> Result<ToolResult, Halt> {
    let result = place
        .call_tool(tool, &RequestId::new(call.id.as_str()), arguments)
        .await?;
    Ok(ToolResult {
        call_id: call.id.clone(),
        is_error: result.is_err(),
        content: match result {
            Ok(value) => tool_result::as_text(&value),
            Err(failure) => failure.message,
        },
    })
}

/// The arguments that a model wrote, as the parameters declare them; in words for the model where that can't be.
fn read_arguments(call: &ToolCall, parameters: &[Property]) -> Result<Values, String> {
    tools::read_arguments(&call.name, parameters, &call.arguments)
        .map_err(|error| format!("{error}. Call it again with arguments that fit its parameters."))
}
