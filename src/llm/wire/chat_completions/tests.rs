//! Requests as they are written, and answers as sloppy servers write them.

use pretty_assertions::assert_eq;

use super::*;
use crate::conversation::{Message, Role, ToolCall, ToolDeclaration, ToolResult, Usage};
use crate::llm::dialect::{Dialect, MaxTokensField};
use crate::llm::json;
use crate::llm::model::{Generation, GenerationRequest};

fn body(request: &GenerationRequest, parameters: &Value, dialect: Dialect) -> Value {
    let ask = Ask {
        request,
        model_id: "m",
        parameters: parameters.as_object().unwrap(),
        is_openai: dialect.max_tokens == MaxTokensField::OpenAi,
        dialect,
    };
    let body = ChatCompletions.body(&ask, &Map::new());
    serde_json::from_str(&body).unwrap()
}

#[test]
fn an_agents_second_turn_is_written_in_full() {
    let call = ToolCall {
        id: "call_a".to_owned(),
        name: "get_weather".to_owned(),
        arguments: r#"{"city": "Zürich"}"#.to_owned(),
        extra: Some(json!({"extra_content": {"s": 1}})),
    };
    let request = GenerationRequest {
        messages: [
            Message::text("1", Role::System, "Be brief."),
            Message::text("2", Role::User, "Weather?"),
            Message {
                tool_calls: vec![call],
                ..Message::text("3", Role::Agent, "Checking.")
            },
            Message::tool_result(
                "4",
                ToolResult {
                    call_id: "call_a".to_owned(),
                    content: "10:00".to_owned(),
                    is_error: false,
                },
            ),
        ]
        .map(std::sync::Arc::new)
        .into(),
        tools: [ToolDeclaration {
            name: "get_weather".to_owned(),
            description: "d".to_owned(),
            parameters: json!({"type": "object"}),
        }]
        .into(),
        tool_choice: ToolChoice::Tool("get_weather".to_owned()),
        is_streamed: true,
        ..GenerationRequest::default()
    };
    let parameters = json!({"temperature": 0.5, "model": "evil", "max_tokens": 9, "top_k": 3});
    assert_eq!(
        body(&request, &parameters, Dialect::default()),
        json!({
            "model": "m",
            "stream": true,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": "Checking.", "tool_calls": [{
                    "extra_content": {"s": 1},
                    "id": "call_a",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": r#"{"city": "Zürich"}"#},
                }]},
                {"role": "tool", "tool_call_id": "call_a", "content": "10:00"},
            ],
            "tools": [{"type": "function", "function": {
                "name": "get_weather", "description": "d", "parameters": {"type": "object"},
            }}],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
            "temperature": 0.5,
            "max_tokens": 9,
            "top_k": 3,
            "stream_options": {"include_usage": true},
        })
    );
}

#[test]
fn servers_that_differ_get_what_they_take() {
    let request = GenerationRequest {
        messages: [Message::text("1", Role::System, "Instructions.")]
            .map(std::sync::Arc::new)
            .into(),
        tool_choice: ToolChoice::Tool("t".to_owned()),
        response_format: Some(ResponseFormat {
            name: "car".to_owned(),
            schema: json!({"type": "object"}),
        }),
        is_streamed: true,
        ..GenerationRequest::default()
    };
    let dialect = Dialect::with_max_tokens(MaxTokensField::OpenAi)
        .without(Feature::StreamOptions)
        .without(Feature::ToolChoice);
    let parameters = json!({"max_tokens": 9, "top_logprobs": 2, "n": 2, "best_of": 3});
    assert_eq!(
        body(&request, &parameters, dialect),
        json!({
            "model": "m",
            "stream": true,
            "messages": [
                {"role": "system", "content": "Instructions."},
                {"role": "user", "content": "Begin."},
            ],
            "store": false,
            "response_format": {"type": "json_schema", "json_schema": {
                "name": "car", "strict": true, "schema": {"type": "object"},
            }},
            "max_completion_tokens": 9,
            "logprobs": true,
            "top_logprobs": 2,
        })
    );
}

fn decoded(chunks: &[&str]) -> (Generation, Option<Usage>) {
    let mut answer = Answer::default();
    for chunk in chunks {
        let read = json::parse(chunk).unwrap();
        answer.expect_halves(read.has_halves);
        ChatCompletions
            .read_event(&read.value, &mut answer)
            .unwrap();
    }
    answer.finish("call")
}

#[test]
fn sloppy_chunks_are_read() {
    let (generation, usage) = decoded(&[
        r#"{"id":"c1","choices":[]}"#,
        r#"{"id":"c1","choices":[{"delta":{"role":"assistant","content":null}}]}"#,
        r#"{"choices":[{"delta":{"reasoning_content":"hm "}}],"novel":1}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a "}]}}]}"#,
        r#"{"choices":[{"delta":{"content":"\ud83d"},"finish_reason":""}]}"#,
        r#"{"choices":[{"delta":{"content":"\ude00"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
        r#"{"choices":[],"usage":null}"#,
    ]);
    assert_eq!(generation.completion_id.as_deref(), Some("c1"));
    assert_eq!(generation.content, "a 😀");
    assert_eq!(generation.reasoning, "hm ");
    assert_eq!(generation.finish_reason.as_deref(), Some("stop"));
    assert_eq!(usage.unwrap().total_tokens, 5);
}

#[test]
fn calls_count_more_than_the_finish_reason() {
    let (generation, _) = decoded(&[
        r#"{"choices":[{"delta":{"tool_calls":{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\\ud83d\"}"}}}}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
    ]);
    assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
    assert_eq!(generation.tool_calls[0].arguments, r#"{"x":"\ud83d"}"#);

    let (generation, _) = decoded(&[
        r#"{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{"}}}]}"#,
        r#"{"choices":[{"delta":{"function_call":{"arguments":"}"}},"finish_reason":"function_call"}]}"#,
    ]);
    assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
    assert_eq!(generation.tool_calls[0].name, "f");
    assert_eq!(generation.tool_calls[0].id, "call_0");
}

#[test]
fn what_is_no_answer_is_told() {
    let read = |body| {
        let body = serde_json::from_str(body).unwrap();
        ChatCompletions.read_body(&body, &mut Answer::default())
    };
    assert_eq!(
        read(r#"{"error":{"message":"boom"}}"#),
        Err(Unread::IsError)
    );
    let vllm = r#"{"object":"error","message":"boom","code":400}"#;
    assert_eq!(read(vllm), Err(Unread::IsError));
    let of_stream = |event: Value| ChatCompletions.read_event(&event, &mut Answer::default());
    for failure in [
        json!({"status": "failed", "error_message": "boom"}),
        json!({"detail": "boom"}),
        json!({"message": "boom"}),
        json!({"id": "c", "choices": [], "errors": ["boom"]}),
    ] {
        assert_eq!(
            of_stream(failure.clone()),
            Err(Unread::IsError),
            "{failure}"
        );
    }
    for beside in [
        json!({"id": "c", "choices": [], "error": null, "usage": {"prompt_tokens": 1}}),
        json!({"id": "c", "choices": [], "prompt_filter_results": [], "is_error": false}),
        json!({"status": "processing"}),
    ] {
        assert_eq!(of_stream(beside.clone()), Ok(()), "{beside}");
    }
    assert_eq!(read("{}"), Err(Unread::Lacks("choices")));
    assert_eq!(read(r#"{"choices":[]}"#), Err(Unread::Lacks("choices")));
}
