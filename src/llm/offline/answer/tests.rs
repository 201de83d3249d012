use std::sync::Arc;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;
use crate::conversation::{ToolCall, ToolResult};
use crate::llm::model::ResponseFormat;

fn tool(name: &str, description: &str, parameters: Value) -> ToolDeclaration {
    ToolDeclaration {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
    }
}

fn user(text: &str) -> Message {
    Message::text("u", Role::User, text)
}

fn called(name: &str, id: &str) -> Message {
    let call = ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: "{}".to_owned(),
        extra: None,
    };
    Message {
        tool_calls: vec![call],
        ..Message::text("a", Role::Agent, "")
    }
}

fn result(id: &str, content: &str) -> Message {
    let result = ToolResult {
        call_id: id.to_owned(),
        content: content.to_owned(),
        is_error: false,
    };
    Message::tool_result("r", result)
}

fn weather_desk(messages: Vec<Message>) -> GenerationRequest {
    let city = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let submit = json!({"type": "object", "properties": {"answer": {"type": "string"}}});
    GenerationRequest {
        messages: messages.into_iter().map(Arc::new).collect(),
        tools: [
            tool("get_weather", "Get the weather of a city.", city),
            tool("talk_to_user", "Say something.", json!({})),
            tool("submit_result", "Finish.", submit),
        ]
        .into(),
        ..GenerationRequest::default()
    }
}

#[test]
fn a_fitting_tool_is_called_once_and_its_result_used() {
    let question = user("What is the weather in Lima?");
    let first = answer(&weather_desk(vec![question.clone()]), None);
    assert_eq!(
        first.calls,
        [("get_weather".to_owned(), json!({"city": "Lima"}))]
    );
    let mut after = weather_desk(vec![
        question,
        called("get_weather", "1"),
        result("1", r#"{"sky": "rain", "celsius": 14.5}"#),
    ]);
    let second = answer(&after, None);
    assert_eq!(second.calls[0].0, "submit_result");
    after.tools = after.tools[..2].into();
    let second = answer(&after, None);
    assert_eq!(second.calls, []);
    assert!(
        second
            .text
            .starts_with("get_weather says: sky rain, celsius 14.5.")
    );
    assert!(second.text.contains("offline model"));
}

#[test]
fn an_older_result_does_not_keep_a_tool_from_a_new_question() {
    let again = answer(
        &weather_desk(vec![
            user("The weather in Lima?"),
            called("get_weather", "1"),
            result("1", "rain"),
            Message::text("a", Role::Agent, "Rain."),
            user("And the weather in Rome?"),
        ]),
        None,
    );
    assert_eq!(
        again.calls,
        [("get_weather".to_owned(), json!({"city": "Rome"}))]
    );
}

#[test]
fn a_reminder_makes_it_submit() {
    let reminded = weather_desk(vec![
        Message::text("s", Role::System, "Answer 2+2"),
        Message::text("a", Role::Agent, "4"),
        user("Nobody is there to answer. Finish by calling submit_result."),
    ]);
    assert_eq!(answer(&reminded, None).calls[0].0, "submit_result");
}

#[test]
fn an_agent_without_user_reads_its_instructions() {
    let schema = json!({"type": "object", "properties": {
        "total": {"type": "number"},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "paid": {"type": "boolean", "default": false},
    }});
    let request = GenerationRequest {
        messages: [Message::text(
            "s",
            Role::System,
            "Invoice: total 62.50 USD.",
        )]
        .map(std::sync::Arc::new)
        .into(),
        tools: [tool("submit_result", "Finish.", schema)].into(),
        ..GenerationRequest::default()
    };
    assert_eq!(
        answer(&request, None).calls,
        [(
            "submit_result".to_owned(),
            json!({"total": 62.5, "currency": "USD", "paid": false})
        )]
    );
}

#[test]
fn a_tool_that_must_be_called_is() {
    let request = GenerationRequest {
        tool_choice: ToolChoice::Tool("submit_result".to_owned()),
        ..weather_desk(vec![user("The weather in Lima?")])
    };
    assert_eq!(answer(&request, None).calls[0].0, "submit_result");
}

#[test]
fn structured_output_fits_its_schema() {
    let request = GenerationRequest {
        messages: [user("Which team should answer?\n\nMy billing is wrong.")]
            .map(std::sync::Arc::new)
            .into(),
        response_format: Some(ResponseFormat {
            name: "out".to_owned(),
            schema: json!({"type": "object", "properties": {
                "team": {"type": "string", "enum": ["billing", "technical"]}
            }}),
        }),
        ..GenerationRequest::default()
    };
    assert_eq!(answer(&request, None).text, r#"{"team":"billing"}"#);
}

#[test]
fn prompts_get_the_kind_of_text_they_ask_for() {
    let text = |prompt: &str| {
        let request = GenerationRequest {
            messages: [user(prompt)].map(std::sync::Arc::new).into(),
            ..GenerationRequest::default()
        };
        answer(&request, None).text
    };
    let exact = [
        (
            "Answer with one of: billing, technical, general.\n\nThe technical panel blinks.",
            "technical",
        ),
        (r#"Reply "yes" or "no": I would say no to that"#, "no"),
        (
            "What is the capital of Peru? Answer with the name of the city only.",
            "Peru",
        ),
    ];
    for (prompt, expected) in exact {
        assert_eq!(text(prompt), expected, "{prompt}");
    }
    let allowed = text("Classify it as \"spam\" or \"ham\": Buy now");
    assert!(["spam", "ham"].contains(&allowed.as_str()), "{allowed}");
    let written = text("Write something about the new bicycle shed.");
    assert_eq!(
        written.matches("he new bicycle shed").count(),
        2,
        "{written}"
    );
    assert!(written.contains("offline model"), "{written}");
    let short = text("Shorten this to at most 4 words: The shop opens on Sundays now.");
    assert_eq!(short.split(' ').count(), 4, "{short}");
}

#[test]
fn the_seed_decides_and_repeats() {
    let with_seed = |seed| {
        let request = GenerationRequest {
            seed: Some(seed),
            messages: [user("Tell me about solar sails.")]
                .map(std::sync::Arc::new)
                .into(),
            ..GenerationRequest::default()
        };
        answer(&request, None).text
    };
    assert_eq!(with_seed(1), with_seed(1));
    let texts: std::collections::BTreeSet<String> = (0..8).map(with_seed).collect();
    assert!(texts.len() > 4, "{texts:?}");
}

#[test]
fn a_fixed_length_is_kept() {
    let request = GenerationRequest {
        messages: [user("Tell me about solar sails.")]
            .map(std::sync::Arc::new)
            .into(),
        ..GenerationRequest::default()
    };
    for length in [1, 5, 300] {
        let text = answer(&request, Some(length)).text;
        assert_eq!(text.split_whitespace().count(), length);
    }
}
