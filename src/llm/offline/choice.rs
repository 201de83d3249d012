//! Selects the tools that match a question.

use super::words;
use crate::conversation::ToolDeclaration;

/// Words of tool names that are ignored in the comparison: `get_weather` matches every question
/// about weather.
const GENERIC: [&str; 10] = [
    "get", "fetch", "lookup", "look", "do", "make", "run", "call", "tool", "new",
];

/// The score for a word of the question that is in a tool's name, and for one that is in the
/// description.
const NAME_POINTS: usize = 3;
const DESCRIPTION_POINTS: usize = 1;
/// The minimum score of a tool to be called.
const ENOUGH_POINTS: usize = 2;

/// Returns whether a tool ends the conversation by submitting its results.
pub(super) fn is_submit(name: &str) -> bool {
    name.starts_with("submit")
}

/// Returns whether a tool belongs to the runtime, not to the agent.
pub(super) fn is_of_the_runtime(name: &str) -> bool {
    is_submit(name) || matches!(name, "talk_to_user" | "end_conversation")
}

/// Returns the tools to call for a question: all that the question names, else the best match, else
/// none.
pub(super) fn fitting<'t>(
    tools: &[&'t ToolDeclaration],
    question: &str,
) -> Vec<&'t ToolDeclaration> {
    let named = named(tools, question);
    if !named.is_empty() {
        return named;
    }
    let stems = words::stems(question);
    tools
        .iter()
        .map(|tool| (points(tool, &stems), *tool))
        .filter(|(points, _)| *points >= ENOUGH_POINTS)
        // The first of the best, not the last as `max_by_key` has it.
        .rev()
        .max_by_key(|(points, _)| *points)
        .map(|(_, tool)| vec![tool])
        .unwrap_or_default()
}

/// Returns the tools that a question names, literally or by every word of their names.
pub(super) fn named<'t>(tools: &[&'t ToolDeclaration], question: &str) -> Vec<&'t ToolDeclaration> {
    let stems = words::stems(question);
    let is_named = |tool: &&&ToolDeclaration| {
        if tool.name.contains('_') && question.contains(&tool.name) {
            return true;
        }
        let wanted: Vec<String> = name_stems(tool);
        !wanted.is_empty() && wanted.iter().all(|stem| stems.contains(stem))
    };
    tools.iter().filter(is_named).copied().collect()
}

fn name_stems(tool: &ToolDeclaration) -> Vec<String> {
    words::words(&tool.name)
        .into_iter()
        .flat_map(|word| word.split(['_', '-', '.']))
        .filter(|word| !word.is_empty() && !GENERIC.contains(&word.to_lowercase().as_str()))
        .map(words::stem)
        .collect()
}

fn points(tool: &ToolDeclaration, question: &[String]) -> usize {
    let names = name_stems(tool);
    let description = words::stems(&tool.description);
    let mut counted: Vec<&String> = Vec::new();
    let mut points = 0;
    for stem in question {
        if counted.contains(&stem) || words::is_common(stem) || stem.chars().count() < 3 {
            continue;
        }
        counted.push(stem);
        if names.contains(stem) {
            points += NAME_POINTS;
        } else if description.contains(stem) {
            points += DESCRIPTION_POINTS;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    fn chosen(question: &str) -> Vec<String> {
        let tool = |(name, description): (&str, &str)| ToolDeclaration {
            name: name.to_owned(),
            description: description.to_owned(),
            parameters: json!({}),
        };
        let tools = [
            (
                "get_weather",
                "Get the weather of a city, with the temperature now.",
            ),
            ("book_taxi", "Book a taxi to the airport or the station."),
            (
                "find_order",
                "Find where an order is and track its delivery.",
            ),
            ("refund_order", "Refund an order. The money goes back."),
            ("heavy_work", "Do heavy work on a text."),
            ("remote_call", "Make a remote call about a topic."),
        ]
        .map(tool);
        let tools: Vec<&ToolDeclaration> = tools.iter().collect();
        fitting(&tools, question)
            .into_iter()
            .map(|tool| tool.name.clone())
            .collect()
    }

    #[test]
    fn the_tool_that_fits_is_called() {
        let cases: &[(&str, &[&str])] = &[
            ("I need the weather in Paris, please.", &["get_weather"]),
            (
                "How warm is it? Tell me the temperature of the city",
                &["get_weather"],
            ),
            (
                "I need a taxi to the airport in Lima, please.",
                &["book_taxi"],
            ),
            ("Please refund order A-1042", &["refund_order"]),
            ("Where is my delivery? Can you track it", &["find_order"]),
            (
                "Do the heavy work and make the remote call about sails.",
                &["heavy_work", "remote_call"],
            ),
            ("call book_taxi then", &["book_taxi"]),
            ("Tell me a joke", &[]),
            ("Which city is nice?", &[]),
        ];
        for (question, expected) in cases {
            assert_eq!(chosen(question), *expected, "{question}");
        }
    }
}
