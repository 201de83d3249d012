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

fn read(events: &[Value]) -> (Generation, Option<Usage>) {
    let mut answer = Answer::default();
    for event in events {
        Gemini.read_event(event, &mut answer).unwrap();
    }
    answer.finish("call")
}

fn call(id: &str, extra: Option<Value>) -> ToolCall {
    ToolCall {
        id: id.to_owned(),
        name: "get_weather".to_owned(),
        arguments: r#"{"city":"Bern"}"#.to_owned(),
        extra,
    }
}

fn result(call_id: &str, content: &str, is_error: bool) -> Message {
    let result = ToolResult {
        call_id: call_id.to_owned(),
        content: content.to_owned(),
        is_error,
    };
    Message::tool_result(format!("r_{call_id}"), result)
}

#[test]
fn the_address_has_the_model_and_the_method() {
    let base: Url = "https://h/v1beta".parse().unwrap();
    for (model_id, is_streamed, expected) in [
        ("g", false, "https://h/v1beta/models/g:generateContent"),
        (
            "models/g",
            true,
            "https://h/v1beta/models/g:streamGenerateContent?alt=sse",
        ),
        (
            "a/b?c",
            false,
            "https://h/v1beta/models/a%2Fb%3Fc:generateContent",
        ),
    ] {
        assert_eq!(
            Gemini.address(&base, model_id, is_streamed).as_str(),
            expected
        );
    }
}

#[test]
fn an_agents_second_turn_is_written_in_full() {
    let image = Image {
        name: None,
        media_type: "image/png".to_owned(),
        base64: "eA==".to_owned(),
    };
    let tool = |name: &str, parameters: Value| ToolDeclaration {
        name: name.to_owned(),
        description: "d".to_owned(),
        parameters,
    };
    let parameters_of_weather = json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false});
    let request = GenerationRequest {
        messages: [
            Message::text("1", Role::System, "Be brief."),
            Message {
                images: vec![image],
                ..Message::text("2", Role::User, "Weather?")
            },
            Message {
                tool_calls: vec![call("a", Some(json!({KEPT: "s"}))), call("b", None)],
                ..Message::text("3", Role::Agent, "")
            },
            result("a", "sunny", false),
            result("b", "no such city", true),
        ]
        .map(std::sync::Arc::new)
        .into(),
        tools: [
            tool("get_weather", parameters_of_weather),
            tool("now", json!({"type": "object", "properties": {}})),
        ]
        .into(),
        tool_choice: ToolChoice::Tool("get_weather".to_owned()),
        is_streamed: true,
        ..GenerationRequest::default()
    };
    let parameters =
        json!({"temperature": 0.5, "max_tokens": 9, "stop": "x", "top_p": 0.9, "seed": 1});
    let called = json!({"name": "get_weather", "args": {"city": "Bern"}});
    let told = |field: &str, text: &str| json!({"functionResponse": {"name": "get_weather", "response": {field: text}}});
    assert_eq!(
        body(&request, &parameters),
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [
                    {"text": "Weather?"}, {"inlineData": {"mimeType": "image/png", "data": "eA=="}},
                ]},
                {"role": "model", "parts": [
                    {"functionCall": called, "thoughtSignature": "s"}, {"functionCall": called},
                ]},
                {"role": "user", "parts": [told("output", "sunny"), told("error", "no such city")]},
            ],
            "tools": [{"functionDeclarations": [
                {"name": "get_weather", "description": "d", "parameters": {
                    "type": "object", "properties": {"city": {"type": "string"}},
                    "required": ["city"],
                }},
                {"name": "now", "description": "d"},
            ]}],
            "toolConfig": {"functionCallingConfig": {
                "mode": "ANY", "allowedFunctionNames": ["get_weather"],
            }},
            "generationConfig": {
                "temperature": 0.5, "maxOutputTokens": 9, "stopSequences": ["x"], "topP": 0.9,
                "seed": 1,
            },
        })
    );
}

#[test]
fn a_shape_and_thinking_are_asked_for() {
    let request = GenerationRequest {
        messages: [Message::text("1", Role::System, "Instructions.")]
            .map(std::sync::Arc::new)
            .into(),
        response_format: Some(ResponseFormat {
            name: "car".to_owned(),
            schema: json!({"type": "object", "additionalProperties": false}),
        }),
        ..GenerationRequest::default()
    };
    let body = body(&request, &json!({"reasoning_effort": "low"}));
    let begin = json!([{"role": "user", "parts": [{"text": "Begin."}]}]);
    assert_eq!(body["contents"], begin);
    assert_eq!(
        body["generationConfig"],
        json!({
            "thinkingConfig": {"thinkingLevel": "low"},
            "responseMimeType": "application/json",
            "responseSchema": {"type": "object"},
        })
    );
}

/// A turn as Gemini streams it: a thought, text, two calls.
#[test]
fn a_recorded_stream_is_read() {
    let chunk = |parts: Value| json!({"candidates": [{"content": {"role": "model", "parts": parts}}], "responseId": "r"});
    let (generation, usage) = read(&[
        chunk(json!([{"text": "Hm.", "thought": true}])),
        chunk(json!([{"text": "Check"}])),
        chunk(json!([{"text": "ing."}])),
        chunk(json!([
            {"functionCall": {"name": "get_weather", "args": {"city": "Bern"}},
                "thoughtSignature": "s"},
            {"functionCall": {"name": "now"}},
        ])),
        json!({
            "candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5,
                "thoughtsTokenCount": 3, "cachedContentTokenCount": 4, "totalTokenCount": 18},
        }),
    ]);
    assert_eq!(generation.completion_id.as_deref(), Some("r"));
    assert_eq!(generation.content, "Checking.");
    assert_eq!(generation.reasoning, "Hm.");
    assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
    let calls = generation.tool_calls;
    assert_eq!(calls[0], call("call_0", Some(json!({KEPT: "s"}))));
    assert_eq!(
        (calls[1].name.as_str(), calls[1].arguments.as_str()),
        ("now", "{}")
    );
    let usage = usage.unwrap();
    assert_eq!(
        (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        (10, 8, 18)
    );
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (4, 3));
}

#[test]
fn what_is_blocked_or_wrong_is_told() {
    let (generation, _) = read(&[json!({"promptFeedback": {"blockReason": "SAFETY"}})]);
    assert_eq!(generation.finish_reason.as_deref(), Some("content_filter"));
    let error = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "no"}});
    let read = |value: Value| Gemini.read_body(&value, &mut Answer::default());
    assert_eq!(read(json!([error.clone()])), Err(Unread::IsError));
    assert_eq!(read(error), Err(Unread::IsError));
    assert_eq!(
        read(json!({"choices": []})),
        Err(Unread::Lacks("candidates"))
    );
}
