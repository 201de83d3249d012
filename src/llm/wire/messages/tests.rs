//! Requests as they are written, and recorded answers.

use pretty_assertions::assert_eq;

use super::*;
use crate::conversation::{Image, Role, ToolCall, ToolResult};
use crate::llm::dialect::Dialect;
use crate::llm::model::{Generation, GenerationRequest, ResponseFormat};

fn body(request: &GenerationRequest, parameters: &Value) -> Value {
    encode(&Ask {
        request,
        model_id: "m",
        parameters: parameters.as_object().unwrap(),
        dialect: Dialect::default(),
        is_openai: false,
    })
}

fn read(events: &[Value]) -> (Generation, Usage) {
    let mut answer = Answer::default();
    for event in events {
        Messages.read_event(event, &mut answer).unwrap();
    }
    assert!(answer.is_over());
    let (generation, usage) = answer.finish("call");
    (generation, usage.unwrap())
}

fn result(call_id: &str, content: &str, is_error: bool) -> Message {
    let result = ToolResult {
        call_id: call_id.to_owned(),
        content: content.to_owned(),
        is_error,
    };
    Message::tool_result(format!("r_{call_id}"), result)
}

fn call(id: &str, extra: Option<Value>) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "get_weather".to_owned(),
        arguments: r#"{"city": "Bern"}"#.to_owned(),
        extra,
    }
}

fn thinking() -> Value {
    json!({"type": "thinking", "thinking": "Hm.", "signature": "s"})
}

#[test]
fn an_agents_second_turn_is_written_in_full() {
    let kept = json!({KEPT: [thinking()]});
    let request = GenerationRequest {
        messages: [
            Message::text("1", Role::System, "Be brief."),
            Message {
                images: vec![Image {
                    name: None,
                    media_type: "image/png".to_owned(),
                    base64: "eA==".to_owned(),
                }],
                ..Message::text("2", Role::User, "Weather?")
            },
            Message {
                tool_calls: vec![call("a", Some(kept)), call("b", None)],
                ..Message::text("3", Role::Agent, "Checking.")
            },
            result("a", "sunny", false),
            result("b", "no such city", true),
            Message::text("4", Role::User, "Well?"),
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
    let parameters =
        json!({"temperature": 0.5, "max_tokens": 9, "stop": "x", "seed": 1, "top_k": 3});
    let called = |id: &str| json!({"type": "tool_use", "id": id, "name": "get_weather", "input": {"city": "Bern"}});
    assert_eq!(
        body(&request, &parameters),
        json!({
            "model": "m",
            "stream": true,
            "max_tokens": 9,
            "system": "Be brief.",
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image", "source": {
                        "type": "base64", "media_type": "image/png", "data": "eA==",
                    }},
                ]},
                {"role": "assistant", "content": [
                    thinking(), {"type": "text", "text": "Checking."}, called("a"), called("b"),
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "sunny"},
                    {"type": "tool_result", "tool_use_id": "b", "content": "no such city",
                        "is_error": true},
                    {"type": "text", "text": "Well?"},
                ]},
            ],
            "temperature": 0.5,
            "stop_sequences": ["x"],
            "top_k": 3,
            "tools": [{"name": "get_weather", "description": "d",
                "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "tool", "name": "get_weather"},
        })
    );
}

#[test]
fn a_conversation_begins_with_the_user_and_may_want_a_shape() {
    let request = GenerationRequest {
        messages: [
            Message::text("1", Role::System, "Instructions."),
            Message::text("2", Role::Agent, "Hello!"),
        ]
        .map(std::sync::Arc::new)
        .into(),
        response_format: Some(ResponseFormat {
            name: "car".to_owned(),
            schema: json!({"type": "object"}),
        }),
        ..GenerationRequest::default()
    };
    let begin = json!({"role": "user", "content": [{"type": "text", "text": "Begin."}]});
    let body = body(&request, &json!({}));
    assert_eq!(body["messages"][0], begin);
    assert_eq!(body["max_tokens"], 4096);
    let format = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
    assert_eq!(body["output_config"], format);
}

/// A turn as Anthropic streams it: thinking, text, two calls.
#[test]
fn a_recorded_stream_is_read() {
    let start = |index: u64, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta = |index: u64, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let json_delta = |index: u64, text: &str| {
        delta(
            index,
            json!({"type": "input_json_delta", "partial_json": text}),
        )
    };
    let called =
        |id: &str| json!({"type": "tool_use", "id": id, "name": "get_weather", "input": {}});
    let (generation, usage) = read(&[
        json!({"type": "message_start", "message": {"id": "msg_1", "usage": {
            "input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 2,
            "output_tokens": 1}}}),
        json!({"type": "ping"}),
        start(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "H"})),
        delta(0, json!({"type": "thinking_delta", "thinking": "m."})),
        delta(0, json!({"type": "signature_delta", "signature": "s"})),
        json!({"type": "content_block_stop", "index": 0}),
        start(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "Check"})),
        delta(1, json!({"type": "text_delta", "text": "ing."})),
        start(2, called("a")),
        json_delta(2, ""),
        json_delta(2, "{\"city\":"),
        json_delta(2, " \"Bern\"}"),
        start(3, called("b")),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 30}}),
        json!({"type": "message_stop"}),
    ]);
    assert_eq!(generation.completion_id.as_deref(), Some("msg_1"));
    assert_eq!(generation.content, "Checking.");
    assert_eq!(generation.reasoning, "Hm.");
    assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
    let calls = &generation.tool_calls;
    assert_eq!(calls[0], call("a", Some(json!({KEPT: [thinking()]}))));
    assert_eq!(
        (calls[1].id.as_str(), calls[1].arguments.as_str()),
        ("b", "{}")
    );
    assert_eq!((usage.input_tokens, usage.output_tokens), (17, 30));
    assert_eq!((usage.total_tokens, usage.cached_tokens), (47, 5));
}

#[test]
fn an_answer_in_one_piece_is_read() {
    let mut answer = Answer::default();
    let body = json!({"id": "msg_1", "type": "message", "stop_reason": "max_tokens",
        "content": [thinking(), {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "a", "name": "get_weather", "input": {"city": "Bern"}}],
        "usage": {"input_tokens": 3, "output_tokens": 2}});
    Messages.read_body(&body, &mut answer).unwrap();
    let (generation, usage) = answer.finish("call");
    assert_eq!(generation.content, "Hi");
    assert_eq!(generation.tool_calls[0].arguments, r#"{"city":"Bern"}"#);
    assert_eq!(generation.finish_reason.as_deref(), Some("length"));
    assert_eq!(usage.unwrap().total_tokens, 5);
}

#[test]
fn errors_are_told() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "no"}});
    let mut answer = Answer::default();
    assert_eq!(
        Messages.read_event(&error, &mut answer),
        Err(Unread::IsError)
    );
    assert_eq!(
        Messages.read_body(&error, &mut answer),
        Err(Unread::IsError)
    );
    let other = json!({"choices": []});
    assert_eq!(
        Messages.read_body(&other, &mut answer),
        Err(Unread::Lacks("content"))
    );
}
