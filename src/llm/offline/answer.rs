//! The answers of the offline model: a pure function of the request and a seed.

use serde_json::Value;

use super::arguments::ValueMaker;
use super::{choice, reply};
use crate::conversation::{Message, Role, ToolDeclaration};
use crate::llm::model::{GenerationRequest, ToolChoice};

/// The text and the tool calls of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// The text; may accompany calls.
    pub(super) text: String,
    /// The names and arguments of the calls.
    pub(super) calls: Vec<(String, Value)>,
}

/// The parts of a conversation that an answer depends on.
#[derive(Debug)]
pub(super) struct Situation<'r> {
    /// The instructions to the model.
    pub(super) system: &'r str,
    /// The last question; the instructions if there is no question.
    pub(super) question: &'r str,
    /// The tool results since the question, oldest first, each with the name of its tool.
    pub(super) results: Vec<(&'r str, &'r str)>,
    /// The tool that the last message asks to call in order to finish.
    reminded_of: Option<&'r ToolDeclaration>,
}

impl<'r> Situation<'r> {
    fn of(request: &'r GenerationRequest) -> Self {
        let messages = &request.messages;
        let system = messages
            .iter()
            .find(|message| message.role == Role::System)
            .map_or("", |message| message.content.as_str());
        let is_said = |message: &Message| {
            message.role == Role::User
                && message.tool_result.is_none()
                && !message.content.trim().is_empty()
        };
        let reminder = messages.last().filter(|message| is_said(message));
        let reminded_of = reminder.and_then(|message| {
            let is_named = |tool: &&ToolDeclaration| {
                choice::is_submit(&tool.name) && message.content.contains(&tool.name)
            };
            request.tools.iter().find(is_named)
        });
        let is_question = |message: &Message| {
            let is_the_reminder = reminded_of.is_some()
                && reminder.is_some_and(|reminder| std::ptr::eq(reminder.as_ref(), message));
            is_said(message) && !message.is_internal && !is_the_reminder
        };
        let asked_at = messages.iter().rposition(|message| is_question(message));
        let question = asked_at
            .and_then(|at| messages.get(at))
            .map(|message| message.content.as_str())
            // The encoder's stand-in for a user who says nothing.
            .filter(|text| *text != "Begin." || system.is_empty())
            .unwrap_or(system);
        let since = messages.get(asked_at.unwrap_or(0)..).unwrap_or_default();
        let name_of = |call_id: &str| {
            let calls = since.iter().flat_map(|message| &message.tool_calls);
            calls
                .filter(|call| call.id == call_id)
                .map(|call| call.name.as_str())
                .next()
                .unwrap_or("the tool")
        };
        let results = since
            .iter()
            .filter_map(|message| message.tool_result.as_ref())
            .map(|result| (name_of(&result.call_id), result.content.as_str()))
            .collect();
        Self {
            system,
            question,
            results,
            reminded_of,
        }
    }

    fn is_answered(&self, tool: &ToolDeclaration) -> bool {
        self.results.iter().any(|(name, _)| *name == tool.name)
    }
}

/// Answers a request. The same request always gets the same answer; another seed gives another one.
///
/// `length_words` fixes the length of texts.
pub(super) fn answer(request: &GenerationRequest, length_words: Option<usize>) -> Answer {
    let situation = Situation::of(request);
    let seed = seed_of(request, &situation);
    if let Some(format) = &request.response_format {
        let value = ValueMaker::new(situation.question, &format.schema, seed).make();
        return Answer {
            text: value.to_string(),
            calls: Vec::new(),
        };
    }
    let tools = tools_to_call(request, &situation);
    if !tools.is_empty() {
        let calls: Vec<(String, Value)> = tools
            .iter()
            .map(|tool| {
                let arguments = ValueMaker::new(situation.question, &tool.parameters, seed).make();
                (tool.name.clone(), arguments)
            })
            .collect();
        return Answer {
            text: reply::before_calls(&tools),
            calls,
        };
    }
    Answer {
        text: reply::text(&situation, seed, length_words),
        calls: Vec::new(),
    }
}

fn tools_to_call<'r>(
    request: &'r GenerationRequest,
    situation: &Situation<'r>,
) -> Vec<&'r ToolDeclaration> {
    if let ToolChoice::Tool(name) = &request.tool_choice
        && let Some(tool) = request.tools.iter().find(|tool| tool.name == *name)
    {
        return vec![tool];
    }
    if let Some(tool) = situation.reminded_of {
        return vec![tool];
    }
    let open: Vec<&ToolDeclaration> = request
        .tools
        .iter()
        .filter(|tool| !situation.is_answered(tool))
        .collect();
    let ordinary: Vec<&ToolDeclaration> = open
        .iter()
        .copied()
        .filter(|tool| !choice::is_of_the_runtime(&tool.name))
        .collect();
    // After a result only tools that the question names outright are worth another round.
    let chosen = if situation.results.is_empty() {
        choice::fitting(&ordinary, situation.question)
    } else {
        choice::named(&ordinary, situation.question)
    };
    if !chosen.is_empty() {
        return chosen;
    }
    open.into_iter()
        .filter(|tool| choice::is_submit(&tool.name))
        .take(1)
        .collect()
}

/// Returns a hash of everything that an answer depends on. Uses FNV-1a, because the standard
/// library's hash may change between versions.
fn seed_of(request: &GenerationRequest, situation: &Situation<'_>) -> u64 {
    let results = situation
        .results
        .iter()
        .flat_map(|(name, result)| [*name, *result]);
    let texts = [situation.system, situation.question]
        .into_iter()
        .chain(results);
    let start = 0xcbf2_9ce4_8422_2325 ^ request.seed.unwrap_or(0).rotate_left(17);
    texts
        // A byte that no text holds parts the texts.
        .flat_map(|text| text.bytes().chain([0xff]))
        .fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests;
