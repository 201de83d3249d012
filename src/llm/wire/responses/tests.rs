//! Requests as they are written, and recorded answers.

use pretty_assertions::assert_eq;

use super::*;
use crate::conversation::{Image, ToolCall, ToolResult, Usage};
use crate::llm::dialect::Dialect;
use crate::llm::model::{Generation, GenerationDelta, GenerationRequest, ResponseFormat};

fn body(request: &GenerationRequest, parameters: &Value) -> Value {
    encode(&Ask {
        request,
        model_id: "m",
        parameters: parameters.as_object().unwrap(),
        dialect: Dialect::default(),
        is_openai: false,
    })
}

fn read(events: &[Value]) -> (Generation, Option<Usage>, Vec<GenerationDelta>) {
    let mut answer = Answer::default();
    for event in events {
        Responses.read_event(event, &mut answer).unwrap();
    }
    assert!(answer.is_over());
    let deltas = answer.take_deltas();
    let (generation, usage) = answer.finish("call");
    (generation, usage, deltas)
}

fn reasoning_item() -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"})
}

#[test]
fn an_agents_second_turn_is_written_in_full() {
    let call = ToolCall {
        id: "call_a".to_owned(),
        name: "get_weather".to_owned(),
        arguments: r#"{"city": "Zürich"}"#.to_owned(),
        extra: Some(json!({KEPT: [reasoning_item()]})),
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
    let parameters = json!({"temperature": 0.5, "max_tokens": 9, "stop": ["x"], "model": "evil"});
    assert_eq!(
        body(&request, &parameters),
        json!({
            "model": "m",
            "store": false,
            "stream": true,
            "input": [
                {"role": "system", "type": "message", "content": "Be brief."},
                {"role": "user", "type": "message", "content": "Weather?"},
                reasoning_item(),
                {"role": "assistant", "content": "Checking."},
                {"type": "function_call", "name": "get_weather", "call_id": "call_a",
                    "arguments": r#"{"city": "Zürich"}"#},
                {"type": "function_call_output", "call_id": "call_a", "output": "10:00"},
            ],
            "tools": [{"type": "function", "name": "get_weather", "description": "d",
                "parameters": {"type": "object"}, "strict": false}],
            "tool_choice": {"type": "function", "name": "get_weather"},
            "temperature": 0.5,
            "max_output_tokens": 9,
        })
    );
}

#[test]
fn wishes_stand_where_this_protocol_wants_them() {
    let request = GenerationRequest {
        messages: [Message::text("1", Role::System, "Instructions.")]
            .map(std::sync::Arc::new)
            .into(),
        response_format: Some(ResponseFormat {
            name: "car".to_owned(),
            schema: json!({"type": "object"}),
        }),
        ..GenerationRequest::default()
    };
    let parameters = json!({
        "reasoning_effort": "low", "top_logprobs": 2, "text": {"verbosity": "low"}, "seed": 1,
    });
    assert_eq!(
        body(&request, &parameters),
        json!({
            "model": "m",
            "store": false,
            "stream": false,
            "input": [
                {"role": "system", "type": "message", "content": "Instructions."},
                {"role": "user", "type": "message", "content": "Begin."},
            ],
            "reasoning": {"effort": "low", "summary": "auto"},
            "top_logprobs": 2,
            "text": {"verbosity": "low", "format": {
                "type": "json_schema", "name": "car", "strict": true, "schema": {"type": "object"},
            }},
            "seed": 1,
            "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
        })
    );
}

#[test]
fn pictures_stand_beside_the_text() {
    let picture = Image {
        name: Some("cat.png".to_owned()),
        media_type: "image/png".to_owned(),
        base64: "AAAA".to_owned(),
    };
    let request = GenerationRequest {
        messages: [Message {
            images: vec![picture],
            ..Message::text("1", Role::User, "What is it?")
        }]
        .map(std::sync::Arc::new)
        .into(),
        ..GenerationRequest::default()
    };
    assert_eq!(
        body(&request, &json!({}))["input"],
        json!([{"role": "user", "type": "message", "content": [
            {"type": "input_text", "text": "What is it?"},
            {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
        ]}])
    );
}

/// A turn as `OpenAI` streams it: reasoning, text, two calls.
#[test]
fn a_recorded_stream_is_read() {
    let delta = |kind: &str, index: u64, text: &str| json!({"type": format!("response.{kind}.delta"), "output_index": index, "delta": text});
    let call = |id: &str, name: &str, arguments: &str| {
        json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name,
            "arguments": arguments})
    };
    let item = |kind: &str, index: u64, item: Value| json!({"type": format!("response.output_item.{kind}"), "output_index": index, "item": item});
    let (generation, usage, deltas) = read(&[
        json!({"type": "response.created", "response": {"id": "resp_1", "output": []}}),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 0}),
        delta("reasoning_summary_text", 0, "First."),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 1}),
        delta("reasoning_summary_text", 0, "Then."),
        item("done", 0, reasoning_item()),
        delta("output_text", 1, "Check"),
        delta("output_text", 1, "ing."),
        item("added", 2, call("call_a", "get_weather", "")),
        item("added", 3, call("call_b", "get_time", "")),
        delta("function_call_arguments", 2, "{\"city\":"),
        delta("function_call_arguments", 3, "{\"tz\": \"Eur"),
        delta("function_call_arguments", 2, " \"Bern\"}"),
        json!({"type": "response.function_call_arguments.done", "output_index": 3,
            "arguments": "{\"tz\": \"Europe/Zurich\"}"}),
        item(
            "done",
            3,
            call("call_b", "get_time", "{\"tz\": \"Europe/Zurich\"}"),
        ),
        json!({"type": "response.novelty", "delta": "ignored"}),
        json!({"type": "response.completed", "response": {
            "id": "resp_1", "status": "completed", "incomplete_details": null, "error": null,
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "Checking."}]}],
            "usage": {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 3},
                "output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 2},
                "total_tokens": 18},
        }}),
    ]);
    assert_eq!(generation.completion_id.as_deref(), Some("resp_1"));
    assert_eq!(generation.content, "Checking.");
    assert_eq!(generation.reasoning, "First.\n\nThen.");
    assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
    let calls: Vec<_> = generation
        .tool_calls
        .iter()
        .map(|call| format!("{} {} {}", call.id, call.name, call.arguments))
        .collect();
    assert_eq!(
        calls,
        [
            r#"call_a get_weather {"city": "Bern"}"#,
            r#"call_b get_time {"tz": "Europe/Zurich"}"#,
        ]
    );
    let kept = generation.tool_calls[0].extra.as_ref();
    assert_eq!(kept, Some(&json!({KEPT: [reasoning_item()]})));
    let usage = usage.unwrap();
    assert_eq!((usage.total_tokens, usage.llm_calls), (18, 1));
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (3, 2));
    let told: String = deltas
        .iter()
        .filter_map(|delta| match delta {
            GenerationDelta::Text(text) => Some(text.as_str()),
            GenerationDelta::Reasoning(_) | GenerationDelta::ToolCall { .. } => None,
        })
        .collect();
    assert_eq!(told, generation.content);
}

#[test]
fn a_server_that_streams_only_the_end_is_read() {
    let response = json!({
        "id": "r", "incomplete_details": {"reason": "max_output_tokens"},
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "message", "content": [
                {"type": "output_text", "text": "Bern is"}, {"type": "output_text", "text": " it."},
            ]},
            {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        ],
    });
    let (streamed, usage, _) =
        read(&[json!({"type": "response.incomplete", "response": response})]);
    assert_eq!(streamed.content, "Bern is it.");
    assert_eq!(streamed.reasoning, "Hm.");
    assert_eq!(streamed.tool_calls.len(), 1);
    assert_eq!(streamed.finish_reason.as_deref(), Some("length"));
    assert_eq!(usage, None);
    let mut answer = Answer::default();
    Responses.read_body(&response, &mut answer).unwrap();
    assert_eq!(answer.finish("call").0, streamed);
}

#[test]
fn the_text_at_the_end_is_the_text() {
    let read_with = |piece: &str, whole: &str| {
        let output =
            json!([{"type": "message", "content": [{"type": "output_text", "text": whole}]}]);
        let mut answer = Answer::default();
        for event in [
            json!({"type": "response.output_text.delta", "delta": piece}),
            json!({"type": "response.completed", "response": {"id": "r", "output": output}}),
        ] {
            Responses.read_event(&event, &mut answer).unwrap();
        }
        let is_replaced = answer.is_text_replaced();
        (answer.finish("call").0.content, is_replaced)
    };
    let owned = |text: &str, is_replaced| (text.to_owned(), is_replaced);
    for (piece, whole, expected) in [
        (
            "only in ",
            "only in completed é",
            owned("only in completed é", false),
        ),
        ("the same", "the same", owned("the same", false)),
        ("blanks \n", "blanks", owned("blanks \n", false)),
        ("streamed", "", owned("streamed", false)),
        ("a draft", "the answer", owned("the answer", true)),
    ] {
        assert_eq!(read_with(piece, whole), expected, "{piece}");
    }
}

#[test]
fn errors_are_told() {
    let event = |event: Value| Responses.read_event(&event, &mut Answer::default());
    let failed = json!({"type": "response.failed", "response": {"error": {"message": "no"}}});
    assert_eq!(event(failed), Err(Unread::IsError));
    assert_eq!(
        event(json!({"type": "error", "message": "no"})),
        Err(Unread::IsError)
    );
    assert_eq!(
        event(json!({"error": {"message": "no"}})),
        Err(Unread::IsError)
    );
    let body = |body: Value| Responses.read_body(&body, &mut Answer::default());
    assert_eq!(body(json!({"status": "failed"})), Err(Unread::IsError));
    assert_eq!(body(json!({"choices": []})), Err(Unread::Lacks("output")));
}

#[test]
fn calls_that_come_only_when_they_are_done_or_with_the_end_are_made_once() {
    let call = |id: &str| {
        json!({
            "type": "function_call", "call_id": id, "name": "pay", "arguments": r#"{"sum":5}"#,
        })
    };
    let said = json!({"type": "response.output_text.delta", "delta": "I pay."});
    let message =
        json!({"type": "message", "content": [{"type": "output_text", "text": "I pay."}]});
    let done = json!({"type": "response.output_item.done", "output_index": 1, "item": call("a")});
    let end = |calls: &[Value]| {
        let output: Vec<&Value> = std::iter::once(&message).chain(calls).collect();
        json!({"type": "response.completed", "response": {"status": "completed", "output": output}})
    };
    for events in [
        vec![said.clone(), end(&[call("a")])],
        vec![said.clone(), done.clone(), end(&[])],
        vec![said, done, end(&[call("a")])],
    ] {
        let (generation, _, _) = read(&events);
        assert_eq!(generation.content, "I pay.");
        let calls: Vec<_> = generation.tool_calls.iter().collect();
        assert_eq!(calls.len(), 1, "{events:?}");
        assert_eq!((calls[0].id.as_str(), calls[0].name.as_str()), ("a", "pay"));
        assert_eq!(calls[0].arguments, r#"{"sum":5}"#);
    }
}

#[test]
fn an_item_that_did_not_end_cuts_a_completed_answer() {
    for (status, reason) in [
        ("incomplete", "incomplete"),
        ("in_progress", "incomplete"),
        ("completed", "stop"),
    ] {
        let message = json!({
            "type": "message", "status": status, "content": [{"type": "output_text", "text": "abc"}],
        });
        let delta = json!({"type": "response.output_text.delta", "delta": "abc"});
        let done = json!({"type": "response.output_item.done", "item": message});
        let end = |output: Value| json!({"type": "response.completed", "response": {"status": "completed", "output": output}});
        for events in [
            vec![end(json!([message]))],
            vec![delta.clone(), end(json!([message]))],
            vec![delta, done, end(json!([]))],
        ] {
            let (generation, _, _) = read(&events);
            assert_eq!(generation.content, "abc");
            assert_eq!(
                generation.finish_reason.as_deref(),
                Some(reason),
                "{events:?}"
            );
        }
    }
}

#[test]
fn a_call_that_is_incomplete_is_unsure_though_its_arguments_are_closed() {
    for status in ["incomplete", "in_progress"] {
        is_unsure_with(status);
    }
}

fn is_unsure_with(status: &str) {
    let call = json!({
        "type": "function_call", "call_id": "a", "name": "pay", "arguments": r#"{"sum":12}"#, "status": status,
    });
    let added = json!({"type": "response.output_item.added", "output_index": 0, "item": {
        "type": "function_call", "call_id": "a", "name": "pay", "arguments": "", "status": "in_progress",
    }});
    let delta = json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": r#"{"sum":12}"#});
    let done = json!({"type": "response.output_item.done", "output_index": 0, "item": call});
    let end = |ending: &str, reason: Value, output: Value| {
        json!({"type": format!("response.{ending}"), "response": {
            "status": ending, "output": output, "incomplete_details": reason,
        }})
    };
    let cut = end(
        "incomplete",
        json!({"reason": "max_output_tokens"}),
        json!([call]),
    );
    let unsaid = end("completed", json!(null), json!([call]));
    let bare = end(
        "incomplete",
        json!({"reason": "max_output_tokens"}),
        json!([]),
    );
    for (events, reason) in [
        (vec![cut.clone()], "length"),
        (vec![added.clone(), delta.clone(), cut], "length"),
        (vec![added, delta, done.clone(), bare], "length"),
        (vec![done, unsaid], "incomplete"),
    ] {
        let (generation, _, _) = read(&events);
        assert_eq!(generation.tool_calls[0].arguments, r#"{"sum":12}"#);
        assert!(generation.is_last_call_unsure, "{events:?}");
        assert_eq!(generation.finish_reason.as_deref(), Some(reason));
    }
}
