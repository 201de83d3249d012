//! Token counts: the provider's, or an estimate if it sends none.

use serde_json::Value;

use super::model::{Generation, GenerationRequest};
use crate::conversation::Usage;

/// The number of characters that count as one token.
const CHARACTERS_PER_TOKEN: usize = 4;
/// The tokens of a message in addition to its text.
const TOKENS_PER_MESSAGE: usize = 6;
/// The tokens of an image.
const TOKENS_PER_IMAGE: usize = 16_384;
/// The tokens of a request in addition to its messages.
const TOKENS_PER_REQUEST: usize = 30;

/// Reads the counts of a `usage` object; `None` if it has none.
pub(super) fn read(usage: &Value) -> Option<Usage> {
    let count = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| usage.get(name).and_then(Value::as_u64))
    };
    let input = count(["prompt_tokens", "input_tokens"]);
    let output = count(["completion_tokens", "output_tokens"]);
    if input.is_none() && output.is_none() {
        return None;
    }
    let detail = |names: [&str; 2], name: &str| {
        let details = names.into_iter().find_map(|names| usage.get(names));
        details.and_then(|details| details.get(name)?.as_u64())
    };
    let counts = Counts {
        input,
        output,
        total: usage.get("total_tokens").and_then(Value::as_u64),
        cached: detail(
            ["prompt_tokens_details", "input_tokens_details"],
            "cached_tokens",
        ),
        reasoning: detail(
            ["completion_tokens_details", "output_tokens_details"],
            "reasoning_tokens",
        ),
    };
    Some(counts.into())
}

/// The token counts that a provider sent for one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    /// The sum, if the provider sent it.
    pub(super) total: Option<u64>,
    pub(super) cached: Option<u64>,
    pub(super) reasoning: Option<u64>,
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        let (input, output) = (counts.input.unwrap_or(0), counts.output.unwrap_or(0));
        Self {
            input_tokens: input,
            output_tokens: output,
            total_tokens: counts.total.unwrap_or(input.saturating_add(output)),
            cached_tokens: counts.cached.unwrap_or(0),
            reasoning_tokens: counts.reasoning.unwrap_or(0),
            llm_calls: 1,
        }
    }
}

/// Estimates the counts from the length of the texts.
///
/// Source: the constants of the reference runtime, so that the numbers agree with it.
pub(super) fn estimate(request: &GenerationRequest, answer: &Generation) -> Usage {
    let messages: usize = request
        .messages
        .iter()
        .map(|message| {
            let calls: usize = message
                .tool_calls
                .iter()
                .map(|call| call.name.len() + call.arguments.chars().count())
                .sum();
            let result = message.tool_result.as_ref();
            let result = result.map_or(0, |result| result.content.chars().count());
            tokens(message.content.chars().count() + calls + result)
                + TOKENS_PER_MESSAGE
                + TOKENS_PER_IMAGE * message.images.len()
        })
        .sum();
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| tokens(tool.description.len() + tool.parameters.to_string().len()))
        .sum();
    let answered: usize = answer
        .tool_calls
        .iter()
        .map(|call| call.name.len() + call.arguments.chars().count())
        .sum::<usize>()
        + answer.content.chars().count()
        + answer.reasoning.chars().count();
    let input = (messages + tools + TOKENS_PER_REQUEST) as u64;
    let output = tokens(answered) as u64;
    Usage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        llm_calls: 1,
        ..Usage::default()
    }
}

fn tokens(characters: usize) -> usize {
    characters.div_ceil(CHARACTERS_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;
    use crate::conversation::{Message, Role};

    #[test]
    fn counts_are_read_under_both_names() {
        let expected = Some(Usage {
            input_tokens: 11,
            output_tokens: 7,
            total_tokens: 18,
            cached_tokens: 3,
            reasoning_tokens: 2,
            llm_calls: 1,
        });
        let chat = json!({
            "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18,
            "prompt_tokens_details": {"cached_tokens": 3},
            "completion_tokens_details": {"reasoning_tokens": 2},
        });
        let responses = json!({
            "input_tokens": 11, "output_tokens": 7,
            "input_tokens_details": {"cached_tokens": 3},
            "output_tokens_details": {"reasoning_tokens": 2},
        });
        assert_eq!(read(&chat), expected);
        assert_eq!(read(&responses), expected);
        assert_eq!(read(&json!({})), None);
        assert_eq!(read(&json!(null)), None);
    }

    #[test]
    fn without_counts_they_are_estimated() {
        let request = GenerationRequest {
            messages: [Message::text("1", Role::User, "12345678")]
                .map(std::sync::Arc::new)
                .into(),
            ..GenerationRequest::default()
        };
        let answer = Generation {
            content: "12345".to_owned(),
            ..Generation::default()
        };
        assert_eq!(
            estimate(&request, &answer),
            Usage {
                input_tokens: 2 + 6 + 30,
                output_tokens: 2,
                total_tokens: 40,
                llm_calls: 1,
                ..Usage::default()
            }
        );
    }
}
